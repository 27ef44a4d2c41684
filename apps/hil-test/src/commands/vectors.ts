import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PkiVectorFileResult, runPkiVectorFile } from '@cssi/pki/conformance';
import { SM_CORE_ERRORS } from '@cssi/sm-core';
import { runVectors, type VectorFileResult } from '@cssi/sm-core/conformance';
import { misuse, parseOptions } from '../arguments.ts';
import { HIL_ERRORS } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandHelp, CommandIo } from '../io.ts';
import { ENGINES } from '../subjects/sm-core.ts';
import { plain } from '../text.ts';

export const vectorsHelp: CommandHelp = {
  synopsis: `--dir D [--engine ${Object.keys(ENGINES).join('|')}] [--json]`,
  summary:
    'runs every file of test vectors below D on one engine (wasm when none is named, which runs certificates as well); what it lacks is skipped by name',
};

/** The engine that people get when they choose none. */
const DEFAULT_ENGINE = 'wasm';

type FileResult = VectorFileResult | PkiVectorFileResult;
type Skips = Readonly<Record<string, number>>;

/** Skips in the order of their names, so that two runs print the same text. */
const sorted = (skips: Skips): Record<string, number> =>
  Object.fromEntries(Object.entries(skips).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Certificates, messages, time stamps, containers: left out by the runner of the engines. */
const isForPki = ({ skips }: VectorFileResult): boolean => skips.certificates !== undefined;

function contentOf(dir: string, file: string): Uint8Array {
  try {
    return readFileSync(join(dir, file));
  } catch (cause) {
    throw SM_CORE_ERRORS.create('ERR_VECTORS_UNREADABLE', { detail: 'reason=file', cause });
  }
}

/** Counts of all files together. */
function sumOf(files: readonly FileResult[]) {
  const sum = (of: 'passed' | 'failed' | 'skipped') => files.reduce((total, file) => total + file[of], 0);
  const skips: Record<string, number> = {};
  for (const [name, count] of files.flatMap((file) => Object.entries(file.skips))) {
    skips[name] = (skips[name] ?? 0) + count;
  }
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), skips: sorted(skips) };
}

function fileLines({ file, passed, failed, skipped, skips, failures }: FileResult): string[] {
  const names = Object.entries(sorted(skips)).map(([name, count]) => `${name} ${count}`);
  const suffix = names.length === 0 ? '' : ` (${names.join(', ')})`;
  return [
    plain(`${file}: ${passed} passed, ${failed} failed, ${skipped} skipped${suffix}`),
    ...failures.map(({ id, detail }) => `    ${plain(`${id}: ${detail}`)}`),
    ...(failed > failures.length ? [`    and ${failed - failures.length} more`] : []),
  ];
}

/**
 * `cssi-hil vectors`.
 *
 * @throws {@link SmError} ERR_HIL_USAGE, ERR_HIL_VECTORS_EMPTY, ERR_VECTORS_UNREADABLE
 */
export async function vectorsCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const values = parseOptions(argv, {
    dir: { type: 'string' },
    engine: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (values.dir === undefined) throw misuse('option=dir is missing');
  const name = values.engine ?? DEFAULT_ENGINE;
  const engine = Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (engine === undefined) {
    throw misuse(`engine=${name} is unknown, use one of: ${Object.keys(ENGINES).join(', ')}`);
  }
  const print = (result: FileResult): void => {
    for (const line of fileLines(result)) io.log(line);
  };
  // The pki package computes on the default engine only: on another one it would prove nothing.
  const runsPki = (result: VectorFileResult): boolean => name === DEFAULT_ENGINE && isForPki(result);
  const { files: results } = await runVectors({
    dir: values.dir,
    engine,
    onFile: (result) => {
      if (!runsPki(result)) print(result);
    },
  });
  const files: FileResult[] = [];
  for (const result of results) {
    if (!runsPki(result)) {
      files.push(result);
      continue;
    }
    const { file: path } = result;
    const own = await runPkiVectorFile({ path, content: contentOf(values.dir, path) });
    print(own);
    files.push(own);
  }
  // A folder without vectors must not look like a folder of vectors that all pass.
  if (files.length === 0) throw HIL_ERRORS.create('ERR_HIL_VECTORS_EMPTY');
  const counts = sumOf(files);
  const { passed, failed, skipped } = counts;
  io.log(`${name}: ${files.length} files, ${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (values.json === true) io.out(JSON.stringify(counts));
  return failed === 0 ? EXIT.done : EXIT.negative;
}
