import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALLOWED_SKIPS, runVectors, type SkipName, type VectorReport } from '../src/conformance/index.ts';
import { TEST_ENGINES } from './support/engines.ts';

const DIR = fileURLToPath(new URL('../../../../shared/vectors', import.meta.url));
/** Seconds on an idle machine, minutes beside other test runs. */
const PATIENCE = { timeout: 600_000 };
const present = existsSync(DIR);
if (!present) console.info('shared test data not present: skipped the shared vectors');

const failures = (report: VectorReport): string[] =>
  report.files.flatMap((file) => file.failures.map(({ id, detail }) => `${file.file} ${id}: ${detail}`));

const skippedAs = (report: VectorReport, kind: string): string[] =>
  (Object.keys(report.skips) as SkipName[]).filter((name) => ALLOWED_SKIPS[name].kind === kind).sort();

/** Engines that lack something, and what of it the files ask for. */
const LACKING: Readonly<Record<string, readonly string[]>> = {
  node: [
    'sm2.decompress',
    'sm2.decrypt',
    'sm2.encrypt',
    'sm2.exchange',
    'sm2.keygen',
    'sm2.sign',
    'sm2.verify',
    'sm4.gcm',
    'zuc',
  ],
  'sm-crypto': ['sm2.decompress', 'sm2.exchange', 'sm2.random', 'sm4.ctr', 'sm4.gcm', 'zuc'],
};

describe.skipIf(!present)('shared vectors', () => {
  it.each(TEST_ENGINES)(
    'all pass on %s [part of EDGE-010, EDGE-062, SEAL-018]',
    PATIENCE,
    async (name, engine) => {
      const report = await runVectors({ dir: DIR, engine });
      const { passed, failed, skipped, skips } = report;
      console.info(JSON.stringify({ engine: name, passed, failed, skipped, skips }));
      expect(failures(report)).toEqual([]);
      expect(failed).toBe(0);
      expect(skips['unknown-file']).toBeUndefined();
      const lacking = skippedAs(report, 'engine');
      for (const capability of lacking) expect(engine.capabilities).not.toContain(capability);
      if (!Object.hasOwn(LACKING, name)) {
        expect(lacking).toEqual([]);
        expect(passed).toBeGreaterThan(1900);
      } else {
        expect(lacking).toEqual(LACKING[name]);
        expect(passed).toBeGreaterThan(500);
      }
    },
  );
});
