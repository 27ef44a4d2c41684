import { concatBytes } from '../encoding/bytes.ts';
import { SM4_BLOCK_BYTES } from '../spec/v1/engine.ts';

/** A padded copy, always one to sixteen bytes longer. @standard RFC 5652 §6.3 */
export function pkcs7Pad(data: Uint8Array): Uint8Array {
  const count = SM4_BLOCK_BYTES - (data.length % SM4_BLOCK_BYTES);
  return concatBytes(data, new Uint8Array(count).fill(count));
}

/**
 * The data without its padding as a copy, or `undefined` when the padding is wrong.
 * Every padding byte is looked at, whatever the others are.
 */
export function pkcs7Unpad(padded: Uint8Array): Uint8Array | undefined {
  if (padded.length === 0 || padded.length % SM4_BLOCK_BYTES !== 0) return undefined;
  const count = padded[padded.length - 1]!;
  let wrong = count < 1 || count > SM4_BLOCK_BYTES ? 1 : 0;
  for (let i = 1; i <= SM4_BLOCK_BYTES; i++) {
    const inside = ((i - count - 1) >> 31) & 1;
    wrong |= inside & (padded[padded.length - i]! === count ? 0 : 1);
  }
  // Not slice(): on a Buffer, which an engine may return, it gives a view that the caller's zeroing reaches.
  return wrong ? undefined : Uint8Array.from(padded.subarray(0, padded.length - count));
}
