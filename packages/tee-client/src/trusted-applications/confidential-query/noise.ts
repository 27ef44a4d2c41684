import type { Mechanism, PrivacyBudget } from '../../spec/v1/query-types.ts';
import type { Fraction, Sampler } from './sampling.ts';

/** Epsilon is counted in millionths, delta in units of 10^-12. */
export const EPSILON_UNITS = 1_000_000;
export const DELTA_UNITS = 1e12;
/** A cell with too few persons passes the threshold at most this often: once in so many. */
const SUPPRESSION_ODDS = 1_000;
const RHO_BITS = 30;

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

function fraction(numerator: bigint, denominator: bigint): Fraction {
  const divisor = gcd(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

const toNumber = ({ numerator, denominator }: Fraction): number => Number(numerator) / Number(denominator);

/**
 * Noise for one vector of integers: adding it to each makes the vector (epsilon, delta)-differentially
 * private when one person more or less changes it by at most `sensitivity` in the 1-norm.
 */
export interface Noise {
  sample(sampler: Sampler): bigint;
  /** Smallest m with P(noise >= m) below 1 / {@link SUPPRESSION_ODDS}, or a little above it. */
  readonly margin: number;
}

/** Discrete Laplace of scale sensitivity / epsilon: epsilon-differentially private. */
export function laplaceNoise(sensitivity: bigint, epsilon: number): Noise {
  const scale = fraction(sensitivity * BigInt(EPSILON_UNITS), BigInt(epsilon));
  return {
    sample: (sampler) => sampler.discreteLaplace(scale),
    // P(x >= m) = a^m / (1 + a) < a^m with a = exp(-1 / scale).
    margin: Math.ceil(toNumber(scale) * Math.log(SUPPRESSION_ODDS)),
  };
}

/**
 * Variance per unit of squared sensitivity. The largest rho with rho + 2 sqrt(rho ln(1/delta)) = epsilon
 * makes rho-zCDP (epsilon, delta)-DP, and variance sensitivity² / (2 rho) gives rho-zCDP. The
 * parameter does not depend on data, so floating point is safe here; it is rounded up.
 *
 * @see Bun, Steinke: Concentrated Differential Privacy, TCC 2016, Proposition 1.3; Canonne, Kamath,
 * Steinke 2020, Theorem 14
 */
export function gaussianVariance(epsilon: number, delta: number): Fraction {
  const e = epsilon / EPSILON_UNITS;
  const l = Math.log(DELTA_UNITS / delta);
  // sqrt(l + e) - sqrt(l), without the loss of subtracting near numbers.
  const root = e / (Math.sqrt(l + e) + Math.sqrt(l));
  const perUnit = (1 / (2 * root * root)) * (1 + 1e-9);
  return fraction(BigInt(Math.ceil(perUnit * 2 ** RHO_BITS)), 1n << BigInt(RHO_BITS));
}

/** Discrete Gaussian; `sensitivity` in the 2-norm, which the 1-norm bounds. */
export function gaussianNoise(sensitivity: bigint, epsilon: number, delta: number): Noise {
  const unit = gaussianVariance(epsilon, delta);
  const variance = fraction(unit.numerator * sensitivity * sensitivity, unit.denominator);
  return {
    sample: (sampler) => sampler.discreteGaussian(variance),
    // P(x >= m) <= exp(-m² / (2 variance)); the discrete Gaussian is sub-Gaussian with its variance parameter.
    margin: Math.ceil(Math.sqrt(2 * toNumber(variance) * Math.log(SUPPRESSION_ODDS))),
  };
}

/** The noise of a mechanism within `budget`. */
export const noiseOf = (mechanism: Mechanism, sensitivity: bigint, budget: PrivacyBudget): Noise =>
  // What cannot change gets noise all the same: a sensitivity of 0 has no scale.
  mechanism === 'laplace'
    ? laplaceNoise(sensitivity > 0n ? sensitivity : 1n, budget.epsilon)
    : gaussianNoise(sensitivity > 0n ? sensitivity : 1n, budget.epsilon, budget.delta);

/** Two budgets that make `budget` together (basic composition). */
export function split(budget: PrivacyBudget): readonly [PrivacyBudget, PrivacyBudget] {
  const half = { epsilon: Math.floor(budget.epsilon / 2), delta: Math.floor(budget.delta / 2) };
  return [half, { epsilon: budget.epsilon - half.epsilon, delta: budget.delta - half.delta }];
}
