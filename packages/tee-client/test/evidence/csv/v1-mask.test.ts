import { isAccepted, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type AppraisalPolicy, appraise } from '../../../src/evidence/appraisal/index.ts';
import { csvVerifier, parseCsvReport } from '../../../src/evidence/csv/index.ts';
import { shiftCsvMask } from '../../../src/synthetic/csv.ts';
import { chip, doubts, failures, flip, NONCE, outcome, TIME, trusting, V1 } from './support.ts';

const MEASUREMENT = sm3(utf8('a guest'));
const options = (more = {}) => trusting(chip(), [chip().hskCek], more);
const made = (policy: number, more = {}) =>
  chip().report({ version: 1, reportData: NONCE, measurement: MEASUREMENT, policy, ...more });

const words = (bytes: Uint8Array, delta: number): Uint8Array =>
  bytes.map((byte, i) => byte ^ ((delta >>> (8 * (i & 3))) & 255));

describe('the mask of a CSV report of version 1, which nobody signs', () => {
  it('[part of CC-006] hides the fields and leaves the signature to the masked bytes', () => {
    const report = made(0x45, { anonce: 0x1291_429b });
    expect(failures(csvVerifier.verify(report, options()))).toEqual([]);
    expect(report.subarray(0x40, 0x80)).not.toEqual(parseCsvReport(report).reportData);
    expect(parseCsvReport(report)).toMatchObject({ anonce: 0x1291_429b, policy: { bits: 0x45 } });
    expect(toHex(parseCsvReport(report).measurement)).toBe(toHex(MEASUREMENT));
  });

  it('[part of CC-006] one bit turns policy 0x45 into 0x44, the signature stays right, the challenge shows it', () => {
    const shifted = shiftCsvMask(made(0x45), 1);
    const verdict = csvVerifier.verify(shifted, options());
    expect(verdict.claims).toMatchObject({ debug: 'enabled', details: { policy: { bits: 0x44 } } });
    const passed = verdict.steps.filter(({ status }) => status === 'passed').map(({ step }) => step);
    expect(passed).toEqual(['format', 'certificates', 'chain', 'signature', 'binding']);
    expect(failures(verdict)).toEqual(['freshness NONCE_MISMATCH']);
  });

  it.each(Array.from({ length: 32 }, (_, bit) => bit))('[part of CC-006] shows for bit %i', (bit) => {
    const shifted = shiftCsvMask(made(0x44), (1 << bit) >>> 0);
    expect(outcome(shifted, options())).toEqual(['freshness NONCE_MISMATCH']);
  });

  it('[part of CC-006] makes a challenge a duty', () => {
    const { reportData: _, ...blind } = options();
    for (const report of [made(0x45), shiftCsvMask(made(0x44), 1)]) {
      const verdict = csvVerifier.verify(report, blind);
      expect(failures(verdict)).toEqual(['freshness REPORT_DATA_REQUIRED']);
      expect(verdict.time.status).toBe('failed');
    }
  });

  it('moves the measurement as well: what is left to compare when the guest itself is the attacker', () => {
    // A guest that may be debugged asks for report data that will fit another mask.
    const own = chip().report({
      version: 1,
      reportData: words(new Uint8Array([...NONCE, ...new Uint8Array(64 - NONCE.length)]), 1),
      measurement: MEASUREMENT,
      policy: 0x44,
    });
    const verdict = csvVerifier.verify(shiftCsvMask(own, 1), options());
    expect(failures(verdict)).toEqual([]);
    expect(verdict.claims.debug).toBe('disabled');
    // By itself the verifier trusts no report of this version; an appraisal sees that the measurement moved.
    expect(doubts(verdict)).toEqual(['reference CSV_LAUNCH_NOT_COMPARED']);
    expect(verdict.trust.status).toBe('indeterminate');
    const [launch] = verdict.claims.measurements;
    expect(toHex(launch!.value)).toBe(toHex(words(MEASUREMENT, 1)));
    expect(verdict.claims.details.unsigned).toEqual(['anonce', 'serialNumber']);
  });

  it('[part of CC-006] is fixed by an appraisal that expects a launch measurement, and by no other', () => {
    const policy = (measurements: AppraisalPolicy['measurements']): AppraisalPolicy => ({
      format: 'cssi-appraisal-policy/1',
      name: 'no debugging',
      types: ['csv'],
      deployments: ['virtual-machine'],
      requireMemoryEncryption: true,
      allowDebug: false,
      migration: 'unrestricted',
      allowEmulated: true,
      allowUnjudgedTcb: false,
      minimumVersions: [],
      measurements,
      untrustedSoftware: [],
      maxAgeSeconds: null,
      deployment: null,
    });
    const expected = policy([{ by: 'name', of: 'launch', accept: [`sm3:${toHex(MEASUREMENT)}`] }]);
    const judged = (report: Uint8Array, appraised: AppraisalPolicy) =>
      appraise(csvVerifier.verify(report, options()), { time: TIME, policy: appraised });
    expect(isAccepted(judged(made(0x45), expected))).toBe(true);
    expect(isAccepted(judged(made(0x45), policy([])))).toBe(false);
    const padded = new Uint8Array([...NONCE, ...new Uint8Array(64 - NONCE.length)]);
    const own = made(0x44, { reportData: words(padded, 1) });
    const forged = judged(shiftCsvMask(own, 1), expected);
    expect(failures(forged)).toEqual(['reference MEASUREMENT_MISMATCH']);
  });

  it('changed without the rest makes no report at all', () => {
    expect(outcome(flip(made(0x45), 0xbc), options())).toEqual(['malformed csv-report-signer']);
    const anew = shiftCsvMask(made(0x45), 1);
    expect(outcome(flip(anew, V1.mac), options())).toEqual([
      'binding CSV_SIGNER_MAC_WRONG',
      'freshness NONCE_MISMATCH',
    ]);
  });
});
