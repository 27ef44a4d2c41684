import type { AttestationClaims } from '../../spec/v1/attestation.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import type { AppraisalPolicy } from './policy.ts';

const MIGRATIONS = ['disabled', 'attested', 'unrestricted'] as const;

const MEETS: FindingText = [
  'CONFIGURATION_MEETS_POLICY',
  'The TEE is configured as the policy demands.',
  'TEE 的配置符合策略要求。',
];
const TYPE_REFUSED: FindingText = [
  'EVIDENCE_TYPE_REFUSED',
  'The policy does not accept this kind of evidence.',
  '策略不接受此类证据。',
];
const FORM_REFUSED: FindingText = [
  'DEPLOYMENT_FORM_REFUSED',
  'The policy does not accept this form of deployment.',
  '策略不接受此部署形态。',
];
const EMULATED: FindingText = ['PLATFORM_EMULATED', 'The TEE is emulated.', '该 TEE 为模拟环境。'];
const NOT_ENCRYPTED: FindingText = [
  'MEMORY_NOT_ENCRYPTED',
  'Memory encryption is not active.',
  '内存加密未启用。',
];
const ENCRYPTION_NOT_STATED: FindingText = [
  'MEMORY_ENCRYPTION_NOT_STATED',
  'The evidence does not state that memory encryption is active.',
  '证据未声明内存加密已启用。',
];
const DEBUG_ENABLED: FindingText = [
  'DEBUG_ENABLED',
  'Somebody outside may look into the workload.',
  '外部可调试该工作负载。',
];
const DEBUG_NOT_STATED: FindingText = [
  'DEBUG_NOT_STATED',
  'The evidence does not state that debugging is disabled.',
  '证据未声明调试已禁用。',
];
const MIGRATION_TOO_LOOSE: FindingText = [
  'MIGRATION_TOO_LOOSE',
  'The workload may move further than allowed.',
  '工作负载的迁移限制过宽。',
];
const MIGRATION_NOT_STATED: FindingText = [
  'MIGRATION_NOT_STATED',
  'The evidence does not state where the workload may move.',
  '证据未声明工作负载的迁移限制。',
];
const SOFTWARE_TRUSTED: FindingText = [
  'SOFTWARE_NOT_EXCLUDED',
  'The evidence does not show that this software is kept out.',
  '证据未表明该软件被排除在信任之外。',
];
const TOO_OLD: FindingText = ['EVIDENCE_TOO_OLD', 'The evidence is too old.', '证据已过期。'];
const FROM_FUTURE: FindingText = [
  'EVIDENCE_FROM_FUTURE',
  'The evidence is dated in the future.',
  '证据签发时间在未来。',
];
const AGE_NOT_STATED: FindingText = [
  'EVIDENCE_AGE_UNKNOWN',
  'The evidence has neither a date nor an answer to a challenge.',
  '证据既无日期，也未回应挑战值。',
];
const RECENT: FindingText = [
  'EVIDENCE_RECENT',
  'The evidence is as recent as the policy demands.',
  '证据的时效符合策略要求。',
];
/** How far the clock of the device may be ahead of the verifier's. */
const CLOCK_SKEW_MS = 60_000;

/** What the policy says against the configuration that the evidence states. */
function faults(claims: AttestationClaims, policy: AppraisalPolicy): readonly [FindingText, string][] {
  const found: [FindingText, string][] = [];
  const { type, deployment, memoryEncryption, debug, migration } = claims;
  if (!policy.types.includes(type)) found.push([TYPE_REFUSED, `type=${type}`]);
  if (!policy.deployments.includes(deployment)) found.push([FORM_REFUSED, `deployment=${deployment}`]);
  if (claims.emulated && !policy.allowEmulated) found.push([EMULATED, `type=${type}`]);
  if (policy.requireMemoryEncryption && memoryEncryption !== 'active') {
    const text = memoryEncryption === 'none' ? NOT_ENCRYPTED : ENCRYPTION_NOT_STATED;
    found.push([text, `memoryEncryption=${memoryEncryption}`]);
  }
  if (!policy.allowDebug && debug !== 'disabled') {
    found.push([debug === 'enabled' ? DEBUG_ENABLED : DEBUG_NOT_STATED, `debug=${debug}`]);
  }
  if (policy.migration !== 'unrestricted') {
    const detail = `migration=${migration} allowed=${policy.migration}`;
    if (migration === 'unknown') found.push([MIGRATION_NOT_STATED, detail]);
    else if (MIGRATIONS.indexOf(migration) > MIGRATIONS.indexOf(policy.migration)) {
      found.push([MIGRATION_TOO_LOOSE, detail]);
    }
  }
  for (const software of policy.untrustedSoftware) {
    if (!claims.untrustedSoftware.includes(software)) {
      found.push([SOFTWARE_TRUSTED, `software=${JSON.stringify(software)}`]);
    }
  }
  return found;
}

/**
 * Holds what the evidence states of its configuration against the policy. What a policy demands and
 * the evidence does not state counts as not met.
 *
 * @internal
 */
export function judgeConfiguration(
  report: ReportBuilder,
  claims: AttestationClaims,
  policy: AppraisalPolicy,
): void {
  const found = faults(claims, policy);
  for (const [text, detail] of found) report.fail('configuration', text, detail);
  if (found.length === 0) report.pass('configuration', MEETS, `policy=${JSON.stringify(policy.name)}`);
}

/**
 * Where no policy was given nobody allowed debugging: whoever may look in can change what was measured.
 *
 * @internal
 */
export function judgeDebugAlone(report: ReportBuilder, { debug }: AttestationClaims): void {
  if (debug === 'enabled') report.doubt('configuration', DEBUG_ENABLED, 'debug=enabled');
}

/**
 * Judges the age of evidence that carries a date. Without a date its answer to the challenge is what
 * says that it is no older than that.
 *
 * @internal
 */
export function judgeAge(
  report: ReportBuilder,
  { issuedAt }: AttestationClaims,
  answered: boolean,
  maxAgeSeconds: number,
  time: Date,
): void {
  if (issuedAt === undefined) {
    if (!answered) report.fail('freshness', AGE_NOT_STATED);
    return;
  }
  const age = time.getTime() - issuedAt.getTime();
  const detail = `issuedAt=${issuedAt.toISOString()}`;
  if (age < -CLOCK_SKEW_MS) report.fail('freshness', FROM_FUTURE, detail);
  else report.check('freshness', age <= maxAgeSeconds * 1000, RECENT, TOO_OLD, detail);
}
