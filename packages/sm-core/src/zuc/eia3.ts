import type { KeyWords } from './key-words.ts';

/** Key words for `bitLength` bits: L of the standard. @standard GB/T 33133.3-2021 §5 */
export const eia3Words = (bitLength: number): number => Math.ceil(bitLength / 32) + 2;

/** The initial vector: COUNT‖BEARER‖27 zeros, and the same with DIRECTION in two bits. @standard GB/T 33133.3-2021 §5 */
export function eia3Iv(count: number, bearer: number, direction: number): Uint8Array {
  const iv = new Uint8Array(16);
  const view = new DataView(iv.buffer);
  view.setUint32(0, count, false);
  iv[4] = bearer << 3;
  iv.copyWithin(8, 0, 8);
  iv[8]! ^= direction << 7;
  iv[14]! ^= direction << 7;
  return iv;
}

/** The 32 bits of the stream that begin `shift` < 32 bits into the word `z`. */
const window = (z: number, next: number, shift: number): number =>
  shift === 0 ? z : (z << shift) | (next >>> (32 - shift));

/**
 * The MAC over the first `bitLength` bits, 4 bytes. A bit of the message selects by a
 * mask, not by a branch.
 *
 * @standard GB/T 33133.3-2021 §5
 */
export function eia3(words: KeyWords, data: Uint8Array, bitLength: number): Uint8Array {
  let t = 0;
  let z = words.next();
  let next = words.next();
  for (let done = 0; done < bitLength; done += 32) {
    const at = done / 8;
    const word =
      (data[at]! << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0);
    const bits = Math.min(32, bitLength - done);
    for (let i = 0; i < bits; i++) t ^= window(z, next, i) & -((word >>> (31 - i)) & 1);
    if (bits === 32) {
      z = next;
      next = words.next();
    }
  }
  const rest = bitLength % 32;
  // T ^= z_LENGTH, then the last word of the stream.
  t ^= window(z, next, rest);
  t ^= rest === 0 ? next : words.next();
  const mac = new Uint8Array(4);
  new DataView(mac.buffer).setUint32(0, t >>> 0, false);
  return mac;
}
