import { describe, expect, it } from 'vitest';
import {
  DEPLOYMENT_CLAIMS_FORMAT,
  DEPLOYMENT_POLICY_FORMAT,
  type DeploymentClaims,
  type DeploymentPolicy,
} from '../../src/spec/v1/deployment-policy.ts';
import { parseDeploymentClaims, parseDeploymentPolicy } from '../../src/spec/v1/deployment-policy-codec.ts';
import { evaluateDeployment } from '../../src/spec/v1/evaluate-deployment.ts';

const WORKLOAD = '11'.repeat(32);
const HYPERVISOR = '22'.repeat(32);
const POLICY: DeploymentPolicy = {
  format: DEPLOYMENT_POLICY_FORMAT,
  kinds: ['container', 'virtual-machine'],
  workloads: [{ name: 'ledger', measurements: [WORKLOAD], minimumSecurityVersion: 0 }],
  hypervisors: [{ name: 'kvm', measurements: [HYPERVISOR], minimumSecurityVersion: 3 }],
  minimumIsolation: 'hypervisor',
  requireSecureBoot: true,
  requireMemoryEncryption: true,
  allowDebug: false,
  migration: 'attested',
  maxStartMs: 2000,
  maxMemoryOverheadBytes: 1 << 20,
};
const CLAIMS: DeploymentClaims = {
  format: DEPLOYMENT_CLAIMS_FORMAT,
  kind: 'virtual-machine',
  workload: { name: 'ledger', measurement: WORKLOAD },
  hypervisor: { name: 'kvm', measurement: HYPERVISOR, securityVersion: 3, secureBoot: true, weakenedBy: [] },
  isolation: 'hardware',
  memoryEncryption: 'active',
  debug: false,
  migration: 'attested',
  overhead: { startMs: 2000, memoryBytes: 1 << 20 },
};
const reasons = (claims: DeploymentClaims, policy = POLICY): readonly string[] => {
  const aspect = evaluateDeployment(claims, policy);
  expect(aspect.status === 'failed').toBe(aspect.reasons.length > 0);
  return aspect.reasons.map(({ code }) => code);
};

describe('deployment policy [part of CC-036]', () => {
  it('accepts measured workload and hypervisor at the edges of every rule', () => {
    expect(reasons(CLAIMS)).toEqual([]);
    expect(reasons({ ...CLAIMS, kind: 'container', isolation: 'hypervisor', migration: 'disabled' })).toEqual(
      [],
    );
  });

  const { hypervisor } = CLAIMS;
  const cases: readonly (readonly [string, string, Partial<DeploymentClaims>, Partial<DeploymentPolicy>?])[] =
    [
      ['another kind', 'DEPLOYMENT_KIND_REFUSED', {}, { kinds: ['container'] }],
      ['no kind allowed', 'DEPLOYMENT_KIND_REFUSED', {}, { kinds: [] }],
      [
        'a workload nobody measured',
        'WORKLOAD_NOT_MEASURED',
        { workload: { name: 'ledger', measurement: null } },
      ],
      [
        'another workload under a good name',
        'WORKLOAD_UNEXPECTED',
        { workload: { name: 'ledger', measurement: HYPERVISOR } },
      ],
      [
        'a good workload under another name',
        'WORKLOAD_UNEXPECTED',
        { workload: { name: 'x', measurement: WORKLOAD } },
      ],
      ['an empty list of workloads', 'WORKLOAD_UNEXPECTED', {}, { workloads: [] }],
      [
        'a hypervisor nobody measured',
        'HYPERVISOR_NOT_MEASURED',
        { hypervisor: { ...hypervisor, measurement: null } },
      ],
      [
        'another hypervisor',
        'HYPERVISOR_UNEXPECTED',
        { hypervisor: { ...hypervisor, measurement: '33'.repeat(32) } },
      ],
      ['an empty list of hypervisors', 'HYPERVISOR_UNEXPECTED', {}, { hypervisors: [] }],
      ['an old hypervisor', 'HYPERVISOR_TOO_OLD', { hypervisor: { ...hypervisor, securityVersion: 2 } }],
      [
        'a weakened hypervisor',
        'HYPERVISOR_WEAKENED',
        { hypervisor: { ...hypervisor, weakenedBy: ['iommu-off'] } },
      ],
      [
        'a host without verified boot',
        'HYPERVISOR_BOOT_NOT_VERIFIED',
        { hypervisor: { ...hypervisor, secureBoot: false } },
      ],
      ['guests that share a kernel', 'GUEST_ISOLATION_TOO_WEAK', { isolation: 'shared-kernel' }],
      ['guests that are not isolated', 'GUEST_ISOLATION_TOO_WEAK', { isolation: 'none' }],
      ['memory in clear', 'MEMORY_NOT_ENCRYPTED', { memoryEncryption: 'none' }],
      ['a guest under debug', 'DEBUG_ENABLED', { debug: true }],
      ['migration to anywhere', 'MIGRATION_TOO_LOOSE', { migration: 'unrestricted' }],
      ['migration where there is to be none', 'MIGRATION_TOO_LOOSE', {}, { migration: 'disabled' }],
      ['a start that took too long', 'START_TOO_SLOW', { overhead: { startMs: 2001, memoryBytes: 0 } }],
      [
        'too much memory',
        'MEMORY_OVERHEAD_TOO_HIGH',
        { overhead: { startMs: 0, memoryBytes: (1 << 20) + 1 } },
      ],
    ];
  for (const [what, code, claims, policy] of cases) {
    it(`refuses ${what}`, () => {
      expect(reasons({ ...CLAIMS, ...claims }, { ...POLICY, ...policy })).toEqual([code]);
    });
  }

  it('what the policy leaves open is not judged', () => {
    const open: DeploymentPolicy = {
      ...POLICY,
      minimumIsolation: 'none',
      requireSecureBoot: false,
      requireMemoryEncryption: false,
      allowDebug: true,
      migration: 'unrestricted',
      maxStartMs: null,
      maxMemoryOverheadBytes: null,
    };
    const claims: DeploymentClaims = {
      ...CLAIMS,
      isolation: 'none',
      memoryEncryption: 'none',
      debug: true,
      migration: 'unrestricted',
      hypervisor: { ...hypervisor, secureBoot: false },
      overhead: { startMs: 1e9, memoryBytes: 1e12 },
    };
    expect(reasons(claims, open)).toEqual([]);
  });

  it('names every reason at once', () => {
    expect(reasons({ ...CLAIMS, debug: true, memoryEncryption: 'none', migration: 'unrestricted' })).toEqual([
      'MEMORY_NOT_ENCRYPTED',
      'DEBUG_ENABLED',
      'MIGRATION_TOO_LOOSE',
    ]);
  });

  it.each([
    ['claims of no form', null],
    ['an unknown member', { ...CLAIMS, more: 1 }],
    ['another format', { ...CLAIMS, format: 'x' }],
    ['an unknown kind', { ...CLAIMS, kind: 'bare-metal' }],
    ['an unknown isolation', { ...CLAIMS, isolation: 'strong' }],
    ['a measurement in upper case', { ...CLAIMS, workload: { name: 'x', measurement: 'AB'.repeat(32) } }],
    ['a flag that is none', { ...CLAIMS, debug: 0 }],
    ['a negative overhead', { ...CLAIMS, overhead: { startMs: -1, memoryBytes: 0 } }],
    ['a name with a control character', { ...CLAIMS, workload: { name: 'a\u0000', measurement: null } }],
  ])('refuses %s', (_, claims: unknown) => {
    expect(() => parseDeploymentClaims(claims)).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
    expect(() => evaluateDeployment(claims as DeploymentClaims, POLICY)).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });

  it.each([
    ['a rule that is misspelt', { ...POLICY, allowDebugging: true }],
    [
      'a lowest version of a workload, which no claim states',
      { ...POLICY, workloads: [{ ...POLICY.workloads[0], minimumSecurityVersion: 1 }] },
    ],
    ['a rule left out', { ...POLICY, allowDebug: undefined }],
    ['a name twice', { ...POLICY, workloads: [...POLICY.workloads, ...POLICY.workloads] }],
    ['a limit that is no number', { ...POLICY, maxStartMs: '5' }],
    [
      'a measurement that is none',
      { ...POLICY, hypervisors: [{ ...POLICY.hypervisors[0], measurements: ['x'] }] },
    ],
  ])('refuses a policy with %s', (_, policy) => {
    expect(() => parseDeploymentPolicy(policy)).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });
});
