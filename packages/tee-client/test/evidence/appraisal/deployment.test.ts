import { isAccepted, sm3, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type AppraisalPolicy,
  appraise,
  bindDeployment,
  type DeploymentStatement,
  decodeDeploymentClaims,
  encodeDeploymentClaims,
} from '../../../src/evidence/appraisal/index.ts';
import { ReportBuilder } from '../../../src/evidence/report-builder.ts';
import type { AttestationClaims, AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import type { DeploymentClaims, DeploymentPolicy } from '../../../src/spec/v1/deployment-policy.ts';
import { found, genuine, launch, POLICY, TIME } from './support.ts';

const WORKLOAD = '33'.repeat(32);
const HYPERVISOR = '44'.repeat(32);
const NONCE = utf8('a challenge of some length');
const STATED: DeploymentClaims = {
  format: 'cssi-deployment-claims/1',
  kind: 'container',
  workload: { name: 'ledger', measurement: WORKLOAD },
  hypervisor: { name: 'kvm', measurement: HYPERVISOR, securityVersion: 3, secureBoot: true, weakenedBy: [] },
  isolation: 'hardware',
  memoryEncryption: 'active',
  debug: false,
  migration: 'disabled',
  overhead: { startMs: 900, memoryBytes: 1 << 20 },
};
const RULES: DeploymentPolicy = {
  format: 'cssi-deployment-policy/1',
  kinds: ['container', 'virtual-machine'],
  workloads: [{ name: 'ledger', measurements: [WORKLOAD], minimumSecurityVersion: 0 }],
  hypervisors: [{ name: 'kvm', measurements: [HYPERVISOR], minimumSecurityVersion: 3 }],
  minimumIsolation: 'hypervisor',
  requireSecureBoot: true,
  requireMemoryEncryption: true,
  allowDebug: false,
  migration: 'attested',
  maxStartMs: 1000,
  maxMemoryOverheadBytes: 1 << 20,
};
const HYPERVISOR_VALUE = new Uint8Array(32).fill(0x44);
const measured = {
  name: 'ima:/usr/bin/qemu-kvm',
  role: 'hypervisor',
  algorithm: 'sm3',
  value: HYPERVISOR_VALUE,
} as const;
const policy = (rules: Partial<DeploymentPolicy> = {}): AppraisalPolicy => ({
  ...POLICY,
  deployment: { ...RULES, ...rules },
});

const field = (digest: Uint8Array, length = 64): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(digest);
  return bytes;
};
const document = encodeDeploymentClaims(STATED);
const bound = field(bindDeployment(document, NONCE));
/** Evidence of the machine below, bound to the same document. */
const hostClaims: Partial<AttestationClaims> = {
  type: 'tcm',
  deployment: 'platform',
  measurements: [measured],
  reportData: bound,
};
const host = genuine(hostClaims);

interface Given extends Partial<DeploymentStatement> {
  readonly claims?: Partial<AttestationClaims>;
  readonly rules?: Partial<DeploymentPolicy>;
  readonly stated?: DeploymentClaims;
}
function judged({ claims, rules, stated = STATED, ...statement }: Given = {}): AttestationVerdict {
  const own = encodeDeploymentClaims(stated);
  const data = field(bindDeployment(own, NONCE));
  return appraise(genuine({ reportData: data, ...claims }), {
    time: TIME,
    policy: policy(rules),
    deployment: {
      document: own,
      nonce: NONCE,
      host: genuine({ ...hostClaims, reportData: data }),
      ...statement,
    },
  });
}
const without = (claims: Partial<AttestationClaims> = {}) =>
  appraise(genuine({ reportData: bound, ...claims }), {
    time: TIME,
    policy: policy(),
    deployment: { document, nonce: NONCE },
  });

describe('containers and virtual machines as evidence [CC-036] [part of CC-022]', () => {
  it('are accepted with workload and hypervisor measured, and report their overhead', () => {
    const verdict = judged();
    expect(found(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(found(verdict, 'passed')).toEqual(
      expect.arrayContaining([
        'binding/DEPLOYMENT_BOUND',
        'reference/HYPERVISOR_MEASURED',
        'configuration/DEPLOYMENT_MEETS_POLICY',
      ]),
    );
    expect(verdict.claims.details.deployment).toMatchObject({
      workload: { measurement: WORKLOAD },
      hypervisor: { measurement: HYPERVISOR },
      overhead: { startMs: 900, memoryBytes: 1 << 20 },
    });
  });

  it('need no evidence of the machine below where their own holds the hypervisor', () => {
    expect(isAccepted(without({ measurements: [launch, measured] }))).toBe(true);
    const platform = {
      deployment: 'platform',
      measurements: [launch, { ...measured, role: 'workload' }],
    } as const;
    expect(found(without(platform))).toEqual(['configuration/DEPLOYMENT_FORM_REFUSED']);
  });

  it('may be fixed at launch: configuration data of the evidence holds the document', () => {
    const hostData = {
      name: 'host-data',
      role: 'configuration',
      algorithm: 'sha256',
      value: sm3(document),
    } as const;
    const wide = { ...hostData, name: 'mrconfigid', value: field(sm3(document), 48) };
    for (const config of [hostData, wide]) {
      const verdict = judged({ claims: { reportData: field(NONCE), measurements: [launch, config] } });
      expect(found(verdict), config.name).toEqual([]);
      expect(verdict.steps.find(({ code }) => code === 'DEPLOYMENT_BOUND')?.detail).toBe('by=launch');
    }
    const workload = { ...hostData, role: 'workload' as const };
    expect(found(judged({ claims: { reportData: field(NONCE), measurements: [launch, workload] } }))).toEqual(
      ['binding/DEPLOYMENT_NOT_BOUND'],
    );
  });
});

describe('deployments that are refused [CC-036]', () => {
  it('stated by nothing', () => {
    const verdict = appraise(genuine(), { time: TIME, policy: policy() });
    expect(found(verdict)).toEqual(['configuration/DEPLOYMENT_NOT_STATED']);
  });

  it.each([
    ['bound to nothing', { reportData: new Uint8Array(64) }],
    ['bound to another challenge', { reportData: field(bindDeployment(document, utf8('another'))) }],
    ['bound without a challenge', { reportData: field(sm3(document)) }],
    ['with something behind the binding', { reportData: field(bound.subarray(0, 32), 64).fill(1, 63) }],
    ['bound by a shorter field', { reportData: bound.subarray(0, 31) }],
    [
      'bound to another document',
      {
        reportData: field(
          bindDeployment(encodeDeploymentClaims({ ...STATED, isolation: 'hypervisor' }), NONCE),
        ),
      },
    ],
  ])('%s: binding, DEPLOYMENT_NOT_BOUND', (_, claims) => {
    const verdict = judged({ claims });
    expect(found(verdict)).toEqual(['binding/DEPLOYMENT_NOT_BOUND']);
    expect(verdict.integrity.status).toBe('failed');
    expect(verdict.claims.details.deployment).toBeUndefined();
  });

  it.each([
    ['encryption', { memoryEncryption: 'none' }, 'memoryEncryption'],
    ['debugging', { debug: 'enabled' }, 'debug'],
    ['migration', { migration: 'attested' }, 'migration'],
    ['what runs it', { deployment: 'enclave' }, 'kind'],
  ] as const)('because the evidence says otherwise of %s', (_, claims, name) => {
    const verdict = judged({ claims });
    expect(found(verdict)).toContain('configuration/DEPLOYMENT_CONTRADICTED');
    expect(verdict.steps.find(({ code }) => code === 'DEPLOYMENT_CONTRADICTED')?.detail).toBe(
      `claims=${name}`,
    );
  });

  const { hypervisor } = STATED;
  it.each<readonly [string, string, Partial<DeploymentClaims>]>([
    [
      'a weakened hypervisor',
      'configuration/HYPERVISOR_WEAKENED',
      { hypervisor: { ...hypervisor, weakenedBy: ['iommu'] } },
    ],
    [
      'an unverified boot',
      'configuration/HYPERVISOR_BOOT_NOT_VERIFIED',
      { hypervisor: { ...hypervisor, secureBoot: false } },
    ],
    ['an old hypervisor', 'tcb/HYPERVISOR_TOO_OLD', { hypervisor: { ...hypervisor, securityVersion: 2 } }],
    ['another hypervisor', 'reference/HYPERVISOR_UNEXPECTED', { hypervisor: { ...hypervisor, name: 'xen' } }],
    [
      'another workload',
      'reference/WORKLOAD_UNEXPECTED',
      { workload: { name: 'ledger', measurement: HYPERVISOR } },
    ],
    [
      'a workload nobody measured',
      'reference/WORKLOAD_NOT_MEASURED',
      { workload: { name: 'ledger', measurement: null } },
    ],
    [
      'guests that are not kept apart',
      'configuration/GUEST_ISOLATION_TOO_WEAK',
      { isolation: 'shared-kernel' },
    ],
    ['a slow start', 'configuration/START_TOO_SLOW', { overhead: { startMs: 1001, memoryBytes: 0 } }],
    [
      'a greedy one',
      'configuration/MEMORY_OVERHEAD_TOO_HIGH',
      { overhead: { startMs: 0, memoryBytes: 1 << 21 } },
    ],
    ['another kind', 'configuration/DEPLOYMENT_KIND_REFUSED', { kind: 'virtual-machine' }],
  ])('with %s: %s', (_, finding, changes) => {
    const stated = { ...STATED, ...changes };
    expect(found(judged({ stated, rules: { kinds: ['container'] } }))).toEqual([finding]);
  });

  it('with a hypervisor that only the document names: nobody measured it', () => {
    expect(found(without())).toEqual(['reference/HYPERVISOR_NOT_MEASURED']);
    const elsewhere = { ...measured, role: 'configuration' } as const;
    expect(found(without({ measurements: [launch, elsewhere] }))).toEqual([
      'reference/HYPERVISOR_NOT_MEASURED',
    ]);
    const guest = { ...measured, role: 'workload' } as const;
    expect(found(without({ measurements: [launch, guest] }))).toEqual(['reference/HYPERVISOR_NOT_MEASURED']);
    const unmeasured = { ...STATED, hypervisor: { ...hypervisor, measurement: null } };
    expect(new Set(found(judged({ stated: unmeasured })))).toEqual(
      new Set(['reference/HYPERVISOR_NOT_MEASURED']),
    );
  });

  const failing = new ReportBuilder(host.steps).fail('signature', ['X', 'x', 'x']).build(host.claims);
  it.each([
    [
      'does not hold the hypervisor',
      genuine({ ...hostClaims, measurements: [launch] }),
      'reference/HYPERVISOR_NOT_MEASURED',
    ],
    [
      'holds another one',
      genuine({ ...hostClaims, measurements: [{ ...measured, value: new Uint8Array(32) }] }),
      'reference/HYPERVISOR_NOT_MEASURED',
    ],
    ['was not accepted', failing, 'reference/HOST_NOT_ACCEPTED'],
    [
      'answers the bare challenge',
      genuine({ ...hostClaims, reportData: field(NONCE) }),
      'binding/HOST_NOT_BOUND',
    ],
  ] as const)('with evidence of a machine below that %s: %s', (_, below, finding) => {
    const all = found(judged({ host: below }));
    expect(all).toContain(finding);
    expect(all).toContain('reference/HYPERVISOR_NOT_MEASURED');
  });
});

describe('deployment documents', () => {
  it('are canonical JSON and nothing else', () => {
    expect(decodeDeploymentClaims(document)).toEqual(STATED);
    const text = new TextDecoder().decode(document);
    for (const wrong of [`${text} `, text.slice(1), '{}', text.replace('"debug":false', '"debug":0'), '']) {
      expect(() => decodeDeploymentClaims(utf8(wrong)), wrong).toThrow(
        expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' }),
      );
    }
    expect(() => decodeDeploymentClaims(new Uint8Array(70_000))).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' }),
    );
    expect(() =>
      appraise(genuine(), { time: TIME, deployment: { document: utf8('{}'), nonce: NONCE } }),
    ).toThrow(expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' }));
  });

  it('are bound with the challenge: the parts do not run into each other', () => {
    const [a, b] = [utf8('12'), utf8('3')];
    expect(bindDeployment(a, b)).not.toEqual(bindDeployment(utf8('2'), utf8('31')));
    expect(bindDeployment(a, b)).not.toEqual(bindDeployment(b, a));
    expect(bindDeployment(a, b)).toHaveLength(32);
    for (const nonce of [new Uint8Array(0), new Uint8Array(65)]) {
      expect(() => bindDeployment(document, nonce)).toThrow(
        expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
      );
    }
  });
});
