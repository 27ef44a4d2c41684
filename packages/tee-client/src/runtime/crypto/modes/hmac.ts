import { type Sm3Hash, sm3, sm3Hash } from '@cssi/sm-core';

const BLOCK_BYTES = 64;
const IPAD = 0x36;
const OPAD = 0x5c;

/** The key in the front of a block; one that is longer gives way to its digest, which is the key then. */
function setKey(block: Uint8Array, key: Uint8Array): void {
  if (key.length <= BLOCK_BYTES) {
    block.set(key);
    return;
  }
  const digest = sm3(key);
  block.set(digest);
  digest.fill(0);
}

/**
 * HMAC-SM3 whose running state can be cloned, which TEE_CopyOperation needs.
 *
 * @standard GB/T 15852.2-2012 §7
 */
export class HmacKey {
  readonly #inner: Sm3Hash;
  readonly #outer: Sm3Hash;

  constructor(key: Uint8Array) {
    const block = new Uint8Array(BLOCK_BYTES);
    try {
      setKey(block, key);
      for (let i = 0; i < BLOCK_BYTES; i++) block[i] = (block[i] as number) ^ IPAD;
      this.#inner = sm3Hash().update(block);
      for (let i = 0; i < BLOCK_BYTES; i++) block[i] = (block[i] as number) ^ IPAD ^ OPAD;
      this.#outer = sm3Hash().update(block);
    } finally {
      block.fill(0);
    }
  }

  /** The inner hash, to be given the message. */
  start(): Sm3Hash {
    return this.#inner.clone();
  }

  /** The tag, 32 bytes. */
  finish(inner: Sm3Hash): Uint8Array {
    const digest = inner.digest();
    const tag = this.#outer.clone().update(digest).digest();
    digest.fill(0);
    return tag;
  }

  /** A hash zeroes its state when the digest is taken. */
  destroy(): void {
    this.#inner.digest().fill(0);
    this.#outer.digest().fill(0);
  }
}
