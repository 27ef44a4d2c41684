import type { JsonValue } from '../../../encoding/json.ts';
import { caseId, row, rows, text } from '../fields.ts';
import { fail, skip, type VectorCase } from '../vector-case.ts';
import { gmsslHkdfCase, gmsslPbkdf2Case } from './kdf.ts';
import { paddingCase } from './sm4.ts';

const EXPECTED = {
  TEST_RESULT_VALID: 'valid',
  TEST_RESULT_INVALID: 'invalid',
  TEST_RESULT_ACCEPTABLE: 'acceptable',
} as const;

/** Tables of GmSSL's tests. */
export function* gmsslCases(content: JsonValue): Iterable<VectorCase> {
  for (const [name, entries] of Object.entries(row(row(content, 'file').files, 'files'))) {
    for (const [i, item] of rows(entries, name).entries()) {
      const id = `${name} ${caseId(item, i)}`;
      if (name.startsWith('pbkdf2')) yield { ...gmsslPbkdf2Case(item, i), id };
      else if (name.startsWith('sm3_hkdf')) yield { ...gmsslHkdfCase(item, i), id };
      else if (name.startsWith('sm4_cbc_padding')) {
        const result = text(item, 'result') as keyof typeof EXPECTED;
        yield paddingCase(item, id, EXPECTED[result] ?? fail('unknown result'), 'cbc', 'msg');
      } else yield skip(id, 'unknown-file');
    }
  }
}
