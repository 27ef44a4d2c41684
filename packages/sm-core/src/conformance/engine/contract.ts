import { SmError } from '../../error.ts';
import type { EngineCapability, Sm4Key, SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM2_SIGN, KAT_SM4_GCM } from '../../spec/v1/known-answers.ts';
import { ConformanceFailure, expectTrue } from '../kit.ts';
import { compressed, EXCHANGE } from './probes.ts';
import { D_A, type EngineCase, hex, must, P_A, ScriptedNonces } from './support.ts';

const CLAUSE = 'SmEngine v1';
const key = () => hex(KAT_SM4_GCM.key);
const block = () => new Uint8Array(16);
const nonce = () => new ScriptedNonces(KAT_SM2_SIGN.k);
const e = () => hex(KAT_SM2_SIGN.e);

/** SM4 under one key has three capabilities: what is left is refused by the key. */
const onKey = (use: (key: Sm4Key) => unknown) => (engine: SmEngine) => use(engine.sm4(key()));

/** One call for each capability that has a method of its own; the keys are all the capabilities there are. */
const CALLS: Readonly<Record<EngineCapability, readonly ((engine: SmEngine) => unknown)[]>> = {
  sm3: [(engine) => engine.sm3(), (engine) => engine.sm3Digest(block())],
  'sm3.many': [(engine) => engine.sm3Many([block()])],
  'hmac-sm3': [],
  'sm2.keygen': [(engine) => engine.sm2PublicKey(hex(D_A))],
  'sm2.sign': [(engine) => engine.sm2SignDigest(hex(D_A), e(), nonce())],
  'sm2.verify': [(engine) => engine.sm2VerifyDigest(hex(P_A), e(), hex(KAT_SM2_SIGN.r + KAT_SM2_SIGN.s))],
  'sm2.encrypt': [(engine) => engine.sm2Encrypt(hex(P_A), block(), nonce())],
  'sm2.decrypt': [(engine) => engine.sm2Decrypt(hex(D_A), block())],
  'sm2.random': [],
  'sm2.multiply': [(engine) => engine.sm2Multiply(hex(D_A), hex(P_A))],
  'sm2.exchange': [(engine) => engine.sm2ExchangePoint(EXCHANGE())],
  'sm2.decompress': [(engine) => engine.sm2Decompress(compressed(P_A))],
  'sm2.prepared-private': [(engine) => engine.sm2PreparePrivate(hex(D_A))],
  'sm2.prepared-public': [(engine) => engine.sm2PreparePublic(hex(P_A))],
  'sm4.blocks': [
    onKey((sm4) => sm4.encryptBlocks(block(), block())),
    onKey((sm4) => sm4.decryptBlocks(block(), block())),
  ],
  'sm4.cbc': [
    onKey((sm4) => sm4.cbcEncrypt(block(), block(), block())),
    onKey((sm4) => sm4.cbcDecrypt(block(), block(), block())),
  ],
  'sm4.ctr': [onKey((sm4) => sm4.ctr(block(), block(), block()))],
  'sm4.gcm': [(engine) => engine.sm4Gcm(key())],
  zuc: [(engine) => engine.zuc(key(), block())],
};

/** A word without spaces, for reports. */
const isWord = (value: unknown): boolean =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9.+-]{0,63}$/.test(value);

/** Cases on what the engine says about itself. */
export const CONTRACT_CASES: readonly EngineCase[] = [
  must('engine.names-its-version', CLAUSE, [], (engine) => {
    const { specVersion, name }: { specVersion: unknown; name: unknown } = engine;
    expectTrue(specVersion === '1', 'specVersion is not 1');
    expectTrue(isWord(name), 'the name is not a short name');
  }),
  must('engine.declares-nothing-unknown', CLAUSE, [], (engine) => {
    for (const capability of engine.capabilities) {
      expectTrue(Object.hasOwn(CALLS, capability), `${capability} is not a capability of version 1`);
    }
  }),
  must('engine.tells-how-it-computes', `${CLAUSE}, EDGE-031`, [], (engine) => {
    const profile: Partial<SmEngine['profile']> | undefined = engine.profile;
    expectTrue(isWord(profile?.path), 'profile.path is not a short name');
    expectTrue(profile?.constantTime instanceof Set, 'profile.constantTime is not a set');
    for (const capability of profile.constantTime) {
      expectTrue(
        engine.capabilities.has(capability),
        `${capability} is called constant-time, yet it is not declared`,
      );
    }
  }),
  must('engine.refuses-by-name-what-it-lacks', `${CLAUSE}, EDGE-011`, [], (engine) => {
    for (const [capability, calls] of Object.entries(CALLS)) {
      if (engine.capabilities.has(capability as EngineCapability)) continue;
      for (const call of calls) {
        try {
          call(engine);
        } catch (error) {
          if (error instanceof SmError && error.code === 'ERR_ENGINE_CAPABILITY') continue;
          throw new ConformanceFailure(
            `${capability}: threw ${String(error)}, expected ERR_ENGINE_CAPABILITY`,
          );
        }
        throw new ConformanceFailure(`${capability} is not declared, yet it was computed`);
      }
    }
  }),
];
