import type { DistinguishedName, IdentityValues } from './certificate.ts';
import type { RevocationReason } from './revocation.ts';

/** Version of the interfaces of the certification authority. */
export const AUTHORITY_SPEC_VERSION = '1';

/** Longest serial number in bytes, without its sign byte. @standard RFC 5280 §4.1.2.2 */
export const AUTHORITY_MAX_SERIAL_BYTES = 20;
/** Most records that one listing gives. */
export const AUTHORITY_MAX_LIST = 1000;

/** Why a certificate was revoked (吊销原因); a hold is lifted, not revoked with a reason. */
export type AuthorityRevocationReason = Exclude<RevocationReason, 'removeFromCRL'>;

/** Where an application stands. `approved`: enough reviewers agreed. `issuing`: serial numbers are drawn. */
export type ApplicationState = 'submitted' | 'approved' | 'rejected' | 'issuing' | 'issued' | 'expired';

/** How a reviewer made sure that the applicant controls a domain name (域名控制验证). */
export interface DomainProof {
  /** The name whose control was proven, without `*.`. */
  readonly dnsName: string;
  /** `http` proves that one host; the others also prove the names below it. */
  readonly method: 'dns' | 'http' | 'registry' | 'document';
  /** ISO 8601, UTC. */
  readonly provenAt: string;
  /** SM3 of what was seen, 32 bytes. */
  readonly evidence?: Uint8Array;
}

/** One step of an application with its time (办理记录). */
export interface ApplicationStep {
  readonly step: 'apply' | 'approve' | 'reject' | 'issuing' | 'issue' | 'expire';
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Who did it, where it was a person or a program with a name. */
  readonly by?: string;
  readonly note?: string;
  readonly domainProofs?: readonly DomainProof[];
}

/** An application (证书申请) as it is stored. */
export interface ApplicationRecord {
  readonly id: string;
  /** From 1, one more with each change. */
  readonly revision: number;
  readonly state: ApplicationState;
  /** Name of the profile in the authority's policy. */
  readonly profile: string;
  /** A signing and an encryption certificate (双证书) instead of one. */
  readonly pair: boolean;
  /** PKCS#10, DER, as received. */
  readonly csr: Uint8Array;
  /** SM3 of the signed part of `csr` (certificationRequestInfo), 32 bytes: unique in the store, so that a request is used once. */
  readonly csrDigest: Uint8Array;
  readonly subject: DistinguishedName;
  /** Personal data. */
  readonly identity?: IdentityValues;
  readonly dnsNames: readonly string[];
  /** SM3 of the papers that came with the application, 32 bytes. */
  readonly evidence?: Uint8Array;
  readonly applicant: string;
  /** ISO 8601, UTC. */
  readonly submittedAt: string;
  /** ISO 8601, UTC; from then on nothing is issued. */
  readonly expiresAt: string;
  readonly steps: readonly ApplicationStep[];
  /** One serial number, or two of a pair: signing, encryption. Drawn before anything is signed. */
  readonly serials: readonly Uint8Array[];
  /** Of the certificates: ISO 8601, UTC; drawn together with the serial numbers. */
  readonly notBefore?: string;
  readonly notAfter?: string;
}

/** How an encryption key travels to its holder. */
export type KeyDeliveryFormat = 'sm2-enveloped-key' | 'signed-and-enveloped';

/** An issued certificate as it is stored. */
export interface CertificateRecord {
  /** Big-endian, without zero bytes in front, 1 to 20 bytes. */
  readonly serial: Uint8Array;
  /** DER. */
  readonly der: Uint8Array;
  /** SM3 of the SubjectPublicKeyInfo, 32 bytes. */
  readonly keyDigest: Uint8Array;
  /** SM3 of the subject's name, DER, 32 bytes. */
  readonly holderDigest: Uint8Array;
  readonly profile: string;
  /** ISO 8601, UTC. */
  readonly issuedAt: string;
  /** ISO 8601, UTC. */
  readonly notAfter: string;
  readonly applicationId?: string;
  /** Serial number of the other certificate of a pair. */
  readonly partner?: Uint8Array;
  /** The encryption key for its holder, encrypted to the signing key. */
  readonly delivery?: { readonly format: KeyDeliveryFormat; readonly bytes: Uint8Array };
}

/** Whether a certificate is revoked, as it is stored. */
export interface RevocationRecord {
  readonly serial: Uint8Array;
  /** From 1, one more with each change. */
  readonly revision: number;
  /** `released`: was on hold and is good again. */
  readonly status: 'revoked' | 'hold' | 'released';
  readonly reason: AuthorityRevocationReason;
  /** ISO 8601, UTC. A certificate that goes from hold to revoked keeps the time of the hold. */
  readonly revokedAt: string;
  /** ISO 8601, UTC. @standard RFC 5280 §5.3.2 */
  readonly invalidityDate?: string;
  /** ISO 8601, UTC: when this record was last changed. */
  readonly changedAt: string;
  /** End of the certificate's validity, ISO 8601, UTC. */
  readonly notAfter: string;
}

/** A stored revocation with its place in the order of all changes. */
export interface SequencedRevocation extends RevocationRecord {
  /** Given by the store: greater than that of every earlier change. */
  readonly sequence: number;
}

/** What a revocation list is made from, read at one moment. */
export interface CrlDraft {
  /** From 1; greater than that of every earlier draft, also when that one came to nothing. */
  readonly number: number;
  /** Sequence of the last change of a revocation; 0 without any. */
  readonly sequence: number;
  /** All revocation records in order of their sequence. */
  readonly revocations: readonly SequencedRevocation[];
}

/** A revocation list as it is stored. */
export interface CrlRecord {
  /** CRL number (吊销列表编号). */
  readonly number: number;
  /** Sequence of the draft it was made from. */
  readonly sequence: number;
  /** CRL number of the complete list that a delta list builds on. */
  readonly base?: number;
  /** ISO 8601, UTC. */
  readonly thisUpdate: string;
  /** DER. */
  readonly der: Uint8Array;
}

/** Which applications a listing gives. */
export interface ApplicationQuery {
  readonly state?: ApplicationState;
  /** Those after the one of this id in the order of ids. */
  readonly after?: string;
  /** 1 to {@link AUTHORITY_MAX_LIST}. */
  readonly limit: number;
}

/** Outcome of {@link AuthorityStore.insertApplication}. */
export type ApplicationInsertion = 'inserted' | 'id-taken' | 'csr-taken';
/** Outcome of {@link AuthorityStore.insertCertificates}. */
export type CertificateInsertion = 'inserted' | 'serial-taken' | 'key-taken';

/**
 * Where a certification authority keeps its state (CA 存储).
 *
 * Guarantee: each call is atomic and each read is of one moment; what a writing call has
 * answered for is durable. Numbers and sequences only grow, also over restarts. Failure: a
 * call that cannot be carried out throws {@link SmError} ERR_PKI_AUTHORITY_STATE and has
 * changed nothing or everything. Concurrency: any number of calls at once, from several
 * processes if the engine allows that; of two calls that exclude each other one succeeds.
 * Ownership: records and byte arrays are copied in both directions. The store does not
 * decide who may call it; nothing in it is secret, but it holds personal data.
 */
export interface AuthorityStore {
  readonly specVersion: typeof AUTHORITY_SPEC_VERSION;
  readonly name: string;
  /**
   * Binds the store to one authority: the first call decides.
   *
   * @param authority - SM3 of the authority's SubjectPublicKeyInfo, 32 bytes
   * @returns false when the store belongs to another one
   */
  bind(authority: Uint8Array): Promise<boolean>;
  /** Takes a serial number for ever; false when it was taken before. */
  reserveSerial(serial: Uint8Array): Promise<boolean>;

  /** Adds an application whose id and `csrDigest` are both new. */
  insertApplication(application: ApplicationRecord): Promise<ApplicationInsertion>;
  findApplication(id: string): Promise<ApplicationRecord | undefined>;
  /** Replaces the record of the same `csrDigest` whose revision is one less; false when there is none such. */
  replaceApplication(application: ApplicationRecord): Promise<boolean>;
  /** In order of their ids. */
  listApplications(query: ApplicationQuery): Promise<readonly ApplicationRecord[]>;

  /**
   * Adds all certificates or none: `serial-taken` when a certificate has one of the serial
   * numbers, `key-taken` when a certificate of another holder has one of the keys.
   */
  insertCertificates(certificates: readonly CertificateRecord[]): Promise<CertificateInsertion>;
  findCertificate(serial: Uint8Array): Promise<CertificateRecord | undefined>;
  /** All certificates of a key. */
  findCertificatesByKey(keyDigest: Uint8Array): Promise<readonly CertificateRecord[]>;

  findRevocation(serial: Uint8Array): Promise<SequencedRevocation | undefined>;
  /** Writes the record when the stored one's revision is one less (none counts as 0), else false. */
  putRevocation(revocation: RevocationRecord): Promise<boolean>;

  /** Draws a CRL number and reads what the list is made from. */
  draftCrl(): Promise<CrlDraft>;
  /**
   * False when a list of this number was there before, also before a restart; older lists need
   * not be kept.
   */
  insertCrl(crl: CrlRecord): Promise<boolean>;
  /** The list of the greatest number, complete or delta. */
  latestCrl(kind: 'complete' | 'delta'): Promise<CrlRecord | undefined>;

  /** Lets go of files and locks. A second call does nothing; other calls throw afterwards. */
  close(): Promise<void>;
}
