import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../../spec/v1/conformance-ta.ts';
import { type TeecOperation, teecParam } from '../../spec/v1/operation.ts';
import { CONFORMANCE_TA, expectResult, must, withContext, withSession } from '../support.ts';

const CONTEXT = 'GPD_SPE_007 §4.5 TEEC_InitializeContext';
const FINALIZE = 'GPD_SPE_007 §4.5 TEEC_FinalizeContext';
const OPEN = 'GPD_SPE_007 §4.5 TEEC_OpenSession';
const CLOSE = 'GPD_SPE_007 §4.5 TEEC_CloseSession';
const { COUNT } = CONFORMANCE_COMMANDS;
const NEEDS = [CONFORMANCE_TA];
const ABSENT_TA = '00000000-dead-4bad-8bad-00000000beef';

const countOf = (operation: TeecOperation): number => {
  const [value] = operation.params;
  return value !== undefined && 'a' in value ? value.a : -1;
};
const count = (): TeecOperation => ({ params: [teecParam.valueOutput()] });

/** Contexts. */
export const contextCases: readonly ConformanceCase<TeeClient>[] = [
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

/** Sessions. */
export const sessionCases: readonly ConformanceCase<TeeClient>[] = [
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
];
