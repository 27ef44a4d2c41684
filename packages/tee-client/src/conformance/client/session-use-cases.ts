import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../../spec/v1/conformance-ta.ts';
import { outputBytes, type TeecOperation, teecParam } from '../../spec/v1/operation.ts';
import { CONFORMANCE_TA, expectResult, must, withSession } from '../support.ts';

const INVOKE = 'GPD_SPE_007 §4.5 TEEC_InvokeCommand';
const { COPY, COUNT, PANIC, WAIT } = CONFORMANCE_COMMANDS;
const NEEDS = [CONFORMANCE_TA];

const countOf = (operation: TeecOperation): number => {
  const [value] = operation.params;
  return value !== undefined && 'a' in value ? value.a : -1;
};
const count = (): TeecOperation => ({ params: [teecParam.valueOutput()] });

/** Commands in sessions. */
export const sessionUseCases: readonly ConformanceCase<TeeClient>[] = [
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
