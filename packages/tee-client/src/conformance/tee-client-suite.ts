import type { ConformanceCase, ConformanceSuite } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../spec/v1/client.ts';
import { conversionCases } from './arithmetic/conversion-cases.ts';
import { modularCases } from './arithmetic/modular-cases.ts';
import { operationCases as arithmeticCases } from './arithmetic/operation-cases.ts';
import { instanceCases } from './client/instance-cases.ts';
import { loginCases } from './client/login-cases.ts';
import { memrefCases } from './client/memref-cases.ts';
import { memrefEdgeCases } from './client/memref-edge-cases.ts';
import { parameterCases } from './client/parameter-cases.ts';
import { parameterRefusalCases } from './client/parameter-refusal-cases.ts';
import { resultCases } from './client/result-cases.ts';
import { contextCases, sessionCases } from './client/session-cases.ts';
import { sessionUseCases } from './client/session-use-cases.ts';
import { sharedMemoryCases } from './client/shared-memory-cases.ts';
import { internalClientCases } from './core/internal-client-cases.ts';
import { internalClientLifeCases } from './core/internal-client-life-cases.ts';
import { memoryCases } from './core/memory-cases.ts';
import { panicCases } from './core/panic-cases.ts';
import { propertyCases } from './core/property-cases.ts';
import { timeCases } from './core/time-cases.ts';
import { aeCases } from './crypto/ae-cases.ts';
import { attributeCases } from './crypto/attribute-cases.ts';
import { cipherCases } from './crypto/cipher-cases.ts';
import { cipherStateCases } from './crypto/cipher-state-cases.ts';
import { deriveCases } from './crypto/derive-cases.ts';
import { digestCases } from './crypto/digest-cases.ts';
import { exchangeCases } from './crypto/exchange-cases.ts';
import { objectCases } from './crypto/object-cases.ts';
import { operationCases } from './crypto/operation-cases.ts';
import { operationKeyCases } from './crypto/operation-key-cases.ts';
import { sm2Cases } from './crypto/sm2-cases.ts';
import { dataCases } from './storage/data-cases.ts';
import { keepingCases } from './storage/keeping-cases.ts';
import { keyCases } from './storage/key-cases.ts';
import { lifetimeCases } from './storage/lifetime-cases.ts';
import { openCases } from './storage/open-cases.ts';

/** All cases, area by area; each cites the cases of OP-TEE's xtest it mirrors in its `clause`. */
const cases: readonly ConformanceCase<TeeClient>[] = [
  ...[contextCases, sessionCases, sessionUseCases, sharedMemoryCases, parameterCases, parameterRefusalCases],
  ...[memrefCases, memrefEdgeCases, instanceCases, resultCases, loginCases],
  ...[propertyCases, memoryCases, timeCases, internalClientCases, internalClientLifeCases, panicCases],
  ...[digestCases, cipherCases, cipherStateCases, aeCases, sm2Cases, exchangeCases, deriveCases],
  ...[objectCases, attributeCases, operationCases, operationKeyCases],
  ...[conversionCases, arithmeticCases, modularCases],
  ...[openCases, dataCases, lifetimeCases, keyCases, keepingCases],
].flat();

/**
 * Behaviour of a TEE as clients and trusted applications see it. Cases `gp.5006.…` carry the names of
 * the subcases of OP-TEE's xtest 5006; the others work through the conformance TAs, which a vendor
 * installs for the run (`CONFORMANCE_TAS`). The subject is a {@link TeeClient}; what to give as
 * capabilities tells {@link conformanceCapabilities}.
 *
 * @group Conformance
 */
export const teeClientSuite: ConformanceSuite<TeeClient> = {
  name: 'tee-client',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases,
};
