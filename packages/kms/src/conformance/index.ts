/**
 * Conformance suites of `@cssi/kms`; run them with `runSuite` of `@cssi/sm-core/conformance`.
 *
 * @packageDocumentation
 */
export { keyManagementSuite } from './key-management.ts';
export { keyStoreSuite } from './key-store.ts';
