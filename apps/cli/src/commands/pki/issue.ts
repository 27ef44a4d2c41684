import {
  type Certificate,
  type CertificateProfile,
  type CertificateRequest,
  type CertificateSigner,
  type CertificateSpec,
  issueCertificate,
  PKI_ERRORS,
  PROFILE_LABELS,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '@cssi/pki';
import type { Arguments, Command, Outcome } from '../../command.ts';
import { readCertificates, timeOf } from '../../files.ts';
import { entry, label } from '../../pki/entry.ts';
import { readOneKind, SIGNER_ID_HELP, signerIdsOf, usageError } from '../../pki/options.ts';
import { formOf, writeNew } from '../../pki/output.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import { inspectCertificate } from '../../pki/show-certificate.ts';
import { subjectOf } from '../../pki/subject.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { NAME_HELP, NAME_OPTIONS, namesOf } from './csr.ts';

const DAY = 86_400_000;
const DEFAULT_DAYS = 365;
const MAX_DAYS = 36_500;

function profileOf(args: Arguments, otherwise?: CertificateProfile): CertificateProfile {
  const text = args.text('profile') ?? otherwise;
  if (text === undefined || !Object.hasOwn(PROFILE_LABELS, text)) {
    throw usageError(`--profile expects one of ${Object.keys(PROFILE_LABELS).join(' ')}`);
  }
  return text as CertificateProfile;
}

/** Validity from `--time`, or now, over `--days`. @throws SmError ERR_CLI_USAGE */
export function validityOf(args: Arguments, otherwise = DEFAULT_DAYS): { notBefore: Date; notAfter: Date } {
  const notBefore = timeOf(args.text('time'));
  const days = args.whole('days') ?? otherwise;
  if (days < 1 || days > MAX_DAYS) throw usageError(`--days expects 1 to ${MAX_DAYS}`);
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * DAY) };
}

/** Options that go into a certificate as they are. */
function extrasOf(args: Arguments): Partial<CertificateSpec> {
  const serial = args.hex('serial');
  const pathLength = args.whole('path-length');
  return {
    ...namesOf(args),
    crlDistributionPoints: args.many('crl-url'),
    ocspUrls: args.many('ocsp-url'),
    ...(serial === undefined ? {} : { serial }),
    ...(pathLength === undefined ? {} : { pathLength }),
  };
}

/** A request whose sender has shown to have the private key. */
async function readRequest(args: Arguments): Promise<CertificateRequest> {
  const file = args.required('csr');
  const request = parseCertificateRequest(
    await readOneKind(file, 'certificate-request', 'ERR_PKI_CSR_MALFORMED'),
  );
  request.challengePassword?.destroy();
  if (verifyCertificateRequest(request, signerIdsOf(args)).check !== 'right') {
    throw PKI_ERRORS.create('ERR_PKI_AUTHORITY_REFUSED', { detail: 'reason=proof-of-possession' });
  }
  return request;
}

/** The names that a request asks for, when the issuer says that they were checked. */
function requestedNames({ requested }: CertificateRequest): Partial<CertificateSpec> {
  const values = (kind: 'email' | 'uri') =>
    requested.subjectAltNames.flatMap((name) => (name.kind === kind ? [name.value] : []));
  const addresses = requested.subjectAltNames.filter(({ kind }) => kind === 'ip');
  if (addresses.length > 0) throw usageError('--copy-names does not copy addresses: give --ip');
  return { dnsNames: requested.dnsNames, emails: values('email'), uris: values('uri') };
}

/** A certificate is worth nothing after the end of its CA's. @throws SmError ERR_CLI_USAGE */
function refuseOutliving(notAfter: Date, { notAfter: end }: Certificate): void {
  if (notAfter <= end) return;
  throw usageError(`--days outlives the CA, whose certificate ends ${end.toISOString().slice(0, 10)}`);
}

async function issueFor(
  args: Arguments,
  issuer: Certificate,
): Promise<(signer: CertificateSigner) => Promise<Uint8Array>> {
  const request = await readRequest(args);
  const subject = args.text('subject');
  const identifier = issuer.subjectKeyIdentifier;
  const spec: CertificateSpec = {
    ...extrasOf(args),
    ...(args.flag('copy-names') ? requestedNames(request) : {}),
    ...validityOf(args),
    subject: subject === undefined ? { raw: request.subjectRaw } : subjectOf(subject),
    issuer: { raw: issuer.subjectRaw },
    publicKeyInfo: request.publicKeyInfo,
    profile: profileOf(args),
    issuerPublicKeyInfo: issuer.publicKeyInfo,
    ...(identifier === undefined ? {} : { issuerKeyIdentifier: identifier }),
  };
  return async (signer) => {
    if (Buffer.compare(signer.publicKeyInfo, issuer.publicKeyInfo) !== 0) {
      throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'reason=key of another certificate' });
    }
    refuseOutliving(spec.notAfter, issuer);
    return issueCertificate(spec, signer);
  };
}

/** A certificate that its own key signs. */
export const selfSigned = (
  args: Arguments,
  profile: CertificateProfile,
  { days, urls = true }: { readonly days?: number; readonly urls?: boolean } = {},
): ((signer: CertificateSigner) => Promise<Uint8Array>) => {
  const subject = subjectOf(args.required('subject'));
  // The addresses that a new CA writes into certificates are not for its own.
  const without = urls ? {} : { crlDistributionPoints: [], ocspUrls: [] };
  const spec = {
    ...extrasOf(args),
    ...without,
    ...validityOf(args, days),
    subject,
    issuer: subject,
    profile,
  };
  return (signer) => {
    const { publicKeyInfo } = signer;
    return issueCertificate({ ...spec, publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo }, signer);
  };
};

const OF_CAS = ['ca', 'csr'] as const;

async function prepare(args: Arguments): Promise<(signer: CertificateSigner) => Promise<Uint8Array>> {
  const idle = OF_CAS.find((name) => args.text(name) !== undefined);
  if (args.flag('self') && idle !== undefined) throw usageError(`--${idle} does not go with --self`);
  if (args.flag('self') && args.flag('copy-names')) throw usageError('--copy-names does not go with --self');
  if (args.flag('self')) return selfSigned(args, profileOf(args, 'root-ca'));
  const [issuer] = await readCertificates(args.required('ca'));
  if (!issuer!.isCa) throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'reason=issuer is no CA' });
  return issueFor(args, issuer!);
}

async function run(args: Arguments): Promise<Outcome> {
  args.none();
  const [out, form] = [args.required('out'), formOf(args, 'pem')];
  const make = await prepare(args);
  const der = await withSigner(args.required('key'), (signer) =>
    writeNew(out, form, 'CERTIFICATE', () => make(signer)),
  );
  const { entries, json } = inspectCertificate(der, contextOf(args));
  const title = label('已签发证书', 'Certificate issued');
  return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
}

export const issue: Command = {
  synopsis:
    '--key FILE (--self --subject NAME | --ca FILE --csr FILE [--subject NAME] [--copy-names] [--signer-id ID]…) --profile NAME --out FILE [--days N] [--serial HEX] [--path-length N] [--dns NAME]… [--ip ADDRESS]… [--email ADDRESS]… [--uri URI]… [--identity KIND=NUMBER]… [--crl-url URL]… [--ocsp-url URL]… [--form pem|der] [--time ISO]',
  summary: 'issues one certificate, by a CA or self-signed, without any records; see pki ca 签发证书',
  options: {
    ...VIEW_OPTIONS,
    ...NAME_OPTIONS,
    key: {},
    self: { flag: true },
    ca: {},
    csr: {},
    profile: {},
    days: {},
    subject: {},
    out: {},
    form: {},
    serial: {},
    'path-length': {},
    'crl-url': { many: true },
    'ocsp-url': { many: true },
    'copy-names': { flag: true },
    'signer-id': { many: true },
    time: {},
  },
  help: [
    ['--key FILE', "private key of the CA, or the holder's own with --self"],
    ['--ca FILE', 'certificate of the CA'],
    ['--csr FILE', 'the request; its key counts, and its subject without --subject; its extensions do not'],
    [
      '--copy-names',
      'takes over host names, e-mail addresses and URIs of the request, after you checked them',
    ],
    ['--profile NAME', `${Object.keys(PROFILE_LABELS).join(' ')}`],
    ['--days N', "validity; 365 when left out; no longer than the CA's own"],
    ['--time ISO', 'start of the validity; now when left out'],
    ['--serial HEX', 'serial number; random when left out'],
    ['--path-length N', 'most CAs below a CA'],
    ...NAME_HELP,
    SIGNER_ID_HELP,
    ...VIEW_HELP,
  ],
  run,
};
