import { percentile, Sample, welchT } from './welch.ts';

/** Something whose time must not depend on its input. */
export interface CtTarget<Input = unknown> {
  readonly id: string;
  /** Operations inside one look at the clock; more for short ones. */
  readonly batch: number;
  /** Inputs of class A, which all have the same secret value, and of class B, with random ones. */
  readonly a: readonly Input[];
  readonly b: readonly Input[];
  run(input: Input): unknown;
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
 * crops. Both classes hold as many inputs at as many addresses, so that caches treat
 * them alike.
 */
export function measureT(
  target: CtTarget,
  milliseconds: number,
  seed: number,
  now: () => number = () => performance.now(),
): number {
  const { a, b, batch } = target;
  const isA = coin(seed);
  const times: number[] = [];
  const classes: boolean[] = [];
  const end = now() + milliseconds;
  for (let i = 0; now() < end || times.length < 100; i++) {
    const fromA = isA();
    const input = (fromA ? a : b)[i % a.length];
    const start = now();
    for (let n = 0; n < batch; n++) target.run(input);
    times.push(now() - start);
    classes.push(fromA);
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
