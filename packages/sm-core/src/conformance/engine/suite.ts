import type { SmEngine } from '../../spec/v1/engine.ts';
import type { ConformanceSuite } from '../kit.ts';
import { CONTRACT_CASES } from './contract.ts';
import { SM2_CIPHER_CASES } from './sm2-cipher.ts';
import { SM2_KEY_CASES } from './sm2-keys.ts';
import { SM2_SIGN_CASES } from './sm2-sign.ts';
import { SM2_VERIFY_CASES } from './sm2-verify.ts';
import { SM3_CASES } from './sm3.ts';
import { SM4_CASES } from './sm4.ts';
import { SM4_GCM_CASES } from './sm4-gcm.ts';

/**
 * The conformance suite of {@link SmEngine} version 1. A case whose capability the
 * engine does not declare is skipped by name.
 *
 * @example
 * ```ts
 * import { nobleEngine } from '@cssi/sm-core/adapters/noble';
 * import { runSuite, smEngineSuite } from '@cssi/sm-core/conformance';
 * const { name, capabilities } = nobleEngine;
 * const report = await runSuite(smEngineSuite, { name, capabilities, subject: nobleEngine });
 * ```
 */
export const smEngineSuite: ConformanceSuite<SmEngine> = {
  name: 'sm-engine',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [
    ...CONTRACT_CASES,
    ...SM3_CASES,
    ...SM2_KEY_CASES,
    ...SM2_SIGN_CASES,
    ...SM2_VERIFY_CASES,
    ...SM2_CIPHER_CASES,
    ...SM4_CASES,
    ...SM4_GCM_CASES,
  ],
};
