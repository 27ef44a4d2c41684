/**
 * Quotes of TPM 2.0 and TCM.
 */
export {
  MAX_TPM_QUOTE_BYTES,
  parseTpmQuote,
  type TpmPcrSelection,
  type TpmQuote,
} from './attest.ts';
export {
  decodeTpmEvidence,
  encodeTpmEvidence,
  MAX_TPM_EVIDENCE_BYTES,
  TPM_EVIDENCE_FORMATS,
  type TpmEvidence,
} from './envelope.ts';
export { type ImaDigest, type ImaEntry, MAX_IMA_ENTRIES, MAX_IMA_LOG_BYTES, parseImaLog } from './ima-log.ts';
export type { ImaFile } from './ima-template.ts';
export type { TpmHierarchy } from './key-names.ts';
export type { PcrValues } from './pcrs.ts';
export {
  MAX_TPM_PUBLIC_BYTES,
  parseTpmPublicArea,
  TPM_OBJECT_ATTRIBUTES,
  type TpmEccPublic,
  type TpmKeyScheme,
  type TpmPublicArea,
  type TpmRsaPublic,
} from './public-area.ts';
export {
  MAX_TPM_SIGNATURE_BYTES,
  parseTpmSignature,
  type TpmCurveSignature,
  type TpmRsaSignature,
  type TpmSignature,
} from './signature.ts';
export { tcmVerifier, tpmVerifier } from './verifier.ts';
