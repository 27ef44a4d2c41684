/**
 * Conformance suites of this layer: for sources of packages, and for implementations that
 * pack and receive.
 *
 * @packageDocumentation
 */
import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import { MODEL_SPEC_VERSION } from '../spec/v1/constants.ts';
import { acceptCases } from './cases-accept.ts';
import { forgedCases } from './cases-forged.ts';
import { transitCases } from './cases-transit.ts';
import { trustCases } from './cases-trust.ts';
import type { TransferImplementation } from './transfer-kit.ts';

export { packageSourceSuite, type SourceFactory } from './source-suite.ts';
export type { Received, ReceiveRequest, TransferImplementation } from './transfer-kit.ts';

/** Conformance of an implementation that packs and receives; most cases are attacks that it must refuse. */
export const modelTransferSuite: ConformanceSuite<TransferImplementation> = {
  name: 'ModelTransfer',
  specVersion: MODEL_SPEC_VERSION,
  packageVersion: '0.1.0',
  cases: [...acceptCases, ...transitCases, ...trustCases, ...forgedCases],
};
