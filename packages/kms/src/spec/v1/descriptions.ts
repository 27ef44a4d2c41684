import type { KeyAlgorithm, KeyUsage } from './algorithms.ts';
import type { KeyState } from './state.ts';

/** A tenant as the service describes it. */
export interface TenantDescription {
  readonly tenantId: string;
  readonly maxRotationMonths: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly randomProvider: string;
  readonly randomHealth: string;
}

/** A key as the service describes it: no secret part. */
export interface KeyDescription {
  readonly tenantId: string;
  readonly keyId: string;
  /** Current version. */
  readonly version: number;
  readonly algorithm: KeyAlgorithm;
  readonly usage: readonly KeyUsage[];
  readonly state: KeyState;
  readonly label: string;
  /** ISO 8601, UTC: when the key was made. */
  readonly createdAt: string;
  /** ISO 8601, UTC: when its current version was made. */
  readonly versionCreatedAt: string;
  /** Rotation period in months. */
  readonly rotationMonths: number;
  /** ISO 8601, UTC: when the current version has to be replaced. */
  readonly rotationDue: string;
  /** Random source of the current version (随机数源). */
  readonly randomProvider: string;
  /** Health of that source when the version was made. */
  readonly randomHealth: string;
  /** Encryptions set aside under the current version so far; never less than were made. */
  readonly reservedUses: number;
  /** SM2: public key of the current version, 04‖x‖y. */
  readonly publicKey?: Uint8Array;
}

/** One line of a list of keys. */
export type KeySummary = Pick<
  KeyDescription,
  'tenantId' | 'keyId' | 'version' | 'algorithm' | 'usage' | 'state' | 'label' | 'createdAt'
>;

/** One page of a list of keys. */
export interface KeyPage {
  readonly keys: readonly KeySummary[];
  /** Give it back as `afterKeyId` for the next page; absent on the last one. */
  readonly next?: string;
}

/** A public key with its version. */
export interface PublicKeyDescription {
  readonly version: number;
  /** 04‖x‖y, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
}
