import { optionProblem } from '../options.ts';
import { BLOCK_BYTES } from './limits.ts';

/** Gathers bytes to blocks, so that neither readers nor writers pay for tiny pieces. */
export class BlockBuffer {
  #block: Uint8Array = new Uint8Array(0);
  #filled = 0;

  get full(): boolean {
    return this.#filled === BLOCK_BYTES;
  }

  get room(): number {
    return BLOCK_BYTES - this.#filled;
  }

  /** Copies as much as there is room for, and says how much that was. */
  add(bytes: Uint8Array): number {
    if (this.#block.length === 0) this.#block = new Uint8Array(BLOCK_BYTES);
    const part = bytes.subarray(0, BLOCK_BYTES - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.length;
    return part.length;
  }

  /** The bytes so far, which are the caller's; none when there are none. */
  take(): Uint8Array {
    const block = this.full ? this.#block : this.#block.slice(0, this.#filled);
    if (!this.full) this.#block.fill(0);
    this.#block = new Uint8Array(0);
    this.#filled = 0;
    return block;
  }
}

/**
 * Content of a source in blocks, all but the last of one length, as copies: many sources use
 * their buffer again.
 */
export async function* blocksOf(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof source !== 'object' || source === null || !(Symbol.asyncIterator in source)) {
    throw optionProblem('source');
  }
  const buffer = new BlockBuffer();
  for await (const piece of source) {
    if (!(piece instanceof Uint8Array)) throw optionProblem('source');
    for (let at = 0; at < piece.length; ) {
      at += buffer.add(piece.subarray(at));
      if (buffer.full) yield buffer.take();
    }
  }
  const last = buffer.take();
  if (last.length > 0) yield last;
}
