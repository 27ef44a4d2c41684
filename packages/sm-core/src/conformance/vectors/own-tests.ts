import type { JsonValue } from '../../encoding/json.ts';
import { number, type Row, row, rows, text } from './fields.ts';
import { type Expectation, fail, type VectorCase, type VectorReader } from './vector-case.ts';

/** One test of a file in the shape of Wycheproof, with the fields of its group under its own. */
export interface OwnTest {
  readonly id: string;
  readonly type: string;
  readonly fields: Row;
  readonly expected: Expectation;
}

function expectedOf(fields: Row): Expectation {
  const result = text(fields, 'result');
  if (result === 'valid' || result === 'invalid' || result === 'acceptable') return result;
  return fail('field result has an unknown value');
}

/**
 * Reader for a file in the shape of Wycheproof: `cases` gives what one test checks.
 * Fails at the end when the file does not hold as many tests as it says.
 */
export function ownReader(cases: (test: OwnTest) => Iterable<VectorCase>): VectorReader {
  return function* (content: JsonValue) {
    const file = row(content, 'file');
    let count = 0;
    for (const { tests, ...group } of rows(file.testGroups, 'testGroups')) {
      for (const item of rows(tests, 'tests')) {
        count++;
        const fields: Row = { ...group, ...item };
        const id = `tc ${number(item, 'tcId')}`;
        yield* cases({ id, type: text(group, 'type'), fields, expected: expectedOf(item) });
      }
    }
    if (count !== number(file, 'numberOfTests')) fail('numberOfTests is not the number of tests');
  };
}
