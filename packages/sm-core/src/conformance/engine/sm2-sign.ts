import { equalBytes, toHex } from '../../encoding/bytes.ts';
import type { SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM2_SIGN } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import {
  D_A,
  type EngineCase,
  expectInputsUnchanged,
  expectThrows,
  hex,
  must,
  N_HEX,
  N_MINUS_2_HEX,
  P_A,
  ScriptedNonces,
  scalar,
  seeded,
} from './support.ts';

const CLAUSE = 'GB/T 32918.2-2016 §6.1';
const { e: E_A, k: K_A, r: R_A, s: S_A } = KAT_SM2_SIGN;
/** A second nonce, for a case in which the first must be thrown away. */
const K_2 = scalar(0x1234567);

/** Values of e for which the annex key and nonce give a forbidden result; computed for this suite. */
const E_FOR_R_ZERO = 'fb14038d7172e8679dfbcdd97188014930a5b08d13bec91c0457e53c0bc0a6b0';
const E_FOR_R_PLUS_K_N = 'a1ec95659c6c624d8793be9e97c7d37c4168ee92d6e2e44d97032d2e20feea8f';
const E_FOR_S_ZERO = '848f9047ace250f013a9fc743642a3b5998e2b1519ea3af73f31e4af1e3c51b9';

/** Unequal to zero and below n; comparing hex of equal length compares the numbers. */
const isScalar = (bytes: Uint8Array): boolean => bytes.some((byte) => byte !== 0) && toHex(bytes) < N_HEX;

function expectSigned(engine: SmEngine, publicKey: Uint8Array, e: Uint8Array, signature: Uint8Array): void {
  expectTrue(signature.length === 64, 'the signature is not 64 bytes long');
  expectTrue(
    isScalar(signature.subarray(0, 32)) && isScalar(signature.subarray(32)),
    'r or s is out of range',
  );
  expectTrue(engine.sm2VerifyDigest(publicKey, e, signature), 'the signature does not verify');
}

/** The annex nonce must be drawn again because of what `e` makes of it. */
const drawsAgain = (id: string, step: string, e: string) =>
  must(id, `${CLAUSE} ${step}`, ['sm2.sign', 'sm2.verify', 'sm2.random'], (engine) => {
    const nonces = new ScriptedNonces(K_A, K_2);
    const signature = engine.sm2SignDigest(hex(D_A), hex(e), nonces);
    expectTrue(nonces.used === 2, 'the forbidden nonce was used');
    expectSigned(engine, hex(P_A), hex(e), signature);
  });

/** A nonce outside [1, n-1] must be thrown away, not reduced. */
const skipsNonce = (id: string, first: string) =>
  must(id, `${CLAUSE} A3`, ['sm2.sign', 'sm2.random'], (engine) => {
    const signature = engine.sm2SignDigest(hex(D_A), hex(E_A), new ScriptedNonces(first, K_A));
    expectBytes(signature, hex(R_A + S_A), 'signature');
  });

const signs = (id: string, d: string, e: string) =>
  must(id, CLAUSE, ['sm2.sign', 'sm2.verify', 'sm2.keygen'], (engine, context) => {
    const signature = engine.sm2SignDigest(hex(d), hex(e), seeded(context, 'k'));
    expectSigned(engine, engine.sm2PublicKey(hex(d)), hex(e), signature);
  });

/** SM2 signing cases. */
export const SM2_SIGN_CASES: readonly EngineCase[] = [
  must('sm2.sign.annex-a2', 'GB/T 32918.5-2017 §A.2, EDGE-010', ['sm2.sign', 'sm2.random'], (engine) => {
    const signature = engine.sm2SignDigest(hex(D_A), hex(E_A), new ScriptedNonces(K_A));
    expectBytes(signature, hex(R_A + S_A), 'signature');
  }),
  signs('sm2.sign.annex-key', D_A, E_A),
  signs('sm2.sign.smallest-private-key', scalar(1), E_A),
  signs('sm2.sign.largest-private-key', N_MINUS_2_HEX, E_A),
  signs('sm2.sign.e-zero', D_A, '00'.repeat(32)),
  signs('sm2.sign.e-above-n', D_A, 'ff'.repeat(32)),
  must('sm2.sign.never-repeats-a-nonce', `${CLAUSE} A3`, ['sm2.sign'], (engine, context) => {
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const signature = engine.sm2SignDigest(hex(D_A), hex(E_A), seeded(context, `k${i}`));
      seen.add(toHex(signature.subarray(0, 32)));
    }
    expectTrue(seen.size === 4, 'one r occurred twice: the private key is lost');
  }),
  must('sm2.sign.nonce-is-the-given-one', `${CLAUSE} A3`, ['sm2.sign', 'sm2.random'], (engine) => {
    const sign = (k: string) => engine.sm2SignDigest(hex(D_A), hex(E_A), new ScriptedNonces(k));
    expectBytes(sign(K_2), sign(K_2), 'signature with the same nonce');
    expectTrue(!equalBytes(sign(K_2), sign(K_A)), 'two nonces give one signature');
  }),
  skipsNonce('sm2.sign.skips-nonce-zero', '00'.repeat(32)),
  skipsNonce('sm2.sign.skips-nonce-n', N_HEX),
  skipsNonce('sm2.sign.skips-nonce-above-n', 'ff'.repeat(32)),
  drawsAgain('sm2.sign.draws-again-when-r-is-zero', 'A5', E_FOR_R_ZERO),
  drawsAgain('sm2.sign.draws-again-when-r-plus-k-is-n', 'A5', E_FOR_R_PLUS_K_N),
  drawsAgain('sm2.sign.draws-again-when-s-is-zero', 'A6', E_FOR_S_ZERO),
  must('sm2.sign.passes-on-a-failed-source', CLAUSE, ['sm2.sign', 'sm2.random'], (engine) => {
    expectThrows(
      () =>
        engine.sm2SignDigest(hex(D_A), hex(E_A), {
          fill: () => {
            throw new Error('random source failed');
          },
        }),
      'signing without randomness',
    );
  }),
  must('sm2.sign.inputs-are-not-changed', CLAUSE, ['sm2.sign'], (engine, context) => {
    const d = hex(D_A);
    const e = hex(E_A);
    expectInputsUnchanged([d, e], () => engine.sm2SignDigest(d, e, seeded(context, 'k')));
  }),
];
