/** Every so many waits the longest window is tried again. */
const PROBE = 32;

/**
 * How long it is worth to look for an answer before sleeping. Where looking does not pay (a call that
 * takes long; fewer processors than threads, so that looking keeps the other side from running) the
 * window shrinks.
 */
export class SpinWindow {
  readonly #longest: number;
  readonly #shortest: number;
  #now: number;
  #waits = 0;

  /** Both in milliseconds. */
  constructor(longest: number, shortest: number) {
    this.#longest = longest;
    this.#shortest = shortest;
    this.#now = longest;
  }

  /** For the wait that begins. */
  next(): number {
    return ++this.#waits % PROBE === 0 ? this.#longest : this.#now;
  }

  found(): void {
    this.#now = this.#longest;
  }

  missed(): void {
    this.#now = Math.max(this.#now / 2, this.#shortest);
  }
}
