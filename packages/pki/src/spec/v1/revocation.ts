import type { AlgorithmRef } from './algorithm.ts';
import type { Certificate, CertificateExtension } from './certificate.ts';
import type { DeviationPolicy, Finding } from './finding.ts';
import type { OcspResponse } from './ocsp.ts';
import type { PathReasonCode } from './path-reasons.ts';
import type { Sm2SignerId } from './signer.ts';

/** Longest revocation list this package reads, in bytes: 16 MiB. */
export const MAX_CRL_BYTES = 16_777_216;
/** Most revocation lists, and most OCSP responses, of one judgement. */
export const MAX_REVOCATION_EVIDENCE = 64;

/** Why a certificate was revoked (吊销原因). */
export type RevocationReason = keyof typeof REVOCATION_REASONS;

/** Reasons with their codes. @standard RFC 5280 §5.3.1 */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

/** One entry of a revocation list. */
export interface RevokedEntry {
  /** Big-endian and unsigned, without a sign byte. */
  readonly serial: Uint8Array;
  readonly revocationDate: Date;
  /** `unspecified` when the entry states none. */
  readonly reason: RevocationReason;
  /** `false` when the entry states no reason. */
  readonly reasonStated?: false;
  /** Since when the key is known or suspected to be lost, or the certificate to be wrong. */
  readonly invalidityDate?: Date;
}

/**
 * Entries of a list. They are read from the bytes of the list when asked for, so that a list
 * with a million entries is not a million objects.
 */
export interface RevokedList extends Iterable<RevokedEntry> {
  readonly count: number;
  /** The entry of a serial number, given as in `Certificate.serial`. */
  find(serial: Uint8Array): RevokedEntry | undefined;
}

/** What a list covers (签发分布点). @standard RFC 5280 §5.2.5 */
export interface IssuingDistributionPoint {
  /** DER of each GeneralName of the distribution point. */
  readonly names: readonly Uint8Array[];
  /** The names that are URIs. */
  readonly uris: readonly string[];
  /** The point is named relative to the issuer, which is not evaluated. */
  readonly relative: boolean;
  readonly onlyUserCerts: boolean;
  readonly onlyCaCerts: boolean;
  readonly onlyAttributeCerts: boolean;
  readonly onlySomeReasons: boolean;
  readonly indirect: boolean;
}

/** A revocation list that was read (证书吊销列表). Byte arrays are views of one copy of the input. */
export interface CertificateRevocationList {
  /** The whole list, DER. */
  readonly raw: Uint8Array;
  /** The bytes that were signed. */
  readonly tbsRaw: Uint8Array;
  readonly signatureAlgorithm: AlgorithmRef;
  readonly signature: Uint8Array;
  /** 1 or 2. */
  readonly version: number;
  readonly issuerRaw: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly revoked: RevokedList;
  readonly crlNumber?: bigint;
  /** Number of the complete list that a delta list builds on; only delta lists have one. */
  readonly baseCrlNumber?: bigint;
  readonly authorityKeyIdentifier?: Uint8Array;
  readonly issuingDistributionPoint?: IssuingDistributionPoint;
  /** URIs of delta lists. */
  readonly freshestCrl: readonly string[];
  /** Certificates that expired since then are still listed (expiredCertsOnCRL, ITU-T X.509). */
  readonly expiredCertsSince?: Date;
  readonly extensions: readonly CertificateExtension[];
  /** Extensions of the list and of its entries that are critical and not evaluated. */
  readonly unknownCritical: readonly string[];
  readonly findings: readonly Finding[];
}

/** How revocation data is read. */
export interface RevocationReadOptions {
  /** Tolerant when left out. */
  readonly policy?: DeviationPolicy;
}

/** One certificate to list as revoked. */
export interface CrlSpecEntry {
  /** Positive, 1 to 20 bytes. */
  readonly serial: Uint8Array;
  readonly revocationDate: Date;
  /** `removeFromCRL` in delta lists only. */
  readonly reason?: RevocationReason;
  readonly invalidityDate?: Date;
}

/** What `issueCrl` is asked for. */
export interface CrlSpec {
  /** Certificate of the CA, whose name and key identifier the list carries. */
  readonly issuer: Certificate;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** From 0, rising with every list of the CA; delta lists count along. */
  readonly crlNumber: bigint | number;
  /** Makes a delta list on the complete list of this number. */
  readonly baseCrlNumber?: bigint | number;
  readonly entries: Iterable<CrlSpecEntry>;
  readonly issuingDistributionPoint?: {
    readonly uris?: readonly string[];
    readonly onlyUserCerts?: boolean;
    readonly onlyCaCerts?: boolean;
  };
  /** URIs where delta lists are found; for complete lists. */
  readonly freshestCrl?: readonly string[];
  /** Certificates that expired since then stay listed. */
  readonly expiredCertsSince?: Date;
}

/** What is known of a revocation. */
export interface RevocationFacts {
  readonly revocationDate: Date;
  /** `unspecified` when none is stated. */
  readonly reason: RevocationReason;
  /** `false` when no reason is stated, which is not the same as stating `unspecified`. */
  readonly reasonStated?: false;
  readonly invalidityDate?: Date;
}

/** A revocation as evidence states it; `reason` is `undefined` when none is stated. */
export interface StatedRevocation extends Omit<RevocationFacts, 'reason' | 'reasonStated'> {
  readonly reason?: RevocationReason;
}

/** By what revocation is judged, and as of when. */
export interface RevocationOptions {
  /** Time of judgement. */
  readonly time: Date;
  /** Lists, complete and delta; at most 64. */
  readonly crls?: readonly CertificateRevocationList[];
  /** OCSP responses; at most 64. */
  readonly ocspResponses?: readonly OcspResponse[];
  /**
   * Certificates whose OCSP answers are trusted without the issuer's authorisation; their validity
   * is judged, their revocation is not. At most 64.
   */
  readonly trustedResponders?: readonly Certificate[];
  /**
   * The present, `time` when left out: evidence that was made later is from the future and shows
   * nobody as good. Whoever judges a moment in the past by what became known since then says here
   * how late evidence may be.
   */
  readonly evidenceTime?: Date;
  /** Seconds by which clocks may differ, and `nextUpdate` be passed: 0 to 604,800; 0 when left out. */
  readonly toleranceSeconds?: number;
  /** What SM2 signatures may have been made with, in this order; the default ID when left out. */
  readonly signerIds?: readonly Sm2SignerId[];
}

/** A remark on evidence: what was ignored, and why. */
export interface RevocationNote {
  readonly code: PathReasonCode;
  /** Fixed words, numbers and OIDs. */
  readonly detail?: string;
}

/** Whether a certificate was revoked at a time. */
export interface RevocationReport {
  /** `unknown`: the evidence does not say. */
  readonly status: 'good' | 'revoked' | 'unknown';
  /** NOT_REVOKED, CERTIFICATE_REVOKED, CERTIFICATE_REVOKED_LATER (good at the time), or why it is unknown. */
  readonly code: PathReasonCode;
  /** The revocation that was found, also one later than the time of judgement. */
  readonly revocation?: RevocationFacts;
  /**
   * Every revocation of the certificate that evidence with a right signature states, also those
   * later than the time of judgement; not a hold that newer evidence ended by then.
   */
  readonly revocations?: readonly StatedRevocation[];
  /** Which kind of evidence decided. */
  readonly source?: 'crl' | 'ocsp';
  /** When the deciding evidence was made. */
  readonly thisUpdate?: Date;
  /** The signer ID that fitted the deciding evidence, when it is not the default. */
  readonly signerId?: Sm2SignerId;
  readonly notes: readonly RevocationNote[];
}
