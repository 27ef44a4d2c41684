/**
 * Exact samples from discrete distributions with integer arithmetic only. No floating-point number
 * touches the noise: rounding of floating-point Laplace noise tells what was added to.
 *
 * @see Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, NeurIPS 2020, Algorithms 1 to 3
 */

/** Gives `size` random bytes. */
export type RandomBytes = (size: number) => Uint8Array;

/** A positive or zero fraction. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const BUFFER_BYTES = 4096;

/** Samples; the randomness is fetched in blocks and zeroed as it is used. */
export class Sampler {
  readonly #random: RandomBytes;
  #buffer: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  #byte(): number {
    if (this.#at === this.#buffer.length) {
      this.#buffer = this.#random(BUFFER_BYTES);
      this.#at = 0;
    }
    const byte = this.#buffer[this.#at] ?? 0;
    this.#buffer[this.#at++] = 0;
    return byte;
  }

  /** Uniform in 0 to `bound` - 1, by rejection. */
  uniform(bound: bigint): bigint {
    const bits = (bound - 1n).toString(2).length;
    const mask = (1n << BigInt(bits)) - 1n;
    for (;;) {
      let value = 0n;
      for (let i = 0; i < bits; i += 8) value = (value << 8n) | BigInt(this.#byte());
      value &= mask;
      if (value < bound) return value;
    }
  }

  /** True with probability numerator / denominator, which is at most 1. */
  bernoulli({ numerator, denominator }: Fraction): boolean {
    return this.uniform(denominator) < numerator;
  }

  /** True with probability exp(-x). Algorithm 1 */
  bernoulliExp({ numerator, denominator }: Fraction): boolean {
    let rest = numerator;
    for (; rest > denominator; rest -= denominator) {
      // The first false ends it, so this runs about 1.6 times however large x is.
      if (!this.#bernoulliExpSmall({ numerator: 1n, denominator: 1n })) return false;
    }
    return this.#bernoulliExpSmall({ numerator: rest, denominator });
  }

  /** x at most 1. */
  #bernoulliExpSmall({ numerator, denominator }: Fraction): boolean {
    let k = 1n;
    while (this.bernoulli({ numerator, denominator: denominator * k })) k++;
    return (k & 1n) === 1n;
  }

  /** Discrete Laplace: P(x) proportional to exp(-|x| / scale). Algorithm 2 */
  discreteLaplace(scale: Fraction): bigint {
    const { numerator: t, denominator: s } = scale;
    for (;;) {
      const u = this.uniform(t);
      if (!this.bernoulliExp({ numerator: u, denominator: t })) continue;
      let v = 0n;
      while (this.#bernoulliExpSmall({ numerator: 1n, denominator: 1n })) v++;
      const y = (u + t * v) / s;
      const negative = (this.#byte() & 1) === 1;
      // Zero would otherwise come twice, with both signs.
      if (negative && y === 0n) continue;
      return negative ? -y : y;
    }
  }

  /** Discrete Gaussian: P(x) proportional to exp(-x² / (2 variance)). Algorithm 3 */
  discreteGaussian(variance: Fraction): bigint {
    const { numerator: p, denominator: q } = variance;
    const t = floorSqrt(p / q) + 1n;
    for (;;) {
      const y = this.discreteLaplace({ numerator: t, denominator: 1n });
      // (|y| - variance / t)² / (2 variance) = (|y| q t - p)² / (2 p q t²)
      const distance = (y < 0n ? -y : y) * q * t - p;
      if (this.bernoulliExp({ numerator: distance * distance, denominator: 2n * p * q * t * t })) return y;
    }
  }
}

/** The largest integer whose square is at most `value`. */
export function floorSqrt(value: bigint): bigint {
  if (value < 2n) return value;
  let x = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + value / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
