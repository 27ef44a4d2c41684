import { concatBytes, equalBytes } from '../../encoding/bytes.ts';
import type { SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM4_BLOCK, KAT_SM4_CBC, KAT_SM4_CTR, KAT_SM4_MILLION } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import { type EngineCase, expectInputsUnchanged, flip, hex, must, pattern } from './support.ts';

const BLOCK = 'GB/T 32907-2016';
const CBC = 'GB/T 17964-2021 §6';
const CTR = 'GB/T 17964-2021 §9';
// Made anew for each use: a subject that damages its inputs must not reach the next case.
const key = () => hex(KAT_SM4_BLOCK.key);
const iv = () => hex(KAT_SM4_CBC.iv);
const otherKey = () => hex('fedcba98765432100123456789abcdef');

const encrypt = (engine: SmEngine, block: Uint8Array) => engine.sm4Block(key(), block, 'encrypt');
const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i]!);

/** The counter mode must give this key stream from these counters in turn. */
const counts = (id: string, counters: readonly string[]) =>
  must(id, CTR, ['sm4.ctr', 'sm4.ecb-block'], (engine) => {
    const stream = engine.sm4Ctr(key(), hex(counters[0]!), new Uint8Array(16 * counters.length));
    expectBytes(
      stream,
      concatBytes(...counters.map((counter) => encrypt(engine, hex(counter)))),
      'key stream',
    );
  });

/** SM4 block, CBC and CTR cases. */
export const SM4_CASES: readonly EngineCase[] = [
  must('sm4.block.annex-a1-encrypts', `${BLOCK} §A.1, EDGE-010`, ['sm4.ecb-block'], (engine) => {
    expectBytes(encrypt(engine, hex(KAT_SM4_BLOCK.plaintext)), hex(KAT_SM4_BLOCK.ciphertext), 'ciphertext');
  }),
  must('sm4.block.annex-a1-decrypts', `${BLOCK} §A.1, EDGE-010`, ['sm4.ecb-block'], (engine) => {
    const plaintext = engine.sm4Block(key(), hex(KAT_SM4_BLOCK.ciphertext), 'decrypt');
    expectBytes(plaintext, hex(KAT_SM4_BLOCK.plaintext), 'plaintext');
  }),
  must('sm4.cbc.annex-a2-million', `${BLOCK} §A.2, EDGE-010`, ['sm4.cbc'], (engine) => {
    // CBC over zero blocks with the plaintext as IV encrypts it again and again.
    const zeros = new Uint8Array(16 * 10_000);
    let block = hex(KAT_SM4_MILLION.plaintext);
    for (let done = 0; done < KAT_SM4_MILLION.iterations; done += 10_000) {
      block = engine.sm4Cbc(hex(KAT_SM4_MILLION.key), block, zeros, 'encrypt').slice(-16);
    }
    expectBytes(block, hex(KAT_SM4_MILLION.ciphertext), 'ciphertext');
  }),
  must('sm4.block.another-key-does-not-decrypt', BLOCK, ['sm4.ecb-block'], (engine) => {
    const ciphertext = encrypt(engine, iv());
    expectTrue(!equalBytes(engine.sm4Block(otherKey(), ciphertext, 'decrypt'), iv()), 'the key was ignored');
  }),
  must('sm4.block.inputs-are-not-changed', BLOCK, ['sm4.ecb-block'], (engine) => {
    const inputs = [key(), iv()] as const;
    expectInputsUnchanged(inputs, () => engine.sm4Block(...inputs, 'encrypt'));
  }),
  must('sm4.cbc.annex-encrypts', CBC, ['sm4.cbc'], (engine) => {
    const { plaintext, ciphertext } = KAT_SM4_CBC;
    expectBytes(engine.sm4Cbc(key(), iv(), hex(plaintext), 'encrypt'), hex(ciphertext), 'ciphertext');
  }),
  must('sm4.cbc.annex-decrypts', CBC, ['sm4.cbc'], (engine) => {
    const { plaintext, ciphertext } = KAT_SM4_CBC;
    expectBytes(engine.sm4Cbc(key(), iv(), hex(ciphertext), 'decrypt'), hex(plaintext), 'plaintext');
  }),
  must('sm4.cbc.equal-blocks-do-not-repeat', CBC, ['sm4.cbc'], (engine) => {
    const out = engine.sm4Cbc(key(), iv(), new Uint8Array(48), 'encrypt');
    expectTrue(!equalBytes(out.subarray(0, 16), out.subarray(16, 32)), 'blocks are not chained');
    expectTrue(!equalBytes(out.subarray(16, 32), out.subarray(32)), 'blocks are not chained');
  }),
  must('sm4.cbc.another-iv-changes-the-first-block', CBC, ['sm4.cbc'], (engine) => {
    const one = engine.sm4Cbc(key(), iv(), pattern(32), 'encrypt');
    const other = engine.sm4Cbc(key(), flip(iv(), 15), pattern(32), 'encrypt');
    expectTrue(!equalBytes(one.subarray(0, 16), other.subarray(0, 16)), 'the IV was ignored');
  }),
  must('sm4.cbc.error-reaches-the-next-block-only', CBC, ['sm4.cbc'], (engine) => {
    const ciphertext = engine.sm4Cbc(key(), iv(), pattern(64), 'encrypt');
    const out = engine.sm4Cbc(key(), iv(), flip(ciphertext, 16, 3), 'decrypt');
    expectTrue(!equalBytes(out.subarray(16, 32), pattern(64).subarray(16, 32)), 'the changed block decrypts');
    expectBytes(out.subarray(32), flip(pattern(64).subarray(32), 0, 3), 'the blocks after it');
  }),
  must('sm4.cbc.calls-do-not-influence-each-other', CBC, ['sm4.cbc'], (engine) => {
    const first = engine.sm4Cbc(key(), iv(), pattern(32), 'encrypt');
    engine.sm4Cbc(otherKey(), flip(iv(), 0), pattern(48), 'decrypt');
    expectBytes(engine.sm4Cbc(key(), iv(), pattern(32), 'encrypt'), first, 'the same call again');
  }),
  must('sm4.cbc.inputs-are-not-changed', CBC, ['sm4.cbc'], (engine) => {
    const inputs = [key(), iv(), pattern(32)] as const;
    expectInputsUnchanged(inputs, () => engine.sm4Cbc(...inputs, 'encrypt'));
    expectInputsUnchanged(inputs, () => engine.sm4Cbc(...inputs, 'decrypt'));
  }),
  must('sm4.ctr.annex', CTR, ['sm4.ctr'], (engine) => {
    const { counter, plaintext, ciphertext } = KAT_SM4_CTR;
    expectBytes(engine.sm4Ctr(key(), hex(counter), hex(plaintext)), hex(ciphertext), 'ciphertext');
  }),
  must('sm4.ctr.short-last-block', CTR, ['sm4.ctr'], (engine) => {
    const whole = engine.sm4Ctr(key(), iv(), pattern(64));
    for (const length of [0, 1, 15, 16, 17, 63]) {
      expectBytes(engine.sm4Ctr(key(), iv(), pattern(length)), whole.subarray(0, length), `${length} bytes`);
    }
  }),
  counts('sm4.ctr.counter-wraps-at-128-bits', ['ff'.repeat(16), '00'.repeat(16), `${'00'.repeat(15)}01`]),
  counts('sm4.ctr.carry-beyond-32-bits', [
    '000102030405060708090a0bffffffff',
    '000102030405060708090a0c00000000',
  ]),
  counts('sm4.ctr.carry-beyond-64-bits', [
    '0001020304050607ffffffffffffffff',
    '00010203040506080000000000000000',
  ]),
  must('sm4.ctr.no-block-of-the-stream-repeats', CTR, ['sm4.ctr'], (engine) => {
    const data = pattern(48);
    const stream = xor(engine.sm4Ctr(key(), iv(), data), data);
    expectTrue(!equalBytes(stream.subarray(0, 16), stream.subarray(16, 32)), 'the counter does not count');
    expectTrue(!equalBytes(stream.subarray(16, 32), stream.subarray(32)), 'the counter does not count');
  }),
  must('sm4.ctr.inputs-are-not-changed', CTR, ['sm4.ctr'], (engine) => {
    const inputs = [key(), iv(), pattern(33)] as const;
    expectInputsUnchanged(inputs, () => engine.sm4Ctr(...inputs));
  }),
];
