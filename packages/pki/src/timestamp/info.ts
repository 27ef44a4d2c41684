import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, readOne, readSmallInteger, readUnsigned, type Tlv } from '../internal/tlv.ts';
import {
  boolean,
  explicit,
  generalizedTime,
  integer,
  oid,
  retag,
  sequence,
  unsigned,
} from '../internal/write.ts';
import {
  MAX_TIMESTAMP_SERIAL_BYTES,
  type MessageImprint,
  type TimeStampAccuracy,
  type TimeStampInfo,
} from '../spec/v1/timestamp.ts';
import { readDefaultFalse, readExtensions, readNonce, writeNonce } from './fields.ts';
import { readGenTime } from './gen-time.ts';
import { readImprint, writeImprint } from './imprint.ts';

/** Whole milli- or microseconds of an accuracy, 0 to 999. */
function readPart(element: Tlv | undefined): number | undefined {
  if (element === undefined) return undefined;
  // The tag is implicit: the contents are those of an INTEGER.
  const part = readSmallInteger({ ...element, tag: 0x02 }, 'accuracy');
  if (part > 999) throw new DerProblem('accuracy');
  return part;
}

function readAccuracy(element: Tlv | undefined): TimeStampAccuracy | undefined {
  if (element === undefined) return undefined;
  const cursor = new Cursor(element.value);
  const whole = cursor.maybe(0x02);
  const millis = readPart(cursor.maybe(0x80));
  const micros = readPart(cursor.maybe(0x81));
  cursor.end('accuracy');
  return {
    ...(whole === undefined ? {} : { seconds: readSmallInteger(whole, 'accuracy') }),
    ...(millis === undefined ? {} : { millis }),
    ...(micros === undefined ? {} : { micros }),
  };
}

function writeAccuracy({ seconds, millis, micros }: TimeStampAccuracy): Uint8Array {
  return sequence(
    ...(seconds === undefined ? [] : [integer(seconds)]),
    ...(millis === undefined ? [] : [retag(integer(millis), 0x80)]),
    ...(micros === undefined ? [] : [retag(integer(micros), 0x81)]),
  );
}

/** An accuracy as one number of microseconds. */
export const accuracyMicros = ({ seconds = 0, millis = 0, micros = 0 }: TimeStampAccuracy): number =>
  (seconds * 1000 + millis) * 1000 + micros;

/** The one GeneralName inside of the tag. */
function readTsaName(element: Tlv | undefined): Uint8Array | undefined {
  if (element === undefined) return undefined;
  const cursor = new Cursor(element.value);
  const name = cursor.next('tsa');
  cursor.end('tsa');
  // Classes and numbers of the nine kinds of a GeneralName.
  if ((name.tag & 0xc0) !== 0x80 || (name.tag & 0x1f) > 8) throw new DerProblem('tsa');
  return name.raw;
}

/** Reads TSTInfo; version 2 is noted. @standard RFC 3161 §2.4.2 */
export function readTimeStampInfo(der: Uint8Array, log: FindingLog): TimeStampInfo {
  const cursor = new Cursor(readOne(der, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  if (version !== 1 && version !== 2) throw new DerProblem('version');
  if (version === 2) log.note('TST_VERSION_2', 'tstInfo');
  const policy = readOid(cursor.take(0x06, 'policy'), 'policy');
  const imprint = readImprint(cursor.take(0x30, 'imprint'), log);
  const serial = readUnsigned(cursor.take(0x02, 'serial'), MAX_TIMESTAMP_SERIAL_BYTES, 'serial');
  const time = readGenTime(cursor.take(0x18, 'genTime'), log);
  const accuracy = readAccuracy(cursor.maybe(0x30));
  const ordering = readDefaultFalse(cursor.maybe(0x01), 'ordering', log);
  const nonce = readNonce(cursor.maybe(0x02));
  const tsaRaw = readTsaName(cursor.maybe(0xa0));
  const extensions = readExtensions(cursor.maybe(0xa1), log);
  cursor.end('tstInfo');
  return {
    raw: der,
    version,
    policy,
    imprint,
    serial,
    ...time,
    ...(accuracy === undefined ? {} : { accuracy }),
    ordering,
    ...(nonce === undefined ? {} : { nonce }),
    ...(tsaRaw === undefined ? {} : { tsaRaw }),
    extensions,
  };
}

/** Fields of a TSTInfo to write. */
export interface TimeStampInfoFields {
  readonly policy: string;
  readonly imprint: MessageImprint;
  readonly serial: Uint8Array;
  readonly time: Date;
  readonly accuracy?: TimeStampAccuracy | undefined;
  readonly ordering: boolean;
  readonly nonce?: bigint | undefined;
  /** DER of the authority's name. */
  readonly tsaName?: Uint8Array | undefined;
}

/** TSTInfo of version 1, DER. */
export function writeTimeStampInfo(fields: TimeStampInfoFields): Uint8Array {
  const { policy, imprint, serial, time, accuracy, ordering, nonce, tsaName } = fields;
  return sequence(
    integer(1),
    oid(policy),
    writeImprint(imprint),
    unsigned(serial),
    generalizedTime(time),
    ...(accuracy === undefined ? [] : [writeAccuracy(accuracy)]),
    ...(ordering ? [boolean(true)] : []),
    ...(nonce === undefined ? [] : [writeNonce(nonce)]),
    // [0] tsa, inside of it [4] directoryName; both explicit, because both hold a CHOICE.
    ...(tsaName === undefined ? [] : [explicit(0, explicit(4, tsaName))]),
  );
}
