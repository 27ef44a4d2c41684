import type { BoxRef } from './log-operations.ts';

/** 256 KiB of plaintext at most. */
const CACHED_CHUNKS = 16;

/** The plaintext of the chunks used last, zeroed when it goes. */
export class ChunkCache {
  readonly #chunks = new Map<BoxRef, Uint8Array>();

  get(ref: BoxRef): Uint8Array | undefined {
    const bytes = this.#chunks.get(ref);
    if (bytes !== undefined) {
      this.#chunks.delete(ref);
      this.#chunks.set(ref, bytes);
    }
    return bytes;
  }

  /** The bytes are the cache's from now on. */
  set(ref: BoxRef, bytes: Uint8Array): void {
    this.#chunks.set(ref, bytes);
    if (this.#chunks.size <= CACHED_CHUNKS) return;
    const [oldest] = this.#chunks.keys();
    this.delete(oldest as BoxRef);
  }

  delete(ref: BoxRef): void {
    this.#chunks.get(ref)?.fill(0);
    this.#chunks.delete(ref);
  }

  clear(): void {
    for (const bytes of this.#chunks.values()) bytes.fill(0);
    this.#chunks.clear();
  }
}
