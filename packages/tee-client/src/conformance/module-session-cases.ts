import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID, CONFORMANCE_TAS } from '../spec/v1/conformance-ta.ts';
import type { SecurityModule } from '../spec/v1/module.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import {
  expectRefused,
  expectSuccess,
  memoryIn,
  memoryOf,
  memoryOut,
  moduleCase,
  none,
  numbersOf,
  openTestSession,
  PUBLIC,
  plainCase,
  type SecurityModuleSubject,
  type TestSession,
  valueIn,
  valueInout,
  valueOut,
  withTestSession,
} from './module-support.ts';

const OPEN = 'SecurityModule.openSession';
const INVOKE = 'SecurityModule.invoke';
const CLOSE = 'SecurityModule.closeSession';
const DEAD = 'GPD_SPE_007 §4.4 TEEC_ERROR_TARGET_DEAD';
const { COPY, COUNT, PANIC, WAIT } = CONFORMANCE_COMMANDS;
const ABSENT_TA = '00000000-dead-4bad-8bad-00000000beef';
const NEVER_GIVEN = 0xfffffff1;

/** A command in a session that is none. */
async function expectNoSession(module: SecurityModule, session: number, what: string): Promise<void> {
  const answer = await module.invoke(session, COUNT, [valueOut()]);
  expectRefused(answer, ['BAD_STATE', 'BAD_PARAMETERS'], ['TEE'], what);
}

async function panic(session: TestSession): Promise<void> {
  expectRefused(await session.invoke(PANIC), ['TARGET_DEAD'], ['TEE'], 'a call that panics');
}

const openCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase('open.success', OPEN, async ({ module }) => {
    const answer = expectSuccess(await module.openSession(CONFORMANCE_TA_UUID, PUBLIC, []), 'opening');
    expectTrue(answer.params.length === 0, 'an answer has as many parameters as the call');
    expectTrue(
      typeof answer.session === 'number' && answer.session >>> 0 === answer.session,
      'a session is a number of 32 bits',
    );
    await module.closeSession(answer.session as number);
  }),
  moduleCase('open.outputs', OPEN, async ({ module }) => {
    const answer = expectSuccess(
      await module.openSession(CONFORMANCE_TA_UUID, PUBLIC, [valueInout(41, 1), none(), none(), none()]),
      'opening with a value',
    );
    await module.closeSession(answer.session as number);
    const { a, b } = numbersOf(answer, 0);
    expectTrue(answer.params.length === 4 && a === 42 && b === 2, 'opening gives its outputs');
  }),
  moduleCase('open.refused-by-application', OPEN, async ({ module }) => {
    const answer = await module.openSession(CONFORMANCE_TA_UUID, PUBLIC, [valueIn(1)]);
    expectRefused(answer, ['BAD_PARAMETERS'], ['TRUSTED_APP'], 'parameters the application does not take');
    expectTrue(answer.session === undefined, 'a refusal opens no session');
  }),
  plainCase('open.unknown-application', OPEN, async ({ module }) => {
    const answer = await module.openSession(ABSENT_TA, PUBLIC, []);
    expectRefused(answer, ['ITEM_NOT_FOUND'], ['TEE'], 'an application that is not installed');
    expectTrue(answer.session === undefined, 'a refusal opens no session');
  }),
  moduleCase('open.distinct-numbers', OPEN, async ({ module }) => {
    const sessions = await Promise.all(Array.from({ length: 16 }, () => openTestSession(module)));
    expectTrue(new Set(sessions.map(({ id }) => id)).size === 16, 'open sessions have numbers of their own');
    await Promise.all(sessions.map(({ id }) => module.closeSession(id)));
  }),
  moduleCase('open.two-applications', OPEN, ({ module }) =>
    withTestSession(module, async (first) =>
      withTestSession(
        module,
        async (second) => {
          await first.count();
          expectTrue((await second.count()) === 1, 'an application has state of its own');
        },
        CONFORMANCE_TAS.second,
      ),
    ),
  ),
];

const orderCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase('session.own-state', INVOKE, ({ module }) =>
    withTestSession(module, async (first) =>
      withTestSession(module, async (second) => {
        await first.count();
        await first.count();
        expectTrue((await second.count()) === 1, 'each session counts for itself');
        expectTrue((await first.count()) === 3, 'and keeps its count');
      }),
    ),
  ),
  moduleCase('session.order', INVOKE, ({ module }) =>
    withTestSession(module, async (session) => {
      const counts = await Promise.all(Array.from({ length: 32 }, () => session.count()));
      expectTrue(
        counts.every((count, i) => count === i + 1),
        'calls of one session take effect in the order made',
      );
    }),
  ),
  moduleCase('session.order-after-slow-call', INVOKE, ({ module }) =>
    withTestSession(module, async (session) => {
      const slow = session.invoke(WAIT, [valueIn(50)]);
      const ended: string[] = [];
      const first = slow.then(() => ended.push('slow'));
      const second = session.count().then(() => ended.push('fast'));
      await Promise.all([first, second]);
      expectTrue(ended.join() === 'slow,fast', 'a fast call does not overtake a slow one of its session');
    }),
  ),
  moduleCase('session.parallel', INVOKE, ({ module }, { bytes }) =>
    withTestSession(module, async (first) =>
      withTestSession(module, async (second) => {
        await Promise.all(
          Array.from({ length: 32 }, async (_, i) => {
            const input = bytes(`input ${i}`, 1 + 61 * i);
            const session = i % 2 === 0 ? first : second;
            const answer = await session.invoke(COPY, [memoryIn(input), memoryOut(input.length)]);
            expectBytes(memoryOf(expectSuccess(answer, 'COPY'), 1).buffer, input, `the output of call ${i}`);
          }),
        );
      }),
    ),
  ),
  moduleCase('invoke.unknown-command', INVOKE, ({ module }) =>
    withTestSession(module, async (session) => {
      const answer = await session.invoke(0x7fffffff);
      expectRefused(
        answer,
        ['NOT_SUPPORTED', 'NOT_IMPLEMENTED', 'BAD_PARAMETERS'],
        ['TRUSTED_APP'],
        'a command the application does not have',
      );
      expectTrue((await session.count()) === 1, 'the session goes on');
    }),
  ),
  plainCase('invoke.unknown-session', INVOKE, ({ module }) =>
    expectNoSession(module, NEVER_GIVEN, 'a session that was never opened'),
  ),
];

const closeCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase('close.ends-session', CLOSE, async ({ module }) => {
    const session = await openTestSession(module);
    await module.closeSession(session.id);
    await expectNoSession(module, session.id, 'a command after the session was closed');
  }),
  moduleCase('close.after-calls-made', CLOSE, async ({ module }) => {
    const session = await openTestSession(module);
    const calls = Array.from({ length: 5 }, () => session.count());
    const closing = module.closeSession(session.id);
    const counts = await Promise.all(calls);
    await closing;
    expectTrue(counts.join() === '1,2,3,4,5', 'calls made before are answered');
  }),
  moduleCase('close.twice', CLOSE, async ({ module }) => {
    const session = await openTestSession(module);
    await module.closeSession(session.id);
    await module.closeSession(session.id);
  }),
  plainCase('close.unknown-session', CLOSE, ({ module }) => module.closeSession(NEVER_GIVEN)),
  moduleCase('close.leaves-others', CLOSE, ({ module }) =>
    withTestSession(module, async (session) => {
      const other = await openTestSession(module);
      await session.count();
      await module.closeSession(other.id);
      expectTrue((await session.count()) === 2, 'another session goes on');
    }),
  ),
];

const panicCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase('panic.target-dead', DEAD, ({ module }) => withTestSession(module, panic)),
  moduleCase('panic.session-stays-dead', DEAD, ({ module }) =>
    withTestSession(module, async (session) => {
      await panic(session);
      const later = await session.invoke(COUNT, [valueOut()]);
      expectRefused(later, ['TARGET_DEAD'], ['TEE'], 'a command after the panic');
    }),
  ),
  moduleCase('panic.queued-calls-answered', DEAD, ({ module }) =>
    withTestSession(module, async (session) => {
      const [, ...queued] = await Promise.all([
        session.invoke(PANIC),
        ...Array.from({ length: 4 }, () => session.invoke(COUNT, [valueOut()])),
      ]);
      for (const answer of queued) {
        expectRefused(answer, ['TARGET_DEAD'], ['TEE'], 'a command that waited behind the panic');
      }
    }),
  ),
  moduleCase('panic.close', CLOSE, async ({ module }) => {
    const session = await openTestSession(module);
    await panic(session);
    await module.closeSession(session.id);
  }),
  moduleCase('panic.fresh-start', DEAD, async ({ module }) => {
    await withTestSession(module, async (session) => {
      await session.count();
      await panic(session);
    });
    await withTestSession(module, async (session) => {
      expectTrue((await session.count()) === 1, 'a new session starts afresh');
    });
  }),
  moduleCase('panic.leaves-other-applications', DEAD, ({ module }) =>
    withTestSession(
      module,
      async (other) => {
        await other.count();
        await withTestSession(module, panic);
        const answer = await other.invoke(COUNT, [valueOut()]);
        expectTrue(
          answer.result === TEEC_RESULTS.SUCCESS && numbersOf(answer, 0).a === 2,
          'a panic takes only its own application down',
        );
      },
      CONFORMANCE_TAS.second,
    ),
  ),
];

/** Sessions, their order and their ends. */
export const sessionCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  ...openCases,
  ...orderCases,
  ...closeCases,
  ...panicCases,
];
