import { encodeAlgorithm, readAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { reading } from '../internal/reading.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readEnumerated,
  readOctets,
  readOne,
  readSmallInteger,
  type Tlv,
} from '../internal/tlv.ts';
import {
  enumerated,
  explicit,
  generalizedTime,
  integer,
  octets,
  sequence,
  utf8String,
} from '../internal/write.ts';
import {
  type ArbitrationDelivery,
  type ArbitrationParty,
  type ArbitrationRecord,
  MAX_ARBITRATION_RECORD_BYTES,
  PARTY_ROLES,
} from '../spec/v1/reliable.ts';
import { readGenTime } from '../timestamp/gen-time.ts';
import { digestBytes } from '../timestamp/hashes.ts';

const MAX_TEXT_CHARACTERS = 256;
const MIN_EXCHANGE_BYTES = 8;
const MAX_EXCHANGE_BYTES = 64;
const MAX_PROOF_BYTES = 65_536;
const DIGEST_BYTES = digestBytes('sm3')!;
/** One line of printable text. */
const TEXT = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u;

const invalid = (field: string) => PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `field=${field}` });

/** What a record is written of. */
export type ArbitrationRecordFields = Omit<ArbitrationRecord, 'raw' | 'version'>;

function checkBytes(bytes: unknown, min: number, max: number, field: string): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length < min || bytes.length > max) throw invalid(field);
  return bytes;
}

function checkText(text: unknown, field: string): string {
  if (typeof text !== 'string' || [...text].length > MAX_TEXT_CHARACTERS || !TEXT.test(text))
    throw invalid(field);
  return text;
}

function checkTime(time: unknown, field: string): Date {
  const year = time instanceof Date ? time.getUTCFullYear() : Number.NaN;
  if (!(year >= 1950 && year <= 9999)) throw invalid(field);
  return time as Date;
}

const writeDigest = (digest: Uint8Array, field: string): Uint8Array =>
  sequence(encodeAlgorithm('sm3'), octets(checkBytes(digest, DIGEST_BYTES, DIGEST_BYTES, field)));

const writeParty = (role: number, { name, certificateDigest }: ArbitrationParty): Uint8Array =>
  sequence(
    enumerated(role),
    utf8String(checkText(name, 'party')),
    writeDigest(certificateDigest, 'certificateDigest'),
  );

const writeDelivery = ({ time, channel, proof }: ArbitrationDelivery): Uint8Array =>
  sequence(
    generalizedTime(checkTime(time, 'delivery')),
    utf8String(checkText(channel, 'delivery')),
    octets(checkBytes(proof, 1, MAX_PROOF_BYTES, 'delivery')),
  );

const optional = (n: number, part: Uint8Array | undefined): Uint8Array[] =>
  part === undefined ? [] : [explicit(n, part)];

const signatureOf = (bytes: Uint8Array | undefined, field: string): Uint8Array | undefined =>
  bytes === undefined ? undefined : octets(checkBytes(bytes, 1, MAX_ARBITRATION_RECORD_BYTES / 4, field));

/** Is there what GB/T asks of evidence: both signatures, or one with a proof of delivery? */
export function holdsProof({
  senderSignature,
  receiverSignature,
  delivery,
}: ArbitrationRecordFields): boolean {
  const signatures = [senderSignature, receiverSignature].filter((bytes) => bytes !== undefined).length;
  return signatures === 2 || (signatures === 1 && delivery !== undefined);
}

/** ArbitrationRecord, DER. @throws SmError ERR_PKI_MESSAGE_OPTIONS */
export function writeArbitrationRecord(fields: ArbitrationRecordFields): Uint8Array {
  const { exchange, time, sender, receiver, sentDigest, receivedDigest, delivery } = fields;
  if (!holdsProof(fields)) throw invalid('proof');
  const der = sequence(
    integer(1),
    octets(checkBytes(exchange, MIN_EXCHANGE_BYTES, MAX_EXCHANGE_BYTES, 'exchange')),
    generalizedTime(checkTime(time, 'time')),
    sequence(writeParty(0, sender), writeParty(1, receiver)),
    writeDigest(sentDigest, 'sentDigest'),
    writeDigest(receivedDigest, 'receivedDigest'),
    ...optional(0, signatureOf(fields.senderSignature, 'senderSignature')),
    ...optional(1, signatureOf(fields.receiverSignature, 'receiverSignature')),
    ...optional(2, delivery === undefined ? undefined : writeDelivery(delivery)),
  );
  if (der.length > MAX_ARBITRATION_RECORD_BYTES) throw invalid('size');
  return der;
}

function readText(element: Tlv | undefined, what: string): string {
  const { value } = expectTag(element, 0x0c, what);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw new DerProblem(what);
  }
  if ([...text].length > MAX_TEXT_CHARACTERS || !TEXT.test(text)) throw new DerProblem(what);
  return text;
}

function readBounded(element: Tlv | undefined, min: number, max: number, what: string): Uint8Array {
  const bytes = readOctets(element, what);
  if (bytes.length < min || bytes.length > max) throw new DerProblem(what);
  return bytes;
}

function readDigest(element: Tlv | undefined, what: string, log: FindingLog): Uint8Array {
  const [algorithm, digest, ...rest] = readAll(expectTag(element, 0x30, what).value);
  const { name } = readAlgorithm(algorithm, { where: what, expected: ['sm3'], log });
  if (name !== 'sm3' || rest.length > 0) throw new DerProblem(what);
  return readBounded(digest, DIGEST_BYTES, DIGEST_BYTES, what);
}

function readParty(element: Tlv | undefined, role: number, log: FindingLog): ArbitrationParty {
  const [stated, name, digest, ...rest] = readAll(expectTag(element, 0x30, 'party').value);
  if (readEnumerated(stated, 'party') !== role || rest.length > 0) throw new DerProblem('party');
  return {
    role: PARTY_ROLES[role]!,
    name: readText(name, 'party'),
    certificateDigest: readDigest(digest, 'party', log),
  };
}

function readDelivery(contents: Uint8Array, log: FindingLog): ArbitrationDelivery {
  const [time, channel, proof, ...rest] = readAll(readOne(contents, 0x30).value);
  if (rest.length > 0) throw new DerProblem('delivery');
  return {
    time: readGenTime(time, log).time,
    channel: readText(channel, 'delivery'),
    proof: readBounded(proof, 1, MAX_PROOF_BYTES, 'delivery'),
  };
}

function parse(der: Uint8Array): ArbitrationRecord {
  // The record is ours: nothing in it may deviate.
  const log = new FindingLog('strict');
  const cursor = new Cursor(readOne(der, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  if (version !== 1) throw new DerProblem('version');
  const exchange = readBounded(
    cursor.take(0x04, 'exchange'),
    MIN_EXCHANGE_BYTES,
    MAX_EXCHANGE_BYTES,
    'exchange',
  );
  const { time } = readGenTime(cursor.take(0x18, 'time'), log);
  const parties = readAll(cursor.take(0x30, 'parties').value);
  if (parties.length !== 2) throw new DerProblem('parties');
  const sentDigest = readDigest(cursor.take(0x30, 'sentDigest'), 'sentDigest', log);
  const receivedDigest = readDigest(cursor.take(0x30, 'receivedDigest'), 'receivedDigest', log);
  const signature = (tag: number): Uint8Array | undefined => {
    const element = cursor.maybe(tag);
    return element === undefined ? undefined : readOne(element.value, 0x04).value;
  };
  const senderSignature = signature(0xa0);
  const receiverSignature = signature(0xa1);
  const delivery = cursor.maybe(0xa2);
  cursor.end('record');
  return {
    raw: der,
    version,
    exchange,
    time,
    sender: readParty(parties[0], 0, log),
    receiver: readParty(parties[1], 1, log),
    sentDigest,
    receivedDigest,
    ...(senderSignature === undefined ? {} : { senderSignature }),
    ...(receiverSignature === undefined ? {} : { receiverSignature }),
    ...(delivery === undefined ? {} : { delivery: readDelivery(delivery.value, log) }),
  };
}

/**
 * Reads an arbitration record, strictly: DER, version 1. That it holds proof, and that the
 * signatures in it are right, is what `verifyArbitrationRecord` judges.
 *
 * @throws {@link SmError} ERR_PKI_MESSAGE_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 */
export function parseArbitrationRecord(der: Uint8Array): ArbitrationRecord {
  return reading('ERR_PKI_MESSAGE_MALFORMED', MAX_ARBITRATION_RECORD_BYTES, der, parse);
}
