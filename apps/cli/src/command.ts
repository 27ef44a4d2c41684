import { parseArgs } from 'node:util';
import { fromHex, type JsonValue } from '@cssi/sm-core';
import { CLI_ERRORS } from './errors.ts';

/** Exit codes of every command. */
export const EXIT = { done: 0, negative: 1, usage: 2, environment: 3 } as const;

/** What a command ends with. */
export interface Outcome {
  readonly exitCode: (typeof EXIT)[keyof typeof EXIT];
  /** Printed with `--json`. */
  readonly json: JsonValue;
  /** Lines for people. */
  readonly lines: readonly string[];
}

/** A failure with more to say than its code: the lines follow it, and are `log` of the JSON document. */
export class FailureWithLog extends Error {
  readonly log: readonly string[];

  constructor(cause: unknown, log: readonly string[]) {
    super('the command failed', { cause });
    this.log = log;
  }
}

/** Options of a command: `text` may be repeated when `many` is set. */
export type OptionTable = Readonly<Record<string, { readonly many?: boolean; readonly flag?: boolean }>>;

/** Of two values of one option nobody knows which was meant. @throws SmError ERR_CLI_USAGE */
function refuseRepeated(names: readonly string[], table: OptionTable): void {
  const twice = names.find(
    (name, i) => names.indexOf(name) !== i && table[name]?.many !== true && table[name]?.flag !== true,
  );
  if (twice !== undefined) throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `--${twice} is given twice` });
}

/** Arguments after parsing. */
export class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];

  constructor(args: readonly string[], table: OptionTable) {
    try {
      const { values, positionals, tokens } = parseArgs({
        args: [...args],
        allowPositionals: true,
        tokens: true,
        options: Object.fromEntries(
          Object.entries(table).map(([name, { many, flag }]) => [
            name,
            { type: flag === true ? ('boolean' as const) : ('string' as const), multiple: many === true },
          ]),
        ),
      });
      refuseRepeated(
        tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])),
        table,
      );
      this.#values = values;
      this.positionals = positionals;
    } catch (cause) {
      if (CLI_ERRORS.is(cause)) throw cause;
      const message = cause instanceof Error ? cause.message.split('.')[0] : '';
      throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: message?.slice(0, 200) ?? '', cause });
    }
  }

  /** The only positional argument. @throws SmError ERR_CLI_USAGE */
  only(name: string): string {
    const [first, ...rest] = this.positionals;
    if (first === undefined || rest.length > 0) {
      throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `expected exactly one ${name}` });
    }
    return first;
  }

  /** Refuses positional arguments where there is no place for them. @throws SmError ERR_CLI_USAGE */
  none(): void {
    if (this.positionals.length > 0) {
      throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: 'unexpected argument' });
    }
  }

  text(name: string): string | undefined {
    return this.#values[name] as string | undefined;
  }

  /** @throws SmError ERR_CLI_USAGE when the option is missing */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `--${name} is missing` });
    return value;
  }

  /** Bytes given as hex. @throws SmError ERR_CLI_USAGE */
  hex(name: string): Uint8Array | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^(?:[0-9a-fA-F]{2})+$/.test(value)) {
      throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `--${name} expects hex` });
    }
    return fromHex(value);
  }

  /** A whole number from 0. @throws SmError ERR_CLI_USAGE */
  whole(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,9}$/.test(value)) {
      throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `--${name} expects a whole number` });
    }
    return Number(value);
  }

  many(name: string): readonly string[] {
    return (this.#values[name] as string[] | undefined) ?? [];
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }
}

/** One command, for example `seal verify`. */
export interface Command {
  /** Arguments as shown in the help. */
  readonly synopsis: string;
  readonly summary: string;
  readonly options: OptionTable;
  /** Options with a line about each, for the help of this command. */
  readonly help?: readonly (readonly [option: string, text: string])[];
  run(args: Arguments): Promise<Outcome>;
}

/** Commands of one group by name, which is one word or two: `inspect`, `cms sign`. */
export type CommandGroup = Readonly<Record<string, Command>>;
