import { parseArgs } from 'node:util';
import { HIL_ERRORS } from './errors.ts';
import { plain } from './text.ts';

/** Wrong use, with what is wrong. */
export const misuse = (detail: string) =>
  HIL_ERRORS.create('ERR_HIL_USAGE', { detail: plain(detail).slice(0, 300) });

interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
}

type ValueOf<O extends Option> = O['type'] extends 'boolean'
  ? boolean
  : O extends { readonly multiple: true }
    ? string[]
    : string;

/** Values by the name of their option; what was not given is missing. */
export type OptionValues<T extends Readonly<Record<string, Option>>> = {
  readonly [Name in keyof T]?: ValueOf<T[Name]>;
};

/**
 * Parses options strictly: unknown ones, missing or empty values, single ones given twice and
 * further words are wrong use.
 *
 * @throws {@link SmError} ERR_HIL_USAGE
 */
export function parseOptions<const T extends Readonly<Record<string, Option>>>(
  argv: readonly string[],
  options: T,
): OptionValues<T> {
  const parse = () =>
    parseArgs({ args: [...argv], options, strict: true, allowPositionals: false, tokens: true });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    throw misuse(error instanceof Error ? error.message : String(error));
  }
  const seen = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    if (token.value === '') throw misuse(`option=${token.name} is empty`);
    if (options[token.name]?.multiple !== true && seen.has(token.name)) {
      throw misuse(`option=${token.name} is given twice`);
    }
    seen.add(token.name);
  }
  return parsed.values as OptionValues<T>;
}
