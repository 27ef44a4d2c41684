import type { BenchArea, DirectRow } from '../area.ts';
import { type CtTarget, measureT } from './ct/dudect.ts';
import { ctTargets } from './ct/targets.ts';

/** Usual threshold of leakage tests: 4.5 standard errors. */
const THRESHOLD = 4.5;
const ROUNDS = 7;
const SEED = 20_261_121;

const row = (target: CtTarget, better: 'lower' | 'higher'): DirectRow => ({
  id: target.id,
  unit: '|t|',
  better,
  aims: [{ value: THRESHOLD }],
  ...(better === 'lower' ? { goal: THRESHOLD, requirements: ['CC-009'] } : {}),
  async measure(seconds) {
    const milliseconds = (seconds * 1000) / (ROUNDS + 1);
    measureT(target, milliseconds, SEED); // warms up; does not count
    const ours: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) ours.push(measureT(target, milliseconds, SEED + round));
    return { ours, peers: {} };
  },
});

/**
 * Does time depend on secrets? Each row compares the times of a fixed secret with those
 * of random ones (Welch's t, the method of dudect). The value is the median |t| of seven
 * rounds: a leak shows in every round, an accident of the machine in few. The controls
 * leak on purpose and must come out above the threshold.
 */
export const ctArea: BenchArea = {
  name: 'ct',
  summary: 'whether the time of an operation depends on a secret',
  prepare: async () => {
    const { ours, controls } = ctTargets(SEED);
    return { rows: [...controls.map((one) => row(one, 'higher')), ...ours.map((one) => row(one, 'lower'))] };
  },
};
