/**
 * Conformance suites for TEE adapters. They need no test runner: give them to `runSuite` of
 * `@cssi/sm-core/conformance`.
 *
 * @packageDocumentation
 */
export { type RootKeyServiceSubject, rootKeyServiceSuite } from './root-key-service-suite.ts';
export { teeClientSuite } from './tee-client-suite.ts';
