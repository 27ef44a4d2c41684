import { SmError } from '../error.ts';
import { SM_CORE_ERRORS, type SmCoreErrorCode } from '../errors.ts';
import { checkOptions } from '../internal/input.ts';
import type { Secret } from '../secret.ts';
import {
  type RandomSource,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  type Sm4GcmKey,
  type SmEngine,
} from '../spec/v1/engine.ts';
import { NO_BYTES } from './common.ts';
import { openDrawn, openGcmKey, sealDrawn } from './gcm.ts';
import { DrawnNonces } from './nonce.ts';
import { SM4_MAX_RANDOM_NONCES } from './parameters.ts';

/** One message of a batch to be sealed. */
export interface Sm4SealItem {
  readonly plaintext: Uint8Array;
  readonly associatedData?: Uint8Array;
}

/** One box of a batch to be opened. */
export interface Sm4OpenItem {
  readonly box: Uint8Array;
  readonly associatedData?: Uint8Array;
}

/** What became of one item of a batch. */
export type Sm4BatchResult =
  | { readonly ok: true; readonly data: Uint8Array }
  | { readonly ok: false; readonly error: SmError };

/** Options of the AEAD. */
export interface Sm4AeadOptions {
  /** How many boxes this key has sealed before this object was made; 0 when left out. */
  readonly used?: number;
}

/**
 * Authenticated encryption that looks after its nonces: SM4-GCM, 96 random bits for each
 * box, 16 bytes of tag. A box is nonce ‖ ciphertext ‖ tag, 28 bytes longer than the
 * plaintext and the same as `sm4.gcm(key).sealBox` makes.
 *
 * Guarantee: after 2^32 boxes the key is refused, so that the probability that two of them
 * share a nonce stays below 2^-32. The count is that of this object: where a key is used by
 * several objects or processes, give each the number of boxes sealed so far or a key of its own.
 *
 * @standard GB/T 36624-2018; NIST SP 800-38D §8.2.2, §8.3
 * @example
 * ```ts
 * import { randomBytes, Secret, sm4, utf8 } from '@cssi/sm-core';
 * const aead = sm4.aead(Secret.take(randomBytes(16)));
 * const box = aead.seal(utf8('secret'), utf8('record 7'));
 * aead.open(box, utf8('record 7'));
 * aead.destroy();
 * ```
 */
export interface Sm4Aead {
  /** How many boxes were sealed under this key, as far as this object knows. */
  readonly used: number;
  /**
   * A box with `plaintext`, bound to `associatedData`.
   *
   * @standard GB/T 36624-2018
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_KEY_EXHAUSTED, ERR_SECRET_DESTROYED
   */
  seal(plaintext: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /**
   * The plaintext of a box.
   *
   * @standard GB/T 36624-2018
   * @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data
   */
  open(box: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /** Seals many messages, results in order; an item that fails takes no other with it. */
  sealMany(items: readonly Sm4SealItem[]): Sm4BatchResult[];
  /** Opens many boxes, results in order; an item that fails takes no other with it. */
  openMany(items: readonly Sm4OpenItem[]): Sm4BatchResult[];
  /** Zeroes the key schedule; later calls throw ERR_SECRET_DESTROYED. */
  destroy(): void;
}

/** The AEAD. */
export interface Sm4AeadFunctions {
  /**
   * The AEAD under `key` (16 bytes); keeps its own key schedule, so `key` may be destroyed.
   *
   * @standard GB/T 36624-2018
   * @throws {@link SmError} ERR_INPUT_TYPE; ERR_INPUT_VALUE when `used` is not a number of boxes
   */
  aead(key: Secret, options?: Sm4AeadOptions): Sm4Aead;
}

/** Every item by itself; what is not a coded error is a fault of the engine and ends the batch. */
function each<T>(items: readonly T[], action: (item: T) => Uint8Array): Sm4BatchResult[] {
  if (!Array.isArray(items)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=items expected=array' });
  }
  return Array.from(items, (item: T): Sm4BatchResult => {
    try {
      if (typeof item !== 'object' || item === null) {
        throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=item expected=object' });
      }
      return { ok: true, data: action(item) };
    } catch (error) {
      if (error instanceof SmError) return { ok: false, error: error as SmError<SmCoreErrorCode> };
      throw error;
    }
  });
}

class EngineAead implements Sm4Aead {
  readonly #nonces: DrawnNonces;
  #inner: Sm4GcmKey | undefined;

  constructor(open: () => Sm4GcmKey, random: RandomSource, used: number) {
    if (!Number.isInteger(used) || used < 0 || used > SM4_MAX_RANDOM_NONCES) {
      throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
        detail: `parameter=used allowed=0..${SM4_MAX_RANDOM_NONCES}`,
      });
    }
    this.#nonces = new DrawnNonces(random, SM4_GCM_NONCE_BYTES, used);
    this.#inner = open();
  }

  get used(): number {
    return this.#nonces.used;
  }

  seal(plaintext: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    return sealDrawn(this.#live(), this.#nonces, plaintext, associatedData, SM4_GCM_TAG_BYTES);
  }

  open(box: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    return openDrawn(this.#live(), box, associatedData, SM4_GCM_TAG_BYTES);
  }

  sealMany(items: readonly Sm4SealItem[]): Sm4BatchResult[] {
    this.#live();
    return each(items, (item) => this.seal(item.plaintext, item.associatedData));
  }

  openMany(items: readonly Sm4OpenItem[]): Sm4BatchResult[] {
    this.#live();
    return each(items, (item) => this.open(item.box, item.associatedData));
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

/** The AEAD on `engine`. */
export function createAead(engine: SmEngine, random: RandomSource): Sm4AeadFunctions {
  return {
    aead: (key, options) =>
      new EngineAead(() => openGcmKey(engine, key), random, checkOptions(options).used ?? 0),
  };
}
