import { toHex } from '@cssi/sm-core';
import type { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';

/** Numbers of SM2 points and signatures: 72 bytes, little-endian, the value in the first 32. @internal */
export const CSV_NUMBER_BYTES = 72;
/** Room of a user id; its length stands before it. @internal */
export const CSV_UID_BYTES = 254;
const VALUE_BYTES = 32;

/** Are all bytes zero? A plain loop: reserved room is most of a certificate. @internal */
export function allZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/**
 * Puts a number, 32 bytes big-endian, to `at` of `out`. No field of the curve is longer: what stands above
 * its 32 bytes has to be zero, or the same number would have many encodings.
 */
function readNumber(reader: ByteReader, out: Uint8Array, at: number): void {
  const field = reader.bytes(CSV_NUMBER_BYTES);
  for (let i = 0; i < VALUE_BYTES; i++) out[at + VALUE_BYTES - 1 - i] = field[i]!;
  if (!allZero(field.subarray(VALUE_BYTES))) throw malformed('csv-number');
}

/** A point as 04‖x‖y. Whether it lies on the curve shows when it is used. @internal */
export function readPoint(reader: ByteReader): Uint8Array {
  const point = new Uint8Array(1 + 2 * VALUE_BYTES);
  point[0] = 4;
  readNumber(reader, point, 1);
  readNumber(reader, point, 1 + VALUE_BYTES);
  return point;
}

/** A signature as r‖s, 64 bytes. @internal */
export function readSignature(reader: ByteReader): Uint8Array {
  const signature = new Uint8Array(2 * VALUE_BYTES);
  readNumber(reader, signature, 0);
  readNumber(reader, signature, VALUE_BYTES);
  return signature;
}

/** The signer ID that goes into Z: u16 length, 254 bytes. @internal */
export function readUid(reader: ByteReader): Uint8Array {
  const length = reader.u16();
  const field = reader.bytes(CSV_UID_BYTES);
  if (length > CSV_UID_BYTES) throw malformed('csv-uid');
  return field.slice(0, length);
}

/** Skips bytes no signature covers: anything but zeros there would be somebody's addition. @internal */
export function skipZeros(reader: ByteReader, length: number): void {
  if (!allZero(reader.bytes(length))) throw malformed('csv-reserved');
}

/** Text of an id for details: printable ASCII as it is, else hex. @internal */
export function idText(bytes: Uint8Array): string {
  return bytes.every((byte) => byte > 0x20 && byte < 0x7f) ? String.fromCharCode(...bytes) : toHex(bytes);
}
