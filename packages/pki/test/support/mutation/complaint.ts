import { SmError } from '@cssi/sm-core';
import { walk } from './walk.ts';

/** One parser with valid objects for it. */
export interface Parser {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** Reads; may judge what it read. Returns whatever it made. */
  readonly run: (input: Uint8Array) => unknown;
}

/** Longest time that one input may take: nothing here is long enough for more. */
const MILLISECONDS = 1000;

/** Runs one input and says what is wrong, if anything: no crash, no hang, a coded error or a result. */
export async function complaint(parser: Parser, input: Uint8Array): Promise<string | undefined> {
  const before = Uint8Array.from(input);
  const started = performance.now();
  try {
    walk(await parser.run(input));
  } catch (error) {
    if (!(error instanceof SmError)) return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
  if (Buffer.compare(before, input) !== 0) return 'changed its input';
  const took = performance.now() - started;
  return took > MILLISECONDS ? `took ${Math.round(took)} ms` : undefined;
}
