import { setImmediate } from 'node:timers/promises';
import { concatBytes } from '@cssi/sm-core';
import { DerProblem } from '../../internal/tlv.ts';
import { BlockBuffer } from './blocks.ts';
import { ownPieces } from './problems.ts';

/** Deepest nesting of elements that are read into memory, and of pieces of pieces. */
const MAX_DEPTH = 32;
/** Most elements inside of one that is read into memory in the indefinite form. */
const MAX_ELEMENTS = 65_536;
const CONSTRUCTED = 0x20;
/** Most bytes of a length: 2⁴⁸ are enough for everyone. */
const MAX_LENGTH_BYTES = 6;
/** Elements after which others in the process get their turn. */
const TURN_ELEMENTS = 8192;
const OCTET_STRING = 0x04;

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

/** Parts of one element as one; there may be too many of them for the arguments of a call. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

interface Budget {
  left: number;
  elements: number;
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
  /** Since others had their turn. */
  #elements = 0;

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
    return this.#whole(what, { left: maxBytes, elements: MAX_ELEMENTS });
  }

  /** All elements that are left in the one that was entered, at most `maxElements`. */
  async rest(maxBytes: number, maxElements: number): Promise<Uint8Array[]> {
    const all: Uint8Array[] = [];
    const budget = { left: maxBytes, elements: MAX_ELEMENTS };
    while ((await this.peek()) !== undefined) {
      if (all.length === maxElements) throw new DerProblem('too many');
      all.push(await this.#whole('rest', budget));
    }
    return all;
  }

  /**
   * Contents of an octet string of any length, in blocks that are the caller's. `tag` is that of
   * the primitive form; in the constructed form its pieces are OCTET STRINGs.
   */
  async *octets(tag: number, what: string): AsyncGenerator<Uint8Array, void, undefined> {
    const buffer = new BlockBuffer();
    let wanted = tag;
    let depth = 0;
    do {
      const found = await this.peek();
      await this.#turn();
      if (found === wanted) {
        for await (const part of this.#contents()) {
          for (let at = 0; at < part.length; ) {
            at += buffer.add(part.subarray(at));
            if (buffer.full) yield buffer.take();
          }
        }
      } else if (found === (wanted | CONSTRUCTED) && depth < MAX_DEPTH) {
        this.#onBer();
        this.#push(await this.#header());
        wanted = OCTET_STRING;
        depth++;
        this.#smallPieces(buffer);
      } else if (found === undefined && depth > 0) {
        await this.leave(what);
        depth--;
      } else throw new DerProblem(what);
      if (buffer.full) yield buffer.take();
      if (depth > 0) this.#smallPieces(buffer);
    } while (depth > 0);
    const last = buffer.take();
    if (last.length > 0) yield last;
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

  /** Lets others work now and then: a hostile input has millions of elements. */
  async #turn(): Promise<void> {
    if (++this.#elements < TURN_ELEMENTS) return;
    this.#elements = 0;
    await setImmediate();
  }

  /** Short OCTET STRINGs that have come already, without waiting for anything between them. */
  #smallPieces(buffer: BlockBuffer): void {
    const { limit } = this.#frames[this.#frames.length - 1]!;
    const piece = this.#piece;
    let at = 0;
    for (; this.#elements < TURN_ELEMENTS; this.#elements++) {
      const length = piece[at + 1];
      if (piece[at] !== OCTET_STRING || length === undefined || length >= 0x80) break;
      const end = at + 2 + length;
      if (end > piece.length || this.#at + end > limit || buffer.room < length) break;
      buffer.add(piece.subarray(at + 2, end));
      at = end;
    }
    this.#piece = piece.subarray(at);
    this.#at += at;
  }

  /** Contents of the primitive element that is next, as they come. */
  async *#contents(): AsyncGenerator<Uint8Array, void, undefined> {
    const { length } = await this.#header();
    if (length === undefined) throw new DerProblem('length');
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

  async #whole(what: string, budget: Budget): Promise<Uint8Array> {
    if ((await this.peek()) === undefined) throw new DerProblem(what);
    const parts: Uint8Array[] = [];
    await this.#collect(parts, budget, 0);
    return joined(parts);
  }

  async #collect(parts: Uint8Array[], budget: Budget, depth: number): Promise<void> {
    if (depth > MAX_DEPTH || --budget.elements < 0) throw new DerProblem('too many');
    await this.#turn();
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
