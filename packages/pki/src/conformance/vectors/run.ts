import { parseJson } from '@cssi/sm-core';
import type { VectorFileContent } from '@cssi/sm-core/conformance';
import type { VectorCheck } from './case.ts';
import { type PkiVectorFileResult, VectorTally } from './report.ts';
import { VectorFile } from './vector-file.ts';

const MAX_VECTOR_FILE_BYTES = 1 << 26;

/** When the certificates of test vectors are judged, unless a file says otherwise. */
export const PKI_VECTOR_TIME = '2026-12-01T00:00:00Z';

/** How files of vectors are run. */
export interface PkiVectorOptions {
  /** Time of judgement; {@link PKI_VECTOR_TIME} when left out. */
  readonly time?: Date;
}

const otherWork = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

async function runOne(check: VectorCheck & { run(): unknown }, tally: VectorTally): Promise<void> {
  try {
    await check.run();
    tally.pass();
  } catch (error) {
    tally.fail(check.id, error);
  }
}

/** Runs checks one after the other; what a check throws is counted and described. */
export async function runChecks(file: string, checks: Iterable<VectorCheck>): Promise<PkiVectorFileResult> {
  const tally = new VectorTally();
  try {
    for (const check of checks) {
      await otherWork();
      if ('skip' in check) tally.skip(check.skip);
      else await runOne(check, tally);
    }
  } catch (error) {
    // A file that cannot be read to its end is a failure: its other cases did not run.
    tally.fail('file', error);
  }
  return tally.result(file);
}

/**
 * Runs a file of certificates, requests, revocation lists, messages, time stamps and containers
 * with their expected verdicts: the files `containers.json`, `generated_pki.json` and
 * `third_party_certs.json` of the shared vectors. Needs neither a file system nor a test runner.
 * A failing case is a result, not an exception; a kind of case that nobody knows fails.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { runPkiVectorFile } from '@cssi/pki/conformance';
 * const path = 'certs/generated_pki.json';
 * const { passed, failed, skipped } = await runPkiVectorFile({ path, content: readFileSync(path) });
 * ```
 */
export async function runPkiVectorFile(
  { path, content }: VectorFileContent,
  { time = new Date(PKI_VECTOR_TIME) }: PkiVectorOptions = {},
): Promise<PkiVectorFileResult> {
  // Loaded here, so that whoever runs the suites alone does not load the whole package.
  const { checksOf } = await import('./kinds/index.ts');
  function* read(): Iterable<VectorCheck> {
    const file = new VectorFile(parseJson(content, MAX_VECTOR_FILE_BYTES), time);
    for (const row of file.rows) yield* checksOf(file, row);
  }
  return runChecks(path, read());
}
