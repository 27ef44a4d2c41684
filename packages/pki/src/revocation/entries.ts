import { oidText } from '../internal/oids.ts';
import { DerProblem } from '../internal/tlv.ts';
import type { RevocationReason, RevokedEntry } from '../spec/v1/revocation.ts';
import { timeAt } from './fast-time.ts';
import { reasonOfCode } from './reasons.ts';
import { Scanner } from './scanner.ts';

/** Longest serial number in a list without its sign byte; RFC 5280 allows 20. */
const MAX_LISTED_SERIAL_BYTES = 64;
/** A list with more different unknown critical extensions than this is refused. */
const MAX_UNKNOWN_CRITICAL = 16;

/** Extensions of entries under id-ce, 2.5.29, by their last number. */
const REASON_CODE = 21;
const HOLD_INSTRUCTION = 23;
const INVALIDITY_DATE = 24;

/** What a pass over all entries found. */
export interface EntryFacts {
  count: number;
  /** Some serial number is longer than the 20 bytes of RFC 5280. */
  longSerial: boolean;
  /** Critical extensions of entries that are not evaluated: certificateIssuer of indirect lists, for one. */
  readonly unknownCritical: Set<string>;
}

interface EntryExtensions {
  /** `undefined`: none is stated. */
  reason: RevocationReason | undefined;
  invalidity: number | undefined;
}

/** Checks the serial number that `scanner` read; gives where its magnitude begins. */
function serialStart({ bytes, start, end }: Scanner): number {
  const first = bytes[start];
  if (first === undefined || start === end || first >= 0x80) throw new DerProblem('serial');
  const signed = first === 0 && end - start > 1;
  if (signed && bytes[start + 1]! < 0x80) throw new DerProblem('serial');
  if (end - start - (signed ? 1 : 0) > MAX_LISTED_SERIAL_BYTES) throw new DerProblem('serial');
  return signed ? start + 1 : start;
}

/** Last number of an OID under 2.5.29 of one byte; -1 for any other. */
const underIdCe = ({ bytes, start, end }: Scanner): number =>
  end - start === 3 && bytes[start] === 0x55 && bytes[start + 1] === 0x1d && bytes[start + 2]! < 0x80
    ? bytes[start + 2]!
    : -1;

/** Reads the reason code or invalidity date that stands from `at` to `end`. */
function readValue(scanner: Scanner, id: number, at: number, end: number, into: EntryExtensions): void {
  if (id === REASON_CODE) {
    scanner.expect(0x0a, at, end, 'reason');
    if (scanner.end !== end || end - scanner.start !== 1) throw new DerProblem('reason');
    into.reason = reasonOfCode(scanner.bytes[scanner.start]!);
  } else {
    scanner.expect(0x18, at, end, 'invalidity date');
    if (scanner.end !== end) throw new DerProblem('invalidity date');
    into.invalidity = timeAt(scanner.bytes, scanner.tag, scanner.start, end);
  }
}

/** Reads one extension of an entry; gives the bit of its kind, to find repeated ones. */
function readExtension(scanner: Scanner, end: number, into: EntryExtensions, facts?: EntryFacts): number {
  scanner.expect(0x06, scanner.start, end, 'entry extension');
  const id = underIdCe(scanner);
  const oid = scanner.bytes.subarray(scanner.start, scanner.end);
  scanner.read(scanner.end, end);
  let critical = false;
  if (scanner.tag === 0x01) {
    const flag = scanner.bytes[scanner.start];
    if (scanner.end - scanner.start !== 1 || (flag !== 0 && flag !== 0xff)) {
      throw new DerProblem('entry extension');
    }
    critical = flag === 0xff;
    scanner.read(scanner.end, end);
  }
  if (scanner.tag !== 0x04 || scanner.end !== end) throw new DerProblem('entry extension');
  if (id === REASON_CODE || id === INVALIDITY_DATE) readValue(scanner, id, scanner.start, end, into);
  else if (critical && id !== HOLD_INSTRUCTION) noteUnknown(oid, facts);
  return id === REASON_CODE ? 1 : id === INVALIDITY_DATE ? 2 : 0;
}

function noteUnknown(oid: Uint8Array, facts: EntryFacts | undefined): void {
  if (facts === undefined) return;
  facts.unknownCritical.add(oidText(oid));
  if (facts.unknownCritical.size > MAX_UNKNOWN_CRITICAL) throw new DerProblem('too many');
}

function readExtensions(scanner: Scanner, limit: number, into: EntryExtensions, facts?: EntryFacts): void {
  scanner.expect(0x30, scanner.end, limit, 'entry extensions');
  if (scanner.end !== limit || scanner.start === limit) throw new DerProblem('entry extensions');
  let seen = 0;
  for (let at = scanner.start; at < limit; ) {
    scanner.expect(0x30, at, limit, 'entry extension');
    const end = scanner.end;
    const kind = readExtension(scanner, end, into, facts);
    if ((seen & kind) !== 0) throw new DerProblem('repeated extension');
    seen |= kind;
    at = end;
  }
}

/** Reads the entry at `at`: everything is checked, nothing is kept but what `into` takes. */
function walkEntry(
  scanner: Scanner,
  at: number,
  limit: number,
  into: EntryExtensions,
  facts?: EntryFacts,
): number {
  scanner.expect(0x30, at, limit, 'entry');
  const end = scanner.end;
  scanner.expect(0x02, scanner.start, end, 'serial');
  const magnitude = serialStart(scanner);
  if (facts !== undefined && scanner.end - magnitude > 20) facts.longSerial = true;
  scanner.read(scanner.end, end);
  const time = timeAt(scanner.bytes, scanner.tag, scanner.start, scanner.end);
  if (scanner.end < end) readExtensions(scanner, end, into, facts);
  scanner.end = end;
  return time;
}

/** Checks all entries between two offsets. @standard RFC 5280 §5.1.2.6, §5.3 */
export function checkEntries(bytes: Uint8Array, start: number, end: number): EntryFacts {
  const scanner = new Scanner(bytes);
  const facts: EntryFacts = { count: 0, longSerial: false, unknownCritical: new Set() };
  const into: EntryExtensions = { reason: undefined, invalidity: undefined };
  for (let at = start; at < end; at = scanner.end) {
    walkEntry(scanner, at, end, into, facts);
    facts.count++;
  }
  return facts;
}

/** Where the serial number of the entry at `at` stands; the entry was checked. */
export function serialOf(scanner: Scanner, at: number): Uint8Array {
  const { bytes } = scanner;
  scanner.read(at, bytes.length);
  scanner.read(scanner.start, bytes.length);
  return bytes.subarray(serialStart(scanner), scanner.end);
}

/** The entry at `at`, which was checked, and where the next one is. */
export function entryAt(bytes: Uint8Array, at: number, limit: number): { entry: RevokedEntry; next: number } {
  const scanner = new Scanner(bytes);
  const into: EntryExtensions = { reason: undefined, invalidity: undefined };
  const time = walkEntry(scanner, at, limit, into);
  const next = scanner.end;
  const entry = {
    serial: serialOf(scanner, at),
    revocationDate: new Date(time),
    ...(into.reason === undefined
      ? ({ reason: 'unspecified', reasonStated: false } as const)
      : { reason: into.reason }),
    ...(into.invalidity === undefined ? {} : { invalidityDate: new Date(into.invalidity) }),
  };
  return { entry, next };
}
