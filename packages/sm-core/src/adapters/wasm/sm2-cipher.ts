import { equalBytes } from '../../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../../errors.ts';
import { kdfSm3 } from '../../internal/kdf.ts';
import type { RandomSource, Sm3Hash } from '../../spec/v1/engine.ts';
import { MAX_MASKED_BYTES, type Sm2Calls, withNonce } from './sm2-calls.ts';

/** C1‖C3 in front of C2: 65 and 32 bytes. */
const HEAD = 97;

/**
 * M ⊕ KDF(x2‖y2) or C2 ⊕ KDF(x2‖y2) into `out`, and C3 of the plaintext; C3 is `undefined`
 * if the key stream is all zero, and `out` then zeroed.
 */
function mask(
  calls: Sm2Calls,
  hash: () => Sm3Hash,
  shared: Uint8Array,
  data: Uint8Array,
  out: Uint8Array,
  opening: boolean,
): Uint8Array | undefined {
  if (data.length <= MAX_MASKED_BYTES) {
    const { c3, usable } = calls.mask(shared, data, out, opening);
    if (usable) return c3;
    out.fill(0);
    return undefined;
  }
  // Longer than the exchange area, so in pieces; a zero key stream is not possible here.
  const t = kdfSm3(hash, shared, data.length);
  try {
    for (let i = 0; i < out.length; i++) out[i] = data[i]! ^ t[i]!;
  } finally {
    t.fill(0);
  }
  return hash()
    .update(shared.subarray(0, 32))
    .update(opening ? out : data)
    .update(shared.subarray(32))
    .digest();
}

/** @standard GB/T 32918.4-2016 §6.1 */
export function encrypt(
  calls: Sm2Calls,
  hash: () => Sm3Hash,
  publicKey: Uint8Array,
  message: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const point = publicKey.subarray(1);
  if (publicKey.length !== 65 || publicKey[0] !== 4 || !calls.isPoint(point))
    throw SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');
  const out = new Uint8Array(HEAD + message.length);
  // A1 to A5; a nonce whose key stream is zero is refused too
  const done = withNonce(random, (k) => {
    const both = calls.multiplyBoth(k, point);
    if (both === undefined) return undefined;
    try {
      const c3 = mask(calls, hash, both.subarray(64), message, out.subarray(HEAD), false); // A5 to A7
      if (c3 === undefined) return undefined;
      out[0] = 4;
      out.set(both.subarray(0, 64), 1);
      out.set(c3, 65);
      return out; // A8
    } finally {
      both.fill(0);
    }
  });
  if (done === undefined) throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
  return done;
}

/** @standard GB/T 32918.4-2016 §7.1 */
export function decrypt(
  calls: Sm2Calls,
  hash: () => Sm3Hash,
  d: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  if (ciphertext.length <= HEAD || ciphertext[0] !== 4) return undefined;
  const shared = calls.multiply(d, ciphertext.subarray(1, 65)); // B1, B3
  if (shared === undefined) return undefined;
  let genuine = false;
  let message: Uint8Array | undefined;
  try {
    message = new Uint8Array(ciphertext.length - HEAD);
    const u = mask(calls, hash, shared.subarray(1), ciphertext.subarray(HEAD), message, true); // B4 to B6
    genuine = u !== undefined && equalBytes(u, ciphertext.subarray(65, HEAD));
    return genuine ? message : undefined;
  } finally {
    shared.fill(0);
    if (!genuine) message?.fill(0);
  }
}
