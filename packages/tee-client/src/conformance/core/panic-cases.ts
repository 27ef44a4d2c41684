import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { TEE_ALG, TEE_STORAGE_PRIVATE, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import { teecParam } from '../../spec/v1/operation.ts';
import { remoteTee } from '../remote.ts';
import { expectEqual, expectPanic, expectResult, inside, panics, refuses } from '../support.ts';

const PANIC = 'xtest 1007; GPD_SPE_010 §4.8.1 TEE_Panic';
const FAULT = 'xtest 1010; GPD_SPE_010 §2.3.3 (panics)';
const RELEASE = 'xtest 1021; GPD_SPE_010 §2.3.3 (panics)';
const CONCURRENT = 'xtest 1040; GPD_SPE_010 §2.3.3 (panics)';
const LIMITED = 'CSSI-006: what is not declared is refused';

const undeclared = (
  id: string,
  what: string,
  use: (t: ReturnType<typeof remoteTee>) => Promise<unknown>,
): ConformanceCase<TeeClient> =>
  refuses(
    id,
    LIMITED,
    ['ACCESS_DENIED'],
    what,
    async (_, kit) => {
      const t = await kit.open(CONFORMANCE_TAS.limited);
      return () => use(t);
    },
    ['ta-limited'],
  );

/** Panics and faults of an application, and calls it did not declare. */
export const panicCases: readonly ConformanceCase<TeeClient>[] = [
  panics('panic.called', PANIC, 'TEE_Panic', (t) => () => t.TEE_Panic(0xdead)),
  panics('panic.null-read', FAULT, 'reading at NULL', (t) => () => t.fault(0)),
  panics('panic.null-call', FAULT, 'calling NULL', (t) => () => t.fault(1)),
  panics('panic.stack', FAULT, 'a recursion without end', (t) => () => t.fault(2)),
  panics('panic.forged-enumerator', FAULT, 'a forged handle of an enumerator', async (t) => {
    const forged = await t.forgeHandle();
    return () => t.TEE_GetNextPersistentObject(forged);
  }),
  panics('panic.forged-session', FAULT, 'a forged handle of a session', async (t) => {
    const forged = await t.forgeHandle();
    return () => t.TEE_CloseTASession(forged);
  }),
  panics('panic.kind-of-handle', FAULT, 'an object where an operation is due', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    return () => t.TEE_FreeOperation(object as never);
  }),
  inside('panic.in-open', 'xtest 1040; GPD_SPE_010 §4.3.3', async (t, kit) => {
    await expectPanic(
      () =>
        kit.context.openSession(CONFORMANCE_TAS.second, {
          operation: { params: [teecParam.valueInout(0), teecParam.valueInput(1)] },
        }),
      'a panic while a session is opened',
    );
    await t.TEE_GetSystemTime();
    await kit.open(CONFORMANCE_TAS.second);
  }),
  inside('panic.takes-all-sessions', RELEASE, async (t, kit) => {
    const other = await kit.open();
    await expectPanic(() => t.TEE_Panic(1), 'the call that panics');
    await expectPanic(() => other.TEE_GetSystemTime(), 'another session of the instance');
  }),
  inside('panic.takes-no-other-application', RELEASE, async (t, kit) => {
    const second = await kit.open(CONFORMANCE_TAS.second);
    await second.TEE_SetInstanceData(Uint8Array.of(5));
    await expectPanic(() => t.TEE_Panic(1), 'the call that panics');
    expectBytes((await second.TEE_GetInstanceData()) as Uint8Array, Uint8Array.of(5), 'another application');
  }),
  inside('panic.takes-no-other-instance', RELEASE, async (_, kit) => {
    const [one, two] = [
      await kit.open(CONFORMANCE_TAS.multiInstance),
      await kit.open(CONFORMANCE_TAS.multiInstance),
    ];
    await two.TEE_SetInstanceData(Uint8Array.of(6));
    await expectPanic(() => one.TEE_Panic(1), 'the call that panics');
    expectBytes((await two.TEE_GetInstanceData()) as Uint8Array, Uint8Array.of(6), 'another instance');
  }),
  inside('panic.memory-comes-back', RELEASE, async (t, kit) => {
    // An instance that dies with all its memory in use leaves the next one its whole share.
    let blocks = 0;
    while ((await t.TEE_Malloc(1 << 20, 0)) !== null) blocks++;
    await expectPanic(() => t.TEE_Panic(1), 'the call that panics');
    const fresh = await kit.open();
    for (let i = 0; i < blocks; i++)
      expectTrue((await fresh.TEE_Malloc(1 << 20, 0)) !== null, `block ${i} of ${blocks}`);
  }),
  inside('panic.closes-objects', RELEASE, async (t, kit) => {
    const id = kit.bytes('id', 16);
    kit.leftovers.push(id);
    await t.TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, id, 0x407, null, null);
    await expectPanic(() => t.TEE_Panic(1), 'a panic with an object open alone');
    const fresh = await kit.open();
    await fresh.TEE_CloseObject(await fresh.TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, id, 0x7));
  }),
  inside('panic.closes-sessions', RELEASE, async (_, kit) => {
    const caller = await kit.open(CONFORMANCE_TAS.multiInstance);
    const none = [{ type: 0 }, { type: 0 }, { type: 0 }, { type: 0 }] as const;
    await caller.TEE_OpenTASession(CONFORMANCE_TAS.singleSession, 0xffffffff, none);
    await expectPanic(() => caller.TEE_Panic(1), 'a panic with a session to another application');
    await kit.open(CONFORMANCE_TAS.singleSession);
  }),
  inside('panic.fresh-start', RELEASE, async (t, kit) => {
    await t.TEE_SetInstanceData(Uint8Array.of(7));
    await expectPanic(() => t.TEE_Panic(1), 'the call that panics');
    expectEqual(await (await kit.open()).TEE_GetInstanceData(), null, 'the data of the next instance');
  }),
  inside('panic.close-afterwards', PANIC, async (t, kit) => {
    await expectPanic(() => t.TEE_Panic(1), 'the call that panics');
    await kit.session.close();
    await expectResult(
      () => kit.session.invokeCommand(CONFORMANCE_COMMANDS.COUNT),
      ['BAD_STATE', 'BAD_PARAMETERS'],
      'a command after closing',
    );
  }),
  inside('panic.waiting-calls', CONCURRENT, async (_, kit) => {
    const sessions = await Promise.all([0, 1, 2, 3].map(() => kit.context.openSession(CONFORMANCE_TAS.main)));
    const calls = sessions.map((session, i) =>
      i === 1 ? remoteTee(session).TEE_Panic(1) : remoteTee(session).TEE_Wait(5),
    );
    const results = await Promise.allSettled(calls);
    expectEqual(results[1]?.status, 'rejected', 'the call that panics');
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') await expectPanic(() => Promise.reject(result.reason), `call ${i}`);
    }
    await (await kit.open()).TEE_GetSystemTime();
  }),
  inside('panic.open-meanwhile', CONCURRENT, async (t, kit) => {
    const [panic, opened] = await Promise.allSettled([t.TEE_Panic(1), kit.open()]);
    expectEqual(panic.status, 'rejected', 'the call that panics');
    if (opened.status === 'rejected')
      await expectPanic(() => Promise.reject(opened.reason), 'opening meanwhile');
    expectEqual(
      await (await kit.open()).TEE_IsAlgorithmSupported(TEE_ALG.SM3, 0),
      true,
      'a session afterwards',
    );
  }),
  inside('panic.many', RELEASE, async (_, kit) => {
    for (let i = 0; i < 10; i++) {
      const t = await kit.open(CONFORMANCE_TAS.second);
      await expectPanic(() => t.TEE_Panic(i), `panic ${i}`);
    }
    await kit.open(CONFORMANCE_TAS.second);
  }),
  undeclared('limited.crypto', 'an operation', (t) => t.TEE_AllocateOperation(TEE_ALG.SM3, 5, 0)),
  undeclared('limited.random', 'random numbers', (t) => t.TEE_GenerateRandom(16)),
  undeclared('limited.storage', 'a persistent object', (t) =>
    t.TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, Uint8Array.of(1), 1),
  ),
  undeclared('limited.time', 'the time of the system outside', (t) => t.TEE_GetREETime()),
  undeclared('limited.arithmetic', 'a big integer', async (t) => t.TEE_BigIntInit(await t.newWords(3), 3)),
  undeclared('limited.internal-client', 'another application', (t) =>
    t.TEE_OpenTASession(CONFORMANCE_TAS.second, 0xffffffff, [
      { type: 0 },
      { type: 0 },
      { type: 0 },
      { type: 0 },
    ]),
  ),
  inside(
    'limited.goes-on',
    LIMITED,
    async (_, kit) => {
      const t = await kit.open(CONFORMANCE_TAS.limited);
      await t.TEE_GenerateRandom(16).catch(() => {});
      const memory = await t.TEE_Malloc(8, 0);
      expectTrue(memory !== null, 'memory belongs to every application, also after a refusal');
    },
    ['ta-limited'],
  ),
];
