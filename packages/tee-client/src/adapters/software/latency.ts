/** Calls that count for the figures. */
const WINDOW = 1024;

/** The latest call times of one application, in microseconds. */
export class LatencyRing {
  readonly #times = new Float64Array(WINDOW);
  #count = 0;

  add(microseconds: number): void {
    this.#times[this.#count++ % WINDOW] = microseconds;
  }

  /** Undefined before the first call. */
  figures(): { readonly median: number; readonly p99: number; readonly max: number } | undefined {
    const size = Math.min(this.#count, WINDOW);
    if (size === 0) return undefined;
    const sorted = this.#times.slice(0, size).sort();
    // Nearest rank.
    const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * size) - 1)] ?? 0;
    return { median: at(0.5), p99: at(0.99), max: at(1) };
  }
}
