import {
  type Certificate,
  type CertificateRevocationList,
  type CrlSpecEntry,
  issueCrl,
  PKI_ERRORS,
  parseCrl,
  REVOCATION_REASONS,
  type RevocationReason,
  verifyCrlSignature,
} from '@cssi/pki';
import { fromHex, toHex } from '@cssi/sm-core';
import type { Arguments, Command } from '../../command.ts';
import { readCertificates, timeOf } from '../../files.ts';
import { entry, label } from '../../pki/entry.ts';
import { readOneKind, usageError } from '../../pki/options.ts';
import { formOf, writeNew } from '../../pki/output.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import { inspectCrl } from '../../pki/show-revocation.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { validityOf } from './issue.ts';

const DEFAULT_DAYS = 7;

/** A serial number in hex. @throws SmError ERR_CLI_USAGE */
export function serialOf(text: string): Uint8Array {
  const hex = text.length % 2 === 0 ? text : `0${text}`;
  if (!/^(?:[0-9a-fA-F]{2}){1,20}$/.test(hex)) throw usageError('a serial number is 1 to 20 bytes of hex');
  const bytes = fromHex(hex);
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first < 0) throw usageError('a serial number is positive');
  return bytes.slice(first);
}

/** A reason by its name. @throws SmError ERR_CLI_USAGE */
export function reasonOf(text: string): RevocationReason {
  if (!Object.hasOwn(REVOCATION_REASONS, text)) {
    throw usageError(`a reason is one of ${Object.keys(REVOCATION_REASONS).join(' ')}`);
  }
  return text as RevocationReason;
}

function entryOf(text: string, now: Date): CrlSpecEntry {
  const [serial = '', reason, date, ...rest] = text.split('@');
  if (rest.length > 0) throw usageError('--revoke expects SERIAL[@REASON[@TIME]]');
  return {
    serial: serialOf(serial),
    revocationDate: date === undefined ? now : timeOf(date, 'revoke SERIAL@REASON@TIME'),
    ...(reason === undefined ? {} : { reason: reasonOf(reason) }),
  };
}

/** The list before, which must be the CA's own. */
async function earlier(args: Arguments, issuer: Certificate): Promise<CertificateRevocationList | undefined> {
  const path = args.text('from');
  if (path === undefined) return undefined;
  const crl = parseCrl(await readOneKind(path, 'crl', 'ERR_PKI_CRL_MALFORMED'));
  if (verifyCrlSignature(crl, issuer).check !== 'right') {
    throw PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', {
      detail: 'reason=earlier list of another issuer',
    });
  }
  return crl;
}

function merged(crl: CertificateRevocationList | undefined, added: readonly CrlSpecEntry[]): CrlSpecEntry[] {
  const bySerial = new Map<string, CrlSpecEntry>();
  for (const item of [...(crl?.revoked ?? []), ...added]) bySerial.set(toHex(item.serial), item);
  return [...bySerial.values()];
}

export const crl: Command = {
  synopsis:
    '--ca FILE --key FILE --out FILE [--from FILE] [--number N] [--base N] [--revoke SERIAL[@REASON[@TIME]]]… [--days N] [--time ISO] [--form pem|der]',
  summary: 'makes a revocation list, complete or delta 签发吊销列表',
  options: {
    ...VIEW_OPTIONS,
    ca: {},
    key: {},
    out: {},
    from: {},
    number: {},
    base: {},
    revoke: { many: true },
    days: {},
    time: {},
    form: {},
    entries: {},
  },
  help: [
    ['--ca FILE, --key FILE', 'certificate and private key of the CA'],
    ['--from FILE', 'the list before: its entries stay, its number is counted on'],
    ['--number N', 'CRL number; needed without --from'],
    ['--base N', 'makes a delta list on the complete list of this number'],
    ['--revoke SERIAL@REASON@TIME', `reasons: ${Object.keys(REVOCATION_REASONS).join(' ')}`],
    ['--days N', 'until the next list; 7 when left out'],
    ['--time ISO', 'time of the list; now when left out'],
    ...VIEW_HELP,
  ],
  async run(args) {
    args.none();
    const { notBefore: thisUpdate, notAfter: nextUpdate } = validityOf(args, DEFAULT_DAYS);
    const added = args.many('revoke').map((text) => entryOf(text, thisUpdate));
    const [out, form] = [args.required('out'), formOf(args, 'pem')];
    const given = args.whole('number');
    const baseCrlNumber = args.whole('base');
    const [issuer] = await readCertificates(args.required('ca'));
    const before = await earlier(args, issuer!);
    const crlNumber = given ?? (before?.crlNumber === undefined ? undefined : before.crlNumber + 1n);
    if (crlNumber === undefined) throw usageError('--number is missing');
    const spec = {
      issuer: issuer!,
      thisUpdate,
      nextUpdate,
      crlNumber,
      ...(baseCrlNumber === undefined ? {} : { baseCrlNumber }),
      entries: merged(before, added),
    };
    const der = await withSigner(args.required('key'), (signer) =>
      writeNew(out, form, 'X509 CRL', () => issueCrl(spec, signer)),
    );
    const { entries, json } = inspectCrl(der, contextOf(args));
    const title = label('已签发吊销列表', 'Revocation list issued');
    return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
  },
};
