/** Seed of a test run; CSSI_TEST_SEED in hex replaces it. */
export const seedOf = (fallback: string): number =>
  Number.parseInt(process.env.CSSI_TEST_SEED ?? fallback, 16);

/** xorshift32: small, and the same on every machine. */
export function numbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
