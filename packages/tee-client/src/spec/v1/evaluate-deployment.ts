import { AspectBuilder, type VerdictAspect } from '@cssi/sm-core';
import {
  type AcceptedPart,
  type DeploymentClaims,
  type DeploymentPolicy,
  GUEST_ISOLATIONS,
  type MeasuredPart,
  MIGRATION_MODES,
} from './deployment-policy.ts';
import { parseDeploymentClaims, parseDeploymentPolicy } from './deployment-policy-codec.ts';

function judgePart(
  claim: MeasuredPart,
  accepted: readonly AcceptedPart[],
  what: readonly [code: string, en: string, zh: string],
  aspect: AspectBuilder,
): AcceptedPart | undefined {
  const [code, en, zh] = what;
  if (claim.measurement === null) {
    aspect.fail(`${code}_NOT_MEASURED`, `The ${en} was not measured.`, `${zh}未被度量。`);
    return undefined;
  }
  const part = accepted.find(({ name }) => name === claim.name);
  if (part?.measurements.includes(claim.measurement) !== true) {
    aspect.fail(`${code}_UNEXPECTED`, `The ${en} is not an accepted one.`, `${zh}不在允许范围内。`);
    return undefined;
  }
  return part;
}

/** What the hypervisor must be: the one that was measured, as strong as it was made. */
function judgeHypervisor(
  { hypervisor }: DeploymentClaims,
  policy: DeploymentPolicy,
  aspect: AspectBuilder,
): void {
  const part = judgePart(
    hypervisor,
    policy.hypervisors,
    ['HYPERVISOR', 'hypervisor', '虚拟机监控器'],
    aspect,
  );
  if (part !== undefined && hypervisor.securityVersion < part.minimumSecurityVersion) {
    aspect.fail('HYPERVISOR_TOO_OLD', 'The hypervisor is too old.', '虚拟机监控器版本过低。');
  }
  if (hypervisor.weakenedBy.length > 0) {
    aspect.fail(
      'HYPERVISOR_WEAKENED',
      'Protections of the hypervisor are switched off.',
      '虚拟机监控器的防护被关闭。',
    );
  }
  if (policy.requireSecureBoot && !hypervisor.secureBoot) {
    aspect.fail('HYPERVISOR_BOOT_NOT_VERIFIED', 'The host was not booted verified.', '宿主机未经可信启动。');
  }
}

/**
 * Judges a deployment by a policy. Pure: same claims and policy, same answer. Everything has to be
 * accepted by name; an empty list accepts nothing.
 *
 * Reasons: `DEPLOYMENT_KIND_REFUSED`, `WORKLOAD_NOT_MEASURED`, `WORKLOAD_UNEXPECTED`,
 * `HYPERVISOR_NOT_MEASURED`, `HYPERVISOR_UNEXPECTED`, `HYPERVISOR_TOO_OLD`, `HYPERVISOR_WEAKENED`,
 * `HYPERVISOR_BOOT_NOT_VERIFIED`, `GUEST_ISOLATION_TOO_WEAK`, `MEMORY_NOT_ENCRYPTED`,
 * `DEBUG_ENABLED`, `MIGRATION_TOO_LOOSE`, `START_TOO_SLOW`, `MEMORY_OVERHEAD_TOO_HIGH`.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID for claims or a policy that are not in form
 * @group Deployment policy
 */
export function evaluateDeployment(claims: DeploymentClaims, policy: DeploymentPolicy): VerdictAspect {
  const stated = parseDeploymentClaims(claims);
  const wanted = parseDeploymentPolicy(policy);
  const aspect = new AspectBuilder();
  if (!wanted.kinds.includes(stated.kind)) {
    aspect.fail('DEPLOYMENT_KIND_REFUSED', 'This kind of deployment is not allowed.', '不允许该部署方式。');
  }
  judgePart(stated.workload, wanted.workloads, ['WORKLOAD', 'workload', '工作负载'], aspect);
  judgeHypervisor(stated, wanted, aspect);
  const rank = <T>(order: readonly T[], value: T): number => order.indexOf(value);
  if (rank(GUEST_ISOLATIONS, stated.isolation) < rank(GUEST_ISOLATIONS, wanted.minimumIsolation)) {
    aspect.fail('GUEST_ISOLATION_TOO_WEAK', 'Guests are not isolated as asked.', '客户机隔离强度不足。');
  }
  if (wanted.requireMemoryEncryption && stated.memoryEncryption !== 'active') {
    aspect.fail('MEMORY_NOT_ENCRYPTED', 'Memory encryption is not active.', '内存加密未启用。');
  }
  if (stated.debug && !wanted.allowDebug) {
    aspect.fail('DEBUG_ENABLED', 'The host may debug the guest.', '宿主机可调试客户机。');
  }
  if (rank(MIGRATION_MODES, stated.migration) > rank(MIGRATION_MODES, wanted.migration)) {
    aspect.fail('MIGRATION_TOO_LOOSE', 'The guest may move further than allowed.', '客户机迁移限制过宽。');
  }
  const { startMs, memoryBytes } = stated.overhead;
  if (wanted.maxStartMs !== null && startMs > wanted.maxStartMs) {
    aspect.fail('START_TOO_SLOW', 'The start took longer than allowed.', '启动时间超出限制。');
  }
  if (wanted.maxMemoryOverheadBytes !== null && memoryBytes > wanted.maxMemoryOverheadBytes) {
    aspect.fail(
      'MEMORY_OVERHEAD_TOO_HIGH',
      'Protection takes more memory than allowed.',
      '内存开销超出限制。',
    );
  }
  return aspect.build();
}
