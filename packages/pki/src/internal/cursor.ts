import { DerProblem, expectTag, readAll, type Tlv } from './tlv.ts';

/** Walks the elements of a SEQUENCE whose parts may be left out. */
export class Cursor {
  readonly #elements: readonly Tlv[];
  #at = 0;

  constructor(contents: Uint8Array) {
    this.#elements = readAll(contents);
  }

  /** The next element, which stays. */
  peek(): Tlv | undefined {
    return this.#elements[this.#at];
  }

  /** The next element whatever it is. */
  next(what: string): Tlv {
    const element = this.#elements[this.#at++];
    if (element === undefined) throw new DerProblem(what);
    return element;
  }

  /** The next element, which must have `tag`. */
  take(tag: number, what: string): Tlv {
    return expectTag(this.#elements[this.#at++], tag, what);
  }

  /** The next element when it has `tag`. */
  maybe(tag: number): Tlv | undefined {
    const element = this.#elements[this.#at];
    if (element?.tag !== tag) return undefined;
    this.#at++;
    return element;
  }

  /** All elements that are left. */
  rest(): readonly Tlv[] {
    const left = this.#elements.slice(this.#at);
    this.#at = this.#elements.length;
    return left;
  }

  /** Nothing must be left. */
  end(what: string): void {
    if (this.#at < this.#elements.length) throw new DerProblem(what);
  }
}
