import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { appraise } from '../../../src/evidence/appraisal/index.ts';
import { ReportBuilder } from '../../../src/evidence/report-builder.ts';
import { trustStatus } from '../../../src/evidence/tokens/vector.ts';
import type { Measurement } from '../../../src/spec/v1/attestation.ts';
import { CLAIMS, found, genuine, launch, OTHER, POLICY, storeOf, TIME } from './support.ts';

const seconds = (count: number): Date => new Date(TIME.getTime() - count * 1000);

describe('what nobody allowed', () => {
  it('[part of CC-006] a TEE that can be debugged is not accepted by reference values alone', async () => {
    const reference = await storeOf();
    const good = appraise(genuine(), { time: TIME, reference });
    expect(isAccepted(good)).toBe(true);
    const open = appraise(genuine({ debug: 'enabled' }), { time: TIME, reference });
    expect(found(open, 'indeterminate')).toEqual(['configuration/DEBUG_ENABLED']);
    expect(isAccepted(open)).toBe(false);
    expect(trustStatus(open)).toBe('contraindicated');
    const policy = { ...POLICY, allowDebug: true };
    expect(isAccepted(appraise(genuine({ debug: 'enabled' }), { time: TIME, reference, policy }))).toBe(true);
    // What the format does not state was not demanded.
    expect(isAccepted(appraise(genuine({ debug: 'unknown' }), { time: TIME, reference }))).toBe(true);
  });

  it.each(['TCB_HARDENING_NEEDED', 'TCB_CONFIGURATION_NEEDED'])(
    '[part of CC-007] a TCB that was judged is not an unjudged one: %s',
    (code) => {
      const judged = new ReportBuilder(genuine().steps)
        .doubt('tcb', [code, 'Judged.', '已判定。'])
        .build(CLAIMS);
      const policy = { ...POLICY, allowUnjudgedTcb: true };
      const verdict = appraise(judged, { time: TIME, policy });
      expect(found(verdict, 'indeterminate')).toEqual([`tcb/${code}`]);
      expect(isAccepted(verdict)).toBe(false);
    },
  );

  it('[part of CC-007] what was withdrawn is refused where no rule asks for it', async () => {
    const firmware: Measurement = { name: 'firmware', role: 'firmware', algorithm: 'sm3', value: OTHER };
    const evidence = genuine({ measurements: [launch, firmware] });
    const options = { time: TIME, policy: POLICY };
    expect(isAccepted(appraise(evidence, { ...options, reference: await storeOf() }))).toBe(true);
    const reference = await storeOf({ revoked: [`sm3:${'22'.repeat(32)}`] });
    const verdict = appraise(evidence, { ...options, reference });
    expect(found(verdict)).toEqual(['reference/MEASUREMENT_REVOKED']);
    // Named by a rule it is refused once, not twice.
    const rule = { by: 'name', of: 'firmware', accept: [`sm3:${'22'.repeat(32)}`] } as const;
    const measurements = [...POLICY.measurements, rule];
    const named = appraise(evidence, { ...options, reference, policy: { ...POLICY, measurements } });
    expect(found(named)).toEqual(['reference/MEASUREMENT_REVOKED']);
  });
});

describe('a limit on the age', () => {
  it.each([
    ['of the call', 60, null, ['freshness/EVIDENCE_TOO_OLD']],
    ['of the policy, when it is the smaller one', 600, 60, ['freshness/EVIDENCE_TOO_OLD']],
    ['of the call, when it is the smaller one', 60, 600, ['freshness/EVIDENCE_TOO_OLD']],
    ['of neither', 600, 600, []],
  ])('[part of CC-006] %s', (_, maxAgeSeconds, maxAge, failed) => {
    const policy = { ...POLICY, maxAgeSeconds: maxAge };
    const verdict = appraise(genuine({ issuedAt: seconds(61) }), { time: TIME, policy, maxAgeSeconds });
    expect(found(verdict)).toEqual(failed);
  });

  it('[part of CC-006] holds without a policy, and for evidence with neither date nor answer', () => {
    const old = appraise(genuine({ issuedAt: seconds(61) }), { time: TIME, maxAgeSeconds: 60 });
    expect(found(old)).toEqual(['freshness/EVIDENCE_TOO_OLD']);
    const ageless = appraise(genuine({}, false), { time: TIME, maxAgeSeconds: 60 });
    expect(found(ageless)).toEqual(['freshness/EVIDENCE_AGE_UNKNOWN']);
  });

  it.each([-1, Number.NaN])('is refused when it is %s', (maxAgeSeconds) => {
    expect(() => appraise(genuine(), { time: TIME, maxAgeSeconds })).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });
});
