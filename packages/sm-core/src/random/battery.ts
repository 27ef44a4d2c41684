import { deviation, popcount } from './bits.ts';

/** Bytes of the sample of a start-up, periodic or on-demand test: 262,144 bits. */
export const SAMPLE_BYTES = 32_768;
/** So much of it is looked at run by run, which is slow: 20,480 bits. */
const RUNS_WORDS = 640;

/** Name of one statistical test. */
export type RandomTestId =
  | 'monobit'
  | 'poker-4'
  | 'poker-8'
  | 'runs-total'
  | 'runs-distribution'
  | 'longest-run'
  | 'repeated-block';

/** Where the statistic of a test must lie. */
export interface RandomTestLimits {
  /** What the statistic is and how it is distributed for a perfect source. */
  readonly statistic: string;
  readonly low: number;
  readonly high: number;
  /** -log2 of the chance that a perfect source fails this test. */
  readonly falseAlarmBits: number;
}

/** Runs of this length and longer are counted together. */
const LONG_RUN = 8;

/**
 * Tests and limits. Each test fails a perfect source at most once in 2^40 samples, all of
 * them together less than once in 2^37: with a sample for each 4 MiB handed out and
 * 40,000 SM2 signatures a second a false alarm in more than 10,000 years.
 *
 * @standard GM/T 0005-2021 (single-bit frequency, poker, runs total, runs distribution, longest run in
 * a block; the limits are ours, for use at start-up and not for an assessment)
 */
export const RANDOM_TESTS: Readonly<Record<RandomTestId, RandomTestLimits>> = {
  monobit: {
    statistic: 'ones: standard deviations from the middle, normal',
    low: -7.5,
    high: 7.5,
    falseAlarmBits: 43,
  },
  'poker-4': {
    statistic: 'halves of bytes: chi-square, 15 degrees',
    low: 0.163,
    high: 91.9,
    falseAlarmBits: 40,
  },
  'poker-8': { statistic: 'bytes: chi-square, 255 degrees', low: 125.3, high: 451.1, falseAlarmBits: 40 },
  'runs-total': {
    statistic: 'number of runs: standard deviations from what the ones let expect, normal',
    low: -7.5,
    high: 7.5,
    falseAlarmBits: 43,
  },
  'runs-distribution': {
    statistic: 'runs of ones and of zeros by length, 1 to 8: chi-square, 14 degrees',
    low: 0.117,
    high: 89.6,
    falseAlarmBits: 40,
  },
  'longest-run': {
    statistic: 'longest run of equal bits: one of length L or longer has the chance 2^(14.3-L)',
    low: 1,
    high: 54,
    falseAlarmBits: 40,
  },
  'repeated-block': { statistic: 'blocks of 16 bytes seen before', low: 0, high: 0, falseAlarmBits: 107 },
};

/** One test's statistic on one sample. */
export interface RandomTestResult {
  readonly test: RandomTestId;
  readonly value: number;
  readonly passed: boolean;
}

function chiSquare(counts: Uint32Array, expected: number): number {
  let sum = 0;
  for (const count of counts) sum += (count - expected) ** 2 / expected;
  return sum;
}

interface RunCounts {
  /** How often each length occurs, for runs of zeros and of ones. */
  readonly runs: readonly Uint32Array[];
  readonly longest: number;
  /** All runs. */
  readonly total: number;
  /** Bits that are one. */
  readonly ones: number;
}

/** Runs in the first {@link RUNS_WORDS} words. */
function countRuns(words: Uint32Array): RunCounts {
  const runs = [new Uint32Array(LONG_RUN + 1), new Uint32Array(LONG_RUN + 1)] as const;
  let bit = words[0]! & 1;
  let before = bit;
  let start = 0;
  let longest = 0;
  let total = 0;
  let ones = 0;
  for (let i = 0; i <= RUNS_WORDS; i++) {
    // A one wherever a bit differs from the one before it; the end of the bits ends a run as well.
    let changes = i < RUNS_WORDS ? words[i]! ^ ((words[i]! << 1) | before) : 1;
    before = words[i]! >>> 31;
    while (changes !== 0) {
      const end = i * 32 + 31 - Math.clz32(changes & -changes);
      const length = end - start;
      runs[bit as 0 | 1][Math.min(length, LONG_RUN)]!++;
      longest = Math.max(longest, length);
      total++;
      if (bit === 1) ones += length;
      start = end;
      bit ^= 1;
      changes &= changes - 1;
    }
  }
  return { runs, longest, total, ones };
}

/** χ² of the run lengths, given how many runs of ones and of zeros there are. */
function runsDistribution(runs: readonly Uint32Array[]): number {
  let sum = 0;
  for (const counts of runs) {
    const total = counts.reduce((all, count) => all + count, 0);
    for (let length = 1; length <= LONG_RUN; length++) {
      const expected = total / 2 ** Math.min(length, LONG_RUN - 1);
      sum += (counts[length]! - expected) ** 2 / Math.max(expected, Number.MIN_VALUE);
    }
  }
  return sum;
}

/** How many blocks of 16 bytes equal an earlier one. */
function repeatedBlocks(words: Uint32Array): number {
  // Open addressing by the low bits of the first word; places count from one, zero is free.
  const places = new Uint16Array(words.length);
  let repeated = 0;
  for (let at = 0; at < words.length; at += 4) {
    let place = words[at]! % places.length;
    while (places[place] !== 0 && !sameBlock(words, at, (places[place]! - 1) * 4)) {
      place = (place + 1) % places.length;
    }
    if (places[place] !== 0) repeated++;
    places[place] = at / 4 + 1;
  }
  return repeated;
}

function sameBlock(words: Uint32Array, a: number, b: number): boolean {
  for (let i = 0; i < 4; i++) if (words[a + i] !== words[b + i]) return false;
  return true;
}

/** How often each byte occurs. */
function countBytes(words: Uint32Array): Uint32Array {
  const bytes = new Uint32Array(256);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    bytes[word & 0xff]!++;
    bytes[(word >>> 8) & 0xff]!++;
    bytes[(word >>> 16) & 0xff]!++;
    bytes[word >>> 24]!++;
  }
  return bytes;
}

/** Standard deviations of the number of runs from what the ones let expect: 2·n·π·(1-π). */
function runsTotal({ total, ones }: RunCounts): number {
  const bits = RUNS_WORDS * 32;
  const share = ones / bits;
  const spread = 2 * Math.sqrt(bits) * share * (1 - share);
  return spread === 0 ? -bits : (total - 2 * bits * share * (1 - share)) / spread;
}

/**
 * The statistical tests over one sample, which must not be used for anything afterwards:
 * they index tables by its bytes.
 *
 * @param words - {@link SAMPLE_BYTES} bytes, the least significant bit of a word first
 */
export function testSample(words: Uint32Array): readonly RandomTestResult[] {
  const bits = words.length * 32;
  const bytes = countBytes(words);
  const halves = new Uint32Array(16);
  let ones = 0;
  bytes.forEach((count, byte) => {
    halves[byte >> 4]! += count;
    halves[byte & 15]! += count;
    ones += count * popcount(byte);
  });
  const runs = countRuns(words);
  const values: Readonly<Record<RandomTestId, number>> = {
    monobit: deviation(ones, bits),
    'poker-4': chiSquare(halves, bits / 64),
    'poker-8': chiSquare(bytes, words.length / 64),
    'runs-total': runsTotal(runs),
    'runs-distribution': runsDistribution(runs.runs),
    'longest-run': runs.longest,
    'repeated-block': repeatedBlocks(words),
  };
  return (Object.keys(RANDOM_TESTS) as RandomTestId[]).map((test) => {
    const { low, high } = RANDOM_TESTS[test];
    return { test, value: values[test], passed: values[test] >= low && values[test] <= high };
  });
}
