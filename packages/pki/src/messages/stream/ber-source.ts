import { concatBytes } from '@cssi/sm-core';
import { DerProblem } from '../../internal/tlv.ts';
import { ownPieces } from './problems.ts';

/** Deepest nesting of elements that are read into memory, and of pieces of pieces. */
const MAX_DEPTH = 32;
/** Most elements inside of one that is read into memory in the indefinite form. */
const MAX_ELEMENTS = 65_536;
const CONSTRUCTED = 0x20;
/** Most bytes of a length: 2⁴⁸ are enough for everyone. */
const MAX_LENGTH_BYTES = 6;

interface Header {
  readonly tag: number;
  /** `undefined` for the indefinite form. */
  readonly length: number | undefined;
  readonly raw: Uint8Array;
}

interface Frame {
  /** Place of the first byte behind it; `undefined` when an end-of-contents says so. */
  readonly end: number | undefined;
  /** No byte of it may lie there or behind. */
  readonly limit: number;
}

/**
 * Reads BER from pieces as they come. What is entered is not kept; elements that are asked for
 * as a whole are bounded by the caller.
 *
 * @standard GB/T 16263.1-2006 §8 (ISO/IEC 8825-1)
 */
export class BerSource {
  readonly #pieces: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #onBer: () => void;
  readonly #frames: Frame[] = [];
  #piece: Uint8Array = new Uint8Array(0);
  /** Place in the whole input of the first byte of the rest of the piece. */
  #at = 0;

  /** @param onBer - called for every form that DER does not have */
  constructor(source: AsyncIterable<Uint8Array>, onBer: () => void) {
    this.#pieces = ownPieces(source);
    this.#onBer = onBer;
  }

  /** Gives the source up. */
  async close(): Promise<void> {
    await this.#pieces.return();
  }

  /** Tag of the next element; `undefined` at the end of the element that was entered. */
  async peek(): Promise<number | undefined> {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame?.end !== undefined && this.#at === frame.end) return undefined;
    const tag = await this.#first();
    if (frame !== undefined && frame.end === undefined && tag === 0) return undefined;
    if (frame !== undefined && this.#at >= frame.limit) throw new DerProblem('truncated');
    return tag;
  }

  /** Enters an element, which must have this constructed tag. */
  async enter(tag: number, what: string): Promise<void> {
    if ((await this.peek()) !== tag) throw new DerProblem(what);
    this.#push(await this.#header());
  }

  /** Leaves the element that was entered last, of which nothing may be left. */
  async leave(what: string): Promise<void> {
    if ((await this.peek()) !== undefined) throw new DerProblem(what);
    const frame = this.#frames.pop();
    if (frame === undefined || frame.end !== undefined) return;
    const [first, second] = await this.#take(2);
    if (first !== 0 || second !== 0) throw new DerProblem('end of contents');
  }

  /** The next element as a whole, header and contents as they stand there. */
  async element(what: string, maxBytes: number): Promise<Uint8Array> {
    if ((await this.peek()) === undefined) throw new DerProblem(what);
    const parts: Uint8Array[] = [];
    await this.#collect(parts, { left: maxBytes, elements: MAX_ELEMENTS }, 0);
    return concatBytes(...parts);
  }

  /** All elements that are left in the one that was entered, one after the other. */
  async rest(maxBytes: number): Promise<Uint8Array[]> {
    const all: Uint8Array[] = [];
    let left = maxBytes;
    while ((await this.peek()) !== undefined) {
      const element = await this.element('rest', left);
      left -= element.length;
      all.push(element);
    }
    return all;
  }

  /**
   * Contents of an octet string of any length, in pieces. `tag` is that of the primitive form; in
   * the constructed form its pieces are OCTET STRINGs.
   */
  async *octets(tag: number, what: string, depth = 0): AsyncGenerator<Uint8Array, void, undefined> {
    const found = await this.peek();
    if (found === tag) {
      const header = await this.#header();
      if (header.length === undefined) throw new DerProblem('length');
      yield* this.#contents(header.length);
      return;
    }
    if (found !== (tag | CONSTRUCTED) || depth === MAX_DEPTH) throw new DerProblem(what);
    this.#onBer();
    this.#push(await this.#header());
    while ((await this.peek()) !== undefined) yield* this.octets(0x04, what, depth + 1);
    await this.leave(what);
  }

  /** The input must end here. */
  async end(): Promise<void> {
    if (this.#piece.length > 0 || (await this.#more())) throw new DerProblem('trailing');
  }

  #push(header: Header): void {
    const outer = this.#frames[this.#frames.length - 1]?.limit ?? Number.POSITIVE_INFINITY;
    const end = header.length === undefined ? undefined : this.#at + header.length;
    if (end !== undefined && end > outer) throw new DerProblem('truncated');
    this.#frames.push({ end, limit: end ?? outer });
  }

  async #more(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#piece = next.value;
    return true;
  }

  async #first(): Promise<number> {
    if (this.#piece.length === 0 && !(await this.#more())) throw new DerProblem('truncated');
    return this.#piece[0]!;
  }

  /** At least one and at most `most` bytes, without waiting for more of them. */
  async #some(most: number): Promise<Uint8Array> {
    await this.#first();
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.length);
    this.#at += taken.length;
    return taken;
  }

  async #take(count: number): Promise<Uint8Array> {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame !== undefined && this.#at + count > frame.limit) throw new DerProblem('truncated');
    // Filled in place: a source that gives single bytes must not cost a view for each.
    const taken = new Uint8Array(count);
    for (let filled = 0; filled < count; ) {
      const part = await this.#some(count - filled);
      taken.set(part, filled);
      filled += part.length;
    }
    return taken;
  }

  async *#contents(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame !== undefined && this.#at + length > frame.limit) throw new DerProblem('truncated');
    for (let left = length; left > 0; ) {
      const part = await this.#some(left);
      left -= part.length;
      yield part;
    }
  }

  async #header(): Promise<Header> {
    const start = await this.#take(2);
    const [tag, first] = [start[0]!, start[1]!];
    if ((tag & 0x1f) === 0x1f) throw new DerProblem('tag');
    if (first < 0x80) return { tag, length: first, raw: start };
    if (first === 0x80) {
      if ((tag & CONSTRUCTED) === 0) throw new DerProblem('length');
      this.#onBer();
      return { tag, length: undefined, raw: start };
    }
    const count = first & 0x7f;
    if (count > MAX_LENGTH_BYTES) throw new DerProblem('length');
    const bytes = await this.#take(count);
    const length = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    if (length < 0x80 || length < 256 ** (count - 1)) this.#onBer();
    return { tag, length, raw: concatBytes(start, bytes) };
  }

  async #collect(
    parts: Uint8Array[],
    budget: { left: number; elements: number },
    depth: number,
  ): Promise<void> {
    if (depth > MAX_DEPTH || --budget.elements < 0) throw new DerProblem('too many');
    const header = await this.#header();
    budget.left -= header.raw.length + (header.length ?? 0);
    if (budget.left < 0) throw new DerProblem('size');
    parts.push(header.raw);
    if (header.length !== undefined) {
      if (header.length > 0) parts.push(await this.#take(header.length));
      return;
    }
    this.#push(header);
    while ((await this.peek()) !== undefined) await this.#collect(parts, budget, depth + 1);
    await this.leave('end of contents');
    parts.push(Uint8Array.of(0, 0));
  }
}
