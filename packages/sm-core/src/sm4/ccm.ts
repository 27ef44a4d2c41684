import { checkBytes, equalBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { choice } from '../internal/choice.ts';
import { checkOptions } from '../internal/input.ts';
import type { Secret } from '../secret.ts';
import type { Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import { CbcChain } from './cbc-mac.ts';
import { BLOCK, decryptFailed, filled, NO_BYTES, openKey, xorBytes } from './common.ts';
import { NONCE_CHECKS, NonceGuard, type Sm4NonceCheck } from './nonce.ts';
import { nonceLength, SM4_MAX_BYTES, tagLength } from './parameters.ts';

/** Options of CCM, fixed for the life of a key object. */
export interface Sm4CcmOptions {
  /** 16 when left out; 14, 12, 10, 8, 6 or 4. */
  readonly tagBytes?: number;
  /** 12 when left out; 7 to 13. The message may have fewer than 2^(8·(15 - nonceBytes)) bytes. */
  readonly nonceBytes?: number;
  /** `not-repeated` when left out. */
  readonly nonceCheck?: Sm4NonceCheck;
}

/** SM4-CCM under one key, for formats that ask for it. */
export interface Sm4Ccm {
  /**
   * ciphertext ‖ tag. The caller guarantees that `nonce` is never used twice under this key.
   *
   * @standard GB/T 36624-2018; RFC 3610 §2
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_NONCE_REUSED, ERR_SECRET_DESTROYED
   */
  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /**
   * Plaintext of what `seal` made.
   *
   * @standard GB/T 36624-2018; RFC 3610 §2.5
   * @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data
   */
  open(nonce: Uint8Array, sealed: Uint8Array, associatedData?: Uint8Array): Uint8Array;
  /** Zeroes the key schedule; later calls throw ERR_SECRET_DESTROYED. */
  destroy(): void;
}

/** CCM. */
export interface Sm4CcmFunctions {
  /** CCM under `key`; keeps its own key schedule, so `key` may be destroyed. @standard GB/T 36624-2018; RFC 3610 */
  ccm(key: Secret, options?: Sm4CcmOptions): Sm4Ccm;
}

/** The length of the associated data as the first bytes of their blocks. @standard RFC 3610 §2.2 */
function aadHead(length: number): Uint8Array {
  if (length < 0xff00) return Uint8Array.of(length >> 8, length);
  const head = Uint8Array.of(0xff, 0xfe, 0, 0, 0, 0);
  new DataView(head.buffer).setUint32(2, length);
  return head;
}

class EngineCcm implements Sm4Ccm {
  readonly #guard: NonceGuard;
  readonly #nonceBytes: number;
  readonly #tagBytes: number;
  readonly #maxBytes: number;
  #inner: Sm4Key | undefined;

  constructor(open: () => Sm4Key, options: Sm4CcmOptions) {
    this.#tagBytes = tagLength('ccm', options.tagBytes);
    this.#nonceBytes = nonceLength('ccm', options.nonceBytes);
    this.#guard = new NonceGuard(this.#nonceBytes, choice(options.nonceCheck, 'nonceCheck', NONCE_CHECKS));
    this.#maxBytes = Math.min(SM4_MAX_BYTES, 2 ** (8 * (15 - this.#nonceBytes)) - 1);
    this.#inner = open();
  }

  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    const key = this.#live();
    checkBytes(plaintext, 'plaintext', 0, this.#maxBytes);
    checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES);
    this.#guard.take(nonce);
    const out = new Uint8Array(plaintext.length + this.#tagBytes);
    const { counter, mask } = this.#start(key, nonce);
    try {
      const tag = this.#tag(key, nonce, plaintext, associatedData, mask);
      out.set(tag, plaintext.length);
      key.ctr(counter, plaintext, out.subarray(0, plaintext.length));
      return out;
    } finally {
      mask.fill(0);
      counter.fill(0);
    }
  }

  open(nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array = NO_BYTES): Uint8Array {
    const key = this.#live();
    this.#guard.formOf(nonce);
    checkBytes(sealed, 'sealed', 0, SM4_MAX_BYTES + this.#tagBytes);
    checkBytes(associatedData, 'associatedData', 0, SM4_MAX_BYTES);
    const length = sealed.length - this.#tagBytes;
    if (length < 0 || length > this.#maxBytes) throw decryptFailed();
    const plaintext = new Uint8Array(length);
    let good = false;
    const { counter, mask } = this.#start(key, nonce);
    try {
      key.ctr(counter, sealed.subarray(0, length), plaintext);
      const tag = this.#tag(key, nonce, plaintext, associatedData, mask);
      good = equalBytes(tag, sealed.subarray(length));
      tag.fill(0);
      if (!good) throw decryptFailed();
      return plaintext;
    } finally {
      if (!good) plaintext.fill(0);
      mask.fill(0);
      counter.fill(0);
    }
  }

  destroy(): void {
    this.#inner?.destroy();
    this.#inner = undefined;
  }

  /** The counter A_1 of the data, and S_0 = E(A_0), which covers the tag. @standard RFC 3610 §2.3 */
  #start(key: Sm4Key, nonce: Uint8Array): { counter: Uint8Array; mask: Uint8Array } {
    const counter = new Uint8Array(BLOCK);
    counter[0] = 14 - this.#nonceBytes;
    counter.set(nonce, 1);
    return { counter, mask: filled(BLOCK, (mask) => key.ctr(counter, mask, mask)) };
  }

  /** The tag: the CBC-MAC of B_0, the associated data and the plaintext, under S_0. @standard RFC 3610 §2.2 */
  #tag(
    key: Sm4Key,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
    mask: Uint8Array,
  ): Uint8Array {
    const chain = new CbcChain(key, Math.max(plaintext.length, associatedData.length));
    const first = new Uint8Array(BLOCK);
    // B_0 ends with the length of the plaintext, below 2^32; the nonce begins at its byte 1.
    new DataView(first.buffer).setUint32(12, plaintext.length);
    const hasAad = associatedData.length > 0 ? 0x40 : 0;
    first[0] = hasAad | (((this.#tagBytes - 2) / 2) << 3) | (14 - this.#nonceBytes);
    first.set(nonce, 1);
    try {
      chain.update(first);
      if (associatedData.length > 0) {
        chain.update(aadHead(associatedData.length));
        chain.update(associatedData);
        chain.fillUp();
      }
      chain.update(plaintext);
      chain.fillUp();
      const tag = new Uint8Array(this.#tagBytes);
      xorBytes(tag, chain.value.subarray(0, tag.length), mask);
      return tag;
    } finally {
      chain.wipe();
      first.fill(0);
    }
  }

  #live(): Sm4Key {
    if (this.#inner === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return this.#inner;
  }
}

/** CCM on `engine`. */
export function createCcm(engine: SmEngine): Sm4CcmFunctions {
  return {
    ccm(key, options) {
      requireCapability(engine, 'sm4.cbc');
      requireCapability(engine, 'sm4.ctr');
      return new EngineCcm(() => openKey(engine, key), checkOptions(options));
    },
  };
}
