import type { EvidenceVerifierSubject } from '../../../src/conformance/index.ts';
import { EVIDENCE_VERIFIERS, type EvidenceVerifier } from '../../../src/evidence/index.ts';
import { createSyntheticAttester, type SyntheticKind } from '../../../src/synthetic/index.ts';

/** The clock of these tests. */
export const TIME: Date = new Date('2026-12-01T00:00:00Z');

/** A subject of the suite: our verifier, or one that `change` makes of it. */
export async function subjectOf(
  kind: SyntheticKind,
  change: (verifier: EvidenceVerifier) => EvidenceVerifier = (verifier) => verifier,
): Promise<EvidenceVerifierSubject> {
  const { attester, options, isUnsigned } = await createSyntheticAttester(kind, TIME);
  const verifier = EVIDENCE_VERIFIERS.find(({ type }) => type === attester.type)!;
  return {
    verifier: change(verifier),
    attester,
    options: () => options,
    ...(isUnsigned === undefined ? {} : { isUnsigned }),
  };
}
