import { MAX_FRAME_BYTES } from './limits.ts';

const LENGTH_BYTES = 4;
const FIRST_CAPACITY = 4096;

/**
 * Cuts a stream into frames, each behind its length (u32, little-endian). Memory grows with what has
 * arrived, not with what a length promises.
 */
export class FrameSplitter {
  readonly #onFrame: (frame: Uint8Array) => void;
  #held = new Uint8Array(0);
  #count = 0;

  constructor(onFrame: (frame: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** Frames are views that live until the return. False for a length no frame has. */
  push(chunk: Uint8Array): boolean {
    if (this.#count > 0) {
      this.#hold(chunk);
      const held = this.#held;
      const count = this.#count;
      this.#count = 0;
      const used = this.#cut(held, count);
      if (used < 0) return false;
      if (used < count) {
        held.copyWithin(0, used, count);
        this.#count = count - used;
      } else this.#held = new Uint8Array(0);
      return true;
    }
    const used = this.#cut(chunk, chunk.length);
    if (used < 0) return false;
    if (used < chunk.length) this.#hold(chunk.subarray(used));
    return true;
  }

  #hold(chunk: Uint8Array): void {
    const needed = this.#count + chunk.length;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, this.#held.length * 2, FIRST_CAPACITY));
      larger.set(this.#held.subarray(0, this.#count));
      this.#held = larger;
    }
    this.#held.set(chunk, this.#count);
    this.#count = needed;
  }

  /** Bytes used of the first `count`; -1 for a bad length. */
  #cut(bytes: Uint8Array, count: number): number {
    let at = 0;
    while (count - at >= LENGTH_BYTES) {
      const length = lengthAt(bytes, at);
      if (length === 0 || length > MAX_FRAME_BYTES) return -1;
      if (count - at - LENGTH_BYTES < length) break;
      this.#onFrame(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
      at += LENGTH_BYTES + length;
    }
    return at;
  }
}

/** The u32 at `at`. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
