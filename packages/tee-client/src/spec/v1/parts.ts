import { concatBytes } from '@cssi/sm-core';

/** Four bytes, big-endian. @internal */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A part after its length in four bytes. @internal */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(u32(bytes.length), bytes);
}

/**
 * Takes length-prefixed parts off `input` from `at`. Gives `undefined` where a part is longer than
 * `max` or than what is left.
 *
 * @internal
 */
export function partAt(input: Uint8Array, at: number, max: number): Uint8Array | undefined {
  if (at + 4 > input.length) return undefined;
  const length = new DataView(input.buffer, input.byteOffset, input.byteLength).getUint32(at);
  if (length > max || at + 4 + length > input.length) return undefined;
  // A copy, not slice(): of a Buffer that would be a view.
  return Uint8Array.from(input.subarray(at + 4, at + 4 + length));
}
