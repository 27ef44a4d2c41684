import type { ColumnDeclaration, Dimension } from '../../spec/v1/query-types.ts';
import { monthLabel, monthNumber, parseDate, yearAndMonth } from './dates.ts';

/** A value of a row as it is kept: a number, and for geo a second one. */
export type Kept = readonly [number, number];

/** How a dimension sorts rows into groups. All its groups follow from what is declared, none from data. */
export interface Grouping {
  readonly labels: readonly string[];
  /** Number of the group, or -1 where the value is in none. */
  groupOf(value: Kept): number;
}

/** The bin of `value`: each has its lower edge and not its upper one. */
export function binOf(edges: readonly number[], value: number): number {
  if (value < (edges[0] ?? 0) || value >= (edges[edges.length - 1] ?? 0)) return -1;
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

/** Edges of the squares of a grid, from `low` to behind `high`. */
const gridCells = (low: number, high: number, step: number): number => Math.floor((high - low) / step) + 1;

/** Label of a square: its south-western corner. */
export const gridLabel = (latitude: number, longitude: number): string => `${latitude},${longitude}`;

/** Groups of a dimension over a column; `undefined` where they do not go together. */
export function groupingOf(
  dimension: Dimension,
  column: ColumnDeclaration,
  maxCells: number,
): Grouping | undefined {
  switch (dimension.by) {
    case 'value':
      if (column.type !== 'category') return undefined;
      return { labels: column.values, groupOf: ([value]) => value };
    case 'edges': {
      if (column.type !== 'int' && column.type !== 'decimal') return undefined;
      const { edges } = dimension;
      return {
        labels: edges.slice(0, -1).map((edge, i) => `${edge}..${edges[i + 1]}`),
        groupOf: ([value]) => binOf(edges, value),
      };
    }
    case 'month':
    case 'year': {
      if (column.type !== 'date') return undefined;
      const unit = dimension.by === 'month' ? monthNumber : (days: number) => yearAndMonth(days)[0];
      const [first, last] = [unit(parseDate(column.min) ?? 0), unit(parseDate(column.max) ?? 0)];
      if (last - first >= maxCells) return undefined;
      return {
        labels: range(first, last).map(dimension.by === 'month' ? monthLabel : String),
        groupOf: ([days]) => unit(days) - first,
      };
    }
    case 'grid': {
      if (column.type !== 'geo') return undefined;
      const { south, west, north, east } = column;
      const { step } = dimension;
      const [rows, columns] = [gridCells(south, north, step), gridCells(west, east, step)];
      if (rows * columns > maxCells) return undefined;
      return {
        labels: range(0, rows - 1).flatMap((r) =>
          range(0, columns - 1).map((c) => gridLabel(south + r * step, west + c * step)),
        ),
        groupOf: ([latitude, longitude]) =>
          Math.floor((latitude - south) / step) * columns + Math.floor((longitude - west) / step),
      };
    }
  }
}
