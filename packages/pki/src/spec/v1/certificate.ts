import type { SignatureAlgorithm } from './signer.ts';

/** Longest certificate this package reads, in bytes. */
export const MAX_CERTIFICATE_BYTES = 65_536;

/** The parts of a distinguished name (可辨别名) that certificates of this project use. */
export interface DistinguishedName {
  readonly commonName: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  /** Two letters, ISO 3166. */
  readonly country?: string;
}

/** Key usages (密钥用法). @standard GB/T 20518-2018 §5.2.4.2.3 */
export type KeyUsage =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly';

/** What a certificate is for; fixes its extensions. `root-ca` also serves for a CA below another. */
export type CertificateProfile =
  | 'root-ca'
  | 'person'
  | 'device'
  | 'seal-maker'
  | 'seal-signer'
  | 'model-publisher'
  | 'tls-server'
  | 'tee-attestation'
  | 'audit';

/** What {@link issueCertificate} is asked for. */
export interface CertificateRequestSpec {
  readonly subject: DistinguishedName;
  /** The issuer's name, or its DER as it stands in the issuer's certificate. */
  readonly issuer: DistinguishedName | { readonly raw: Uint8Array };
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
  /**
   * Key usages in place of the profile's, for example those of the encryption certificate of
   * a pair (双证书). Never `keyCertSign` outside of a CA profile.
   */
  readonly keyUsage?: readonly KeyUsage[];
  /** Most CA certificates below this one; for CA profiles only. */
  readonly pathLength?: number;
  /** Host names for subjectAltName, ASCII, `*.` allowed in front. */
  readonly dnsNames?: readonly string[];
  /** IPv4 or IPv6 addresses for subjectAltName. */
  readonly ipAddresses?: readonly string[];
}

/** One extension (扩展项). */
export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER of the extension's value. */
  readonly value: Uint8Array;
}

/** A certificate that was read (数字证书). Byte arrays are views of one copy of the input. */
export interface Certificate {
  /** The whole certificate, DER. */
  readonly raw: Uint8Array;
  /** The bytes that were signed. */
  readonly tbsRaw: Uint8Array;
  /** Value of the signature as encoded, for example DER SEQUENCE of r and s. */
  readonly signature: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Big-endian and unsigned: the contents of the INTEGER without its sign byte. */
  readonly serial: Uint8Array;
  readonly issuerRaw: Uint8Array;
  readonly subjectRaw: Uint8Array;
  readonly issuer: Partial<DistinguishedName>;
  readonly subject: Partial<DistinguishedName>;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** Kind of the subject's key: `sm2`, `ec:` and the OID of the curve, or the OID of the algorithm. */
  readonly keyAlgorithm: string;
  /** Name of a known algorithm, else its OID. */
  readonly signatureAlgorithm: SignatureAlgorithm | (string & {});
  /** 04‖x‖y, when the subject's key is an SM2 key. */
  readonly sm2PublicKey?: Uint8Array;
  /** `undefined` when the extension is absent. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** Object identifiers; `undefined` when the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly isCa: boolean;
  readonly pathLength?: number;
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly authorityKeyIdentifier?: Uint8Array;
  /** Host names of subjectAltName. */
  readonly dnsNames: readonly string[];
  /** Addresses of subjectAltName, 4 or 16 bytes each. */
  readonly ipAddresses: readonly Uint8Array[];
  /** Extensions of the certificate in its order. */
  readonly extensions: readonly CertificateExtension[];
  /** Extensions that are critical and that this package does not evaluate. */
  readonly unknownCritical: readonly string[];
  /** SM3 of `raw`, hex. */
  readonly fingerprint: string;
}
