/**
 * Conformance to version 1 of the interfaces: a service with its binding, audit logs and
 * identity stores.
 *
 * @packageDocumentation
 */
import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import { auditCases } from './cases-audit.ts';
import { contractCases } from './cases-contract.ts';
import { sessionCases } from './cases-session.ts';
import { signingCases } from './cases-signing.ts';
import type { ServiceHarness } from './harness.ts';

export { type AuditLogSubject, auditLogSuite } from './audit-suite.ts';
export type { HarnessCapability, HarnessUsers, ServiceCase, ServiceHarness } from './harness.ts';
export { type IdentityStoreSubject, type IdentityTampering, identityStoreSuite } from './identity-suite.ts';

/** Cases that every binding and every implementation of the service must pass. */
export const serviceBindingSuite: ConformanceSuite<ServiceHarness> = {
  name: 'security-service-api/service-binding',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [...contractCases, ...signingCases, ...sessionCases, ...auditCases],
};
