import type { SmEngine } from '../../spec/v1/engine.ts';
import type { ConformanceSuite } from '../kit.ts';
import { CALL_CASES } from './calls.ts';
import { CONTRACT_CASES } from './contract.ts';
import { SM2_CASES } from './sm2.ts';
import { SM3_CASES } from './sm3.ts';
import { SM4_CASES } from './sm4.ts';
import { SM4_GCM_CASES } from './sm4-gcm.ts';
import { ZUC_CASES } from './zuc.ts';

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
    ...CALL_CASES,
    ...SM3_CASES,
    ...SM2_CASES,
    ...SM4_CASES,
    ...SM4_GCM_CASES,
    ...ZUC_CASES,
  ],
};
