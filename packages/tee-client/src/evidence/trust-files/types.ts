import type { Endorsements, TrustAnchors } from '../../spec/v1/attestation.ts';

/** What a trust file is. @group Attestation */
export type TrustFileKind =
  | 'certificates'
  | 'crl'
  | 'hygon-root'
  | 'hygon-certificates'
  | 'public-key'
  | 'intel-collateral'
  | 'event-log';

/** What was found in a trust file. @group Attestation */
export interface TrustFile {
  readonly name: string;
  readonly kind: TrustFileKind;
  readonly anchors: TrustAnchors;
  readonly endorsements: Endorsements;
  /** Intel's statements in it, JSON as served; they need each other, see `combineTrustFiles`. */
  readonly intel: {
    readonly tcbInfos: readonly Uint8Array[];
    readonly qeIdentities: readonly Uint8Array[];
  };
}

/** What a set of trust files gives to a verification. @group Attestation */
export interface TrustMaterial {
  readonly anchors: TrustAnchors;
  readonly endorsements: Endorsements;
}
