import { isAccepted } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sgxVerifier, TCB_STATUSES, type TcbStatus, tdxVerifier } from '../../../src/evidence/intel/index.ts';
import { worseTcbStatus } from '../../../src/evidence/intel/tcb-status.ts';
import type { AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import {
  createSyntheticIntelPlatform,
  type SyntheticCollateralSpec,
  type SyntheticQuoteOptions,
} from '../../../src/synthetic/intel/index.ts';
import { createWorld, FMSPC, NONCE, type World } from './collateral-support.ts';
import { doubts, failures } from './support.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const judgeSgx = (
  spec: Partial<SyntheticCollateralSpec>,
  more: SyntheticQuoteOptions = {},
): AttestationVerdict =>
  sgxVerifier.verify(
    world.platform.sgxQuote({ reportData: NONCE }, more),
    world.options([world.statements(spec)]),
  );
const tcbOf = (verdict: AttestationVerdict): string => {
  const { status, code } = verdict.steps.find(({ step }) => step === 'tcb')!;
  return `${status}:${code}`;
};

const OUTCOMES: Readonly<Record<TcbStatus, string>> = {
  UpToDate: 'passed:TCB_UP_TO_DATE',
  SWHardeningNeeded: 'indeterminate:TCB_HARDENING_NEEDED',
  ConfigurationNeeded: 'indeterminate:TCB_CONFIGURATION_NEEDED',
  ConfigurationAndSWHardeningNeeded: 'indeterminate:TCB_CONFIGURATION_AND_HARDENING_NEEDED',
  OutOfDate: 'failed:TCB_TOO_OLD',
  OutOfDateConfigurationNeeded: 'failed:TCB_TOO_OLD',
  Revoked: 'failed:TCB_REVOKED',
};

describe('TCB level of an SGX platform', () => {
  it('[part of CC-006] up to date in every part is accepted as a whole', () => {
    const verdict = judgeSgx({ levels: [{ components: [4, 4, 3], pceSvn: 11, status: 'UpToDate' }] });
    expect(failures(verdict)).toEqual([]);
    expect(doubts(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.details.tcbStatus).toBe('UpToDate');
  });

  it.each(TCB_STATUSES)('[part of CC-006] status %s of the platform decides the step', (status) => {
    const verdict = judgeSgx({ levels: [{ status, advisories: ['INTEL-SA-00615', 'INTEL-SA-00106'] }] });
    expect(tcbOf(verdict)).toBe(OUTCOMES[status]);
    expect(verdict.claims.details).toMatchObject({
      tcbStatus: status,
      advisories: ['INTEL-SA-00106', 'INTEL-SA-00615'],
    });
    expect(failures(verdict).length).toBe(OUTCOMES[status].startsWith('failed') ? 1 : 0);
  });

  it.each(TCB_STATUSES)('[part of CC-006] status %s of the quoting enclave decides it too', (status) => {
    expect(tcbOf(judgeSgx({ qeLevels: [{ isvSvn: 8, status }] }))).toBe(OUTCOMES[status]);
  });

  it('[part of CC-006] the first level all versions reach counts, in the order of the list', () => {
    const levels = (...first: readonly [components: number[], pceSvn: number]) => ({
      levels: [
        { components: first[0], pceSvn: first[1], status: 'UpToDate' },
        { components: [1], pceSvn: 1, status: 'OutOfDate' },
      ] as const,
    });
    expect(tcbOf(judgeSgx(levels([4, 4, 3], 11)))).toBe('passed:TCB_UP_TO_DATE');
    expect(tcbOf(judgeSgx(levels([3, 2, 1], 5)))).toBe('passed:TCB_UP_TO_DATE');
    // One version short of one of them.
    expect(tcbOf(judgeSgx(levels([5, 4, 3], 11)))).toBe('failed:TCB_TOO_OLD');
    expect(tcbOf(judgeSgx(levels([4, 4, 4], 11)))).toBe('failed:TCB_TOO_OLD');
    expect(tcbOf(judgeSgx(levels([4, 4, 3, ...Array(12).fill(0), 1], 11)))).toBe('failed:TCB_TOO_OLD');
    expect(tcbOf(judgeSgx(levels([4, 4, 3], 12)))).toBe('failed:TCB_TOO_OLD');
  });

  it('[part of CC-006] below every level: nothing is known, and that is a refusal', () => {
    expect(tcbOf(judgeSgx({ levels: [{ pceSvn: 12, status: 'UpToDate' }] }))).toBe(
      'failed:TCB_LEVEL_UNKNOWN',
    );
    expect(tcbOf(judgeSgx({ levels: [] }))).toBe('failed:TCB_LEVEL_UNKNOWN');
    expect(tcbOf(judgeSgx({ qeLevels: [{ isvSvn: 9, status: 'UpToDate' }] }))).toBe(
      'failed:TCB_LEVEL_UNKNOWN',
    );
  });

  it('[part of CC-006] TCB information of version 2', () => {
    const level = { components: [4, 4, 3], pceSvn: 11, status: 'UpToDate' } as const;
    expect(isAccepted(judgeSgx({ version: 2, levels: [level] }))).toBe(true);
    const higher = { ...level, components: [4, 4, 3, 1] };
    expect(tcbOf(judgeSgx({ version: 2, levels: [higher] }))).toBe('failed:TCB_LEVEL_UNKNOWN');
  });

  it.each<[string, SyntheticQuoteOptions]>([
    ['signer', { qe: { mrSigner: new Uint8Array(32).fill(1) } }],
    ['product', { qe: { isvProdId: 2 } }],
    ['attributes', { qe: { attributes: Uint8Array.of(0x15) } }],
    ['miscSelect', { qe: { miscSelect: 1 } }],
  ])('[part of CC-006] a quoting enclave of another %s than the vendor states', (name, more) => {
    const report = { ...more, qe: { ...more.qe } };
    // The generator's report data binds the key; only the named field differs.
    const verdict = judgeSgx({}, report);
    expect(failures(verdict), name).toEqual(['collateral:QE_IDENTITY_WRONG']);
    expect(verdict.integrity.status).toBe('passed');
    expect(verdict.trust.status).toBe('failed');
  });

  it('[part of CC-006] the mode bit, which builds differ in, is masked', () => {
    expect(failures(judgeSgx({}, { qe: { attributes: Uint8Array.of(0x01) } }))).toEqual([]);
  });

  it('[part of CC-006] the status of two parts is as bad as the worse, whichever is first', () => {
    for (const a of TCB_STATUSES) {
      expect(worseTcbStatus(a, 'UpToDate')).toBe(a);
      expect(worseTcbStatus(a, 'Revoked')).toBe('Revoked');
      for (const b of TCB_STATUSES) expect(worseTcbStatus(a, b)).toBe(worseTcbStatus(b, a));
    }
    expect(worseTcbStatus('OutOfDate', 'ConfigurationNeeded')).toBe('OutOfDateConfigurationNeeded');
    expect(worseTcbStatus('OutOfDate', 'SWHardeningNeeded')).toBe('OutOfDate');
    expect(worseTcbStatus('SWHardeningNeeded', 'ConfigurationNeeded')).toBe(
      'ConfigurationAndSWHardeningNeeded',
    );
  });
});

describe('TCB recovery', () => {
  it('[part of CC-007] an out-of-date platform is refused and admitted again after its update', async () => {
    const spec = { fmspc: FMSPC, components: [4, 4, 3], pceSvn: 11 };
    const before = world.statements({ levels: [{ ...spec, status: 'UpToDate' }], evaluationNumber: 17 });
    // The vendor finds a weakness: what was up to date needs component 2 at 5 from now on.
    const raised = world.statements({
      evaluationNumber: 18,
      levels: [
        { components: [4, 5, 3], pceSvn: 11, status: 'UpToDate' },
        { components: [4, 4, 3], pceSvn: 11, status: 'OutOfDate', advisories: ['INTEL-SA-00828'] },
      ],
    });
    expect(isAccepted(sgxVerifier.verify(world.sgx, world.options([before])))).toBe(true);
    const refused = sgxVerifier.verify(world.sgx, world.options([raised]));
    expect(failures(refused)).toEqual(['tcb:TCB_TOO_OLD']);
    expect(refused.steps.find(({ step }) => step === 'tcb')?.detail).toContain('INTEL-SA-00828');
    // Old statements are in force for some days still: the newer ones go before them.
    expect(failures(sgxVerifier.verify(world.sgx, world.options([before, raised])))).toEqual([
      'tcb:TCB_TOO_OLD',
    ]);
    // After the update the platform gets a PCK certificate of its new versions.
    const updated = await createSyntheticIntelPlatform(world.vendor, { ...spec, components: [4, 5, 3] });
    const quote = updated.sgxQuote({ reportData: NONCE });
    const admitted = sgxVerifier.verify(quote, world.options([before, raised]));
    expect(isAccepted(admitted)).toBe(true);
    expect(admitted.claims.versions).toContainEqual({ name: 'tcb-evaluation', value: 18 });
  });
});

describe('TCB of a trust domain', () => {
  const judge = (
    spec: Partial<SyntheticCollateralSpec>,
    teeTcbSvn: readonly number[],
    body: { readonly mrSignerSeam?: Uint8Array; readonly seamAttributes?: Uint8Array } = {},
  ): AttestationVerdict =>
    tdxVerifier.verify(
      world.platform.tdxQuote({ reportData: NONCE, teeTcbSvn: Uint8Array.from(teeTcbSvn), ...body }),
      world.options([world.statements({ tee: 'tdx', ...spec })]),
    );
  const levels = [
    { tdxComponents: [5, 0, 6], status: 'UpToDate' },
    { tdxComponents: [3, 0, 5], status: 'OutOfDate' },
  ] as const;
  const modules = [
    {
      major: 1,
      levels: [
        { isvSvn: 4, status: 'UpToDate' },
        { isvSvn: 2, status: 'OutOfDate' },
      ],
    },
    { major: 0x1f, levels: [{ isvSvn: 0, status: 'SWHardeningNeeded' }] },
  ] as const;

  it('[part of CC-006] a module of major version 0 is judged with the platform', () => {
    expect(isAccepted(judge({ levels }, [5, 0, 6]))).toBe(true);
    expect(tcbOf(judge({ levels }, [4, 0, 6]))).toBe('failed:TCB_TOO_OLD');
    expect(tcbOf(judge({ levels }, [5, 0, 5]))).toBe('failed:TCB_TOO_OLD');
    expect(tcbOf(judge({ levels }, [2, 0, 6]))).toBe('failed:TCB_LEVEL_UNKNOWN');
  });

  it('[part of CC-006] a module of a later major version has levels of its own', () => {
    const spec = { levels, modules };
    // The first two versions are the module's: 4 of major version 1 is up to date, though 4 < 5.
    expect(isAccepted(judge(spec, [4, 1, 6]))).toBe(true);
    expect(tcbOf(judge(spec, [3, 1, 6]))).toBe('failed:TCB_TOO_OLD');
    expect(tcbOf(judge(spec, [1, 1, 6]))).toBe('failed:TCB_LEVEL_UNKNOWN');
    expect(tcbOf(judge(spec, [4, 1, 5]))).toBe('failed:TCB_TOO_OLD');
    expect(tcbOf(judge(spec, [0, 0x1f, 6]))).toBe('indeterminate:TCB_HARDENING_NEEDED');
    // So what a level says of those two does not count.
    const higher = { modules, levels: [{ tdxComponents: [9, 9, 6], status: 'UpToDate' }] as const };
    expect(isAccepted(judge(higher, [4, 1, 6]))).toBe(true);
    expect(tcbOf(judge(higher, [4, 1, 5]))).toBe('failed:TCB_LEVEL_UNKNOWN');
    expect(failures(judge(spec, [9, 2, 6]))).toEqual(['collateral:TDX_MODULE_WRONG']);
  });

  it.each([0, 1])('[part of CC-006] whose module it is, of major version %i', (major) => {
    const spec = { levels, modules };
    const svn = [5, major, 6];
    const signer = new Uint8Array(48).fill(7);
    expect(failures(judge(spec, svn, { mrSignerSeam: signer }))).toEqual(['collateral:TDX_MODULE_WRONG']);
    expect(isAccepted(judge({ ...spec, moduleSigner: signer }, svn, { mrSignerSeam: signer }))).toBe(true);
    const seamAttributes = Uint8Array.of(1);
    const debuggable = judge(spec, svn, { seamAttributes });
    expect(failures(debuggable)).toEqual(['collateral:TDX_MODULE_WRONG']);
    // Versions of a stranger's module mean nothing.
    expect(doubts(debuggable)).toEqual(['tcb:TCB_NOT_JUDGED']);
  });

  it('[part of CC-006] a module updated under a running TD: still refused, and a relaunch would help', () => {
    const verify = (teeTcbSvn2: readonly number[]) =>
      tdxVerifier.verify(
        world.platform.tdxQuote({
          version: '1.5',
          reportData: NONCE,
          teeTcbSvn: Uint8Array.of(3, 1, 6),
          teeTcbSvn2: Uint8Array.from(teeTcbSvn2),
        }),
        world.options([world.statements({ tee: 'tdx', levels, modules })]),
      );
    const helped = verify([4, 1, 6]);
    expect(failures(helped)).toEqual(['tcb:TCB_TOO_OLD']);
    expect(helped.claims.details.relaunchAdvised).toBe(true);
    expect(verify([3, 1, 6]).claims.details.relaunchAdvised).toBeUndefined();
    expect(verify([3, 1, 7]).claims.details.relaunchAdvised).toBeUndefined();
  });
});
