import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseLevel, ConformanceSuite } from '@cssi/sm-core/conformance';
import { afterAll } from 'vitest';
import { runCli } from '../../src/cli.ts';
import type { RunDeps } from '../../src/commands/run.ts';
import type { InteropReport } from '../../src/report.ts';

export const NOW = new Date('2026-12-01T00:00:00Z');
export const SEED: string = process.env.CSSI_TEST_SEED ?? '5eed0062';
console.info(`seed ${SEED}`);

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-test-hil-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a command line printed and how it ended. */
export interface Ended {
  readonly exitCode: number;
  readonly out: readonly string[];
  readonly log: readonly string[];
}

/** Runs one command line in this process, at the time of the tests. */
export async function cli(argv: readonly string[], deps: RunDeps = {}): Promise<Ended> {
  const out: string[] = [];
  const log: string[] = [];
  const io = { out: (line: string) => out.push(line), log: (line: string) => log.push(line) };
  const exitCode = await runCli(argv, io, { clock: () => NOW, ...deps });
  return { exitCode, out, log };
}

/** The reports in a folder; missing ones are empty. */
export function reportsIn(folder: string): { json: InteropReport; xml: string; html: string } {
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  return {
    json: JSON.parse(read('report.json') || '{}') as InteropReport,
    xml: read('junit.xml'),
    html: read('report.html'),
  };
}

/** A subject of {@link suiteOf}: says how each case ends. */
export type Answers = Readonly<Record<string, () => void | Promise<void>>>;

/** Name of a case: its level comes first. */
export type CaseName = `${CaseLevel}.${string}`;

/** A suite whose cases do what the subject answers; case ids are `level.name`. */
export const suiteOf = (...ids: readonly CaseName[]): ConformanceSuite<Answers> => ({
  name: 'answers',
  specVersion: '1',
  packageVersion: '0.0.0',
  cases: ids.map((id) => ({
    id,
    clause: `clause of ${id}`,
    level: id.slice(0, id.indexOf('.')) as CaseLevel,
    ...(id.includes('needs-wings') ? { requires: ['wings'] } : {}),
    run: async (answers: Answers) => answers[id]?.(),
  })),
});

/** An answer that fails its case. */
export const fails = (message: string) => (): void => {
  throw new Error(message);
};
