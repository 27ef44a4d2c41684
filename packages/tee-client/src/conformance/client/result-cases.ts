import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient, TeecSession } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { type TeecOperation, teecParam } from '../../spec/v1/operation.ts';
import {
  CONFORMANCE_TA,
  expectEqual,
  expectResult,
  expectTee,
  inside,
  must,
  withContext,
  withSession,
} from '../support.ts';

const RESULTS = 'GPD_SPE_007 §4.4 (return codes and origins)';
const CANCEL = 'xtest 1009; GPD_SPE_007 §4.5 TEEC_RequestCancellation';
const { COUNT, RESULT, WAIT } = CONFORMANCE_COMMANDS;
const NEEDS = [CONFORMANCE_TA];
const count = (): TeecOperation => ({ params: [teecParam.valueOutput()] });

const countOf = async (session: TeecSession): Promise<number> => {
  const [value] = (await session.invokeCommand(COUNT, count())).params;
  return value !== undefined && 'a' in value ? value.a : -1;
};

/** A result the application answers with reaches the client. */
const result = (id: string, what: string, given: number): ConformanceCase<TeeClient> =>
  must(
    id,
    RESULTS,
    (client) =>
      withSession(client, async (session) => {
        try {
          await session.invokeCommand(RESULT, { params: [teecParam.valueInput(given)] });
        } catch (error) {
          const { result: got, origin } = error as { result?: number; origin?: number };
          expectEqual(got, given, what);
          return expectEqual(origin, 4, 'its origin, the application');
        }
        expectEqual('success', what, 'the result of the command');
      }),
    NEEDS,
  );

/** Results of applications, and cancellation. */
export const resultCases: readonly ConformanceCase<TeeClient>[] = [
  result('results.gp', 'a result of GlobalPlatform', 0xffff000b),
  result('results.storage', 'a result of the storage group', 0xf0100001),
  result('results.vendor', 'a result of the application’s own', 0x80001234),
  must(
    'results.open',
    RESULTS,
    (client) =>
      withContext(client, async (context) => {
        await expectResult(
          () =>
            context.openSession(CONFORMANCE_TAS.main, {
              operation: { params: [teecParam.valueInout(0), teecParam.valueInput(2, 0xffff0001)] },
            }),
          ['ACCESS_DENIED'],
          'a session the application refuses',
          'TRUSTED_APP',
        );
      }),
    NEEDS,
  ),
  must(
    'results.open-refused-is-no-session',
    RESULTS,
    (client) =>
      withContext(client, async (context) => {
        const refused = { params: [teecParam.valueInout(0), teecParam.valueInput(2, 0xffff0001)] };
        await expectResult(
          () => context.openSession(CONFORMANCE_TAS.singleSession, { operation: refused }),
          ['ACCESS_DENIED'],
          'a refused session',
        );
        expectEqual(
          await countOf(await context.openSession(CONFORMANCE_TAS.singleSession)),
          1,
          'the next session',
        );
      }),
    NEEDS,
  ),
  must(
    'results.call-goes-on',
    RESULTS,
    (client) =>
      withSession(client, async (session) => {
        await countOf(session);
        await expectResult(
          () => session.invokeCommand(RESULT, { params: [teecParam.valueInput(0xffff0000)] }),
          ['GENERIC'],
          'a failed command',
        );
        expectEqual(await countOf(session), 2, 'the session after a failed command');
      }),
    NEEDS,
  ),
  must(
    'results.program-malformed',
    'the conformance TA',
    (client) =>
      withSession(client, async (session) => {
        await expectResult(
          () =>
            session.invokeCommand(CONFORMANCE_COMMANDS.CALL, {
              params: [teecParam.tempInput(Uint8Array.of(1, 1, 7)), teecParam.tempOutput(64)],
            }),
          ['BAD_FORMAT'],
          'a program that ends too early',
          'TRUSTED_APP',
        );
      }),
    NEEDS,
  ),
  inside(
    'cancel.wait',
    CANCEL,
    async (_, kit) => {
      const cancellation = new AbortController();
      const t = kit.again({ cancellation: cancellation.signal });
      await kit.again({}).TEE_GetSystemTime();
      setTimeout(() => cancellation.abort(), 50);
      const results = await t.program([
        { function: 0x0203, args: [] },
        { function: 0x0802, args: [5000] },
      ]);
      expectEqual(results[1]?.result, 0xffff0002, 'the result of TEE_Wait, unmasked and cancelled');
    },
    ['cancellation'],
  ),
  inside(
    'cancel.masked',
    CANCEL,
    async (_, kit) => {
      const cancellation = new AbortController();
      const t = kit.again({ cancellation: cancellation.signal });
      setTimeout(() => cancellation.abort(), 20);
      await t.TEE_Wait(100);
    },
    ['cancellation'],
  ),
  inside(
    'cancel.flag',
    'GPD_SPE_010 §4.10.1 TEE_GetCancellationFlag',
    async (_, kit) => {
      const cancellation = new AbortController();
      const t = kit.again({ cancellation: cancellation.signal });
      setTimeout(() => cancellation.abort(), 20);
      const results = await t.program([
        { function: 0x0202, args: [] },
        { function: 0x0802, args: [100] },
        { function: 0x0202, args: [] },
        { function: 0x0203, args: [] },
        { function: 0x0202, args: [] },
      ]);
      expectEqual(
        results.map((item) => item.value).join(),
        ',,false,true,true'.replace(',,', 'false,,'),
        'the flag: before, masked, what was masked, unmasked',
      );
    },
    ['cancellation'],
  ),
  inside('cancel.mask-state', 'GPD_SPE_010 §4.10.2, §4.10.3', async (t) => {
    const results = await t.program(
      [0x0203, 0x0203, 0x0204, 0x0204].map((number) => ({ function: number, args: [] })),
    );
    expectEqual(
      results.map((item) => item.value).join(),
      'true,false,false,true',
      'whether it was masked before',
    );
  }),
  inside('cancel.no-flag', 'GPD_SPE_010 §4.10.1 TEE_GetCancellationFlag', async (t) => {
    expectEqual(await t.TEE_GetCancellationFlag(), false, 'the flag of a call nobody cancels');
  }),
  must(
    'cancel.queued',
    CANCEL,
    (client) =>
      withSession(client, async (session, context) => {
        const other = await context.openSession(CONFORMANCE_TAS.main);
        const cancellation = new AbortController();
        const running = session.invokeCommand(WAIT, { params: [teecParam.valueInput(100)] });
        const waiting = other.invokeCommand(COUNT, { ...count(), cancellation: cancellation.signal });
        cancellation.abort();
        const outcome = await waiting.then(
          () => 'answered',
          (error: { result?: number }) => error.result,
        );
        expectTrue(
          outcome === 'answered' || outcome === 0xffff0002,
          `a call cancelled while it waits: ${String(outcome)}`,
        );
        await running;
        expectEqual(await countOf(other), outcome === 'answered' ? 2 : 1, 'a cancelled call did not run');
      }),
    [CONFORMANCE_TA, 'cancellation'],
  ),
  inside(
    'cancel.next-call',
    CANCEL,
    async (t, kit) => {
      const cancelled = kit.again({ cancellation: AbortSignal.abort() });
      await expectResult(
        () => cancelled.TEE_GetSystemTime(),
        ['CANCEL'],
        'a call cancelled before it started',
      );
      await expectTee(
        () => t.TEE_OpenPersistentObject(1, kit.bytes('id', 8), 1),
        ['ITEM_NOT_FOUND'],
        'the next call',
      );
    },
    ['cancellation'],
  ),
];
