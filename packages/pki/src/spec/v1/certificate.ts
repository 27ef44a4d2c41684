import type { AlgorithmRef } from './algorithm.ts';
import type { Finding } from './finding.ts';
import type { CertificatePolicy, GeneralNameValue, NameConstraints } from './general-name.ts';
import type { PersonDocument } from './issuing.ts';
import type { SignatureAlgorithm } from './signer.ts';

export type { CertificatePolicy, GeneralNameValue, NameConstraints } from './general-name.ts';
export type {
  AlternativeNames,
  CertificateProfile,
  CertificateSpec,
  IdentityValues,
  NameConstraintSpec,
  NameConstraintsSpec,
  NameSpec,
  PersonDocument,
} from './issuing.ts';

/** Longest certificate this package reads, in bytes. */
export const MAX_CERTIFICATE_BYTES = 65_536;

/** The parts of a distinguished name (可辨别名) that certificates of this project use. */
export interface DistinguishedName {
  readonly commonName: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  /** Two letters, ISO 3166. */
  readonly country?: string;
  /** Province or state. */
  readonly province?: string;
  /** City. */
  readonly locality?: string;
  readonly street?: string;
  readonly postalCode?: string;
  readonly title?: string;
  readonly surname?: string;
  readonly givenName?: string;
  /** Number of the holder, not of the certificate; letters, digits and `'()+,-./:=?`. */
  readonly serialNumber?: string;
  readonly userId?: string;
  readonly organizationIdentifier?: string;
  /** ASCII; subjectAltName is the better place. */
  readonly email?: string;
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

/** One extension (扩展项). */
export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER of the extension's value. */
  readonly value: Uint8Array;
}

/** One attribute of a name as it stands there. */
export interface NameAttribute {
  readonly oid: string;
  /** `undefined` for a value that is no text. */
  readonly text: string | undefined;
  /** DER of the value. */
  readonly raw: Uint8Array;
}

/** Whom an identity extension numbers; `entity` is the holder whoever it is, `other` an unknown number. */
export type IdentityKind =
  | 'person'
  | 'socialInsurance'
  | 'businessRegistration'
  | 'organization'
  | 'tax'
  | 'entity'
  | 'other';

/** An identity extension (实体标识扩展) that was read. Personal data: print it on demand only. */
export interface IdentityItem {
  readonly oid: string;
  readonly kind: IdentityKind;
  /** `undefined` when the value is no text. */
  readonly value: string | undefined;
  /** Which document a person's number is from, where the extension says so. */
  readonly document?: PersonDocument;
  /** From an arc older than GB/T 20518-2018. */
  readonly legacy: boolean;
  /** DER of the extension's value. */
  readonly raw: Uint8Array;
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
  /** All attributes of the issuer's name, in its order. */
  readonly issuerAttributes: readonly NameAttribute[];
  /** All attributes of the subject's name, in its order. */
  readonly subjectAttributes: readonly NameAttribute[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** Kind of the subject's key: `sm2`, `ec:` and the OID of the curve, or the OID of the algorithm. */
  readonly keyAlgorithm: string;
  /** Name of a known algorithm, else its OID. */
  readonly signatureAlgorithm: SignatureAlgorithm | (string & {});
  /** The signature algorithm with its parameters, as the signature check takes it. */
  readonly signatureRef: AlgorithmRef;
  /** 04‖x‖y, when the subject's key is an SM2 key. */
  readonly sm2PublicKey?: Uint8Array;
  /** `undefined` when the extension is absent. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** Object identifiers; `undefined` when the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly isCa: boolean;
  /** 0 to 255; 255 stands for greater ones too. */
  readonly pathLength?: number;
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly authorityKeyIdentifier?: Uint8Array;
  /** Host names of subjectAltName. */
  readonly dnsNames: readonly string[];
  /** Addresses of subjectAltName, 4 or 16 bytes each. */
  readonly ipAddresses: readonly Uint8Array[];
  /** All names of subjectAltName, in its order. */
  readonly subjectAltNames: readonly GeneralNameValue[];
  /** Identity extensions, those of the older arcs too. */
  readonly identity: readonly IdentityItem[];
  readonly nameConstraints?: NameConstraints;
  readonly certificatePolicies: readonly CertificatePolicy[];
  /** URIs of revocation lists. */
  readonly crlDistributionPoints: readonly string[];
  /** URIs of delta revocation lists. */
  readonly freshestCrl: readonly string[];
  /** URIs of OCSP responders. */
  readonly ocspUrls: readonly string[];
  /** URIs of the issuer's certificate. */
  readonly caIssuerUrls: readonly string[];
  /** Extensions of the certificate in its order. */
  readonly extensions: readonly CertificateExtension[];
  /** Extensions that are critical and that this package does not evaluate. */
  readonly unknownCritical: readonly string[];
  /** Deviations from the standards that were accepted. */
  readonly findings: readonly Finding[];
  /** SM3 of `raw`, hex. */
  readonly fingerprint: string;
}
