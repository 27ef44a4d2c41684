/**
 * SM2 certificates (数字证书), requests, paths and revocation: write, read, judge. And
 * `CertificateSigner` and `KeyDecipherer`, the interfaces of whoever holds a private key.
 *
 * Messages, time stamps, key containers, the certification authority and WebCrypto have entry
 * points of their own.
 *
 * @packageDocumentation
 */

export {
  type AlgorithmAlias,
  type AlgorithmEntry,
  type AlgorithmKind,
  type AlgorithmName,
  type AlgorithmRef,
  algorithmByName,
  algorithmByOid,
  algorithmBySgd,
  FOREIGN_ALGORITHMS,
  SM_ALGORITHMS,
} from './algorithms/index.ts';
export {
  ATTRIBUTE_LABELS,
  EXTENDED_KEY_USAGE_LABELS,
  EXTENSION_LABELS,
  formatDistinguishedName,
  GENERAL_NAME_LABELS,
  IDENTITY_LABELS,
  issueCertificate,
  KEY_USAGE_LABELS,
  keyIdentifier,
  keyUsageLabels,
  type Label,
  type ParseOptions,
  PROFILE_LABELS,
  parseCertificate,
} from './certificate/index.ts';
export { type CertificatesPemOptions, certificatesFromPem, pemDecode, pemEncode } from './containers/pem.ts';
export {
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
} from './containers/sm2-keys.ts';
export { PKI_ERRORS, type PkiErrorCode } from './errors.ts';
export { validateCertificatePath, verifyCertificatePath } from './path/index.ts';
export {
  type CertificateRequest,
  type CertificateRequestOptions,
  createCertificateRequest,
  MAX_REQUEST_BYTES,
  parseCertificateRequest,
  type RequestAttribute,
  verifyCertificateRequest,
} from './request/index.ts';
export {
  certIdMatches,
  createOcspErrorResponse,
  createOcspRequest,
  createOcspResponse,
  findRevoked,
  issueCrl,
  judgeRevocation,
  type OcspVerifyOptions,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
  verifyCrlSignature,
  verifyOcspResponse,
} from './revocation/index.ts';
export { checkCertificateSignature } from './signature/check-signature.ts';
export type { SignatureCheck, SignatureResult, VerificationKey } from './signature/verify.ts';
export {
  type Certificate,
  type CertificateExtension,
  type CertificatePolicy,
  type DistinguishedName,
  type GeneralNameValue,
  type IdentityItem,
  type IdentityKind,
  type KeyUsage,
  MAX_CERTIFICATE_BYTES,
  type NameAttribute,
  type NameConstraints,
} from './spec/v1/certificate.ts';
export type { KeyDecipherer } from './spec/v1/decipherer.ts';
export { type DeviationPolicy, FINDINGS, type Finding, type FindingCode } from './spec/v1/finding.ts';
export type {
  AlternativeNames,
  CertificateProfile,
  CertificateSpec,
  IdentityValues,
  NameConstraintSpec,
  NameConstraintsSpec,
  NameSpec,
  PersonDocument,
} from './spec/v1/issuing.ts';
export {
  MAX_OCSP_ENTRIES,
  MAX_OCSP_NONCE_BYTES,
  MAX_OCSP_REQUEST_BYTES,
  MAX_OCSP_RESPONSE_BYTES,
  OCSP_RESPONSE_STATUS,
  type OcspAnswer,
  type OcspBasicResponse,
  type OcspCertId,
  type OcspHash,
  type OcspRequest,
  type OcspRequestSpec,
  type OcspResponse,
  type OcspResponseSpec,
  type OcspResponseStatus,
  type OcspSingleResponse,
} from './spec/v1/ocsp.ts';
export {
  HEALTH_ENTITY_OID,
  IDENTITY_EXTENSION_OIDS,
  LEGACY_IDENTITY_ARCS,
  OIDS,
  PURPOSE_OIDS,
} from './spec/v1/oids.ts';
export {
  MAX_PATH_CANDIDATES,
  MAX_PATH_CERTIFICATES,
  MAX_PATH_POLICIES,
  PATH_REASONS,
  type PathCheck,
  type PathOptions,
  type PathReasonCode,
  type PathReport,
  type PathStep,
  type RevocationScope,
} from './spec/v1/path.ts';
export {
  type CertificateRevocationList,
  type CrlSpec,
  type CrlSpecEntry,
  type IssuingDistributionPoint,
  MAX_CRL_BYTES,
  MAX_REVOCATION_EVIDENCE,
  REVOCATION_REASONS,
  type RevocationFacts,
  type RevocationNote,
  type RevocationOptions,
  type RevocationReadOptions,
  type RevocationReason,
  type RevocationReport,
  type RevokedEntry,
  type RevokedList,
  type StatedRevocation,
} from './spec/v1/revocation.ts';
export { SGD, SGD_CERTIFICATE_ITEMS } from './spec/v1/sgd.ts';
export type { CertificateSigner, SignatureAlgorithm, Sm2SignerId } from './spec/v1/signer.ts';
