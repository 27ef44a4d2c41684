import { TeeError } from '../../../spec/v1/internal/error.ts';
import type { MemoryAccount } from '../../context.ts';

/** Small pieces share a block: a block for each would cost many times what the account was told. */
const MIN_BLOCK_BYTES = 512;

/** Bytes that come in pieces and are kept in memory of the instance. */
export class KeptBytes {
  readonly #memory: MemoryAccount;
  #blocks: Uint8Array[] = [];
  /** Bytes in the last block; the others are full. */
  #used = 0;
  #reserved = 0;
  #length = 0;

  constructor(memory: MemoryAccount) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  /** Keeps a copy of `piece`. @throws TeeError OUT_OF_MEMORY, nothing has changed then */
  add(piece: Uint8Array): void {
    const last = this.#blocks.at(-1);
    const first = last === undefined ? 0 : Math.min(piece.length, last.length - this.#used);
    const rest = piece.subarray(first);
    const next = rest.length > 0 ? this.#block(Math.max(MIN_BLOCK_BYTES, rest.length)) : undefined;
    last?.set(piece.subarray(0, first), this.#used);
    this.#used += first;
    this.#length += piece.length;
    if (next === undefined) return;
    next.set(rest);
    this.#blocks.push(next);
    this.#used = rest.length;
  }

  /** Writes all of it to the front of `out`. */
  copyTo(out: Uint8Array): void {
    let at = 0;
    for (const block of this.#blocks) {
      const bytes = Math.min(block.length, this.#length - at);
      out.set(block.subarray(0, bytes), at);
      at += bytes;
    }
  }

  /** @throws TeeError OUT_OF_MEMORY */
  clone(): KeptBytes {
    const copy = new KeptBytes(this.#memory);
    if (this.#length === 0) return copy;
    const block = copy.#block(Math.max(MIN_BLOCK_BYTES, this.#length));
    this.copyTo(block);
    copy.#blocks.push(block);
    copy.#used = this.#length;
    copy.#length = this.#length;
    return copy;
  }

  /** Zeroes it and gives the memory back. */
  destroy(): void {
    for (const block of this.#blocks) block.fill(0);
    this.#memory.release(this.#reserved);
    this.#blocks = [];
    this.#used = 0;
    this.#reserved = 0;
    this.#length = 0;
  }

  #block(bytes: number): Uint8Array {
    if (!this.#memory.reserve(bytes)) throw new TeeError('OUT_OF_MEMORY');
    this.#reserved += bytes;
    return new Uint8Array(bytes);
  }
}
