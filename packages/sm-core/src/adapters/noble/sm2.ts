import { concatBytes, equalBytes } from '../../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../../errors.ts';
import { kdfSm3 } from '../../internal/kdf.ts';
import type {
  RandomSource,
  Sm2PreparedPrivateKey,
  Sm2PreparedPublicKey,
  Sm3Hash,
} from '../../spec/v1/engine.ts';
import {
  decodePoint,
  encodePoint,
  fromBig,
  generator,
  invertN,
  MAX_DRAWS,
  modN,
  N,
  type Point,
  randomScalar,
  toBig,
} from './sm2-curve.ts';

export { decompress, exchangePoint, multiply } from './sm2-exchange.ts';

/** Window of the table of a prepared public key: it costs about two verifications. */
const PREPARED_WINDOW = 4;

/** C2 = M ⊕ t as plain bytes, whatever subclass the arguments are of. */
function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}

/** @standard GB/T 32918.1-2016 §6.1 */
export function publicKey(d: Uint8Array): Uint8Array {
  return encodePoint(generator().multiply(toBig(d)));
}

/** @standard GB/T 32918.1-2016 §6.2 */
export function isPublicKey(point: Uint8Array): boolean {
  return decodePoint(point) !== undefined;
}

/** A1–A7 with (1 + d)^-1 at hand. @standard GB/T 32918.2-2016 §6.1 */
function signWith(d: bigint, inverse: bigint, eBytes: Uint8Array, random: RandomSource): Uint8Array {
  const e = toBig(eBytes);
  for (let attempt = 0; attempt < MAX_DRAWS; attempt++) {
    const k = randomScalar(random); // A3
    const x1 = generator().multiply(k).toAffine().x; // A4
    const r = modN(e + x1); // A5
    if (r === 0n || r + k === N) continue;
    const s = modN(inverse * modN(k - r * d)); // A6
    if (s === 0n) continue;
    return concatBytes(fromBig(r), fromBig(s)); // A7
  }
  throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
}

/** B1–B7 for a point that was read. @standard GB/T 32918.2-2016 §7.1 */
function verifyWith(point: Point, e: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const r = toBig(signature.subarray(0, 32));
  const s = toBig(signature.subarray(32));
  if (r < 1n || r >= N || s < 1n || s >= N) return false; // B1, B2
  const t = modN(r + s); // B5
  if (t === 0n) return false;
  const sum = generator().multiplyUnsafe(s).add(point.multiplyUnsafe(t)); // B6
  if (sum.is0()) return false;
  return modN(toBig(e) + sum.toAffine().x) === r; // B7
}

/** (1 + d)^-1, which d = n-1 has not. @standard GB/T 32918.2-2016 §6.1 A6 */
function inverseOf(d: bigint): bigint {
  const sum = modN(1n + d);
  if (sum === 0n) throw SM_CORE_ERRORS.create('ERR_SM2_PRIVATE_KEY_INVALID');
  return invertN(sum);
}

/** @standard GB/T 32918.2-2016 §6.1 */
export function signDigest(d: Uint8Array, e: Uint8Array, random: RandomSource): Uint8Array {
  const key = toBig(d);
  return signWith(key, inverseOf(key), e, random);
}

/** @standard GB/T 32918.2-2016 §7.1 */
export function verifyDigest(publicKey: Uint8Array, e: Uint8Array, signature: Uint8Array): boolean {
  const point = decodePoint(publicKey);
  return point !== undefined && verifyWith(point, e, signature);
}

/** Keeps d and (1 + d)^-1 as bytes, which can be zeroed; the numbers of a call cannot. */
class PreparedPrivateKey implements Sm2PreparedPrivateKey {
  #key: { readonly d: Uint8Array; readonly inverse: Uint8Array } | undefined;

  constructor(d: Uint8Array) {
    this.#key = { d: Uint8Array.from(d), inverse: fromBig(inverseOf(toBig(d))) };
  }

  signDigest(e: Uint8Array, random: RandomSource): Uint8Array {
    if (this.#key === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return signWith(toBig(this.#key.d), toBig(this.#key.inverse), e, random);
  }

  destroy(): void {
    this.#key?.d.fill(0);
    this.#key?.inverse.fill(0);
    this.#key = undefined;
  }
}

/** (1 + d)^-1 is computed once. @standard GB/T 32918.2-2016 §6.1 A6 */
export function preparePrivate(d: Uint8Array): Sm2PreparedPrivateKey {
  return new PreparedPrivateKey(d);
}

/** A table of multiples of the point is made at the first verification. @standard GB/T 32918.2-2016 §7.1 */
export function preparePublic(publicKey: Uint8Array): Sm2PreparedPublicKey {
  const point = decodePoint(publicKey)?.precompute(PREPARED_WINDOW);
  if (point === undefined) throw SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');
  return { verifyDigest: (e, signature) => verifyWith(point, e, signature) };
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
    const c1 = encodePoint(generator().multiply(k)); // A2
    const shared = encodePoint(point.multiply(k)).subarray(1); // A4: x2‖y2
    const t = kdfSm3(hash, shared, message.length); // A5
    try {
      if (t.every((byte) => byte === 0)) continue;
      const c2 = xor(message, t); // A6
      const c3 = hash().update(shared.subarray(0, 32)).update(message).update(shared.subarray(32)).digest(); // A7
      return concatBytes(c1, c3, c2); // A8
    } finally {
      shared.fill(0);
      t.fill(0);
    }
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
  const shared = encodePoint(point.multiply(toBig(dBytes))).subarray(1); // B3: x2‖y2
  const t = kdfSm3(hash, shared, c2.length); // B4
  const message = xor(c2, t); // B5
  let genuine = false;
  try {
    const u = hash().update(shared.subarray(0, 32)).update(message).update(shared.subarray(32)).digest(); // B6
    genuine = equalBytes(u, c3) && t.some((byte) => byte !== 0);
    return genuine ? message : undefined;
  } finally {
    if (!genuine) message.fill(0);
    shared.fill(0);
    t.fill(0);
  }
}
