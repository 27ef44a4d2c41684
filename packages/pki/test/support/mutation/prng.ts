/** Seed of the run; `CSSI_SEED` sets it. */
export const SEED: string = process.env.CSSI_SEED ?? '20261201';
/** With `CSSI_FULL=1` every mutation of every byte runs, not a sample. */
export const FULL: boolean = process.env.CSSI_FULL === '1';

/** A small generator (xorshift32), seeded by text. Not for anything but tests. */
export class Prng {
  #state = 0x9e3779b9;

  constructor(seed: string) {
    for (const character of seed) this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 0x01000193);
    if (this.#state === 0) this.#state = 1;
  }

  /** An integer from 0 up to and without `limit`. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
