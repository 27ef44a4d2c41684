import { concatBytes } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS } from '../../spec/v1/conformance-ta.ts';
import { TEEC_MEM } from '../../spec/v1/constants.ts';
import { teecParam } from '../../spec/v1/operation.ts';
import { CONFORMANCE_TA, expectEqual, expectResult, must, withSession } from '../support.ts';

const COALESCING = 'xtest 1017; GPD_SPE_007 §4.3 TEEC_RegisteredMemoryReference';
const BOUNDS = 'xtest 1018; GPD_SPE_007 §4.3 TEEC_RegisteredMemoryReference';
const { INVERT, INVERT_ALL, VALUES } = CONFORMANCE_COMMANDS;
const INOUT = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;
const NEEDS = [CONFORMANCE_TA];

const inverted = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => ~byte);

/** A part of a block that the client must refuse. */
const outside = (id: string, what: string, offset: number, size: number): ConformanceCase<TeeClient> =>
  must(
    id,
    BOUNDS,
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.allocateSharedMemory(64, INOUT);
        await expectResult(
          () => session.invokeCommand(INVERT, { params: [teecParam.partialInout(block, offset, size)] }),
          ['BAD_PARAMETERS'],
          what,
          'API',
        );
      }),
    NEEDS,
  );

/** Memory references in all combinations, and the bounds of blocks. */
export const memrefCases: readonly ConformanceCase<TeeClient>[] = [
  must(
    'memref.four',
    COALESCING,
    (client, { bytes }) =>
      withSession(client, async (session) => {
        const [a, b] = [bytes('a', 40), bytes('b', 24)];
        const [out, both] = [new Uint8Array(64), b.slice()];
        await session.invokeCommand(INVERT_ALL, {
          params: [
            teecParam.tempInput(a),
            teecParam.tempInout(both),
            teecParam.tempOutput(out),
            teecParam.tempInput(a),
          ],
        });
        expectBytes(out, inverted(concatBytes(a, b)), 'the output of four references');
        expectBytes(both, inverted(a.subarray(0, 24)), 'the inout one');
      }),
    NEEDS,
  ),
  must(
    'memref.same-block',
    COALESCING,
    (client, { bytes }) =>
      withSession(client, async (session, context) => {
        const content = bytes('content', 96);
        const block = context.registerSharedMemory(content.slice(), INOUT);
        await session.invokeCommand(INVERT_ALL, {
          params: [
            teecParam.partialInput(block, 0, 16),
            teecParam.partialInput(block, 16, 16),
            teecParam.partialOutput(block, 32, 32),
            teecParam.partialInput(block, 8, 16),
          ],
        });
        const expected = concatBytes(
          content.subarray(0, 32),
          inverted(content.subarray(0, 32)),
          content.subarray(64),
        );
        expectBytes(block.buffer, expected, 'a block that is used four times');
      }),
    NEEDS,
  ),
  must(
    'memref.kinds-mixed',
    COALESCING,
    (client, { bytes }) =>
      withSession(client, async (session, context) => {
        const block = context.registerSharedMemory(bytes('block', 32), TEEC_MEM.INPUT);
        const temporary = bytes('temporary', 8);
        const target = context.allocateSharedMemory(40, TEEC_MEM.OUTPUT);
        await session.invokeCommand(INVERT_ALL, {
          params: [
            teecParam.whole(block),
            teecParam.tempInput(temporary),
            teecParam.whole(target),
            teecParam.tempOutput(4),
          ],
        });
        expectBytes(
          target.buffer,
          inverted(concatBytes(block.buffer, temporary)),
          'registered, temporary and allocated memory',
        );
      }),
    NEEDS,
  ),
  must(
    'memref.values-between',
    COALESCING,
    (client) =>
      withSession(client, async (session) => {
        const { params } = await session.invokeCommand(VALUES, {
          params: [
            teecParam.valueInput(3, 4),
            teecParam.valueOutput(),
            teecParam.valueInout(5, 6),
            teecParam.none(),
          ],
        });
        const value = params[1];
        expectTrue(
          value !== undefined && 'a' in value && value.a === 4 && value.b === 3,
          'values and a missing fourth',
        );
      }),
    NEEDS,
  ),
  must(
    'memref.neighbours-untouched',
    BOUNDS,
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.registerSharedMemory(new Uint8Array(48).fill(0x11), INOUT);
        await session.invokeCommand(INVERT, { params: [teecParam.partialInout(block, 16, 16)] });
        const edge = new Uint8Array(16).fill(0x11);
        expectBytes(
          block.buffer,
          concatBytes(edge, new Uint8Array(16).fill(0xee), edge),
          'the block around a part',
        );
      }),
    NEEDS,
  ),
  outside('memref.part-beyond', 'a part that starts at the end', 64, 1),
  outside('memref.part-wraps', 'a part whose end wraps at 2^32', 32, 0xffffffff),
  outside('memref.part-negative', 'a part that starts before the block', -1, 4),
  must(
    'memref.part-at-end',
    BOUNDS,
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.registerSharedMemory(new Uint8Array(8).fill(0xf0), INOUT);
        await session.invokeCommand(INVERT, { params: [teecParam.partialInout(block, 7, 1)] });
        expectEqual(block.buffer[7], 0x0f, 'the last byte');
      }),
    NEEDS,
  ),
];
