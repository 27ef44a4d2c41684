import { SM4_BLOCK_BYTES } from '../spec/v1/engine.ts';

/** One block of `rest` (0 to 15 bytes) and its padding. @standard RFC 5652 §6.3 */
export function pkcs7Fill(rest: Uint8Array): Uint8Array {
  const block = new Uint8Array(SM4_BLOCK_BYTES).fill(SM4_BLOCK_BYTES - rest.length);
  block.set(rest);
  return block;
}

/**
 * How many bytes of padding end `block`, whose length is a multiple of 16 and not zero;
 * 0 when they are wrong. Every padding byte is looked at, whatever the others are.
 *
 * @standard RFC 5652 §6.3
 */
export function pkcs7Count(block: Uint8Array): number {
  const count = block[block.length - 1]!;
  // Wrong are 0 and more than 16: the sign bit of one of the differences says so.
  let wrong = ((count - 1) | (SM4_BLOCK_BYTES - count)) >> 31;
  for (let i = 1; i <= SM4_BLOCK_BYTES; i++) {
    const inside = (i - count - 1) >> 31;
    wrong |= inside & (block[block.length - i]! ^ count);
  }
  // All ones when nothing was wrong.
  return count & ~((wrong | -wrong) >> 31);
}

/** The data without its padding as a copy, or `undefined` when the padding is wrong. */
export function pkcs7Unpad(padded: Uint8Array): Uint8Array | undefined {
  if (padded.length === 0 || padded.length % SM4_BLOCK_BYTES !== 0) return undefined;
  const count = pkcs7Count(padded);
  // Not slice(): on a Buffer it gives a view that the caller's zeroing reaches.
  return count === 0 ? undefined : Uint8Array.from(padded.subarray(0, padded.length - count));
}
