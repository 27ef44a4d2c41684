import { checkBytes, concatBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { requireCapability } from './internal/capability.ts';
import { pkcs7Pad, pkcs7Unpad } from './internal/pkcs7.ts';
import { systemRandom } from './random.ts';
import { type Secret, useSecret } from './secret.ts';
import {
  type RandomSource,
  SM4_BLOCK_BYTES,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  type Sm4GcmKey,
  type SmEngine,
} from './spec/v1/engine.ts';

const NO_BYTES = new Uint8Array(0);
/** Longest input of one call in bytes: 1 GiB. GCM itself would allow 2^36 - 32. */
export const SM4_MAX_BYTES: number = 2 ** 30;

/** SM4-GCM (可鉴别加密) under one key, 12-byte nonces and 16-byte tags. */
export interface Sm4Gcm {
  /**
   * ciphertext ‖ tag (16 bytes). The caller guarantees that `nonce` (12 bytes) is never used twice.
   *
   * @standard GB/T 36624-2018
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_SECRET_DESTROYED
   */
  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /**
   * Plaintext of what `seal` made.
   *
   * @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data
   */
  open(nonce: Uint8Array, sealed: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /** nonce ‖ ciphertext ‖ tag with a fresh random nonce; at most 2^32 calls under one key. */
  sealBox(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Opens what `sealBox` made. @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data */
  openBox(box: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Zeroes the key schedule; later calls throw ERR_SECRET_DESTROYED. */
  destroy(): void;
}

/**
 * SM4 (分组密码算法) on one engine. Keys are 16 bytes. Every function throws
 * {@link SmError} with ERR_INPUT_TYPE, ERR_INPUT_LENGTH or ERR_ENGINE_CAPABILITY.
 */
export interface Sm4Functions {
  /** CBC with PKCS#7 padding, for formats that ask for it; not authenticated. @standard GB/T 17964-2021 §6 */
  cbcEncrypt(key: Secret, iv: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `cbcEncrypt`. @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data */
  cbcDecrypt(key: Secret, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** CTR, 16-byte initial counter, both directions; not authenticated. @standard GB/T 17964-2021 §9 */
  ctr(key: Secret, counter: Uint8Array, data: Uint8Array): Uint8Array;
  /** GCM under `key`; keeps its own key schedule, so `key` may be destroyed. @standard GB/T 36624-2018 */
  gcm(key: Secret): Sm4Gcm;
}

const withKey = <T>(key: Secret, use: (bytes: Uint8Array) => T): T =>
  useSecret(key, 'key', (bytes) => use(checkBytes(bytes, 'key', SM4_BLOCK_BYTES)));

/**
 * SM4 on `engine`.
 *
 * @param random - source of the nonces of `sealBox`
 */
export function createSm4(engine: SmEngine, random: RandomSource = systemRandom): Sm4Functions {
  return {
    cbcEncrypt(key, iv, plaintext) {
      requireCapability(engine, 'sm4.cbc');
      checkBytes(iv, 'iv', SM4_BLOCK_BYTES);
      checkBytes(plaintext, 'plaintext', 0, SM4_MAX_BYTES);
      const padded = pkcs7Pad(plaintext);
      const out = withKey(key, (bytes) => engine.sm4Cbc(bytes, iv, padded, 'encrypt'));
      padded.fill(0);
      return out;
    },
    cbcDecrypt(key, iv, ciphertext) {
      requireCapability(engine, 'sm4.cbc');
      checkBytes(iv, 'iv', SM4_BLOCK_BYTES);
      checkBytes(ciphertext, 'ciphertext', 0, SM4_MAX_BYTES + SM4_BLOCK_BYTES);
      if (ciphertext.length === 0 || ciphertext.length % SM4_BLOCK_BYTES !== 0) {
        throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
      }
      const padded = withKey(key, (bytes) => engine.sm4Cbc(bytes, iv, ciphertext, 'decrypt'));
      const plaintext = pkcs7Unpad(padded);
      padded.fill(0);
      if (plaintext === undefined) throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
      return plaintext;
    },
    ctr(key, counter, data) {
      requireCapability(engine, 'sm4.ctr');
      checkBytes(counter, 'counter', SM4_BLOCK_BYTES);
      checkBytes(data, 'data', 0, SM4_MAX_BYTES);
      return withKey(key, (bytes) => engine.sm4Ctr(bytes, counter, data));
    },
    gcm(key) {
      requireCapability(engine, 'sm4.gcm');
      return new EngineGcm(
        withKey(key, (bytes) => engine.sm4Gcm(bytes)),
        random,
      );
    },
  };
}

class EngineGcm implements Sm4Gcm {
  readonly #random: RandomSource;
  #inner: Sm4GcmKey | undefined;

  constructor(inner: Sm4GcmKey, random: RandomSource) {
    this.#inner = inner;
    this.#random = random;
  }

  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    return this.#live().seal(
      checkBytes(nonce, 'nonce', SM4_GCM_NONCE_BYTES),
      checkBytes(plaintext, 'plaintext', 0, SM4_MAX_BYTES),
      checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES),
    );
  }

  open(nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    const plaintext = this.#live().open(
      checkBytes(nonce, 'nonce', SM4_GCM_NONCE_BYTES),
      checkBytes(sealed, 'sealed', 0, SM4_MAX_BYTES + SM4_GCM_TAG_BYTES),
      checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES),
    );
    if (plaintext === undefined) throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
    return plaintext;
  }

  sealBox(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const nonce = new Uint8Array(SM4_GCM_NONCE_BYTES);
    this.#random.fill(nonce);
    return concatBytes(nonce, this.seal(nonce, plaintext, associatedData));
  }

  openBox(box: Uint8Array, associatedData: Uint8Array): Uint8Array {
    checkBytes(box, 'box', 0, SM4_MAX_BYTES + SM4_GCM_NONCE_BYTES + SM4_GCM_TAG_BYTES);
    if (box.length < SM4_GCM_NONCE_BYTES + SM4_GCM_TAG_BYTES) {
      throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
    }
    return this.open(box.subarray(0, SM4_GCM_NONCE_BYTES), box.subarray(SM4_GCM_NONCE_BYTES), associatedData);
  }

  destroy(): void {
    this.#inner?.destroy();
    this.#inner = undefined;
  }

  #live(): Sm4GcmKey {
    if (this.#inner === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return this.#inner;
  }
}
