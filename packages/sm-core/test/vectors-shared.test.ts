import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import { ALLOWED_SKIPS, runVectors, type SkipName, type VectorReport } from '../src/conformance/index.ts';

const DIR = fileURLToPath(new URL('../../../../shared/vectors', import.meta.url));
/** Seconds on an idle machine, minutes beside other test runs. */
const PATIENCE = { timeout: 600_000 };
const present = existsSync(DIR);
if (!present) console.info('shared test data not present: skipped the shared vectors');

const failures = (report: VectorReport): string[] =>
  report.files.flatMap((file) => file.failures.map(({ id, detail }) => `${file.file} ${id}: ${detail}`));

const skippedAs = (report: VectorReport, kind: string): string[] =>
  (Object.keys(report.skips) as SkipName[]).filter((name) => ALLOWED_SKIPS[name].kind === kind).sort();

function print(report: VectorReport): void {
  const { engine, passed, failed, skipped, skips } = report;
  console.info(JSON.stringify({ engine, passed, failed, skipped, skips }));
}

describe.skipIf(!present)('shared vectors', () => {
  it('all pass on the default engine [EDGE-062] [part of EDGE-010, SEAL-018]', PATIENCE, async () => {
    const report = await runVectors({ dir: DIR, engine: nobleEngine });
    print(report);
    expect(failures(report)).toEqual([]);
    expect(report.failed).toBe(0);
    expect(report.passed).toBeGreaterThan(1300);
    expect(skippedAs(report, 'engine')).toEqual([]);
    expect(report.skips['unknown-file']).toBeUndefined();
  });

  it('all pass on sm-crypto but what it does not declare [EDGE-062]', PATIENCE, async () => {
    const report = await runVectors({ dir: DIR, engine: smCryptoEngine });
    print(report);
    expect(failures(report)).toEqual([]);
    expect(report.failed).toBe(0);
    expect(report.passed).toBeGreaterThan(1100);
    expect(skippedAs(report, 'engine')).toEqual(['sm2.random', 'sm4.ctr', 'sm4.gcm']);
  });
});
