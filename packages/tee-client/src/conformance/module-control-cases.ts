import { utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../spec/v1/conformance-ta.ts';
import type { SecurityModule } from '../spec/v1/module.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import {
  expectRefused,
  expectSuccess,
  moduleCase,
  NOT_THE_APPLICATION,
  openTestSession,
  PUBLIC,
  plainCase,
  type SecurityModuleSubject,
  TA,
  valueIn,
  valueOut,
  withTestSession,
} from './module-support.ts';

const CANCEL = 'GPD_SPE_007 §4.5 TEEC_RequestCancellation';
const MANAGE = 'SecurityModule.manage';
const CLOSE = 'SecurityModule.close';
const { COUNT, WAIT } = CONFORMANCE_COMMANDS;

const cancelCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase(
    'cancel.before',
    CANCEL,
    ({ module }) =>
      withTestSession(module, async (session) => {
        const answer = await session.invoke(COUNT, [valueOut()], { cancellation: AbortSignal.abort() });
        expectRefused(answer, ['CANCEL'], NOT_THE_APPLICATION, 'a call cancelled before it was made');
        expectTrue((await session.count()) === 1, 'it has no effect');
      }),
    [TA, 'cancellation'],
  ),
  moduleCase(
    'cancel.waiting',
    CANCEL,
    ({ module }) =>
      withTestSession(module, async (session) => {
        const controller = new AbortController();
        const slow = session.invoke(WAIT, [valueIn(100)]);
        const waiting = session.invoke(COUNT, [valueOut()], { cancellation: controller.signal });
        controller.abort();
        expectRefused(await waiting, ['CANCEL'], NOT_THE_APPLICATION, 'a call cancelled while it waits');
        expectSuccess(await slow, 'the call before it');
        expectTrue((await session.count()) === 1, 'the cancelled call has no effect');
      }),
    [TA, 'cancellation'],
  ),
  moduleCase(
    'cancel.running',
    CANCEL,
    ({ module }) =>
      withTestSession(module, async (session) => {
        const controller = new AbortController();
        const running = session.invoke(WAIT, [valueIn(60)], { cancellation: controller.signal });
        setTimeout(() => controller.abort(), 20);
        const answer = await running;
        // The application does not have to look.
        if (answer.result !== TEEC_RESULTS.SUCCESS) {
          expectRefused(
            answer,
            ['CANCEL', 'EXTERNAL_CANCEL'],
            ['API', 'COMMS', 'TEE', 'TRUSTED_APP'],
            'a cancelled call',
          );
        }
        expectTrue((await session.count()) === 1, 'the session goes on');
      }),
    [TA, 'cancellation'],
  ),
  moduleCase('cancel.after', CANCEL, ({ module }) =>
    withTestSession(module, async (session) => {
      const controller = new AbortController();
      expectTrue((await session.count({ cancellation: controller.signal })) === 1, 'the call counts');
      controller.abort();
      expectTrue((await session.count()) === 2, 'a cancellation that comes too late changes nothing');
    }),
  ),
];

const manageCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  plainCase('manage.undeclared', MANAGE, async ({ module }) => {
    if (module.describe().capabilities.includes('management')) return;
    await expectCode(
      () => module.manage(new Uint8Array(100)),
      ['ERR_TEEC_NOT_SUPPORTED'],
      'a command without the capability management',
    );
  }),
  moduleCase(
    'manage.malformed',
    MANAGE,
    async ({ module }, { bytes }) => {
      const noise = bytes('noise', 300);
      for (const command of [new Uint8Array(0), new Uint8Array(4).fill(0xff), noise, utf8('{}')]) {
        await expectCode(
          () => module.manage(command.slice()),
          ['ERR_TEE_MANAGEMENT_MALFORMED', 'ERR_TEE_MANAGEMENT_SIGNATURE'],
          `a command of ${command.length} bytes that is none`,
        );
      }
    },
    ['management'],
  ),
];

async function withOpened(
  { open }: SecurityModuleSubject,
  use: (module: SecurityModule) => Promise<void>,
): Promise<void> {
  const module = await open();
  try {
    await use(module);
  } finally {
    await module.close();
  }
}

const closingCase = (
  id: string,
  run: (module: SecurityModule) => Promise<void>,
): ConformanceCase<SecurityModuleSubject> => moduleCase(id, CLOSE, (subject) => withOpened(subject, run));

const closeCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  closingCase('close-module.twice', async (module) => {
    await module.close();
    await module.close();
  }),
  closingCase('close-module.refuses-calls', async (module) => {
    const session = await openTestSession(module);
    await module.close();
    const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['openSession', () => module.openSession(CONFORMANCE_TA_UUID, PUBLIC, [])],
      ['invoke', () => session.invoke(COUNT, [valueOut()])],
      ['service', () => session.service({ service: 'derive', label: utf8('label'), length: 32 })],
      ['snapshot', () => module.snapshot()],
    ];
    for (const [name, call] of calls) {
      await expectCode(call, ['ERR_TEEC_BAD_STATE'], `${name} of a closed module`);
    }
  }),
  closingCase('close-module.close-session', async (module) => {
    const session = await openTestSession(module);
    await module.close();
    await module.closeSession(session.id);
  }),
  closingCase('close-module.answers-pending', async (module) => {
    const session = await openTestSession(module);
    const pending = [session.invoke(WAIT, [valueIn(30)]), session.invoke(COUNT, [valueOut()])];
    const settled = Promise.allSettled(pending);
    await module.close();
    // What they end with is open; that they end is not.
    expectTrue((await settled).length === 2, 'calls that wait are answered');
  }),
  moduleCase('close-module.leaves-others', CLOSE, (subject) =>
    withTestSession(subject.module, async (session) => {
      await withOpened(subject, async (module) => {
        await withTestSession(module, (other) => other.count());
      });
      expectTrue((await session.count()) === 1, 'another module goes on');
    }),
  ),
];

/** Cancellation, management and the end of a module. */
export const controlCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  ...cancelCases,
  ...manageCases,
  ...closeCases,
];
