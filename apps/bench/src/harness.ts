import type { Aim, BenchRow, DirectRow, Measured, Operation } from './area.ts';
import { median, rounded, type Spread, spreadOf } from './statistics.ts';

/** How a row is measured. */
export interface HarnessOptions {
  /** Time for one row over all its contenders, in seconds. */
  readonly seconds: number;
  /** Length of one slice in milliseconds; 100 when left out. */
  readonly sliceMilliseconds?: number;
  /** Milliseconds from any start; the monotonic clock when left out. */
  readonly now?: () => number;
}

/** Result of one row; plain JSON. */
export interface RowResult {
  readonly id: string;
  readonly unit: DirectRow['unit'];
  readonly better: BenchRow['better'];
  /** Median over the slices. */
  readonly ours: number;
  readonly goal: number | null;
  /** Median of each peer. */
  readonly peers: Readonly<Record<string, number>>;
  /** Median over the rounds of ours divided by the peer's value in the same round. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly spread: { readonly ours: Spread; readonly peers: Readonly<Record<string, Spread>> };
  /** Slices for each contender. */
  readonly rounds: number;
  /** Our own aims, each with what was reached. */
  readonly aims: readonly AimResult[];
}

/** One aim and what became of it. */
export interface AimResult extends Aim {
  readonly reached: number;
  readonly met: boolean;
}

const MIN_ROUNDS = 5;

/** One contender with the number of operations between two looks at the clock. */
class Contender {
  readonly name: string;
  readonly #run: Operation;
  readonly #now: () => number;
  #batch = 1;

  constructor(name: string, run: Operation, now: () => number) {
    this.name = name;
    this.#run = run;
    this.#now = now;
  }

  /** Runs for about `milliseconds` and gives operations per second. */
  async slice(milliseconds: number): Promise<number> {
    const start = this.#now();
    let done = 0;
    for (;;) {
      for (let i = 0; i < this.#batch; i++) {
        const result = this.#run();
        // Awaiting a plain value would cost more than a small operation.
        if (result instanceof Promise) await result;
      }
      done += this.#batch;
      const elapsed = this.#now() - start;
      if (elapsed >= milliseconds) return (done * 1000) / elapsed;
      // Looks at the clock about fifty times in a slice.
      if ((elapsed / done) * this.#batch * 50 < milliseconds) this.#batch *= 2;
    }
  }
}

/** Measures one row, whichever way it is measured. */
export async function measureRow(row: BenchRow | DirectRow, options: HarnessOptions): Promise<RowResult> {
  return resultOf(row, 'measure' in row ? await row.measure(options.seconds) : await takeTurns(row, options));
}

/**
 * The contenders take turns in short slices, another one first in
 * each round, so that whatever else the machine does meets all of them alike.
 */
async function takeTurns(row: BenchRow, options: HarnessOptions): Promise<Measured> {
  const now = options.now ?? (() => performance.now());
  const slice = options.sliceMilliseconds ?? 100;
  const contenders = [
    new Contender('ours', row.ours, now),
    ...Object.entries(row.peers).map(([name, run]) => new Contender(name, run, now)),
  ];
  // One slice each that does not count: compilers and caches warm up, batches find their size.
  for (const contender of contenders) await contender.slice(slice);
  const rounds = Math.max(MIN_ROUNDS, Math.round((options.seconds * 1000) / (slice * contenders.length)));
  const values = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      if (contender === undefined) continue;
      values.get(contender.name)?.push((await contender.slice(slice)) * row.perOperation);
    }
  }
  const of = (name: string): readonly number[] => values.get(name) ?? [];
  const peers = Object.fromEntries(Object.keys(row.peers).map((name) => [name, of(name)]));
  return { ours: of('ours'), peers };
}

function resultOf(row: BenchRow | DirectRow, { ours, peers }: Measured): RowResult {
  const forPeers = <T>(make: (values: readonly number[]) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(peers).map(([name, values]) => [name, make(values)]));
  const value = rounded(median(ours));
  const ratios = forPeers((peer) =>
    rounded(median(ours.map((one, round) => one / (peer[round] ?? Number.NaN)))),
  );
  return {
    id: row.id,
    unit: row.unit,
    better: row.better,
    ours: value,
    goal: row.goal ?? null,
    peers: forPeers((peer) => rounded(median(peer))),
    ratios,
    spread: { ours: spreadOf(ours), peers: forPeers(spreadOf) },
    rounds: ours.length,
    aims: (row.aims ?? []).map((aim) => {
      const reached = aim.peer === undefined ? value : (ratios[aim.peer] ?? Number.NaN);
      return { ...aim, reached, met: row.better === 'higher' ? reached >= aim.value : reached <= aim.value };
    }),
  };
}

/** Does the value reach the goal? */
export function isMet(result: Pick<RowResult, 'ours' | 'goal' | 'better'>): boolean | undefined {
  if (result.goal === null) return undefined;
  return result.better === 'higher' ? result.ours >= result.goal : result.ours <= result.goal;
}
