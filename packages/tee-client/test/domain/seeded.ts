/** Numbers that come again with the same seed; the seed is shown when a test fails. */
export interface Seeded {
  below(limit: number): number;
  bytes(length: number): Uint8Array;
}

export function seeded(name: string): Seeded {
  const seed = process.env.TEST_SEED ?? '2026-11';
  console.info(`seed of "${name}": ${seed} (TEST_SEED)`);
  let state = [...`${seed} ${name}`].reduce(
    (hash, c) => Math.imul(hash ^ c.charCodeAt(0), 16777619),
    2166136261,
  );
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, bytes: (length) => Uint8Array.from({ length }, () => below(256)) };
}
