import type { Affine } from './curve.ts';

export const big = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
export const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
/** Big-endian hex of a fixed number of bytes. */
export const fixed = (value: bigint, bytes = 32): string => value.toString(16).padStart(bytes * 2, '0');
export const uncompressed = ({ x, y }: Affine): string => `04${fixed(x)}${fixed(y)}`;
export const compressed = ({ x, y }: Affine): string => `${y & 1n ? '03' : '02'}${fixed(x)}`;
export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i]!);

/** One DER element in hex. */
export function der(tag: string, ...contents: readonly string[]): string {
  const body = contents.join('');
  const length = body.length / 2;
  if (length < 0x80) return tag + fixed(BigInt(length), 1) + body;
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  return tag + fixed(BigInt(0x80 | size), 1) + fixed(BigInt(length), size) + body;
}

/** INTEGER of a non-negative number, minimal. */
export function derInteger(value: bigint): string {
  const plain = value.toString(16);
  const even = plain.length % 2 === 0 ? plain : `0${plain}`;
  return der('02', Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even);
}
