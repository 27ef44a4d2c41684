import { describe, expect, it } from 'vitest';
import {
  EPSILON_UNITS,
  gaussianNoise,
  gaussianVariance,
  laplaceNoise,
  split,
} from '../../src/trusted-applications/confidential-query/noise.ts';
import { floorSqrt, Sampler } from '../../src/trusted-applications/confidential-query/sampling.ts';
import { seededRandom } from './support.ts';

const SEED = 'exact noise 1';
console.info(`noise: seed ${SEED}`);
const sampler = (name: string) => new Sampler(seededRandom(`${SEED} ${name}`));

/** How often each value of `low` to `high` came, the rest in two tails. */
function histogram(count: number, low: number, high: number, draw: () => bigint): number[] {
  const out = new Array<number>(high - low + 3).fill(0);
  for (let i = 0; i < count; i++) {
    const value = Number(draw());
    const at = value < low ? 0 : value > high ? out.length - 1 : value - low + 1;
    out[at] = (out[at] ?? 0) + 1;
  }
  return out;
}

function chiSquare(observed: readonly number[], probabilities: readonly number[]): number {
  const count = observed.reduce((a, b) => a + b, 0);
  return observed.reduce((sum, n, i) => {
    const expected = count * (probabilities[i] ?? 0);
    return sum + (n - expected) ** 2 / expected;
  }, 0);
}

/** What chi-square of so many degrees of freedom exceeds once in a hundred thousand times (Wilson–Hilferty). */
const limit = (degrees: number): number =>
  degrees * (1 - 2 / (9 * degrees) + 4.265 * Math.sqrt(2 / (9 * degrees))) ** 3;

/** Probabilities of `low` to `high` and the tails, of weights over the integers. */
function probabilities(low: number, high: number, weight: (x: number) => number): number[] {
  const reach = 2000;
  let total = 0;
  for (let x = -reach; x <= reach; x++) total += weight(x);
  const out = new Array<number>(high - low + 3).fill(0);
  for (let x = -reach; x <= reach; x++) {
    const at = x < low ? 0 : x > high ? out.length - 1 : x - low + 1;
    out[at] = (out[at] ?? 0) + weight(x) / total;
  }
  return out;
}

const COUNT = 40_000;

describe('exact samples [part of CC-016]', () => {
  it('are uniform below bounds that are no powers of two', () => {
    const source = sampler('uniform');
    for (const bound of [1n, 2n, 3n, 5n, 10n, 256n, 257n]) {
      const observed = new Array<number>(Number(bound)).fill(0);
      for (let i = 0; i < COUNT; i++) {
        const value = Number(source.uniform(bound));
        observed[value] = (observed[value] ?? 0) + 1;
      }
      expect(observed).toHaveLength(Number(bound));
      const expected = observed.map(() => 1 / Number(bound));
      expect(chiSquare(observed, expected)).toBeLessThan(limit(Math.max(1, Number(bound) - 1)) + 1e-9);
    }
  });

  it.each([
    [0n, 1n],
    [1n, 3n],
    [1n, 1n],
    [5n, 2n],
    [7n, 1n],
  ])('give Bernoulli(exp(-%s/%s))', (numerator, denominator) => {
    const source = sampler(`exp ${numerator}/${denominator}`);
    let hits = 0;
    for (let i = 0; i < COUNT; i++) if (source.bernoulliExp({ numerator, denominator })) hits++;
    const p = Math.exp(-Number(numerator) / Number(denominator));
    expect(Math.abs(hits - COUNT * p)).toBeLessThanOrEqual(4.5 * Math.sqrt(COUNT * p * (1 - p)) + 1e-9);
  });

  it.each([
    [1n, 2n],
    [1n, 1n],
    [3n, 1n],
    [10n, 3n],
    [20n, 1n],
  ])('follow the discrete Laplace distribution of scale %s/%s', (numerator, denominator) => {
    const scale = Number(numerator) / Number(denominator);
    const reach = Math.ceil(4 * scale);
    const source = sampler(`laplace ${scale}`);
    const observed = histogram(COUNT, -reach, reach, () =>
      source.discreteLaplace({ numerator, denominator }),
    );
    const expected = probabilities(-reach, reach, (x) => Math.exp(-Math.abs(x) / scale));
    expect(chiSquare(observed, expected)).toBeLessThan(limit(2 * reach + 2));
  });

  it.each([
    [1n, 4n],
    [1n, 1n],
    [9n, 1n],
    [101n, 4n],
    [400n, 1n],
  ])('follow the discrete Gaussian distribution of variance parameter %s/%s', (numerator, denominator) => {
    const variance = Number(numerator) / Number(denominator);
    const reach = Math.max(1, Math.ceil(2.5 * Math.sqrt(variance)));
    const source = sampler(`gaussian ${variance}`);
    const observed = histogram(COUNT, -reach, reach, () =>
      source.discreteGaussian({ numerator, denominator }),
    );
    const expected = probabilities(-reach, reach, (x) => Math.exp((-x * x) / (2 * variance)));
    expect(chiSquare(observed, expected)).toBeLessThan(limit(2 * reach + 2));
  });

  it('would be told from noise of another scale by the same test', () => {
    const source = sampler('wrong scale');
    const observed = histogram(COUNT, -12, 12, () =>
      source.discreteLaplace({ numerator: 3n, denominator: 1n }),
    );
    const wrong = probabilities(-12, 12, (x) => Math.exp(-Math.abs(x) / 3.2));
    expect(chiSquare(observed, wrong)).toBeGreaterThan(limit(26));
    // A continuous Laplace variable, rounded, is another distribution too.
    const rounded = probabilities(-12, 12, (x) =>
      x === 0
        ? 1 - Math.exp(-1 / 6)
        : 0.5 * (Math.exp((0.5 - Math.abs(x)) / 3) - Math.exp((-0.5 - Math.abs(x)) / 3)),
    );
    expect(chiSquare(observed, rounded)).toBeGreaterThan(limit(26));
  });

  it('use nothing but the randomness they are given', () => {
    const draw = () => {
      const source = sampler('twice');
      return Array.from({ length: 50 }, () => source.discreteGaussian({ numerator: 25n, denominator: 2n }));
    };
    expect(draw()).toEqual(draw());
  });

  it('take square roots of integers down', () => {
    for (let i = 0n; i < 2000n; i++) {
      const root = floorSqrt(i);
      expect(root * root <= i && (root + 1n) * (root + 1n) > i).toBe(true);
    }
    const big = 10n ** 40n;
    expect(floorSqrt(big * big - 1n)).toBe(big - 1n);
  });
});

describe('parameters of noise', () => {
  it('scale Laplace noise by sensitivity over epsilon', () => {
    const source = sampler('scale');
    const noise = laplaceNoise(4n, 2 * EPSILON_UNITS);
    const observed = histogram(COUNT, -8, 8, () => noise.sample(source));
    expect(
      chiSquare(
        observed,
        probabilities(-8, 8, (x) => Math.exp(-Math.abs(x) / 2)),
      ),
    ).toBeLessThan(limit(18));
  });

  it.each([
    [0.1, 1e-6],
    [0.5, 1e-9],
    [1, 1e-6],
    [5, 1e-12],
  ])('give the Gaussian no less than epsilon %d and delta %d ask for', (epsilon, delta) => {
    const { numerator, denominator } = gaussianVariance(epsilon * EPSILON_UNITS, Math.round(delta * 1e12));
    const rho = Number(denominator) / (2 * Number(numerator));
    const reached = rho + 2 * Math.sqrt(rho * Math.log(1 / delta));
    expect(reached).toBeLessThanOrEqual(epsilon * (1 + 1e-12));
    expect(reached).toBeGreaterThan(epsilon * 0.9999);
  });

  it('meet (epsilon, delta) with the exact tail of the discrete Gaussian, not only by the bound', () => {
    const [epsilon, delta] = [1, 1e-6];
    const { numerator, denominator } = gaussianVariance(EPSILON_UNITS, 1e6);
    const variance = Number(numerator) / Number(denominator);
    // delta(epsilon) = sum over x of max(0, P(x) - e^epsilon P(x - 1)): counts that differ by one.
    const weight = (x: number) => Math.exp((-x * x) / (2 * variance));
    let [total, excess] = [0, 0];
    for (let x = -2000; x <= 2000; x++) total += weight(x);
    for (let x = -2000; x <= 2000; x++) {
      excess += Math.max(0, weight(x) - Math.exp(epsilon) * weight(x - 1)) / total;
    }
    expect(excess).toBeLessThanOrEqual(delta);
  });

  it.each([
    ['laplace', laplaceNoise(2n, EPSILON_UNITS)],
    ['gaussian', gaussianNoise(2n, EPSILON_UNITS, 1e6)],
  ] as const)('put the %s threshold where noise comes once in a thousand times at most', (name, noise) => {
    const source = sampler(`margin ${name}`);
    let above = 0;
    for (let i = 0; i < COUNT; i++) if (noise.sample(source) >= BigInt(noise.margin)) above++;
    // 40 expected at most; 70 is beyond what chance gives.
    expect(above).toBeLessThan(70);
    expect(above).toBeGreaterThan(0);
  });

  it('split a budget without losing a unit of it', () => {
    const [a, b] = split({ epsilon: 1_000_001, delta: 3 });
    expect(a.epsilon + b.epsilon).toBe(1_000_001);
    expect(a.delta + b.delta).toBe(3);
  });
});
