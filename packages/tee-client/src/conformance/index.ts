/**
 * Conformance suites for TEE adapters. They need no test runner: give them to `runSuite` of
 * `@cssi/sm-core/conformance`.
 *
 * @packageDocumentation
 */
export { conformanceCapabilities } from './capabilities.ts';
export { evidenceVerifierSuite } from './evidence-verifier-suite.ts';
export type { EvidenceVerifierSubject } from './evidence-verifier-support.ts';
export {
  keyVaultApplication,
  readRecords,
  type StoredRecords,
  storeRecords,
} from './key-vault/application.ts';
export {
  KEY_VAULT_CONFORMANCE_DOMAINS,
  type KeyVaultModule,
  type KeyVaultSubject,
  teeKeyVault,
} from './key-vault/subject.ts';
export { keyVaultSuite } from './key-vault-suite.ts';
export { managementSuite } from './management-suite.ts';
export type { ManagementSubject } from './management-support.ts';
export { type SecurityModuleSubject, securityModuleSuite } from './module-suite.ts';
export { type RemoteTee, remoteTee } from './remote.ts';
export { type RootKeyServiceSubject, rootKeyServiceSuite } from './root-key-service-suite.ts';
export { teeClientSuite } from './tee-client-suite.ts';
