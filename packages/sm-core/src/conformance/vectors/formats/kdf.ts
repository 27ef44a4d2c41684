import type { Sm3Functions } from '../../../sm3.ts';
import type { Row } from '../fields.ts';
import { caseId, casesOf, hex, hexOrNothing, number, text } from '../fields.ts';
import {
  check,
  type Expectation,
  expectEqual,
  fail,
  judge,
  skip,
  type VectorCase,
  type VectorReader,
} from '../vector-case.ts';

type Check = (sm3: Sm3Functions, item: Row) => void;

const hkdf: Check = (sm3, item) => {
  const [ikm, salt, info] = [hex(item, 'ikm'), hex(item, 'salt'), hex(item, 'info')];
  const [length, expected] = [number(item, 'out_len'), hex(item, 'out')];
  expectEqual(sm3.hkdfSm3(ikm, salt, info, length), expected, 'derived key');
  const prk = sm3.hkdfExtractSm3(ikm, salt);
  expectEqual(prk, hex(item, 'prk'), 'pseudo-random key');
  expectEqual(sm3.hkdfExpandSm3(prk, info, length), expected, 'expanded key');
  const macKey = salt.length === 0 ? new Uint8Array(32) : salt;
  expectEqual(sm3.hmacSm3Hash(macKey).update(ikm).digest(), prk, 'pseudo-random key as HMAC');
};

const pbkdf2: Check = (sm3, item) => {
  const out = sm3.pbkdf2Sm3(
    hex(item, 'password'),
    hex(item, 'salt'),
    number(item, 'iterations'),
    number(item, 'out_len'),
  );
  expectEqual(out, hex(item, 'out'), 'derived key');
};

const tlsPrf: Check = (sm3, item) => {
  const out = sm3.tlsPrfSm3(
    hex(item, 'secret'),
    text(item, 'label'),
    hex(item, 'seed'),
    number(item, 'out_len'),
  );
  expectEqual(out, hex(item, 'out'), 'output');
};

const expandLabel: Check = (sm3, item) => {
  const [secret, length] = [hex(item, 'secret'), number(item, 'out_len')];
  const expected = hex(item, 'out');
  const out = sm3.hkdfExpandLabelSm3(secret, text(item, 'label'), hex(item, 'context'), length);
  expectEqual(out, expected, 'output');
  expectEqual(sm3.hkdfExpandSm3(secret, hex(item, 'hkdf_label'), length), expected, 'output of HKDF-Expand');
};

const keySchedule: Check = (sm3, item) => {
  const same = (actual: Uint8Array, name: string) => expectEqual(actual, hex(item, name), name);
  const schedule = sm3.tls13KeySchedule(hex(item, 'psk'));
  same(schedule.secret(), 'early_secret');
  schedule.toHandshake(hex(item, 'ecdhe_shared'));
  same(schedule.secret(), 'handshake_secret');
  const toServerHello = hex(item, 'transcript_hash_ch_sh');
  for (const side of ['client', 'server'] as const) {
    const secret = schedule.derive(`${side === 'client' ? 'c' : 's'} hs traffic`, toServerHello);
    same(secret, `${side}_hs_traffic`);
    const { key, iv } = sm3.tls13TrafficKeys(secret);
    same(key, `${side}_hs_key`);
    same(iv, `${side}_hs_iv`);
    same(sm3.tls13FinishedKey(secret), `${side}_finished_key`);
  }
  schedule.toMaster();
  same(schedule.secret(), 'master_secret');
  const toServerFinished = hex(item, 'transcript_hash_ch_sfin');
  for (const side of ['client', 'server'] as const) {
    const secret = schedule.derive(`${side === 'client' ? 'c' : 's'} ap traffic`, toServerFinished);
    same(secret, `${side}_ap_traffic`);
    const { key, iv } = sm3.tls13TrafficKeys(secret);
    same(key, `${side}_ap_key`);
    same(iv, `${side}_ap_iv`);
  }
  schedule.destroy();
};

const sm2Kdf: Check = (sm3, item) => {
  expectEqual(sm3.kdfSm3(hex(item, 'z'), number(item, 'out_len')), hex(item, 'out'), 'derived key');
};

/** By the first word of `alg`: a remark in brackets may follow. */
const CHECKS: Readonly<Record<string, Check>> = {
  'sm2-kdf-sm3': sm2Kdf,
  'hkdf-sm3': hkdf,
  'pbkdf2-hmac-sm3': pbkdf2,
  'tls12-prf-sm3': tlsPrf,
  'tls13-hkdf-expand-label-sm3': expandLabel,
  'tls13-key-schedule-sm3': keySchedule,
};

/** `generated/kdf`: the key derivations, told apart by alg. */
export const kdfCases: VectorReader = (content) => casesOf(content).map(kdfCase);

function kdfCase(item: Row, position: number): VectorCase {
  const id = caseId(item, position);
  const alg = text(item, 'alg').split(' ')[0]!;
  if (!Object.hasOwn(CHECKS, alg)) return skip(id, 'unknown-file');
  const run = CHECKS[alg]!;
  return check(id, alg === 'sm2-kdf-sm3' ? ['sm3'] : ['sm3', 'hmac-sm3'], ({ sm3 }) => run(sm3, item));
}

const RESULTS: Readonly<Record<string, Expectation>> = {
  TEST_RESULT_VALID: 'valid',
  TEST_RESULT_INVALID: 'invalid',
  TEST_RESULT_ACCEPTABLE: 'acceptable',
};
const resultOf = (item: Row): Expectation => RESULTS[text(item, 'result')] ?? fail('unknown result');

/** Rows of GmSSL's `sm3_hkdftest`. */
export function gmsslHkdfCase(item: Row, position: number): VectorCase {
  return check(caseId(item, position), ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    const expected = resultOf(item);
    judge(
      expected,
      () =>
        sm3.hkdfSm3(
          hex(item, 'ikm'),
          hexOrNothing(item, 'salt'),
          hexOrNothing(item, 'info'),
          number(item, 'size'),
        ),
      expected === 'invalid' ? undefined : hex(item, 'okm'),
    );
  });
}

/** Rows of GmSSL's `pbkdf2test_sm3`. */
export function gmsslPbkdf2Case(item: Row, position: number): VectorCase {
  return check(caseId(item, position), ['sm3', 'hmac-sm3'], ({ sm3 }) => {
    const expected = resultOf(item);
    judge(
      expected,
      () =>
        sm3.pbkdf2Sm3(
          hex(item, 'password_hex'),
          hex(item, 'salt_hex'),
          number(item, 'iterations'),
          number(item, 'dk_len'),
        ),
      expected === 'invalid' ? undefined : hex(item, 'dk'),
    );
  });
}
