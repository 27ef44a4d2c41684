import type { Sm4Key } from '../spec/v1/engine.ts';
import { BLOCK, CHUNK } from './common.ts';

/**
 * A CBC chain of which only the last block is wanted, over data in pieces. The chain
 * value is secret until the MAC is made of it.
 */
export class CbcChain {
  readonly #cipher: Sm4Key;
  readonly #scratch: Uint8Array;
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #restBytes = 0;
  /** The chain value, 16 bytes. */
  readonly value: Uint8Array = new Uint8Array(BLOCK);

  /** @param expected - about how many bytes will come: room is made for that, up to 16 KiB */
  constructor(cipher: Sm4Key, expected: number) {
    this.#cipher = cipher;
    this.#scratch = new Uint8Array(Math.max(BLOCK, Math.min(CHUNK, expected & -BLOCK)));
  }

  /** Takes more data; what does not fill a block waits. */
  update(data: Uint8Array): void {
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(BLOCK - this.#restBytes, data.length);
      this.#rest.set(data.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < BLOCK) return;
      this.#absorb(this.#rest);
      this.#restBytes = 0;
    }
    const end = at + ((data.length - at) & -BLOCK);
    const step = this.#scratch.length;
    for (; at < end; at += step) this.#absorb(data.subarray(at, Math.min(at + step, end)));
    if (end < data.length) {
      this.#rest.set(data.subarray(end));
      this.#restBytes = data.length - end;
    }
  }

  /** Fills a block that was begun with zeros. */
  fillUp(): void {
    if (this.#restBytes === 0) return;
    this.#rest.fill(0, this.#restBytes);
    this.#absorb(this.#rest);
    this.#restBytes = 0;
  }

  /** Zeroes what this object holds. */
  wipe(): void {
    this.value.fill(0);
    this.#rest.fill(0);
    this.#scratch.fill(0);
  }

  #absorb(blocks: Uint8Array): void {
    this.#cipher.cbcEncrypt(this.value, blocks, this.#scratch.subarray(0, blocks.length));
  }
}
