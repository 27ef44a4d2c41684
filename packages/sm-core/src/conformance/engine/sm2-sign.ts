import { equalBytes, toHex } from '../../encoding/bytes.ts';
import { SmError } from '../../error.ts';
import type { EngineCapability, RandomSource, SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM2_SIGN } from '../../spec/v1/known-answers.ts';
import { ConformanceFailure, expectBytes, expectTrue } from '../kit.ts';
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

/** Signs with a key that is used once, or that was prepared. */
type Sign = (engine: SmEngine, d: Uint8Array, e: Uint8Array, random: RandomSource) => Uint8Array;

/** The cases that hold for every way to sign; ids begin with `group`. */
function signCases(group: string, capability: EngineCapability, sign: Sign): readonly EngineCase[] {
  const id = (name: string): string => `${group}.${name}`;

  /** The annex nonce must be drawn again because of what `e` makes of it. */
  const drawsAgain = (name: string, step: string, e: string) =>
    must(id(name), `${CLAUSE} ${step}`, [capability, 'sm2.verify', 'sm2.random'], (engine) => {
      const nonces = new ScriptedNonces(K_A, K_2);
      const signature = sign(engine, hex(D_A), hex(e), nonces);
      expectTrue(nonces.used === 2, 'the forbidden nonce was used');
      expectSigned(engine, hex(P_A), hex(e), signature);
    });

  /** A nonce outside [1, n-1] must be thrown away, not reduced. */
  const skipsNonce = (name: string, first: string) =>
    must(id(name), `${CLAUSE} A3`, [capability, 'sm2.random'], (engine) => {
      const signature = sign(engine, hex(D_A), hex(E_A), new ScriptedNonces(first, K_A));
      expectBytes(signature, hex(R_A + S_A), 'signature');
    });

  const signs = (name: string, d: string, e: string) =>
    must(id(name), CLAUSE, [capability, 'sm2.verify', 'sm2.keygen'], (engine, context) => {
      const signature = sign(engine, hex(d), hex(e), seeded(context, 'k'));
      expectSigned(engine, engine.sm2PublicKey(hex(d)), hex(e), signature);
    });

  return [
    must(id('annex-a2'), 'GB/T 32918.5-2017 §A.2, EDGE-010', [capability, 'sm2.random'], (engine) => {
      const signature = sign(engine, hex(D_A), hex(E_A), new ScriptedNonces(K_A));
      expectBytes(signature, hex(R_A + S_A), 'signature');
    }),
    signs('annex-key', D_A, E_A),
    signs('smallest-private-key', scalar(1), E_A),
    signs('largest-private-key', N_MINUS_2_HEX, E_A),
    signs('e-zero', D_A, '00'.repeat(32)),
    signs('e-above-n', D_A, 'ff'.repeat(32)),
    must(id('never-repeats-a-nonce'), `${CLAUSE} A3`, [capability], (engine, context) => {
      const seen = new Set<string>();
      for (let i = 0; i < 4; i++) {
        const signature = sign(engine, hex(D_A), hex(E_A), seeded(context, `k${i}`));
        seen.add(toHex(signature.subarray(0, 32)));
      }
      expectTrue(seen.size === 4, 'one r occurred twice: the private key is lost');
    }),
    must(id('nonce-is-the-given-one'), `${CLAUSE} A3`, [capability, 'sm2.random'], (engine) => {
      const withNonce = (k: string) => sign(engine, hex(D_A), hex(E_A), new ScriptedNonces(k));
      expectBytes(withNonce(K_2), withNonce(K_2), 'signature with the same nonce');
      expectTrue(!equalBytes(withNonce(K_2), withNonce(K_A)), 'two nonces give one signature');
    }),
    skipsNonce('skips-nonce-zero', '00'.repeat(32)),
    skipsNonce('skips-nonce-n', N_HEX),
    skipsNonce('skips-nonce-above-n', 'ff'.repeat(32)),
    drawsAgain('draws-again-when-r-is-zero', 'A5', E_FOR_R_ZERO),
    drawsAgain('draws-again-when-r-plus-k-is-n', 'A5', E_FOR_R_PLUS_K_N),
    drawsAgain('draws-again-when-s-is-zero', 'A6', E_FOR_S_ZERO),
    must(id('passes-on-a-failed-source'), CLAUSE, [capability, 'sm2.random'], (engine) => {
      const failing = {
        fill: () => {
          throw new Error('random source failed');
        },
      };
      expectThrows(() => sign(engine, hex(D_A), hex(E_A), failing), 'signing without randomness');
    }),
    must(id('inputs-are-not-changed'), CLAUSE, [capability], (engine, context) => {
      const d = hex(D_A);
      const e = hex(E_A);
      expectInputsUnchanged([d, e], () => sign(engine, d, e, seeded(context, 'k')));
    }),
  ];
}

/** SM2 signing cases. */
export const SM2_SIGN_CASES: readonly EngineCase[] = signCases(
  'sm2.sign',
  'sm2.sign',
  (engine, d, e, random) => engine.sm2SignDigest(d, e, random),
);

const prepared = 'sm2.prepared-private';

/** Cases of private keys made ready: the same as of signing, and what is new with an object that lives on. */
export const SM2_PREPARED_PRIVATE_CASES: readonly EngineCase[] = [
  ...signCases(prepared, prepared, (engine, d, e, random) => {
    const key = engine.sm2PreparePrivate(d);
    try {
      return key.signDigest(e, random);
    } finally {
      key.destroy();
    }
  }),
  must(`${prepared}.signs-again-with-other-nonces`, CLAUSE, [prepared, 'sm2.verify'], (engine, context) => {
    const key = engine.sm2PreparePrivate(hex(D_A));
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const signature = key.signDigest(hex(E_A), seeded(context, `k${i}`));
      expectSigned(engine, hex(P_A), hex(E_A), signature);
      seen.add(toHex(signature.subarray(0, 32)));
    }
    expectTrue(seen.size === 4, 'one r occurred twice: the private key is lost');
  }),
  must(`${prepared}.key-is-not-read-again`, 'SmEngine v1', [prepared, 'sm2.random'], (engine) => {
    const d = hex(D_A);
    const key = engine.sm2PreparePrivate(d);
    d.fill(0x11);
    expectBytes(key.signDigest(hex(E_A), new ScriptedNonces(K_A)), hex(R_A + S_A), 'signature');
  }),
  must(`${prepared}.two-keys-do-not-mix`, 'SmEngine v1', [prepared, 'sm2.random'], (engine) => {
    const first = engine.sm2PreparePrivate(hex(D_A));
    const second = engine.sm2PreparePrivate(hex(scalar(1)));
    second.signDigest(hex(E_A), new ScriptedNonces(K_2));
    expectBytes(first.signDigest(hex(E_A), new ScriptedNonces(K_A)), hex(R_A + S_A), 'signature');
    second.destroy();
    expectBytes(
      first.signDigest(hex(E_A), new ScriptedNonces(K_A)),
      hex(R_A + S_A),
      'after destroying the other',
    );
  }),
  must(`${prepared}.signs-nothing-after-destroy`, 'SmEngine v1', [prepared], (engine, context) => {
    const key = engine.sm2PreparePrivate(hex(D_A));
    key.signDigest(hex(E_A), seeded(context, 'k'));
    key.destroy();
    key.destroy();
    try {
      key.signDigest(hex(E_A), seeded(context, 'k'));
    } catch (error) {
      expectTrue(
        error instanceof SmError && error.code === 'ERR_SECRET_DESTROYED',
        'a destroyed key was not refused with ERR_SECRET_DESTROYED',
      );
      return;
    }
    throw new ConformanceFailure('a destroyed key signed');
  }),
];
