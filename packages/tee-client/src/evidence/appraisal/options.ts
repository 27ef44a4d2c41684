import type { AttestationVerdict } from '../../spec/v1/attestation.ts';
import type { AppraisalPolicy } from './policy.ts';
import type { ReferenceStore } from './reference-values.ts';

/**
 * A statement of how a container or virtual machine runs, to be held against evidence.
 *
 * @group Attestation
 */
export interface DeploymentStatement {
  /** Canonical JSON of `DeploymentClaims`; see `encodeDeploymentClaims`. */
  readonly document: Uint8Array;
  /** The challenge that was given; see `bindDeployment`. */
  readonly nonce: Uint8Array;
  /**
   * Verdict on evidence of the machine below, bound to the same document and challenge. A guest cannot
   * measure its hypervisor: only this, or a measurement of it in the evidence itself, shows it. No format
   * ties the chip of a guest to the TPM of its host, so that this shows a host that answered, and that
   * it is the guest's own is the word of the agents in both.
   */
  readonly host?: AttestationVerdict;
}

/** Options of `appraise`. @group Attestation */
export interface AppraisalOptions {
  /** Time of judgement. */
  readonly time: Date;
  /** Without a policy the reference store alone says what is compared. */
  readonly policy?: AppraisalPolicy;
  readonly reference?: ReferenceStore;
  readonly deployment?: DeploymentStatement;
  /** How old evidence may be, in seconds, besides what the policy says; the smaller limit counts. */
  readonly maxAgeSeconds?: number;
}
