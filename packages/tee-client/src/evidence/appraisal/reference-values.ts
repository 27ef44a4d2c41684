import type { EvidenceType } from '../../spec/v1/attestation.ts';
import type { DigestText, MeasurementRule } from './policy.ts';

/** @group Attestation */
export const REFERENCE_VALUES_FORMAT = 'cssi-reference-values/1';

/** Values that measurements of one type of evidence may have. @group Attestation */
export interface ReferenceMeasurement {
  readonly type: EvidenceType;
  readonly by: 'name' | 'role';
  /** Name or role of the measurement. */
  readonly of: string;
  /** What has these values, for people: `guest image 1.4`. */
  readonly label: string;
  readonly values: readonly DigestText[];
}

/** Lowest version of a component that one type of evidence may state. @group Attestation */
export interface ReferenceVersion {
  readonly type: EvidenceType;
  readonly component: string;
  readonly minimum: number;
}

/**
 * Reference values (参考值) of one issuer, as signed.
 *
 * @group Attestation
 */
export interface ReferenceValues {
  readonly format: typeof REFERENCE_VALUES_FORMAT;
  /** SM3 of the issuer's SubjectPublicKeyInfo, hex. */
  readonly issuer: string;
  /** Higher is newer: a set replaces the set of its issuer before it, never a later one. */
  readonly sequence: number;
  /** ISO 8601, UTC, with milliseconds. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly measurements: readonly ReferenceMeasurement[];
  readonly versions: readonly ReferenceVersion[];
  /** Values that are accepted no more, whoever else names them. */
  readonly revoked: readonly DigestText[];
}

/** Who may sign reference values. @group Attestation */
export interface ReferenceIssuer {
  /** SubjectPublicKeyInfo of an SM2 or P-256 key, DER. */
  readonly publicKeyInfo: Uint8Array;
}

/** The newest set seen of an issuer; keep it, so that no older set comes back. @group Attestation */
export interface ReferenceSequence {
  /** SM3 of the issuer's SubjectPublicKeyInfo, hex. */
  readonly issuer: string;
  readonly sequence: number;
  /** SM3 of what was signed, hex: one number stands for one set. */
  readonly digest: string;
}

/** Options of `openReferenceStore`. @group Attestation */
export interface ReferenceStoreOptions {
  readonly issuers: readonly ReferenceIssuer[];
  /** What {@link ReferenceStore.sequences} gave before. */
  readonly sequences?: readonly ReferenceSequence[];
}

/** What a store knows of a measurement. @group Attestation */
export interface ReferenceLookup {
  /** Values in force, those revoked left out. */
  readonly values: readonly DigestText[];
  /** There were values, and they are in force no more, or not yet. */
  readonly outdated: boolean;
}

/**
 * Reference values that were verified (参考值库). In memory: sets are added at start and whenever new
 * ones arrive; what must outlive the process is {@link ReferenceStore.sequences}.
 *
 * Guarantee: every value was signed by one of the issuers the store was opened with, and no set is
 * older than one the store has seen. Expired values are not accepted; minimum versions and
 * revocations stay in force until a newer set replaces them, because no floor may fall by waiting.
 *
 * @group Attestation
 */
export interface ReferenceStore {
  readonly specVersion: '1';
  /** SM3 over the sets in the store, hex; another set, another id. */
  readonly id: string;
  /** Newest sequence by issuer. */
  readonly sequences: readonly ReferenceSequence[];
  /**
   * Takes a signed set; the same set twice is fine.
   *
   * @throws {@link SmError} ERR_TEE_REFERENCE_INVALID for a set that is malformed, of an unknown
   *   issuer, wrongly signed, older than one seen, or out of its dates
   */
  add(signed: Uint8Array, time: Date): ReferenceValues;
  measurement(type: EvidenceType, by: 'name' | 'role', of: string, time: Date): ReferenceLookup;
  /** A rule for every measurement of `type` that the store has values for. */
  rules(type: EvidenceType): readonly MeasurementRule[];
  /** Whether an issuer withdrew the value. */
  isRevoked(value: DigestText): boolean;
  /** The highest minimum of each component of `type`. */
  versions(type: EvidenceType): readonly ReferenceVersion[];
}
