import { DerProblem } from '../internal/tlv.ts';

/**
 * Walks DER by offsets, without an object for each element: the general reader would make
 * millions of them for a large list, and stops at 1,024 elements.
 */
export class Scanner {
  readonly bytes: Uint8Array;
  /** Tag of the element that was read last. */
  tag = 0;
  /** Where its contents begin. */
  start = 0;
  /** Where it ends. */
  end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Reads the header of the element at `at`, which must end by `limit`. */
  read(at: number, limit: number): void {
    const { bytes } = this;
    const first = bytes[at + 1];
    if (at + 2 > limit || first === undefined) throw new DerProblem('truncated');
    this.tag = bytes[at]!;
    if ((this.tag & 0x1f) === 0x1f) throw new DerProblem('tag');
    this.start = at + 2;
    this.end = first < 0x80 ? this.start + first : this.#longLength(first & 0x7f, limit);
    if (this.end > limit) throw new DerProblem('truncated');
  }

  /** As {@link Scanner.read}, of an element that must have `tag`. */
  expect(tag: number, at: number, limit: number, what: string): void {
    if (at >= limit) throw new DerProblem(what);
    this.read(at, limit);
    if (this.tag !== tag) throw new DerProblem(what);
  }

  #longLength(count: number, limit: number): number {
    if (count === 0 || count > 3) throw new DerProblem('length');
    if (this.start + count > limit) throw new DerProblem('truncated');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.bytes[this.start++]!;
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerProblem('length');
    return this.start + length;
  }
}
