import { checkBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { requireCapability } from './internal/capability.ts';
import { kdfSm3 } from './internal/kdf.ts';
import { Secret } from './secret.ts';
import { SM3_DIGEST_BYTES, type Sm3Hash, type SmEngine } from './spec/v1/engine.ts';

const BLOCK_BYTES = 64;
const MAX_BYTES = Number.MAX_SAFE_INTEGER;
const MAX_KDF_BYTES = 1 << 20;
const MAX_HKDF_BYTES = 255 * SM3_DIGEST_BYTES;

/**
 * SM3 (杂凑算法) and what is built on it, on one engine. Every function throws
 * {@link SmError} with ERR_INPUT_TYPE, ERR_INPUT_LENGTH or ERR_ENGINE_CAPABILITY.
 */
export interface Sm3Functions {
  /** SM3 of `data`: 32 bytes. @standard GB/T 32905-2016 */
  sm3(data: Uint8Array): Uint8Array;
  /** A running SM3 computation; used after `digest()` it throws ERR_HASH_FINISHED. @standard GB/T 32905-2016 */
  sm3Hash(): Sm3Hash;
  /** HMAC-SM3 over the parts in order: 32 bytes. @standard GB/T 15852.2-2012 §7 */
  hmacSm3(key: Uint8Array | Secret, ...data: readonly Uint8Array[]): Uint8Array;
  /** HKDF-SM3 (RFC 5869), extract and expand, at most 8,160 bytes; an empty salt is 32 zero bytes. */
  hkdfSm3(ikm: Uint8Array | Secret, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** KDF(Z, klen) of the SM2 standard, at most 1,048,576 bytes. @standard GB/T 32918.4-2016 §5.4.3 */
  kdfSm3(z: Uint8Array, length: number): Uint8Array;
}

/** Checks what comes in and keeps a finished hash from being used again. */
class CheckedHash implements Sm3Hash {
  #inner: Sm3Hash | undefined;

  constructor(inner: Sm3Hash) {
    this.#inner = inner;
  }

  update(data: Uint8Array): this {
    this.#running().update(checkBytes(data, 'data', 0, MAX_BYTES));
    return this;
  }

  digest(): Uint8Array {
    const digest = this.#running().digest();
    this.#inner = undefined;
    return digest;
  }

  clone(): Sm3Hash {
    return new CheckedHash(this.#running().clone());
  }

  #running(): Sm3Hash {
    if (this.#inner === undefined) throw SM_CORE_ERRORS.create('ERR_HASH_FINISHED');
    return this.#inner;
  }
}

const withKey = <T>(value: Uint8Array | Secret, name: string, use: (bytes: Uint8Array) => T): T =>
  value instanceof Secret ? value.use(use) : use(checkBytes(value, name, 0, MAX_BYTES));

function checkLength(length: number, max: number): void {
  if (!Number.isInteger(length) || length < 0 || length > max) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', { detail: `parameter=length expected=0..${max}` });
  }
}

/** The SM3 functions of `engine`. */
export function createSm3(engine: SmEngine): Sm3Functions {
  const hash = (): Sm3Hash => {
    requireCapability(engine, 'sm3');
    return engine.sm3();
  };

  const hmac = (key: Uint8Array, data: readonly Uint8Array[]): Uint8Array => {
    requireCapability(engine, 'hmac-sm3');
    const block = new Uint8Array(BLOCK_BYTES);
    block.set(key.length > BLOCK_BYTES ? hash().update(key).digest() : key);
    for (let i = 0; i < BLOCK_BYTES; i++) block[i]! ^= 0x36; // ipad
    const inner = hash().update(block);
    for (const part of data) inner.update(part);
    for (let i = 0; i < BLOCK_BYTES; i++) block[i]! ^= 0x36 ^ 0x5c; // opad
    const tag = hash().update(block).update(inner.digest()).digest();
    block.fill(0);
    return tag;
  };

  return {
    sm3: (data) =>
      hash()
        .update(checkBytes(data, 'data', 0, MAX_BYTES))
        .digest(),
    sm3Hash: () => new CheckedHash(hash()),
    hmacSm3(key, ...data) {
      for (const part of data) checkBytes(part, 'data', 0, MAX_BYTES);
      return withKey(key, 'key', (bytes) => hmac(bytes, data));
    },
    hkdfSm3(ikm, salt, info, length) {
      checkLength(length, MAX_HKDF_BYTES);
      checkBytes(salt, 'salt', 0, MAX_BYTES);
      checkBytes(info, 'info', 0, MAX_BYTES);
      const extractKey = salt.length === 0 ? new Uint8Array(SM3_DIGEST_BYTES) : salt;
      const prk = withKey(ikm, 'ikm', (bytes) => hmac(extractKey, [bytes]));
      const out = new Uint8Array(length);
      let previous: Uint8Array = new Uint8Array(0);
      for (let i = 1, at = 0; at < length; i++, at += SM3_DIGEST_BYTES) {
        const next = hmac(prk, [previous, info, Uint8Array.of(i)]);
        out.set(next.subarray(0, Math.min(SM3_DIGEST_BYTES, length - at)), at);
        previous.fill(0);
        previous = next;
      }
      previous.fill(0);
      prk.fill(0);
      return out;
    },
    kdfSm3(z, length) {
      checkLength(length, MAX_KDF_BYTES);
      return kdfSm3(hash, checkBytes(z, 'z', 0, MAX_KDF_BYTES), length);
    },
  };
}
