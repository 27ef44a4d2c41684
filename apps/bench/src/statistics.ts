/** Middle value; the mean of the two middle ones for an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half];
  if (upper === undefined) return Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

/** Spread of one contender's slices, in the unit of the row. */
export interface Spread {
  readonly min: number;
  readonly max: number;
  /** Median of the distances from the median. */
  readonly mad: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const middle = median(values);
  return {
    min: rounded(Math.min(...values)),
    max: rounded(Math.max(...values)),
    mad: rounded(median(values.map((value) => Math.abs(value - middle)))),
  };
}

/** Four significant digits: more would claim a precision that a shared machine does not have. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
