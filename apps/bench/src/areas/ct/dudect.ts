import { percentile, Sample, welchT } from './welch.ts';

/** Something whose time must not depend on a secret. */
export interface CtTarget {
  readonly id: string;
  /** Operations inside one look at the clock; more for short ones. */
  readonly batch: number;
  /**
   * Puts the secret of class A (the same each time) or of class B (a random one) where `run`
   * takes it from. Not timed. Both classes use the same memory: with arrays of their own,
   * their places alone would tell them apart, and the test finds that.
   */
  load(fixed: boolean): void;
  run(): unknown;
}

/**
 * Shares of the slowest measurements that are thrown away before each comparison: an
 * interrupt or a collection of garbage hides what the operation itself takes.
 */
const CROPS = [1, 0.95, 0.8, 0.5];

/** xorshift32: the order of the classes must be random, not secret. */
function coin(seed: number): () => boolean {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state & 1) === 1;
  };
}

/**
 * One round: measures both classes in random order and gives the largest |t| over the
 * crops.
 */
export function measureT(
  target: CtTarget,
  milliseconds: number,
  seed: number,
  now: () => number = () => performance.now(),
): number {
  const { batch } = target;
  const isA = coin(seed);
  const times: number[] = [];
  const classes: boolean[] = [];
  const end = now() + milliseconds;
  while (now() < end || times.length < 100) {
    const fixed = isA();
    target.load(fixed);
    const start = now();
    for (let n = 0; n < batch; n++) target.run();
    times.push(now() - start);
    classes.push(fixed);
  }
  const values = CROPS.map((share) => Math.abs(croppedT(times, classes, share)));
  // A crop that leaves a class without two measurements says nothing.
  return Math.max(0, ...values.filter((value) => !Number.isNaN(value)));
}

function croppedT(times: readonly number[], classes: readonly boolean[], share: number): number {
  const limit = share === 1 ? Number.POSITIVE_INFINITY : percentile(times, share);
  const [sampleA, sampleB] = [new Sample(), new Sample()];
  for (const [i, time] of times.entries()) if (time <= limit) (classes[i] ? sampleA : sampleB).add(time);
  return welchT(sampleA, sampleB);
}
