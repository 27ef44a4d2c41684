import { type CaseContext, type ConformanceCase, ConformanceFailure } from '@cssi/sm-core/conformance';
import type { TeeClient, TeecContext, TeecSession, TeecSharedMemory } from '../spec/v1/client.ts';
import { CONFORMANCE_TA_UUID } from '../spec/v1/conformance-ta.ts';
import { TeecError } from '../spec/v1/error.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName, teecResultName } from '../spec/v1/results.ts';

/** The capability that says the conformance TA is installed. */
export const CONFORMANCE_TA = 'conformance-ta';

const describe = (result: number): string => teecResultName(result) ?? result.toString(16);

/**
 * Fails the case unless `action` rejects with a {@link TeecError} of one of `results` and, when
 * given, of `origin`.
 */
export async function expectResult(
  action: () => unknown,
  results: readonly Exclude<TeecResultName, 'SUCCESS'>[],
  what: string,
  origin?: keyof typeof TEEC_ORIGINS,
): Promise<TeecError> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof TeecError)) {
      throw new ConformanceFailure(`${what}: threw ${String(error)}, expected a TeecError`);
    }
    if (!results.some((name) => TEEC_RESULTS[name] === error.result)) {
      throw new ConformanceFailure(`${what}: ${describe(error.result)}, expected ${results.join(' or ')}`);
    }
    if (origin !== undefined && error.origin !== TEEC_ORIGINS[origin]) {
      throw new ConformanceFailure(`${what}: origin ${error.origin}, expected ${origin}`);
    }
    return error;
  }
  throw new ConformanceFailure(`${what}: succeeded, expected ${results.join(' or ')}`);
}

/** Runs `use` with a context and finalizes it whatever happens. */
export async function withContext<T>(
  client: TeeClient,
  use: (context: TeecContext) => Promise<T>,
): Promise<T> {
  const context = await client.initializeContext();
  try {
    return await use(context);
  } finally {
    await context.finalize();
  }
}

/** Runs `use` with a session of the conformance TA. */
export function withSession<T>(
  client: TeeClient,
  use: (session: TeecSession, context: TeecContext) => Promise<T>,
): Promise<T> {
  return withContext(client, async (context) => use(await context.openSession(CONFORMANCE_TA_UUID), context));
}

/** Runs `use` with shared memory and releases it whatever happens. */
export async function withMemory<T>(
  memory: TeecSharedMemory,
  use: (memory: TeecSharedMemory) => T | Promise<T>,
): Promise<T> {
  try {
    return await use(memory);
  } finally {
    memory.release();
  }
}

/** Short form of a MUST case. */
export function must<Subject>(
  id: string,
  clause: string,
  run: (subject: Subject, context: CaseContext) => Promise<void>,
  requires: readonly string[] = [],
): ConformanceCase<Subject> {
  return { id, clause, level: 'MUST', requires, run };
}
