import { columns, shown } from './text.ts';

/** A word in both languages. */
export interface Label {
  readonly zh: string;
  readonly en: string;
  /** What stands in front of and behind the word in every language: a number, a time. */
  readonly before?: string;
  readonly after?: string;
}

/** In which languages people read. */
export type Language = 'zh' | 'en' | 'both';

/** What stands behind a label: text of any origin, or our own words in both languages. */
export type Value = string | Label;

/** One line for people, with the lines below it. */
export interface Entry {
  readonly label: Label | string;
  /** Several values: one line each, under one another. */
  readonly value?: Value | readonly Value[] | undefined;
  readonly below?: readonly Entry[];
}

/** Label from its two words. */
export const label = (zh: string, en: string): Label => ({ zh, en });

/** A word with what belongs to it in every language. */
export const around = (word: Label, before: string, after: string): Label => ({
  zh: word.zh,
  en: word.en,
  before: `${before}${word.before ?? ''}`,
  after: `${word.after ?? ''}${after}`,
});

/** An entry, left out when there is no value. */
export function entry(name: Label | string, value: Value | readonly Value[] | undefined): Entry[] {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
  return [{ label: name, value }];
}

/** An entry with others below it, left out when there are none. */
export const group = (name: Label | string, below: readonly Entry[], value?: Value): Entry[] =>
  below.length === 0 && value === undefined ? [] : [{ label: name, below, value }];

/** Words in the language asked for. */
export function words(value: Value, language: Language): string {
  if (typeof value === 'string') return value;
  const { zh, en, before = '', after = '' } = value;
  const both = zh === en || en === '' ? zh : `${zh} ${en}`;
  return `${before}${language === 'both' ? both : language === 'en' && en !== '' ? en : zh}${after}`;
}

/** Values of neighbours start in one column, up to this one. */
const MAX_LABEL_COLUMNS = 46;

function entryLines(item: Entry, indent: string, width: number, language: Language): string[] {
  const name = shown(words(item.label, language));
  const values = item.value === undefined ? [] : Array.isArray(item.value) ? item.value : [item.value];
  const texts = (values as readonly Value[]).map((value) => shown(words(value, language)));
  const colon = texts.length > 0 || (item.below ?? []).length > 0 ? ':' : '';
  const gap = ' '.repeat(Math.max(1, width - columns(name) + 1));
  const first = texts.length > 0 ? `${indent}${name}${colon}${gap}${texts[0]}` : `${indent}${name}${colon}`;
  const under = `${indent}${' '.repeat(columns(name) + 1 + gap.length)}`;
  return [
    first,
    ...texts.slice(1).map((text) => under + text),
    ...entryBlock(item.below ?? [], language, `${indent}  `),
  ];
}

function entryBlock(entries: readonly Entry[], language: Language, indent: string): string[] {
  const widths = entries
    .filter(({ value }) => value !== undefined)
    .map(({ label: name }) => columns(shown(words(name, language))))
    .filter((width) => width <= MAX_LABEL_COLUMNS);
  const width = Math.max(0, ...widths);
  return entries.flatMap((item) => entryLines(item, indent, width, language));
}

/** Lines for people: labels in the languages asked for, values in one column. */
export const entryLinesOf = (entries: readonly Entry[], language: Language): string[] =>
  entryBlock(entries, language, '');
