import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient, TeecSession } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { outputBytes, type TeecOperation, teecParam } from '../../spec/v1/operation.ts';
import { remoteTee } from '../remote.ts';
import {
  CONFORMANCE_TA,
  expectEqual,
  expectResult,
  inside,
  must,
  withContext,
  withSession,
} from '../support.ts';

const MANY = 'xtest 1005; GPD_SPE_007 §4.5 TEEC_OpenSession';
const SIMS = 'xtest 1012; GPD_SPE_010 §2.1.3 (instances)';
const CONCURRENT = 'xtest 1013; GPD_SPE_007 §4.5 TEEC_InvokeCommand';
const { COPY, COUNT, VALUES } = CONFORMANCE_COMMANDS;
const NEEDS = [CONFORMANCE_TA];
const count = (): TeecOperation => ({ params: [teecParam.valueOutput()] });

const countOf = async (session: TeecSession): Promise<number> => {
  const [value] = (await session.invokeCommand(COUNT, count())).params;
  return value !== undefined && 'a' in value ? value.a : -1;
};

/** Sessions, instances and concurrency. */
export const instanceCases: readonly ConformanceCase<TeeClient>[] = [
  must(
    'instances.many-sessions',
    MANY,
    (client) =>
      withContext(client, async (context) => {
        const sessions = await Promise.all(
          Array.from({ length: 16 }, () => context.openSession(CONFORMANCE_TAS.main)),
        );
        for (const session of sessions)
          expectEqual(await countOf(session), 1, 'the count of each of 16 sessions');
        for (const session of sessions.slice(0, 8)) await session.close();
        for (const session of sessions.slice(8))
          expectEqual(await countOf(session), 2, 'after half of them were closed');
      }),
    NEEDS,
  ),
  must(
    'instances.two-contexts',
    MANY,
    (client) =>
      withSession(client, async (one) =>
        withSession(client, async (two) => {
          await countOf(one);
          expectEqual(await countOf(two), 1, 'sessions of two contexts');
        }),
      ),
    NEEDS,
  ),
  must(
    'instances.open-close-again',
    MANY,
    (client) =>
      withContext(client, async (context) => {
        for (let i = 0; i < 30; i++) {
          const session = await context.openSession(CONFORMANCE_TAS.second);
          expectEqual(await countOf(session), 1, `session ${i}`);
          await session.close();
        }
      }),
    NEEDS,
  ),
  inside('instances.single.shared', SIMS, async (t, kit) => {
    await t.TEE_SetInstanceData(Uint8Array.of(1));
    await (await kit.open()).TEE_SetInstanceData(Uint8Array.of(2));
    expectBytes(
      (await t.TEE_GetInstanceData()) as Uint8Array,
      Uint8Array.of(2),
      'one instance for two sessions',
    );
  }),
  must(
    'instances.single.ends',
    SIMS,
    async (client) => {
      await withContext(client, async (context) => {
        await remoteTee(await context.openSession(CONFORMANCE_TAS.second)).TEE_SetInstanceData(
          Uint8Array.of(1),
        );
      });
      await withContext(client, async (context) => {
        const t = remoteTee(await context.openSession(CONFORMANCE_TAS.second));
        expectEqual(await t.TEE_GetInstanceData(), null, 'the data after the last session was closed');
      });
    },
    NEEDS,
  ),
  must(
    'instances.keep-alive',
    SIMS,
    async (client, { bytes }) => {
      await withContext(client, async (context) => {
        await remoteTee(await context.openSession(CONFORMANCE_TAS.keepAlive)).TEE_SetInstanceData(
          bytes('data', 8),
        );
      });
      await withContext(client, async (context) => {
        const t = remoteTee(await context.openSession(CONFORMANCE_TAS.keepAlive));
        expectBytes(
          (await t.TEE_GetInstanceData()) as Uint8Array,
          bytes('data', 8),
          'the instance is kept alive',
        );
      });
    },
    NEEDS,
  ),
  inside('instances.multiple', 'GPD_SPE_010 §2.1.3 (instances)', async (_, kit) => {
    const [one, two] = [
      await kit.open(CONFORMANCE_TAS.multiInstance),
      await kit.open(CONFORMANCE_TAS.multiInstance),
    ];
    await one.TEE_SetInstanceData(Uint8Array.of(1));
    expectEqual(await two.TEE_GetInstanceData(), null, 'the data of another instance');
  }),
  must(
    'instances.single-session',
    'GPD_SPE_010 §2.1.3, §4.5 gpd.ta.multiSession',
    (client) =>
      withContext(client, async (context) => {
        const first = await context.openSession(CONFORMANCE_TAS.singleSession);
        await expectResult(
          () => context.openSession(CONFORMANCE_TAS.singleSession),
          ['BUSY', 'ACCESS_CONFLICT'],
          'a second session of an application with one',
          'TEE',
        );
        expectEqual(await countOf(first), 1, 'the first session goes on');
        await first.close();
        await context.openSession(CONFORMANCE_TAS.singleSession);
      }),
    NEEDS,
  ),
  must(
    'instances.applications-are-apart',
    'xtest 1011; CC-005',
    (client) =>
      withContext(client, async (context) => {
        const one = remoteTee(await context.openSession(CONFORMANCE_TAS.main));
        const two = remoteTee(await context.openSession(CONFORMANCE_TAS.second));
        await one.TEE_SetInstanceData(Uint8Array.of(1));
        expectEqual(
          await two.TEE_GetInstanceData(),
          null,
          'the data of another application with the same code',
        );
      }),
    NEEDS,
  ),
  inside('instances.handles-are-apart', 'xtest 1010; CC-005', async (t, kit) => {
    // The second application has no handle of this number.
    const second = await kit.context.openSession(CONFORMANCE_TAS.second);
    await t.TEE_AllocateTransientObject(0xa0000014, 128);
    await expectResult(
      () => remoteTee(second).TEE_GetObjectInfo1({ kind: 'object', handle: 0 } as never),
      ['BAD_FORMAT'],
      'a handle of another application',
    );
  }),
  must(
    'instances.concurrent',
    CONCURRENT,
    (client, { bytes }) =>
      withContext(client, async (context) => {
        const uuids = [
          CONFORMANCE_TAS.main,
          CONFORMANCE_TAS.second,
          CONFORMANCE_TAS.keepAlive,
          CONFORMANCE_TAS.multiInstance,
        ];
        await Promise.all(
          uuids.map(async (uuid, i) => {
            const session = await context.openSession(uuid);
            for (let round = 0; round < 10; round++) {
              const input = bytes(`${i} ${round}`, 200 + round);
              const answer = await session.invokeCommand(COPY, {
                params: [teecParam.tempInput(input), teecParam.tempOutput(input.length)],
              });
              expectBytes(outputBytes(answer, 1), input, `round ${round} of application ${i}`);
            }
          }),
        );
      }),
    NEEDS,
  ),
  must(
    'instances.close-waits',
    'GPD_SPE_007 §4.5 TEEC_CloseSession',
    (client) =>
      withSession(client, async (session) => {
        const running = session.invokeCommand(VALUES, {
          params: [teecParam.valueInput(1, 2), teecParam.valueOutput(), teecParam.valueInout(0)],
        });
        const closing = session.close();
        const value = (await running).params[1];
        await closing;
        expectTrue(
          value !== undefined && 'a' in value && value.a === 2,
          'a call made before closing is answered',
        );
      }),
    NEEDS,
  ),
];
