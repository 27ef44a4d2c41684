import { equalBytes, toHex } from '../../encoding/bytes.ts';
import type { JsonValue } from '../../encoding/json.ts';
import { SmError } from '../../error.ts';
import type { Sm2Functions } from '../../sm2.ts';
import type { Sm3Functions } from '../../sm3.ts';
import type { Sm4Functions } from '../../sm4.ts';
import type { EngineCapability, RandomSource, SmEngine } from '../../spec/v1/engine.ts';
import type { ZucFunctions } from '../../zuc.ts';
import { ConformanceFailure } from '../kit.ts';
import type { SkipName } from './allowed-skips.ts';

/** The engine under test with the functions on it and on nothing else. */
export interface VectorSubject {
  readonly engine: SmEngine;
  readonly sm2: Sm2Functions;
  readonly sm3: Sm3Functions;
  readonly sm4: Sm4Functions;
  readonly zuc: ZucFunctions;
}

/** One case of a file: to be run, or skipped under a name of the reviewed list. */
export type VectorCase =
  | {
      readonly id: string;
      readonly requires: readonly EngineCapability[];
      check(subject: VectorSubject): void;
    }
  | { readonly id: string; readonly skip: SkipName };

/** Reads the cases of one file; throws when the file is not shaped as it should be. */
export type VectorReader = (content: JsonValue) => Iterable<VectorCase>;

/** `acceptable`: may be refused; if accepted the output must match. */
export type Expectation = 'valid' | 'invalid' | 'acceptable';

export function check(
  id: string,
  requires: readonly EngineCapability[],
  run: (subject: VectorSubject) => void,
): VectorCase {
  return { id, requires, check: run };
}

export function skip(id: string, name: SkipName): VectorCase {
  return { id, skip: name };
}

export function fail(message: string): never {
  throw new ConformanceFailure(message);
}

export function expectEqual(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (!equalBytes(actual, expected)) {
    fail(`${what}: got ${toHex(actual.subarray(0, 32))}, expected ${toHex(expected.subarray(0, 32))}`);
  }
}

/**
 * Judges one operation. A refusal is a coded error, or `false` from a verification;
 * anything else that is thrown fails the case whatever was expected.
 */
export function judge(
  expected: Expectation,
  operation: () => Uint8Array | boolean,
  output?: Uint8Array,
): void {
  let result: Uint8Array | boolean;
  try {
    result = operation();
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    if (error.code === 'ERR_ENGINE_CAPABILITY') throw error;
    if (expected === 'valid') fail(`refused with ${error.code}, expected valid`);
    return;
  }
  if (result === false) {
    if (expected === 'valid') fail('refused, expected valid');
    return;
  }
  if (expected === 'invalid') fail('accepted, expected invalid');
  if (result !== true && output !== undefined) expectEqual(result, output, 'output');
}

/** Gives one nonce and no second. */
export function oneNonce(k: Uint8Array): RandomSource {
  let used = false;
  return {
    fill(out) {
      if (used || out.length !== k.length) fail('the engine did not take the nonce of the case');
      used = true;
      out.set(k);
    },
  };
}

/** Gives the nonces of a list one after the other; `allTaken` fails the case when some are left. */
export function givenNonces(list: readonly Uint8Array[]): { random: RandomSource; allTaken(): void } {
  let next = 0;
  return {
    random: {
      fill(out) {
        const nonce = list[next++];
        if (nonce === undefined || out.length !== nonce.length) {
          return fail('the engine does not draw as the case says');
        }
        out.set(nonce);
      },
    },
    allTaken: () => {
      if (next !== list.length) fail(`the engine drew ${next} nonces, expected ${list.length}`);
    },
  };
}
