import { isAccepted } from '@cssi/sm-core';
import type {
  AttestationClaims,
  AttestationStepName,
  AttestationVerdict,
} from '../../spec/v1/attestation.ts';
import type { DeploymentClaims, DeploymentPolicy } from '../../spec/v1/deployment-policy.ts';
import { evaluateDeployment } from '../../spec/v1/evaluate-deployment.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { contradictions, decodeDeploymentClaims, deploymentBinding, measures } from './deployment.ts';
import type { DeploymentStatement } from './options.ts';

const NOT_STATED: FindingText = [
  'DEPLOYMENT_NOT_STATED',
  'Nothing states how the workload is deployed.',
  '未提供部署形态的声明。',
];
const BOUND: FindingText = [
  'DEPLOYMENT_BOUND',
  'The evidence binds the statement of the deployment.',
  '证据绑定了部署声明。',
];
const NOT_BOUND: FindingText = [
  'DEPLOYMENT_NOT_BOUND',
  'The evidence does not bind the statement of the deployment.',
  '证据未绑定部署声明。',
];
const CONTRADICTED: FindingText = [
  'DEPLOYMENT_CONTRADICTED',
  'The evidence contradicts the statement of the deployment.',
  '证据与部署声明相矛盾。',
];
const MEETS: FindingText = [
  'DEPLOYMENT_MEETS_POLICY',
  'The deployment is as the policy demands.',
  '部署形态符合策略要求。',
];
const HOST_REFUSED: FindingText = [
  'HOST_NOT_ACCEPTED',
  'The evidence of the machine below was not accepted.',
  '下层主机的证据未被接受。',
];
const HOST_UNBOUND: FindingText = [
  'HOST_NOT_BOUND',
  'The evidence of the machine below does not bind this deployment.',
  '下层主机的证据未绑定本次部署。',
];
const HYPERVISOR_MEASURED: FindingText = [
  'HYPERVISOR_MEASURED',
  'Evidence holds the measurement of the hypervisor.',
  '证据包含虚拟机监控器的度量值。',
];
const HYPERVISOR_NOT_MEASURED: FindingText = [
  'HYPERVISOR_NOT_MEASURED',
  'No evidence holds the measurement of the hypervisor.',
  '没有证据包含虚拟机监控器的度量值。',
];

/** The step at which a finding of the deployment policy counts. */
function stepOf(code: string): AttestationStepName {
  if (code === 'HYPERVISOR_TOO_OLD') return 'tcb';
  const measured = /^(?:WORKLOAD|HYPERVISOR)_(?:NOT_MEASURED|UNEXPECTED)$/.test(code);
  return measured ? 'reference' : 'configuration';
}

const MAX_FINDINGS = 8;

/** Why a verdict was not accepted, in short. */
function openFindings({ steps }: AttestationVerdict): string {
  const open = steps.filter(({ status }) => status !== 'passed').slice(0, MAX_FINDINGS);
  return `findings=${open.map(({ step, code }) => `${step}/${code}`).join(',')}`;
}

/**
 * A hypervisor counts as measured when evidence holds its measurement: the evidence itself, or that of
 * the machine below, which must be accepted and bound to the same document and challenge. That the
 * document names a measurement is not enough: a guest cannot measure what is below it. Which other
 * programs a host may have run beside that hypervisor is for the policy on the host to say, by role.
 */
function judgeHypervisor(
  report: ReportBuilder,
  stated: DeploymentClaims,
  claims: AttestationClaims,
  { document, nonce, host }: DeploymentStatement,
): void {
  const { measurement } = stated.hypervisor;
  const roles = claims.deployment === 'platform' ? undefined : ['hypervisor'];
  let measured = measures(claims, measurement, roles);
  if (host !== undefined) {
    const bound = deploymentBinding(host.claims, document, nonce) === 'report-data';
    if (!isAccepted(host)) report.fail('reference', HOST_REFUSED, openFindings(host));
    else if (!bound) report.fail('binding', HOST_UNBOUND);
    else measured ||= measures(host.claims, measurement, undefined);
  }
  report.check('reference', measured, HYPERVISOR_MEASURED, HYPERVISOR_NOT_MEASURED);
}

/**
 * Judges the statement of a deployment: that the evidence binds it, does not contradict it, and that
 * it is what the policy demands.
 *
 * @returns the claims, when they are bound
 * @internal
 */
export function judgeDeployment(
  report: ReportBuilder,
  claims: AttestationClaims,
  statement: DeploymentStatement | undefined,
  policy: DeploymentPolicy | null,
): DeploymentClaims | undefined {
  if (statement === undefined) {
    if (policy !== null) report.fail('configuration', NOT_STATED);
    return undefined;
  }
  const stated = decodeDeploymentClaims(statement.document);
  const binding = deploymentBinding(claims, statement.document, statement.nonce);
  if (binding === 'none') {
    report.fail('binding', NOT_BOUND);
    return undefined;
  }
  report.pass('binding', BOUND, `by=${binding}`);
  const denied = contradictions(stated, claims);
  if (denied.length > 0) report.fail('configuration', CONTRADICTED, `claims=${denied.join(',')}`);
  if (policy === null) return stated;
  judgeHypervisor(report, stated, claims, statement);
  const { status, reasons } = evaluateDeployment(stated, policy);
  if (status === 'passed') report.pass('configuration', MEETS);
  for (const { code, en, zh } of reasons) report.fail(stepOf(code), [code, en, zh]);
  return stated;
}
