import { isAccepted } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import {
  type EvidenceVerifierSubject,
  encodedVerdict,
  expectRefused,
  expectStatus,
  failedSteps,
  outcomeOf,
  summary,
  verifierCase,
} from './evidence-verifier-support.ts';

/** Bytes that are changed, cut or put in, spread over the evidence. */
const PROBES = 160;
const CUTS = 48;

const spread = (length: number, count: number): readonly number[] => [
  ...new Set(Array.from({ length: count }, (_, i) => Math.floor((i * length) / count))),
];

/** What must not be accepted, and at which step it has to be stopped. */
export const verifierRefusalCases: readonly ConformanceCase<EvidenceVerifierSubject>[] = [
  verifierCase('other-challenge', ({ verify, bytes, challenge }) => {
    const verdict = verify(undefined, { reportData: bytes('other', challenge.length) });
    expectTrue(
      failedSteps(verdict).includes('freshness'),
      `freshness fails, got ${failedSteps(verdict).join(' ')}`,
    );
    expectStatus(verdict, 'time', 'failed', 'an answer to another challenge');
  }),
  verifierCase('challenge-cut', ({ verify, challenge }) => {
    const verdict = verify(undefined, { reportData: challenge.subarray(0, challenge.length - 1) });
    expectTrue(
      failedSteps(verdict).includes('freshness'),
      'a beginning of the challenge is another challenge',
    );
  }),
  verifierCase('challenge-flipped', ({ verify, challenge }) => {
    for (let at = 0; at < challenge.length; at++) {
      const reportData = Uint8Array.from(challenge, (byte, i) => (i === at ? byte ^ 1 : byte));
      expectTrue(failedSteps(verify(undefined, { reportData })).includes('freshness'), `bit of byte ${at}`);
    }
  }),
  verifierCase('no-challenge', ({ subject, evidence }) => {
    const verdict = subject.verifier.verify(evidence, subject.options());
    expectTrue(verdict.time.status !== 'passed', `time has not passed, got ${summary(verdict)}`);
    expectTrue(!isAccepted(verdict), 'evidence without a challenge is not accepted');
  }),
  verifierCase('no-anchors', ({ verify }) => {
    const verdict = verify(undefined, { anchors: {} });
    expectTrue(verdict.trust.status !== 'passed', `trust has not passed, got ${summary(verdict)}`);
    expectTrue(!isAccepted(verdict), 'evidence under no anchor is not accepted');
  }),
  verifierCase('flipped', ({ subject, evidence, verify }) => {
    for (const at of spread(evidence.length, PROBES)) {
      if (subject.isUnsigned?.(evidence, at) === true) continue;
      const altered = Uint8Array.from(evidence);
      altered[at]! ^= 0x01;
      expectRefused(() => verify(altered), `evidence with a bit of byte ${at} flipped`);
    }
  }),
  verifierCase('overwritten', ({ subject, evidence, verify, bytes }) => {
    const noise = bytes('noise', PROBES);
    spread(evidence.length, PROBES).forEach((at, i) => {
      if (subject.isUnsigned?.(evidence, at) === true || evidence[at] === noise[i]) return;
      const altered = Uint8Array.from(evidence);
      altered[at] = noise[i]!;
      expectRefused(() => verify(altered), `evidence with byte ${at} overwritten`);
    });
  }),
  verifierCase('truncated', ({ evidence, verify }) => {
    for (const length of spread(evidence.length, CUTS)) {
      expectRefused(() => verify(evidence.slice(0, length)), `evidence cut to ${length} bytes`);
    }
  }),
  verifierCase('noise', ({ verify, bytes }) => {
    for (const length of [1, 2, 3, 16, 100, 1184, 4096, 20_000]) {
      expectRefused(() => verify(bytes(`noise ${length}`, length)), `${length} bytes of noise`);
    }
  }),
  verifierCase('zeros', ({ verify }) => {
    for (const length of [0, 1, 64, 832, 1184, 2548, 4096]) {
      expectRefused(() => verify(new Uint8Array(length)), `${length} zeros`);
    }
  }),
  verifierCase('too-long', ({ verify, evidence }) => {
    const long = new Uint8Array(64 << 20);
    long.set(evidence);
    const outcome = outcomeOf(() => verify(long), 'evidence of 64 MiB');
    expectTrue(outcome === 'malformed', 'evidence of 64 MiB is malformed');
  }),
  verifierCase('spliced', async ({ subject, evidence, verify, bytes }) => {
    const other = await subject.attester.evidence(
      bytes('second', Math.min(32, subject.attester.maxReportData)),
    );
    if (other.length !== evidence.length) return;
    const genuine = encodedVerdict(verify());
    for (const at of spread(evidence.length, 24).slice(1)) {
      const spliced = Uint8Array.from(evidence);
      spliced.set(other.subarray(at), at);
      const outcome = outcomeOf(() => verify(spliced), `a splice at byte ${at}`);
      if (outcome === 'malformed' || failedSteps(outcome).length > 0) continue;
      // A part that says the same in both and is signed anew each time may be exchanged: nothing changes then.
      expectBytes(
        encodedVerdict(outcome),
        genuine,
        `the verdict after a splice at byte ${at}, which no step fails`,
      );
    }
  }),
];
