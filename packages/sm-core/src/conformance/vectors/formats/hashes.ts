import { equalBytes } from '../../../encoding/bytes.ts';
import type { JsonValue } from '../../../encoding/json.ts';
import type { Row } from '../fields.ts';
import { caseId, casesOf, hex, number, optional, patternBytes, row, rows, text } from '../fields.ts';
import { check, expectEqual, fail, skip, type VectorCase, type VectorReader } from '../vector-case.ts';
import { sm4MacCase } from './sm4-mac.ts';

function message(item: Row): Uint8Array {
  if (optional(item, 'msg') !== undefined) return hex(item, 'msg');
  const length = item.len === undefined ? undefined : number(item, 'len');
  return patternBytes(optional(item, 'msg_pattern') ?? text(item, 'pattern'), length);
}

/** `annex/sm3_standard`, `generated/sm3`: msg or a pattern, digest. */
export function* sm3Cases(content: JsonValue): Iterable<VectorCase> {
  const items = casesOf(content);
  for (const [i, item] of items.entries()) {
    yield check(caseId(item, i), ['sm3'], ({ sm3 }) => {
      const data = message(item);
      const expected = hex(item, 'digest');
      expectEqual(sm3.sm3(data), expected, 'digest');
      const half = data.length >> 1;
      const pieces = sm3.sm3Hash().update(data.subarray(0, half)).update(data.subarray(half));
      expectEqual(pieces.digest(), expected, 'digest in two pieces');
    });
  }
  // All messages of the file side by side.
  yield check('all', ['sm3'], ({ sm3 }) => {
    for (const [i, digest] of sm3.sm3Many(items.map(message)).entries()) {
      expectEqual(digest, hex(items[i]!, 'digest'), `digest of ${caseId(items[i]!, i)}`);
    }
  });
}

/** `annex/hmac_sm3_standard`, `generated/mac`: alg, key, msg, tag. */
export const macCases: VectorReader = (content) => casesOf(content).map(macCase);

function macCase(item: Row, position: number): VectorCase {
  const id = caseId(item, position);
  const alg = text(item, 'alg');
  const overSm4 = sm4MacCase(item, position);
  if (overSm4 !== undefined) return overSm4;
  if (alg !== 'hmac-sm3') return skip(id, 'unknown-file');
  return check(id, ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    expectEqual(sm3.hmacSm3(hex(item, 'key'), hex(item, 'msg')), hex(item, 'tag'), 'tag');
  });
}

/** Wycheproof MAC schema: the tag is the front part of the full one. */
export const wycheproofMacCases: VectorReader = (content) =>
  rows(row(content, 'file').testGroups, 'testGroups').flatMap((group) => {
    const tagBytes = number(group, 'tagSize') / 8;
    return rows(group.tests, 'tests').map((item, i) =>
      check(caseId(item, i), ['sm3', 'hmac-sm3'], ({ sm3 }) => {
        const tag = sm3.hmacSm3(hex(item, 'key'), hex(item, 'msg')).subarray(0, tagBytes);
        const same = equalBytes(tag, hex(item, 'tag'));
        const result = text(item, 'result');
        if (same !== (result === 'valid') && result !== 'acceptable')
          fail(`tag is ${same ? '' : 'not '}equal`);
      }),
    );
  });
