import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import { KMS_SPEC_VERSION } from '../spec/v1/algorithms.ts';
import type { KeyManagementService } from '../spec/v1/service.ts';
import { encryptionCases } from './encryption-cases.ts';
import { keyCases } from './key-cases.ts';
import { lifeCycleCases } from './life-cycle-cases.ts';
import { signingCases } from './signing-cases.ts';

/**
 * Suite for {@link KeyManagementService}. It makes tenants of its own (`conformance-…`) and
 * leaves them behind.
 */
export const keyManagementSuite: ConformanceSuite<KeyManagementService> = {
  name: 'key-management',
  specVersion: KMS_SPEC_VERSION,
  packageVersion: '0.1.0',
  cases: [...keyCases, ...signingCases, ...encryptionCases, ...lifeCycleCases],
};
