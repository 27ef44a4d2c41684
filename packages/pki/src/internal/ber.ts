import { concatBytes, derElement } from '@cssi/sm-core';
import { DerProblem, expectTag, readAll, type Tlv } from './tlv.ts';

/** Bounds of {@link toDer}. */
export interface BerLimits {
  /** Deepest nesting; 32 when left out. */
  readonly maxDepth?: number;
  /** Most elements; 65,536 when left out. */
  readonly maxElements?: number;
}

/** What {@link toDer} made. */
export interface BerResult {
  readonly der: Uint8Array;
  /** Was anything written another way than DER writes it? */
  readonly wasBer: boolean;
}

const CONSTRUCTED = 0x20;
/** Most pieces of one string: 16 MiB in pieces of 256 bytes. */
const MAX_PIECES = 65_536;
/** Universal string types that BER may cut into pieces: OCTET STRING and the character strings. */
const STRINGS = new Set([0x04, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1e]);

interface Header {
  readonly tag: number;
  readonly start: number;
  /** `undefined` for the indefinite form. */
  readonly length: number | undefined;
  readonly minimal: boolean;
}

/** Walks one input; every element is visited once. */
class Transcoder {
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  #budget: number;
  #at = 0;
  changed = false;

  constructor(bytes: Uint8Array, { maxDepth = 32, maxElements = 65_536 }: BerLimits) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#budget = maxElements;
  }

  run(): Uint8Array {
    const whole = this.#element(this.#bytes.length, 0);
    if (this.#at !== this.#bytes.length) throw new DerProblem('trailing');
    return whole;
  }

  #header(end: number): Header {
    const tag = this.#bytes[this.#at];
    const first = this.#bytes[this.#at + 1];
    if (tag === undefined || first === undefined || this.#at + 2 > end) throw new DerProblem('truncated');
    if ((tag & 0x1f) === 0x1f) throw new DerProblem('tag');
    let start = this.#at + 2;
    if (first < 0x80) return { tag, start, length: first, minimal: true };
    if (first === 0x80) return { tag, start, length: undefined, minimal: false };
    const count = first & 0x7f;
    if (count > 4 || start + count > end) throw new DerProblem('length');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#bytes[start++]!;
    return { tag, start, length, minimal: length >= 0x80 && length >= 256 ** (count - 1) };
  }

  #element(limit: number, depth: number): Uint8Array {
    if (--this.#budget < 0 || depth > this.#maxDepth) throw new DerProblem('too many');
    const from = this.#at;
    const { tag, start, length, minimal } = this.#header(limit);
    const end = length === undefined ? limit : start + length;
    if (end > limit) throw new DerProblem('truncated');
    this.#at = start;
    if ((tag & CONSTRUCTED) === 0) {
      if (length === undefined) throw new DerProblem('length');
      this.#at = end;
      if (minimal) return this.#bytes.subarray(from, end);
      this.changed = true;
      return derElement(tag, this.#bytes.subarray(start, end));
    }
    const before = this.changed;
    this.changed = false;
    const parts = length === undefined ? this.#untilEnd(end, depth) : this.#within(end, depth);
    const joined = STRINGS.has(tag & ~CONSTRUCTED & 0xff) && tag < 0x40;
    const same = minimal && !this.changed && !joined;
    this.changed = before || !same;
    if (same) return this.#bytes.subarray(from, end);
    if (!joined) return derElement(tag, ...parts);
    return derElement(tag & ~CONSTRUCTED, joinPieces(tag & ~CONSTRUCTED, parts));
  }

  #within(end: number, depth: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    while (this.#at < end) parts.push(this.#element(end, depth + 1));
    return parts;
  }

  /** The contents of the indefinite form, up to its end-of-contents. */
  #untilEnd(limit: number, depth: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    while (!(this.#bytes[this.#at] === 0 && this.#bytes[this.#at + 1] === 0)) {
      if (this.#at >= limit) throw new DerProblem('truncated');
      parts.push(this.#element(limit, depth + 1));
    }
    if (this.#at + 2 > limit) throw new DerProblem('truncated');
    this.#at += 2;
    return parts;
  }
}

/** Contents of the pieces of a string, which must all be strings of its kind. */
function joinPieces(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...parts.map((part) => {
      if (part[0] !== tag) throw new DerProblem('string in pieces');
      const first = part[1]!;
      return part.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
    }),
  );
}

/**
 * Turns BER with indefinite lengths, strings in pieces and long forms of lengths into the
 * form that the strict reader reads. What is DER already comes back as the same bytes, so
 * that parts which were signed keep theirs. The order of sets is left alone.
 *
 * @standard GB/T 16263.1-2006 §8 (ISO/IEC 8825-1)
 * @throws DerProblem for what is no BER, is too deep or has too many elements
 */
export function toDer(bytes: Uint8Array, limits: BerLimits = {}): BerResult {
  const transcoder = new Transcoder(bytes, limits);
  const der = transcoder.run();
  return { der, wasBer: transcoder.changed };
}

/**
 * Octets of an OCTET STRING with the implicit tag `[n]`. BER may cut it into pieces, which no
 * tag tells from an explicit one: `onPieces` is called then.
 */
export function readImplicitOctets(element: Tlv | undefined, n: number, onPieces: () => void): Uint8Array {
  if (element?.tag === (0x80 | n)) return element.value;
  const pieces = readAll(expectTag(element, 0xa0 | n, 'octets').value, MAX_PIECES);
  onPieces();
  return concatBytes(...pieces.map((piece) => expectTag(piece, 0x04, 'octets').value));
}
