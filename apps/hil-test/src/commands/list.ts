import { parseOptions } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandHelp, CommandIo } from '../io.ts';
import { TRIALS } from '../subjects/index.ts';

export const listHelp: CommandHelp = {
  synopsis: '[--json]',
  summary: 'lists the suites with their number of cases and the subjects they run on',
};

/**
 * `cssi-hil list`.
 *
 * @throws {@link SmError} ERR_HIL_USAGE
 */
export function listCommand(argv: readonly string[], io: CommandIo): ExitCode {
  const { json } = parseOptions(argv, { json: { type: 'boolean' } });
  const suites = TRIALS.map(({ layer, suite, specVersion, subject, cases }) => ({
    layer,
    suite,
    specVersion,
    subject,
    cases,
  }));
  if (json === true) io.out(JSON.stringify({ suites }));
  else {
    for (const { layer, suite, specVersion, subject, cases } of suites) {
      io.out(`${layer}: ${suite} v${specVersion} on ${subject}: ${cases} cases`);
    }
  }
  return EXIT.done;
}
