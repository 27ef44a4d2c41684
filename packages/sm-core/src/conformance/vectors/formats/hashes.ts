import { equalBytes } from '../../../encoding/bytes.ts';
import type { Row } from '../fields.ts';
import {
  caseId,
  casesOf,
  hex,
  hexOrNothing,
  number,
  optional,
  patternBytes,
  row,
  rows,
  text,
} from '../fields.ts';
import { check, expectEqual, fail, skip, type VectorCase, type VectorReader } from '../vector-case.ts';

function message(item: Row): Uint8Array {
  if (optional(item, 'msg') !== undefined) return hex(item, 'msg');
  const length = item.len === undefined ? undefined : number(item, 'len');
  return patternBytes(optional(item, 'msg_pattern') ?? text(item, 'pattern'), length);
}

/** `annex/sm3_standard`, `generated/sm3`: msg or a pattern, digest. */
export const sm3Cases: VectorReader = (content) =>
  casesOf(content).map((item, i) =>
    check(caseId(item, i), ['sm3'], ({ sm3 }) => {
      const data = message(item);
      const expected = hex(item, 'digest');
      expectEqual(sm3.sm3(data), expected, 'digest');
      const half = data.length >> 1;
      const pieces = sm3.sm3Hash().update(data.subarray(0, half)).update(data.subarray(half));
      expectEqual(pieces.digest(), expected, 'digest in two pieces');
    }),
  );

/** `annex/hmac_sm3_standard`, `generated/mac`: alg, key, msg, tag. */
export const macCases: VectorReader = (content) => casesOf(content).map(macCase);

function macCase(item: Row, position: number): VectorCase {
  const id = caseId(item, position);
  const alg = text(item, 'alg');
  if (alg === 'cmac-sm4') return skip(id, 'sm4.cmac');
  if (alg.startsWith('cbcmac-sm4')) return skip(id, 'sm4.cbc-mac');
  if (alg !== 'hmac-sm3') return skip(id, 'unknown-file');
  return check(id, ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    expectEqual(sm3.hmacSm3(hex(item, 'key'), hex(item, 'msg')), hex(item, 'tag'), 'tag');
  });
}

/** `generated/kdf`: the key derivations, told apart by alg. */
export const kdfCases: VectorReader = (content) => casesOf(content).map(kdfCase);

function kdfCase(item: Row, position: number): VectorCase {
  const id = caseId(item, position);
  const alg = text(item, 'alg');
  if (alg === 'sm2-kdf-sm3') {
    return check(id, ['sm3'], ({ sm3 }) => {
      expectEqual(sm3.kdfSm3(hex(item, 'z'), number(item, 'out_len')), hex(item, 'out'), 'derived key');
    });
  }
  if (alg === 'hkdf-sm3') {
    return check(id, ['sm3', 'hmac-sm3'], ({ sm3 }) => {
      const out = sm3.hkdfSm3(
        hex(item, 'ikm'),
        hex(item, 'salt'),
        hex(item, 'info'),
        number(item, 'out_len'),
      );
      expectEqual(out, hex(item, 'out'), 'derived key');
      const salt = hex(item, 'salt');
      const prk = sm3.hmacSm3(salt.length === 0 ? new Uint8Array(32) : salt, hex(item, 'ikm'));
      expectEqual(prk, hex(item, 'prk'), 'pseudo-random key');
    });
  }
  if (alg.startsWith('pbkdf2')) return skip(id, 'pbkdf2');
  if (alg.startsWith('tls13-hkdf-expand')) return skip(id, 'hkdf-expand');
  if (alg.startsWith('tls')) return skip(id, 'tls');
  return skip(id, 'unknown-file');
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

/** GmSSL HKDF rows. */
export function gmsslHkdfCase(item: Row, position: number): VectorCase {
  return check(caseId(item, position), ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    const derive = () =>
      sm3.hkdfSm3(
        hex(item, 'ikm'),
        hexOrNothing(item, 'salt'),
        hexOrNothing(item, 'info'),
        number(item, 'size'),
      );
    if (text(item, 'result') === 'TEST_RESULT_VALID') {
      expectEqual(derive(), hex(item, 'okm'), 'derived key');
      return;
    }
    try {
      derive();
    } catch {
      return;
    }
    fail('a forbidden length was derived');
  });
}
