import type { StoreFile } from './store-files.ts';

const WINDOW_BYTES = 65_536;

/** Reads a file from front to back in larger pieces. */
export class ReadWindow {
  readonly #file: StoreFile;
  readonly #buffer = new Uint8Array(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  /** `length` bytes from `position` on, or fewer at the end; valid until the next call. */
  upTo(position: number, length: number): Uint8Array {
    if (length > WINDOW_BYTES) {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, this.#file.read(position, bytes));
    }
    if (position < this.#start || position + length > this.#start + this.#length) {
      this.#start = position;
      this.#length = this.#file.read(position, this.#buffer);
    }
    const at = position - this.#start;
    return this.#buffer.subarray(at, Math.min(at + length, this.#length));
  }
}
