import {
  type ConformanceCase,
  type ConformanceSuite,
  expectBytes,
  expectTrue,
} from '@cssi/sm-core/conformance';
import type { TeeClient } from '../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../spec/v1/conformance-ta.ts';
import { outputBytes, type TeecOperation, teecParam } from '../spec/v1/operation.ts';
import { memoryCases } from './memory-cases.ts';
import { parameterCases } from './parameter-cases.ts';
import { CONFORMANCE_TA, expectResult, must, withContext, withSession } from './support.ts';

const CONTEXT = 'GPD_SPE_007 §4.5 TEEC_InitializeContext';
const FINALIZE = 'GPD_SPE_007 §4.5 TEEC_FinalizeContext';
const OPEN = 'GPD_SPE_007 §4.5 TEEC_OpenSession';
const CLOSE = 'GPD_SPE_007 §4.5 TEEC_CloseSession';
const INVOKE = 'GPD_SPE_007 §4.5 TEEC_InvokeCommand';
const { COPY, COUNT, PANIC, WAIT } = CONFORMANCE_COMMANDS;
const NEEDS = [CONFORMANCE_TA];
const ABSENT_TA = '00000000-dead-4bad-8bad-00000000beef';

const countOf = (operation: TeecOperation): number => {
  const [value] = operation.params;
  return value !== undefined && 'a' in value ? value.a : -1;
};
const count = (): TeecOperation => ({ params: [teecParam.valueOutput()] });

const contextCases: readonly ConformanceCase<TeeClient>[] = [
  must('gp.5006.InitializeContext_NotExistingTEE', CONTEXT, async (client) => {
    await expectResult(
      () => client.initializeContext('there is no TEE of this name'),
      ['ITEM_NOT_FOUND'],
      'a TEE that does not exist',
    );
  }),
  must('gp.5006.FinalizeContext_null', FINALIZE, async (client) => {
    const context = await client.initializeContext();
    await context.finalize();
    await context.finalize();
  }),
  must('gp.context.open-after-finalize', FINALIZE, async (client) => {
    const context = await client.initializeContext();
    await context.finalize();
    await expectResult(
      () => context.openSession(CONFORMANCE_TA_UUID),
      ['BAD_STATE', 'BAD_PARAMETERS'],
      'a session in a finalized context',
    );
  }),
  must(
    'gp.context.finalize-closes-sessions',
    FINALIZE,
    async (client) => {
      const context = await client.initializeContext();
      const session = await context.openSession(CONFORMANCE_TA_UUID);
      await context.finalize();
      await expectResult(
        () => session.invokeCommand(COUNT, count()),
        ['BAD_STATE', 'BAD_PARAMETERS'],
        'a command after the context ended',
      );
    },
    NEEDS,
  ),
];

const sessionCases: readonly ConformanceCase<TeeClient>[] = [
  must('gp.5006.OpenSession_error_notExistingTA', OPEN, (client) =>
    withContext(client, async (context) => {
      await expectResult(
        () => context.openSession(ABSENT_TA),
        ['ITEM_NOT_FOUND'],
        'an application that does not exist',
        'TEE',
      );
    }),
  ),
  must('gp.session.destination-malformed', OPEN, (client) =>
    withContext(client, async (context) => {
      await expectResult(
        () => context.openSession('not a uuid'),
        ['BAD_PARAMETERS', 'ITEM_NOT_FOUND'],
        'a destination that is no UUID',
      );
    }),
  ),
  must(
    'gp.session.login-unknown',
    OPEN,
    (client) =>
      withContext(client, async (context) => {
        await expectResult(
          () => context.openSession(CONFORMANCE_TA_UUID, { connectionMethod: 3 }),
          ['BAD_PARAMETERS', 'NOT_SUPPORTED'],
          'a login method that does not exist',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.session.open-parameters',
    OPEN,
    (client) =>
      withContext(client, async (context) => {
        const session = await context.openSession(CONFORMANCE_TA_UUID, {
          operation: { params: [teecParam.valueInout(41, 1)] },
        });
        expectTrue(
          session.operation !== undefined && countOf(session.operation) === 42,
          'opening gives its outputs',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.session.open-refused-by-ta',
    OPEN,
    (client) =>
      withContext(client, async (context) => {
        await expectResult(
          () =>
            context.openSession(CONFORMANCE_TA_UUID, { operation: { params: [teecParam.valueInput(1)] } }),
          ['BAD_PARAMETERS'],
          'open parameters the application does not take',
          'TRUSTED_APP',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.5006.CloseSession_null',
    CLOSE,
    (client) =>
      withSession(client, async (session) => {
        await session.close();
        await session.close();
      }),
    NEEDS,
  ),
  must(
    'gp.session.invoke-after-close',
    CLOSE,
    (client) =>
      withSession(client, async (session) => {
        await session.close();
        await expectResult(
          () => session.invokeCommand(COUNT, count()),
          ['BAD_STATE', 'BAD_PARAMETERS'],
          'a command on a closed session',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.session.close-leaves-others',
    CLOSE,
    (client) =>
      withSession(client, async (session, context) => {
        const other = await context.openSession(CONFORMANCE_TA_UUID);
        await session.invokeCommand(COUNT, count());
        await session.close();
        expectTrue(countOf(await other.invokeCommand(COUNT, count())) === 1, 'the other session goes on');
      }),
    NEEDS,
  ),
  must(
    'gp.session.isolated-state',
    INVOKE,
    (client) =>
      withSession(client, async (first, context) => {
        const second = await context.openSession(CONFORMANCE_TA_UUID);
        await first.invokeCommand(COUNT, count());
        await first.invokeCommand(COUNT, count());
        expectTrue(
          countOf(await second.invokeCommand(COUNT, count())) === 1,
          'each session counts for itself',
        );
        expectTrue(countOf(await first.invokeCommand(COUNT, count())) === 3, 'and keeps its count');
      }),
    NEEDS,
  ),
  must(
    'gp.session.command-unknown',
    INVOKE,
    (client) =>
      withSession(client, async (session) => {
        await expectResult(
          () => session.invokeCommand(0x7fffffff),
          ['NOT_SUPPORTED', 'NOT_IMPLEMENTED', 'BAD_PARAMETERS'],
          'a command that does not exist',
          'TRUSTED_APP',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.session.parallel',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (first, context) => {
        const second = await context.openSession(CONFORMANCE_TA_UUID);
        await Promise.all(
          Array.from({ length: 32 }, async (_, i) => {
            const input = bytes(`input ${i}`, 1 + 37 * i);
            const answer = await (i % 2 === 0 ? first : second).invokeCommand(COPY, {
              params: [teecParam.tempInput(input), teecParam.tempOutput(input.length)],
            });
            expectBytes(outputBytes(answer, 1), input, `the output of call ${i}`);
          }),
        );
      }),
    NEEDS,
  ),
  must(
    'gp.session.order-of-calls',
    INVOKE,
    (client) =>
      withSession(client, async (session) => {
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => session.invokeCommand(COUNT, count())),
        );
        expectTrue(
          answers.every((answer, i) => countOf(answer) === i + 1),
          'calls of one session take effect in their order',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.session.panic',
    'GPD_SPE_010 §2.1 (panics); GPD_SPE_007 §4.4 TEEC_ERROR_TARGET_DEAD',
    (client) =>
      withSession(client, async (session, context) => {
        await expectResult(() => session.invokeCommand(PANIC), ['TARGET_DEAD'], 'a call that panics', 'TEE');
        await expectResult(
          () => session.invokeCommand(COUNT, count()),
          ['TARGET_DEAD'],
          'a call after the panic',
        );
        const fresh = await context.openSession(CONFORMANCE_TA_UUID);
        expectTrue(
          countOf(await fresh.invokeCommand(COUNT, count())) === 1,
          'a new session is a fresh start',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.session.cancelled-before-start',
    'GPD_SPE_007 §4.5 TEEC_RequestCancellation',
    (client) =>
      withSession(client, async (session) => {
        await expectResult(
          () =>
            session.invokeCommand(WAIT, {
              params: [teecParam.valueInput(1)],
              cancellation: AbortSignal.abort(),
            }),
          ['CANCEL'],
          'a call that was cancelled before it started',
        );
      }),
    [CONFORMANCE_TA, 'cancellation'],
  ),
];

/**
 * Client API behaviour. Cases `gp.5006.…` carry the names of the subcases of OP-TEE's xtest 5006
 * where those exist. The subject is a {@link TeeClient}; most cases need the conformance TA.
 *
 * @group Conformance
 */
export const teeClientSuite: ConformanceSuite<TeeClient> = {
  name: 'tee-client',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [...contextCases, ...sessionCases, ...memoryCases, ...parameterCases],
};
