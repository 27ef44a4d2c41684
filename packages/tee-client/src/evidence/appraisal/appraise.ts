import type { JsonValue } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { AttestationStep, AttestationVerdict } from '../../spec/v1/attestation.ts';
import { ReportBuilder } from '../report-builder.ts';
import { judgeAge, judgeConfiguration, judgeDebugAlone } from './judge-configuration.ts';
import { judgeDeployment } from './judge-deployment.ts';
import { judgeMeasurements } from './judge-reference.ts';
import { allowUnjudgedTcb, judgeVersions } from './judge-tcb.ts';
import type { AppraisalOptions } from './options.ts';
import type { MeasurementRule } from './policy.ts';
import { parseAppraisalPolicy } from './policy-codec.ts';

/** Verifiers say that they compared nothing; here it is compared, or said again. */
const isPlaceholder = ({ step, status }: AttestationStep): boolean =>
  step === 'reference' && status === 'indeterminate';

const answersChallenge = (steps: readonly AttestationStep[]): boolean =>
  steps.some(({ code }) => code === 'NONCE_MATCHES') &&
  !steps.some(({ step, status }) => step === 'freshness' && status === 'failed');

/**
 * Appraises verified evidence: adds the steps `tcb`, `reference` and `configuration` to its report, and
 * with a statement of the deployment `binding`. What failed before stays failed: no policy makes
 * evidence better than it is, except that it may allow a TCB that nobody could judge.
 *
 * Without a policy the reference store alone is applied: minimum versions, and every measurement it has
 * values for; a TEE that can be debugged is indeterminate then, because nobody allowed it. Without both
 * nothing is compared, and trust is indeterminate at best: a genuine TEE may run anything.
 *
 * Codes: `TCB_TOO_OLD`, `TCB_COMPONENT_NOT_STATED`, `TCB_UNJUDGED_ALLOWED` (tcb);
 * `MEASUREMENT_MISMATCH`, `MEASUREMENT_MISSING`, `MEASUREMENT_REVOKED`, `REFERENCE_MISSING`,
 * `REFERENCE_OUTDATED`, `MEASUREMENTS_NOT_COMPARED`, `HYPERVISOR_NOT_MEASURED`, `HOST_NOT_ACCEPTED` and
 * others (reference); `EVIDENCE_TYPE_REFUSED`, `DEPLOYMENT_FORM_REFUSED`, `PLATFORM_EMULATED`,
 * `MEMORY_NOT_ENCRYPTED`, `MEMORY_ENCRYPTION_NOT_STATED`, `DEBUG_ENABLED`, `DEBUG_NOT_STATED`,
 * `MIGRATION_TOO_LOOSE`, `MIGRATION_NOT_STATED`, `SOFTWARE_NOT_EXCLUDED`, `DEPLOYMENT_NOT_STATED`,
 * `DEPLOYMENT_CONTRADICTED` and those of `evaluateDeployment` (configuration); `DEPLOYMENT_NOT_BOUND`,
 * `HOST_NOT_BOUND` (binding); `EVIDENCE_TOO_OLD`, `EVIDENCE_FROM_FUTURE`, `EVIDENCE_AGE_UNKNOWN` (freshness).
 *
 * @example
 * ```ts
 * const verdict = appraise(csvVerifier.verify(evidence, options), { time, policy, reference: store });
 * if (!isAccepted(verdict)) console.log(verdict.steps.filter(({ status }) => status !== 'passed'));
 * ```
 * @throws {@link SmError} ERR_TEE_POLICY_INVALID, ERR_TEE_OPTION_INVALID, ERR_TEE_EVIDENCE_MALFORMED for a
 *   statement of the deployment that is malformed
 * @group Attestation
 */
export function appraise(verdict: AttestationVerdict, options: AppraisalOptions): AttestationVerdict {
  const { time, reference, deployment, maxAgeSeconds } = options;
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=time' });
  }
  if (maxAgeSeconds !== undefined && !(maxAgeSeconds >= 0)) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=maxAgeSeconds' });
  }
  // What is no policy must not pass for one that demands nothing.
  const policy = options.policy === undefined ? undefined : parseAppraisalPolicy(options.policy);
  const { claims } = verdict;
  const kept = verdict.steps.filter((step) => !isPlaceholder(step));
  const report = new ReportBuilder(policy?.allowUnjudgedTcb === true ? allowUnjudgedTcb(kept) : kept);
  judgeVersions(report, claims, [
    ...(policy?.minimumVersions ?? []),
    ...(reference?.versions(claims.type) ?? []),
  ]);
  const rules: readonly MeasurementRule[] = policy?.measurements ?? reference?.rules(claims.type) ?? [];
  judgeMeasurements(report, claims, rules, reference, time);
  if (policy === undefined) judgeDebugAlone(report, claims);
  else judgeConfiguration(report, claims, policy);
  const limits = [policy?.maxAgeSeconds ?? undefined, maxAgeSeconds].filter((limit) => limit !== undefined);
  if (limits.length > 0) {
    judgeAge(report, claims, answersChallenge(verdict.steps), Math.min(...limits), time);
  }
  const stated = judgeDeployment(report, claims, deployment, policy?.deployment ?? null);
  if (stated === undefined) return report.build(claims);
  const details = { ...claims.details, deployment: stated as unknown as JsonValue };
  return report.build({ ...claims, details });
}
