import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { fromHex, toHex } from '../../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../../errors.ts';
import { systemRandom } from '../../random.ts';
import type { RandomSource } from '../../spec/v1/engine.ts';

/** Curve parameters. @standard GB/T 32918.5-2017 §2 */
export const P: bigint = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const A = 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
export const N: bigint = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const GX = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n;
const GY = 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n;

const Curve = /* @__PURE__ */ weierstrass({ p: P, a: A, b: B, n: N, h: 1n, Gx: GX, Gy: GY });

/** A point of the curve, or infinity. */
export type Point = WeierstrassPoint<bigint>;

/** Window of the table of multiples of G; the table is made at the first multiplication. */
const BASE_WINDOW = 8;
let base: Point | undefined;

/** G, with its table. */
export function generator(): Point {
  base ??= Curve.BASE.precompute(BASE_WINDOW);
  return base;
}

/** Attempts before a random source counts as broken. */
export const MAX_DRAWS = 64;

export const toBig = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
export const fromBig = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0'));

export function modN(value: bigint): bigint {
  const r = value % N;
  return r < 0n ? r + N : r;
}

/**
 * a^-1 mod n. Euclid's algorithm takes steps that depend on its input, so it is given
 * a·b for a random b, and b is multiplied out again: what its time shows is not a.
 */
export function invertN(a: bigint): bigint {
  const blind = randomScalar(systemRandom);
  return modN(Curve.Fn.inv(modN(a * blind)) * blind);
}

/**
 * A uniform scalar in [1, n-1] by rejection. A good source is rejected once in 2^32 draws,
 * so many rejections in a row are a fault of the source and not bad luck.
 *
 * @standard GB/T 32918.1-2016 §6.1
 */
export function randomScalar(random: RandomSource): bigint {
  const bytes = new Uint8Array(32);
  try {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      random.fill(bytes);
      const k = toBig(bytes);
      if (k >= 1n && k < N) return k;
    }
  } finally {
    bytes.fill(0);
  }
  throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
}

/** The point of 04‖x‖y, or `undefined` when it is none of the curve. @standard GB/T 32918.1-2016 §4.2.9, §6.2 */
export function decodePoint(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== 65 || bytes[0] !== 4) return undefined;
  const x = toBig(bytes.subarray(1, 33));
  const y = toBig(bytes.subarray(33));
  if (x >= P || y >= P) return undefined;
  try {
    const point = Curve.fromAffine({ x, y });
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
}

/** 04‖x‖y of a point other than infinity. @standard GB/T 32918.1-2016 §4.2.8 */
export function encodePoint(point: Point): Uint8Array {
  const { x, y } = point.toAffine();
  const out = new Uint8Array(65);
  out[0] = 4;
  out.set(fromBig(x), 1);
  out.set(fromBig(y), 33);
  return out;
}

/**
 * y of the point with this x whose last bit is `odd`, or `undefined` when there is none.
 *
 * @standard GB/T 32918.1-2016 §4.2.9, Annex B.1.4
 */
export function solveY(x: bigint, odd: boolean): bigint | undefined {
  const { Fp } = Curve;
  const square = Fp.add(Fp.mul(Fp.add(Fp.sqr(x), A), x), B); // x^3 + ax + b
  // p mod 4 = 3: the root of a square is its (p+1)/4-th power.
  const root = Fp.pow(square, (P + 1n) / 4n);
  if (!Fp.eql(Fp.sqr(root), square)) return undefined;
  return ((root & 1n) === 1n) === odd ? root : P - root;
}
