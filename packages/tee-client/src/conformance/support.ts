import {
  type CaseContext,
  type ConformanceCase,
  ConformanceFailure,
  expectTrue,
} from '@cssi/sm-core/conformance';
import type {
  TeeClient,
  TeecContext,
  TeecSession,
  TeecSessionOptions,
  TeecSharedMemory,
} from '../spec/v1/client.ts';
import { CONFORMANCE_TA_UUID } from '../spec/v1/conformance-ta.ts';
import { TeecError } from '../spec/v1/error.ts';
import { TEE_DATA_FLAG, TEE_STORAGE_PRIVATE } from '../spec/v1/internal/constants.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName, teecResultName } from '../spec/v1/results.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { RemoteFailure, type RemoteOptions, type RemoteTee, remoteTee } from './remote.ts';

/** The capability that says the conformance TAs are installed. */
export const CONFORMANCE_TA = 'conformance-ta';

type Failure = Exclude<TeecResultName, 'SUCCESS'>;

const describe = (result: number): string => teecResultName(result) ?? result.toString(16);

/**
 * Fails the case unless `action` rejects with a {@link TeecError} of one of `results` and, when
 * given, of `origin`.
 */
export async function expectResult(
  action: () => unknown,
  results: readonly Failure[],
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

/** Fails the case unless the function of the internal API answers one of `results`. */
export async function expectTee(
  action: () => unknown,
  results: readonly Failure[],
  what: string,
): Promise<RemoteFailure> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof RemoteFailure)) {
      throw new ConformanceFailure(`${what}: ${String(error)}, expected ${results.join(' or ')}`);
    }
    if (!results.some((name) => TEEC_RESULTS[name] === error.result)) {
      throw new ConformanceFailure(`${what}: ${describe(error.result)}, expected ${results.join(' or ')}`);
    }
    return error;
  }
  throw new ConformanceFailure(`${what}: succeeded, expected ${results.join(' or ')}`);
}

/** Fails the case unless `action` ends the trusted application. */
export async function expectPanic(action: () => unknown, what: string): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof TeecError && error.result === TEEC_RESULTS.TARGET_DEAD) {
      expectTrue(
        error.origin === TEEC_ORIGINS.TEE,
        `${what}: origin ${error.origin} of the panic, expected TEE`,
      );
      return;
    }
    throw new ConformanceFailure(`${what}: ${String(error)}, expected a panic`);
  }
  throw new ConformanceFailure(`${what}: succeeded, expected a panic`);
}

/** Fails the case unless both are the same, with both in the message. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) {
    throw new ConformanceFailure(`${what}: got ${String(actual)}, expected ${String(expected)}`);
  }
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

/** What a case that works inside the TEE has at hand. */
export interface Kit {
  readonly client: TeeClient;
  readonly context: TeecContext;
  readonly session: TeecSession;
  bytes(label: string, length: number): Uint8Array;
  /** Names of persistent objects that are deleted after the case, whatever happened. */
  readonly leftovers: Uint8Array[];
  /** The internal API of a further session; of the main conformance TA when `uuid` is left out. */
  open(uuid?: TeecUuid, options?: TeecSessionOptions): Promise<RemoteTee>;
  /** The same session with other options. */
  again(options: RemoteOptions): RemoteTee;
}

/** Deletes what a case left, as far as it is there; a case has failed or not before that. */
async function tidy(context: TeecContext, names: readonly Uint8Array[]): Promise<void> {
  if (names.length === 0) return;
  try {
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const t = remoteTee(session);
    for (const name of names) {
      try {
        const object = await t.TEE_OpenPersistentObject(
          TEE_STORAGE_PRIVATE,
          name,
          TEE_DATA_FLAG.ACCESS_WRITE_META,
        );
        await t.TEE_CloseAndDeletePersistentObject1(object);
      } catch (error) {
        if (!(error instanceof RemoteFailure)) throw error;
      }
    }
    await session.close();
  } catch {}
}

/** A case that calls the internal API of the main conformance TA. */
export function inside(
  id: string,
  clause: string,
  run: (t: RemoteTee, kit: Kit) => Promise<void>,
  requires: readonly string[] = [],
): ConformanceCase<TeeClient> {
  return must(
    id,
    clause,
    (client, { bytes }) =>
      withContext(client, async (context) => {
        const session = await context.openSession(CONFORMANCE_TA_UUID);
        const leftovers: Uint8Array[] = [];
        const kit: Kit = {
          client,
          context,
          session,
          bytes,
          leftovers,
          open: async (uuid, options) =>
            remoteTee(await context.openSession(uuid ?? CONFORMANCE_TA_UUID, options)),
          again: (options) => remoteTee(session, options),
        };
        try {
          await run(remoteTee(session), kit);
        } finally {
          await session.close();
          await tidy(context, leftovers);
        }
      }),
    [CONFORMANCE_TA, ...requires],
  );
}

/** What a case does last: the call under test. */
type Misuse = () => Promise<unknown>;

/** A case that must end in a panic: `prepare` must succeed, what it returns must panic. */
export function panics(
  id: string,
  clause: string,
  what: string,
  prepare: (t: RemoteTee, kit: Kit) => Promise<Misuse> | Misuse,
  requires: readonly string[] = [],
): ConformanceCase<TeeClient> {
  return inside(
    id,
    clause,
    async (t, kit) => {
      const misuse = await prepare(t, kit);
      await expectPanic(misuse, what);
    },
    requires,
  );
}

/** A case that must be answered with one of `results`: `prepare` must succeed. */
export function refuses(
  id: string,
  clause: string,
  results: readonly Failure[],
  what: string,
  prepare: (t: RemoteTee, kit: Kit) => Promise<Misuse> | Misuse,
  requires: readonly string[] = [],
): ConformanceCase<TeeClient> {
  return inside(
    id,
    clause,
    async (t, kit) => {
      const misuse = await prepare(t, kit);
      await expectTee(misuse, results, what);
    },
    requires,
  );
}
