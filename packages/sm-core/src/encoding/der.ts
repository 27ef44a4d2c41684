import { SM_CORE_ERRORS } from '../errors.ts';
import { checkBytes } from './bytes.ts';

const malformed = (reason: string) =>
  SM_CORE_ERRORS.create('ERR_DER_MALFORMED', { detail: `reason=${reason}` });

/** Longest form of a length that is read: 0x84 and four bytes. */
const MAX_LENGTH_BYTES = 4;

/**
 * Reads DER strictly, element after element: definite minimal lengths of at most four bytes.
 *
 * @standard GB/T 16263.1-2006 §10 (ISO/IEC 8825-1)
 * @example
 * ```ts
 * import { DerReader, fromHex } from '@cssi/sm-core';
 * const outer = new DerReader(fromHex('3003020105'));
 * const inner = new DerReader(outer.element(0x30));
 * outer.end();
 * const five = inner.unsigned(1);
 * ```
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /**
   * @param bytes - the encoding; not copied
   * @throws {@link SmError} ERR_INPUT_TYPE
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = checkBytes(bytes, 'der', 0, Number.MAX_SAFE_INTEGER);
  }

  /** Contents of the next element, which must carry `tag`; a view, not a copy. @throws {@link SmError} ERR_DER_MALFORMED */
  element(tag: number): Uint8Array {
    if (this.#bytes[this.#at] !== tag) throw malformed('tag');
    const first = this.#bytes[this.#at + 1];
    if (first === undefined) throw malformed('truncated');
    let start = this.#at + 2;
    let length = first;
    if (first >= 0x80) {
      const count = first & 0x7f;
      if (count === 0 || count > MAX_LENGTH_BYTES) throw malformed('length');
      length = 0;
      for (let i = 0; i < count; i++) {
        const byte = this.#bytes[start++];
        if (byte === undefined) throw malformed('truncated');
        length = length * 256 + byte;
      }
      if (length < 0x80 || length < 256 ** (count - 1)) throw malformed('length');
    }
    const end = start + length;
    if (end > this.#bytes.length) throw malformed('truncated');
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  /**
   * A non-negative INTEGER of at most `size` bytes, as `size` big-endian bytes.
   *
   * @throws {@link SmError} ERR_DER_MALFORMED
   */
  unsigned(size: number): Uint8Array {
    const out = new Uint8Array(size);
    this.unsignedInto(out);
    return out;
  }

  /**
   * As {@link DerReader.unsigned}, into the whole of `out`, right-aligned with zeros before.
   *
   * @throws {@link SmError} ERR_DER_MALFORMED
   */
  unsignedInto(out: Uint8Array): void {
    const value = this.element(0x02);
    if (value.length === 0 || value[0]! >= 0x80) throw malformed('integer');
    if (value.length > 1 && value[0] === 0 && value[1]! < 0x80) throw malformed('integer');
    const significant = value[0] === 0 ? value.subarray(1) : value;
    if (significant.length > out.length) throw malformed('integer');
    out.fill(0);
    out.set(significant, out.length - significant.length);
  }

  /**
   * Bytes of a BIT STRING of whole bytes: no unused bits; a view, not a copy.
   *
   * @throws {@link SmError} ERR_DER_MALFORMED
   */
  bitString(): Uint8Array {
    const value = this.element(0x03);
    if (value[0] !== 0) throw malformed('bit-string');
    return value.subarray(1);
  }

  /**
   * Ends reading.
   *
   * @throws {@link SmError} ERR_DER_MALFORMED when bytes are left
   */
  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('trailing');
  }
}

/** Bytes that a length takes. */
function lengthBytes(length: number): number {
  let bytes = 1;
  if (length >= 0x80) for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

/** Bytes of a whole element with contents of `length` bytes. */
export const derSize = (length: number): number => 1 + lengthBytes(length) + length;

/** Writes tag and length at `at`; gives the place of the contents. */
export function writeDerHeader(out: Uint8Array, at: number, tag: number, length: number): number {
  const bytes = lengthBytes(length);
  out[at] = tag;
  if (bytes === 1) {
    out[at + 1] = length;
  } else {
    out[at + 1] = 0x80 | (bytes - 1);
    for (let i = bytes, rest = length; i > 1; i--, rest = Math.floor(rest / 256)) out[at + i] = rest & 0xff;
  }
  return at + 1 + bytes;
}

/** One DER element: tag, minimal length, `contents` in order. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of contents) length += part.length;
  const out = new Uint8Array(derSize(length));
  let at = writeDerHeader(out, 0, tag, length);
  for (const part of contents) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Contents bytes of the INTEGER of `bytes` from `start` to `end`, minimal; none stand for zero. */
export function derUnsignedLength(bytes: Uint8Array, start: number, end: number): number {
  let first = start;
  while (first < end - 1 && bytes[first] === 0) first++;
  if (first >= end) return 1;
  return end - first + (bytes[first]! >> 7);
}

/**
 * Writes the INTEGER of `bytes` from `start` to `end` at `at` of a new array, with the
 * length that {@link derUnsignedLength} gave; gives the place behind it.
 */
export function writeDerUnsigned(
  out: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
): number {
  let to = writeDerHeader(out, at, 0x02, length);
  // The zero before a first bit that is set stands in the new array already.
  for (let from = end - length; from < end; from++, to++) if (from >= start) out[to] = bytes[from]!;
  return to;
}

/** INTEGER of big-endian unsigned bytes, minimal; no bytes stand for zero. */
export function derUnsigned(bytes: Uint8Array): Uint8Array {
  const length = derUnsignedLength(bytes, 0, bytes.length);
  const out = new Uint8Array(derSize(length));
  writeDerUnsigned(out, 0, bytes, 0, bytes.length, length);
  return out;
}

/** BIT STRING of whole bytes. */
export function derBitString(bytes: Uint8Array): Uint8Array {
  return derElement(0x03, Uint8Array.of(0), bytes);
}
