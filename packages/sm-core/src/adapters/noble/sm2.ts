import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { concatBytes, equalBytes, fromHex, toHex } from '../../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../../errors.ts';
import { kdfSm3 } from '../../internal/kdf.ts';
import { systemRandom } from '../../random.ts';
import type { RandomSource, Sm3Hash } from '../../spec/v1/engine.ts';

/** Curve parameters. @standard GB/T 32918.5-2017 §2 */
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const A = 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const GX = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n;
const GY = 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n;

const Point = weierstrass({ p: P, a: A, b: B, n: N, h: 1n, Gx: GX, Gy: GY });
type Point = WeierstrassPoint<bigint>;

const Fn = Point.Fn;

Point.BASE.precompute(8, false);

/** Attempts before a random source counts as broken. */
const MAX_DRAWS = 64;

const toBig = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
const fromBig = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0'));
const modN = (value: bigint): bigint => {
  const r = value % N;
  return r < 0n ? r + N : r;
};

/**
 * a^-1 mod n. Euclid's algorithm takes steps that depend on its input, so it is given
 * a·b for a random b, and b is multiplied out again: what its time shows is not a.
 */
function invertN(a: bigint): bigint {
  const blind = randomScalar(systemRandom);
  return modN(Fn.inv(modN(a * blind)) * blind);
}

/**
 * A uniform scalar in [1, n-1] by rejection. A good source is rejected once in 2^32 draws,
 * so many rejections in a row are a fault of the source and not bad luck.
 *
 * @standard GB/T 32918.1-2016 §6.1
 */
function randomScalar(random: RandomSource): bigint {
  const bytes = new Uint8Array(32);
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    random.fill(bytes);
    const k = toBig(bytes);
    if (k >= 1n && k < N) {
      bytes.fill(0);
      return k;
    }
  }
  throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
}

/** C2 = M ⊕ t as plain bytes, whatever subclass the arguments are of. */
function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}

function decodePoint(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== 65 || bytes[0] !== 4) return undefined;
  const x = toBig(bytes.subarray(1, 33));
  const y = toBig(bytes.subarray(33));
  if (x >= P || y >= P) return undefined;
  try {
    const point = Point.fromAffine({ x, y });
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
}

function encodePoint(point: Point): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(Uint8Array.of(4), fromBig(x), fromBig(y));
}

/** @standard GB/T 32918.1-2016 §6.1 */
export function publicKey(d: Uint8Array): Uint8Array {
  return encodePoint(Point.BASE.multiply(toBig(d)));
}

/** @standard GB/T 32918.1-2016 §6.2 */
export function isPublicKey(point: Uint8Array): boolean {
  return decodePoint(point) !== undefined;
}

/** @standard GB/T 32918.2-2016 §6.1 */
export function signDigest(dBytes: Uint8Array, eBytes: Uint8Array, random: RandomSource): Uint8Array {
  const d = toBig(dBytes);
  const e = toBig(eBytes);
  // (1 + d)^-1, used in A6
  const inverse = invertN(1n + d);
  for (let attempt = 0; attempt < MAX_DRAWS; attempt++) {
    const k = randomScalar(random); // A3
    const x1 = Point.BASE.multiply(k).toAffine().x; // A4
    const r = modN(e + x1); // A5
    if (r === 0n || r + k === N) continue;
    const s = modN(inverse * modN(k - r * d)); // A6
    if (s === 0n) continue;
    return concatBytes(fromBig(r), fromBig(s)); // A7
  }
  throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
}

/** @standard GB/T 32918.2-2016 §7.1 */
export function verifyDigest(publicKeyBytes: Uint8Array, eBytes: Uint8Array, signature: Uint8Array): boolean {
  const point = decodePoint(publicKeyBytes);
  if (point === undefined || signature.length !== 64) return false;
  const r = toBig(signature.subarray(0, 32));
  const s = toBig(signature.subarray(32));
  if (r < 1n || r >= N || s < 1n || s >= N) return false; // B1, B2
  const t = modN(r + s); // B5
  if (t === 0n) return false;
  const sum = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t)); // B6
  if (sum.is0()) return false;
  return modN(toBig(eBytes) + sum.toAffine().x) === r; // B7
}

/** @standard GB/T 32918.4-2016 §6.1 */
export function encrypt(
  publicKeyBytes: Uint8Array,
  message: Uint8Array,
  random: RandomSource,
  hash: () => Sm3Hash,
): Uint8Array {
  const point = decodePoint(publicKeyBytes);
  if (point === undefined) throw SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');
  for (let attempt = 0; attempt < MAX_DRAWS; attempt++) {
    const k = randomScalar(random); // A1
    const c1 = encodePoint(Point.BASE.multiply(k)); // A2
    const shared = encodePoint(point.multiply(k)); // A4
    const x2 = shared.subarray(1, 33);
    const y2 = shared.subarray(33);
    const t = kdfSm3(hash, concatBytes(x2, y2), message.length); // A5
    if (t.every((byte) => byte === 0)) continue;
    const c2 = xor(message, t); // A6
    const c3 = hash().update(x2).update(message).update(y2).digest(); // A7
    shared.fill(0);
    t.fill(0);
    return concatBytes(c1, c3, c2); // A8
  }
  throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
}

/** @standard GB/T 32918.4-2016 §7.1 */
export function decrypt(
  dBytes: Uint8Array,
  ciphertext: Uint8Array,
  hash: () => Sm3Hash,
): Uint8Array | undefined {
  if (ciphertext.length < 98) return undefined;
  const point = decodePoint(ciphertext.subarray(0, 65)); // B1
  if (point === undefined) return undefined;
  const c3 = ciphertext.subarray(65, 97);
  const c2 = ciphertext.subarray(97);
  const shared = encodePoint(point.multiply(toBig(dBytes))); // B3
  const x2 = shared.subarray(1, 33);
  const y2 = shared.subarray(33);
  const t = kdfSm3(hash, concatBytes(x2, y2), c2.length); // B4
  const zero = t.every((byte) => byte === 0);
  const message = xor(c2, t); // B5
  const u = hash().update(x2).update(message).update(y2).digest(); // B6
  shared.fill(0);
  t.fill(0);
  if (!zero && equalBytes(u, c3)) return message;
  message.fill(0);
  return undefined;
}
