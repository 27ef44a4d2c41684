/**
 * Things that were read, by the bytes they were read from, so that the same bytes are not read again. The one
 * unused longest goes first. It spares work and is believed for nothing: what is kept depends on its key alone.
 *
 * @internal
 */
export class Kept<T> {
  readonly #most: number;
  readonly #items = new Map<string, T>();

  /** @param most - how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  /** Keeps `item`, or notes that it is in use. */
  put(key: string, item: T): T {
    this.#items.delete(key);
    this.#items.set(key, item);
    for (const oldest of this.#items.keys()) {
      if (this.#items.size <= this.#most) break;
      this.#items.delete(oldest);
    }
    return item;
  }

  /** What is kept for `key`, or what `read` gives. */
  take(key: string, read: () => T): T {
    return this.put(key, this.#items.get(key) ?? read());
  }
}

/** A key for {@link Kept}: a character for each byte. @internal */
export const bytesKey = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
