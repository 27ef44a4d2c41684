import type { KeyWords } from './key-words.ts';

/** Key words for `bitLength` bits. @standard GB/T 33133.2-2021 §5 */
export const eea3Words = (bitLength: number): number => Math.ceil(bitLength / 32);

/** The initial vector: COUNT‖BEARER‖DIRECTION‖26 zeros, twice. @standard GB/T 33133.2-2021 §5 */
export function eea3Iv(count: number, bearer: number, direction: number): Uint8Array {
  const iv = new Uint8Array(16);
  const view = new DataView(iv.buffer);
  view.setUint32(0, count, false);
  iv[4] = (bearer << 3) | (direction << 2);
  iv.copyWithin(8, 0, 8);
  return iv;
}

/** Adds the key words to the first `bitLength` bits; the spare bits of the last byte are 0. @standard GB/T 33133.2-2021 §5 */
export function eea3(words: KeyWords, data: Uint8Array, bitLength: number): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const word = words.next();
    out[i] = data[i]! ^ (word >>> 24);
    // A write behind the end is dropped.
    out[i + 1] = data[i + 1]! ^ (word >>> 16);
    out[i + 2] = data[i + 2]! ^ (word >>> 8);
    out[i + 3] = data[i + 3]! ^ word;
  }
  const spare = 8 * data.length - bitLength;
  out[out.length - 1]! &= 0xff << spare;
  return out;
}
