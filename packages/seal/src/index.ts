/**
 * Electronic seals of GB/T 38540-2020 (version 4) on OFD documents: make a seal,
 * write a document, seal it, verify it.
 *
 * @packageDocumentation
 */
export { SEAL_ERRORS, type SealErrorCode } from './errors.ts';
export { createSealHandlers, type SealHandlerDeps, type SealHandlers } from './handlers.ts';
export { parseSeal, parseSealSignature } from './internal/ses-codec.ts';
export { makeSeal } from './make-seal.ts';
export { drawRoundSeal, type RoundSealSpec } from './round-seal.ts';
export { sealOfd } from './seal-ofd.ts';
export {
  OFD_DEFAULT_LIMITS,
  OFD_MAX_SIGNATURES,
  OFD_NAMESPACE,
  type OfdLimits,
  SEAL_MAX_BYTES,
  SEAL_MAX_SIGNERS,
  SEAL_OIDS,
  SEAL_PICTURE_MAX_BYTES,
  SEAL_SIGNATURE_MAX_BYTES,
  SM3_NAME,
} from './spec/v1/oids.ts';
export type {
  SealMakeOperation,
  SealOfdSignOperation,
  SealOfdVerifyOperation,
} from './spec/v1/operation-types.ts';
export {
  SEAL_OPERATIONS,
  sealMakeOperation,
  sealOfdSignOperation,
  sealOfdVerifyOperation,
} from './spec/v1/operations.ts';
export { SEAL_REASONS, type SealReasonCode } from './spec/v1/reasons.ts';
export { decodeSealOrder, encodeSealOrder, type SealOrder } from './spec/v1/seal-order.ts';
export type {
  MakeSealSpec,
  SealKey,
  SealOfdSpec,
  SealService,
  SealVerifyOptions,
  StampBoundary,
  TextOfdSpec,
} from './spec/v1/service.ts';
export {
  SEAL_PICTURE_TYPES,
  type Seal,
  type SealCertificateDigest,
  type SealExtension,
  type SealPicture,
  type SealPictureType,
  type SealSignature,
} from './spec/v1/structures.ts';
export type {
  OfdSignatureVerdict,
  OfdVerdict,
  SealStepId,
  SealSummary,
  SealVerdict,
  SignatureStepId,
  VerificationStep,
} from './spec/v1/verdicts.ts';
export { verifyOfd } from './verify-ofd.ts';
export { verifySeal } from './verify-seal.ts';
export { writeTextOfd } from './write-text-ofd.ts';
