import { SmError } from '@cssi/sm-core';
import { misuse } from './arguments.ts';
import { listCommand, listHelp } from './commands/list.ts';
import { type RunDeps, runCommand, runHelp } from './commands/run.ts';
import { vectorsCommand, vectorsHelp } from './commands/vectors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { CommandHelp, CommandIo } from './io.ts';

interface Command {
  readonly help: CommandHelp;
  run(argv: readonly string[], io: CommandIo, deps: RunDeps): ExitCode | Promise<ExitCode>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  run: { help: runHelp, run: runCommand },
  vectors: { help: vectorsHelp, run: vectorsCommand },
  list: { help: listHelp, run: listCommand },
};

function helpText(): string {
  return [
    'usage: cssi-hil COMMAND …',
    '',
    ...Object.entries(COMMANDS).map(
      ([name, { help }]) => `  cssi-hil ${name} ${help.synopsis}\n      ${help.summary}`,
    ),
    '',
    '--json prints JSON on standard output; all else goes to standard error.',
    'exit codes: 0 all required cases passed, 1 some failed, 2 wrong use, 3 environment, device or I/O.',
  ].join('\n');
}

function commandOf(name: string): Command {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw misuse(name === '' ? 'no command is given' : `command=${name} is unknown`);
  return command;
}

function report(error: unknown, argv: readonly string[], io: CommandIo): ExitCode {
  if (!(error instanceof SmError)) {
    io.log(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return EXIT.environment;
  }
  const { code, status, message, messageZh } = error;
  io.log(`${code}: ${message}`);
  io.log(`${code}：${messageZh}`);
  if (code === 'ERR_HIL_USAGE') io.log(helpText());
  if (argv.includes('--json')) io.out(JSON.stringify({ error: { code, status, message, messageZh } }));
  return code === 'ERR_HIL_USAGE' ? EXIT.usage : EXIT.environment;
}

/**
 * Runs one command line and returns its exit code. Never rejects.
 *
 * @param argv - the words after the name of the program
 */
export async function runCli(argv: readonly string[], io: CommandIo, deps: RunDeps = {}): Promise<ExitCode> {
  const [name = '', ...rest] = argv;
  const asksForHelp = ['help', '--help', '-h'];
  try {
    if (asksForHelp.includes(name)) {
      io.out(helpText());
      return EXIT.done;
    }
    const command = commandOf(name);
    if (rest.some((word) => word === '--help' || word === '-h')) {
      io.out(helpText());
      return EXIT.done;
    }
    return await command.run(rest, io, deps);
  } catch (error) {
    return report(error, argv, io);
  }
}
