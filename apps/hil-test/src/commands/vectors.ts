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
    'runs every file of test vectors below D on one engine (wasm when none is named); what it lacks is skipped by name',
};

/** The engine that people get when they choose none. */
const DEFAULT_ENGINE = 'wasm';

type Skips = VectorFileResult['skips'];

/** Skips in the order of their names, so that two runs print the same text. */
const sorted = (skips: Skips): Record<string, number> =>
  Object.fromEntries(Object.entries(skips).sort(([a], [b]) => (a < b ? -1 : 1)));

function fileLines({ file, passed, failed, skipped, skips, failures }: VectorFileResult): string[] {
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
  const report = await runVectors({
    dir: values.dir,
    engine,
    onFile: (result) => {
      for (const line of fileLines(result)) io.log(line);
    },
  });
  const { passed, failed, skipped, skips, files } = report;
  // A folder without vectors must not look like a folder of vectors that all pass.
  if (files.length === 0) throw HIL_ERRORS.create('ERR_HIL_VECTORS_EMPTY');
  io.log(`${name}: ${files.length} files, ${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (values.json === true) io.out(JSON.stringify({ passed, failed, skipped, skips: sorted(skips) }));
  return failed === 0 ? EXIT.done : EXIT.negative;
}
