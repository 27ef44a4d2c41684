import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type { Aggregate, Dimension } from '../../spec/v1/query-types.ts';
import type { DataSet } from './data-set.ts';
import { binOf, type Grouping, groupingOf, type Kept } from './dimensions.ts';
import { type JoinedRow, joinPersons } from './join.ts';
import type { ColumnAt } from './policy.ts';
import type { ReadFilter } from './query.ts';

/** What an aggregate is taken of. */
export interface AggregateTask {
  readonly sets: readonly DataSet[];
  readonly aggregate: Aggregate;
  readonly groupBy: readonly Dimension[];
  readonly filters: readonly ReadFilter[];
  readonly contributionLimit: number;
  /** Finds a column; the query was read, so it is there. */
  readonly column: (reference: string) => ColumnAt;
}

/** Exact integers of an aggregate, before noise. Both vectors change by one person at most so much. */
export interface ExactCells {
  readonly labels: readonly (readonly string[])[];
  /** Persons per cell; 1-norm sensitivity `personSensitivity`. */
  readonly persons: readonly bigint[];
  readonly personSensitivity: bigint;
  /** `width` integers per cell: sums, or persons per bin. Width 0 where persons are all there is to it. */
  readonly values: readonly bigint[];
  readonly width: number;
  readonly valueSensitivity: bigint;
}

const keptAt = (sets: readonly DataSet[], { dataSet, index }: ColumnAt, row: JoinedRow): Kept => {
  const at = row[dataSet] ?? 0;
  const values = sets[dataSet]?.columns[index];
  return [values?.numbers[at] ?? 0, values?.second[at] ?? 0];
};

/** `value` within its bounds. */
export const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);

/** Edges of what is binned; `undefined` for what is added up or only counted. */
const edgesOf = (aggregate: Aggregate): readonly number[] | undefined =>
  'edges' in aggregate ? aggregate.edges : undefined;

/** By how much one joined row can change a sum. A mean is of values from the middle of the bounds, doubled. */
function rowSensitivity(aggregate: Aggregate): number {
  switch (aggregate.kind) {
    case 'sum':
      return Math.max(Math.abs(aggregate.min), Math.abs(aggregate.max));
    case 'mean':
      return aggregate.max - aggregate.min;
    default:
      return 1;
  }
}

function groupings(task: AggregateTask): readonly (Grouping & { readonly column: ColumnAt })[] | undefined {
  const out: (Grouping & { readonly column: ColumnAt })[] = [];
  for (const dimension of task.groupBy) {
    const column = task.column(dimension.column);
    const grouping = groupingOf(dimension, column.declaration, LIMITS.cells);
    if (grouping === undefined) return undefined;
    out.push({ ...grouping, column });
  }
  return out;
}

const cross = (lists: readonly (readonly string[])[]): string[][] =>
  lists.reduce<string[][]>((all, list) => all.flatMap((one) => list.map((label) => [...one, label])), [[]]);

/** Computes the integers; `undefined` when there would be too many of them. */
export function exactCells(task: AggregateTask): ExactCells | undefined {
  const { aggregate, sets, contributionLimit } = task;
  const dimensions = groupings(task);
  const edges = edgesOf(aggregate);
  const width = edges !== undefined ? edges.length - 1 : aggregate.kind === 'count' ? 0 : 1;
  const cells = dimensions?.reduce((product, { labels }) => product * labels.length, 1) ?? Infinity;
  if (dimensions === undefined || cells * Math.max(1, width) > LIMITS.cells) return undefined;
  const persons = new Array<bigint>(cells).fill(0n);
  const values = new Array<bigint>(cells * width).fill(0n);
  const measured = 'column' in aggregate ? task.column(aggregate.column) : undefined;
  const bounds = aggregate.kind === 'sum' || aggregate.kind === 'mean' ? aggregate : undefined;

  const cellOf = (row: JoinedRow): number => {
    let cell = 0;
    for (const { column, labels, groupOf } of dimensions) {
      const group = groupOf(keptAt(sets, column, row));
      if (group < 0 || group >= labels.length) return -1;
      cell = cell * labels.length + group;
    }
    return cell;
  };
  const passes = (row: JoinedRow): boolean =>
    task.filters.every((filter) => {
      const value =
        sets[filter.dataSet]?.columns[filter.index]?.numbers[row[filter.dataSet] ?? 0] ?? Number.NaN;
      return filter.values?.has(value) ?? (value >= filter.from && value <= filter.to);
    });

  joinPersons(sets, contributionLimit, passes, (rows) => {
    const counted = new Set<number>();
    const binned = new Set<number>();
    const sums = new Map<number, number>();
    for (const row of rows) {
      const cell = cellOf(row);
      if (cell < 0) continue;
      counted.add(cell);
      if (measured === undefined) continue;
      const [value] = keptAt(sets, measured, row);
      if (edges !== undefined) {
        const bin = binOf(edges, value);
        if (bin >= 0) binned.add(cell * width + bin);
      } else if (bounds !== undefined) {
        const clamped = clamp(value, bounds.min, bounds.max);
        const part = bounds.kind === 'sum' ? clamped : 2 * clamped - bounds.min - bounds.max;
        sums.set(cell, (sums.get(cell) ?? 0) + part);
      }
    }
    for (const cell of counted) persons[cell] = (persons[cell] ?? 0n) + 1n;
    for (const at of binned) values[at] = (values[at] ?? 0n) + 1n;
    for (const [cell, sum] of sums) values[cell] = (values[cell] ?? 0n) + BigInt(sum);
  });
  return {
    labels: cross(dimensions.map(({ labels }) => labels)),
    persons,
    personSensitivity: BigInt(Math.min(contributionLimit, cells)),
    values,
    width,
    valueSensitivity: BigInt(contributionLimit) * BigInt(rowSensitivity(aggregate)),
  };
}
