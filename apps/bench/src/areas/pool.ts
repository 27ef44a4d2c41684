import { randomBytes, Secret, sm2 } from '@cssi/sm-core';
import { createSmPool, type SmPool } from '@cssi/sm-core/pool';
import type { BenchArea, DirectRow, Measured } from '../area.ts';
import { agree } from './agree.ts';

const TASKS = 24;
const MESSAGES = 200;
const PIECE_BYTES = 1 << 20;
const ROUNDS = 9;

/** Milliseconds of `TASKS` tasks that are under way together. */
async function time(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.all(Array.from({ length: TASKS }, task));
  return performance.now() - start;
}

/** Times of one thread divided by those of two, turn about: how much the second one gives. */
function speedUp(
  id: string,
  pools: readonly [SmPool, SmPool],
  task: (pool: SmPool) => Promise<unknown>,
): DirectRow {
  const [one, two] = pools;
  return {
    id,
    unit: 'times',
    better: 'higher',
    goal: 1.6,
    requirements: ['EDGE-028'],
    async measure(): Promise<Measured> {
      await time(() => task(one));
      await time(() => task(two));
      const ours: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const alone = await time(() => task(one));
        ours.push(alone / (await time(() => task(two))));
      }
      return { ours, peers: {} };
    },
  };
}

/** What a second thread gives: signatures, and sealing of 1 MiB pieces that are copied in. */
export const poolArea: BenchArea = {
  name: 'pool',
  summary: 'gain of a second worker thread',
  prepare: async () => {
    const pools = [1, 2].map((workers) => createSmPool({ workers, queue: TASKS })) as [SmPool, SmPool];
    const pair = sm2.generateKeyPair();
    const messages = Array.from({ length: MESSAGES }, () => randomBytes(64));
    const key = Secret.random(16);
    const piece = randomBytes(PIECE_BYTES);
    const results = await pools[1].sm2SignMany(pair, messages, { keep: true });
    agree(results.length === MESSAGES && results.every(({ ok }) => ok), 'signing on the pool');
    return {
      rows: [
        speedUp('pool.sm2-sign', pools, (pool) => pool.sm2SignMany(pair, messages, { keep: true })),
        speedUp('pool.sm4-gcm-seal', pools, (pool) =>
          pool.sm4GcmSeal(key, randomBytes(12), piece, new Uint8Array(0), { keep: true }),
        ),
        speedUp('pool.sm3', pools, (pool) => pool.sm3(piece, { keep: true })),
      ],
      close: async () => {
        await Promise.all(pools.map((pool) => pool.close()));
      },
    };
  },
};
