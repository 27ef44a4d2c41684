import { checkBytes, equalBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { choice } from '../internal/choice.ts';
import { checkOptions } from '../internal/input.ts';
import type { Secret } from '../secret.ts';
import { type RandomSource, SM4_GCM_NONCE_BYTES, type Sm4GcmKey, type SmEngine } from '../spec/v1/engine.ts';
import { BLOCK, decryptFailed, keyBytes, NO_BYTES } from './common.ts';
import { GcmMessage, gcmOpen, gcmSeal } from './gcm-core.ts';
import { DrawnNonces, NONCE_CHECKS, NonceGuard, type Sm4NonceCheck } from './nonce.ts';
import {
  nonceLength,
  SM4_GCM_MAX_MESSAGE_BYTES,
  SM4_MAX_BYTES,
  SM4_PARAMETERS,
  tagLength,
} from './parameters.ts';
import { BlockStream, type Sm4Stream } from './stream.ts';

/**
 * Options of GCM, fixed for the life of a key object.
 *
 * Tag policy: 16 bytes unless asked otherwise; 15 to 12 where a format cuts the tag; 8 and
 * 4 only for formats that bound the number of attempts (NIST SP 800-38D appendix C). The
 * AEAD of this package takes 16 and nothing else.
 */
export interface Sm4GcmOptions {
  /** 16 when left out; 15, 14, 13, 12, 8 or 4. */
  readonly tagBytes?: number;
  /** 12 when left out; 1 to 1024. Other lengths than 12 go through GHASH and are for formats that have them. */
  readonly nonceBytes?: number;
  /** `not-repeated` when left out. */
  readonly nonceCheck?: Sm4NonceCheck;
}

/** SM4-GCM (可鉴别加密) under one key. `sm4.aead` is the one to take where no format gives the nonce. */
export interface Sm4Gcm {
  /**
   * ciphertext ‖ tag. The caller guarantees that `nonce` is never used twice under this key.
   *
   * @standard GB/T 36624-2018; NIST SP 800-38D §7.1
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_NONCE_REUSED, ERR_SECRET_DESTROYED
   */
  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /**
   * Plaintext of what `seal` made.
   *
   * @standard GB/T 36624-2018; NIST SP 800-38D §7.2
   * @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data
   */
  open(nonce: Uint8Array, sealed: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /**
   * nonce ‖ ciphertext ‖ tag with a fresh random nonce; at most 2^32 calls of this object.
   * The limit is one of the key, but the count is that of the object and begins at 0: where
   * several objects or processes seal under one key, take `sm4.aead`, whose `used` is told
   * how many boxes there are already.
   *
   * @throws {@link SmError} ERR_KEY_EXHAUSTED; ERR_INPUT_VALUE when the nonces of this object are not 12 bytes
   */
  sealBox(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Opens what `sealBox` made. @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data */
  openBox(box: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /**
   * `seal` in pieces: the ciphertext comes from `update`, what is left of it and the tag
   * from `final`. At most 2^36 - 32 bytes. There is no counterpart for opening, because
   * it would give away plaintext that nobody has checked: cut long data into chunks that
   * are sealed one by one.
   *
   * @standard GB/T 36624-2018; NIST SP 800-38D §7.1
   */
  encryptor(nonce: Uint8Array, associatedData?: Uint8Array): Sm4Stream;
  /** Zeroes the key schedule; later calls throw ERR_SECRET_DESTROYED. */
  destroy(): void;
}

/** GCM and GMAC. */
export interface Sm4GcmFunctions {
  /** GCM under `key`; keeps its own key schedule, so `key` may be destroyed. @standard GB/T 36624-2018 */
  gcm(key: Secret, options?: Sm4GcmOptions): Sm4Gcm;
  /**
   * GMAC: the tag of GCM over data that stay open. A nonce must not be used twice under one
   * key, nor for GCM under the same key: two tags under one nonce give the key of GHASH away.
   *
   * @standard NIST SP 800-38D §3
   */
  gmac(key: Secret, nonce: Uint8Array, data: Uint8Array, options?: Sm4GmacOptions): Uint8Array;
  /** Is `tag` the GMAC of `data`? @standard NIST SP 800-38D §3 */
  verifyGmac(
    key: Secret,
    nonce: Uint8Array,
    data: Uint8Array,
    tag: Uint8Array,
    options?: Sm4GmacOptions,
  ): boolean;
}

/** Options of GMAC; the nonce may be 1 to 1024 bytes and should be 12. */
export interface Sm4GmacOptions {
  /** As for GCM. */
  readonly tagBytes?: number;
}

/** The engine's GCM key that the caller must destroy. @throws SmError ERR_ENGINE_CAPABILITY, ERR_INPUT_TYPE, ERR_INPUT_LENGTH */
export function openGcmKey(engine: SmEngine, key: Secret): Sm4GcmKey {
  requireCapability(engine, 'sm4.gcm');
  return keyBytes(key, BLOCK, (bytes) => engine.sm4Gcm(bytes));
}

class EngineGcm implements Sm4Gcm {
  readonly #guard: NonceGuard;
  readonly #drawn: DrawnNonces;
  readonly #nonceBytes: number;
  readonly #tagBytes: number;
  #inner: Sm4GcmKey | undefined;

  constructor(open: () => Sm4GcmKey, random: RandomSource, options: Sm4GcmOptions) {
    this.#tagBytes = tagLength('gcm', options.tagBytes);
    this.#nonceBytes = nonceLength('gcm', options.nonceBytes);
    const check = choice(options.nonceCheck, 'nonceCheck', NONCE_CHECKS);
    this.#guard = new NonceGuard(this.#nonceBytes, check);
    this.#drawn = new DrawnNonces(random, SM4_GCM_NONCE_BYTES, 0);
    this.#inner = open();
  }

  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    const key = this.#live();
    checkBytes(plaintext, 'plaintext', 0, SM4_MAX_BYTES);
    checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES);
    this.#guard.take(nonce);
    return gcmSeal(key, nonce, plaintext, associatedData, this.#tagBytes);
  }

  open(nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    const key = this.#live();
    this.#guard.formOf(nonce);
    checkBytes(sealed, 'sealed', 0, SM4_MAX_BYTES + this.#tagBytes);
    checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES);
    const plaintext = gcmOpen(key, nonce, sealed, associatedData, this.#tagBytes);
    if (plaintext === undefined) throw decryptFailed();
    return plaintext;
  }

  sealBox(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const key = this.#live();
    this.#forBoxes();
    return sealDrawn(key, this.#drawn, plaintext, associatedData, this.#tagBytes);
  }

  openBox(box: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const key = this.#live();
    this.#forBoxes();
    return openDrawn(key, box, associatedData, this.#tagBytes);
  }

  encryptor(nonce: Uint8Array, associatedData: Uint8Array = NO_BYTES): Sm4Stream {
    const key = this.#live();
    checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES);
    this.#guard.take(nonce);
    const message = new GcmMessage(key, nonce, associatedData);
    const tagBytes = this.#tagBytes;
    return new BlockStream({
      maxBytes: SM4_GCM_MAX_MESSAGE_BYTES,
      process: (input, output) => {
        this.#live();
        message.encrypt(input, output);
      },
      finish: (rest) => {
        this.#live();
        const out = new Uint8Array(rest.length + tagBytes);
        message.encrypt(rest, out.subarray(0, rest.length));
        message.tag(out.subarray(rest.length));
        return out;
      },
      close: () => message.wipe(),
    });
  }

  destroy(): void {
    this.#inner?.destroy();
    this.#inner = undefined;
  }

  #forBoxes(): void {
    if (this.#nonceBytes === SM4_GCM_NONCE_BYTES) return;
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
      detail: `parameter=nonceBytes allowed=${SM4_GCM_NONCE_BYTES}`,
    });
  }

  #live(): Sm4GcmKey {
    if (this.#inner === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return this.#inner;
  }
}

/** nonce ‖ ciphertext ‖ tag with a drawn nonce. */
export function sealDrawn(
  key: Sm4GcmKey,
  nonces: DrawnNonces,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  tagBytes: number,
): Uint8Array {
  checkBytes(plaintext, 'plaintext', 0, SM4_MAX_BYTES);
  checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES);
  const nonce = nonces.next();
  const box = gcmSeal(key, nonce, plaintext, associatedData, tagBytes, nonce.length);
  box.set(nonce);
  return box;
}

/** The plaintext of {@link sealDrawn}. @throws SmError ERR_DECRYPT_FAILED */
export function openDrawn(
  key: Sm4GcmKey,
  box: Uint8Array,
  associatedData: Uint8Array,
  tagBytes: number,
): Uint8Array {
  checkBytes(box, 'box', 0, SM4_MAX_BYTES + SM4_GCM_NONCE_BYTES + tagBytes);
  checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES);
  if (box.length < SM4_GCM_NONCE_BYTES + tagBytes) throw decryptFailed();
  const nonce = box.subarray(0, SM4_GCM_NONCE_BYTES);
  const sealed = box.subarray(SM4_GCM_NONCE_BYTES);
  const plaintext = gcmOpen(key, nonce, sealed, associatedData, tagBytes);
  if (plaintext === undefined) throw decryptFailed();
  return plaintext;
}

/** GCM and GMAC on `engine`. */
export function createGcm(engine: SmEngine, random: RandomSource): Sm4GcmFunctions {
  const functions: Sm4GcmFunctions = {
    gcm: (key, options) => new EngineGcm(() => openGcmKey(engine, key), random, checkOptions(options)),
    gmac(key, nonce, data, options) {
      const length = tagLength('gmac', checkOptions(options).tagBytes);
      const { min, max } = SM4_PARAMETERS.gmac.nonceBytes;
      checkBytes(nonce, 'nonce', min, max);
      checkBytes(data, 'data', 0, SM4_MAX_BYTES);
      const inner = openGcmKey(engine, key);
      try {
        return gcmSeal(inner, nonce, NO_BYTES, data, length);
      } finally {
        inner.destroy();
      }
    },
    verifyGmac(key, nonce, data, tag, options) {
      checkBytes(tag, 'tag', tagLength('gmac', checkOptions(options).tagBytes));
      const expected = functions.gmac(key, nonce, data, options);
      try {
        return equalBytes(expected, tag);
      } finally {
        expected.fill(0);
      }
    },
  };
  return functions;
}
