import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes, toHex, utf8 } from '../encoding/bytes.ts';
import { SmError } from '../error.ts';

/**
 * The conformance kit every layer's suite is made with. It needs no test runner:
 * a vendor calls {@link runSuite} from any program.
 */

/** How binding a case is. */
export type CaseLevel = 'MUST' | 'SHOULD' | 'MAY';

/** What a case gets besides its subject. */
export interface CaseContext {
  /** Seed of this run, printed in the report so that a failure can be repeated. */
  readonly seed: string;
  /** The clock of the run. */
  readonly now: Date;
  /** Reproducible bytes for this case: same seed, case and label give the same bytes. */
  bytes(label: string, length: number): Uint8Array;
}

/** One case of a suite. `run` returns or resolves when the subject conforms and throws when not. */
export interface ConformanceCase<Subject> {
  /** Stable and unique in the suite, for example `sm2.verify.rejects-flipped-bit`. */
  readonly id: string;
  /** Clause of the standard, and requirement ids where one applies. */
  readonly clause: string;
  readonly level: CaseLevel;
  /** Capabilities the subject must declare; otherwise the case is skipped by name. */
  readonly requires?: readonly string[];
  run(subject: Subject, context: CaseContext): void | Promise<void>;
}

/** A versioned list of cases for one interface. */
export interface ConformanceSuite<Subject> {
  readonly name: string;
  readonly specVersion: string;
  readonly packageVersion: string;
  readonly cases: readonly ConformanceCase<Subject>[];
}

/** Result of one case. */
export interface CaseResult {
  readonly id: string;
  readonly clause: string;
  readonly level: CaseLevel;
  readonly outcome: 'pass' | 'fail' | 'skip';
  readonly milliseconds: number;
  /** Why it failed, or the capability for which it was skipped. */
  readonly detail?: string;
}

/** Result of one run; plain JSON. */
export interface ConformanceReport {
  readonly suite: string;
  readonly specVersion: string;
  readonly packageVersion: string;
  readonly subject: string;
  /** True when the subject stands in for a device: printed as `emulated` wherever the report is shown. */
  readonly emulated: boolean;
  readonly seed: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly results: readonly CaseResult[];
}

/** What is under test and how it is called in the report. */
export interface SubjectUnderTest<Subject> {
  readonly name: string;
  readonly subject: Subject;
  readonly emulated?: boolean;
  readonly capabilities?: Iterable<string>;
}

/** Options of one run. */
export interface RunOptions {
  readonly seed?: string;
  readonly now?: Date;
  /** Called after each case, for progress. */
  readonly onResult?: (result: CaseResult) => void;
}

/** Thrown by the `expect…` helpers when a subject does not conform. */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
}

function seededBytes(seed: string, id: string, label: string, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let offset = 0, block = 0; offset < length; offset += 32, block++) {
    const digest = sha256(utf8(`${seed}\0${id}\0${label}\0${block}`));
    out.set(digest.subarray(0, Math.min(32, length - offset)), offset);
  }
  return out;
}

/**
 * Runs a suite on one subject. A failing case is a result, not an exception.
 *
 * @throws RangeError when two cases of the suite have one id (a programmer's mistake)
 */
export async function runSuite<Subject>(
  suite: ConformanceSuite<Subject>,
  under: SubjectUnderTest<Subject>,
  options: RunOptions = {},
): Promise<ConformanceReport> {
  if (new Set(suite.cases.map((item) => item.id)).size !== suite.cases.length) {
    throw new RangeError(`suite ${suite.name}: two cases have one id`);
  }
  const seed = options.seed ?? toHex(crypto.getRandomValues(new Uint8Array(8)));
  const now = options.now ?? new Date();
  const capabilities = new Set(under.capabilities ?? []);
  const results: CaseResult[] = [];
  for (const item of suite.cases) {
    const { id, clause, level } = item;
    const missing = item.requires?.find((name) => !capabilities.has(name));
    const started = performance.now();
    let outcome: CaseResult['outcome'] = 'pass';
    let detail: string | undefined;
    if (missing !== undefined) {
      outcome = 'skip';
      detail = `capability ${missing}`;
    } else {
      try {
        await item.run(under.subject, {
          seed,
          now,
          bytes: (label, length) => seededBytes(seed, id, label, length),
        });
      } catch (error) {
        outcome = 'fail';
        detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      }
    }
    const milliseconds = Math.round((performance.now() - started) * 1000) / 1000;
    const result: CaseResult = {
      id,
      clause,
      level,
      outcome,
      milliseconds,
      ...(detail === undefined ? {} : { detail }),
    };
    results.push(result);
    options.onResult?.(result);
  }
  const count = (outcome: CaseResult['outcome']) => results.filter((r) => r.outcome === outcome).length;
  return {
    suite: suite.name,
    specVersion: suite.specVersion,
    packageVersion: suite.packageVersion,
    subject: under.name,
    emulated: under.emulated ?? false,
    seed,
    passed: count('pass'),
    failed: count('fail'),
    skipped: count('skip'),
    results,
  };
}

/** Fails the case unless `condition` holds. */
export function expectTrue(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceFailure(message);
}

/** Fails the case unless both byte strings are equal. */
export function expectBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  if (actual === undefined || !equalBytes(actual, expected)) {
    const got = actual === undefined ? 'nothing' : toHex(actual.subarray(0, 64));
    throw new ConformanceFailure(`${what}: got ${got}, expected ${toHex(expected.subarray(0, 64))}`);
  }
}

/**
 * Fails the case unless `action` throws an {@link SmError}, with one of `codes` when any are given.
 */
export async function expectCode(
  action: () => unknown,
  codes: readonly string[],
  what: string,
): Promise<SmError> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof SmError)) {
      throw new ConformanceFailure(`${what}: threw ${String(error)}, expected a coded error`);
    }
    if (codes.length > 0 && !codes.includes(error.code)) {
      throw new ConformanceFailure(`${what}: threw ${error.code}, expected ${codes.join(' or ')}`);
    }
    return error;
  }
  throw new ConformanceFailure(`${what}: was accepted, expected ${codes.join(' or ') || 'a coded error'}`);
}
