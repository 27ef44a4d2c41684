import type { EvidenceVerifier } from '../spec/v1/attestation.ts';
import { ccaVerifier } from './cca/index.ts';
import { csvVerifier } from './csv/index.ts';
import { eventLogVerifier } from './event-log/index.ts';
import { sgxVerifier, tdxVerifier } from './intel/index.ts';
import { nitroVerifier } from './nitro/index.ts';
import { sevSnpVerifier } from './snp/index.ts';
import { softwareVerifier } from './software/index.ts';
import { tcmVerifier, tpmVerifier } from './tpm/index.ts';

/**
 * The verifiers of this package, one for every kind of evidence.
 *
 * @group Attestation
 */
export const EVIDENCE_VERIFIERS: readonly EvidenceVerifier[] = [
  softwareVerifier,
  csvVerifier,
  sgxVerifier,
  tdxVerifier,
  sevSnpVerifier,
  ccaVerifier,
  nitroVerifier,
  tpmVerifier,
  tcmVerifier,
  eventLogVerifier,
];

/**
 * The verifier for these bytes by their magic, version and length; `undefined` when they are no
 * evidence that this package knows. Recognised is not verified.
 *
 * @example
 * ```ts
 * console.log(recogniseEvidence(bytes)?.type ?? 'no evidence');
 * ```
 * @group Attestation
 */
export function recogniseEvidence(
  evidence: Uint8Array,
  verifiers: readonly EvidenceVerifier[] = EVIDENCE_VERIFIERS,
): EvidenceVerifier | undefined {
  if (!(evidence instanceof Uint8Array)) return undefined;
  return verifiers.find((verifier) => verifier.recognises(evidence));
}
