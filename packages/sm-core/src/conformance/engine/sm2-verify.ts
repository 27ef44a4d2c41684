import { concatBytes } from '../../encoding/bytes.ts';
import type { EngineCapability, SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM2_SIGN } from '../../spec/v1/known-answers.ts';
import { expectTrue } from '../kit.ts';
import {
  type EngineCase,
  expectInputsUnchanged,
  flip,
  G_HEX,
  hex,
  MINUS_2G_HEX,
  must,
  N_HEX,
  N_MINUS_1_HEX,
  N_MINUS_2_HEX,
  P_A,
  scalar,
  seeded,
} from './support.ts';

const CLAUSE = 'GB/T 32918.2-2016 §7.1';
const { e: E_A, r: R_A, s: S_A } = KAT_SM2_SIGN;

/**
 * Values of e that an implementation without the check in question would accept for
 * the annex key; computed for this suite with [s]G + [t]P_A and r = e + x1. No private
 * key is needed to make them, so each is a real forgery.
 */
const E_R0_S1 = 'be7d2a63df4f0b09d4048aded864002d6b2021c0ffbfbdf86be76bc6eaaef60e';
const E_R1_S0 = 'f60620cde1abde5eaf2282e9e1b43a38ffec3fbe09920923e80b6415e2e1f104';
const E_T0 = 'cd3b51d2e0e67ee6a066fbb995c6366ae220d3ab2f5ff949e261ae800688cc5b';
const E_R5_S7 = '52e690f41b870d19cc5ff60a38ed85f44c94a2ea4c6224657d23f2e5479a9436';
/** s = 9 and r = -s/d - s: the sum is the point at infinity, and e = r fits where its x counts as 0. */
const R_INFINITY = '8d6c7b0aab0f6cc17ed71c4827338ab8d823ab7d3d84f5dff31da8e1e381e5a2';
/** n + 5 and n + 7: below 2^256, equal to 5 and 7 for a verifier that reduces first. */
const N_PLUS_5 = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54128';
const N_PLUS_7 = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d5412a';
/** n - s of the annex signature: valid in ECDSA, not in SM2. */
const N_MINUS_S = '4e4955d520ded02789ce7d43f2bde35db673a66e0246c256cfb08a44b4197f79';

const GENUINE = hex(R_A + S_A);

/** Verifies with a key that is used once, or that was prepared. */
type Verify = (engine: SmEngine, publicKey: Uint8Array, e: Uint8Array, signature: Uint8Array) => boolean;

/** The cases that hold for every way to verify; ids begin with `group`. */
function verifyCases(group: string, capability: EngineCapability, verify: Verify): readonly EngineCase[] {
  const accepts = (name: string, clause: string, e: string, signature: string) =>
    must(`${group}.${name}`, clause, [capability], (engine) => {
      expectTrue(verify(engine, hex(P_A), hex(e), hex(signature)), 'a valid signature was refused');
    });

  const rejects = (
    name: string,
    step: string,
    signature: Uint8Array,
    e: Uint8Array = hex(E_A),
    publicKey: string = P_A,
  ) =>
    must(`${group}.${name}`, `${CLAUSE} ${step}`, [capability], (engine) => {
      // Copies: a subject that damages its inputs must not reach the next case.
      const copies = [hex(publicKey), Uint8Array.from(e), Uint8Array.from(signature)] as const;
      const result: unknown = verify(engine, ...copies);
      expectTrue(result === false, 'a wrong signature was not answered with false');
    });

  return [
    accepts('annex-a2', 'GB/T 32918.5-2017 §A.3, EDGE-010', E_A, R_A + S_A),
    accepts('small-r-and-s', CLAUSE, E_R5_S7, scalar(5) + scalar(7)),
    rejects('rejects-r-zero', 'B1', hex(scalar(0) + scalar(1)), hex(E_R0_S1)),
    rejects('rejects-r-equal-n', 'B1', hex(N_HEX + scalar(1)), hex(E_R0_S1)),
    rejects('rejects-r-not-reduced', 'B1', hex(N_PLUS_5 + scalar(7)), hex(E_R5_S7)),
    rejects('rejects-s-zero', 'B2', hex(scalar(1) + scalar(0)), hex(E_R1_S0)),
    rejects('rejects-s-equal-n', 'B2', hex(scalar(1) + N_HEX), hex(E_R1_S0)),
    rejects('rejects-s-not-reduced', 'B2', hex(scalar(5) + N_PLUS_7), hex(E_R5_S7)),
    rejects('rejects-t-zero', 'B5', hex(N_MINUS_1_HEX + scalar(1)), hex(E_T0)),
    rejects('rejects-infinity', 'B6', hex(R_INFINITY + scalar(9)), hex(R_INFINITY)),
    rejects('rejects-r-and-s-zero', 'B1', new Uint8Array(64)),
    rejects('rejects-all-ones', 'B1', new Uint8Array(64).fill(0xff)),
    rejects('rejects-first-bit-of-r', 'B7', flip(GENUINE, 0, 7)),
    rejects('rejects-last-bit-of-r', 'B7', flip(GENUINE, 31)),
    rejects('rejects-first-bit-of-s', 'B7', flip(GENUINE, 32, 7)),
    rejects('rejects-last-bit-of-s', 'B7', flip(GENUINE, 63)),
    rejects('rejects-first-bit-of-e', 'B7', GENUINE, flip(hex(E_A), 0, 7)),
    rejects('rejects-last-bit-of-e', 'B7', GENUINE, flip(hex(E_A), 31)),
    rejects('rejects-swapped-halves', 'B7', hex(S_A + R_A)),
    rejects('rejects-negated-s', 'B7', hex(R_A + N_MINUS_S)),
    rejects('rejects-another-key', 'B7', GENUINE, hex(E_A), G_HEX),
    rejects('rejects-truncated', 'B1', GENUINE.subarray(0, 63)),
    rejects('rejects-trailing-byte', 'B1', concatBytes(GENUINE, Uint8Array.of(0))),
    rejects('rejects-empty', 'B1', new Uint8Array(0)),
    must(`${group}.inputs-are-not-changed`, CLAUSE, [capability], (engine) => {
      const inputs = [hex(P_A), hex(E_A), Uint8Array.from(GENUINE)] as const;
      expectInputsUnchanged(inputs, () => verify(engine, ...inputs));
    }),
  ];
}

/** SM2 verification cases. */
export const SM2_VERIFY_CASES: readonly EngineCase[] = verifyCases(
  'sm2.verify',
  'sm2.verify',
  (engine, publicKey, e, signature) => engine.sm2VerifyDigest(publicKey, e, signature),
);

const prepared = 'sm2.prepared-public';

/** Cases of public keys made ready: the same as of verification, and what is new with an object that lives on. */
export const SM2_PREPARED_PUBLIC_CASES: readonly EngineCase[] = [
  ...verifyCases(prepared, prepared, (engine, publicKey, e, signature) =>
    engine.sm2PreparePublic(publicKey).verifyDigest(e, signature),
  ),
  ...(
    [
      ['key-g', G_HEX, scalar(1)],
      ['key-minus-2g', MINUS_2G_HEX, N_MINUS_2_HEX],
    ] as const
  ).map(([name, publicKey, d]) =>
    must(`${prepared}.${name}`, CLAUSE, [prepared, 'sm2.sign'], (engine, context) => {
      const signature = engine.sm2SignDigest(hex(d), hex(E_A), seeded(context, 'k'));
      expectTrue(engine.sm2PreparePublic(hex(publicKey)).verifyDigest(hex(E_A), signature), 'refused');
    }),
  ),
  must(`${prepared}.answers-are-not-kept`, CLAUSE, [prepared], (engine) => {
    const key = engine.sm2PreparePublic(hex(P_A));
    for (let round = 0; round < 2; round++) {
      expectTrue(key.verifyDigest(hex(E_A), Uint8Array.from(GENUINE)), 'a valid signature was refused');
      expectTrue(!key.verifyDigest(hex(E_A), flip(GENUINE, 63)), 'a wrong signature was accepted');
      expectTrue(!key.verifyDigest(flip(hex(E_A), 0), Uint8Array.from(GENUINE)), 'another e was accepted');
    }
  }),
  must(`${prepared}.key-is-not-read-again`, 'SmEngine v1', [prepared], (engine) => {
    const publicKey = hex(P_A);
    const key = engine.sm2PreparePublic(publicKey);
    publicKey.set(hex(G_HEX));
    expectTrue(key.verifyDigest(hex(E_A), Uint8Array.from(GENUINE)), 'a valid signature was refused');
  }),
  must(`${prepared}.two-keys-do-not-mix`, 'SmEngine v1', [prepared], (engine) => {
    const first = engine.sm2PreparePublic(hex(P_A));
    const second = engine.sm2PreparePublic(hex(G_HEX));
    expectTrue(!second.verifyDigest(hex(E_A), Uint8Array.from(GENUINE)), 'accepted under another key');
    expectTrue(first.verifyDigest(hex(E_A), Uint8Array.from(GENUINE)), 'a valid signature was refused');
  }),
];
