import { isAccepted, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { appraise } from '../../../src/evidence/appraisal/appraise.ts';
import type { AppraisalPolicy, DigestText } from '../../../src/evidence/appraisal/policy.ts';
import type { AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import type { SyntheticTpm } from '../../../src/synthetic/tpm.ts';
import { anchored, found, machine, NONCE, NOW, verify, withFiles } from './support.ts';

const digestOf = (name: string): DigestText => `sm3:${toHex(sm3(utf8(name)))}`;

/** A host that runs one hypervisor and one service, and nothing else. */
const POLICY: AppraisalPolicy = {
  format: 'cssi-appraisal-policy/1',
  name: 'host of virtual machines',
  types: ['tcm'],
  deployments: ['platform'],
  requireMemoryEncryption: false,
  allowDebug: true,
  migration: 'unrestricted',
  allowEmulated: false,
  allowUnjudgedTcb: false,
  minimumVersions: [
    { component: 'tpm-firmware-1', minimum: 0x0001_0002 },
    { component: 'tpm-firmware-2', minimum: 3 },
  ],
  measurements: [
    { by: 'role', of: 'hypervisor', accept: [digestOf('qemu')] },
    { by: 'role', of: 'workload', accept: [digestOf('service')] },
  ],
  untrustedSoftware: [],
  maxAgeSeconds: null,
  deployment: null,
};

const judged = (tcm: SyntheticTpm, policy: AppraisalPolicy = POLICY): AttestationVerdict =>
  appraise(verify(tcm.evidence(NONCE), anchored(tcm)), { time: NOW, policy });
const file = (path: string, content: string) =>
  ({ path, algorithm: 'sm3', digest: sm3(utf8(content)) }) as const;

describe('policies over what a TCM measured', () => {
  it('[part of CC-022] [part of CC-036] a host with the expected hypervisor and workload is accepted', async () => {
    const verdict = judged(withFiles(await machine({ profile: 'tcm' })));
    expect(found(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
  });

  it('[part of CC-036] an unmeasured hypervisor is refused', async () => {
    const tcm = await machine({ profile: 'tcm' });
    tcm.measure(tcm.bootAggregate('sm3'));
    tcm.measure(file('/usr/bin/service', 'service'));
    expect(found(judged(tcm))).toEqual(['reference:MEASUREMENT_MISSING']);
  });

  it.each([
    ['/usr/bin/qemu-system-x86_64', 'weakened qemu'],
    ['/lib/modules/6.6.0/kernel/arch/x86/kvm/kvm-intel.ko.xz', 'a module nobody knows'],
    ['/usr/bin/service', 'service with a back door'],
    ['/tmp/implant', 'implant'],
  ])('[part of CC-036] %s is refused', async (path, content) => {
    const tcm = withFiles(await machine({ profile: 'tcm' }));
    tcm.measure(file(path, content));
    expect(found(judged(tcm))).toEqual(['reference:MEASUREMENT_MISMATCH']);
  });

  it.each(['/tmp/firecracker', '/tmp/kvm.ko'])(
    '[part of CC-036] an implant is not kept out of the workload by being called %s',
    async (path) => {
      const workload = { by: 'role', of: 'workload', accept: [digestOf('service')] } as const;
      const tcm = await machine({ profile: 'tcm' });
      tcm.measure(tcm.bootAggregate('sm3'));
      tcm.measure(file('/usr/bin/service', 'service'));
      const policy = { ...POLICY, measurements: [workload] };
      expect(isAccepted(judged(tcm, policy))).toBe(true);
      tcm.measure(file(path, 'implant'));
      expect(found(judged(tcm, policy))).toEqual(['reference:MEASUREMENT_MISMATCH']);
      // Whoever has a rule about hypervisors, by role or by name, judges them by that.
      const accept = [digestOf('implant')];
      const hypervisor = { by: 'role', of: 'hypervisor', accept } as const;
      expect(isAccepted(judged(tcm, { ...POLICY, measurements: [workload, hypervisor] }))).toBe(true);
      const named = { by: 'name', of: `ima:sm3:${path}`, accept } as const;
      expect(isAccepted(judged(tcm, { ...POLICY, measurements: [workload, named] }))).toBe(true);
    },
  );

  it('[part of CC-036] an implant is not kept out by the name of the entry that the kernel makes', async () => {
    const tcm = withFiles(await machine({ profile: 'tcm' }));
    tcm.measure(tcm.bootAggregate('sm3'));
    expect(found(judged(tcm))).toEqual([]);
    tcm.measure(file('boot_aggregate', 'implant on a detached file system'));
    expect(found(judged(tcm))).toEqual(['reference:MEASUREMENT_MISMATCH']);
  });

  it.each([
    ['another hash than the reference values have', { algorithm: 'sha256', digest: sm3(utf8('weakened')) }],
    ['a hash nobody knows', { hashName: 'wp512', digest: new Uint8Array(64) }],
    ['an open file', { violation: true }],
  ] as const)(
    '[part of CC-036] a second hypervisor of the same name, measured by %s, is refused',
    async (_, how) => {
      const tcm = withFiles(await machine({ profile: 'tcm' }));
      tcm.measure({ ...file('/usr/bin/qemu-system-x86_64', 'weakened'), ...how });
      expect(found(judged(tcm))).toEqual(['reference:MEASUREMENT_MISMATCH']);
    },
  );

  it('[part of CC-007] an old firmware is refused, and so is one whose version nobody can know', async () => {
    const old = withFiles(await machine({ profile: 'tcm', firmwareVersion: 0x0001_0001_0000_0009n }));
    expect(found(judged(old))).toEqual(['tcb:TCB_TOO_OLD']);
    const hidden = withFiles(await machine({ profile: 'tcm', hierarchy: 'owner' }));
    expect(found(judged(hidden)).every((one) => one === 'tcb:TCB_COMPONENT_NOT_STATED')).toBe(true);
    expect(isAccepted(judged(hidden))).toBe(false);
  });

  it('[part of CC-046] a TPM does not know of memory encryption, so a policy that demands it refuses', async () => {
    const tcm = withFiles(await machine({ profile: 'tcm' }));
    const verdict = judged(tcm, { ...POLICY, requireMemoryEncryption: true });
    expect(found(verdict)).toEqual(['configuration:MEMORY_ENCRYPTION_NOT_STATED']);
  });
});
