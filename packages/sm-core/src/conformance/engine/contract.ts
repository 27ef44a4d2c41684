import { SmError } from '../../error.ts';
import type { EngineCapability, SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM2_SIGN, KAT_SM4_GCM } from '../../spec/v1/known-answers.ts';
import { ConformanceFailure, expectTrue } from '../kit.ts';
import { D_A, type EngineCase, hex, must, P_A, ScriptedNonces } from './support.ts';

const CLAUSE = 'SmEngine v1';
const key = () => hex(KAT_SM4_GCM.key);
const block = () => new Uint8Array(16);

/** One call for each capability that has a method of its own. */
const CALLS: readonly (readonly [EngineCapability, (engine: SmEngine) => unknown])[] = [
  ['sm3', (engine) => engine.sm3()],
  ['sm2.keygen', (engine) => engine.sm2PublicKey(hex(D_A))],
  [
    'sm2.sign',
    (engine) => engine.sm2SignDigest(hex(D_A), hex(KAT_SM2_SIGN.e), new ScriptedNonces(KAT_SM2_SIGN.k)),
  ],
  ['sm2.encrypt', (engine) => engine.sm2Encrypt(hex(P_A), block(), new ScriptedNonces(KAT_SM2_SIGN.k))],
  ['sm2.decrypt', (engine) => engine.sm2Decrypt(hex(D_A), block())],
  ['sm4.ecb-block', (engine) => engine.sm4Block(key(), block(), 'encrypt')],
  ['sm4.cbc', (engine) => engine.sm4Cbc(key(), block(), block(), 'encrypt')],
  ['sm4.ctr', (engine) => engine.sm4Ctr(key(), block(), block())],
  ['sm4.gcm', (engine) => engine.sm4Gcm(key())],
];

/** Cases on what the engine says about itself. */
export const CONTRACT_CASES: readonly EngineCase[] = [
  must('engine.names-its-version', CLAUSE, [], (engine) => {
    const { specVersion, name }: { specVersion: unknown; name: unknown } = engine;
    expectTrue(specVersion === '1', 'specVersion is not 1');
    expectTrue(
      typeof name === 'string' && /^[a-z0-9][a-z0-9.-]{0,63}$/.test(name),
      'the name is not a short name',
    );
  }),
  must('engine.refuses-by-name-what-it-lacks', `${CLAUSE}, EDGE-011`, [], (engine) => {
    for (const [capability, call] of CALLS) {
      if (engine.capabilities.has(capability)) continue;
      try {
        call(engine);
      } catch (error) {
        if (error instanceof SmError && error.code === 'ERR_ENGINE_CAPABILITY') continue;
        throw new ConformanceFailure(`${capability}: threw ${String(error)}, expected ERR_ENGINE_CAPABILITY`);
      }
      throw new ConformanceFailure(`${capability} is not declared, yet it was computed`);
    }
  }),
];
