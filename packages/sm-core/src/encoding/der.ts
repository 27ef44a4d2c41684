import { SM_CORE_ERRORS } from '../errors.ts';
import { checkBytes, concatBytes } from './bytes.ts';

const malformed = (reason: string) =>
  SM_CORE_ERRORS.create('ERR_DER_MALFORMED', { detail: `reason=${reason}` });

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

  /**
   * Contents of the next element, which must carry `tag`; a view, not a copy.
   *
   * @throws {@link SmError} ERR_DER_MALFORMED
   */
  element(tag: number): Uint8Array {
    if (this.#bytes[this.#at] !== tag) throw malformed('tag');
    const first = this.#bytes[this.#at + 1];
    if (first === undefined) throw malformed('truncated');
    let start = this.#at + 2;
    let length = first;
    if (first >= 0x80) {
      const count = first & 0x7f;
      if (count === 0 || count > 4) throw malformed('length');
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
    const value = this.element(0x02);
    if (value.length === 0 || value[0]! >= 0x80) throw malformed('integer');
    if (value.length > 1 && value[0] === 0 && value[1]! < 0x80) throw malformed('integer');
    const significant = value[0] === 0 ? value.subarray(1) : value;
    if (significant.length > size) throw malformed('integer');
    const out = new Uint8Array(size);
    out.set(significant, size - significant.length);
    return out;
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

/** One DER element: tag, minimal length, `contents` in order. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...contents);
  const length: number[] = [];
  if (body.length < 0x80) length.push(body.length);
  else {
    for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  }
  return concatBytes(Uint8Array.of(tag, ...length), body);
}

/** INTEGER of big-endian unsigned bytes, minimal; no bytes stand for zero. */
export function derUnsigned(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(0x02, 1, 0);
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const body = bytes.subarray(start);
  return derElement(0x02, body[0]! >= 0x80 ? concatBytes(Uint8Array.of(0), body) : body);
}
