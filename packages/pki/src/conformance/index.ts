/**
 * The conformance suite of `CertificateSigner`.
 *
 * @packageDocumentation
 */
export { certificateSignerSuite } from './signer-suite.ts';
