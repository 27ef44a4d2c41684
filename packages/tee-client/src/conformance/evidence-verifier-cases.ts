import { equalBytes } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { ATTESTATION_STEPS, EVIDENCE_TYPES, type Measurement } from '../spec/v1/attestation.ts';
import {
  type EvidenceVerifierSubject,
  encodedVerdict,
  expectStatus,
  failedSteps,
  summary,
  verifierCase,
} from './evidence-verifier-support.ts';

const DIGEST_BYTES: Readonly<Record<Measurement['algorithm'], number>> = {
  sm3: 32,
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};
const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** What genuine evidence leads to, and what its report looks like. */
export const verifierReportCases: readonly ConformanceCase<EvidenceVerifierSubject>[] = [
  verifierCase('genuine', ({ verify }) => {
    const verdict = verify();
    expectTrue(failedSteps(verdict).length === 0, `no step fails, got ${failedSteps(verdict).join(' ')}`);
    expectStatus(verdict, 'integrity', 'passed', 'genuine evidence');
    expectStatus(verdict, 'time', 'passed', 'genuine evidence');
    expectTrue(verdict.trust.status !== 'failed', `trust has not failed, got ${summary(verdict)}`);
  }),
  verifierCase('recognises-its-own', ({ subject, evidence }) => {
    expectTrue(subject.verifier.recognises(evidence), 'it recognises genuine evidence');
  }),
  verifierCase('recognises-nothing-else', ({ subject, bytes }) => {
    for (const length of [0, 1, 4, 64, 1184, 5000]) {
      expectTrue(!subject.verifier.recognises(new Uint8Array(length)), `${length} zero bytes`);
      if (length > 1)
        expectTrue(!subject.verifier.recognises(bytes(`any ${length}`, length)), `${length} bytes`);
    }
  }),
  verifierCase('type', ({ subject, verify }) => {
    const { type } = verify().claims;
    expectTrue(EVIDENCE_TYPES.includes(type), `the type ${type} is known`);
    expectTrue(
      type === subject.verifier.type && type === subject.attester.type,
      `the type is ${type} everywhere`,
    );
  }),
  verifierCase('steps-in-order', ({ verify }) => {
    const { steps } = verify();
    const order = steps.map(({ step }) => ATTESTATION_STEPS.indexOf(step));
    expectTrue(
      steps.length > 0 && order.every((at, i) => at >= 0 && at >= (order[i - 1] ?? 0)),
      `known steps in their order, got ${steps.map(({ step }) => step).join(' ')}`,
    );
  }),
  verifierCase('steps-explained', ({ verify }) => {
    for (const { code, en, zh } of verify().steps) {
      expectTrue(CODE.test(code), `a stable code, got ${code}`);
      expectTrue(en.length > 0 && /[\u4e00-\u9fff]/.test(zh), `${code} has texts in both languages`);
    }
  }),
  verifierCase('aspects-follow-steps', ({ verify, bytes }) => {
    for (const verdict of [verify(), verify(undefined, { reportData: bytes('other', 16) })]) {
      for (const aspect of ['integrity', 'trust', 'time'] as const) {
        const own = verdict.steps.filter((step) => step.aspect === aspect).map(({ status }) => status);
        const expected = own.includes('failed')
          ? 'failed'
          : own.includes('indeterminate')
            ? 'indeterminate'
            : 'passed';
        expectStatus(verdict, aspect, expected, 'what the steps say');
      }
    }
  }),
  verifierCase('report-data-in-claims', ({ verify, challenge }) => {
    const { reportData } = verify().claims;
    expectBytes(reportData.subarray(0, challenge.length), challenge, 'the report data');
    expectTrue(
      reportData.subarray(challenge.length).every((byte) => byte === 0),
      'nothing but zeros after the challenge',
    );
  }),
  verifierCase('measurements', ({ verify }) => {
    const { measurements } = verify().claims;
    expectTrue(measurements.length > 0, 'something was measured');
    const names = measurements.map(({ name, algorithm }) => `${name} ${algorithm}`);
    expectTrue(new Set(names).size === names.length, `each measurement once, got ${names.join(', ')}`);
    for (const { name, algorithm, value } of measurements) {
      expectTrue(value.length === DIGEST_BYTES[algorithm], `${name} has the length of ${algorithm}`);
    }
  }),
  verifierCase('says-who-is-trusted', ({ verify }) => {
    const { trustedSoftware, untrustedSoftware } = verify().claims;
    expectTrue(trustedSoftware.length > 0, 'the evidence says which software is trusted [CC-020]');
    const both = trustedSoftware.filter((name) => untrustedSoftware.includes(name));
    expectTrue(both.length === 0, `nothing is trusted and kept out at once, got ${both.join(', ')}`);
  }),
  verifierCase('same-twice', ({ verify }) => {
    expectBytes(encodedVerdict(verify()), encodedVerdict(verify()), 'the verdict of the same evidence');
  }),
  verifierCase('keeps-input', ({ verify, evidence }) => {
    const before = Uint8Array.from(evidence);
    const verdict = verify();
    expectBytes(evidence, before, 'the evidence');
    const at = encodedVerdict(verdict);
    evidence.fill(0xa5);
    expectBytes(encodedVerdict(verdict), at, 'the verdict after the evidence was overwritten');
  }),
  verifierCase('view-of-a-larger-buffer', ({ verify, evidence }) => {
    const larger = new Uint8Array(evidence.length + 15).fill(0x5a);
    larger.set(evidence, 7);
    const view = larger.subarray(7, 7 + evidence.length);
    expectBytes(encodedVerdict(verify(view)), encodedVerdict(verify()), 'the verdict over a view');
  }),
  verifierCase('node-buffer', ({ verify, evidence, challenge }) => {
    // Its slice() is a view: whoever takes it for a copy writes into the caller's bytes.
    const buffer = Buffer.from(evidence);
    const expected = encodedVerdict(verify());
    for (const round of ['first', 'second']) {
      const verdict = verify(buffer, { reportData: Buffer.from(challenge) });
      expectBytes(encodedVerdict(verdict), expected, `the verdict over a Buffer, ${round} time`);
    }
    expectBytes(Uint8Array.from(buffer), evidence, 'the Buffer');
  }),
  verifierCase('answers-each-challenge', async ({ subject, bytes, verify }) => {
    for (const length of [1, 16, subject.attester.maxReportData]) {
      const reportData = bytes(`challenge ${length}`, length);
      const evidence = await subject.attester.evidence(reportData).catch(() => undefined);
      // A format may ask for a longest and a shortest challenge; the longest always works.
      expectTrue(evidence !== undefined || length < 32, `evidence for ${length} bytes`);
      if (evidence !== undefined)
        expectStatus(verify(evidence, { reportData }), 'time', 'passed', `${length} bytes`);
    }
  }),
  verifierCase('attester-refuses-too-long', async ({ subject, bytes }) => {
    const long = bytes('long', subject.attester.maxReportData + 1);
    await expectCode(() => subject.attester.evidence(long), [], 'report data that is too long');
  }),
  verifierCase('evidence-is-fresh', async ({ subject, bytes, evidence }) => {
    const other = await subject.attester.evidence(
      bytes('other', Math.min(32, subject.attester.maxReportData)),
    );
    expectTrue(!equalBytes(other, evidence), 'evidence for two challenges differs');
  }),
];
