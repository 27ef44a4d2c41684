import { checkBytes, equalBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { SM3_BLOCK_BYTES, SM3_DIGEST_BYTES, type Sm3Hash, type SmEngine } from '../spec/v1/engine.ts';
import { anyBytes } from './input.ts';

const IPAD = 0x36;
const OPAD = 0x5c;

/** The key filled up to a block; a longer one is hashed first. @standard GB/T 15852.2-2012 §7 */
function keyBlock(engine: SmEngine, key: Uint8Array): Uint8Array {
  const block = new Uint8Array(SM3_BLOCK_BYTES);
  if (key.length > SM3_BLOCK_BYTES) {
    const short = engine.sm3Digest(key);
    block.set(short);
    short.fill(0);
  } else {
    block.set(key);
  }
  return block;
}

function xorInto(block: Uint8Array, mask: number): void {
  for (let i = 0; i < block.length; i++) block[i]! ^= mask;
}

/** HMAC-SM3 of the parts in order, in two digests. @standard GB/T 15852.2-2012 §7 */
export function hmacOnce(engine: SmEngine, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const block = keyBlock(engine, key);
  let inner: Uint8Array | undefined;
  try {
    xorInto(block, IPAD);
    inner = engine.sm3Digest(block, ...parts);
    xorInto(block, IPAD ^ OPAD);
    return engine.sm3Digest(block, inner);
  } finally {
    block.fill(0);
    inner?.fill(0);
  }
}

/** A key for many MACs: the hash after the block of the inner and of the outer key. */
export class HmacKey {
  readonly #inner: Sm3Hash;
  readonly #outer: Sm3Hash;

  constructor(engine: SmEngine, key: Uint8Array) {
    const block = keyBlock(engine, key);
    try {
      xorInto(block, IPAD);
      this.#inner = engine.sm3().update(block);
      xorInto(block, IPAD ^ OPAD);
      this.#outer = engine.sm3().update(block);
    } finally {
      block.fill(0);
    }
  }

  /** The inner hash, to be given the message. */
  start(): Sm3Hash {
    return this.#inner.clone();
  }

  /** The tag of what an inner hash was given. */
  finish(inner: Sm3Hash): Uint8Array {
    const digest = inner.digest();
    const tag = this.#outer.clone().update(digest).digest();
    digest.fill(0);
    return tag;
  }

  /** The tag of the parts in order. */
  mac(...parts: readonly Uint8Array[]): Uint8Array {
    const inner = this.start();
    for (const part of parts) inner.update(part);
    return this.finish(inner);
  }

  /** Zeroes both states; the key must not be used afterwards. */
  destroy(): void {
    discard(this.#inner);
    discard(this.#outer);
  }
}

/** A hash object zeroes its state when the digest is taken. */
function discard(hash: Sm3Hash): void {
  hash.digest().fill(0);
}

/**
 * A running HMAC-SM3. `digest`, `verify` and `destroy` end it and zero what was made of
 * the key: used after the first two it throws ERR_HASH_FINISHED, after the last one
 * ERR_SECRET_DESTROYED.
 *
 * @standard GB/T 15852.2-2012 §7
 */
export interface HmacSm3 {
  /**
   * Takes more of the message.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE
   */
  update(data: Uint8Array): this;
  /** The tag, 32 bytes. */
  digest(): Uint8Array;
  /**
   * Is `tag` (32 bytes) the tag? Compares in constant time.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH for a truncated tag; the computation can go on then
   */
  verify(tag: Uint8Array): boolean;
  /** Ends the computation without a tag. A second call does nothing. */
  destroy(): void;
}

/** The one implementation. */
export class RunningHmac implements HmacSm3 {
  #key: HmacKey | undefined;
  readonly #inner: Sm3Hash;
  #destroyed = false;

  constructor(key: HmacKey) {
    this.#key = key;
    this.#inner = key.start();
  }

  update(data: Uint8Array): this {
    this.#running();
    this.#inner.update(anyBytes(data, 'data'));
    return this;
  }

  digest(): Uint8Array {
    const key = this.#running();
    this.#key = undefined;
    try {
      return key.finish(this.#inner);
    } finally {
      key.destroy();
    }
  }

  verify(tag: Uint8Array): boolean {
    this.#running();
    checkBytes(tag, 'tag', SM3_DIGEST_BYTES, SM3_DIGEST_BYTES);
    const expected = this.digest();
    const same = equalBytes(expected, tag);
    expected.fill(0);
    return same;
  }

  destroy(): void {
    if (this.#key !== undefined) {
      this.#key.destroy();
      discard(this.#inner);
    }
    this.#key = undefined;
    this.#destroyed = true;
  }

  #running(): HmacKey {
    if (this.#key !== undefined) return this.#key;
    throw SM_CORE_ERRORS.create(this.#destroyed ? 'ERR_SECRET_DESTROYED' : 'ERR_HASH_FINISHED');
  }
}
