import { parseCertificate } from '@cssi/pki';
import { isAccepted, sm3, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AppraisalPolicy,
  bindDeployment,
  encodeDeploymentClaims,
} from '../../../src/evidence/appraisal/index.ts';
import { type AttestationOptions, verifyAttestation } from '../../../src/evidence/verify-attestation.ts';
import type { DeploymentClaims } from '../../../src/spec/v1/deployment-policy.ts';
import { createSyntheticHygon } from '../../../src/synthetic/csv.ts';
import { createSyntheticSnp } from '../../../src/synthetic/snp.ts';
import { SyntheticTpm } from '../../../src/synthetic/tpm.ts';
import { found, POLICY, TIME } from './support.ts';

const NONCE = utf8('a fresh challenge for a guest');
const AGENT = sm3(utf8('guest image with its agent'));
const WORKLOAD = sm3(utf8('container image'));
const HYPERVISOR = sm3(utf8('qemu'));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const STATED: DeploymentClaims = {
  format: 'cssi-deployment-claims/1',
  kind: 'container',
  workload: { name: 'ledger', measurement: hex(WORKLOAD) },
  hypervisor: {
    name: 'kvm',
    measurement: hex(HYPERVISOR),
    securityVersion: 1,
    secureBoot: true,
    weakenedBy: [],
  },
  isolation: 'hardware',
  memoryEncryption: 'active',
  debug: false,
  migration: 'unrestricted',
  overhead: { startMs: 800, memoryBytes: 1 << 20 },
};
const document = encodeDeploymentClaims(STATED);
const bound = bindDeployment(document, NONCE);

const guest: AppraisalPolicy = {
  ...POLICY,
  types: ['csv', 'sev-snp'],
  migration: 'unrestricted',
  allowUnjudgedTcb: true,
  // Synthetic evidence says of itself that it is.
  allowEmulated: true,
  minimumVersions: [],
  untrustedSoftware: ['hypervisor'],
  measurements: [{ by: 'name', of: 'launch', accept: [`sm3:${hex(AGENT)}`] }],
  deployment: {
    format: 'cssi-deployment-policy/1',
    kinds: ['container'],
    workloads: [{ name: 'ledger', measurements: [hex(WORKLOAD)], minimumSecurityVersion: 0 }],
    hypervisors: [{ name: 'kvm', measurements: [hex(HYPERVISOR)], minimumSecurityVersion: 1 }],
    minimumIsolation: 'hardware',
    requireSecureBoot: true,
    requireMemoryEncryption: true,
    allowDebug: false,
    migration: 'unrestricted',
    maxStartMs: 1000,
    maxMemoryOverheadBytes: 1 << 21,
  },
};
/** The host: a TCM over its boot and over the programs it ran, among them the agent that states the rest. */
const hostPolicy: AppraisalPolicy = {
  ...guest,
  name: 'hosts',
  types: ['tcm'],
  deployments: ['platform'],
  requireMemoryEncryption: false,
  allowDebug: true,
  untrustedSoftware: [],
  measurements: [
    { by: 'name', of: 'ima:sm3:/usr/bin/host-agent', accept: [`sm3:${hex(sm3(utf8('agent')))}`] },
  ],
  deployment: null,
};

const chip = createSyntheticHygon();
let tcm: SyntheticTpm;
let options: AttestationOptions;
const host = (data: Uint8Array): Uint8Array => tcm.evidence(data);
const csv = (data: Uint8Array, measurement = AGENT): Uint8Array =>
  chip.report({ reportData: data, measurement, withChain: true });

beforeAll(async () => {
  tcm = await SyntheticTpm.create({ time: TIME, profile: 'tcm' });
  for (let index = 0; index < 10; index++) tcm.extend(index, utf8(`boot ${index}`));
  tcm.measure(tcm.bootAggregate('sm3'));
  tcm.measure({ path: '/usr/bin/host-agent', algorithm: 'sm3', digest: sm3(utf8('agent')) });
  tcm.measure({ path: '/usr/bin/qemu-system-x86_64', algorithm: 'sm3', digest: HYPERVISOR });
  options = {
    time: TIME,
    anchors: { hygonRoots: [chip.hrk], certificates: [parseCertificate(tcm.root)] },
    reportData: NONCE,
    policy: guest,
    deployment: { document, host: host(bound), hostPolicy },
  };
});
const judge = (evidence: Uint8Array, changes: Partial<AttestationOptions> = {}) =>
  verifyAttestation(evidence, { ...options, ...changes });

describe('a container in a guest on a measured host, by evidence alone [CC-036] [part of CC-022]', () => {
  it('is accepted: chip, guest image, agent’s statement, hypervisor', () => {
    const verdict = judge(csv(bound));
    expect(found(verdict)).toEqual([]);
    expect(found(verdict, 'indeterminate')).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.details.deployment).toMatchObject({ overhead: { startMs: 800 } });
  });

  const cases: readonly (readonly [string, readonly string[], () => ReturnType<typeof judge>])[] = [
    [
      'a host without the hypervisor',
      ['reference/HYPERVISOR_NOT_MEASURED'],
      () => judge(csv(bound), { deployment: { document } }),
    ],
    [
      'a host nobody demands anything of',
      ['reference/HYPERVISOR_NOT_MEASURED'],
      () => judge(csv(bound), { deployment: { document, host: host(bound) } }),
    ],
    [
      'a host that answers the bare challenge',
      ['reference/HOST_NOT_ACCEPTED', 'reference/HYPERVISOR_NOT_MEASURED'],
      () => judge(csv(bound), { deployment: { document, host: host(NONCE), hostPolicy } }),
    ],
    [
      'a host with another agent',
      ['reference/HOST_NOT_ACCEPTED', 'reference/HYPERVISOR_NOT_MEASURED'],
      () =>
        judge(csv(bound), {
          deployment: {
            document,
            host: host(bound),
            hostPolicy: {
              ...hostPolicy,
              measurements: [
                { by: 'name', of: 'ima:sm3:/usr/bin/host-agent', accept: [`sm3:${hex(AGENT)}`] },
              ],
            },
          },
        }),
    ],
    ['a guest with another image', ['reference/MEASUREMENT_MISMATCH'], () => judge(csv(bound, WORKLOAD))],
    [
      'a guest that answers the bare challenge',
      ['binding/DEPLOYMENT_NOT_BOUND', 'freshness/NONCE_MISMATCH'],
      () => judge(csv(NONCE)),
    ],
    [
      'a document for another start',
      ['binding/DEPLOYMENT_NOT_BOUND', 'freshness/NONCE_MISMATCH'],
      () => {
        const other = encodeDeploymentClaims({ ...STATED, overhead: { startMs: 1, memoryBytes: 1 } });
        return judge(csv(bound), { deployment: { document: other, host: host(bound), hostPolicy } });
      },
    ],
    [
      'another challenge',
      ['binding/DEPLOYMENT_NOT_BOUND', 'freshness/NONCE_MISMATCH'],
      () => judge(csv(bound), { reportData: utf8('another challenge') }),
    ],
  ];
  it.each(cases)('is refused with %s', (_, expected, act) => {
    expect(found(act())).toEqual(expected);
  });

  it('may have its document fixed at launch: host data of a report', () => {
    const amd = createSyntheticSnp({ modulusLength: 2048 });
    const vcek = amd.endorse();
    const snp = (hostData: Uint8Array, reportData: Uint8Array) =>
      amd.extendedReport(vcek, { reportData, hostData });
    const changes: Partial<AttestationOptions> = {
      anchors: { ...options.anchors, certificates: [parseCertificate(amd.ark), parseCertificate(tcm.root)] },
    };
    const codes = (evidence: Uint8Array) => found(judge(evidence, changes));
    // The policy's image is another format's: only that is left to say.
    expect(codes(snp(sm3(document), NONCE))).not.toContain('binding/DEPLOYMENT_NOT_BOUND');
    expect(codes(snp(sm3(document), NONCE))).not.toContain('freshness/NONCE_MISMATCH');
    expect(codes(snp(sm3(document), utf8('old challenge')))).toContain('freshness/NONCE_MISMATCH');
    expect(codes(snp(sm3(utf8('other')), NONCE))).toContain('binding/DEPLOYMENT_NOT_BOUND');
  });

  it('cannot be judged without a challenge', () => {
    const { reportData: _, ...without } = options;
    expect(() => verifyAttestation(csv(bound), without)).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });
});
