import { canonicalJson, isAccepted, type JsonValue, type SmError, toHex, type Verdict } from '@cssi/sm-core';
import { type ConformanceCase, ConformanceFailure, expectTrue } from '@cssi/sm-core/conformance';
import type {
  AttestationStepName,
  AttestationVerdict,
  Attester,
  EvidenceVerifier,
  VerificationOptions,
} from '../spec/v1/attestation.ts';
import { must } from './support.ts';

/**
 * What the suite for verifiers of evidence runs on.
 *
 * @group Conformance
 */
export interface EvidenceVerifierSubject {
  readonly verifier: EvidenceVerifier;
  /** Gives genuine evidence for a challenge: of a device, or of a generator. */
  readonly attester: Attester;
  /** Everything that is needed to verify it but the challenge; the same for all evidence of the attester. */
  options(): Omit<VerificationOptions, 'reportData'>;
  /**
   * Whether a byte of this evidence is outside of everything that is signed or compared. What says
   * `true` needs a reason in the vendor's documents: padding, certificates that are not used.
   */
  isUnsigned?(evidence: Uint8Array, at: number): boolean;
}

/** What a case works with. */
export interface VerifierKit {
  readonly subject: EvidenceVerifierSubject;
  readonly challenge: Uint8Array;
  readonly evidence: Uint8Array;
  bytes(label: string, length: number): Uint8Array;
  verify(evidence?: Uint8Array, changes?: Partial<VerificationOptions>): AttestationVerdict;
}

const CLAUSE = 'EvidenceVerifier v1; CC-006';
/** The one code for what cannot be read. */
const MALFORMED = 'ERR_TEE_EVIDENCE_MALFORMED';

/** Statuses of the three aspects, for messages. */
export const summary = ({ integrity, trust, time }: Verdict): string =>
  `integrity ${integrity.status}, trust ${trust.status}, time ${time.status}`;

/** A verdict as bytes, to compare two. */
export const encodedVerdict = (verdict: AttestationVerdict): Uint8Array =>
  canonicalJson(
    JSON.parse(
      JSON.stringify(verdict, (_, value) =>
        value instanceof Uint8Array ? toHex(value) : (value as unknown),
      ),
    ) as JsonValue,
  );

/** The steps that failed. */
export const failedSteps = ({ steps }: AttestationVerdict): readonly AttestationStepName[] =>
  steps.filter(({ status }) => status === 'failed').map(({ step }) => step);

/** A case with genuine evidence for a seeded challenge. */
export function verifierCase(
  id: string,
  run: (kit: VerifierKit) => void | Promise<void>,
  requires: readonly string[] = [],
): ConformanceCase<EvidenceVerifierSubject> {
  return must(
    `evidence.${id}`,
    CLAUSE,
    async (subject: EvidenceVerifierSubject, { bytes }) => {
      const challenge = bytes('challenge', Math.min(32, subject.attester.maxReportData));
      const evidence = await subject.attester.evidence(challenge);
      await run({
        subject,
        challenge,
        evidence,
        bytes,
        verify: (given = evidence, changes = {}) =>
          subject.verifier.verify(given, { ...subject.options(), reportData: challenge, ...changes }),
      });
    },
    requires,
  );
}

/** The verdict, or `malformed`; anything else that is thrown fails the case. */
export function outcomeOf(verify: () => AttestationVerdict, what: string): AttestationVerdict | 'malformed' {
  try {
    return verify();
  } catch (error) {
    const { code } = error as Partial<SmError>;
    if (code === MALFORMED) return 'malformed';
    throw new ConformanceFailure(
      `${what}: threw ${code ?? String(error)}, expected a verdict or ${MALFORMED}`,
    );
  }
}

/** Refused: malformed, or a verdict in which a part failed. */
export function expectRefused(verify: () => AttestationVerdict, what: string): void {
  const outcome = outcomeOf(verify, what);
  if (outcome === 'malformed') return;
  expectTrue(failedSteps(outcome).length > 0, `${what} has a failed step, got ${summary(outcome)}`);
  expectTrue(!isAccepted(outcome), `${what} is not accepted, got ${summary(outcome)}`);
}

export function expectStatus(
  verdict: AttestationVerdict,
  aspect: keyof Verdict,
  status: 'passed' | 'failed' | 'indeterminate',
  what: string,
): void {
  expectTrue(verdict[aspect].status === status, `${what}: ${aspect} ${status}, got ${summary(verdict)}`);
}
