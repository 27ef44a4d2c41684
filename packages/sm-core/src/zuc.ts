import { checkBytes, equalBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { requireCapability } from './internal/capability.ts';
import { Secret } from './secret.ts';
import { type SmEngine, ZUC_KEY_BYTES, type ZucStream } from './spec/v1/engine.ts';
import { eea3, eea3Iv, eea3Words } from './zuc/eea3.ts';
import { eia3, eia3Iv, eia3Words } from './zuc/eia3.ts';
import { KeyWords } from './zuc/key-words.ts';

/** Length of a MAC of EIA3 in bytes. @standard GB/T 33133.3-2021 §5 */
export const ZUC_MAC_BYTES = 4;
/** Longest message in bits: its length is a 32-bit number. @standard GB/T 33133.2-2021 §5 */
export const ZUC_MAX_BITS: number = 2 ** 32 - 1;

/** What selects the key stream of one frame. @standard GB/T 33133.2-2021 §5 */
export interface ZucFrame {
  /** Confidentiality or integrity key, 16 bytes; it stays the caller's. */
  readonly key: Uint8Array | Secret;
  /** COUNT, 32 bits: never the same twice for one key, bearer and direction. */
  readonly count: number;
  /** BEARER, 5 bits. */
  readonly bearer: number;
  /** DIRECTION, 1 bit. */
  readonly direction: 0 | 1;
}

/**
 * ZUC-128 (祖冲之序列密码算法) on one engine. Every function throws {@link SmError} with
 * ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_INPUT_VALUE or ERR_ENGINE_CAPABILITY.
 *
 * A message is `bitLength` bits, 1 to 2^32 - 1, in exactly as many bytes as they need;
 * all bits of `data` when it is left out. Spare bits of the last byte count for nothing
 * and are 0 in outputs.
 */
export interface ZucFunctions {
  /** The key stream of `key` and `iv`, 16 bytes each; a pair is used once. @standard GB/T 33133.1-2016 §6 */
  stream(key: Uint8Array | Secret, iv: Uint8Array): ZucStream;
  /** 128-EEA3: encrypts and decrypts. It does not authenticate. @standard GB/T 33133.2-2021 §5 */
  eea3(frame: ZucFrame, data: Uint8Array, bitLength?: number): Uint8Array;
  /** 128-EIA3: a MAC of 4 bytes. @standard GB/T 33133.3-2021 §5 */
  eia3(frame: ZucFrame, data: Uint8Array, bitLength?: number): Uint8Array;
  /** Is `mac` (4 bytes) the MAC of the message? Compares in constant time. @standard GB/T 33133.3-2021 §5 */
  verifyEia3(frame: ZucFrame, data: Uint8Array, mac: Uint8Array, bitLength?: number): boolean;
}

/** Checks what comes in. */
class CheckedStream implements ZucStream {
  readonly #inner: ZucStream;

  constructor(inner: ZucStream) {
    this.#inner = inner;
  }

  words(out: Uint32Array): void {
    if (!(out instanceof Uint32Array)) {
      throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=out expected=Uint32Array' });
    }
    this.#inner.words(out);
  }

  destroy(): void {
    this.#inner.destroy();
  }
}

function checkUnsigned(value: number, name: string, bits: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: `parameter=${name} expected=${bits} bits` });
  }
}

function checkFrame(frame: ZucFrame): void {
  if (typeof frame !== 'object' || frame === null) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=frame expected=object' });
  }
  checkUnsigned(frame.count, 'count', 32);
  checkUnsigned(frame.bearer, 'bearer', 5);
  checkUnsigned(frame.direction, 'direction', 1);
}

/** The bit length of a message, which `data` holds without a byte too many or too few. */
function checkMessage(data: Uint8Array, bitLength: number | undefined): number {
  checkBytes(data, 'data', 1, Math.ceil(ZUC_MAX_BITS / 8));
  const bits = bitLength ?? 8 * data.length;
  if (!Number.isInteger(bits) || bits < 1 || bits > ZUC_MAX_BITS || Math.ceil(bits / 8) !== data.length) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=bitLength expected=${8 * data.length - 7}..${Math.min(8 * data.length, ZUC_MAX_BITS)}`,
    });
  }
  return bits;
}

/** The ZUC functions of `engine`. */
export function createZuc(engine: SmEngine): ZucFunctions {
  const stream = (key: Uint8Array | Secret, iv: Uint8Array): ZucStream => {
    requireCapability(engine, 'zuc');
    checkBytes(iv, 'iv', ZUC_KEY_BYTES, ZUC_KEY_BYTES);
    const start = (bytes: Uint8Array): ZucStream =>
      engine.zuc(checkBytes(bytes, 'key', ZUC_KEY_BYTES, ZUC_KEY_BYTES), iv);
    return key instanceof Secret ? key.use(start) : start(key);
  };

  const mac = (frame: ZucFrame, data: Uint8Array, bitLength: number | undefined): Uint8Array => {
    checkFrame(frame);
    const bits = checkMessage(data, bitLength);
    const iv = eia3Iv(frame.count, frame.bearer, frame.direction);
    const words = new KeyWords(stream(frame.key, iv), eia3Words(bits));
    try {
      return eia3(words, data, bits);
    } finally {
      words.destroy();
    }
  };

  return {
    stream: (key, iv) => new CheckedStream(stream(key, iv)),
    eea3(frame, data, bitLength) {
      checkFrame(frame);
      const bits = checkMessage(data, bitLength);
      const iv = eea3Iv(frame.count, frame.bearer, frame.direction);
      const words = new KeyWords(stream(frame.key, iv), eea3Words(bits));
      try {
        return eea3(words, data, bits);
      } finally {
        words.destroy();
      }
    },
    eia3: mac,
    verifyEia3(frame, data, expected, bitLength) {
      checkBytes(expected, 'mac', ZUC_MAC_BYTES, ZUC_MAC_BYTES);
      return equalBytes(mac(frame, data, bitLength), expected);
    },
  };
}
