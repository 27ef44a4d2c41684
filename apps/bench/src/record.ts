import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRow, DirectRow } from './area.ts';
import { isMet, type RowResult } from './harness.ts';
import type { Machine } from './machine.ts';

/** One line of a record. It says `resultId` because the coverage page gives `id` to the requirement. */
export interface RecordedResult extends Omit<RowResult, 'id'> {
  readonly resultId: string;
  readonly requirements: readonly string[];
  /** Left out where there is no goal. */
  readonly met?: boolean;
}

/** Content of `docs/measurements/<area>.json`. */
export interface BenchRecord {
  readonly area: string;
  /** Time of the run, ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly commit: string | null;
  /** The sources differed from the commit. */
  readonly changed: boolean | null;
  /** Requirement ids by result id, for whoever reads the record without the coverage page. */
  readonly requirements: Readonly<Record<string, readonly string[]>>;
  readonly results: readonly RecordedResult[];
}

/** What a run produced besides its results. */
export type RunFacts = Pick<BenchRecord, 'area' | 'date' | 'machine' | 'commit' | 'changed'>;

export function recordOf(
  facts: RunFacts,
  rows: readonly (BenchRow | DirectRow)[],
  results: readonly RowResult[],
): BenchRecord {
  const { area, date, machine, commit, changed } = facts;
  const requirements = Object.fromEntries(rows.map((row) => [row.id, row.requirements ?? []]));
  return {
    area,
    date,
    machine,
    commit,
    changed,
    requirements: Object.fromEntries(Object.entries(requirements).filter(([, ids]) => ids.length > 0)),
    results: results.map(({ id, ...rest }) => {
      const met = isMet(rest);
      return {
        resultId: id,
        ...rest,
        requirements: requirements[id] ?? [],
        ...(met === undefined ? {} : { met }),
      };
    }),
  };
}

/** Writes the record whole or not at all; returns its path. */
export function writeRecord(folder: string, record: BenchRecord): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${record.area}.json`);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.tmp`, path);
  return path;
}
