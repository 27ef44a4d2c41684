/**
 * SM2 certificates: write, read, check. And `CertificateSigner`, the interface of
 * whoever holds a private key.
 *
 * @packageDocumentation
 */

export { formatDistinguishedName } from './certificate/format-name.ts';
export { issueCertificate } from './certificate/issue-certificate.ts';
export { parseCertificate } from './certificate/parse-certificate.ts';
export { certificatesFromPem, pemDecode, pemEncode } from './containers/pem.ts';
export {
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
} from './containers/sm2-keys.ts';
export { PKI_ERRORS, type PkiErrorCode } from './errors.ts';
export { verifyCertificatePath } from './path/verify-path.ts';
export { checkCertificateSignature, type SignatureCheck } from './signature/check-signature.ts';
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
