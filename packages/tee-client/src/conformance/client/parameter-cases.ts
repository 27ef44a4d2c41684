import { concatBytes } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS } from '../../spec/v1/conformance-ta.ts';
import { TEEC_MEM } from '../../spec/v1/constants.ts';
import { outputBytes, type TeecParameter, teecParam } from '../../spec/v1/operation.ts';
import { CONFORMANCE_TA, must, withSession } from '../support.ts';

const INVOKE = 'GPD_SPE_007 §4.5 TEEC_InvokeCommand';
const INOUT = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;
const { VALUES, COPY, INVERT } = CONFORMANCE_COMMANDS;
const NEEDS = [CONFORMANCE_TA];

const isValue = (parameter: TeecParameter | undefined, a: number, b: number): boolean =>
  parameter !== undefined && 'a' in parameter && parameter.a === a && parameter.b === b;

const sizeOf = (parameter: TeecParameter | undefined): number =>
  parameter !== undefined && 'size' in parameter ? parameter.size : -1;

/** Parameters in all their forms. */
export const parameterCases: readonly ConformanceCase<TeeClient>[] = [
  must(
    'gp.parameter.values',
    INVOKE,
    (client) =>
      withSession(client, async (session) => {
        const { params } = await session.invokeCommand(VALUES, {
          params: [
            teecParam.valueInput(0xfffffffe, 2),
            teecParam.valueOutput(),
            teecParam.valueInout(7, 0xffffffff),
          ],
        });
        expectTrue(isValue(params[0], 0xfffffffe, 2), 'an input keeps its value');
        expectTrue(isValue(params[1], 2, 0xfffffffe), 'an output is given back, as unsigned numbers');
        expectTrue(isValue(params[2], 8, 0), 'an inout value goes both ways');
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.temp-memory',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (session) => {
        const input = bytes('input', 1000);
        const sent = input.slice();
        const target = new Uint8Array(1100).fill(0xee);
        const answer = await session.invokeCommand(COPY, {
          params: [teecParam.tempInput(input), teecParam.tempOutput(target)],
        });
        expectBytes(outputBytes(answer, 1), sent, 'the output');
        expectBytes(target.subarray(0, 1000), sent, 'the buffer of the caller');
        expectBytes(target.subarray(1000), new Uint8Array(100).fill(0xee), 'bytes after the output');
        expectBytes(input, sent, 'the input after the call');
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.temp-inout',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (session) => {
        const buffer = bytes('buffer', 257);
        const expected = buffer.map((byte) => byte ^ 0xff);
        await session.invokeCommand(INVERT, { params: [teecParam.tempInout(buffer)] });
        expectBytes(buffer, expected, 'the buffer');
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.input-is-taken-at-the-call',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (session) => {
        const input = bytes('input', 64);
        const sent = input.slice();
        const running = session.invokeCommand(COPY, {
          params: [teecParam.tempInput(input), teecParam.tempOutput(64)],
        });
        input.fill(0);
        expectBytes(outputBytes(await running, 1), sent, 'the output');
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.whole-memory',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (session, context) => {
        const source = context.registerSharedMemory(bytes('source', 500), TEEC_MEM.INPUT);
        const target = context.allocateSharedMemory(600, TEEC_MEM.OUTPUT);
        const answer = await session.invokeCommand(COPY, {
          params: [teecParam.whole(source), teecParam.whole(target)],
        });
        expectTrue(sizeOf(answer.params[1]) === 500, 'the size is that of the output');
        expectBytes(target.buffer.subarray(0, 500), source.buffer, 'the shared block');
      }),
    NEEDS,
  ),
  must(
    'gp.parameter.partial-memory',
    INVOKE,
    (client, { bytes }) =>
      withSession(client, async (session, context) => {
        const content = bytes('content', 64);
        const block = context.registerSharedMemory(content.slice(), INOUT);
        await session.invokeCommand(COPY, {
          params: [teecParam.partialInput(block, 0, 16), teecParam.partialOutput(block, 32, 16)],
        });
        const expected = concatBytes(content.subarray(0, 32), content.subarray(0, 16), content.subarray(48));
        expectBytes(block.buffer, expected, 'the block after a copy inside it');
      }),
    NEEDS,
  ),
];
