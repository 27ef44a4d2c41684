import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type AppraisalPolicy, appraise } from '../../../src/evidence/appraisal/index.ts';
import { ReportBuilder } from '../../../src/evidence/report-builder.ts';
import type { AttestationClaims, AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import { CLAIMS, found, genuine, launch, OTHER, POLICY, storeOf, TIME } from './support.ts';

const judged = (
  claims: Partial<AttestationClaims>,
  policy: Partial<AppraisalPolicy> = {},
): AttestationVerdict => appraise(genuine(claims), { time: TIME, policy: { ...POLICY, ...policy } });

type Case = readonly [string, string, Partial<AttestationClaims>, Partial<AppraisalPolicy>];
const CONFIGURATION: readonly Case[] = [
  ['another kind of evidence', 'EVIDENCE_TYPE_REFUSED', { type: 'tdx' }, {}],
  ['no kind accepted', 'EVIDENCE_TYPE_REFUSED', {}, { types: [] }],
  ['another form of deployment', 'DEPLOYMENT_FORM_REFUSED', { deployment: 'enclave' }, {}],
  ['no form accepted', 'DEPLOYMENT_FORM_REFUSED', {}, { deployments: [] }],
  ['an emulated TEE', 'PLATFORM_EMULATED', { emulated: true }, {}],
  ['memory that is not encrypted', 'MEMORY_NOT_ENCRYPTED', { memoryEncryption: 'none' }, {}],
  ['silence on encryption', 'MEMORY_ENCRYPTION_NOT_STATED', { memoryEncryption: 'unknown' }, {}],
  ['debugging', 'DEBUG_ENABLED', { debug: 'enabled' }, {}],
  ['silence on debugging', 'DEBUG_NOT_STATED', { debug: 'unknown' }, {}],
  ['free migration', 'MIGRATION_TOO_LOOSE', { migration: 'unrestricted' }, {}],
  [
    'attested migration where none is allowed',
    'MIGRATION_TOO_LOOSE',
    { migration: 'attested' },
    { migration: 'disabled' },
  ],
  ['silence on migration', 'MIGRATION_NOT_STATED', { migration: 'unknown' }, {}],
  [
    'a hypervisor that has to be trusted',
    'SOFTWARE_NOT_EXCLUDED',
    { untrustedSoftware: ['host operating system'] },
    {},
  ],
];

describe('appraisal by a policy [part of CC-046, CC-020, CC-022]', () => {
  it('accepts evidence at the edges of every rule', () => {
    const verdict = judged({ migration: 'attested' });
    expect(found(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(found(verdict, 'passed')).toEqual([
      'chain/CHAIN_RIGHT',
      'signature/EVIDENCE_SIGNATURE_RIGHT',
      'freshness/NONCE_MATCHES',
      'tcb/TCB_MEETS_MINIMUM',
      'reference/MEASUREMENT_MATCHES',
      'configuration/CONFIGURATION_MEETS_POLICY',
    ]);
  });

  it.each(CONFIGURATION)('refuses %s: configuration, %s', (_, code, claims, policy) => {
    const verdict = judged(claims, policy);
    expect(found(verdict)).toEqual([`configuration/${code}`]);
    expect(verdict.trust.status).toBe('failed');
    expect([verdict.integrity.status, verdict.time.status]).toEqual(['passed', 'passed']);
  });

  it.each([
    ['silence on encryption', { requireMemoryEncryption: false }, { memoryEncryption: 'unknown' }],
    ['debugging', { allowDebug: true }, { debug: 'enabled' }],
    ['any migration', { migration: 'unrestricted' }, { migration: 'unknown' }],
    ['emulation', { allowEmulated: true }, { emulated: true }],
    ['privileged software', { untrustedSoftware: [] }, { untrustedSoftware: [] }],
  ] as const)('allows %s where the policy says so', (_, policy, claims) => {
    expect(isAccepted(judged(claims, policy))).toBe(true);
  });

  it('names every fault, not the first alone', () => {
    const verdict = judged({ debug: 'enabled', emulated: true, migration: 'unrestricted' });
    expect(found(verdict)).toEqual([
      'configuration/PLATFORM_EMULATED',
      'configuration/DEBUG_ENABLED',
      'configuration/MIGRATION_TOO_LOOSE',
    ]);
  });

  it('does not make bad evidence better', () => {
    const forged = new ReportBuilder()
      .fail('signature', ['EVIDENCE_SIGNATURE_WRONG', 'Wrong.', '错误。'])
      .doubt('chain', ['NO_ANCHOR', 'None.', '无。'])
      .build(CLAIMS);
    const verdict = appraise(forged, { time: TIME, policy: { ...POLICY, allowUnjudgedTcb: true } });
    expect(found(verdict)).toEqual(['signature/EVIDENCE_SIGNATURE_WRONG']);
    expect([verdict.integrity.status, verdict.trust.status]).toEqual(['failed', 'indeterminate']);
  });

  it('refuses what is no policy instead of reading it as one without demands', () => {
    const { allowDebug: _, ...without } = POLICY;
    for (const policy of [{}, without, { ...POLICY, allowDebugging: true }]) {
      expect(() => appraise(genuine(), { time: TIME, policy: policy as AppraisalPolicy })).toThrow(
        expect.objectContaining({ code: 'ERR_TEE_POLICY_INVALID' }),
      );
    }
    expect(() => appraise(genuine(), { time: new Date(Number.NaN) })).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });

  it('without policy and reference leaves trust indeterminate: a genuine TEE may run anything', () => {
    const verdict = genuine();
    const { integrity, trust, time, steps } = appraise(verdict, { time: TIME });
    expect([integrity.status, trust.status, time.status]).toEqual(['passed', 'indeterminate', 'passed']);
    expect(steps.map(({ code }) => code)).toContain('MEASUREMENTS_NOT_COMPARED');
  });
});

describe('versions', () => {
  const versions = (...values: number[]) => ({
    versions: values.map((value) => ({ name: 'firmware', value })),
  });

  it('below the minimum fail at tcb', () => {
    expect(found(judged(versions(4)))).toEqual(['tcb/TCB_TOO_OLD']);
    expect(found(judged(versions(5)))).toEqual([]);
    // Two statements about one component: the older one counts.
    expect(found(judged(versions(9, 4)))).toEqual(['tcb/TCB_TOO_OLD']);
  });

  it('that the evidence does not state fail too', () => {
    expect(found(judged({ versions: [] }))).toEqual(['tcb/TCB_COMPONENT_NOT_STATED']);
  });

  it('have to meet the policy and the reference store both', async () => {
    const reference = await storeOf({
      versions: [
        { type: 'csv', component: 'build', minimum: 11 },
        { type: 'tdx', component: 'firmware', minimum: 99 },
      ],
    });
    const verdict = appraise(genuine(), { time: TIME, policy: POLICY, reference });
    expect(found(verdict)).toEqual(['tcb/TCB_TOO_OLD']);
    expect(verdict.steps.find(({ step }) => step === 'tcb')?.detail).toContain(
      'component="build" minimum=11',
    );
  });

  it('nobody judged are indeterminate unless the policy allows that', () => {
    const unjudged = new ReportBuilder(genuine().steps)
      .doubt('tcb', ['TCB_NOT_JUDGED', 'Not judged.', '未判定。'])
      .build(CLAIMS);
    const refusing = appraise(unjudged, { time: TIME, policy: POLICY });
    expect(refusing.trust.status).toBe('indeterminate');
    expect(found(refusing, 'indeterminate')).toEqual(['tcb/TCB_NOT_JUDGED']);
    const allowing = appraise(unjudged, { time: TIME, policy: { ...POLICY, allowUnjudgedTcb: true } });
    expect(isAccepted(allowing)).toBe(true);
    expect(found(allowing, 'passed')).toContain('tcb/TCB_UNJUDGED_ALLOWED');
    const failed = new ReportBuilder(genuine().steps)
      .fail('tcb', ['TCB_REVOKED', 'Revoked.', '已撤销。'])
      .build(CLAIMS);
    expect(found(appraise(failed, { time: TIME, policy: { ...POLICY, allowUnjudgedTcb: true } }))).toEqual([
      'tcb/TCB_REVOKED',
    ]);
  });
});

describe('measurements', () => {
  const A = `sm3:${'11'.repeat(32)}` as const;
  const B = `sm3:${'22'.repeat(32)}` as const;
  const by = (by: 'name' | 'role', of: string, ...accept: (typeof A)[]) => ({
    measurements: [{ by, of, accept }],
  });
  const two = { measurements: [launch, { ...launch, name: 'second', value: OTHER }] };

  it.each([
    ['another value', 'MEASUREMENT_MISMATCH', { measurements: [{ ...launch, value: OTHER }] }, undefined],
    [
      'the value under another name',
      'MEASUREMENT_MISSING',
      { measurements: [{ ...launch, name: 'x' }] },
      undefined,
    ],
    ['no measurement', 'MEASUREMENT_MISSING', { measurements: [] }, undefined],
    ['nothing accepted', 'MEASUREMENT_MISMATCH', {}, by('name', 'launch')],
    [
      'the value by another algorithm',
      'MEASUREMENT_MISMATCH',
      { measurements: [{ ...launch, algorithm: 'sha256' as const }] },
      undefined,
    ],
    ['one of a role that is not accepted', 'MEASUREMENT_MISMATCH', two, by('role', 'workload', A)],
    ['no measurement of a role', 'MEASUREMENT_MISSING', {}, by('role', 'hypervisor', A)],
    [
      'a second bank with another value',
      'MEASUREMENT_MISMATCH',
      { measurements: [launch, { ...launch, algorithm: 'sha256' as const, value: OTHER }] },
      {
        measurements: [
          { by: 'name' as const, of: 'launch', accept: [A, `sha256:${'11'.repeat(32)}` as const] },
        ],
      },
    ],
  ])('refuse %s: reference, %s', (_, code, claims, policy) => {
    expect(found(judged(claims, policy))).toEqual([`reference/${code}`]);
  });

  it('accept one of several values, several of a role, and a bank nobody has values for', () => {
    expect(isAccepted(judged({}, by('name', 'launch', B, A)))).toBe(true);
    expect(isAccepted(judged(two, by('role', 'workload', A, B)))).toBe(true);
    const sha1 = { ...launch, algorithm: 'sha1' as const, value: new Uint8Array(20) };
    expect(isAccepted(judged({ measurements: [sha1, launch] }))).toBe(true);
  });

  it('without a rule leave trust open: genuine, but running what?', () => {
    const verdict = judged({}, { measurements: [] });
    expect(found(verdict, 'indeterminate')).toEqual(['reference/MEASUREMENTS_NOT_COMPARED']);
    expect(verdict.trust.status).toBe('indeterminate');
  });

  it('take the place of what a verifier could not compare', () => {
    const open = new ReportBuilder(genuine().steps)
      .doubt('reference', ['TA_MEASUREMENT_NOT_COMPARED', 'Not compared.', '未比较。'])
      .build(CLAIMS);
    expect(isAccepted(appraise(open, { time: TIME, policy: POLICY }))).toBe(true);
    expect(isAccepted(appraise(open, { time: TIME }))).toBe(false);
  });

  it('come from the reference store where the policy says so', async () => {
    const reference = await storeOf();
    const policy = { ...POLICY, measurements: [{ by: 'name' as const, of: 'launch', accept: null }] };
    expect(isAccepted(appraise(genuine(), { time: TIME, policy, reference }))).toBe(true);
    const other = genuine({ measurements: [{ ...launch, value: OTHER }] });
    expect(found(appraise(other, { time: TIME, policy, reference }))).toEqual([
      'reference/MEASUREMENT_MISMATCH',
    ]);
    expect(found(appraise(genuine(), { time: TIME, policy }), 'indeterminate')).toEqual([
      'reference/REFERENCE_MISSING',
    ]);
    const later = new Date('2027-01-02T00:00:00Z');
    expect(found(appraise(genuine(), { time: later, policy, reference }), 'indeterminate')).toEqual([
      'reference/REFERENCE_OUTDATED',
    ]);
    // Values for another type of evidence are none for this one.
    const snp = appraise(genuine({ type: 'sev-snp' }), { time: TIME, policy, reference });
    expect(found(snp, 'indeterminate')).toEqual(['reference/REFERENCE_MISSING']);
  });

  it('are compared by the reference store alone where there is no policy', async () => {
    const reference = await storeOf();
    expect(isAccepted(appraise(genuine(), { time: TIME, reference }))).toBe(true);
    const other = genuine({ measurements: [{ ...launch, value: OTHER }], versions: [] });
    expect(found(appraise(other, { time: TIME, reference }))).toEqual([
      'tcb/TCB_COMPONENT_NOT_STATED',
      'reference/MEASUREMENT_MISMATCH',
    ]);
    const unknown = appraise(genuine({ type: 'tpm' }), { time: TIME, reference });
    expect(found(unknown, 'indeterminate')).toEqual(['reference/MEASUREMENTS_NOT_COMPARED']);
  });

  it('that were withdrawn are refused even where the policy names them', async () => {
    const reference = await storeOf({ revoked: [A] });
    expect(found(appraise(genuine(), { time: TIME, policy: POLICY, reference }))).toEqual([
      'reference/MEASUREMENT_REVOKED',
    ]);
  });
});

describe('age', () => {
  const aged = (issuedAt: Date | undefined, fresh = true): readonly string[] =>
    found(
      appraise(genuine(issuedAt === undefined ? {} : { issuedAt }, fresh), {
        time: TIME,
        policy: { ...POLICY, maxAgeSeconds: 60 },
      }),
    );
  const before = (ms: number) => new Date(TIME.getTime() - ms);

  it('is judged by the date of the evidence', () => {
    expect(aged(before(60_000))).toEqual([]);
    expect(aged(before(60_001))).toEqual(['freshness/EVIDENCE_TOO_OLD']);
    expect(aged(before(-60_000))).toEqual([]);
    expect(aged(before(-60_001))).toEqual(['freshness/EVIDENCE_FROM_FUTURE']);
  });

  it('without a date rests on the challenge', () => {
    expect(aged(undefined)).toEqual([]);
    expect(aged(undefined, false)).toEqual(['freshness/EVIDENCE_AGE_UNKNOWN']);
  });
});
