import type { Measured } from '../../area.ts';
import { median } from '../../statistics.ts';

const SLICES = 9;
const WARM_UP = 2_000;

/** Median time of one call in microseconds. */
async function slice(call: () => Promise<unknown>, milliseconds: number): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const start = process.hrtime.bigint();
    await call();
    times.push(Number(process.hrtime.bigint() - start) / 1_000);
  }
  return median(times);
}

/**
 * Medians of single calls, one after another, in microseconds: the contenders take turns, so that
 * what else the machine does meets all of them alike.
 */
export async function latencies(
  seconds: number,
  ours: () => Promise<unknown>,
  peers: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Measured> {
  const all = [ours, ...Object.values(peers)];
  for (const call of all) for (let i = 0; i < WARM_UP; i++) await call();
  const milliseconds = Math.max(20, (seconds * 1_000) / (SLICES * all.length));
  const columns = all.map((): number[] => []);
  for (let round = 0; round < SLICES; round++) {
    for (let i = 0; i < all.length; i++) {
      const at = (i + round) % all.length;
      columns[at]!.push(await slice(all[at]!, milliseconds));
    }
  }
  const [first = [], ...rest] = columns;
  return {
    ours: first,
    peers: Object.fromEntries(Object.keys(peers).map((name, i) => [name, rest[i] ?? []])),
  };
}

/** The first contender's values as multiples of the second's, slice by slice. */
export function ratios({ ours, peers }: Measured): Measured {
  const [below = []] = Object.values(peers);
  return { ours: ours.map((value, i) => value / (below[i] ?? Number.NaN)), peers: {} };
}
