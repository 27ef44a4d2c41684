import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';
import { EVENT_TYPES } from './event-types.ts';
import { type EventLog, LOG_ALGORITHMS, type LogAlgorithm, type LogDigest, type LogEvent } from './types.ts';

/** Longest log, 4 MiB. @group Attestation */
export const MAX_EVENT_LOG_BYTES = 4_194_304;
/** Most events of a log. @group Attestation */
export const MAX_EVENT_LOG_EVENTS = 16_384;
const MAX_BANKS = 16;
const MAX_DIGEST_BYTES = 128;
/** PCR 0 to 31; logs of confidential guests use 0 to 4. */
const MAX_REGISTER = 31;
const SHA1_BYTES = LOG_ALGORITHMS.sha1.bytes;

/** @standard TCG PC Client Platform Firmware Profile 1.06 §10.4.5.1 TCG_EfiSpecIdEvent */
const SPEC_ID = 'Spec ID Event03\0';
/** @standard TCG PC Client Platform Firmware Profile 1.06 §10.4.5.3 */
const STARTUP_LOCALITY = 'StartupLocality\0';
const SIGNATURE_BYTES = 16;
const LOCALITIES: ReadonlySet<number> = new Set([0, 3, 4]);

/** A bank as the header has it; `algorithm` undefined for one this package does not know. */
interface Bank {
  readonly id: number;
  readonly bytes: number;
  readonly algorithm: LogAlgorithm | undefined;
}

const NAMES: ReadonlyMap<number, LogAlgorithm> = new Map(
  (Object.keys(LOG_ALGORITHMS) as LogAlgorithm[]).map((name) => [LOG_ALGORITHMS[name].id, name]),
);

const startsWith = (data: Uint8Array, text: string): boolean =>
  data.length >= text.length && [...text].every((letter, i) => data[i] === letter.charCodeAt(0));

/** Is `bytes` a crypto-agile log? Looks at its header only. @internal */
export const isEventLog = (bytes: Uint8Array): boolean =>
  bytes.length >= 32 + SIGNATURE_BYTES &&
  bytes[4] === EVENT_TYPES.EV_NO_ACTION &&
  bytes.subarray(5, 28).every((byte) => byte === 0) &&
  startsWith(bytes.subarray(32), SPEC_ID);

/**
 * Where the fill begins: firmware hands out its whole buffer, all zeros or all ones behind the last event. Looked
 * for once and from the end: asked at every event it would cost the square of the length.
 */
function fillStart(bytes: Uint8Array): number {
  const fill = bytes.at(-1);
  let from = bytes.length;
  if (fill !== 0 && fill !== 0xff) return from;
  while (from > 0 && bytes[from - 1] === fill) from--;
  return from;
}

/** TCG_PCR_EVENT, the form of the header and of logs with SHA-1 only. */
function readSha1Event(reader: ByteReader): LogEvent {
  const register = reader.u32();
  const type = reader.u32();
  const value = reader.bytes(SHA1_BYTES);
  const data = reader.bytes(reader.u32());
  return eventOf(register, type, [{ algorithm: 'sha1', value }], data);
}

function eventOf(register: number, type: number, digests: readonly LogDigest[], data: Uint8Array): LogEvent {
  const extending = type !== EVENT_TYPES.EV_NO_ACTION;
  // Informative events may carry any number; nothing is extended by them.
  if (extending && register > MAX_REGISTER) throw malformed('event-log-register');
  return { register, type, digests, data, extends: extending };
}

function readBanks(header: Uint8Array): readonly Bank[] {
  const reader = new ByteReader(header, 'event-log-header');
  // Signature, platform class, version of the specification, size of UINTN.
  reader.skip(SIGNATURE_BYTES + 4 + 4);
  const count = reader.u32();
  if (count === 0 || count > MAX_BANKS) throw malformed('event-log-banks');
  const banks: Bank[] = [];
  for (let i = 0; i < count; i++) {
    const id = reader.u16();
    const bytes = reader.u16();
    const algorithm = NAMES.get(id);
    const right = algorithm === undefined ? MAX_DIGEST_BYTES : LOG_ALGORITHMS[algorithm].bytes;
    if (bytes === 0 || bytes > right || (algorithm !== undefined && bytes !== right)) {
      throw malformed('event-log-digest-size');
    }
    if (banks.some((bank) => bank.id === id)) throw malformed('event-log-bank-twice');
    banks.push({ id, bytes, algorithm });
  }
  reader.skip(reader.u8());
  reader.end();
  return banks;
}

/** TCG_PCR_EVENT2: one digest for every bank of the header, in any order. */
function readAgileEvent(reader: ByteReader, banks: readonly Bank[]): LogEvent {
  const register = reader.u32();
  const type = reader.u32();
  if (reader.u32() !== banks.length) throw malformed('event-log-digests');
  const found = new Map<number, Uint8Array>();
  for (let i = 0; i < banks.length; i++) {
    const id = reader.u16();
    const bank = banks.find((one) => one.id === id);
    if (bank === undefined || found.has(id)) throw malformed('event-log-digests');
    found.set(id, reader.bytes(bank.bytes));
  }
  const digests: LogDigest[] = [];
  for (const { id, algorithm } of banks) {
    const value = found.get(id);
    if (algorithm !== undefined && value !== undefined) digests.push({ algorithm, value });
  }
  return eventOf(register, type, digests, reader.bytes(reader.u32()));
}

/** The locality of a TPM's start, from the informative event that says so. */
function localityOf(event: LogEvent): number | undefined {
  if (event.extends || event.register !== 0 || !startsWith(event.data, STARTUP_LOCALITY)) return undefined;
  const locality = event.data[SIGNATURE_BYTES];
  if (event.data.length !== SIGNATURE_BYTES + 1 || locality === undefined || !LOCALITIES.has(locality)) {
    throw malformed('event-log-locality');
  }
  return locality;
}

/**
 * Reads a measurement log: crypto-agile with its Spec-ID header (as TPMs and confidential guests keep it), or
 * the older form with SHA-1 only. Banks of algorithms this package does not know are skipped. Digests are not
 * judged here; byte fields are views of the input.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.2; UEFI 2.10 §38.4 (CC event log)
 * @param bytes - the log, or the firmware's whole buffer with its fill of zeros or ones
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseEventLog(bytes: Uint8Array): EventLog {
  if (bytes.length > MAX_EVENT_LOG_BYTES) throw malformed('event-log-length');
  const reader = new ByteReader(bytes, 'event-log');
  const first = readSha1Event(reader);
  const agile = !first.extends && startsWith(first.data, SPEC_ID);
  const banks = agile ? readBanks(first.data) : undefined;
  const events: LogEvent[] = agile ? [] : [first];
  const fill = fillStart(bytes);
  while (reader.at < fill) {
    if (events.length === MAX_EVENT_LOG_EVENTS) throw malformed('event-log-events');
    events.push(banks === undefined ? readSha1Event(reader) : readAgileEvent(reader, banks));
  }
  const localities = events.map(localityOf).filter((locality) => locality !== undefined);
  if (localities.length > 1) throw malformed('event-log-locality');
  const known = banks?.flatMap(({ algorithm }) => algorithm ?? []);
  return {
    format: agile ? 'tcg2' : 'tcg1',
    algorithms: known ?? ['sha1'],
    events,
    length: reader.at,
    startupLocality: localities[0] ?? 0,
  };
}
