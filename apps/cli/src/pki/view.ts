import type { JsonValue } from '@cssi/sm-core';
import { type Arguments, EXIT, type OptionTable, type Outcome } from '../command.ts';
import { CLI_ERRORS } from '../errors.ts';
import { timeOf } from '../files.ts';
import { type Entry, entryLinesOf, type Label, type Language, words } from './entry.ts';
import type { InspectContext } from './inspected.ts';
import { signerIdsOf } from './options.ts';

/** Options of every command that prints for people. */
export const VIEW_OPTIONS: OptionTable = { lang: {}, 'show-identity': { flag: true } };

/** Help for {@link VIEW_OPTIONS}. */
export const VIEW_HELP: readonly (readonly [string, string])[] = [
  ['--lang zh|en|both', 'language of labels and texts; both when left out'],
  ['--show-identity', 'personal identity numbers in full; masked when left out'],
];

/** Help for the time of judgement. */
export const TIME_HELP: readonly [string, string] = [
  '--time ISO',
  'time of judgement, such as 2026-12-01 or 2026-12-01T00:00:00Z; now when left out',
];

const LANGUAGES: readonly Language[] = ['zh', 'en', 'both'];

/** Language of `--lang`. @throws SmError ERR_CLI_USAGE */
export function languageOf(args: Arguments): Language {
  const text = args.text('lang') ?? 'both';
  const language = LANGUAGES.find((known) => known === text);
  if (language === undefined)
    throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: '--lang expects zh, en or both' });
  return language;
}

const DEFAULT_ENTRIES = 20;

/** The passphrase for containers and keys of files; an empty one counts as none. */
export const passphraseOf = (): string | undefined => process.env.CSSI_PASSPHRASE || undefined;

/** How objects are shown, by the options. @throws SmError ERR_CLI_USAGE */
export const contextOf = (args: Arguments): InspectContext => ({
  now: timeOf(args.text('time')),
  entries: args.whole('entries') ?? DEFAULT_ENTRIES,
  policy: args.flag('strict') ? 'strict' : 'tolerant',
  passphrase: passphraseOf(),
  showIdentity: args.flag('show-identity'),
  ...signerIdsOf(args),
});

/** Checks what {@link contextOf} and {@link languageOf} take, where a command has it. @throws SmError ERR_CLI_USAGE */
export function checkView(args: Arguments, table: OptionTable): void {
  if (table.lang === undefined) return;
  languageOf(args);
  contextOf(args);
}

/** What a command did, with what it made. */
export function done(
  args: Arguments,
  title: Label,
  entries: readonly Entry[],
  json: JsonValue,
  exitCode: Outcome['exitCode'] = EXIT.done,
): Outcome {
  const language = languageOf(args);
  return { exitCode, json, lines: [words(title, language), ...entryLinesOf(entries, language)] };
}
