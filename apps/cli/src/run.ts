import { SmError } from '@cssi/sm-core';
import { Arguments, type Command, type CommandGroup, EXIT, FailureWithLog, type Outcome } from './command.ts';
import { audit } from './commands/audit.ts';
import { kms } from './commands/kms.ts';
import { model } from './commands/model.ts';
import { pki } from './commands/pki/index.ts';
import { seal } from './commands/seal.ts';
import { ta } from './commands/ta/index.ts';
import { CLI_ERRORS } from './errors.ts';
import { near } from './near.ts';
import { asWrongUse } from './pki/refused-option.ts';
import { terminalSafeJson } from './pki/text.ts';
import { checkView } from './pki/view.ts';

const GROUPS: Readonly<Record<string, CommandGroup>> = { pki, ta, kms, seal, model, audit };

const commandLines = (group: string, name: string, { synopsis, summary }: Command): string =>
  `  cssi ${group} ${name} ${synopsis}\n      ${summary}`;

/** Every command, or those of one group. */
function help(only?: string): string {
  const lines = Object.entries(GROUPS)
    .filter(([group]) => only === undefined || group === only)
    .flatMap(([group, commands]) =>
      Object.entries(commands).map(([name, command]) => commandLines(group, name, command)),
    );
  return [
    'usage: cssi GROUP COMMAND …',
    '',
    ...lines,
    '',
    '--json prints one JSON document on standard output; all else goes to standard error.',
    'exit codes: 0 done or verdict positive, 1 verdict negative, 2 wrong use, 3 environment, device or I/O.',
    'CSSI_PASSPHRASE holds the passphrase of the credential file, and of private keys under a password.',
    'cssi help GROUP [COMMAND] shows one group, or one command with its options.',
  ].join('\n');
}

/** One command with its options. */
function commandHelp(group: string, name: string, command: Command): string {
  const options = (command.help ?? []).map(([option, text]) => `  ${option.padEnd(28)} ${text}`);
  return [`usage: cssi ${group} ${name} ${command.synopsis}`, '', command.summary, '', ...options]
    .join('\n')
    .trimEnd();
}

/** A command that was found, and what follows its name. */
interface Found {
  readonly groupName: string;
  readonly name: string;
  readonly command: Command;
  readonly rest: readonly string[];
}

/** The command that the first two words name, or the first three: `pki inspect`, `pki cms sign`. */
function find(argv: readonly string[]): Found | undefined {
  const [groupName = '', first = '', second = '', ...others] = argv;
  const group = Object.hasOwn(GROUPS, groupName) ? GROUPS[groupName]! : undefined;
  const twoWords = `${first} ${second}`;
  if (group !== undefined && Object.hasOwn(group, twoWords)) {
    return { groupName, name: twoWords, command: group[twoWords]!, rest: others };
  }
  if (group === undefined || !Object.hasOwn(group, first)) return undefined;
  return { groupName, name: first, command: group[first]!, rest: argv.slice(2) };
}

/** Text of `cssi help …`. */
function helpFor(words: readonly string[]): string {
  const found = find(words);
  if (found !== undefined) return commandHelp(found.groupName, found.name, found.command);
  const [group = ''] = words;
  return help(Object.hasOwn(GROUPS, group) ? group : undefined);
}

/** Wrong use is the command line's own; a refusal of what a file or a server said is a negative verdict. */
function exitCodeOf(error: SmError): number {
  // Nothing was judged: another process has the folder.
  if (error.code === 'ERR_TEE_LOCKED') return EXIT.environment;
  if (error.category === 'unavailable' || error.category === 'internal') return EXIT.environment;
  return CLI_ERRORS.is(error) ? EXIT.usage : EXIT.negative;
}

/**
 * Names in files and labels come from others: they must not steer the terminal, nor turn the direction
 * of text, nor break lines where there is no line feed.
 */
export const printable = (line: string): string =>
  line.replaceAll(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');

/** Where a command writes to. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

function print(outcome: Outcome, asJson: boolean, { out }: Output): number {
  if (asJson) out(`${terminalSafeJson(JSON.stringify(outcome.json))}\n`);
  else out(`${outcome.lines.map(printable).join('\n')}\n`);
  return outcome.exitCode;
}

function report(error: SmError, asJson: boolean, { out, err }: Output, log?: readonly string[]): void {
  err(printable(`${error.code}: ${error.message}\n${error.code}：${error.messageZh}\n`));
  for (const line of log ?? []) err(`| ${printable(line)}\n`);
  if (!asJson) return;
  const { code, status, message, messageZh } = error;
  const document = { error: { code, status, message, messageZh }, ...(log === undefined ? {} : { log }) };
  out(`${terminalSafeJson(JSON.stringify(document))}\n`);
}

/** What nobody foresaw has a code as well; a stack helps nobody at a terminal. */
function asSmError(error: unknown): SmError {
  if (error instanceof SmError) return error;
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : 'no error';
  return CLI_ERRORS.create('ERR_CLI_INTERNAL', { detail: detail.slice(0, 200), cause: error });
}

/** Help for no command, and what may have been meant by one that is not there. */
function unknownCommand(argv: readonly string[], output: Output): number {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [group = '', ...rest] = words;
  const asJson = argv.includes('--json');
  const isGroup = Object.hasOwn(GROUPS, group);
  if (!asJson && (words.length === 0 || (isGroup && rest.length === 0))) {
    output.err(`${help(isGroup ? group : undefined)}\n`);
    return EXIT.usage;
  }
  const typed = words.slice(0, 3).join(' ').slice(0, 100);
  const names = Object.entries(GROUPS).flatMap(([name, commands]) =>
    Object.keys(commands).map((command) => `${name} ${command}`),
  );
  const meant = near(typed, names).map((name) => `cssi ${name}`);
  const lines = [
    'usage: cssi GROUP COMMAND …',
    ...(meant.length === 0 ? [] : [`near 相近的命令: ${meant.join(', ')}`]),
    `cssi help${isGroup ? ` ${group}` : ''} lists the commands 列出命令`,
  ];
  output.err(printable(`${lines.join('\n')}\n`));
  const detail = typed === '' ? 'a command is missing' : `unknown command: ${typed}`;
  report(CLI_ERRORS.create('ERR_CLI_USAGE', { detail }), asJson, output);
  return EXIT.usage;
}

async function runFound({ groupName, name, command, rest }: Found, output: Output): Promise<number> {
  const options = { ...command.options, json: { flag: true } };
  let args: Arguments | undefined;
  try {
    args = new Arguments(rest, options);
    // Before any work: how it is shown must not fail when it is done.
    checkView(args, options);
    return print(await command.run(args), args.flag('json'), output);
  } catch (failure) {
    const [cause, log] =
      failure instanceof FailureWithLog ? [failure.cause, failure.log] : [failure, undefined];
    const error = asSmError(args === undefined ? cause : asWrongUse(cause, args, options));
    report(error, rest.includes('--json'), output, log);
    if (error.code === 'ERR_CLI_USAGE') output.err(`usage: cssi ${groupName} ${name} ${command.synopsis}\n`);
    return exitCodeOf(error);
  }
}

/**
 * Runs one command.
 *
 * @param argv - arguments after the name of the program
 * @returns the exit code; see {@link EXIT}
 */
export async function run(argv: readonly string[], output: Output): Promise<number> {
  const [first = '', ...words] = argv;
  if (['help', '--help', '-h'].includes(first)) {
    output.out(`${helpFor(words)}\n`);
    return EXIT.done;
  }
  const found = find(argv);
  if (found === undefined) return unknownCommand(argv, output);
  if (found.rest.includes('--help')) {
    output.out(`${commandHelp(found.groupName, found.name, found.command)}\n`);
    return EXIT.done;
  }
  return await runFound(found, output);
}
