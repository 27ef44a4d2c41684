import type { Secret } from '@cssi/sm-core';
import type { AlgorithmRef } from '../algorithms/index.ts';
import type {
  AlternativeNames,
  Certificate,
  CertificateExtension,
  DistinguishedName,
  IdentityValues,
  KeyUsage,
  NameAttribute,
  NameSpec,
} from '../spec/v1/certificate.ts';
import type { Finding } from '../spec/v1/finding.ts';

/** Longest certificate request this package reads, in bytes. */
export const MAX_REQUEST_BYTES = 65_536;

/** One attribute (属性) of a request as it stands there. */
export interface RequestAttribute {
  readonly oid: string;
  /** DER of the values. */
  readonly values: readonly Uint8Array[];
}

/**
 * A certificate request (证书请求) that was read. What it asks for is a wish: a CA decides by its
 * own rules what it grants. Byte arrays are views of one copy of the input.
 *
 * @standard RFC 2986 (PKCS#10)
 */
export interface CertificateRequest {
  /** The whole request, DER. */
  readonly raw: Uint8Array;
  /** CertificationRequestInfo, the bytes that were signed. */
  readonly infoRaw: Uint8Array;
  readonly subjectRaw: Uint8Array;
  readonly subject: Partial<DistinguishedName>;
  readonly subjectAttributes: readonly NameAttribute[];
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** As in `Certificate.keyAlgorithm`. */
  readonly keyAlgorithm: string;
  /** 04‖x‖y, when the key is an SM2 key. */
  readonly sm2PublicKey?: Uint8Array;
  /** Attributes in the order of the request, without the challenge password. */
  readonly attributes: readonly RequestAttribute[];
  /** The challenge password (挑战口令), UTF-8; the caller's to destroy. Its bytes stand in `raw` too. */
  readonly challengePassword?: Secret;
  /** Extensions that are asked for. */
  readonly requestedExtensions: readonly CertificateExtension[];
  /** What those extensions say, as in a certificate. */
  readonly requested: Pick<
    Certificate,
    | 'keyUsage'
    | 'extendedKeyUsage'
    | 'isCa'
    | 'pathLength'
    | 'subjectAltNames'
    | 'dnsNames'
    | 'ipAddresses'
    | 'identity'
  >;
  /** Name of a known algorithm, else its OID. */
  readonly signatureAlgorithm: Certificate['signatureAlgorithm'];
  /** The signature algorithm with its parameters, as the signature check takes it. */
  readonly signatureRef: AlgorithmRef;
  /** Value of the signature as encoded. */
  readonly signature: Uint8Array;
  /** Deviations from the standards that were accepted. */
  readonly findings: readonly Finding[];
}

/** What {@link createCertificateRequest} is asked for. The key is the signer's. */
export interface CertificateRequestOptions extends AlternativeNames {
  readonly subject: NameSpec;
  readonly keyUsage?: readonly KeyUsage[];
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  readonly identity?: IdentityValues;
  /** More extensions to ask for, as they are. */
  readonly extensions?: readonly CertificateExtension[];
  /** 1 to 255 characters. It travels in the clear: nothing secret belongs in it. */
  readonly challengePassword?: string;
}
