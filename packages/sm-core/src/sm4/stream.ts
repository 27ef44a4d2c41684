import { checkBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { choice } from '../internal/choice.ts';
import { checkOptions } from '../internal/input.ts';
import { pkcs7Count, pkcs7Fill } from '../internal/pkcs7.ts';
import type { Secret } from '../secret.ts';
import type { EngineCapability, Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import type { Sm4CbcOptions, Sm4CbcPadding } from './cbc.ts';
import { BLOCK, checkWhole, decryptFailed, filled, NO_BYTES, openKey, ownIv } from './common.ts';
import { SIMPLE_MODES, type Transform } from './modes.ts';
import { paddingOf, SM4_MAX_BYTES } from './parameters.ts';

/**
 * One message in pieces. An object is good for one message and one IV; not for use by two
 * callers at once.
 */
export interface Sm4Stream {
  /**
   * Takes more of the message and gives what can be given: whole blocks, so up to 16 bytes
   * come later. The results one after the other are what the one-shot function gives. Where
   * the engine fails half-way, the object is destroyed.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_CIPHER_FINISHED
   */
  update(data: Uint8Array): Uint8Array;
  /**
   * Ends the message, gives the rest and zeroes what the object held.
   *
   * @throws {@link SmError} ERR_CIPHER_FINISHED; ERR_DECRYPT_FAILED, ERR_INPUT_LENGTH when the message cannot end here
   */
  final(): Uint8Array;
  /** Gives the message up and zeroes what the object held; later calls throw ERR_CIPHER_FINISHED. */
  destroy(): void;
}

/** Modes that come in pieces. GCM has `sm4.gcm(key).encryptor`. */
export type Sm4StreamMode = 'cbc' | 'ctr' | 'cfb' | 'cfb8' | 'ofb';

/** Streaming forms. None of these modes is authenticated. */
export interface Sm4StreamFunctions {
  /**
   * Encrypts one message in pieces; `iv` is 16 bytes, the counter for CTR.
   *
   * @standard GB/T 17964-2021 §6–§9
   * @throws {@link SmError} ERR_INPUT_VALUE for a mode or padding that is not offered
   */
  encryptor(mode: Sm4StreamMode, key: Secret, iv: Uint8Array, options?: Sm4CbcOptions): Sm4Stream;
  /**
   * Decrypts one message in pieces.
   *
   * @standard GB/T 17964-2021 §6–§9
   * @throws {@link SmError} ERR_INPUT_VALUE for a mode or padding that is not offered
   */
  decryptor(mode: Sm4StreamMode, key: Secret, iv: Uint8Array, options?: Sm4CbcOptions): Sm4Stream;
}

/** What a {@link BlockStream} does. */
export interface StreamWork {
  /** Longest message in bytes. */
  readonly maxBytes: number;
  /** Whole blocks, from `input` to `output` of the same length. */
  readonly process: (input: Uint8Array, output: Uint8Array) => void;
  /** The end of the message: 0 to 15 bytes, or with `keepBlock` 0 to 16. */
  readonly finish: (rest: Uint8Array) => Uint8Array;
  /** Zeroes keys and state. */
  readonly close: () => void;
  /** Holds the last block back even when it is whole, because it may be padding. */
  readonly keepBlock?: boolean;
}

/** Cuts a message into whole blocks; at most one block waits. */
export class BlockStream implements Sm4Stream {
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #restBytes = 0;
  #bytes = 0;
  #work: StreamWork | undefined;

  constructor(work: StreamWork) {
    this.#work = work;
  }

  update(data: Uint8Array): Uint8Array {
    const work = this.#live();
    checkBytes(data, 'data', 0, Math.min(SM4_MAX_BYTES, work.maxBytes - this.#bytes));
    const keep = work.keepBlock === true ? 1 : 0;
    const total = this.#restBytes + data.length;
    const ready = Math.max(0, total - keep) & -BLOCK;
    this.#bytes += data.length;
    if (ready === 0) {
      this.#rest.set(data, this.#restBytes);
      this.#restBytes = total;
      return NO_BYTES.slice();
    }
    // What waited is filled up to a block; the rest goes through without a copy.
    const at = this.#restBytes > 0 ? BLOCK - this.#restBytes : 0;
    const done = this.#restBytes > 0 ? BLOCK : 0;
    const end = at + ready - done;
    let out: Uint8Array;
    try {
      out = filled(ready, (to) => {
        if (done > 0) {
          this.#rest.set(data.subarray(0, at), this.#restBytes);
          work.process(this.#rest, to.subarray(0, BLOCK));
        }
        if (end > at) work.process(data.subarray(at, end), to.subarray(done));
      });
    } catch (error) {
      // Where in the message the engine stopped is not known: nothing may follow.
      this.destroy();
      throw error;
    }
    this.#rest.fill(0);
    this.#rest.set(data.subarray(end));
    this.#restBytes = data.length - end;
    return out;
  }

  final(): Uint8Array {
    const work = this.#live();
    try {
      return work.finish(this.#rest.subarray(0, this.#restBytes));
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    this.#work?.close();
    this.#work = undefined;
    this.#rest.fill(0);
  }

  #live(): StreamWork {
    if (this.#work === undefined) throw SM_CORE_ERRORS.create('ERR_CIPHER_FINISHED');
    return this.#work;
  }
}

const MODES: readonly [Sm4StreamMode, ...Sm4StreamMode[]] = ['cbc', 'ctr', 'cfb', 'cfb8', 'ofb'];

const TRANSFORMS = {
  encrypt: {
    ctr: SIMPLE_MODES.ctr,
    cfb: SIMPLE_MODES.cfbEncrypt,
    cfb8: SIMPLE_MODES.cfb8Encrypt,
    ofb: SIMPLE_MODES.ofb,
  },
  decrypt: {
    ctr: SIMPLE_MODES.ctr,
    cfb: SIMPLE_MODES.cfbDecrypt,
    cfb8: SIMPLE_MODES.cfb8Decrypt,
    ofb: SIMPLE_MODES.ofb,
  },
} as const;

/** The last block of CBC encryption. @standard GB/T 17964-2021 §6 */
function finishEncryption(
  cipher: Sm4Key,
  iv: Uint8Array,
  padding: Sm4CbcPadding,
  rest: Uint8Array,
): Uint8Array {
  if (padding === 'none') return checkWhole(rest, 'message').slice();
  const last = pkcs7Fill(rest);
  cipher.cbcEncrypt(iv, last, last);
  return last;
}

/** The last block of CBC decryption. @standard GB/T 17964-2021 §6 */
function finishDecryption(
  cipher: Sm4Key,
  iv: Uint8Array,
  padding: Sm4CbcPadding,
  rest: Uint8Array,
): Uint8Array {
  if (padding === 'none') {
    if (rest.length > 0) throw decryptFailed();
    return NO_BYTES.slice();
  }
  if (rest.length !== BLOCK) throw decryptFailed();
  const last = new Uint8Array(BLOCK);
  try {
    cipher.cbcDecrypt(iv, rest, last);
    const count = pkcs7Count(last);
    if (count === 0) throw decryptFailed();
    return last.slice(0, BLOCK - count);
  } finally {
    last.fill(0);
  }
}

/** The streaming forms on `engine`. */
export function createStreams(engine: SmEngine): Sm4StreamFunctions {
  const stream =
    (direction: 'encrypt' | 'decrypt') =>
    (mode: Sm4StreamMode, key: Secret, iv: Uint8Array, options?: Sm4CbcOptions): Sm4Stream => {
      if (mode === undefined) throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'parameter=mode' });
      choice(mode, 'mode', MODES);
      const padding = paddingOf<Sm4CbcPadding>(mode, checkOptions(options).padding);
      const cbc = mode === 'cbc';
      const needs: EngineCapability = cbc ? 'sm4.cbc' : TRANSFORMS[direction][mode].needs;
      requireCapability(engine, needs);
      const register = ownIv(iv);
      const cipher = openKey(engine, key);
      const oneWay = direction === 'encrypt' ? 'cbcEncrypt' : 'cbcDecrypt';
      const transform: Transform = cbc
        ? (inner, value, input, output) => inner[oneWay](value, input, output)
        : TRANSFORMS[direction][mode].transform;
      const finishCbc = direction === 'encrypt' ? finishEncryption : finishDecryption;
      return new BlockStream({
        maxBytes: Number.MAX_SAFE_INTEGER,
        keepBlock: cbc && direction === 'decrypt' && padding === 'pkcs7',
        process: (input, output) => transform(cipher, register, input, output),
        finish(rest) {
          if (cbc) return finishCbc(cipher, register, padding, rest);
          return filled(rest.length, (out) => transform(cipher, register, rest, out));
        },
        close() {
          cipher.destroy();
          register.fill(0);
        },
      });
    };
  return { encryptor: stream('encrypt'), decryptor: stream('decrypt') };
}
