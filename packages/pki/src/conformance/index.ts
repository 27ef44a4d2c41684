/**
 * Conformance suites of `CertificateSigner` and `AuthorityStore`, and the runner of vector files
 * about certificates, messages, time stamps and containers.
 *
 * @packageDocumentation
 */
export { authorityStoreSuite } from './authority-store-suite.ts';
export type { AuthorityStoreSubject } from './authority-store-support.ts';
export { certificateSignerSuite } from './signer-suite.ts';
export {
  ALLOWED_VECTOR_SKIPS,
  type AllowedVectorSkip,
  PKI_VECTOR_TIME,
  type PkiVectorFileResult,
  type PkiVectorOptions,
  type PkiVectorSkips,
  runPkiVectorFile,
  type VectorSkipName,
} from './vectors/index.ts';
