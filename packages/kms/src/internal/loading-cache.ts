interface Entry<V> {
  readonly value: V;
  readonly expires: number;
}

/** Options of a {@link LoadingCache}. */
export interface LoadingCacheOptions<V> {
  /** Most entries; the one used longest ago goes first. */
  readonly capacity: number;
  readonly maxAgeMilliseconds: number;
  readonly now: () => number;
  /** Called once for each value that leaves the cache or never got in. */
  readonly dispose: (value: V) => void;
}

/**
 * A bounded cache, least recently used goes first, with one load at a time per name.
 *
 * `get` is synchronous and a value is only used in the same turn: so no value is disposed
 * of while it works. A load that overlaps an invalidation is thrown away, so that what was
 * read before a change is never cached after it.
 */
export class LoadingCache<V> {
  readonly #options: LoadingCacheOptions<V>;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #loads = new Map<string, Promise<void>>();
  #epoch = 0;

  constructor(options: LoadingCacheOptions<V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value, or `undefined`; use it in this turn and do not keep it. */
  get(name: string): V | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    if (entry.expires <= this.#options.now()) {
      this.drop(name);
      return undefined;
    }
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** Loads the value, or joins the load that is under way; `get` afterwards. */
  load(name: string, loader: () => Promise<V>): Promise<void> {
    const running = this.#loads.get(name);
    if (running !== undefined) return running;
    const epoch = this.#epoch;
    const load = (async () => {
      const value = await loader();
      if (epoch === this.#epoch) this.#put(name, value);
      else this.#options.dispose(value);
    })().finally(() => {
      if (this.#loads.get(name) === load) this.#loads.delete(name);
    });
    this.#loads.set(name, load);
    return load;
  }

  #put(name: string, value: V): void {
    this.drop(name);
    this.#entries.set(name, { value, expires: this.#options.now() + this.#options.maxAgeMilliseconds });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.capacity) break;
      this.drop(oldest);
    }
  }

  /** Disposes of one value. */
  drop(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#options.dispose(entry.value);
  }

  /** Disposes of every value whose name starts with `prefix`, and voids the loads under way. */
  invalidate(prefix: string): void {
    this.#epoch++;
    this.#loads.clear();
    for (const name of [...this.#entries.keys()]) if (name.startsWith(prefix)) this.drop(name);
  }
}
