import { randomBytes } from 'node:crypto';
import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { softwareSealService } from '../src/adapters/software/index.ts';
import { SEAL_CASES } from '../src/conformance/cases-seal.ts';
import { sealServiceSuite } from '../src/conformance/index.ts';
import { brokenServices } from './broken-services.ts';
import { NOW } from './support.ts';

const seed = randomBytes(8).toString('hex');
console.info(`seed ${seed}`);

describe('conformance of the seal service', () => {
  it('has unique case ids and more negative than positive cases', () => {
    const ids = sealServiceSuite.cases.map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
    const negative = ids.filter((id) => /rejects|refuses|doubts|indeterminate/.test(id));
    expect(negative.length).toBeGreaterThan(ids.length / 2);
    expect(SEAL_CASES.length).toBeLessThan(ids.length);
  });

  it('passes on the software service [part of SEAL-008, SEAL-012, SEAL-013, TCCIA-025]', async () => {
    const report = await runSuite(
      sealServiceSuite,
      { name: 'software', subject: softwareSealService() },
      { seed, now: NOW },
    );
    expect(report.results.filter((result) => result.outcome !== 'pass')).toEqual([]);
    expect(report.passed).toBe(sealServiceSuite.cases.length);
  });

  it.each(brokenServices())('fails a service that $fault', async ({ service, killedBy }) => {
    const report = await runSuite(sealServiceSuite, { name: 'broken', subject: service }, { seed, now: NOW });
    const failed = report.results.filter((result) => result.outcome === 'fail').map((result) => result.id);
    for (const id of killedBy) expect(failed).toContain(id);
  });
});
