import { concatBytes, fromHex, toHex } from '../../src/index.ts';

/**
 * The curve in the plainest arithmetic there is, for building broken engines and
 * hostile inputs. Its formulas do not use b, as those of the implementations that
 * invalid-curve attacks were made for.
 */
export const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
export const A = P - 3n;
export const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
export const G: Point = {
  x: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  y: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};

/** `undefined` is the point at infinity. */
export type Point = { readonly x: bigint; readonly y: bigint } | undefined;

export const mod = (value: bigint, m: bigint = P): bigint => ((value % m) + m) % m;

/** By Euclid's extended algorithm; 0 for 0. */
function inverse(value: bigint, m: bigint = P): bigint {
  let [a, b] = [mod(value, m), m];
  let [x, y] = [1n, 0n];
  while (a > 1n) {
    const q = b / a;
    [a, b] = [b - q * a, a];
    [x, y] = [y - q * x, x];
  }
  return a === 0n ? 0n : mod(x, m);
}

export function add(p: Point, q: Point): Point {
  if (p === undefined) return q;
  if (q === undefined) return p;
  if (p.x === q.x && mod(p.y + q.y) === 0n) return undefined;
  const slope =
    p.x === q.x ? mod((3n * p.x * p.x + A) * inverse(2n * p.y)) : mod((q.y - p.y) * inverse(q.x - p.x));
  const x = mod(slope * slope - p.x - q.x);
  return { x, y: mod(slope * (p.x - x) - p.y) };
}

export function multiply(p: Point, k: bigint): Point {
  let result: Point;
  let double = p;
  for (let e = k; e > 0n; e >>= 1n) {
    if (e & 1n) result = add(result, double);
    double = add(double, double);
  }
  return result;
}

export const invertN = (value: bigint): bigint => inverse(value, N);
export const toBig = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`));
export const fromBig = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0'));

export function encode(point: Point): Uint8Array {
  if (point === undefined) return Uint8Array.of(0);
  return concatBytes(Uint8Array.of(4), fromBig(point.x), fromBig(point.y));
}

/** Without any check. */
export function decode(bytes: Uint8Array): { readonly x: bigint; readonly y: bigint } {
  return { x: toBig(bytes.subarray(1, 33)), y: toBig(bytes.subarray(33, 65)) };
}
