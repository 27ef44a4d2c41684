import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { evidenceVerifierSuite } from '../../../src/conformance/index.ts';
import { SYNTHETIC_KINDS } from '../../../src/synthetic/index.ts';
import { subjectOf, TIME } from './subjects.ts';

const SEED = 'evidence verifier conformance';
console.info(`seed: ${SEED}`);

describe.each(SYNTHETIC_KINDS)('suite for verifiers of evidence: %s', (kind) => {
  it('passes [part of CC-006]', async () => {
    const report = await runSuite(
      evidenceVerifierSuite,
      { name: kind, emulated: true, subject: await subjectOf(kind) },
      { seed: SEED, now: TIME },
    );
    const failed = report.results.filter(({ outcome }) => outcome === 'fail');
    expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
    expect(report.passed).toBe(evidenceVerifierSuite.cases.length);
  });
});
