import { readAlgorithm } from '../algorithms/index.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { reading } from '../internal/reading.ts';
import {
  DerProblem,
  readAll,
  readBytesOfBits,
  readOne,
  readSmallInteger,
  readUnsigned,
  type Tlv,
} from '../internal/tlv.ts';
import { OIDS } from '../spec/v1/oids.ts';
import {
  type CertificateRevocationList,
  MAX_CRL_BYTES,
  type RevocationReadOptions,
  type RevokedEntry,
} from '../spec/v1/revocation.ts';
import { readIssuingDistributionPoint, readPointUris } from './distribution-point.ts';
import { checkEntries, type EntryFacts } from './entries.ts';
import { ExtensionList } from './extensions.ts';
import { timeAt } from './fast-time.ts';
import { RevokedEntries } from './revoked-list.ts';
import { sameAlgorithm } from './same-algorithm.ts';

/** A CRL number has at most 20 bytes. @standard RFC 5280 §5.2.3 */
const MAX_NUMBER_BYTES = 20;

/** Extensions of a list that are evaluated or change nothing. */
const KNOWN: ReadonlySet<string> = new Set<string>([
  OIDS.crlNumber,
  OIDS.deltaCrlIndicator,
  OIDS.issuingDistributionPoint,
  OIDS.authorityKeyIdentifier,
  OIDS.freshestCrl,
  OIDS.expiredCertsOnCrl,
  OIDS.authorityInfoAccess,
]);

const readTime = ({ tag, value }: Tlv): Date => new Date(timeAt(value, tag, 0, value.length));

function readNumber(value: Uint8Array): bigint {
  const bytes = readUnsigned(readOne(value, 0x02), MAX_NUMBER_BYTES, 'crl number');
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** The keyIdentifier; a list whose issuer is named otherwise has none. */
function readKeyIdentifier(value: Uint8Array): Uint8Array | undefined {
  const [first] = readAll(readOne(value, 0x30).value);
  return first?.tag === 0x80 ? first.value : undefined;
}

function readVersion(cursor: Cursor): number {
  const version = cursor.maybe(0x02);
  if (version === undefined) return 1;
  // DER never writes the default, and there is no third version.
  if (readSmallInteger(version, 'version') !== 1) throw new DerProblem('version');
  return 2;
}

const present = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };

/** What the extensions of a list say. */
function readFacts(extensions: ExtensionList, entries: EntryFacts) {
  const point = extensions.read(OIDS.issuingDistributionPoint, readIssuingDistributionPoint);
  return {
    ...present('crlNumber', extensions.read(OIDS.crlNumber, readNumber)),
    ...present('baseCrlNumber', extensions.read(OIDS.deltaCrlIndicator, readNumber)),
    ...present('authorityKeyIdentifier', extensions.read(OIDS.authorityKeyIdentifier, readKeyIdentifier)),
    ...present('issuingDistributionPoint', point),
    freshestCrl: extensions.read(OIDS.freshestCrl, readPointUris) ?? [],
    ...present(
      'expiredCertsSince',
      extensions.read(OIDS.expiredCertsOnCrl, (value) => readTime(readOne(value, 0x18))),
    ),
    extensions: extensions.all,
    unknownCritical: [...extensions.unknownCritical(KNOWN), ...entries.unknownCritical],
  };
}

const isTime = (element: Tlv | undefined): boolean => element?.tag === 0x17 || element?.tag === 0x18;

function parse(der: Uint8Array, log: FindingLog): CertificateRevocationList {
  const outer = new Cursor(readOne(der, 0x30).value);
  const tbs = outer.take(0x30, 'tbs');
  const where = { expected: ['sm2-sm3'] as const, log, where: 'signatureAlgorithm' };
  const signatureAlgorithm = readAlgorithm(outer.take(0x30, 'algorithm'), where);
  const signature = readBytesOfBits(outer.next('signature'), 'signature');
  outer.end('trailing');

  const body = new Cursor(tbs.value);
  const version = readVersion(body);
  const inner = readAlgorithm(body.take(0x30, 'algorithm'), { ...where, where: 'tbs.signature' });
  if (!sameAlgorithm(inner, signatureAlgorithm)) throw new DerProblem('algorithms differ');
  const issuerRaw = body.take(0x30, 'issuer').raw;
  const thisUpdate = readTime(body.next('thisUpdate'));
  const next = isTime(body.peek()) ? readTime(body.next('nextUpdate')) : undefined;
  const list = body.maybe(0x30)?.value ?? new Uint8Array(0);
  const extensions = new ExtensionList(body.maybe(0xa0), 'crlExtensions', log);
  body.end('trailing');

  const entries = checkEntries(list, 0, list.length);
  if (entries.longSerial) log.note('SERIAL_LONG', 'revokedCertificates');
  if (version === 1 && extensions.all.length > 0) throw new DerProblem('version');
  return {
    raw: der,
    tbsRaw: tbs.raw,
    signatureAlgorithm,
    signature,
    version,
    issuerRaw,
    thisUpdate,
    ...present('nextUpdate', next),
    revoked: new RevokedEntries(list, 0, list.length, entries.count),
    ...readFacts(extensions, entries),
    findings: log.findings,
  };
}

/**
 * Reads a revocation list (证书吊销列表), of version 1 or 2, complete or delta. All entries are
 * checked and none is kept as an object: 100,000 of them take a fraction of a second.
 *
 * @param der - at most 16 MiB; copied
 * @throws {@link SmError} ERR_PKI_CRL_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 * @standard GB/T 20518-2018, RFC 5280 §5
 */
export function parseCrl(der: Uint8Array, options: RevocationReadOptions = {}): CertificateRevocationList {
  const log = new FindingLog(options.policy);
  return reading('ERR_PKI_CRL_MALFORMED', MAX_CRL_BYTES, der, (copy) => parse(copy, log));
}

/** The entry of a serial number, given big-endian and unsigned as in `Certificate.serial`. */
export function findRevoked(crl: CertificateRevocationList, serial: Uint8Array): RevokedEntry | undefined {
  let start = 0;
  while (start < serial.length - 1 && serial[start] === 0) start++;
  return crl.revoked.find(serial.subarray(start));
}
