/**
 * Conformance suite of {@link SealService}.
 *
 * @packageDocumentation
 */
import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import type { SealService } from '../spec/v1/service.ts';
import { OFD_CASES } from './cases-ofd.ts';
import { SEAL_CASES } from './cases-seal.ts';

export { createSealFixture, type SealFixture } from './fixture.ts';

/**
 * The cases every seal service must pass. Keys and certificates are made for the run,
 * around its clock; the documents are made without the checks of a service.
 */
export const sealServiceSuite: ConformanceSuite<SealService> = {
  name: 'seal-service',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [...SEAL_CASES, ...OFD_CASES],
};
