import type { ZucStream } from '../spec/v1/engine.ts';

/** Words drawn from the engine at once. */
const PIECE_WORDS = 1024;

/** The key words of a stream one after the other; `needed` is how many will be taken. */
export class KeyWords {
  readonly #stream: ZucStream;
  readonly #piece: Uint32Array;
  #left: number;
  #at: number;

  constructor(stream: ZucStream, needed: number) {
    this.#stream = stream;
    this.#left = needed;
    this.#piece = new Uint32Array(Math.min(needed, PIECE_WORDS));
    this.#at = this.#piece.length;
  }

  next(): number {
    if (this.#at === this.#piece.length) {
      const count = Math.min(this.#left, this.#piece.length);
      this.#stream.words(count === this.#piece.length ? this.#piece : this.#piece.subarray(0, count));
      this.#left -= count;
      this.#at = 0;
    }
    return this.#piece[this.#at++]!;
  }

  /** Zeroes the words and the stream. */
  destroy(): void {
    this.#piece.fill(0);
    this.#stream.destroy();
  }
}
