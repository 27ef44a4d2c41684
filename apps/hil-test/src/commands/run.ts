import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { misuse, parseOptions } from '../arguments.ts';
import { HIL_ERRORS } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandHelp, CommandIo } from '../io.ts';
import { type InteropReport, verdictOf } from '../report.ts';
import { runTrials } from '../run-trials.ts';
import { TRIALS } from '../subjects/index.ts';
import { LAYERS, type Trial } from '../trial.ts';
import { htmlPage } from '../writers/html.ts';
import { junitXml } from '../writers/junit.ts';
import { summaryLine, trialLines } from '../writers/text.ts';

const DEFAULT_FOLDER = 'reports/hil';
const FILES = ['report.json', 'junit.xml', 'report.html'] as const;
const LIMIT_MILLISECONDS = 15 * 60_000;

export const runHelp: CommandHelp = {
  synopsis: '[--out DIR] [--layer NAME]… [--seed HEX] [--json]',
  summary: `runs the conformance suites on the software adapters; reports go to DIR (${DEFAULT_FOLDER})`,
};

/** What the command takes from outside. */
export interface RunDeps {
  readonly trials?: readonly Trial[];
  readonly clock?: () => Date;
  readonly limitMilliseconds?: number;
}

interface RunRequest {
  readonly folder: string;
  readonly seed: string;
  readonly trials: readonly Trial[];
  readonly json: boolean;
}

function parse(argv: readonly string[], trials: readonly Trial[]): RunRequest {
  const values = parseOptions(argv, {
    out: { type: 'string' },
    layer: { type: 'string', multiple: true },
    seed: { type: 'string' },
    json: { type: 'boolean' },
  });
  const layers = new Set<string>(values.layer ?? LAYERS);
  for (const layer of layers) {
    if (!(LAYERS as readonly string[]).includes(layer)) {
      throw misuse(`layer=${layer} is unknown, use one of: ${LAYERS.join(', ')}`);
    }
  }
  const seed = values.seed ?? randomBytes(8).toString('hex');
  if (!/^(?:[0-9a-f]{2}){1,32}$/.test(seed)) throw misuse('seed must be 1 to 32 bytes in lower-case hex');
  return {
    folder: values.out ?? DEFAULT_FOLDER,
    seed,
    trials: trials.filter(({ layer }) => layers.has(layer)),
    json: values.json === true,
  };
}

function onFolder(action: () => void): void {
  try {
    action();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const detail = `option=out${code === undefined ? '' : ` cause=${code}`}`;
    throw HIL_ERRORS.create('ERR_HIL_REPORT_FOLDER', { detail, cause });
  }
}

const partialOf = (folder: string, name: string): string => join(folder, `.${name}.partial`);

/** Each file appears whole or not at all. */
function write(folder: string, name: string, text: string): void {
  writeFileSync(partialOf(folder, name), text);
  renameSync(partialOf(folder, name), join(folder, name));
}

/** Removes the reports of the run before: a run that is cut off must not leave them as its own. */
function prepare(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of FILES) {
    rmSync(join(folder, name), { force: true });
    writeFileSync(partialOf(folder, name), '');
    rmSync(partialOf(folder, name));
  }
}

/** 1 when a subject is at fault; 3 when only something around a suite went wrong. */
function exitCodeOf({ summary, reports }: InteropReport): ExitCode {
  if (summary.conformant) return EXIT.done;
  return reports.some((report) => verdictOf(report) === 'fail') ? EXIT.negative : EXIT.environment;
}

/**
 * `cssi-hil run`.
 *
 * @throws {@link SmError} ERR_HIL_USAGE, ERR_HIL_REPORT_FOLDER
 */
export async function runCommand(
  argv: readonly string[],
  io: CommandIo,
  deps: RunDeps = {},
): Promise<ExitCode> {
  const { folder, seed, trials, json } = parse(argv, deps.trials ?? TRIALS);
  // Found out before the run, not after it.
  onFolder(() => prepare(folder));
  const report = await runTrials(trials, {
    seed,
    now: (deps.clock ?? (() => new Date()))(),
    limitMilliseconds: deps.limitMilliseconds ?? LIMIT_MILLISECONDS,
    onResult: (result) => {
      for (const line of trialLines(result)) io.log(line);
    },
  });
  const texts = [`${JSON.stringify(report, null, 2)}\n`, junitXml(report), htmlPage(report)] as const;
  onFolder(() => {
    for (const [index, name] of FILES.entries()) write(folder, name, texts[index]!);
  });
  io.log(summaryLine(report.summary, seed));
  io.log(`reports: ${FILES.map((name) => join(folder, name)).join(', ')}`);
  if (json) io.out(JSON.stringify(report));
  return exitCodeOf(report);
}
