import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { encodeProgram } from '../../spec/v1/conformance-call.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import type { TEE_TASessionHandle } from '../../spec/v1/internal/tee.ts';
import { TEEC_ORIGINS } from '../../spec/v1/results.ts';
import { call, remoteTee } from '../remote.ts';
import { expectEqual, expectResult, expectTee, inside, panics } from '../support.ts';
import { bytesOf, FOREVER, list, memory, second, text, value } from './internal-client-support.ts';

const INVOKE = 'xtest 1008, 1011; GPD_SPE_010 §4.9.3 TEE_InvokeTACommand';
const { COUNT, PANIC, WAIT, CALL } = CONFORMANCE_COMMANDS;

/** Ends of sessions and of applications between applications. */
export const internalClientLifeCases: readonly ConformanceCase<TeeClient>[] = [
  inside('ta-to-ta.state-is-shared-with-clients', 'xtest 1012; GPD_SPE_010 §2.1.3', async (t, kit) => {
    // A single instance is the same one for clients and for applications.
    const direct = await kit.open(CONFORMANCE_TAS.second);
    await direct.TEE_SetInstanceData(Uint8Array.of(0xda, 0x7a));
    const asked = encodeProgram([call('TEE_GetInstanceData')]);
    const answer = await t.TEE_InvokeTACommand(
      await second(t),
      FOREVER,
      CALL,
      list(memory(5, asked), memory(6, new Uint8Array(100))),
    );
    expectTrue(
      (bytesOf(answer[1]) ?? new Uint8Array(0)).join().endsWith('4,0,0,0,2,218,122'),
      'the data of the instance',
    );
  }),
  inside('ta-to-ta.close.null', 'GPD_SPE_010 §4.9.2 TEE_CloseTASession', async (t) => {
    await t.TEE_CloseTASession(null);
  }),
  panics(
    'ta-to-ta.close.twice',
    'GPD_SPE_010 §4.9.2 TEE_CloseTASession',
    'closing a session twice',
    async (t) => {
      const session = await second(t);
      await t.TEE_CloseTASession(session);
      return () => t.TEE_CloseTASession(session);
    },
  ),
  panics('ta-to-ta.invoke.closed', INVOKE, 'a command in a closed session', async (t) => {
    const session = await second(t);
    await t.TEE_CloseTASession(session);
    return () => t.TEE_InvokeTACommand(session, FOREVER, COUNT, list(value(2)));
  }),
  inside('ta-to-ta.panic', 'xtest 1008, 1021; GPD_SPE_010 §4.9.3', async (t) => {
    const session = await second(t);
    const error = await expectTee(
      () => t.TEE_InvokeTACommand(session, FOREVER, PANIC, list()),
      ['TARGET_DEAD'],
      'a panic there',
    );
    expectEqual(error.origin, TEEC_ORIGINS.TEE, 'the origin');
    await expectTee(
      () => t.TEE_InvokeTACommand(session, FOREVER, COUNT, list(value(2))),
      ['TARGET_DEAD'],
      'a call after it',
    );
    await t.TEE_CloseTASession(session);
    const fresh = await t.TEE_InvokeTACommand(await second(t), FOREVER, COUNT, list(value(2)));
    expectEqual(text(fresh[0]), '1, 0', 'the caller goes on, with a fresh instance');
  }),
  inside(
    'ta-to-ta.only-applications',
    'xtest 1008; GPD_SPE_010 §4.9.1',
    async (t, kit) => {
      await expectResult(
        () => kit.context.openSession(CONFORMANCE_TAS.trustedOnly),
        ['ACCESS_DENIED'],
        'a client of an application for applications',
      );
      const { session } = await t.TEE_OpenTASession(CONFORMANCE_TAS.trustedOnly, FOREVER, list());
      const answer = await t.TEE_InvokeTACommand(session, FOREVER, COUNT, list(value(2)));
      expectEqual(text(answer[0]), '1, 0', 'an application may call it');
    },
    ['ta-trusted-only'],
  ),
  inside('ta-to-ta.multi-instance', 'GPD_SPE_010 §2.1.3', async (t) => {
    const open = async (): Promise<TEE_TASessionHandle> =>
      (await t.TEE_OpenTASession(CONFORMANCE_TAS.multiInstance, FOREVER, list())).session;
    const [one, two] = [await open(), await open()];
    await expectTee(
      () => t.TEE_InvokeTACommand(one, FOREVER, PANIC, list()),
      ['TARGET_DEAD'],
      'a panic of one instance',
    );
    const answer = await t.TEE_InvokeTACommand(two, FOREVER, COUNT, list(value(2)));
    expectEqual(text(answer[0]), '1, 0', 'the other instance');
  }),
  inside('ta-to-ta.session-ends-with-caller', 'GPD_SPE_010 §4.9.2', async (_, kit) => {
    const caller = await kit.context.openSession(CONFORMANCE_TAS.multiInstance);
    await remoteTee(caller).TEE_OpenTASession(CONFORMANCE_TAS.singleSession, FOREVER, list());
    await expectResult(
      () => kit.open(CONFORMANCE_TAS.singleSession),
      ['BUSY', 'ACCESS_CONFLICT'],
      'a second session',
    );
    await caller.close();
    await kit.open(CONFORMANCE_TAS.singleSession);
  }),
  inside(
    'ta-to-ta.timeout',
    'GPD_SPE_010 §4.9.3 (cancellationRequestTimeout)',
    async (t) => {
      const session = await second(t);
      const wait = encodeProgram([call('TEE_UnmaskCancellation'), call('TEE_Wait', 5000)]);
      const params = list(memory(5, wait), memory(6, new Uint8Array(200)));
      const before = await t.TEE_GetSystemTime();
      try {
        const answer = await t.TEE_InvokeTACommand(session, 100, CALL, params);
        expectTrue(
          (bytesOf(answer[1]) ?? new Uint8Array(0)).join().includes('255,255,0,2'),
          'TEE_Wait answered CANCEL',
        );
      } catch (error) {
        await expectTee(
          () => Promise.reject(error),
          ['CANCEL', 'TIMEOUT', 'TARGET_DEAD'],
          'a call that takes too long',
        );
      }
      const after = await t.TEE_GetSystemTime();
      expectTrue(after.seconds - before.seconds < 4, 'the caller did not wait 5 s');
    },
    ['cancellation'],
  ),
  inside('ta-to-ta.wait', INVOKE, async (t) => {
    const session = await second(t);
    const before = await t.TEE_GetSystemTime();
    await t.TEE_InvokeTACommand(session, FOREVER, WAIT, list(value(1, 60)));
    const after = await t.TEE_GetSystemTime();
    const gone = 1000 * (after.seconds - before.seconds) + after.millis - before.millis;
    expectTrue(gone >= 59, 'the answer comes when the other application is done');
  }),
];
