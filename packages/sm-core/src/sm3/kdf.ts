import { SM3_DIGEST_BYTES, type SmEngine } from '../spec/v1/engine.ts';
import { HmacKey, hmacOnce } from './hmac.ts';

/** Longest output of HKDF-Expand in bytes. @standard RFC 5869 §2.3 */
export const HKDF_SM3_MAX_BYTES: number = 255 * SM3_DIGEST_BYTES;
/** Most iterations of PBKDF2 that are accepted: a bound on what a container from outside can cost. */
export const PBKDF2_SM3_MAX_ITERATIONS = 10_000_000;
/** Longest output of PBKDF2 and of the KDF of the SM2 standard in bytes. */
export const SM3_KDF_MAX_BYTES: number = 1 << 20;

/** PRK = HMAC(salt, IKM), 32 bytes; an empty salt is 32 zero bytes. @standard RFC 5869 §2.2 */
export function hkdfExtract(engine: SmEngine, salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  return hmacOnce(engine, salt.length === 0 ? new Uint8Array(SM3_DIGEST_BYTES) : salt, [ikm]);
}

/** OKM = T(1)‖T(2)‖…, cut to `length` bytes. @standard RFC 5869 §2.3 */
export function hkdfExpand(engine: SmEngine, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const counter = Uint8Array.of(1);
  // One block is the usual case and needs no state that is kept.
  if (length <= SM3_DIGEST_BYTES) {
    const only = hmacOnce(engine, prk, [info, counter]);
    if (length === SM3_DIGEST_BYTES) return only;
    const out = only.slice(0, length);
    only.fill(0);
    return out;
  }
  const out = new Uint8Array(length);
  const key = new HmacKey(engine, prk);
  let previous: Uint8Array = new Uint8Array(0);
  try {
    for (let at = 0; at < length; at += SM3_DIGEST_BYTES) {
      const next = key.mac(previous, info, counter);
      previous.fill(0);
      previous = next;
      out.set(next.subarray(0, Math.min(SM3_DIGEST_BYTES, length - at)), at);
      counter[0]!++;
    }
    return out;
  } finally {
    previous.fill(0);
    key.destroy();
  }
}

/** T_i = U_1 ^ … ^ U_c, U_1 = PRF(P, S‖INT(i)), U_k = PRF(P, U_{k-1}). @standard RFC 8018 §5.2 */
export function pbkdf2(
  engine: SmEngine,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  const out = new Uint8Array(length);
  const key = new HmacKey(engine, password);
  const index = new Uint8Array(4);
  const view = new DataView(index.buffer);
  const sum = new Uint8Array(SM3_DIGEST_BYTES);
  let u: Uint8Array = new Uint8Array(0);
  try {
    for (let i = 1, at = 0; at < length; i++, at += SM3_DIGEST_BYTES) {
      view.setUint32(0, i, false);
      u.fill(0);
      u = key.mac(salt, index);
      sum.set(u);
      for (let k = 1; k < iterations; k++) {
        const next = key.mac(u);
        for (let j = 0; j < SM3_DIGEST_BYTES; j++) {
          sum[j]! ^= next[j]!;
          u[j] = 0;
        }
        u = next;
      }
      out.set(sum.subarray(0, Math.min(SM3_DIGEST_BYTES, length - at)), at);
    }
    return out;
  } finally {
    u.fill(0);
    sum.fill(0);
    key.destroy();
  }
}

/** P_hash of the TLS 1.2 PRF: A(i) = HMAC(secret, A(i-1)), output HMAC(secret, A(i)‖seed). @standard RFC 5246 §5 */
export function pHash(engine: SmEngine, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const key = new HmacKey(engine, secret);
  let a: Uint8Array = key.mac(seed);
  try {
    for (let at = 0; at < length; at += SM3_DIGEST_BYTES) {
      const block = key.mac(a, seed);
      out.set(block.subarray(0, Math.min(SM3_DIGEST_BYTES, length - at)), at);
      block.fill(0);
      const next = key.mac(a);
      a.fill(0);
      a = next;
    }
    return out;
  } finally {
    a.fill(0);
    key.destroy();
  }
}
