import type { Verdict, VerdictStatus } from '@cssi/sm-core';
import type { Certificate, KeyUsage } from './certificate.ts';
import type { PathReasonCode } from './path-reasons.ts';
import type { RevocationFacts, RevocationOptions, StatedRevocation } from './revocation.ts';
import type { Sm2SignerId } from './signer.ts';

export { PATH_REASONS, type PathReasonCode } from './path-reasons.ts';

/** Longest path, leaf and anchor included. */
export const MAX_PATH_CERTIFICATES = 8;
/** Most anchors, and most intermediates, of one call. */
export const MAX_PATH_CANDIDATES = 256;
/** Most policies that one call asks for. */
export const MAX_PATH_POLICIES = 64;

/**
 * Which certificates must be shown not to be revoked: `all` below the anchor, the `leaf`, or
 * `none`. What is not asked about is not judged.
 */
export type RevocationScope = 'none' | 'leaf' | 'all';

/** What `validateCertificatePath` and `verifyCertificatePath` judge by. */
export interface PathOptions extends RevocationOptions {
  /** Certificates that may lie between; they are not trusted. At most 256. */
  readonly intermediates?: readonly Certificate[];
  /** Trust anchors (信任锚), the only certificates that are trusted. None: trust is indeterminate. At most 256. */
  readonly anchors: readonly Certificate[];
  /** Usages the leaf must state, all of them. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Object identifier that the leaf's extended key usage must hold; `anyExtendedKeyUsage` is not enough. */
  readonly extendedKeyUsage?: string;
  /** Kind of key the leaf must have, as in `Certificate.keyAlgorithm`, for example `sm2`. */
  readonly keyAlgorithm?: string;
  /**
   * Certificate policies, one of which the leaf must name and every CA below the anchor must name
   * or leave open by `anyPolicy`; the same one all the way. Mappings are not followed. 1 to 64.
   */
  readonly policies?: readonly string[];
  /**
   * Left out: nothing is judged without `crls` and `ocspResponses`, and a reason says so; with
   * them the leaf must be shown not to be revoked, and every CA is judged for which there is
   * evidence.
   */
  readonly revocation?: RevocationScope;
}

/** What a step of a path was about. */
export type PathCheck =
  | 'signature'
  | 'validity'
  | 'issuer'
  | 'issuer-rights'
  | 'path-length'
  | 'name-constraints'
  | 'key-usage'
  | 'extended-key-usage'
  | 'key-algorithm'
  | 'critical-extensions'
  | 'policy'
  | 'revocation'
  | 'anchor';

/** One step of the judgement on a path (验证步骤). */
export interface PathStep {
  /** Number in the path: 1 is the leaf. 0: the path as a whole. */
  readonly certificate: number;
  readonly check: PathCheck;
  /** `indeterminate` too for revocation that nobody asked to judge, which leaves the verdict as it is. */
  readonly status: VerdictStatus;
  readonly code: PathReasonCode;
  readonly en: string;
  readonly zh: string;
  /** Where the rule stands. */
  readonly clause: string;
  /** The signer ID under which an SM2 signature is right, when it is not the default. */
  readonly signerId?: Sm2SignerId;
  /** A revocation that was found, also one later than the time of judgement. */
  readonly revocation?: RevocationFacts;
  /** Every revocation that right evidence states, as in `RevocationReport`. Of the check `revocation`. */
  readonly revocations?: readonly StatedRevocation[];
}

/** Judgement on a certificate with every step that led to it. */
export interface PathReport {
  readonly verdict: Verdict;
  /** Leaf first; the last one is the anchor when one was reached. */
  readonly path: readonly Certificate[];
  readonly steps: readonly PathStep[];
}
