import { equalBytes, SmError, toHex } from '@cssi/sm-core';
import { ConformanceFailure } from '@cssi/sm-core/conformance';
import type { VectorSkipName } from './allowed-skips.ts';

/** One check: to be run, or left out under a name of the reviewed list. */
export type VectorCheck =
  | { readonly id: string; run(): void | Promise<void> }
  | { readonly id: string; readonly skip: VectorSkipName };

export function fail(message: string): never {
  throw new ConformanceFailure(message);
}

export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) fail(`${what}: got ${got?.slice(0, 100)}, expected ${wanted?.slice(0, 100)}`);
}

export function expectBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (!equalBytes(actual, expected)) {
    fail(`${what}: got ${toHex(actual.subarray(0, 32))}, expected ${toHex(expected.subarray(0, 32))}`);
  }
}

/** `action` must be refused with one of `codes`; anything else that is thrown passes through. */
export async function expectRefusal(
  codes: readonly string[],
  action: () => unknown,
  what: string,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    if (!codes.includes(error.code))
      fail(`${what}: refused with ${error.code}, expected ${codes.join(' or ')}`);
    return;
  }
  fail(`${what}: accepted, expected to be refused`);
}
