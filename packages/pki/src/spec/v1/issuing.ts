import type { CertificateExtension, DistinguishedName, KeyUsage } from './certificate.ts';

/**
 * What a certificate is for; fixes its extensions. Profiles with `signing` or `encryption` in
 * the name are the halves of a pair (双证书). `root-ca` also serves for a CA below another.
 */
export type CertificateProfile =
  | 'root-ca'
  | 'sub-ca'
  | 'person'
  | 'person-encryption'
  | 'organization'
  | 'organization-encryption'
  | 'device'
  | 'device-signing'
  | 'device-encryption'
  | 'domain'
  | 'tls-server'
  | 'tls-server-encryption'
  | 'tls-client'
  | 'tls-client-encryption'
  | 'seal-maker'
  | 'seal-signer'
  | 'tsa'
  | 'ocsp-responder'
  | 'model-publisher'
  | 'tee-attestation'
  | 'audit';

/** A name as parts, or its DER as it stands elsewhere. */
export type NameSpec = DistinguishedName | { readonly raw: Uint8Array };

/** Which document the number of a person is from. @standard GB/T 20518-2018 §5.2.4.3 */
export type PersonDocument = 'resident' | 'military' | 'passport';

/** Values of the identity extensions (实体标识扩展). @standard GB/T 20518-2018 §5.2.4.3 */
export interface IdentityValues {
  /** Number of an identity document; a text alone is that of a resident identity card. */
  readonly person?: string | { readonly document: PersonDocument; readonly number: string };
  readonly socialInsurance?: string;
  readonly businessRegistration?: string;
  /** Organisation code or unified social credit code. */
  readonly organization?: string;
  readonly tax?: string;
}

/** One name of a name constraint; `ip` is an address with the length of its prefix, `10.0.0.0/8`. */
export type NameConstraintSpec =
  | { readonly kind: 'dns' | 'email' | 'uri' | 'ip'; readonly value: string }
  | { readonly kind: 'directory'; readonly name: NameSpec };

/** Names that a CA may hand out. */
export interface NameConstraintsSpec {
  readonly permitted?: readonly NameConstraintSpec[];
  readonly excluded?: readonly NameConstraintSpec[];
}

/** Names and addresses in a certificate or in a request for one. */
export interface AlternativeNames {
  /** Host names for subjectAltName, ASCII, `*.` allowed in front. */
  readonly dnsNames?: readonly string[];
  /** IPv4 or IPv6 addresses for subjectAltName. */
  readonly ipAddresses?: readonly string[];
  /** E-mail addresses for subjectAltName, ASCII. */
  readonly emails?: readonly string[];
  /** Absolute URIs for subjectAltName, ASCII. */
  readonly uris?: readonly string[];
}

/** What {@link issueCertificate} is asked for. */
export interface CertificateSpec extends AlternativeNames {
  /** The holder's name, or its DER as it stands in a request. */
  readonly subject: NameSpec;
  /** The issuer's name, or its DER as it stands in the issuer's certificate. */
  readonly issuer: NameSpec;
  /** SubjectPublicKeyInfo of the subject, DER. */
  readonly publicKeyInfo: Uint8Array;
  readonly profile: CertificateProfile;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Positive, 1 to 20 bytes; 16 random bytes when left out. */
  readonly serial?: Uint8Array;
  /** SubjectPublicKeyInfo of the issuer, for the authority key identifier. */
  readonly issuerPublicKeyInfo?: Uint8Array;
  /**
   * Key identifier of the issuer as its certificate states it; needed when another CA
   * software made that certificate. Goes before `issuerPublicKeyInfo`.
   */
  readonly issuerKeyIdentifier?: Uint8Array;
  /** Key usages in place of the profile's. Never `keyCertSign` outside of a CA profile. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Most CA certificates below this one; for CA profiles only. `sub-ca` has 0 when left out. */
  readonly pathLength?: number;
  readonly identity?: IdentityValues;
  /** URIs of revocation lists. */
  readonly crlDistributionPoints?: readonly string[];
  /** URIs of delta revocation lists. */
  readonly freshestCrl?: readonly string[];
  /** URIs of OCSP responders. */
  readonly ocspUrls?: readonly string[];
  /** URIs of the issuer's certificate. */
  readonly caIssuerUrls?: readonly string[];
  /** Object identifiers, with the URI of the practice statement where there is one. */
  readonly certificatePolicies?: readonly (string | { readonly oid: string; readonly cpsUri?: string })[];
  /** For CA profiles only; critical. */
  readonly nameConstraints?: NameConstraintsSpec;
  /** More extensions as they are; none that this package writes itself. */
  readonly extensions?: readonly CertificateExtension[];
}
