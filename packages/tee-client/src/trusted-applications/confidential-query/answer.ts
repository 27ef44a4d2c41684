import type { Aggregate, AnswerCell, Mechanism, PrivacyBudget } from '../../spec/v1/query-types.ts';
import { utf8 } from '../../ta/bytes.ts';
import { clamp, type ExactCells } from './aggregate.ts';
import { type Noise, noiseOf, split } from './noise.ts';
import type { Sampler } from './sampling.ts';

/** Lower edge of the bin in which each quantile of the noisy counts is. */
function quantiles(counts: readonly number[], edges: readonly number[], wanted: readonly number[]): number[] {
  const positive = counts.map((count) => Math.max(0, count));
  const total = positive.reduce((sum, count) => sum + count, 0);
  return wanted.map((quantile) => {
    let below = 0;
    const bin = positive.findIndex((count) => {
      below += count;
      return below * 1000 >= total * quantile && below > 0;
    });
    return edges[Math.max(0, bin)] ?? 0;
  });
}

function cellValue(
  aggregate: Aggregate,
  persons: number,
  values: readonly number[],
  binThreshold: number,
): number | (number | null)[] {
  const own = (index: number): number => values[index] ?? 0;
  switch (aggregate.kind) {
    case 'count':
      return persons;
    case 'sum':
      return own(0);
    case 'mean':
      return Math.round(
        1000 * clamp((own(0) / persons + aggregate.min + aggregate.max) / 2, aggregate.min, aggregate.max),
      );
    case 'histogram':
      // A bin is a group like any other: asked for with `groupBy` it would be suppressed too.
      return values.map((value) => (value < binThreshold ? null : value));
    case 'quantile':
      return quantiles(values, aggregate.edges, aggregate.quantiles);
  }
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** As a number; what is beyond exact integers goes to their end. */
const safe = (value: bigint): number =>
  Number(value > MAX_SAFE ? MAX_SAFE : value < -MAX_SAFE ? -MAX_SAFE : value);

/** An answer; everything in it comes from noisy integers and what is declared. */
export interface NoisyAnswer {
  readonly threshold: number;
  readonly cells: readonly AnswerCell[];
}

/**
 * Adds noise and suppresses cells with too few persons. The decision is taken on the noisy count, so
 * it tells no more than the count does; a cell with fewer than `minimumGroup` persons passes at most
 * once in a thousand times. All groups the declarations allow are there, also empty ones.
 */
export function addNoise(
  exact: ExactCells,
  aggregate: Aggregate,
  mechanism: Mechanism,
  cost: PrivacyBudget,
  minimumGroup: number,
  sampler: Sampler,
): NoisyAnswer {
  const [forPersons, forValues] = exact.width === 0 ? [cost, cost] : split(cost);
  const counting = noiseOf(mechanism, exact.personSensitivity, forPersons);
  const threshold = minimumGroup + counting.margin;
  const noisy = (values: readonly bigint[], noise: Noise): number[] =>
    values.map((value) => safe(value + noise.sample(sampler)));
  const persons = noisy(exact.persons, counting);
  const summing = exact.width === 0 ? counting : noiseOf(mechanism, exact.valueSensitivity, forValues);
  const values = exact.width === 0 ? [] : noisy(exact.values, summing);
  const binThreshold = minimumGroup + summing.margin;
  const cells = exact.labels.map((group, cell): AnswerCell => {
    const count = persons[cell] ?? 0;
    const own = values.slice(cell * exact.width, (cell + 1) * exact.width);
    return { group, value: count < threshold ? null : cellValue(aggregate, count, own, binThreshold) };
  });
  return { threshold, cells };
}

/** Most characters of a number in JSON, with its comma. */
const NUMBER_CHARACTERS = 28;
/** Names and marks of a cell, and of the answer around all of them. */
const CELL_CHARACTERS = 32;
const FRAME_CHARACTERS = 512;

/** An upper bound of the bytes of an answer, known before data are looked at. */
export function answerBound({ labels, width }: ExactCells, aggregate: Aggregate): number {
  const numbers = aggregate.kind === 'quantile' ? aggregate.quantiles.length : width;
  const labelBytes = labels.reduce((sum, group) => sum + utf8(JSON.stringify(group)).length, 0);
  const perCell = CELL_CHARACTERS + NUMBER_CHARACTERS * Math.max(1, numbers);
  return FRAME_CHARACTERS + labelBytes + labels.length * perCell;
}
