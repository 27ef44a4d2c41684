import { concatBytes } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS } from '../../spec/v1/conformance-ta.ts';
import { TEEC_MEM, TEEC_SHAREDMEM_MIN_MAX_SIZE } from '../../spec/v1/constants.ts';
import { TEE_MEMORY } from '../../spec/v1/internal/constants.ts';
import { type TeecParameter, teecParam } from '../../spec/v1/operation.ts';
import { ownParameter } from '../remote.ts';
import { CONFORMANCE_TA, expectEqual, expectResult, inside, must, withSession } from '../support.ts';

const EMPTY = 'xtest 1025; GPD_SPE_007 §4.3 TEEC_TempMemoryReference';
const READ_ONLY = 'xtest 1032; GPD_SPE_007 §4.4 TEEC_MEM_INPUT';
const { COPY, INVERT } = CONFORMANCE_COMMANDS;
const INOUT = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;
const NEEDS = [CONFORMANCE_TA];

const sizeOf = (parameter: TeecParameter | undefined): number =>
  parameter !== undefined && 'size' in parameter ? parameter.size : -1;

/** Empty, missing, large and one-way memory. */
export const memrefEdgeCases: readonly ConformanceCase<TeeClient>[] = [
  must(
    'memref.empty-input',
    EMPTY,
    (client) =>
      withSession(client, async (session) => {
        const answer = await session.invokeCommand(COPY, {
          params: [teecParam.tempInput(new Uint8Array(0)), teecParam.tempOutput(8)],
        });
        expectEqual(sizeOf(answer.params[1]), 0, 'bytes of the copy');
      }),
    NEEDS,
  ),
  must(
    'memref.null-input',
    EMPTY,
    (client) =>
      withSession(client, async (session) => {
        const none = { ...teecParam.tempInput(new Uint8Array(0)), buffer: null };
        const answer = await session.invokeCommand(COPY, { params: [none, teecParam.tempOutput(8)] });
        expectEqual(sizeOf(answer.params[1]), 0, 'bytes of the copy of NULL');
      }),
    NEEDS,
  ),
  must(
    'memref.null-inout',
    EMPTY,
    (client) =>
      withSession(client, async (session) => {
        const none = { ...teecParam.tempInout(new Uint8Array(0)), buffer: null };
        expectEqual(
          sizeOf((await session.invokeCommand(INVERT, { params: [none] })).params[0]),
          0,
          'bytes of NULL',
        );
      }),
    NEEDS,
  ),
  must(
    'memref.null-with-size',
    EMPTY,
    (client) =>
      withSession(client, async (session) => {
        const wrong = { ...teecParam.tempInput(new Uint8Array(0)), buffer: null, size: 4 };
        await expectResult(
          () => session.invokeCommand(COPY, { params: [wrong, teecParam.tempOutput(8)] }),
          ['BAD_PARAMETERS'],
          'NULL with a size',
          'API',
        );
      }),
    NEEDS,
  ),
  must(
    'memref.empty-block',
    EMPTY,
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.registerSharedMemory(new Uint8Array(0), INOUT);
        expectEqual(
          sizeOf((await session.invokeCommand(INVERT, { params: [teecParam.whole(block)] })).params[0]),
          0,
          'bytes',
        );
      }),
    NEEDS,
  ),
  must(
    'memref.empty-part',
    EMPTY,
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.registerSharedMemory(Uint8Array.of(1, 2), INOUT);
        await session.invokeCommand(INVERT, { params: [teecParam.partialInout(block, 2, 0)] });
        expectBytes(block.buffer, Uint8Array.of(1, 2), 'the block around an empty part');
      }),
    NEEDS,
  ),
  must(
    'memref.large',
    'xtest 5006 Allocate_sharedMemory_32k; GPD_SPE_007 §4.4',
    (client, { bytes }) =>
      withSession(client, async (session, context) => {
        const source = context.registerSharedMemory(
          bytes('source', TEEC_SHAREDMEM_MIN_MAX_SIZE),
          TEEC_MEM.INPUT,
        );
        const target = context.allocateSharedMemory(TEEC_SHAREDMEM_MIN_MAX_SIZE, TEEC_MEM.OUTPUT);
        await session.invokeCommand(COPY, { params: [teecParam.whole(source), teecParam.whole(target)] });
        expectBytes(target.buffer, source.buffer, '512 KiB');
      }),
    NEEDS,
  ),
  must(
    'memref.output-is-not-input',
    'GPD_SPE_007 §4.3 TEEC_MEMREF_TEMP_OUTPUT',
    (client) =>
      withSession(client, async (session) => {
        const target = new Uint8Array(16).fill(0x5a);
        await session.invokeCommand(COPY, {
          params: [teecParam.tempInput(Uint8Array.of(1)), teecParam.tempOutput(target)],
        });
        expectBytes(
          target,
          concatBytes(Uint8Array.of(1), new Uint8Array(15).fill(0x5a)),
          'bytes after what was written',
        );
      }),
    NEEDS,
  ),
  inside('memref.read-only.not-written', READ_ONLY, async (_, kit) => {
    const data = kit.bytes('data', 16);
    const block = kit.context.registerSharedMemory(data.slice(), TEEC_MEM.INPUT);
    const t = kit.again({ params: [teecParam.whole(block)] });
    // A TEE may end an application that writes where it may only read; the client's memory stays in any case.
    await t.setMemory(ownParameter(2), 0, new Uint8Array(16)).catch(() => {});
    expectBytes(block.buffer, data, 'memory for input, after the application wrote into it');
  }),
  inside('memref.read-only.rights', `${READ_ONLY}; GPD_SPE_010 §4.11.1`, async (_, kit) => {
    const t = kit.again({ params: [teecParam.tempInput(kit.bytes('data', 16)), teecParam.tempOutput(16)] });
    const any = TEE_MEMORY.ACCESS_ANY_OWNER;
    await t.TEE_CheckMemoryAccessRights(TEE_MEMORY.ACCESS_READ | any, ownParameter(2), 16);
    await t.TEE_CheckMemoryAccessRights(TEE_MEMORY.ACCESS_WRITE | any, ownParameter(3), 16);
  }),
  must(
    'memref.read-only.output',
    READ_ONLY,
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.registerSharedMemory(new Uint8Array(8), TEEC_MEM.INPUT);
        await expectResult(
          () => session.invokeCommand(INVERT, { params: [teecParam.partialInout(block, 0, 8)] }),
          ['BAD_PARAMETERS'],
          'writing to a block registered for reading',
          'API',
        );
      }),
    NEEDS,
  ),
  must(
    'memref.write-only.input',
    'GPD_SPE_007 §4.4 TEEC_MEM_OUTPUT',
    (client) =>
      withSession(client, async (session, context) => {
        const block = context.registerSharedMemory(new Uint8Array(8), TEEC_MEM.OUTPUT);
        await expectResult(
          () =>
            session.invokeCommand(COPY, {
              params: [teecParam.partialInput(block, 0, 8), teecParam.tempOutput(8)],
            }),
          ['BAD_PARAMETERS'],
          'reading from a block registered for writing',
          'API',
        );
      }),
    NEEDS,
  ),
  must(
    'memref.short-buffer-several',
    'GPD_SPE_007 §4.5 TEEC_InvokeCommand',
    (client) =>
      withSession(client, async (session, context) => {
        const target = context.allocateSharedMemory(10, TEEC_MEM.OUTPUT);
        const error = await expectResult(
          () =>
            session.invokeCommand(COPY, {
              params: [teecParam.tempInput(new Uint8Array(11)), teecParam.whole(target)],
            }),
          ['SHORT_BUFFER'],
          '11 bytes into a block of 10',
        );
        expectEqual(sizeOf(error.operation?.params[1]), 11, 'the size required, for a whole block');
      }),
    NEEDS,
  ),
];
