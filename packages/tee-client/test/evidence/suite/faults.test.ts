import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { type EvidenceVerifierSubject, evidenceVerifierSuite } from '../../../src/conformance/index.ts';
import type { AttestationVerdict, EvidenceVerifier } from '../../../src/evidence/index.ts';
import { subjectOf, TIME } from './subjects.ts';

const SEED = 'evidence verifier faults';
console.info(`seed: ${SEED}`);

type Change = (verifier: EvidenceVerifier) => EvidenceVerifier;

/** A verifier whose verdict is changed. */
const changed =
  (change: (verdict: AttestationVerdict, evidence: Uint8Array) => unknown): Change =>
  (verifier) => ({
    ...verifier,
    verify: (evidence, options) => change(verifier.verify(evidence, options), evidence) as AttestationVerdict,
  });
const claims = (change: object): Change =>
  changed((verdict) => ({ ...verdict, claims: { ...verdict.claims, ...change } }));
/** A verifier that is given other options than the caller's. */
const given =
  (options: object): Change =>
  (verifier) => ({
    ...verifier,
    verify: (evidence, own) => verifier.verify(evidence, { ...own, ...options }),
  });
const passing = (verdict: AttestationVerdict): AttestationVerdict => ({
  ...verdict,
  integrity: { ...verdict.integrity, status: 'passed' },
  trust: { ...verdict.trust, status: 'passed' },
  time: { ...verdict.time, status: 'passed' },
  steps: verdict.steps.map((step) => ({ ...step, status: 'passed' })),
});

/** Reads like the genuine evidence whatever it is given. */
const credulous: Change = (verifier) => {
  let last: AttestationVerdict | undefined;
  return {
    ...verifier,
    verify: (evidence, options) => {
      try {
        last = passing(verifier.verify(evidence, options));
      } catch (error) {
        if (last === undefined) throw error;
      }
      return last;
    },
  };
};

let calls = 0;
const FAULTS: readonly (readonly [string, Change, readonly string[]])[] = [
  [
    'refuses all',
    changed((verdict) => ({ ...passing(verdict), integrity: { status: 'failed', reasons: [] } })),
    ['genuine'],
  ],
  ['recognises nothing', (verifier) => ({ ...verifier, recognises: () => false }), ['recognises-its-own']],
  ['recognises all', (verifier) => ({ ...verifier, recognises: () => true }), ['recognises-nothing-else']],
  ['says another type', claims({ type: 'tdx' }), ['type']],
  ['gives no steps', changed((verdict) => ({ ...verdict, steps: [] })), ['steps-in-order']],
  [
    'gives steps without Chinese',
    changed((verdict) => ({ ...verdict, steps: verdict.steps.map((step) => ({ ...step, zh: step.en })) })),
    ['steps-explained'],
  ],
  [
    'forgets a failed step in the verdict',
    changed((verdict) => ({ ...verdict, time: { status: 'passed', reasons: [] } })),
    ['aspects-follow-steps', 'other-challenge', 'no-challenge'],
  ],
  ['hides the report data', claims({ reportData: new Uint8Array(64) }), ['report-data-in-claims']],
  ['measures nothing', claims({ measurements: [] }), ['measurements']],
  ['trusts nobody', claims({ trustedSoftware: [] }), ['says-who-is-trusted']],
  [
    'says something else each time',
    changed((verdict) => ({ ...verdict, claims: { ...verdict.claims, details: { calls: calls++ } } })),
    ['same-twice'],
  ],
  [
    'writes into its input',
    changed((verdict, evidence) => {
      evidence[0]! ^= 1;
      return verdict;
    }),
    ['keeps-input'],
  ],
  [
    'reads the whole buffer of a view',
    (verifier) => ({
      ...verifier,
      verify: (evidence, options) => verifier.verify(new Uint8Array(evidence.buffer), options),
    }),
    ['view-of-a-larger-buffer'],
  ],
  [
    'compares the first byte of the challenge',
    (verifier) => ({
      ...verifier,
      verify: (evidence, options) => {
        const { claims: stated } = verifier.verify(evidence, options);
        const { reportData } = options;
        const same = reportData !== undefined && reportData[0] === stated.reportData[0];
        return verifier.verify(evidence, same ? { ...options, reportData: stated.reportData } : options);
      },
    }),
    ['challenge-flipped', 'challenge-cut'],
  ],
  [
    'takes 32 bytes of a challenge and no other number',
    (verifier) => ({
      ...verifier,
      verify: (evidence, options) =>
        verifier.verify(
          evidence,
          options.reportData?.length === 32 ? options : { ...options, reportData: new Uint8Array(32) },
        ),
    }),
    ['answers-each-challenge'],
  ],
  ['wants no challenge', given({ reportData: undefined }), ['genuine', 'other-challenge']],
  [
    'accepts all',
    credulous,
    ['flipped', 'overwritten', 'truncated', 'noise', 'zeros', 'no-anchors', 'spliced', 'too-long'],
  ],
];

/** Attesters that break their own promises. */
const ATTESTERS: readonly (readonly [
  string,
  (subject: EvidenceVerifierSubject) => Promise<EvidenceVerifierSubject>,
  string,
])[] = [
  [
    'takes any length',
    async (subject) => ({
      ...subject,
      attester: { ...subject.attester, evidence: (data) => subject.attester.evidence(data.slice(0, 64)) },
    }),
    'attester-refuses-too-long',
  ],
  [
    'gives the same evidence again',
    async (subject) => {
      const kept = await subject.attester.evidence(new Uint8Array(32));
      return { ...subject, attester: { ...subject.attester, evidence: async () => kept } };
    },
    'evidence-is-fresh',
  ],
];

const failing = async (subject: EvidenceVerifierSubject): Promise<string[]> => {
  const report = await runSuite(
    evidenceVerifierSuite,
    { name: 'faulty', subject },
    { seed: SEED, now: TIME },
  );
  return report.results
    .filter(({ outcome }) => outcome === 'fail')
    .map(({ id }) => id.replace('evidence.', ''));
};

describe('the suite for verifiers of evidence tells a broken one', () => {
  const killed = new Set<string>();

  it.each(FAULTS)('that %s', async (_, change, cases) => {
    const failed = await failing(await subjectOf('csv-v2', change));
    for (const id of failed) killed.add(id);
    expect(failed).toEqual(expect.arrayContaining([...cases]));
  });

  it.each(ATTESTERS)('or an attester that %s', async (_, change, id) => {
    const failed = await failing(await change(await subjectOf('csv-v2')));
    for (const one of failed) killed.add(one);
    expect(failed).toContain(id);
  });

  it('by every one of its cases', () => {
    const all = evidenceVerifierSuite.cases.map(({ id }) => id.replace('evidence.', ''));
    expect(all.filter((id) => !killed.has(id))).toEqual([]);
  });
});
