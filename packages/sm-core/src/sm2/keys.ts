import { fromHex, utf8 } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { type Secret, useSecret } from '../secret.ts';
import {
  SM2_COMPRESSED_KEY_BYTES,
  SM2_DEFAULT_ID,
  SM2_MAX_ID_BYTES,
  SM2_PRIVATE_KEY_BYTES,
  SM2_PUBLIC_KEY_BYTES,
  type SmEngine,
} from '../spec/v1/engine.ts';

/** An SM2 key pair (密钥对). */
export interface Sm2KeyPair {
  /** d_A, 32 bytes. */
  readonly privateKey: Secret;
  /** P_A as 04‖x‖y, 65 bytes. */
  readonly publicKey: Uint8Array;
}

/** n, and n - 1: a private key is below it. @standard GB/T 32918.1-2016 §6.1 */
const N = /* @__PURE__ */ fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');
const N_MINUS_1 = /* @__PURE__ */ fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122');

/** 1 ≤ scalar < bound, without a branch on the bytes before the answer. */
function isBelow(scalar: Uint8Array, bound: Uint8Array): boolean {
  let borrow = 0;
  let any = 0;
  for (let i = SM2_PRIVATE_KEY_BYTES - 1; i >= 0; i--) {
    borrow = ((scalar[i]! - bound[i]! - borrow) >> 8) & 1;
    any |= scalar[i]!;
  }
  return borrow === 1 && any !== 0;
}

/** 1 ≤ d ≤ n-2. @standard GB/T 32918.1-2016 §6.1 */
export const isPrivateKey = (d: Uint8Array): boolean => isBelow(d, N_MINUS_1);

/** 1 ≤ r ≤ n-1. @standard GB/T 32918.3-2016 §6.1 A1 */
export const isEphemeralKey = (r: Uint8Array): boolean => isBelow(r, N);

/** The bytes themselves when they are a private key. */
function checkPrivateKey(d: Uint8Array): Uint8Array {
  if (d.length !== SM2_PRIVATE_KEY_BYTES || !isPrivateKey(d)) {
    throw SM_CORE_ERRORS.create('ERR_SM2_PRIVATE_KEY_INVALID');
  }
  return d;
}

/** Gives `use` the bytes of a private key that was checked. */
export function withPrivateKey<T>(key: Secret, use: (d: Uint8Array) => T): T {
  return useSecret(key, 'privateKey', (d) => use(checkPrivateKey(d)));
}

const invalid = () => SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');

/** Is it 04‖x‖y of a point other than infinity? @standard GB/T 32918.1-2016 §6.2 */
export function isPublicKey(engine: SmEngine, encoded: Uint8Array): boolean {
  return (
    encoded instanceof Uint8Array &&
    encoded.length === SM2_PUBLIC_KEY_BYTES &&
    encoded[0] === 4 &&
    engine.sm2IsPublicKey(encoded)
  );
}

/** The array itself when it is a public key. @standard GB/T 32918.1-2016 §6.2 */
export function checkPublicKey(engine: SmEngine, encoded: Uint8Array): Uint8Array {
  if (!isPublicKey(engine, encoded)) throw invalid();
  return encoded;
}

/** 04‖x‖y, a new array, of either encoding; the hybrid form is neither. @standard GB/T 32918.1-2016 §4.2.9 */
export function readPublicKey(engine: SmEngine, encoded: Uint8Array): Uint8Array {
  if (!(encoded instanceof Uint8Array) || encoded.length !== SM2_COMPRESSED_KEY_BYTES) {
    return Uint8Array.from(checkPublicKey(engine, encoded));
  }
  if (encoded[0] !== 2 && encoded[0] !== 3) throw invalid();
  requireCapability(engine, 'sm2.decompress');
  const point = engine.sm2Decompress(encoded);
  if (point === undefined) throw invalid();
  return point;
}

/** 02 or 03‖x, by the last bit of y. @standard GB/T 32918.1-2016 §4.2.8 */
export function compressPublicKey(engine: SmEngine, publicKey: Uint8Array): Uint8Array {
  checkPublicKey(engine, publicKey);
  const out = new Uint8Array(SM2_COMPRESSED_KEY_BYTES);
  out.set(publicKey.subarray(0, SM2_COMPRESSED_KEY_BYTES));
  out[0] = 2 | (publicKey[SM2_PUBLIC_KEY_BYTES - 1]! & 1);
  return out;
}

/** a‖b‖xG‖yG, the constant part of Z_A. @standard GB/T 32918.5-2017 §2 */
const CURVE = /* @__PURE__ */ fromHex(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
);

const DEFAULT_ID = /* @__PURE__ */ utf8(SM2_DEFAULT_ID);

/** Z_A of a public key that was checked. @standard GB/T 32918.2-2016 §5.5 */
export function zOf(engine: SmEngine, publicKey: Uint8Array, id: Uint8Array = DEFAULT_ID): Uint8Array {
  requireCapability(engine, 'sm3');
  if (!(id instanceof Uint8Array) || id.length > SM2_MAX_ID_BYTES) {
    throw SM_CORE_ERRORS.create('ERR_SM2_ID_INVALID');
  }
  // ENTL_A: the length of the ID in bits, two bytes.
  const entl = Uint8Array.of(id.length >> 5, id.length << 3);
  return engine.sm3Digest(entl, id, CURVE, publicKey.subarray(1));
}
