import { equalBytes } from '../../../encoding/bytes.ts';
import { hex, number } from '../fields.ts';
import { type OwnTest, ownReader } from '../own-tests.ts';
import { check, expectEqual, fail, judge, type VectorCase, type VectorReader } from '../vector-case.ts';

function* digestCases({ id, fields }: OwnTest): Iterable<VectorCase> {
  yield check(id, ['sm3'], ({ sm3 }) => {
    const [msg, digest] = [hex(fields, 'msg'), hex(fields, 'digest')];
    expectEqual(sm3.sm3(msg), digest, 'digest');
    for (const at of [1, msg.length >> 1]) {
      const hash = sm3.sm3Hash().update(msg.subarray(0, at));
      const copy = hash.clone();
      expectEqual(hash.update(msg.subarray(at)).digest(), digest, `digest in two pieces at ${at}`);
      expectEqual(copy.update(msg.subarray(at)).digest(), digest, `digest of a copy at ${at}`);
    }
  });
}

function* macCases({ id, fields, expected }: OwnTest): Iterable<VectorCase> {
  yield check(id, ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    const tag = sm3
      .hmacSm3(hex(fields, 'key'), hex(fields, 'msg'))
      .subarray(0, number(fields, 'tagSize') / 8);
    judge(expected, () => equalBytes(tag, hex(fields, 'tag')));
  });
}

function* hkdfCases({ id, fields, expected }: OwnTest): Iterable<VectorCase> {
  yield check(id, ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    const [ikm, salt, info] = [hex(fields, 'ikm'), hex(fields, 'salt'), hex(fields, 'info')];
    const okm = expected === 'invalid' ? undefined : hex(fields, 'okm');
    judge(expected, () => sm3.hkdfSm3(ikm, salt, info, number(fields, 'size')), okm);
  });
}

/** More iterations than this are no test. */
const MAX_ITERATIONS = 100_000;

function* pbkdf2Cases({ id, fields, expected }: OwnTest): Iterable<VectorCase> {
  yield check(id, ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    const [password, salt] = [hex(fields, 'password'), hex(fields, 'salt')];
    const iterations = number(fields, 'iterationCount');
    if (iterations > MAX_ITERATIONS) fail('too many iterations');
    const dk = expected === 'invalid' ? undefined : hex(fields, 'dk');
    judge(expected, () => sm3.pbkdf2Sm3(password, salt, iterations, number(fields, 'dkLen')), dk);
  });
}

function* sm2KdfCases({ id, fields, expected }: OwnTest): Iterable<VectorCase> {
  yield check(id, ['sm3'], ({ sm3 }) => {
    judge(expected, () => sm3.kdfSm3(hex(fields, 'z'), number(fields, 'size')), hex(fields, 'out'));
  });
}

/** `sm3`. */
export const ownSm3: VectorReader = ownReader(digestCases);
/** `hmac-sm3`. */
export const ownHmac: VectorReader = ownReader(macCases);
/** `hkdf-sm3`. */
export const ownHkdf: VectorReader = ownReader(hkdfCases);
/** `pbkdf2-hmac-sm3`. */
export const ownPbkdf2: VectorReader = ownReader(pbkdf2Cases);
/** `sm2-kdf`. */
export const ownSm2Kdf: VectorReader = ownReader(sm2KdfCases);
