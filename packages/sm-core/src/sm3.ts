import { checkBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { requireCapability } from './internal/capability.ts';
import { kdfSm3 } from './internal/kdf.ts';
import type { Secret } from './secret.ts';
import { CheckedHash } from './sm3/hash.ts';
import { HmacKey, type HmacSm3, hmacOnce, RunningHmac } from './sm3/hmac.ts';
import { anyBytes, checkNumber, withSecret } from './sm3/input.ts';
import {
  HKDF_SM3_MAX_BYTES,
  hkdfExpand,
  hkdfExtract,
  PBKDF2_SM3_MAX_ITERATIONS,
  pbkdf2,
  SM3_KDF_MAX_BYTES,
} from './sm3/kdf.ts';
import { createSm3Tls, type Sm3TlsFunctions } from './sm3/tls.ts';
import { treeRoot } from './sm3/tree.ts';
import { SM3_DIGEST_BYTES, type Sm3Hash, type SmEngine } from './spec/v1/engine.ts';

export type { HmacSm3 } from './sm3/hmac.ts';
export type { Sm3TlsFunctions, Tls13TrafficKeys } from './sm3/tls.ts';
export type { Tls13KeySchedule, Tls13SecretLabel, Tls13Stage } from './sm3/tls13-key-schedule.ts';

/**
 * SM3 (杂凑算法) and what is built on it, on one engine. Every function throws
 * {@link SmError} with ERR_INPUT_TYPE, ERR_INPUT_LENGTH or ERR_ENGINE_CAPABILITY.
 *
 * Keys and secrets are given as bytes or in a {@link Secret} and stay the caller's.
 * Derived keys are new arrays: the caller zeroes them, or takes them into a
 * {@link Secret}. Copies made on the way are zeroed, also when something is refused.
 */
export interface Sm3Functions extends Sm3TlsFunctions {
  /** SM3 of `data`: 32 bytes. @standard GB/T 32905-2016 */
  sm3(data: Uint8Array): Uint8Array;
  /** A running SM3 computation; used after `digest()` it throws ERR_HASH_FINISHED. @standard GB/T 32905-2016 */
  sm3Hash(): Sm3Hash;
  /**
   * SM3 of each message, 32 bytes each: independent messages are hashed four at a time
   * where the engine can, and best when they are equally long. @standard GB/T 32905-2016
   */
  sm3Many(messages: readonly Uint8Array[]): Uint8Array[];
  /**
   * Root of the Merkle tree over `leaves`, 32 bytes: leaves and nodes are told apart by a
   * first byte 0 and 1, and a tree without leaves is SM3 of nothing. @standard RFC 9162 §2.1.1
   */
  sm3TreeRoot(leaves: readonly Uint8Array[]): Uint8Array;
  /** HMAC-SM3 over the parts in order: 32 bytes. @standard GB/T 15852.2-2012 §7 */
  hmacSm3(key: Uint8Array | Secret, ...data: readonly Uint8Array[]): Uint8Array;
  /** A running HMAC-SM3. @standard GB/T 15852.2-2012 §7 */
  hmacSm3Hash(key: Uint8Array | Secret): HmacSm3;
  /** HKDF-SM3 (RFC 5869), extract and expand, at most 8,160 bytes; an empty salt is 32 zero bytes. */
  hkdfSm3(ikm: Uint8Array | Secret, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** HKDF-Extract: a pseudo-random key of 32 bytes; an empty salt is 32 zero bytes. @standard RFC 5869 §2.2 */
  hkdfExtractSm3(ikm: Uint8Array | Secret, salt: Uint8Array): Uint8Array;
  /** HKDF-Expand of a pseudo-random key of at least 32 bytes, at most 8,160 bytes. @standard RFC 5869 §2.3 */
  hkdfExpandSm3(prk: Uint8Array | Secret, info: Uint8Array, length: number): Uint8Array;
  /** KDF(Z, klen) of the SM2 standard, at most 1,048,576 bytes. @standard GB/T 32918.4-2016 §5.4.3 */
  kdfSm3(z: Uint8Array | Secret, length: number): Uint8Array;
  /**
   * PBKDF2 with HMAC-SM3: 1 to 10,000,000 iterations, a salt of any length (16 random
   * bytes are usual), 1 to 1,048,576 bytes. It blocks for its whole run: about one second
   * for a million iterations and 32 bytes. @standard RFC 8018 §5.2, GM/T 0091-2020
   */
  pbkdf2Sm3(password: Uint8Array | Secret, salt: Uint8Array, iterations: number, length: number): Uint8Array;
}

function checkList(values: readonly Uint8Array[], name: string): readonly Uint8Array[] {
  if (!Array.isArray(values)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: `parameter=${name} expected=Uint8Array[]` });
  }
  // By index, so that a hole is refused too.
  for (let i = 0; i < values.length; i++) anyBytes(values[i] as Uint8Array, name);
  return values;
}

/** The SM3 functions of `engine`. */
export function createSm3(engine: SmEngine): Sm3Functions {
  const requireHash = (): void => requireCapability(engine, 'sm3');
  const requireHmac = (): void => {
    requireHash();
    requireCapability(engine, 'hmac-sm3');
  };
  const many = (messages: readonly Uint8Array[]): Uint8Array[] =>
    engine.capabilities.has('sm3.many')
      ? engine.sm3Many(messages)
      : messages.map((message) => engine.sm3Digest(message));
  const startHmac = (bytes: Uint8Array): HmacSm3 => new RunningHmac(new HmacKey(engine, bytes));

  return {
    ...createSm3Tls(engine, requireHmac),
    sm3(data) {
      requireHash();
      return engine.sm3Digest(anyBytes(data, 'data'));
    },
    sm3Hash() {
      requireHash();
      return new CheckedHash(engine.sm3());
    },
    sm3Many(messages) {
      requireHash();
      return many(checkList(messages, 'messages'));
    },
    sm3TreeRoot(leaves) {
      requireHash();
      return treeRoot(engine, many, checkList(leaves, 'leaves'));
    },
    hmacSm3(key, ...data) {
      requireHmac();
      for (const part of data) anyBytes(part, 'data');
      return withSecret(key, 'key', (bytes) => hmacOnce(engine, bytes, data));
    },
    hmacSm3Hash(key) {
      requireHmac();
      return withSecret(key, 'key', startHmac);
    },
    hkdfSm3(ikm, salt, info, length) {
      requireHmac();
      checkNumber(length, 'length', 0, HKDF_SM3_MAX_BYTES);
      anyBytes(salt, 'salt');
      anyBytes(info, 'info');
      const prk = withSecret(ikm, 'ikm', (bytes) => hkdfExtract(engine, salt, bytes));
      try {
        return hkdfExpand(engine, prk, info, length);
      } finally {
        prk.fill(0);
      }
    },
    hkdfExtractSm3(ikm, salt) {
      requireHmac();
      anyBytes(salt, 'salt');
      return withSecret(ikm, 'ikm', (bytes) => hkdfExtract(engine, salt, bytes));
    },
    hkdfExpandSm3(prk, info, length) {
      requireHmac();
      checkNumber(length, 'length', 0, HKDF_SM3_MAX_BYTES);
      anyBytes(info, 'info');
      return withSecret(prk, 'prk', (bytes) => {
        checkBytes(bytes, 'prk', SM3_DIGEST_BYTES, Number.MAX_SAFE_INTEGER);
        return hkdfExpand(engine, bytes, info, length);
      });
    },
    kdfSm3(z, length) {
      requireHash();
      checkNumber(length, 'length', 0, SM3_KDF_MAX_BYTES);
      return withSecret(z, 'z', (bytes) =>
        kdfSm3(() => engine.sm3(), checkBytes(bytes, 'z', 0, SM3_KDF_MAX_BYTES), length),
      );
    },
    pbkdf2Sm3(password, salt, iterations, length) {
      requireHmac();
      anyBytes(salt, 'salt');
      checkNumber(iterations, 'iterations', 1, PBKDF2_SM3_MAX_ITERATIONS);
      checkNumber(length, 'length', 1, SM3_KDF_MAX_BYTES);
      return withSecret(password, 'password', (bytes) => pbkdf2(engine, bytes, salt, iterations, length));
    },
  };
}
