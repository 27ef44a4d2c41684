import { SmError } from '@cssi/sm-core';
import { Arguments, type CommandGroup, EXIT, type Outcome } from './command.ts';
import { audit } from './commands/audit.ts';
import { kms } from './commands/kms.ts';
import { model } from './commands/model.ts';
import { pki } from './commands/pki.ts';
import { seal } from './commands/seal.ts';
import { ta } from './commands/ta.ts';
import { CLI_ERRORS } from './errors.ts';

const GROUPS: Readonly<Record<string, CommandGroup>> = { pki, ta, kms, seal, model, audit };

function help(): string {
  const lines = Object.entries(GROUPS).flatMap(([group, commands]) =>
    Object.entries(commands).map(
      ([name, { synopsis, summary }]) => `  cssi ${group} ${name} ${synopsis}\n      ${summary}`,
    ),
  );
  return [
    'usage: cssi GROUP COMMAND …',
    '',
    ...lines,
    '',
    '--json prints one JSON document on standard output; all else goes to standard error.',
    'exit codes: 0 done or verdict positive, 1 verdict negative, 2 wrong use, 3 environment, device or I/O.',
    'CSSI_PASSPHRASE holds the passphrase of the credential file.',
  ].join('\n');
}

/** Wrong use is the command line's own; a refusal of what a file or a server said is a negative verdict. */
function exitCodeOf(error: SmError): number {
  if (error.category === 'unavailable' || error.category === 'internal') return EXIT.environment;
  return CLI_ERRORS.is(error) ? EXIT.usage : EXIT.negative;
}

/** Names in files and labels come from others: they must not steer the terminal. */
export const printable = (line: string): string => line.replaceAll(/[^\n\P{Cc}]/gu, '\ufffd');

/** Where a command writes to. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

function print(outcome: Outcome, asJson: boolean, { out }: Output): number {
  if (asJson) out(`${JSON.stringify(outcome.json)}\n`);
  else out(`${outcome.lines.map(printable).join('\n')}\n`);
  return outcome.exitCode;
}

/**
 * Runs one command.
 *
 * @param argv - arguments after the name of the program
 * @returns the exit code; see {@link EXIT}
 */
export async function run(argv: readonly string[], output: Output): Promise<number> {
  const [groupName = '', commandName = '', ...rest] = argv;
  if (['help', '--help', '-h'].includes(groupName)) {
    output.out(`${help()}\n`);
    return EXIT.done;
  }
  const group = Object.hasOwn(GROUPS, groupName) ? GROUPS[groupName] : undefined;
  const command = group !== undefined && Object.hasOwn(group, commandName) ? group[commandName] : undefined;
  if (command === undefined) {
    output.err(`${help()}\n`);
    return EXIT.usage;
  }
  try {
    const args = new Arguments(rest, { ...command.options, json: { flag: true } });
    return print(await command.run(args), args.flag('json'), output);
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    output.err(`${error.code}: ${error.message}\n${error.code}：${error.messageZh}\n`);
    if (error.code === 'ERR_CLI_USAGE')
      output.err(`usage: cssi ${groupName} ${commandName} ${command.synopsis}\n`);
    if (rest.includes('--json')) {
      const { code, status, message, messageZh } = error;
      output.out(`${JSON.stringify({ error: { code, status, message, messageZh } })}\n`);
    }
    return exitCodeOf(error);
  }
}
