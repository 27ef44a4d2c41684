/** Mean and variance of a growing sample (Welford's method). */
export class Sample {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count++;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.#squares += delta * (value - this.mean);
  }

  get variance(): number {
    return this.count < 2 ? Number.NaN : this.#squares / (this.count - 1);
  }
}

/** Welch's t of two samples: how many standard errors their means lie apart. */
export function welchT(a: Sample, b: Sample): number {
  const error = Math.sqrt(a.variance / a.count + b.variance / b.count);
  if (error === 0) return a.mean === b.mean ? 0 : Number.POSITIVE_INFINITY;
  return (a.mean - b.mean) / error;
}

/** Value below which the share `p` of the values lies. */
export function percentile(values: ArrayLike<number>, p: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
