import { concatBytes, toHex } from '../../encoding/bytes.ts';
import { KAT_SM2_ENCRYPT } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import {
  D_A,
  type EngineCase,
  expectInputsUnchanged,
  expectNothing,
  expectThrows,
  flip,
  hex,
  must,
  N_HEX,
  ONE_PLUS_P,
  P_A,
  pattern,
  ScriptedNonces,
  scalar,
  seeded,
  X_ONE_Y,
} from './support.ts';

const ENCRYPT = 'GB/T 32918.4-2016 §6.1';
const DECRYPT = 'GB/T 32918.4-2016 §7.1';
const { c1: C1, c2: C2, c3: C3, k: K_A, message: M } = KAT_SM2_ENCRYPT;
const GENUINE = hex(C1 + C3 + C2);

/** The annex C1 with a message of `pattern(70)`: three rounds of the KDF. Computed for this suite. */
const C3_C2_OF_70 =
  '4597902c2d7cb47add0e0f41bb0acb72c24403fc8cc89528d7634045aa0bca1a' +
  '44e70dd8f4bfee133f6f597fb2ff6946147d8c1092763f5d3ceaf6d74f234985' +
  '558ac0402923114a02bd562c79eaee7cfb86e45372894d293d4fa2521280ae61cfb01e91c3df';
/** With k = 470 the key stream for one byte is zero. A consistent ciphertext of 5a, which B4 forbids. */
const K_ZERO_STREAM = scalar(470);
const ZERO_STREAM =
  '0417a8dbf0e9d5ce427a04c8800bef14de5e22e24c5cee027d8f71fe0bf8a909b1' +
  '0bc9ed977244bf069fa0e9163a353597134cf54a2747957945678515b49265e8' +
  '914e05f1a4fc4644c89522b4009523e440a3243d40c4b05b75ac2af01f06286a5a';
/** C1 = (5, 7) is not on the curve; C3 and C2 fit what d_A gives without the check (invalid-curve attack). */
const OFF_CURVE =
  `04${scalar(5)}${scalar(7)}` +
  'e1f92c566b9e2bff181567e0626d99f70c8f52e28c9e74e35d90bfa4a95dbd55cf44f12baa1113dc';
/** A valid ciphertext of 01…08 with C1.x = 1. */
const X_ONE_TAIL = '6ea271c48c7547042f2c95d43788ef8bc9f58af2ac72868b4a5935fcd3e9536cce522814204c06ce';
/** p - y1 of the annex C1: the other point with the same x. */
const MINUS_Y1 = '17a70626e1abcf5a84c92554706af5c39b1911949cf6b267d7c5008981edb20f';
const X_ONE_MESSAGE = '0102030405060708';

const decrypts = (id: string, clause: string, ciphertext: string, message: Uint8Array) =>
  must(id, clause, ['sm2.decrypt'], (engine) => {
    expectBytes(engine.sm2Decrypt(hex(D_A), hex(ciphertext)), message, 'message');
  });

const rejects = (id: string, step: string, ciphertext: Uint8Array, d: string = D_A) =>
  must(id, `${DECRYPT} ${step}`, ['sm2.decrypt'], (engine) => {
    // A copy: a subject that damages its inputs must not reach the next case.
    expectNothing(engine.sm2Decrypt(hex(d), Uint8Array.from(ciphertext)), 'decryption');
  });

const skipsNonce = (id: string, first: string) =>
  must(id, `${ENCRYPT} A1`, ['sm2.encrypt', 'sm2.random'], (engine) => {
    const ciphertext = engine.sm2Encrypt(hex(P_A), hex(M), new ScriptedNonces(first, K_A));
    expectBytes(ciphertext, GENUINE, 'ciphertext');
  });

/** SM2 encryption cases. */
export const SM2_CIPHER_CASES: readonly EngineCase[] = [
  must(
    'sm2.encrypt.annex-c2',
    'GB/T 32918.5-2017 §C.2, EDGE-010',
    ['sm2.encrypt', 'sm2.random'],
    (engine) => {
      expectBytes(engine.sm2Encrypt(hex(P_A), hex(M), new ScriptedNonces(K_A)), GENUINE, 'ciphertext');
    },
  ),
  must('sm2.encrypt.every-length-decrypts', ENCRYPT, ['sm2.encrypt', 'sm2.decrypt'], (engine, context) => {
    for (const length of [1, 2, 31, 32, 33, 64, 65, 300]) {
      const message = pattern(length + 1).subarray(1);
      const ciphertext = engine.sm2Encrypt(hex(P_A), message, seeded(context, `k${length}`));
      expectTrue(ciphertext.length === 97 + length && ciphertext[0] === 4, 'wrong form of ciphertext');
      expectBytes(engine.sm2Decrypt(hex(D_A), ciphertext), message, `message of ${length} bytes`);
    }
  }),
  must('sm2.encrypt.never-repeats-a-nonce', `${ENCRYPT} A1`, ['sm2.encrypt'], (engine, context) => {
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      seen.add(toHex(engine.sm2Encrypt(hex(P_A), hex(M), seeded(context, `k${i}`)).subarray(0, 65)));
    }
    expectTrue(seen.size === 4, 'one C1 occurred twice');
  }),
  skipsNonce('sm2.encrypt.skips-nonce-zero', '00'.repeat(32)),
  skipsNonce('sm2.encrypt.skips-nonce-n', N_HEX),
  must(
    'sm2.encrypt.draws-again-for-a-zero-key-stream',
    `${ENCRYPT} A5`,
    ['sm2.encrypt', 'sm2.random'],
    (engine) => {
      const nonces = new ScriptedNonces(K_ZERO_STREAM, K_A);
      const ciphertext = engine.sm2Encrypt(hex(P_A), Uint8Array.of(0x5a), nonces);
      expectTrue(nonces.used === 2, 'the message was sent in the clear');
      expectBytes(ciphertext.subarray(0, 65), hex(C1), 'C1');
    },
  ),
  must('sm2.encrypt.passes-on-a-failed-source', ENCRYPT, ['sm2.encrypt', 'sm2.random'], (engine) => {
    expectThrows(
      () =>
        engine.sm2Encrypt(hex(P_A), hex(M), {
          fill: () => {
            throw new Error('random source failed');
          },
        }),
      'encrypting without randomness',
    );
  }),
  must('sm2.encrypt.inputs-are-not-changed', ENCRYPT, ['sm2.encrypt'], (engine, context) => {
    const inputs = [hex(P_A), hex(M)] as const;
    expectInputsUnchanged(inputs, () => engine.sm2Encrypt(...inputs, seeded(context, 'k')));
  }),
  decrypts('sm2.decrypt.annex-c3', 'GB/T 32918.5-2017 §C.3, EDGE-010', C1 + C3 + C2, hex(M)),
  decrypts('sm2.decrypt.several-kdf-rounds', DECRYPT, C1 + C3_C2_OF_70, pattern(70)),
  decrypts(
    'sm2.decrypt.c1-with-small-x',
    DECRYPT,
    `04${scalar(1)}${X_ONE_Y}${X_ONE_TAIL}`,
    hex(X_ONE_MESSAGE),
  ),
  rejects('sm2.decrypt.rejects-off-curve', 'B1', hex(OFF_CURVE)),
  rejects('sm2.decrypt.rejects-x-not-reduced', 'B1', hex(`04${ONE_PLUS_P}${X_ONE_Y}${X_ONE_TAIL}`)),
  rejects('sm2.decrypt.rejects-zero-coordinates', 'B1', hex(`04${'00'.repeat(64)}${C3}${C2}`)),
  rejects('sm2.decrypt.rejects-negated-c1', 'B6', hex(C1.slice(0, 66) + MINUS_Y1 + C3 + C2)),
  rejects('sm2.decrypt.rejects-compressed-prefix', 'B1', hex(`02${C1.slice(2)}${C3}${C2}`)),
  rejects('sm2.decrypt.rejects-hybrid-prefix', 'B1', hex(`06${C1.slice(2)}${C3}${C2}`)),
  rejects('sm2.decrypt.rejects-missing-prefix', 'B1', GENUINE.subarray(1)),
  rejects('sm2.decrypt.rejects-zero-key-stream', 'B4', hex(ZERO_STREAM)),
  rejects('sm2.decrypt.rejects-x-of-c1', 'B1', flip(GENUINE, 1)),
  rejects('sm2.decrypt.rejects-y-of-c1', 'B1', flip(GENUINE, 64)),
  rejects('sm2.decrypt.rejects-first-byte-of-c3', 'B6', flip(GENUINE, 65)),
  rejects('sm2.decrypt.rejects-last-byte-of-c3', 'B6', flip(GENUINE, 96, 7)),
  rejects('sm2.decrypt.rejects-first-byte-of-c2', 'B6', flip(GENUINE, 97, 7)),
  rejects('sm2.decrypt.rejects-last-byte-of-c2', 'B6', flip(GENUINE, -1)),
  rejects('sm2.decrypt.rejects-truncated', 'B6', GENUINE.subarray(0, GENUINE.length - 1)),
  rejects('sm2.decrypt.rejects-trailing-byte', 'B6', concatBytes(GENUINE, Uint8Array.of(0))),
  rejects('sm2.decrypt.rejects-old-order', 'B6', hex(C1 + C2 + C3)),
  rejects('sm2.decrypt.rejects-empty-c2', 'B4', GENUINE.subarray(0, 97)),
  rejects('sm2.decrypt.rejects-c1-alone', 'B1', GENUINE.subarray(0, 65)),
  rejects('sm2.decrypt.rejects-empty', 'B1', new Uint8Array(0)),
  rejects('sm2.decrypt.rejects-another-key', 'B6', GENUINE, scalar(2)),
  must('sm2.decrypt.inputs-are-not-changed', DECRYPT, ['sm2.decrypt'], (engine) => {
    const inputs = [hex(D_A), Uint8Array.from(GENUINE)] as const;
    expectInputsUnchanged(inputs, () => engine.sm2Decrypt(...inputs));
  }),
];
