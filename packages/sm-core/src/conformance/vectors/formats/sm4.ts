import { Secret } from '../../../secret.ts';
import type { Sm4Functions } from '../../../sm4.ts';
import { type EngineCapability, SM4_BLOCK_BYTES } from '../../../spec/v1/engine.ts';
import type { SkipName } from '../allowed-skips.ts';
import { caseId, casesOf, expectation, hex, number, optional, type Row, text } from '../fields.ts';
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
import { aeadCase } from './sm4-aead.ts';

export { sm4AeadCases, wycheproofAeadCases } from './sm4-aead.ts';

/** Longest chain of encryptions of one block; the standard's example has a million. */
const MAX_ITERATIONS = 10_000_000;

/** A mode in both directions. */
interface Mode {
  readonly requires: readonly EngineCapability[];
  readonly encrypt: (sm4: Sm4Functions, key: Secret, iv: Uint8Array, data: Uint8Array) => Uint8Array;
  readonly decrypt: (sm4: Sm4Functions, key: Secret, iv: Uint8Array, data: Uint8Array) => Uint8Array;
}

const CBC: readonly EngineCapability[] = ['sm4.cbc'];
const BLOCKS: readonly EngineCapability[] = ['sm4.blocks'];
const NONE = { padding: 'none' } as const;
const CFB: Mode = {
  requires: ['sm4.cbc', 'sm4.blocks'],
  encrypt: (sm4, ...input) => sm4.cfbEncrypt(...input),
  decrypt: (sm4, ...input) => sm4.cfbDecrypt(...input),
};
const MODES: Readonly<Record<string, Mode>> = {
  ecb: {
    requires: BLOCKS,
    encrypt: (sm4, key, _, data) => sm4.ecbEncryptBlocks(key, data),
    decrypt: (sm4, key, _, data) => sm4.ecbDecryptBlocks(key, data),
  },
  cbc: {
    requires: CBC,
    encrypt: (sm4, key, iv, data) => sm4.cbcEncrypt(key, iv, data, NONE),
    decrypt: (sm4, key, iv, data) => sm4.cbcDecrypt(key, iv, data, NONE),
  },
  'cbc pkcs7': {
    requires: CBC,
    encrypt: (sm4, ...input) => sm4.cbcEncrypt(...input),
    decrypt: (sm4, ...input) => sm4.cbcDecrypt(...input),
  },
  'cbc-cs3': {
    requires: CBC,
    encrypt: (sm4, ...input) => sm4.cbcCs3Encrypt(...input),
    decrypt: (sm4, ...input) => sm4.cbcCs3Decrypt(...input),
  },
  ctr: {
    requires: ['sm4.ctr'],
    encrypt: (sm4, ...input) => sm4.ctr(...input),
    decrypt: (sm4, ...input) => sm4.ctr(...input),
  },
  cfb: CFB,
  cfb128: CFB,
  cfb8: {
    requires: BLOCKS,
    encrypt: (sm4, ...input) => sm4.cfb8Encrypt(...input),
    decrypt: (sm4, ...input) => sm4.cfb8Decrypt(...input),
  },
  ofb: {
    requires: CBC,
    encrypt: (sm4, ...input) => sm4.ofb(...input),
    decrypt: (sm4, ...input) => sm4.ofb(...input),
  },
  'xts-gb': {
    requires: BLOCKS,
    encrypt: (sm4, ...input) => sm4.xtsGbEncrypt(...input),
    decrypt: (sm4, ...input) => sm4.xtsGbDecrypt(...input),
  },
  'xts-ieee': {
    requires: BLOCKS,
    encrypt: (sm4, ...input) => sm4.xtsIeeeEncrypt(...input),
    decrypt: (sm4, ...input) => sm4.xtsIeeeDecrypt(...input),
  },
};

/** Modes that no requirement asks for. */
const OTHER_MODES: Readonly<Record<string, SkipName>> = { eax: 'sm4.eax', ocb: 'sm4.ocb' };

/** Both directions of one mode. */
function checkMode({ requires, encrypt, decrypt }: Mode, item: Row, id: string): VectorCase {
  return check(id, requires, ({ sm4 }) => {
    const key = () => Secret.take(hex(item, 'key'));
    const iv = optional(item, 'iv') === undefined ? new Uint8Array(0) : hex(item, 'iv');
    expectEqual(encrypt(sm4, key(), iv, hex(item, 'pt')), hex(item, 'ct'), 'ciphertext');
    expectEqual(decrypt(sm4, key(), iv, hex(item, 'ct')), hex(item, 'pt'), 'plaintext');
  });
}

/**
 * A case of one mode, in both directions: `mode`, `key`, `iv`, `pt`, `ct`, and `padding`
 * where there is one. `xts` without a form is that of GB/T 17964, unless `xtsStandard`
 * says IEEE.
 */
export function modeCase(item: Row, id: string): VectorCase {
  let mode = text(item, 'mode');
  const padding = optional(item, 'padding') ?? 'none';
  if (mode === 'gcm' || mode === 'ccm') return aeadCase(mode, item, id, 'valid');
  if (mode === 'xts') mode = optional(item, 'xtsStandard') === 'IEEE' ? 'xts-ieee' : 'xts-gb';
  const other = OTHER_MODES[mode];
  if (other !== undefined) return skip(id, other);
  const known = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (known === undefined) return skip(id, 'unknown-file');
  if (mode === 'cbc-cs3' && padding.startsWith('ciphertext stealing')) return checkMode(known, item, id);
  if (item.iterations !== undefined) return iterated(item, id);
  if (padding === 'none') return checkMode(known, item, id);
  if (padding === 'pkcs7' && mode === 'cbc') return checkMode(MODES['cbc pkcs7']!, item, id);
  if (padding === 'pkcs7' && mode === 'ecb') return paddedEcb(item, id, 'valid');
  return skip(id, 'unknown-file');
}

/** One block encrypted again and again. @standard GB/T 32907-2016 §A.2 */
function iterated(item: Row, id: string): VectorCase {
  return check(id, BLOCKS, ({ engine }) => {
    const iterations = number(item, 'iterations');
    if (iterations > MAX_ITERATIONS) fail('too many iterations');
    const block = hex(item, 'pt', SM4_BLOCK_BYTES);
    const cipher = engine.sm4(hex(item, 'key', SM4_BLOCK_BYTES));
    for (let i = 0; i < iterations; i++) cipher.encryptBlocks(block, block);
    cipher.destroy();
    expectEqual(block, hex(item, 'ct'), 'ciphertext');
  });
}

/**
 * ECB with PKCS#7, which is not offered: CBC of one block from a zero IV with the
 * ciphertext before it taken out again is the same, and its padding is under test.
 */
function paddedEcb(item: Row, id: string, expected: Expectation, name = 'pt'): VectorCase {
  return check(id, ['sm4.blocks', 'sm4.cbc'], ({ sm4 }) => {
    const [raw, ciphertext] = [hex(item, 'key'), hex(item, 'ct')];
    const key = () => Secret.copy(raw);
    // The last block under CBC with a zero IV is the last block of ECB.
    const cut = Math.max(0, ciphertext.length - 16);
    const decrypt = (): Uint8Array => {
      const last = sm4.cbcDecrypt(key(), new Uint8Array(16), ciphertext.subarray(cut));
      const head = sm4.ecbDecryptBlocks(key(), ciphertext.subarray(0, cut));
      const out = new Uint8Array(head.length + last.length);
      out.set(head);
      out.set(last, head.length);
      return out;
    };
    judge(expected, decrypt, expected === 'invalid' ? undefined : hex(item, name));
    if (expected !== 'valid') return;
    const plaintext = hex(item, name);
    const whole = plaintext.length & -16;
    const head = sm4.ecbEncryptBlocks(key(), plaintext.subarray(0, whole));
    const last = sm4.cbcEncrypt(key(), new Uint8Array(16), plaintext.subarray(whole));
    expectEqual(head, ciphertext.subarray(0, whole), 'ciphertext');
    expectEqual(last, ciphertext.subarray(whole), 'last block');
  });
}

/** `annex/sm4_standard`, `generated/sm4_modes`. */
export const sm4ModeCases: VectorReader = (content) =>
  casesOf(content).map((item, i) => modeCase(item, caseId(item, i)));

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
  if (mode === 'ecb') return paddedEcb(item, id, expected, name);
  if (mode !== 'cbc') return skip(id, 'unknown-file');
  const plaintext = () => (expected === 'invalid' ? undefined : hex(item, name));
  return check(id, CBC, ({ sm4 }) => {
    const key = () => Secret.take(hex(item, 'key'));
    const [iv, ciphertext] = [hex(item, 'iv'), hex(item, 'ct')];
    judge(expected, () => sm4.cbcDecrypt(key(), iv, ciphertext), plaintext());
    judge(
      expected,
      () => {
        const stream = sm4.decryptor('cbc', key(), iv);
        const head = stream.update(ciphertext);
        const last = stream.final();
        return Uint8Array.from([...head, ...last]);
      },
      plaintext(),
    );
  });
}
