import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { cssiJson } from './cli.ts';

const samples = fileURLToPath(new URL('../../../../../shared/samples/evidence/', import.meta.url));

/** Are the samples of real evidence there? */
export const samplesPresent: boolean = existsSync(samples);
if (!samplesPresent) console.info('../shared/samples/evidence not present: skipped real evidence');

/** Path of a sample. */
export const samplePath = (name: string): string => join(samples, name);

/** `step:CODE` of the findings of a status in the JSON of a verdict. */
export const findings = (
  json: {
    readonly steps?: readonly { readonly step: string; readonly status: string; readonly code: string }[];
  },
  status: string,
): readonly string[] =>
  (json.steps ?? []).filter((one) => one.status === status).map(({ step, code }) => `${step}:${code}`);

/** Runs `cssi ta verify` with what has to be refused before anything is judged. */
export async function refusal(
  ...argv: readonly string[]
): Promise<readonly [exitCode: number, code: string]> {
  const { exitCode, json } = await cssiJson('ta', 'verify', ...argv);
  expect(json.accepted).toBeUndefined();
  return [exitCode, json.error.code];
}

/** A copy of a file in `folder`, changed. */
export function changedCopy(
  folder: string,
  name: string,
  path: string,
  change: (bytes: Uint8Array) => Uint8Array,
): string {
  const out = join(folder, name);
  writeFileSync(out, change(Uint8Array.from(readFileSync(path))));
  return out;
}
