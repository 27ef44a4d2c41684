import { describe, expect, it } from 'vitest';
import { appraise } from '../../../src/evidence/appraisal/index.ts';
import { ReportBuilder } from '../../../src/evidence/report-builder.ts';
import {
  attestationResult,
  trustStatus,
  trustTier,
  trustVector,
} from '../../../src/evidence/tokens/index.ts';
import type { AttestationClaims, AttestationStepName } from '../../../src/spec/v1/attestation.ts';
import { CLAIMS, genuine, launch, OTHER, POLICY, storeOf, TIME } from '../appraisal/support.ts';

const appraised = (claims: Partial<AttestationClaims> = {}, policy = POLICY) =>
  appraise(genuine(claims), { time: TIME, policy });
const withStep = (step: AttestationStepName, status: 'failed' | 'indeterminate', code = 'X') =>
  new ReportBuilder(appraised().steps).add(step, status, undefined, [code, 'x', 'x']).build(CLAIMS);
const AFFIRMED = {
  'instance-identity': 2,
  configuration: 2,
  executables: 3,
  hardware: 2,
  'runtime-opaque': 2,
};

describe('the trustworthiness vector', () => {
  it('of accepted evidence affirms what was judged and asserts nothing else', () => {
    expect(trustVector(appraised())).toEqual(AFFIRMED);
    expect(trustStatus(appraised())).toBe('affirming');
    // Nobody judged configuration and measurements here.
    expect(trustVector(genuine())).toEqual({ 'instance-identity': 2, hardware: 2, 'runtime-opaque': 2 });
  });

  it.each([
    [
      'a wrong signature',
      withStep('signature', 'failed'),
      { hardware: 99, executables: 99, configuration: 99, 'instance-identity': 99, 'runtime-opaque': 99 },
    ],
    ['a wrong chain', withStep('chain', 'failed'), { hardware: 97, 'instance-identity': 97 }],
    [
      'a revoked key',
      withStep('revocation', 'failed', 'CERTIFICATE_REVOKED'),
      { hardware: 96, 'instance-identity': 96 },
    ],
    ['an old TCB', appraised({ versions: [{ name: 'firmware', value: 1 }] }), { hardware: 96 }],
    ['another measurement', appraised({ measurements: [{ ...launch, value: OTHER }] }), { executables: 33 }],
    ['debugging', appraised({ debug: 'enabled' }), { configuration: 96, 'runtime-opaque': 96 }],
    ['visible memory', appraised({ memoryEncryption: 'none' }), { configuration: 96, 'runtime-opaque': 32 }],
    ['stale evidence', withStep('freshness', 'failed'), {}],
  ])('of evidence with %s: contraindicated', (_, verdict, changes) => {
    expect(trustVector(verdict)).toEqual({ ...AFFIRMED, ...changes });
    expect(trustStatus(verdict)).toBe('contraindicated');
  });

  it('of evidence without anchors, or with a TCB nobody judged, affirms no hardware', () => {
    const unanchored = withStep('chain', 'indeterminate', 'NO_ANCHOR');
    expect(trustVector(unanchored)).toEqual({
      configuration: 2,
      executables: 3,
      hardware: 1,
      'runtime-opaque': 2,
    });
    expect(trustStatus(unanchored)).toBe('none');
    expect(trustVector(withStep('tcb', 'indeterminate')).hardware).toBe(1);
  });

  it('warns of debugging and of an emulated TEE that a policy allows', () => {
    const debug = appraised({ debug: 'enabled' }, { ...POLICY, allowDebug: true });
    expect(trustVector(debug)).toMatchObject({ configuration: 32, 'runtime-opaque': 32 });
    expect(trustStatus(debug)).toBe('warning');
    const policy = { ...POLICY, allowEmulated: true, requireMemoryEncryption: false };
    const emulated = appraised({ emulated: true, memoryEncryption: 'none' }, policy);
    expect(trustVector(emulated).hardware).toBeUndefined();
    expect(trustStatus(emulated)).toBe('warning');
    expect(trustVector(genuine({ debug: 'enabled' }))['runtime-opaque']).toBe(96);
  });

  it('of something withdrawn is contraindicated', async () => {
    const reference = await storeOf({ revoked: [`sm3:${'11'.repeat(32)}`] });
    const verdict = appraise(genuine(), { time: TIME, policy: POLICY, reference });
    expect(trustVector(verdict).executables).toBe(96);
  });

  it('has four tiers with these edges', () => {
    const tiers = [-128, -97, -96, -33, -32, -2, -1, 0, 1, 2, 31, 32, 95, 96, 127].map(trustTier);
    expect(tiers).toEqual([
      'contraindicated',
      'contraindicated',
      'warning',
      'warning',
      'affirming',
      'affirming',
      'none',
      'none',
      'none',
      'affirming',
      'affirming',
      'warning',
      'warning',
      'contraindicated',
      'contraindicated',
    ]);
  });
});

describe('attestation results', () => {
  const options = {
    issuedAt: TIME,
    lifetimeSeconds: 300,
    verifier: { developer: 'd', build: 'b' },
  };

  it.each([
    ['no verdict', {}, options],
    ['a name that is none', { 'a b': genuine() }, options],
    [
      'too many parts',
      Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`p${i}`, genuine()])),
      options,
    ],
    ['no date', { cpu0: genuine() }, { ...options, issuedAt: new Date(Number.NaN) }],
    ['no life', { cpu0: genuine() }, { ...options, lifetimeSeconds: 0 }],
    ['half a second of life', { cpu0: genuine() }, { ...options, lifetimeSeconds: 0.5 }],
    ['more than a day', { cpu0: genuine() }, { ...options, lifetimeSeconds: 86_401 }],
    ['a short nonce', { cpu0: genuine() }, { ...options, nonce: new Uint8Array(7) }],
    ['a long nonce', { cpu0: genuine() }, { ...options, nonce: new Uint8Array(65) }],
  ])('are not made of %s', (_, verdicts, given) => {
    expect(() => attestationResult(verdicts, given)).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });
});
