import { createHash } from 'node:crypto';

/** Seed of the run: from the environment, else always the same. */
export const TEST_SEED: string = process.env.CSSI_TEST_SEED ?? '5eed0001';

/** Reproducible bytes, other ones at each call; prints the seed once for each label. */
export function seededBytes(label: string): (length: number) => Uint8Array {
  console.info(`${label}: seed ${TEST_SEED}`);
  let call = 0;
  return (length) => {
    const seed = `${TEST_SEED} ${label} ${call++}`;
    return new Uint8Array(createHash('shake256', { outputLength: length }).update(seed).digest());
  };
}
