import type { AlgorithmRef } from './algorithm.ts';
import type { Certificate, CertificateExtension } from './certificate.ts';
import type { Finding } from './finding.ts';
import type { RevocationFacts } from './revocation.ts';

/** Longest OCSP request this package reads, in bytes. */
export const MAX_OCSP_REQUEST_BYTES = 65_536;
/** Longest OCSP response this package reads, in bytes. */
export const MAX_OCSP_RESPONSE_BYTES = 262_144;
/** Most certificates that one request asks about, or one response answers. */
export const MAX_OCSP_ENTRIES = 256;
/** Longest nonce, in bytes. @standard RFC 9654 §2.1 */
export const MAX_OCSP_NONCE_BYTES = 128;

/** Hashes in the CertID of a new request. */
export type OcspHash = 'sm3' | 'sha1' | 'sha256';

/** Names one certificate by hashes of its issuer. @standard RFC 6960 §4.1.1 */
export interface OcspCertId {
  /** The whole element, DER. */
  readonly raw: Uint8Array;
  /** Name of the hash, else its OID. */
  readonly hash: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Big-endian and unsigned, without a sign byte. */
  readonly serial: Uint8Array;
}

/** An OCSP request that was read (在线证书状态查询请求). */
export interface OcspRequest {
  readonly raw: Uint8Array;
  readonly certIds: readonly OcspCertId[];
  readonly nonce?: Uint8Array;
  /** Is it signed? Signatures of requests are not checked. */
  readonly signed: boolean;
  readonly extensions: readonly CertificateExtension[];
  /** Extensions of the request and its entries that are critical and not evaluated. */
  readonly unknownCritical: readonly string[];
  readonly findings: readonly Finding[];
}

/** Status of the response as a whole. */
export type OcspResponseStatus = keyof typeof OCSP_RESPONSE_STATUS;

/** Statuses with their codes. @standard RFC 6960 §4.2.1 */
export const OCSP_RESPONSE_STATUS = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const;

/** Answer about one certificate. @standard RFC 6960 §4.2.1 */
export interface OcspSingleResponse {
  readonly certId: OcspCertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Set when revoked. */
  readonly revocation?: RevocationFacts;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  /** Revocations of certificates that expired since then are still known. */
  readonly archiveCutoff?: Date;
  readonly unknownCritical: readonly string[];
}

/** The signed part of a successful response. */
export interface OcspBasicResponse {
  /** The bytes that were signed. */
  readonly tbsRaw: Uint8Array;
  readonly signatureAlgorithm: AlgorithmRef;
  readonly signature: Uint8Array;
  readonly responder: { readonly nameRaw: Uint8Array } | { readonly keyHash: Uint8Array };
  readonly producedAt: Date;
  readonly responses: readonly OcspSingleResponse[];
  readonly nonce?: Uint8Array;
  /** Certificates that came along; not trusted. Those that cannot be read are left out. */
  readonly certificates: readonly Certificate[];
  readonly unknownCritical: readonly string[];
}

/** An OCSP response that was read (在线证书状态查询响应). Byte arrays are views of one copy of the input. */
export interface OcspResponse {
  readonly raw: Uint8Array;
  readonly status: OcspResponseStatus;
  /** Present when, and only when, the status is `successful`. */
  readonly basic?: OcspBasicResponse;
  readonly findings: readonly Finding[];
}

/** What `createOcspRequest` is asked for. */
export interface OcspRequestSpec {
  /** Its serial number counts. */
  readonly certificate: Pick<Certificate, 'serial'>;
  /** Its name and key count. */
  readonly issuer: Pick<Certificate, 'subjectRaw' | 'publicKeyInfo'>;
  /** `sm3` when left out. */
  readonly hash?: OcspHash;
  /** 1 to 128 bytes. */
  readonly nonce?: Uint8Array;
}

/** One answer to write. */
export interface OcspAnswer {
  /** The CertID as it stood in the request. */
  readonly certId: OcspCertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Needed when revoked, and only then. `unspecified` is not written. */
  readonly revocation?: RevocationFacts;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly archiveCutoff?: Date;
}

/** What `createOcspResponse` is asked for. */
export interface OcspResponseSpec {
  /** Certificate of the responder: the CA's own or one for OCSP signing. */
  readonly responder: Certificate;
  /** How the responder is named; by key when left out. */
  readonly responderId?: 'name' | 'key';
  readonly producedAt: Date;
  /** 1 to 256. */
  readonly answers: readonly OcspAnswer[];
  /** Nonce of the request, 1 to 128 bytes. */
  readonly nonce?: Uint8Array;
}
