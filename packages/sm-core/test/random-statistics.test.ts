import { describe, expect, it } from 'vitest';
import { RANDOM_TESTS, type RandomTestId, SAMPLE_BYTES, testSample } from '../src/random/battery.ts';
import { popcount } from '../src/random/bits.ts';
import { CONTINUOUS_LIMITS, ContinuousTests } from '../src/random/continuous.ts';
import { TEST_SEED } from './support/seeded.ts';
import { seededStream } from './support/seeded-random.ts';

console.info(`random statistics: seed ${TEST_SEED}`);

const SAMPLES = 2000;

/** The value that a perfect source exceeds in one sample of a hundred: tables of the distributions. */
const ONE_PERCENT: Readonly<Record<string, number>> = {
  'poker-4': 30.578,
  'poker-8': 310.457,
  'runs-distribution': 29.141,
};

describe('statistics of the random tests', () => {
  const values = new Map<RandomTestId, number[]>();
  const stream = seededStream('statistics');
  let failures = 0;
  const sample = new Uint8Array(SAMPLE_BYTES);
  for (let i = 0; i < SAMPLES; i++) {
    stream(sample);
    for (const { test, value, passed } of testSample(new Uint32Array(sample.buffer))) {
      if (!passed) failures++;
      values.set(test, [...(values.get(test) ?? []), value].slice(-SAMPLES));
    }
  }
  const share = (test: RandomTestId, beyond: (value: number) => boolean) =>
    values.get(test)!.filter(beyond).length / SAMPLES;

  it('raises no false alarm in 2,000 samples [part of EDGE-013]', () => {
    expect(failures).toBe(0);
  });

  // 20 of 2,000 are expected beyond the point; 4.5 standard deviations either side.
  it.each(['monobit', 'runs-total'] as const)('%s is normal, as its false-alarm rate supposes', (test) => {
    expect(share(test, (value) => Math.abs(value) > 2.576)).toBeGreaterThan(0);
    expect(share(test, (value) => Math.abs(value) > 2.576)).toBeLessThan(0.02);
    const squares = values.get(test)!.reduce((sum, value) => sum + value ** 2, 0) / SAMPLES;
    expect(squares).toBeGreaterThan(0.85);
    expect(squares).toBeLessThan(1.15);
  });

  it.each([
    ['poker-4', 15],
    ['poker-8', 255],
    ['runs-distribution', 14],
  ] as const)('%s is chi-square of %i degrees, as its false-alarm rate supposes', (test, degrees) => {
    expect(share(test, (value) => value > ONE_PERCENT[test]!)).toBeGreaterThan(0);
    expect(share(test, (value) => value > ONE_PERCENT[test]!)).toBeLessThan(0.02);
    const mean = values.get(test)!.reduce((sum, value) => sum + value, 0) / SAMPLES;
    const deviation = Math.sqrt((2 * degrees) / SAMPLES);
    // The lengths of all runs add up to the sample, which takes a little of one degree away.
    expect(Math.abs(mean - degrees)).toBeLessThan(5 * deviation + (test === 'runs-distribution' ? 1 : 0));
  });

  it('the longest run is as rare as its false-alarm rate supposes', () => {
    // 20,480 bits: a run of 17 or more in 15.6 % of the samples, less the ones that have two.
    const found = share('longest-run', (value) => value >= 17);
    expect(found).toBeGreaterThan(0.1);
    expect(found).toBeLessThan(0.2);
  });

  it('no test alone fails a perfect source more often than once in 2^40', () => {
    for (const { falseAlarmBits } of Object.values(RANDOM_TESTS))
      expect(falseAlarmBits).toBeGreaterThanOrEqual(40);
  });
});

describe('statistics of the continuous tests', () => {
  it('raises no false alarm in 32 MiB, whatever the size of the draws [part of EDGE-013]', () => {
    const stream = seededStream('continuous');
    for (const size of [16, 256, 8192, 65_536]) {
      const tests = new ContinuousTests();
      const bytes = new Uint8Array(size);
      for (let done = 0; done < 8 << 20; done += size) {
        stream(bytes);
        if (!tests.accept(new Uint32Array(bytes.buffer))) expect.unreachable();
      }
    }
  });

  const good = (words: number): Uint32Array => {
    const bytes = new Uint8Array(words * 4);
    seededStream('words')(bytes);
    return new Uint32Array(bytes.buffer);
  };

  it('fails at the limit of equal words and not below it', () => {
    for (const [copies, passes] of [
      [CONTINUOUS_LIMITS.equalWords - 1, true],
      [CONTINUOUS_LIMITS.equalWords, false],
    ] as const) {
      const words = good(64);
      words.fill(words[21]!, 21, 21 + copies);
      expect(new ContinuousTests().accept(words)).toBe(passes);
    }
  });

  it('fails at the limit of equal bytes in a window and not below it', () => {
    for (const [copies, passes] of [
      [CONTINUOUS_LIMITS.equalBytes - 1, true],
      [CONTINUOUS_LIMITS.equalBytes, false],
    ] as const) {
      const words = good(128);
      const bytes = new Uint8Array(words.buffer);
      const first = bytes[0]!;
      bytes.forEach((byte, i) => {
        if (i > 0 && byte === first) bytes[i] = byte ^ 1;
      });
      for (let i = 0; i < copies; i++) bytes[8 + 20 * i] = first;
      expect(new ContinuousTests().accept(words)).toBe(passes);
    }
  });

  it('fails at two equal blocks in a row', () => {
    const words = good(64);
    words.copyWithin(24, 20, 24);
    expect(new ContinuousTests().accept(words)).toBe(false);
    const apart = good(64);
    apart.copyWithin(28, 20, 24);
    expect(new ContinuousTests().accept(apart)).toBe(true);
  });

  it('counts ones', () => {
    for (const [word, ones] of [
      [0, 0],
      [0xffffffff, 32],
      [0x80000001, 2],
      [0x12345678, 13],
    ] as const) {
      expect(popcount(word)).toBe(ones);
    }
  });
});
