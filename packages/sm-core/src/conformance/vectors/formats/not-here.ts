import type { JsonValue } from '../../../encoding/json.ts';
import type { SkipName } from '../allowed-skips.ts';
import { type Row, row, rows, text } from '../fields.ts';
import { skip, type VectorCase, type VectorReader } from '../vector-case.ts';
import { sm4MacTable, sm4XtsTable } from './sm4-mac.ts';
import { gmsmZucTable } from './zuc.ts';

/** Tables of emmansun/gmsm by the path of the test that they stand in. */
const TABLES: readonly (readonly [RegExp, SkipName])[] = [
  [/^cipher\/bc_/, 'sm4.bc'],
  [/^cipher\/ofbnlf/, 'sm4.ofbnlf'],
  [/^cipher\/hctr/, 'sm4.hctr'],
];

/** `annex/gmsm_standard_annex_tables`: MACs, further modes, ZUC. */
export function* gmsmTableCases(content: JsonValue): Iterable<VectorCase> {
  for (const table of rows(row(content, 'file').tables, 'tables')) {
    const path = text(table, 'path');
    const title = `${path} ${text(table, 'table')}`;
    if (path.startsWith('cbcmac/')) {
      yield* sm4MacTable(table, title);
      continue;
    }
    if (path.startsWith('cipher/xts')) {
      yield* sm4XtsTable(table, title);
      continue;
    }
    if (path.includes('zuc')) {
      yield* gmsmZucTable(table, title);
      continue;
    }
    const name = TABLES.find(([pattern]) => pattern.test(path))?.[1] ?? 'unknown-file';
    const tests = rows(table.rows, 'rows');
    for (const i of tests.keys()) yield skip(`${title} ${i + 1}`, name);
  }
}

/** How many cases a file has that nothing is known about but its outer shape. */
function countOf(content: JsonValue): number {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return 1;
  const { cases } = content as Row;
  return Array.isArray(cases) ? Math.max(1, cases.length) : 1;
}

/** Every case of the file is skipped under one name. */
export function allSkipped(name: SkipName): VectorReader {
  return (content) => Array.from({ length: countOf(content) }, (_, i) => skip(`case ${i + 1}`, name));
}
