import type { KeyObject } from 'node:crypto';
import { sign } from 'node:crypto';

/** Little-endian integer of `length` bytes. @internal */
export function littleEndian(value: number, length: 2 | 4): Uint8Array {
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  if (length === 2) view.setUint16(0, value, true);
  else view.setUint32(0, value, true);
  return out;
}

/** `value` at the front of a field of `length` bytes, zeros behind. @internal */
export function field(value: Uint8Array | undefined, length: number): Uint8Array {
  const out = new Uint8Array(length);
  if (value === undefined) return out;
  if (value.length > length) throw new RangeError(`field of ${length} bytes given ${value.length}`);
  out.set(value);
  return out;
}

/** r‖s of ECDSA over P-256 with SHA-256. @internal */
export const rawSignature = (key: KeyObject, message: Uint8Array): Uint8Array =>
  Uint8Array.from(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }));
