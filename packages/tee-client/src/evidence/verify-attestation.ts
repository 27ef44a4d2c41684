import type { AttestationVerdict, EvidenceVerifier, VerificationOptions } from '../spec/v1/attestation.ts';
import { TEE_CLIENT_ERRORS } from '../spec/v1/errors.ts';
import { appraise } from './appraisal/appraise.ts';
import { bindDeployment, deploymentBinding } from './appraisal/deployment.ts';
import type { AppraisalPolicy } from './appraisal/policy.ts';
import type { ReferenceStore } from './appraisal/reference-values.ts';
import { malformed } from './malformed.ts';
import { recogniseEvidence } from './recognise.ts';

/** A statement of the deployment that comes with evidence. @group Attestation */
export interface AttestedDeploymentStatement {
  /** Canonical JSON of `DeploymentClaims`. */
  readonly document: Uint8Array;
  /** Evidence of the machine below, bound to the same document and challenge. */
  readonly host?: Uint8Array;
  /** What is demanded of that machine; without one its evidence counts for nothing. */
  readonly hostPolicy?: AppraisalPolicy;
}

/** Options of {@link verifyAttestation}. @group Attestation */
export interface AttestationOptions extends VerificationOptions {
  readonly policy?: AppraisalPolicy;
  readonly reference?: ReferenceStore;
  /** Verifiers to choose from, the first that recognises the evidence; those of this package when left out. */
  readonly verifiers?: readonly EvidenceVerifier[];
  /** With it `reportData` has to be given: it is the challenge that the document is bound to. */
  readonly deployment?: AttestedDeploymentStatement;
  /** See `AppraisalOptions`. */
  readonly maxAgeSeconds?: number;
}

function verify(evidence: Uint8Array, options: AttestationOptions): AttestationVerdict {
  const verifier = recogniseEvidence(evidence, options.verifiers);
  if (verifier === undefined) throw malformed('type');
  return verifier.verify(evidence, options);
}

function verifyDeployment(
  evidence: Uint8Array,
  options: AttestationOptions,
  { document, host, hostPolicy }: AttestedDeploymentStatement,
): AttestationVerdict {
  const { reportData: nonce, policy, reference, time } = options;
  const age = options.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: options.maxAgeSeconds };
  if (nonce === undefined) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=reportData' });
  }
  const bound = { ...options, reportData: bindDeployment(document, nonce) };
  const first = verify(evidence, bound);
  // A document that was fixed at launch leaves the report data to the challenge alone.
  const atLaunch = deploymentBinding(first.claims, document, nonce) === 'launch';
  const verdict = atLaunch ? verify(evidence, options) : first;
  const below =
    host === undefined || hostPolicy === undefined
      ? undefined
      : appraise(verify(host, bound), {
          time,
          policy: hostPolicy,
          ...(reference === undefined ? {} : { reference }),
          ...age,
        });
  return appraise(verdict, {
    time,
    ...age,
    ...(policy === undefined ? {} : { policy }),
    ...(reference === undefined ? {} : { reference }),
    deployment: { document, nonce, ...(below === undefined ? {} : { host: below }) },
  });
}

/**
 * Recognises evidence of any kind, verifies it and appraises it: one call for a relying party.
 *
 * @example
 * ```ts
 * const verdict = verifyAttestation(evidence, { time: new Date(), anchors, reportData: nonce, policy });
 * if (!isAccepted(verdict)) for (const { step, code } of verdict.steps) console.log(step, code);
 * ```
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED (`reason=type` for evidence of no known kind),
 *   ERR_TEE_OPTION_INVALID, ERR_TEE_POLICY_INVALID
 * @group Attestation
 */
export function verifyAttestation(evidence: Uint8Array, options: AttestationOptions): AttestationVerdict {
  const { deployment, policy, reference, time, maxAgeSeconds } = options;
  if (deployment !== undefined) return verifyDeployment(evidence, options, deployment);
  return appraise(verify(evidence, options), {
    time,
    ...(policy === undefined ? {} : { policy }),
    ...(reference === undefined ? {} : { reference }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  });
}
