/**
 * SM2 certificates: write, read, check. And `CertificateSigner`, the interface of
 * whoever holds a private key.
 *
 * @packageDocumentation
 */
export { checkCertificateSignature, type SignatureCheck } from './check-signature.ts';
export { PKI_ERRORS, type PkiErrorCode } from './errors.ts';
export { formatDistinguishedName } from './format-name.ts';
export { issueCertificate } from './issue-certificate.ts';
export {
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
} from './keys.ts';
export { parseCertificate } from './parse-certificate.ts';
export { certificatesFromPem, pemDecode, pemEncode } from './pem.ts';
export {
  type Certificate,
  type CertificateExtension,
  type CertificateProfile,
  type CertificateRequestSpec,
  type DistinguishedName,
  type KeyUsage,
  MAX_CERTIFICATE_BYTES,
} from './spec/v1/certificate.ts';
export { IDENTITY_EXTENSION_OIDS, OIDS, PURPOSE_OIDS } from './spec/v1/oids.ts';
export {
  MAX_PATH_CANDIDATES,
  MAX_PATH_CERTIFICATES,
  PATH_REASONS,
  type PathOptions,
  type PathReasonCode,
} from './spec/v1/path.ts';
export { SGD, SGD_CERTIFICATE_ITEMS } from './spec/v1/sgd.ts';
export type { CertificateSigner, SignatureAlgorithm } from './spec/v1/signer.ts';
export { verifyCertificatePath } from './verify-path.ts';
