import { equalBytes } from '@cssi/sm-core';

/** Stops the run when a contender does not do the work of the row. */
export function agree(condition: boolean, what: string): void {
  if (!condition) throw new Error(`contenders do not agree: ${what}`);
}

/** Stops the run unless all outputs are the same bytes. */
export function agreeBytes(
  expected: Uint8Array,
  outputs: Readonly<Record<string, ArrayLike<number>>>,
  what: string,
) {
  for (const [name, output] of Object.entries(outputs)) {
    agree(equalBytes(expected, Uint8Array.from(output)), `${what} by ${name}`);
  }
}
