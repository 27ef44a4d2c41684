import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS } from '../../spec/v1/conformance-ta.ts';
import { TEEC_MEM } from '../../spec/v1/constants.ts';
import { type TeecParameter, teecParam } from '../../spec/v1/operation.ts';
import { CONFORMANCE_TA, expectResult, must, withContext, withSession } from '../support.ts';

const INVOKE = 'GPD_SPE_007 §4.5 TEEC_InvokeCommand';
const OPERATION = 'GPD_SPE_007 §4.3 TEEC_Operation';
const INOUT = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;
const { COPY, INVERT } = CONFORMANCE_COMMANDS;
const NEEDS = [CONFORMANCE_TA];

const sizeOf = (parameter: TeecParameter | undefined): number =>
  parameter !== undefined && 'size' in parameter ? parameter.size : -1;

/** Refusals every client library makes before the TEE is asked. */
const refused = (
  id: string,
  what: string,
  parameters: () => readonly unknown[],
): ConformanceCase<TeeClient> =>
  must(
    `gp.parameter.${id}`,
    OPERATION,
    (client) =>
      withSession(client, async (session) => {
        await expectResult(
          () => session.invokeCommand(COPY, { params: parameters() as readonly TeecParameter[] }),
          ['BAD_PARAMETERS'],
          what,
          'API',
        );
      }),
    NEEDS,
  );

/** Parameters that are refused or do not fit. */
export const parameterRefusalCases: readonly ConformanceCase<TeeClient>[] = [
  must(
    'gp.parameter.short-buffer',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (session) => {
        const target = new Uint8Array(99).fill(0xee);
        const error = await expectResult(
          () =>
            session.invokeCommand(COPY, {
              params: [teecParam.tempInput(bytes('input', 100)), teecParam.tempOutput(target)],
            }),
          ['SHORT_BUFFER'],
          'an output of 100 bytes into 99',
          'TRUSTED_APP',
        );
        expectTrue(sizeOf(error.operation?.params[1]) === 100, 'the answer carries the size required');
        expectBytes(target, new Uint8Array(99).fill(0xee), 'the short buffer');
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.size-query',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (session) => {
        const error = await expectResult(
          () =>
            session.invokeCommand(COPY, {
              params: [teecParam.tempInput(bytes('input', 12)), teecParam.tempOutput(0)],
            }),
          ['SHORT_BUFFER'],
          'an output without a buffer',
        );
        expectTrue(sizeOf(error.operation?.params[1]) === 12, 'the answer carries the size required');
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.wrong-types',
    INVOKE,
    (client) =>
      withSession(client, async (session) => {
        await expectResult(
          () => session.invokeCommand(COPY, { params: [teecParam.valueInput(1), teecParam.tempOutput(4)] }),
          ['BAD_PARAMETERS'],
          'a value where the application takes memory',
          'TRUSTED_APP',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.direction-of-block',
    OPERATION,
    (client) =>
      withSession(client, async (session, context) => {
        const inputOnly = context.allocateSharedMemory(16, TEEC_MEM.INPUT);
        await expectResult(
          () =>
            session.invokeCommand(COPY, {
              params: [teecParam.tempInput(new Uint8Array(4)), teecParam.partialOutput(inputOnly, 0, 16)],
            }),
          ['BAD_PARAMETERS'],
          'an output into a block for input',
          'API',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.out-of-bounds',
    OPERATION,
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.allocateSharedMemory(16, INOUT);
        await expectResult(
          () => session.invokeCommand(INVERT, { params: [teecParam.partialInout(block, 8, 9)] }),
          ['BAD_PARAMETERS'],
          'a part that ends after its block',
          'API',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.released-block',
    'GPD_SPE_007 §4.5 TEEC_ReleaseSharedMemory',
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.allocateSharedMemory(16, INOUT);
        block.release();
        block.release();
        await expectResult(
          () => session.invokeCommand(INVERT, { params: [teecParam.whole(block)] }),
          ['BAD_PARAMETERS', 'BAD_STATE'],
          'a block after its release',
          'API',
        );
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.block-of-another-context',
    OPERATION,
    (client) =>
      withContext(client, (other) =>
        withSession(client, async (session) => {
          const block = other.allocateSharedMemory(16, INOUT);
          await expectResult(
            () => session.invokeCommand(INVERT, { params: [teecParam.whole(block)] }),
            ['BAD_PARAMETERS'],
            'a block of another context',
            'API',
          );
        }),
      ),
    NEEDS,
  ),
  refused('five', 'five parameters', () => Array.from({ length: 5 }, () => teecParam.none())),
  refused('unknown-type', 'a parameter type that does not exist', () => [{ type: 4 }]),
  refused('value-too-large', 'a value of more than 32 bits', () => [teecParam.valueInput(2 ** 32)]),
  refused('value-negative', 'a negative value', () => [teecParam.valueInput(-1)]),
  refused('size-beyond-buffer', 'a size beyond the buffer', () => [
    { ...teecParam.tempInput(new Uint8Array(4)), size: 5 },
  ]),
  refused('no-bytes', 'something else than bytes', () => [{ type: 5, buffer: 'text', size: 4 }]),
];
