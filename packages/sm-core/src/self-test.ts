import { SM_CORE_ERRORS } from './errors.ts';
import { SM2_TESTS } from './self-test/sm2.ts';
import { HASH_TESTS } from './self-test/sm3.ts';
import { SM4_TESTS } from './self-test/sm4.ts';
import type { KnownAnswerTest, SelfTestId } from './self-test/support.ts';
import type { SmEngine } from './spec/v1/engine.ts';

export type { SelfTestId } from './self-test/support.ts';

/** What a passed self-test ran. */
export interface SelfTestReport {
  /** Name of the engine. */
  readonly engine: string;
  /** Tests that ran and passed, in order. */
  readonly passed: readonly SelfTestId[];
  /** Tests left out because the engine does not declare the capability. */
  readonly skipped: readonly SelfTestId[];
}

/** The known-answer test of each capability, hashes first since the others use them. */
const TESTS: Readonly<Record<SelfTestId, KnownAnswerTest>> = { ...HASH_TESTS, ...SM2_TESTS, ...SM4_TESTS };

/**
 * Runs the known-answer tests of every capability that `engine` declares.
 *
 * @standard GM/T 0028-2014 §7.10 (pre-operational self-tests: the known-answer part)
 * @throws SmError ERR_SELF_TEST_FAILED with the name of the test
 */
export function runSelfTest(engine: SmEngine): SelfTestReport {
  const passed: SelfTestId[] = [];
  const skipped: SelfTestId[] = [];
  for (const id of Object.keys(TESTS) as SelfTestId[]) {
    if (!engine.capabilities.has(id)) {
      skipped.push(id);
      continue;
    }
    let cause: unknown;
    let correct = false;
    try {
      correct = TESTS[id](engine);
    } catch (error) {
      cause = error;
    }
    if (!correct) {
      const detail = `engine=${engine.name} test=${id}`;
      throw SM_CORE_ERRORS.create(
        'ERR_SELF_TEST_FAILED',
        cause === undefined ? { detail } : { detail, cause },
      );
    }
    passed.push(id);
  }
  return { engine: engine.name, passed, skipped };
}
