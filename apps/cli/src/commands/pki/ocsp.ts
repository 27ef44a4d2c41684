import {
  type Certificate,
  type CertificateRevocationList,
  certIdMatches,
  createOcspErrorResponse,
  createOcspRequest,
  createOcspResponse,
  findRevoked,
  type OcspAnswer,
  type OcspCertId,
  type OcspHash,
  type OcspRequest,
  PATH_REASONS,
  PKI_ERRORS,
  parseOcspRequest,
  parseOcspResponse,
  type RevocationReport,
  verifyCrlSignature,
  verifyOcspResponse,
} from '@cssi/pki';
import { type JsonValue, randomBytes } from '@cssi/sm-core';
import { type Arguments, type Command, type CommandGroup, EXIT } from '../../command.ts';
import { readCertificates, timeOf } from '../../files.ts';
import { type Entry, entry, label } from '../../pki/entry.ts';
import { toJson } from '../../pki/inspected.ts';
import { marked } from '../../pki/labels.ts';
import { readCrls, readKind, SIGNER_ID_HELP, signerIdsOf, usageError } from '../../pki/options.ts';
import { formOf, writeNew } from '../../pki/output.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import { inspectOcspRequest, inspectOcspResponse, revocationText } from '../../pki/show-revocation.ts';
import { contextOf, done, TIME_HELP, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';

const HASHES: readonly OcspHash[] = ['sm3', 'sha1', 'sha256'];
const NONCE_BYTES = 16;

async function onlyCertificate(args: Arguments, option: string): Promise<Certificate> {
  const [certificate] = await readCertificates(args.required(option));
  return certificate!;
}

const wrongRequest = () => PKI_ERRORS.create('ERR_PKI_OCSP_MALFORMED', { detail: 'reason=no OCSP request' });

const request: Command = {
  synopsis: '--certificate FILE --issuer FILE --out FILE [--hash sm3|sha1|sha256] [--no-nonce]',
  summary: 'asks whether a certificate was revoked 生成 OCSP 请求',
  options: {
    ...VIEW_OPTIONS,
    certificate: {},
    issuer: {},
    out: {},
    hash: {},
    form: {},
    'no-nonce': { flag: true },
  },
  help: [
    ['--certificate FILE', 'the certificate asked about'],
    ['--issuer FILE', 'certificate of its issuer'],
    ['--hash NAME', 'by which the issuer is named; sm3 when left out'],
    ['--no-nonce', 'no number that the answer must repeat'],
    ...VIEW_HELP,
  ],
  async run(args) {
    args.none();
    const hash = HASHES.find((known) => known === (args.text('hash') ?? 'sm3'));
    if (hash === undefined) throw usageError('--hash expects sm3, sha1 or sha256');
    const [out, form] = [args.required('out'), formOf(args, 'der')];
    const spec = {
      certificate: await onlyCertificate(args, 'certificate'),
      issuer: await onlyCertificate(args, 'issuer'),
      hash,
      ...(args.flag('no-nonce') ? {} : { nonce: randomBytes(NONCE_BYTES) }),
    };
    const der = await writeNew(out, form, 'OCSP REQUEST', async () => createOcspRequest(spec));
    const { entries, json } = inspectOcspRequest(der, contextOf(args));
    const title = label('已生成 OCSP 请求', 'OCSP request made');
    return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
  },
};

/** What the CA's own lists say; a serial number that the CA never gave is good by them, like any other. */
function answerBy(
  certId: OcspCertId,
  issuer: Certificate,
  lists: readonly CertificateRevocationList[],
  thisUpdate: Date,
): OcspAnswer {
  if (!certIdMatches(certId, { serial: certId.serial }, issuer))
    return { certId, status: 'unknown', thisUpdate };
  const newest = [...lists].sort((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime());
  const found = newest.map((list) => findRevoked(list, certId.serial)).find((item) => item !== undefined);
  if (found === undefined || found.reason === 'removeFromCRL') return { certId, status: 'good', thisUpdate };
  return { certId, status: 'revoked', revocation: found, thisUpdate };
}

async function answersOf(
  args: Arguments,
  asked: OcspRequest,
  issuer: Certificate,
  now: Date,
): Promise<OcspAnswer[]> {
  const lists = await readCrls(args);
  if (lists.length === 0) throw usageError('--crl is missing');
  if (lists.some((list) => verifyCrlSignature(list, issuer).check !== 'right')) {
    throw PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', { detail: 'reason=list of another issuer' });
  }
  const ends = lists.flatMap(({ nextUpdate }) => (nextUpdate === undefined ? [] : [nextUpdate.getTime()]));
  const nextUpdate = ends.length === 0 ? undefined : new Date(Math.min(...ends));
  if (nextUpdate !== undefined && nextUpdate < now) {
    throw PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', { detail: 'reason=list past its next update' });
  }
  return asked.certIds.map((certId) => ({
    ...answerBy(certId, issuer, lists, now),
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
  }));
}

const reply: Command = {
  synopsis: 'REQUEST --ca FILE --key FILE --crl FILE… --out FILE [--certificate FILE] [--time ISO]',
  summary: 'answers an OCSP request by the revocation lists of a CA 生成 OCSP 响应',
  options: {
    ...VIEW_OPTIONS,
    ca: {},
    key: {},
    certificate: {},
    crl: { many: true },
    out: {},
    form: {},
    time: {},
  },
  help: [
    ['--ca FILE', 'certificate of the CA'],
    ['--certificate FILE', "the responder's; the CA's own when left out"],
    ['--key FILE', "private key of the responder's certificate"],
    ['--crl FILE', 'lists of the CA, complete and delta'],
    ['--time ISO', 'time of the answer; now when left out'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const [der] = await readKind(args.only('REQUEST'), 'ocsp-request', wrongRequest());
    const asked = parseOcspRequest(der!);
    const [out, form] = [args.required('out'), formOf(args, 'der')];
    const now = timeOf(args.text('time'));
    const issuer = await onlyCertificate(args, 'ca');
    const responder =
      args.text('certificate') === undefined ? issuer : await onlyCertificate(args, 'certificate');
    const answers = await answersOf(args, asked, issuer, now);
    const { nonce, unknownCritical } = asked;
    const spec = { responder, producedAt: now, answers, ...(nonce === undefined ? {} : { nonce }) };
    const chain = responder === issuer ? [] : [responder];
    const made = await withSigner(args.required('key'), (signer) =>
      writeNew(out, form, 'OCSP RESPONSE', async () =>
        // What the asker calls critical and this command does not know cannot be answered.
        unknownCritical.length > 0
          ? createOcspErrorResponse('malformedRequest')
          : await createOcspResponse(spec, signer, chain),
      ),
    );
    const { entries, json } = inspectOcspResponse(made, contextOf(args));
    const title = label('已生成 OCSP 响应', 'OCSP response made');
    return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
  },
};

const STATUS = {
  good: marked('✓', '正常', 'good'),
  revoked: marked('✗', '已吊销', 'revoked'),
  unknown: marked('?', '无法判定', 'not known'),
} as const;

const reasonOf = (code: keyof typeof PATH_REASONS) => label(PATH_REASONS[code][1], PATH_REASONS[code][0]);

const reportEntries = ({ code, notes, revocation }: RevocationReport): Entry[] => [
  ...entry(label('结论', 'Reason'), reasonOf(code)),
  ...entry(label('吊销', 'Revoked'), revocation === undefined ? undefined : revocationText(revocation)),
  ...entry(
    label('说明', 'Notes'),
    notes.map((note) => reasonOf(note.code)),
  ),
];

const verify: Command = {
  synopsis: 'RESPONSE --certificate FILE --issuer FILE [--request FILE] [--signer-id ID]… [--time ISO]',
  summary: 'verifies an OCSP response and what it says of a certificate 验证 OCSP 响应',
  options: {
    ...VIEW_OPTIONS,
    certificate: {},
    issuer: {},
    request: {},
    crl: { many: true },
    'signer-id': { many: true },
    time: {},
    strict: { flag: true },
  },
  help: [
    ['--request FILE', 'whose nonce the response must repeat'],
    ['--crl FILE', "lists by which the responder's own certificate is judged"],
    SIGNER_ID_HELP,
    TIME_HELP,
    ...VIEW_HELP,
  ],
  async run(args) {
    const context = contextOf(args);
    const signerIds = signerIdsOf(args);
    const wrong = PKI_ERRORS.create('ERR_PKI_OCSP_MALFORMED', { detail: 'reason=no OCSP response' });
    const [der] = await readKind(args.only('RESPONSE'), 'ocsp-response', wrong);
    const asked = args.text('request');
    const nonce =
      asked === undefined
        ? undefined
        : parseOcspRequest((await readKind(asked, 'ocsp-request', wrongRequest()))[0]!).nonce;
    const report = verifyOcspResponse(parseOcspResponse(der!, { policy: context.policy }), {
      certificate: await onlyCertificate(args, 'certificate'),
      issuer: await onlyCertificate(args, 'issuer'),
      time: context.now,
      crls: await readCrls(args),
      ...(nonce === undefined ? {} : { nonce }),
      ...signerIds,
    });
    const json: Record<string, JsonValue> = {
      status: report.status,
      code: report.code,
      revocation: toJson(report.revocation, context),
      notes: report.notes.map(({ code }) => code),
    };
    const exitCode = report.status === 'good' ? EXIT.done : EXIT.negative;
    return done(args, STATUS[report.status], reportEntries(report), json, exitCode);
  },
};

/** `cssi pki ocsp …` */
export const ocspCommands: CommandGroup = {
  'ocsp request': request,
  'ocsp reply': reply,
  'ocsp verify': verify,
};
