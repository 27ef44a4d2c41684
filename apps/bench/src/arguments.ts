import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface BenchArguments {
  readonly area: string;
  readonly json: boolean;
  readonly record: boolean;
  readonly seconds: number;
}

/** Wrong use of the command line; the message is for the person at it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_SECONDS = 6;
const MAX_SECONDS = 600;

/**
 * Reads `<area> [--json] [--record] [--seconds N]`.
 *
 * @throws UsageError
 */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args);
  const [area, ...rest] = positionals;
  if (area === undefined) throw new UsageError('name an area');
  if (rest.length > 0) throw new UsageError('name one area only');
  const seconds = values.seconds === undefined ? DEFAULT_SECONDS : Number(values.seconds);
  if (!(seconds > 0) || seconds > MAX_SECONDS) {
    throw new UsageError(`--seconds takes a number above 0 and up to ${MAX_SECONDS}`);
  }
  return { area, json: values.json === true, record: values.record === true, seconds };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, record: { type: 'boolean' }, seconds: { type: 'string' } },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'unreadable arguments', { cause });
  }
}
