import type { AttestationClaims, AttestationStep } from '../../spec/v1/attestation.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import type { VersionRule } from './policy.ts';

const MEETS: FindingText = [
  'TCB_MEETS_MINIMUM',
  'Every part of the trusted computing base has its minimum version.',
  '可信计算基各组件均达到最低版本。',
];
const TOO_OLD: FindingText = ['TCB_TOO_OLD', 'The TCB of the TEE is too old.', 'TEE 的 TCB 版本过低。'];
const NOT_STATED: FindingText = [
  'TCB_COMPONENT_NOT_STATED',
  'The evidence states no version of this component.',
  '证据未声明该组件的版本。',
];
const UNJUDGED_ALLOWED: FindingText = [
  'TCB_UNJUDGED_ALLOWED',
  'Nobody judged the TCB, and the policy allows that.',
  'TCB 未经判定，策略允许此情况。',
];

/**
 * Holds versions against their minimums (TCB recovery: the floor rises, an old TEE falls below it, and
 * comes back above it with its update).
 *
 * @internal
 */
export function judgeVersions(
  report: ReportBuilder,
  { versions }: AttestationClaims,
  rules: readonly VersionRule[],
): void {
  let good = true;
  for (const { component, minimum } of rules) {
    const stated = versions.filter(({ name }) => name === component).map(({ value }) => value);
    const lowest = Math.min(...stated);
    const detail = `component=${JSON.stringify(component)} minimum=${minimum}`;
    if (stated.length === 0) report.fail('tcb', NOT_STATED, detail);
    else if (lowest < minimum) report.fail('tcb', TOO_OLD, `${detail} version=${lowest}`);
    else continue;
    good = false;
  }
  if (good && rules.length > 0) report.pass('tcb', MEETS, `components=${rules.length}`);
}

/** What a verifier says when it has no statements of the vendor. */
const NOT_JUDGED = 'TCB_NOT_JUDGED';

/**
 * The steps with a TCB that nobody judged turned into one that the policy allows. One that was judged, and
 * found in want of hardening or of another configuration, stays what it is.
 *
 * @internal
 */
export function allowUnjudgedTcb(steps: readonly AttestationStep[]): readonly AttestationStep[] {
  const [code, en, zh] = UNJUDGED_ALLOWED;
  return steps.map((step) => {
    if (step.step !== 'tcb' || step.status !== 'indeterminate' || step.code !== NOT_JUDGED) return step;
    return { ...step, status: 'passed', code, en, zh, detail: `was=${step.code}` };
  });
}
