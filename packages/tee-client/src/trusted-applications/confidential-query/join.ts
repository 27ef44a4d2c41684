import type { DataSet } from './data-set.ts';

/** Row numbers of one joined row, one per data set. */
export type JoinedRow = readonly number[];

/**
 * Joins data sets on the person (inner join): `visit` gets each person that is in all of them, with
 * the first `limit` of the person's combinations of rows that `passes` lets through. What one person
 * contributes depends on that person's rows alone, which is what the sensitivity of every aggregate
 * rests on.
 */
export function joinPersons(
  sets: readonly DataSet[],
  limit: number,
  passes: (row: JoinedRow) => boolean,
  visit: (rows: readonly JoinedRow[]) => void,
): void {
  const [first, ...others] = sets;
  if (first === undefined) return;
  for (const [person, range] of first.persons) {
    const ranges = [range];
    for (const other of others) {
      const found = other.persons.get(person);
      if (found === undefined) break;
      ranges.push(found);
    }
    if (ranges.length !== sets.length) continue;
    const rows = combinations(ranges, limit, passes);
    if (rows.length > 0) visit(rows);
  }
}

function combinations(
  ranges: readonly (readonly [first: number, count: number])[],
  limit: number,
  passes: (row: JoinedRow) => boolean,
): JoinedRow[] {
  const out: JoinedRow[] = [];
  const row = ranges.map(([first]) => first);
  while (out.length < limit) {
    if (passes(row)) out.push([...row]);
    let at = ranges.length - 1;
    for (; at >= 0; at--) {
      const [first, count] = ranges[at] ?? [0, 0];
      const next = (row[at] ?? 0) + 1;
      if (next < first + count) {
        row[at] = next;
        break;
      }
      row[at] = first;
    }
    if (at < 0) break;
  }
  return out;
}
