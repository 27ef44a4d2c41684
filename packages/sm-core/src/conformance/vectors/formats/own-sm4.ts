import { concatBytes } from '../../../encoding/bytes.ts';
import { Secret } from '../../../secret.ts';
import type { Sm4Functions } from '../../../sm4.ts';
import { type EngineCapability, SM4_BLOCK_BYTES } from '../../../spec/v1/engine.ts';
import { hex, hexOrNothing, number, type Row, text } from '../fields.ts';
import { type OwnTest, ownReader } from '../own-tests.ts';
import { check, expectEqual, fail, judge, type VectorCase, type VectorReader } from '../vector-case.ts';

const secret = (fields: Row): Secret => Secret.take(hex(fields, 'key'));

interface Mode {
  readonly needs: readonly EngineCapability[];
  encrypt(sm4: Sm4Functions, fields: Row): Uint8Array;
  decrypt(sm4: Sm4Functions, fields: Row): Uint8Array;
}

const MODES: Readonly<Record<string, Mode>> = {
  'ecb none': {
    needs: ['sm4.blocks'],
    encrypt: (sm4, fields) => sm4.ecbEncryptBlocks(secret(fields), hex(fields, 'msg')),
    decrypt: (sm4, fields) => sm4.ecbDecryptBlocks(secret(fields), hex(fields, 'ct')),
  },
  'cbc none': {
    needs: ['sm4.cbc'],
    encrypt: (sm4, fields) =>
      sm4.cbcEncrypt(secret(fields), hex(fields, 'iv'), hex(fields, 'msg'), { padding: 'none' }),
    decrypt: (sm4, fields) =>
      sm4.cbcDecrypt(secret(fields), hex(fields, 'iv'), hex(fields, 'ct'), { padding: 'none' }),
  },
  'cbc pkcs7': {
    needs: ['sm4.cbc'],
    encrypt: (sm4, fields) => sm4.cbcEncrypt(secret(fields), hex(fields, 'iv'), hex(fields, 'msg')),
    decrypt: (sm4, fields) => sm4.cbcDecrypt(secret(fields), hex(fields, 'iv'), hex(fields, 'ct')),
  },
  'ctr none': {
    needs: ['sm4.ctr'],
    encrypt: (sm4, fields) => sm4.ctr(secret(fields), hex(fields, 'iv'), hex(fields, 'msg')),
    decrypt: (sm4, fields) => sm4.ctr(secret(fields), hex(fields, 'iv'), hex(fields, 'ct')),
  },
  'cfb none': {
    needs: ['sm4.blocks', 'sm4.cbc'],
    encrypt: (sm4, fields) => sm4.cfbEncrypt(secret(fields), hex(fields, 'iv'), hex(fields, 'msg')),
    decrypt: (sm4, fields) => sm4.cfbDecrypt(secret(fields), hex(fields, 'iv'), hex(fields, 'ct')),
  },
  'ofb none': {
    needs: ['sm4.blocks', 'sm4.cbc'],
    encrypt: (sm4, fields) => sm4.ofb(secret(fields), hex(fields, 'iv'), hex(fields, 'msg')),
    decrypt: (sm4, fields) => sm4.ofb(secret(fields), hex(fields, 'iv'), hex(fields, 'ct')),
  },
};

/** More encryptions of one block than this are no test; the example of the standard has a million. */
const MAX_ITERATIONS = 1_000_000;

/** One block encrypted again and again. @standard GB/T 32907-2016 §A.2 */
function iterated({ id, fields }: OwnTest): VectorCase {
  return check(id, ['sm4.blocks'], ({ engine }) => {
    const iterations = number(fields, 'iterations');
    if (iterations > MAX_ITERATIONS) fail('too many iterations');
    const block = hex(fields, 'msg', SM4_BLOCK_BYTES);
    const cipher = engine.sm4(hex(fields, 'key', SM4_BLOCK_BYTES));
    for (let i = 0; i < iterations; i++) cipher.encryptBlocks(block, block);
    cipher.destroy();
    expectEqual(block, hex(fields, 'ct'), 'ciphertext');
  });
}

function* modeCases(test: OwnTest): Iterable<VectorCase> {
  if (test.type === 'Sm4Iterated') {
    yield iterated(test);
    return;
  }
  const { id, fields, expected } = test;
  const mode = MODES[`${text(fields, 'mode')} ${text(fields, 'padding')}`] ?? fail('unknown mode');
  yield check(id, mode.needs, ({ sm4 }) => {
    if (expected === 'valid') expectEqual(mode.encrypt(sm4, fields), hex(fields, 'ct'), 'ciphertext');
    const message = expected === 'invalid' ? undefined : hex(fields, 'msg');
    judge(expected, () => mode.decrypt(sm4, fields), message);
  });
}

function* aeadCases(name: 'gcm' | 'ccm', { id, fields, expected }: OwnTest): Iterable<VectorCase> {
  const needs: readonly EngineCapability[] = name === 'gcm' ? ['sm4.gcm'] : ['sm4.cbc', 'sm4.ctr'];
  yield check(id, needs, ({ sm4 }) => {
    const [nonce, aad, tag] = [hex(fields, 'iv'), hex(fields, 'aad'), hex(fields, 'tag')];
    if (tag.length * 8 !== number(fields, 'tagSize') || nonce.length * 8 !== number(fields, 'ivSize')) {
      fail('the sizes of the group are not those of the test');
    }
    const sealed = concatBytes(hex(fields, 'ct'), tag);
    const cipher = () => sm4[name](secret(fields), { nonceBytes: nonce.length, tagBytes: tag.length });
    if (expected === 'valid') expectEqual(cipher().seal(nonce, hex(fields, 'msg'), aad), sealed, 'sealed');
    judge(expected, () => cipher().open(nonce, sealed, aad), hexOrNothing(fields, 'msg'));
  });
}

/** `sm4-modes`. */
export const ownSm4Modes: VectorReader = ownReader(modeCases);
/** `sm4-gcm`. */
export const ownSm4Gcm: VectorReader = ownReader((test) => aeadCases('gcm', test));
/** `sm4-ccm`. */
export const ownSm4Ccm: VectorReader = ownReader((test) => aeadCases('ccm', test));
