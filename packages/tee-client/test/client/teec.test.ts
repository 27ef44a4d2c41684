import { describe, expect, it } from 'vitest';
import { createTeeClient } from '../../src/client/index.ts';
import {
  createTeec,
  TEEC_CONSTANTS,
  TEEC_Context,
  TEEC_Operation,
  TEEC_Session,
  TEEC_SharedMemory,
} from '../../src/client/teec.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../../src/spec/v1/conformance-ta.ts';
import { MemoryModule, type MemoryModuleOptions } from '../support/memory-module.ts';
import { portedClientApplication } from '../support/ported-client.ts';

const { COPY, COUNT, INVERT, PANIC, VALUES, WAIT } = CONFORMANCE_COMMANDS;
const {
  TEEC_ERROR_BAD_PARAMETERS,
  TEEC_ERROR_BAD_STATE,
  TEEC_ERROR_BUSY,
  TEEC_ERROR_CANCEL,
  TEEC_ERROR_GENERIC,
  TEEC_ERROR_ITEM_NOT_FOUND,
  TEEC_ERROR_NOT_SUPPORTED,
  TEEC_ERROR_OUT_OF_MEMORY,
  TEEC_ERROR_SHORT_BUFFER,
  TEEC_ERROR_TARGET_DEAD,
  TEEC_LOGIN_PUBLIC,
  TEEC_LOGIN_USER,
  TEEC_MEM_INPUT,
  TEEC_MEM_OUTPUT,
  TEEC_MEMREF_PARTIAL_INPUT,
  TEEC_MEMREF_TEMP_INPUT,
  TEEC_MEMREF_TEMP_OUTPUT,
  TEEC_MEMREF_WHOLE,
  TEEC_NONE,
  TEEC_ORIGIN_API,
  TEEC_ORIGIN_TEE,
  TEEC_ORIGIN_TRUSTED_APP,
  TEEC_SUCCESS,
  TEEC_VALUE_INOUT,
  TEEC_VALUE_INPUT,
  TEEC_VALUE_OUTPUT,
} = TEEC_CONSTANTS;
const MIB = 1 << 20;

const tee = (options?: MemoryModuleOptions) => createTeeClient(new MemoryModule(options));

async function start() {
  const teec = createTeec(tee());
  const context = new TEEC_Context();
  expect(await teec.TEEC_InitializeContext(null, context)).toBe(TEEC_SUCCESS);
  const session = new TEEC_Session();
  const origin = { value: 0 };
  const opened = await teec.TEEC_OpenSession(
    context,
    session,
    CONFORMANCE_TA_UUID,
    TEEC_LOGIN_PUBLIC,
    null,
    null,
    origin,
  );
  expect([opened, origin.value]).toEqual([TEEC_SUCCESS, TEEC_ORIGIN_TRUSTED_APP]);
  const invoke = async (command: number, operation: TEEC_Operation | null) => {
    const returned = { value: 0 };
    return [await teec.TEEC_InvokeCommand(session, command, operation, returned), returned.value];
  };
  return { teec, context, session, invoke };
}

describe('a client application written after its C source', () => {
  it('runs unchanged on modules of any kind, chosen by name [part of CC-001, CC-010, CSSI-011]', async () => {
    const teec = createTeec([
      tee({ name: 'emulated' }),
      tee({ name: 'hardware', emulated: false, maxMemoryBytes: 1 << 24 }),
      tee({ name: 'smallest', capabilities: ['conformance-ta'], maxMemoryBytes: 1 << 19 }),
    ]);
    const transcripts = [];
    for (const name of [null, 'emulated', 'hardware', 'smallest']) {
      transcripts.push(await portedClientApplication(teec, name));
    }
    expect(transcripts[0]).toContain('inverted 32768 bytes');
    expect(new Set(transcripts.map((lines) => lines.join('\n'))).size).toBe(1);
  });

  it('does not find a TEE of another name', async () => {
    const { TEEC_InitializeContext } = createTeec([tee()]);
    const context = new TEEC_Context();
    for (const name of ['', 'other', 'MEMORY']) {
      expect(await TEEC_InitializeContext(name, context)).toBe(TEEC_ERROR_ITEM_NOT_FOUND);
    }
    expect(await createTeec([]).TEEC_InitializeContext(null, context)).toBe(TEEC_ERROR_ITEM_NOT_FOUND);
  });
});

describe('the functions of the C header', () => {
  it('are the nine of the standard and the extension [part of CC-002]', () => {
    const teec = createTeec(tee());
    const functions = Object.entries(teec).filter(([, value]) => typeof value === 'function');
    expect(functions.map(([name]) => name).sort()).toEqual([
      'TEEC_AllocateSharedMemory',
      'TEEC_CloseSession',
      'TEEC_FinalizeContext',
      'TEEC_InitializeContext',
      'TEEC_InvokeCommand',
      'TEEC_OpenSession',
      'TEEC_PARAM_TYPES',
      'TEEC_PARAM_TYPE_GET',
      'TEEC_RegisterSharedMemory',
      'TEEC_RegisterSharedMemoryFileDescriptor',
      'TEEC_ReleaseSharedMemory',
      'TEEC_RequestCancellation',
    ]);
  });

  it('have the constants of the C header by their names [part of CC-002]', () => {
    expect(TEEC_SUCCESS).toBe(0);
    expect(TEEC_ERROR_BAD_PARAMETERS).toBe(0xffff0006);
    expect(TEEC_ERROR_TARGET_DEAD).toBe(0xffff3024);
    expect([TEEC_NONE, TEEC_VALUE_INPUT, TEEC_MEMREF_WHOLE, TEEC_MEMREF_PARTIAL_INPUT]).toEqual([
      0, 1, 12, 13,
    ]);
    expect([TEEC_MEM_INPUT, TEEC_MEM_OUTPUT, TEEC_LOGIN_USER]).toEqual([1, 2, 1]);
    expect(Object.keys(TEEC_CONSTANTS).filter((name) => !name.startsWith('TEEC_'))).toEqual([]);
    expect(Object.values(TEEC_CONSTANTS).every(Number.isInteger)).toBe(true);
  });

  it('take NULL where C does, and do nothing', async () => {
    const teec = createTeec(tee());
    await teec.TEEC_FinalizeContext(null);
    await teec.TEEC_FinalizeContext(new TEEC_Context());
    await teec.TEEC_CloseSession(null);
    await teec.TEEC_CloseSession(new TEEC_Session());
    teec.TEEC_ReleaseSharedMemory(null);
    teec.TEEC_ReleaseSharedMemory(new TEEC_SharedMemory());
    teec.TEEC_RequestCancellation(null);
    teec.TEEC_RequestCancellation(new TEEC_Operation());
  });

  it('refuse NULL elsewhere', async () => {
    const { teec, context, session } = await start();
    const empty = new TEEC_Context();
    const origin = { value: 0 };
    const open = (
      one: TEEC_Context | null,
      two: TEEC_Session | null,
      destination: string = CONFORMANCE_TA_UUID,
    ) => teec.TEEC_OpenSession(one, two, destination, TEEC_LOGIN_PUBLIC, null, null, origin);
    expect(await teec.TEEC_InitializeContext(null, null)).toBe(TEEC_ERROR_BAD_PARAMETERS);
    expect(await open(null, session)).toBe(TEEC_ERROR_BAD_PARAMETERS);
    expect(await open(empty, session)).toBe(TEEC_ERROR_BAD_PARAMETERS);
    expect(await open(context, null)).toBe(TEEC_ERROR_BAD_PARAMETERS);
    expect(await open(context, session, null as never)).toBe(TEEC_ERROR_BAD_PARAMETERS);
    expect(origin.value).toBe(TEEC_ORIGIN_API);
    expect(await teec.TEEC_InvokeCommand(null, COUNT, null, null)).toBe(TEEC_ERROR_BAD_PARAMETERS);
    expect(await teec.TEEC_InvokeCommand(new TEEC_Session(), COUNT, null, null)).toBe(
      TEEC_ERROR_BAD_PARAMETERS,
    );
    const block = new TEEC_SharedMemory();
    block.flags = TEEC_MEM_INPUT;
    for (const refused of [
      teec.TEEC_AllocateSharedMemory(null, block),
      teec.TEEC_AllocateSharedMemory(context, null),
      teec.TEEC_AllocateSharedMemory(empty, block),
      teec.TEEC_RegisterSharedMemory(null, block),
      teec.TEEC_RegisterSharedMemory(context, null),
      // Its buffer is NULL.
      teec.TEEC_RegisterSharedMemory(context, block),
    ]) {
      expect(refused).toBe(TEEC_ERROR_BAD_PARAMETERS);
    }
  });

  it('do without the place for the origin', async () => {
    const { teec, session } = await start();
    for (const origin of [null, undefined as never]) {
      expect(await teec.TEEC_InvokeCommand(session, 0x7fffffff, null, origin)).toBe(TEEC_ERROR_NOT_SUPPORTED);
    }
  });

  it('do not share file descriptors', async () => {
    const { teec, context } = await start();
    expect(teec.TEEC_RegisterSharedMemoryFileDescriptor(context, new TEEC_SharedMemory(), 0)).toBe(
      TEEC_ERROR_NOT_SUPPORTED,
    );
  });
});

describe('operations in the shape of C', () => {
  it('carry values and give outputs in the same structure', async () => {
    const { teec, invoke } = await start();
    const operation = new TEEC_Operation();
    operation.paramTypes = teec.TEEC_PARAM_TYPES(
      TEEC_VALUE_INPUT,
      TEEC_VALUE_OUTPUT,
      TEEC_VALUE_INOUT,
      TEEC_NONE,
    );
    operation.params[0].value.a = 3;
    operation.params[0].value.b = 4;
    operation.params[2].value.a = 9;
    expect(await invoke(VALUES, operation)).toEqual([TEEC_SUCCESS, TEEC_ORIGIN_TRUSTED_APP]);
    expect(operation.started).toBe(1);
    expect(operation.params.map(({ value: { a, b } }) => [a, b])).toEqual([
      [3, 4],
      [4, 3],
      [10, 1],
      [0, 0],
    ]);
  });

  it('get the size required, and a second call with it succeeds', async () => {
    const { teec, invoke } = await start();
    const operation = new TEEC_Operation();
    operation.paramTypes = teec.TEEC_PARAM_TYPES(
      TEEC_MEMREF_TEMP_INPUT,
      TEEC_MEMREF_TEMP_OUTPUT,
      TEEC_NONE,
      TEEC_NONE,
    );
    operation.params[0].tmpref.buffer = Uint8Array.of(1, 2, 3);
    operation.params[0].tmpref.size = 3;
    expect(await invoke(COPY, operation)).toEqual([TEEC_ERROR_SHORT_BUFFER, TEEC_ORIGIN_TRUSTED_APP]);
    const { tmpref } = operation.params[1];
    expect(tmpref.size).toBe(3);
    tmpref.buffer = new Uint8Array(tmpref.size);
    expect(await invoke(COPY, operation)).toEqual([TEEC_SUCCESS, TEEC_ORIGIN_TRUSTED_APP]);
    expect([...tmpref.buffer]).toEqual([1, 2, 3]);
  });

  it('name shared memory by its structure', async () => {
    const { teec, context, invoke } = await start();
    const source = new TEEC_SharedMemory();
    source.buffer = Uint8Array.of(1, 2, 3, 4, 5);
    source.size = 4;
    source.flags = TEEC_MEM_INPUT;
    const target = new TEEC_SharedMemory();
    target.size = 8;
    target.flags = TEEC_MEM_OUTPUT;
    expect(teec.TEEC_RegisterSharedMemory(context, source)).toBe(TEEC_SUCCESS);
    expect(teec.TEEC_AllocateSharedMemory(context, target)).toBe(TEEC_SUCCESS);
    const operation = new TEEC_Operation();
    operation.paramTypes = teec.TEEC_PARAM_TYPES(
      TEEC_MEMREF_PARTIAL_INPUT,
      TEEC_MEMREF_WHOLE,
      TEEC_NONE,
      TEEC_NONE,
    );
    operation.params[0].memref.parent = source;
    operation.params[0].memref.offset = 2;
    operation.params[0].memref.size = 2;
    operation.params[1].memref.parent = target;
    expect(await invoke(COPY, operation)).toEqual([TEEC_SUCCESS, TEEC_ORIGIN_TRUSTED_APP]);
    expect(operation.params[1].memref.size).toBe(2);
    expect([...(target.buffer as Uint8Array).subarray(0, 3)]).toEqual([3, 4, 0]);
    // The fifth byte was not registered.
    operation.params[0].memref.size = 3;
    expect(await invoke(COPY, operation)).toEqual([TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_API]);
    teec.TEEC_ReleaseSharedMemory(target);
    expect([target.buffer, target.size]).toEqual([null, 0]);
    teec.TEEC_ReleaseSharedMemory(source);
    expect(source.size).toBe(4);
    expect(await invoke(COPY, operation)).toEqual([TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_API]);
  });

  it.each([-1, 0x10000, 4, 0x80, 0.5, Number.NaN])('of types %s are refused', async (paramTypes) => {
    const { invoke } = await start();
    const operation = new TEEC_Operation();
    operation.paramTypes = paramTypes;
    expect(await invoke(COPY, operation)).toEqual([TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_API]);
  });

  it('keep sizes and limits of shared memory', async () => {
    const { teec, context } = await start();
    const block = new TEEC_SharedMemory();
    block.flags = TEEC_MEM_INPUT;
    block.size = MIB + 1;
    expect(teec.TEEC_AllocateSharedMemory(context, block)).toBe(TEEC_ERROR_OUT_OF_MEMORY);
    expect(block.buffer).toBeNull();
    block.buffer = new Uint8Array(4);
    for (const size of [5, -1, 0.5]) {
      block.size = size;
      expect(teec.TEEC_RegisterSharedMemory(context, block)).toBe(TEEC_ERROR_BAD_PARAMETERS);
    }
    block.size = 4;
    block.flags = 0;
    expect(teec.TEEC_RegisterSharedMemory(context, block)).toBe(TEEC_ERROR_BAD_PARAMETERS);
  });

  it('are cancelled by TEEC_RequestCancellation while they wait', async () => {
    const { teec, invoke } = await start();
    const slow = new TEEC_Operation();
    slow.paramTypes = teec.TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE);
    slow.params[0].value.a = 30;
    const waiting = new TEEC_Operation();
    waiting.paramTypes = teec.TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE);
    const calls = [invoke(WAIT, slow), invoke(COUNT, waiting)];
    teec.TEEC_RequestCancellation(waiting);
    expect((await calls[1])?.[0]).toBe(TEEC_ERROR_CANCEL);
    expect(await calls[0]).toEqual([TEEC_SUCCESS, TEEC_ORIGIN_TRUSTED_APP]);
    expect(await invoke(COUNT, waiting)).toEqual([TEEC_SUCCESS, TEEC_ORIGIN_TRUSTED_APP]);
    expect(waiting.params[0].value.a).toBe(1);
  });

  it('serve one call at a time', async () => {
    const { teec, invoke } = await start();
    const operation = new TEEC_Operation();
    operation.paramTypes = teec.TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE);
    const first = invoke(COUNT, operation);
    expect(await invoke(COUNT, operation)).toEqual([TEEC_ERROR_BUSY, TEEC_ORIGIN_API]);
    expect(await first).toEqual([TEEC_SUCCESS, TEEC_ORIGIN_TRUSTED_APP]);
  });
});

describe('results in the shape of C', () => {
  it('keep code and origin of what happened', async () => {
    const { teec, context, session, invoke } = await start();
    const origin = { value: 0 };
    const absent = await teec.TEEC_OpenSession(
      context,
      new TEEC_Session(),
      '00000000-dead-4bad-8bad-00000000beef',
      TEEC_LOGIN_PUBLIC,
      null,
      null,
      origin,
    );
    expect([absent, origin.value]).toEqual([TEEC_ERROR_ITEM_NOT_FOUND, TEEC_ORIGIN_TEE]);
    expect(await invoke(INVERT, null)).toEqual([TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_TRUSTED_APP]);
    expect(await invoke(PANIC, null)).toEqual([TEEC_ERROR_TARGET_DEAD, TEEC_ORIGIN_TEE]);
    expect(await invoke(COUNT, null)).toEqual([TEEC_ERROR_TARGET_DEAD, TEEC_ORIGIN_TEE]);
    const { imp } = session;
    await teec.TEEC_CloseSession(session);
    session.imp = imp;
    expect(await invoke(COUNT, null)).toEqual([TEEC_ERROR_BAD_STATE, TEEC_ORIGIN_API]);
  });

  it('end with the context', async () => {
    const { teec, context, invoke } = await start();
    await teec.TEEC_FinalizeContext(context);
    await teec.TEEC_FinalizeContext(context);
    expect(await invoke(COUNT, null)).toEqual([TEEC_ERROR_BAD_STATE, TEEC_ORIGIN_API]);
  });

  it('are GENERIC where a TEE cannot work at all', async () => {
    const client = createTeeClient(new MemoryModule(), {
      checkOpen: () => {
        throw new Error('no TEE');
      },
    });
    expect(await createTeec(client).TEEC_InitializeContext(null, new TEEC_Context())).toBe(
      TEEC_ERROR_GENERIC,
    );
  });
});
