import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type { ColumnDeclaration, Policy, Release } from '../../spec/v1/query-types.ts';
import type { DataSet } from './data-set.ts';
import { formatDate, formatMonth, yearAndMonth } from './dates.ts';
import { gridLabel } from './dimensions.ts';
import { type JoinedRow, joinPersons } from './join.ts';
import type { ColumnAt } from './policy.ts';

type Out = string | number;

/** Keeps characters at both ends; never fewer than half of a text are starred. */
export function mask(text: string, keepStart: number, keepEnd: number): string {
  const characters = [...text];
  const most = Math.floor(characters.length / 2);
  const start = Math.min(keepStart, most);
  const end = Math.min(keepEnd, most - start);
  return characters.map((one, i) => (i < start || i >= characters.length - end ? one : '*')).join('');
}

const down = (value: number, step: number): number => Math.floor(value / step) * step;

function clear(column: ColumnDeclaration, number: number, second: number, text: string): Out {
  switch (column.type) {
    case 'category':
      return column.values[number] ?? '';
    case 'date':
      return formatDate(number);
    case 'geo':
      return gridLabel(number, second);
    case 'text':
      return text;
    default:
      return number;
  }
}

/** The value of a column as a policy lets it leave. */
export function transformed(
  release: Release,
  column: ColumnDeclaration,
  number: number,
  second: number,
  text: string,
): Out {
  switch (release.transform) {
    case 'clear':
      return clear(column, number, second, text);
    case 'month':
      return formatMonth(number);
    case 'year':
      return String(yearAndMonth(number)[0]);
    case 'mask':
      return mask(text, release.keepStart, release.keepEnd);
    case 'round':
      return down(number, release.step);
    case 'grid':
      return gridLabel(down(number, release.step), down(second, release.step));
    case 'generalise': {
      const value = column.type === 'category' ? column.values[number] : undefined;
      return release.groups.find(({ values }) => values.some((one) => one === value))?.label ?? '';
    }
  }
}

/**
 * The rows a policy releases, each column transformed (脱敏). A combination of values that fewer than
 * `minimumGroup` persons share is left out (k-anonymity). There is no noise: owners approve these
 * columns as safe in this form. Sorted, so that the order tells nothing; `undefined` when too many.
 */
export function releaseRows(
  policy: Policy,
  sets: readonly DataSet[],
  columnOf: (reference: string) => ColumnAt,
): readonly (readonly Out[])[] | undefined {
  const columns = policy.release.map((release) => ({ release, at: columnOf(release.column) }));
  const read = (row: JoinedRow): Out[] =>
    columns.map(({ release, at: { dataSet, index, declaration } }) => {
      const values = sets[dataSet]?.columns[index];
      const i = row[dataSet] ?? 0;
      const { numbers, second, texts } = values ?? { numbers: [], second: [], texts: [] };
      return transformed(release, declaration, numbers[i] ?? 0, second[i] ?? 0, texts[i] ?? '');
    });
  const groups = new Map<string, { readonly values: Out[]; rows: number; persons: number }>();
  joinPersons(
    sets,
    policy.contributionLimit,
    () => true,
    (rows) => {
      const own = new Set<string>();
      for (const row of rows) {
        const values = read(row);
        const name = JSON.stringify(values);
        const group = groups.get(name) ?? { values, rows: 0, persons: 0 };
        groups.set(name, group);
        group.rows++;
        if (!own.has(name)) group.persons++;
        own.add(name);
      }
    },
  );
  const out: Out[][] = [];
  for (const name of [...groups.keys()].sort()) {
    const group = groups.get(name);
    if (group === undefined || group.persons < policy.minimumGroup) continue;
    for (let i = 0; i < group.rows; i++) out.push(group.values);
    if (out.length > LIMITS.released) return undefined;
  }
  return out;
}
