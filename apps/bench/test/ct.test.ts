import { describe, expect, it } from 'vitest';
import { type CtTarget, measureT } from '../src/areas/ct/dudect.ts';
import { seededBytes } from '../src/areas/ct/seeded.ts';
import { percentile, Sample, welchT } from '../src/areas/ct/welch.ts';

const sampleOf = (values: readonly number[]): Sample => {
  const sample = new Sample();
  for (const value of values) sample.add(value);
  return sample;
};

const SEED = 7;
console.info(`seed ${SEED}`);

/** An operation whose time on a clock of ours is `base`, noise, and `leak` more for class A. */
function target(leak: number, noise: number, spikes = 0) {
  const bytes = seededBytes(SEED);
  let clock = 0;
  let fixed = false;
  const made: CtTarget = {
    id: 'fake',
    batch: 1,
    load(of) {
      fixed = of;
    },
    run() {
      const [first, second] = bytes(2) as unknown as [number, number];
      clock += 1 + (noise * first) / 255 + (fixed ? leak : 0) + (second < spikes ? 1000 : 0);
    },
  };
  // About 4,000 measurements either way.
  return measureT(made, spikes === 0 ? 6000 : 130_000, SEED, () => clock);
}

describe("Welch's t", () => {
  it('is what the formula says', () => {
    const a = sampleOf([1, 2, 3, 4]);
    const b = sampleOf([2, 4, 6, 8]);
    expect([a.mean, a.variance, b.mean]).toEqual([2.5, 5 / 3, 5]);
    expect(welchT(a, b)).toBeCloseTo(-2.5 / Math.sqrt(5 / 3 / 4 + 20 / 3 / 4), 12);
  });

  it('is nothing for equal constants and without limit for unequal ones', () => {
    expect(welchT(sampleOf([3, 3]), sampleOf([3, 3]))).toBe(0);
    expect(welchT(sampleOf([3, 3]), sampleOf([4, 4]))).toBe(Number.POSITIVE_INFINITY);
  });

  it('is not a number where there is too little to compare', () => {
    expect(welchT(sampleOf([1]), sampleOf([2]))).toBeNaN();
  });

  it('takes percentiles by rank', () => {
    expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(percentile([5, 1, 4, 2, 3], 1)).toBe(5);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('the leakage test [part of CC-009]', () => {
  it('finds a difference a tenth as large as the noise', () => {
    expect(target(0.1, 1)).toBeGreaterThan(4.5);
  });

  it('finds it below interruptions that are a thousand times longer', () => {
    expect(target(0.1, 1, 8)).toBeGreaterThan(4.5);
  });

  it('finds nothing where there is nothing', () => {
    expect(target(0, 1)).toBeLessThan(4.5);
    expect(target(0, 1, 8)).toBeLessThan(4.5);
  });
});
