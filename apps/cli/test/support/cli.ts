import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { run } from '../../src/run.ts';

/** The time that tests live in. */
export const NOW = new Date('2026-12-01T00:00:00Z');
export const AT_NOW: readonly string[] = ['--time', '2026-12-01T00:00:00Z'];

/** How a command ended. */
export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `cssi` in this process. */
export async function cssi(...argv: readonly string[]): Promise<Ended> {
  let out = '';
  let err = '';
  const exitCode = await run(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { exitCode, out, err };
}

/** Runs a command with `--json` and reads the one document that standard output must be. */
export async function cssiJson(...argv: readonly string[]) {
  const { exitCode, out, err } = await cssi(...argv, '--json');
  const lines = out.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line of JSON: ${out.slice(0, 500)}`);
  return { exitCode, err, json: JSON.parse(lines[0]!) };
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
