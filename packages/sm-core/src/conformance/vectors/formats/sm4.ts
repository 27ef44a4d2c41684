import { concatBytes } from '../../../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../../../errors.ts';
import { pkcs7Pad, pkcs7Unpad } from '../../../internal/pkcs7.ts';
import { Secret } from '../../../secret.ts';
import {
  SM4_BLOCK_BYTES,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  type SmEngine,
} from '../../../spec/v1/engine.ts';
import type { SkipName } from '../allowed-skips.ts';
import {
  caseId,
  casesOf,
  expectation,
  hex,
  hexOrNothing,
  number,
  optional,
  patternBytes,
  type Row,
  row,
  rows,
  text,
} from '../fields.ts';
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

/** Longest chain of encryptions of one block; the standard's example has a million. */
const MAX_ITERATIONS = 10_000_000;

/** ECB over whole blocks: only the block function is under test, the mode is not offered. */
export function ecb(
  engine: SmEngine,
  key: Uint8Array,
  data: Uint8Array,
  direction: 'encrypt' | 'decrypt',
): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += SM4_BLOCK_BYTES) {
    blocks.push(engine.sm4Block(key, data.subarray(at, at + SM4_BLOCK_BYTES), direction));
  }
  return concatBytes(...blocks);
}

const MISSING_MODES: Readonly<Record<string, SkipName>> = {
  ofb: 'sm4.ofb',
  cfb: 'sm4.cfb',
  cfb128: 'sm4.cfb',
  cfb8: 'sm4.cfb',
  xts: 'sm4.xts',
  'xts-gb': 'sm4.xts',
  'xts-ieee': 'sm4.xts',
  'cbc-cs3': 'sm4.cbc-cs3',
  ccm: 'sm4.ccm',
  eax: 'sm4.eax',
  ocb: 'sm4.ocb',
};

/** A case of a mode without authentication, in both directions. */
export function modeCase(item: Row, id: string): VectorCase {
  const mode = text(item, 'mode');
  const padding = optional(item, 'padding') ?? 'none';
  if (mode === 'gcm') return gcmCase(item, id, 'valid');
  const missing = MISSING_MODES[mode];
  if (missing !== undefined) return skip(id, missing);
  if (padding !== 'none' && padding !== 'pkcs7') return skip(id, 'unknown-file');
  if (mode === 'ecb') return check(id, ['sm4.ecb-block'], ({ engine }) => checkEcb(engine, item, padding));
  if (mode === 'cbc' && padding === 'pkcs7')
    return check(id, ['sm4.cbc'], (subject) => checkPaddedCbc(subject, item));
  if (mode === 'cbc') return check(id, ['sm4.cbc'], ({ engine }) => checkCbc(engine, item));
  if (mode === 'ctr') {
    return check(id, ['sm4.ctr'], ({ sm4 }) => {
      const run = (data: Uint8Array) => sm4.ctr(Secret.take(hex(item, 'key')), hex(item, 'iv'), data);
      expectEqual(run(hex(item, 'pt')), hex(item, 'ct'), 'ciphertext');
      expectEqual(run(hex(item, 'ct')), hex(item, 'pt'), 'plaintext');
    });
  }
  return skip(id, 'unknown-file');
}

function checkEcb(engine: SmEngine, item: Row, padding: string): void {
  const [key, plaintext, ciphertext] = [hex(item, 'key'), hex(item, 'pt'), hex(item, 'ct')];
  if (item.iterations !== undefined) {
    const iterations = number(item, 'iterations');
    if (iterations > MAX_ITERATIONS) fail('too many iterations');
    let block = plaintext;
    for (let i = 0; i < iterations; i++) block = engine.sm4Block(key, block, 'encrypt');
    expectEqual(block, ciphertext, 'ciphertext');
    return;
  }
  const padded = padding === 'pkcs7' ? pkcs7Pad(plaintext) : plaintext;
  expectEqual(ecb(engine, key, padded, 'encrypt'), ciphertext, 'ciphertext');
  expectEqual(ecb(engine, key, ciphertext, 'decrypt'), padded, 'plaintext');
}

function checkCbc(engine: SmEngine, item: Row): void {
  const [key, iv, plaintext, ciphertext] = [
    hex(item, 'key'),
    hex(item, 'iv'),
    hex(item, 'pt'),
    hex(item, 'ct'),
  ];
  expectEqual(engine.sm4Cbc(key, iv, plaintext, 'encrypt'), ciphertext, 'ciphertext');
  expectEqual(engine.sm4Cbc(key, iv, ciphertext, 'decrypt'), plaintext, 'plaintext');
}

function checkPaddedCbc(
  { sm4 }: Parameters<Extract<VectorCase, { check: unknown }>['check']>[0],
  item: Row,
): void {
  const key = Secret.take(hex(item, 'key'));
  const iv = hex(item, 'iv');
  expectEqual(sm4.cbcEncrypt(key, iv, hex(item, 'pt')), hex(item, 'ct'), 'ciphertext');
  expectEqual(sm4.cbcDecrypt(key, iv, hex(item, 'ct')), hex(item, 'pt'), 'plaintext');
}

/** `annex/sm4_standard`, `generated/sm4_modes`. */
export const sm4ModeCases: VectorReader = (content) =>
  casesOf(content).map((item, i) => modeCase(item, caseId(item, i)));

function associatedData(item: Row): Uint8Array {
  const pattern = optional(item, 'aad_pattern');
  if (optional(item, 'aad') === undefined && pattern !== undefined) {
    return patternBytes(pattern, number(item, 'aad_len'));
  }
  return hexOrNothing(item, 'aad');
}

/** A GCM case; `plaintext` is the field that holds it. */
function gcmCase(item: Row, id: string, expected: Expectation, plaintext = 'pt'): VectorCase {
  const [nonce, tag] = [hex(item, 'iv'), hex(item, 'tag')];
  // An empty nonce must be refused by everybody; other lengths are a capability.
  if (nonce.length !== SM4_GCM_NONCE_BYTES && nonce.length !== 0) return skip(id, 'sm4.gcm.nonce-length');
  if (tag.length !== SM4_GCM_TAG_BYTES) return skip(id, 'sm4.gcm.tag-length');
  return check(id, ['sm4.gcm'], ({ sm4 }) => {
    const gcm = sm4.gcm(Secret.take(hex(item, 'key')));
    const [aad, sealed] = [associatedData(item), concatBytes(hex(item, 'ct'), tag)];
    if (expected !== 'valid') {
      judge(expected, () => gcm.open(nonce, sealed, aad), hexOrNothing(item, plaintext));
      return;
    }
    expectEqual(gcm.seal(nonce, hex(item, plaintext), aad), sealed, 'sealed');
    expectEqual(gcm.open(nonce, sealed, aad), hex(item, plaintext), 'plaintext');
  });
}

/** `generated/sm4_aead` (all valid) and `negative/sm4_aead`. */
export const sm4AeadCases: VectorReader = (content) =>
  casesOf(content).map((item, i) => {
    const id = caseId(item, i);
    const missing = MISSING_MODES[text(item, 'mode')];
    if (missing !== undefined) return skip(id, missing);
    if (text(item, 'mode') !== 'gcm') return skip(id, 'unknown-file');
    return gcmCase(item, id, item.expected === undefined ? 'valid' : expectation(item));
  });

/** Wycheproof AEAD schema. */
export const wycheproofAeadCases: VectorReader = (content) => {
  const file = row(content, 'file');
  const ccm = text(file, 'algorithm') === 'SM4-CCM';
  return rows(file.testGroups, 'testGroups').flatMap((group) =>
    rows(group.tests, 'tests').map((item, i) => {
      const id = caseId(item, i);
      if (ccm) return skip(id, 'sm4.ccm');
      return gcmCase(item, id, expectation({ expected: text(item, 'result') }), 'msg');
    }),
  );
};

/** `negative/sm4_padding`: strict PKCS#7 after CBC and after ECB. */
export const sm4PaddingCases: VectorReader = (content) =>
  casesOf(content).map((item, i) =>
    paddingCase(item, caseId(item, i), expectation(item), text(item, 'mode')),
  );

/** Decryption with padding that must hold, or must not. */
export function paddingCase(
  item: Row,
  id: string,
  expected: Expectation,
  mode: string,
  name = 'pt',
): VectorCase {
  const plaintext = () => (expected === 'invalid' ? undefined : hex(item, name));
  if (mode === 'cbc') {
    return check(id, ['sm4.cbc'], ({ sm4 }) => {
      const key = Secret.take(hex(item, 'key'));
      judge(expected, () => sm4.cbcDecrypt(key, hex(item, 'iv'), hex(item, 'ct')), plaintext());
    });
  }
  return check(id, ['sm4.ecb-block'], ({ engine }) => {
    const ciphertext = hex(item, 'ct');
    const decrypt = (): Uint8Array => {
      const whole = ciphertext.length % SM4_BLOCK_BYTES === 0;
      const padded = whole ? ecb(engine, hex(item, 'key'), ciphertext, 'decrypt') : new Uint8Array(0);
      const data = pkcs7Unpad(padded);
      if (data === undefined) throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
      return data;
    };
    judge(expected, decrypt, plaintext());
  });
}
