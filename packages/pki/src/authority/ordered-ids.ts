/** Ids in order, of which pages are read without sorting all of them each time. */
export class OrderedIds {
  #ordered: string[] = [];
  readonly #fresh = new Set<string>();
  readonly #gone = new Set<string>();

  add(id: string): void {
    if (!this.#gone.delete(id)) this.#fresh.add(id);
  }

  remove(id: string): void {
    if (!this.#fresh.delete(id)) this.#gone.add(id);
  }

  /** The first `limit` ids that come after `after`. */
  page(after: string, limit: number): readonly string[] {
    this.#tidy();
    const found: string[] = [];
    for (let at = this.#firstAfter(after); at < this.#ordered.length && found.length < limit; at++) {
      const id = this.#ordered[at]!;
      if (!this.#gone.has(id)) found.push(id);
    }
    return found;
  }

  /** Takes new ids in at once, and those that are gone out when they are half of all. */
  #tidy(): void {
    if (this.#fresh.size === 0 && this.#gone.size * 2 <= this.#ordered.length) return;
    const kept = this.#ordered.filter((id) => !this.#gone.has(id));
    // Two runs that are nearly in order: the sort finds and merges them.
    this.#ordered = kept.concat([...this.#fresh].sort()).sort();
    this.#fresh.clear();
    this.#gone.clear();
  }

  #firstAfter(after: string): number {
    let [low, high] = [0, this.#ordered.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ordered[middle]! > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
