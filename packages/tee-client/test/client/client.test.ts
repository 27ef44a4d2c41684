import { describe, expect, it } from 'vitest';
import { createTeeClient } from '../../src/client/index.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../../src/spec/v1/conformance-ta.ts';
import { TEEC_MEM, TEEC_PARAM } from '../../src/spec/v1/constants.ts';
import type { TeecError } from '../../src/spec/v1/error.ts';
import type { ModuleAnswer, ModuleParameter, SecurityModule } from '../../src/spec/v1/module.ts';
import { outputBytes, type TeecOperation, teecParam } from '../../src/spec/v1/operation.ts';
import { changed } from '../support/changed.ts';
import { failureOf } from '../support/failure.ts';
import { MemoryModule, type MemoryModuleOptions } from '../support/memory-module.ts';

const { COPY, COUNT, INVERT, PANIC, VALUES, WAIT } = CONFORMANCE_COMMANDS;
const MIB = 1 << 20;
const INOUT = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;
const count = (): TeecOperation => ({ params: [teecParam.valueOutput()] });
const countOf = ({ params: [first] }: TeecOperation): number => (first && 'a' in first ? first.a : -1);

async function start(options: MemoryModuleOptions = {}) {
  const module = new MemoryModule(options);
  const client = createTeeClient(module);
  const context = await client.initializeContext();
  const session = await context.openSession(CONFORMANCE_TA_UUID);
  return { module, client, context, session };
}

/** A session over a module whose answers to commands are `edit`ed. */
async function startEdited(edit: (answer: ModuleAnswer) => unknown) {
  const module = new MemoryModule();
  const client = createTeeClient(
    changed(module, (inner) => ({
      invoke: async (...args) => edit(await inner.invoke(...args)) as ModuleAnswer,
    })),
  );
  const context = await client.initializeContext();
  return context.openSession(CONFORMANCE_TA_UUID);
}

describe('a client over any module', () => {
  it('is called as its module and shows what it declares [part of CC-001]', async () => {
    const client = createTeeClient(new MemoryModule({ name: 'other', emulated: false }));
    expect([client.specVersion, client.name, client.emulated]).toEqual(['1', 'other', false]);
    expect(client.capabilities.has('conformance-ta')).toBe(true);
    expect(await client.initializeContext('other')).toBeDefined();
  });

  it.each(['', 'Memory', 'no such TEE'])('does not know the TEE %j', async (name) => {
    expect(await failureOf(() => createTeeClient(new MemoryModule()).initializeContext(name))).toMatchObject({
      code: 'ERR_TEEC_ITEM_NOT_FOUND',
      origin: 1,
    });
  });

  it.each([
    ['version', { interfaceVersion: '2' }, 'interfaceVersion'],
    ['name', { name: 'A B' }, 'name'],
    ['long name', { name: 'a'.repeat(33) }, 'name'],
    ['vendor', { vendor: '' }, 'vendor'],
    ['release', { version: 7 }, 'version'],
    ['emulation', { emulated: 'yes' }, 'emulated'],
    ['isolation', { isolation: 'strong' }, 'isolation'],
    ['capability', { capabilities: ['teleport'] }, 'capabilities'],
    ['capability twice', { capabilities: ['monitor', 'monitor'] }, 'capabilities'],
    ['capabilities', { capabilities: 'monitor' }, 'capabilities'],
    ['small memory', { maxMemoryBytes: 512 * 1024 - 1 }, 'maxMemoryBytes'],
    ['endless memory', { maxMemoryBytes: Number.POSITIVE_INFINITY }, 'maxMemoryBytes'],
    ['memory above 32 bits', { maxMemoryBytes: 2 ** 32 }, 'maxMemoryBytes'],
  ])('refuses a module with a wrong %s [part of CSSI-013]', async (_, change, field) => {
    const module = changed(new MemoryModule(), (inner) => ({
      describe: () => ({ ...inner.describe(), ...change }) as ReturnType<SecurityModule['describe']>,
    }));
    expect(await failureOf(() => createTeeClient(module))).toMatchObject({
      code: 'ERR_TEE_MODULE_INVALID',
      detail: `field=${field}`,
    });
  });

  it('is refused when its owner has closed it', async () => {
    const closed = new Error('closed');
    const client = createTeeClient(new MemoryModule(), {
      checkOpen: () => {
        throw closed;
      },
    });
    expect(await failureOf(() => client.initializeContext())).toBe(closed);
  });

  it('passes on that the module is closed', async () => {
    const { module, context, session } = await start();
    await module.close();
    const expected = { code: 'ERR_TEEC_BAD_STATE', origin: 1 };
    expect(await failureOf(() => session.invokeCommand(COUNT, count()))).toMatchObject(expected);
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID))).toMatchObject(expected);
    await session.close();
    await context.finalize();
  });
});

describe('parameters', () => {
  it('of every type reach the module and come back', async () => {
    const { context, session } = await start();
    const values = await session.invokeCommand(VALUES, {
      params: [teecParam.valueInput(1, 2), teecParam.valueOutput(), teecParam.valueInout(0xffffffff, 0)],
    });
    expect(values.params).toEqual([
      { type: 1, a: 1, b: 2 },
      { type: 2, a: 2, b: 1 },
      { type: 3, a: 0, b: 1 },
    ]);
    const block = context.registerSharedMemory(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), INOUT);
    await session.invokeCommand(COPY, {
      params: [teecParam.partialInput(block, 0, 3), teecParam.partialOutput(block, 5, 3)],
    });
    expect([...block.buffer]).toEqual([1, 2, 3, 4, 5, 1, 2, 3]);
    await session.invokeCommand(INVERT, { params: [teecParam.partialInout(block, 3, 2)] });
    expect([...block.buffer]).toEqual([1, 2, 3, 251, 250, 1, 2, 3]);
  });

  it('of a whole block ignore offset and size, and give the size written', async () => {
    const { context, session } = await start();
    const source = context.registerSharedMemory(Uint8Array.of(1, 2, 3), TEEC_MEM.INPUT);
    const target = context.allocateSharedMemory(10, TEEC_MEM.OUTPUT);
    const answer = await session.invokeCommand(COPY, {
      params: [
        { ...teecParam.whole(source), offset: 99, size: 99 },
        { ...teecParam.whole(target), offset: 5, size: 0 },
      ],
    });
    expect(answer.params[1]).toMatchObject({ size: 3 });
    expect([...(outputBytes(answer, 1) ?? [])]).toEqual([1, 2, 3]);
  });

  it('show the application nothing of what lies in an output', async () => {
    const seen: ModuleParameter[] = [];
    const module = changed(new MemoryModule(), (inner) => ({
      invoke: (id, command, params, call) => {
        seen.push(...params);
        return inner.invoke(id, command, params, call);
      },
    }));
    const context = await createTeeClient(module).initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    await failureOf(() =>
      session.invokeCommand(COPY, {
        params: [
          { type: TEEC_PARAM.VALUE_OUTPUT, a: 7, b: 7 },
          teecParam.tempOutput(new Uint8Array(9).fill(7)),
        ],
      }),
    );
    expect(seen).toEqual([
      { type: 2, a: 0, b: 0 },
      { type: 6, size: 9, buffer: new Uint8Array(0) },
    ]);
  });

  it('are copies: the module may keep and zero them', async () => {
    const module = changed(new MemoryModule(), (inner) => ({
      invoke: async (id, command, params, call) => {
        const answer = await inner.invoke(id, command, params, call);
        for (const one of params) if ('buffer' in one) one.buffer.fill(0);
        return answer;
      },
    }));
    const context = await createTeeClient(module).initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const input = Buffer.from('a buffer of the pool');
    await session.invokeCommand(COPY, { params: [teecParam.tempInput(input), teecParam.tempOutput(20)] });
    expect(input.toString()).toBe('a buffer of the pool');
  });

  it('without memory: NULL with size 0 in every direction', async () => {
    const { session } = await start();
    const nothing = { buffer: null, size: 0 } as const;
    const answer = await session.invokeCommand(COPY, {
      params: [
        { type: TEEC_PARAM.MEMREF_TEMP_INPUT, ...nothing },
        { type: TEEC_PARAM.MEMREF_TEMP_OUTPUT, ...nothing },
      ],
    });
    expect(answer.params[1]).toMatchObject({ buffer: null, size: 0 });
    await session.invokeCommand(INVERT, { params: [{ type: TEEC_PARAM.MEMREF_TEMP_INOUT, ...nothing }] });
  });

  it('that are too short get the size required and nothing else', async () => {
    const { context, session } = await start();
    const input = teecParam.tempInput(new Uint8Array(100).fill(1));
    const block = context.allocateSharedMemory(200, TEEC_MEM.OUTPUT);
    const targets = [
      teecParam.tempOutput(0),
      teecParam.tempOutput(99),
      teecParam.partialOutput(block, 101, 99),
      teecParam.partialOutput(block, 200, 0),
    ];
    for (const target of targets) {
      const error = await failureOf(() => session.invokeCommand(COPY, { params: [input, target] }));
      expect(error).toMatchObject({ code: 'ERR_TEEC_SHORT_BUFFER', origin: 4 });
      expect((error as TeecError).operation?.params[1]).toMatchObject({ size: 100 });
    }
    expect(block.buffer.every((byte) => byte === 0)).toBe(true);
  });

  const memory = { buffer: new Uint8Array(4), size: 4 };
  const refused: readonly (readonly [string, unknown])[] = [
    ['no list', { params: 'x' }],
    ['five', { params: Array.from({ length: 5 }, () => teecParam.none()) }],
    ['null', { params: [null] }],
    ['a hole', { params: Object.assign(new Array(2), { 1: teecParam.none() }) }],
    ['no type', { params: [{}] }],
    ...[4, 8, 9, 10, 11, 16, -1, '5'].map(
      (type) => [`type ${type}`, { params: [{ type, ...memory }] }] as const,
    ),
    ['a fraction', { params: [teecParam.valueInput(0.5)] }],
    ['a negative value', { params: [teecParam.valueInput(0, -1)] }],
    ['a value of 33 bits', { params: [teecParam.valueInout(2 ** 32)] }],
    ['a value that is NaN', { params: [teecParam.valueInput(Number.NaN)] }],
    ['a value that is text', { params: [{ type: 1, a: '1', b: 0 }] }],
    ['a size beyond the buffer', { params: [{ type: 5, buffer: new Uint8Array(4), size: 5 }] }],
    ['a size without a buffer', { params: [{ type: 6, buffer: null, size: 1 }] }],
    ['a negative size', { params: [{ type: 5, buffer: new Uint8Array(4), size: -1 }] }],
    ['a size that is NaN', { params: [{ type: 5, buffer: new Uint8Array(4), size: Number.NaN }] }],
    ['text for bytes', { params: [{ type: 5, buffer: 'text', size: 4 }] }],
    ['an array for bytes', { params: [{ type: 5, buffer: [1, 2], size: 2 }] }],
    ['undefined for bytes', { params: [{ type: 6, buffer: undefined, size: 0 }] }],
    ['a look-alike block', { params: [{ type: 12, parent: memory, offset: 0, size: 4 }] }],
    ['no block', { params: [{ type: 13, parent: undefined, offset: 0, size: 4 }] }],
    ['a cancellation that is none', { params: [], cancellation: { aborted: false } }],
  ];
  it.each(refused)('with %s are refused before anything leaves', async (_, operation) => {
    const { module, context, session } = await start();
    module.invoke = () => Promise.reject(new Error('reached the module'));
    module.openSession = () => Promise.reject(new Error('reached the module'));
    const expected = { code: 'ERR_TEEC_BAD_PARAMETERS', origin: 1 };
    const given = operation as TeecOperation;
    expect(await failureOf(() => session.invokeCommand(COPY, given))).toMatchObject(expected);
    expect(
      await failureOf(() => context.openSession(CONFORMANCE_TA_UUID, { operation: given })),
    ).toMatchObject(expected);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN, '1'])('with the command %s are refused', async (command) => {
    const { session } = await start();
    expect(await failureOf(() => session.invokeCommand(command as number))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
  });

  it('carry what the module declares and no byte more', async () => {
    const { context, session } = await start();
    const most = new Uint8Array(MIB).fill(9);
    const target = new Uint8Array(MIB);
    await session.invokeCommand(COPY, { params: [teecParam.tempInput(most), teecParam.tempOutput(target)] });
    expect(Buffer.compare(target, most)).toBe(0);
    const oversize = { code: 'ERR_TEEC_OUT_OF_MEMORY', origin: 1 };
    const big = new Uint8Array(MIB + 1);
    for (const parameter of [teecParam.tempInput(big), teecParam.tempOutput(big), teecParam.tempInout(big)]) {
      expect(await failureOf(() => session.invokeCommand(COPY, { params: [parameter] }))).toMatchObject(
        oversize,
      );
    }
    expect(await failureOf(() => context.registerSharedMemory(big, INOUT))).toMatchObject(oversize);
    expect(await failureOf(() => context.allocateSharedMemory(MIB + 1, INOUT))).toMatchObject(oversize);
  });
});

describe('shared memory', () => {
  it('of another context, released or looked at in the wrong direction is refused', async () => {
    const { client, context, session } = await start();
    const other = await client.initializeContext();
    const released = context.allocateSharedMemory(8, INOUT);
    released.release();
    released.release();
    const input = context.allocateSharedMemory(8, TEEC_MEM.INPUT);
    const output = context.allocateSharedMemory(8, TEEC_MEM.OUTPUT);
    const refused = [
      teecParam.whole(other.allocateSharedMemory(8, INOUT)),
      teecParam.whole(released),
      teecParam.partialInput(released, 0, 1),
      teecParam.partialOutput(input, 0, 1),
      teecParam.partialInout(input, 0, 1),
      teecParam.partialInput(output, 0, 1),
      teecParam.partialInout(output, 0, 1),
      teecParam.partialInput(input, 0, 9),
      teecParam.partialInput(input, 9, 0),
      teecParam.partialInput(input, 8, 1),
      teecParam.partialInput(input, -1, 1),
      teecParam.partialInput(input, 0.5, 1),
      teecParam.partialInput(input, 2 ** 53, 1),
    ];
    for (const parameter of refused) {
      expect(await failureOf(() => session.invokeCommand(COPY, { params: [parameter] }))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
        origin: 1,
      });
    }
    await session.invokeCommand(COPY, {
      params: [teecParam.partialInput(input, 8, 0), teecParam.partialOutput(output, 8, 0)],
    });
  });

  it.each([0, 4, 7, -1, 1.5, Number.NaN, '3'])('with flags %s is refused', async (flags) => {
    const { context } = await start();
    const expected = { code: 'ERR_TEEC_BAD_PARAMETERS', origin: 1 };
    expect(await failureOf(() => context.allocateSharedMemory(8, flags as number))).toMatchObject(expected);
    expect(
      await failureOf(() => context.registerSharedMemory(new Uint8Array(8), flags as number)),
    ).toMatchObject(expected);
  });

  it.each([-1, 0.5, Number.NaN, '8'])('of size %s is refused', async (size) => {
    const { context } = await start();
    expect(await failureOf(() => context.allocateSharedMemory(size as number, INOUT))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
    });
  });

  it.each([null, undefined, 'text', [1, 2], new ArrayBuffer(8)])('over %s is refused', async (buffer) => {
    const { context } = await start();
    expect(await failureOf(() => context.registerSharedMemory(buffer as never, INOUT))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
  });

  it('of nothing is allowed, and a buffer may be registered twice', async () => {
    const { context, session } = await start();
    const buffer = new Uint8Array(0);
    const blocks = [context.registerSharedMemory(buffer, INOUT), context.registerSharedMemory(buffer, INOUT)];
    for (const block of blocks) await session.invokeCommand(INVERT, { params: [teecParam.whole(block)] });
    expect(blocks[0]).not.toBe(blocks[1]);
    expect(context.allocateSharedMemory(0, TEEC_MEM.INPUT).size).toBe(0);
  });
});

describe('buffers during a call', () => {
  it('released then still get their outputs, and are refused afterwards', async () => {
    const { context, session } = await start();
    const block = context.allocateSharedMemory(4, TEEC_MEM.OUTPUT);
    const copy = { params: [teecParam.tempInput(Uint8Array.of(1, 2, 3, 4)), teecParam.whole(block)] };
    const call = session.invokeCommand(COPY, copy);
    block.release();
    await call;
    expect([...block.buffer]).toEqual([1, 2, 3, 4]);
    expect(await failureOf(() => session.invokeCommand(COPY, copy))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
  });

  it('that the caller takes away get nothing, and no success is claimed', async () => {
    const { session } = await start();
    const target = new Uint8Array(4);
    const other = new Uint8Array(4).fill(0xee);
    const call = failureOf(() =>
      session.invokeCommand(COPY, {
        params: [
          teecParam.tempInput(Uint8Array.of(1, 2, 3, 4)),
          teecParam.tempOutput(target),
          teecParam.tempInout(other),
        ],
      }),
    );
    structuredClone(target, { transfer: [target.buffer] });
    expect(await call).toMatchObject({ code: 'ERR_TEEC_BAD_STATE', origin: 1 });
    expect([...other]).toEqual([0xee, 0xee, 0xee, 0xee]);
  });

  it('that are gone before it are no failure of their own kind', async () => {
    const { context, session } = await start();
    const gone = new Uint8Array(4);
    const block = context.registerSharedMemory(gone, INOUT);
    structuredClone(gone, { transfer: [gone.buffer] });
    for (const parameter of [
      teecParam.whole(block),
      teecParam.partialInput(block, 0, 4),
      { ...teecParam.tempInput(gone), size: 4 },
    ]) {
      expect(await failureOf(() => session.invokeCommand(INVERT, { params: [parameter] }))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
        origin: 1,
      });
    }
    await session.invokeCommand(INVERT, { params: [teecParam.tempInout(gone)] });
  });

  it('do not depend on what becomes of the list of parameters', async () => {
    const { session } = await start();
    const params = [teecParam.valueInput(1, 2), teecParam.valueOutput(), teecParam.valueInout(3)];
    const call = session.invokeCommand(VALUES, { params });
    params.length = 0;
    expect((await call).params).toEqual([
      { type: 1, a: 1, b: 2 },
      { type: 2, a: 2, b: 1 },
      { type: 3, a: 4, b: 1 },
    ]);
  });

  it('leave no copy of an input behind, whatever the answer', async () => {
    const sent: Uint8Array[] = [];
    const keep = (params: readonly ModuleParameter[]) => {
      for (const one of params) if ('buffer' in one) sent.push(one.buffer);
    };
    const module = changed(new MemoryModule(), (inner) => ({
      openSession: (uuid, client, params, call) => {
        keep(params);
        return inner.openSession(uuid, client, params, call);
      },
      invoke: (id, command, params, call) => {
        keep(params);
        return command === WAIT
          ? Promise.reject(new Error('a defect'))
          : inner.invoke(id, command, params, call);
      },
    }));
    const context = await createTeeClient(module).initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const params = [teecParam.tempInput(Uint8Array.of(1, 2)), teecParam.tempOutput(2)];
    await session.invokeCommand(COPY, { params });
    await failureOf(() => session.invokeCommand(COPY, { params: params.slice(0, 1) }));
    await failureOf(() => session.invokeCommand(WAIT, { params }));
    await failureOf(() => context.openSession(CONFORMANCE_TA_UUID, { operation: { params } }));
    expect(sent.filter(({ length }) => length > 0)).toHaveLength(4);
    for (const buffer of sent) expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});

describe('the life of contexts and sessions', () => {
  it('ends with finalize: sessions are closed over there, memory is released', async () => {
    const { module, context, session } = await start();
    const block = context.allocateSharedMemory(8, INOUT);
    expect(context.finalize()).toBe(context.finalize());
    await context.finalize();
    const expected = { code: 'ERR_TEEC_BAD_STATE', origin: 1 };
    expect(await failureOf(() => session.invokeCommand(COUNT, count()))).toMatchObject(expected);
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID))).toMatchObject(expected);
    expect(await failureOf(() => context.allocateSharedMemory(1, INOUT))).toMatchObject(expected);
    expect(await failureOf(() => context.registerSharedMemory(new Uint8Array(1), INOUT))).toMatchObject(
      expected,
    );
    block.release();
    expect((await module.snapshot()).applications[0]?.sessions).toBe(0);
  });

  it('ends for a session that is still being opened', async () => {
    const { module, context } = await start();
    const opening = failureOf(() => context.openSession(CONFORMANCE_TA_UUID));
    await context.finalize();
    expect(await opening).toMatchObject({ code: 'ERR_TEEC_BAD_STATE', origin: 1 });
    expect((await module.snapshot()).applications[0]?.sessions).toBe(0);
  });

  it('ends only when sessions that are being closed are closed', async () => {
    const { module, context, session } = await start();
    const slow = session.invokeCommand(WAIT, { params: [teecParam.valueInput(20)] });
    void session.close();
    await context.finalize();
    expect((await module.snapshot()).applications[0]?.sessions).toBe(0);
    await slow;
  });

  it('ends for a session once; calls made before are answered', async () => {
    const { session } = await start();
    const calls = [1, 2, 3].map(() => session.invokeCommand(COUNT, count()));
    const closing = session.close();
    expect(session.close()).toBe(closing);
    expect((await Promise.all(calls)).map(countOf)).toEqual([1, 2, 3]);
    await closing;
    expect(await failureOf(() => session.invokeCommand(COUNT, count()))).toMatchObject({
      code: 'ERR_TEEC_BAD_STATE',
      origin: 1,
    });
  });

  it('of a dead application is over until a new session', async () => {
    const { context, module, session } = await start();
    const dead = { code: 'ERR_TEEC_TARGET_DEAD', origin: 3 };
    expect(await failureOf(() => session.invokeCommand(PANIC))).toMatchObject(dead);
    module.invoke = () => Promise.reject(new Error('reached the module'));
    expect(await failureOf(() => session.invokeCommand(COUNT, count()))).toMatchObject(dead);
    await session.close();
    expect(await failureOf(() => session.invokeCommand(COUNT, count()))).toMatchObject({
      code: 'ERR_TEEC_BAD_STATE',
    });
    expect(await context.openSession(CONFORMANCE_TA_UUID)).toBeDefined();
  });

  it('goes on when an application only passes TARGET_DEAD on', async () => {
    let first = true;
    const session = await startEdited((answer) => {
      const passed = first ? { ...answer, result: 0xffff3024, origin: 4, params: [] } : answer;
      first = false;
      return passed;
    });
    expect(await failureOf(() => session.invokeCommand(COUNT, count()))).toMatchObject({ origin: 4 });
    expect(countOf(await session.invokeCommand(COUNT, count()))).toBe(2);
  });

  it.each(['', 'x', '{c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931c}', 5, null])(
    'does not begin with the destination %s',
    async (destination) => {
      const { context } = await start();
      expect(await failureOf(() => context.openSession(destination as string))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
        origin: 1,
      });
    },
  );

  it('begins with outputs and by upper-case names', async () => {
    const { context } = await start();
    const session = await context.openSession(CONFORMANCE_TA_UUID.toUpperCase(), {
      operation: { params: [teecParam.valueInout(41, 1)] },
    });
    expect(session.operation?.params).toEqual([{ type: 3, a: 42, b: 2 }]);
    expect((await context.openSession(CONFORMANCE_TA_UUID)).operation).toBeUndefined();
  });
});

describe('cancellation', () => {
  it('before the call is CANCEL, and nothing leaves', async () => {
    const { context, session } = await start({ capabilities: ['conformance-ta'] });
    const cancellation = AbortSignal.abort();
    const expected = { code: 'ERR_TEEC_CANCEL', origin: 1 };
    expect(await failureOf(() => session.invokeCommand(COUNT, { ...count(), cancellation }))).toMatchObject(
      expected,
    );
    expect(
      await failureOf(() =>
        context.openSession(CONFORMANCE_TA_UUID, { operation: { params: [], cancellation } }),
      ),
    ).toMatchObject(expected);
    expect(countOf(await session.invokeCommand(COUNT, count()))).toBe(1);
  });

  it('reaches the module while the call waits', async () => {
    const { session } = await start();
    const controller = new AbortController();
    const slow = session.invokeCommand(WAIT, { params: [teecParam.valueInput(30)] });
    const waiting = failureOf(() =>
      session.invokeCommand(COUNT, { ...count(), cancellation: controller.signal }),
    );
    controller.abort();
    expect(await waiting).toMatchObject({ code: 'ERR_TEEC_CANCEL' });
    await slow;
  });
});

describe('a module that answers wrongly', () => {
  const malformed: readonly (readonly [string, (answer: ModuleAnswer) => unknown])[] = [
    ['nothing', () => undefined],
    ['a text', () => 'ok'],
    ['no result', (answer) => ({ ...answer, result: undefined })],
    ['a result below zero', (answer) => ({ ...answer, result: -1 })],
    ['no origin', (answer) => ({ ...answer, origin: undefined })],
    ['an origin of its own', (answer) => ({ ...answer, origin: 5 })],
    ['no parameters', (answer) => ({ ...answer, params: undefined })],
    ['too few parameters', (answer) => ({ ...answer, params: [] })],
    ['too many parameters', (answer) => ({ ...answer, params: [...answer.params, { type: 0 }] })],
    ['a parameter that is null', (answer) => ({ ...answer, params: [answer.params[0], null] })],
    ['another type', (answer) => ({ ...answer, params: [answer.params[0], { type: 2, a: 0, b: 0 }] })],
    ['fewer bytes than it says', (answer) => edit(answer, { buffer: new Uint8Array(3) })],
    ['more bytes than it says', (answer) => edit(answer, { buffer: new Uint8Array(5) })],
    ['no bytes', (answer) => edit(answer, { buffer: 'text' })],
    ['a size below zero', (answer) => edit(answer, { size: -1 })],
    ['a size that is NaN', (answer) => edit(answer, { size: Number.NaN })],
  ];
  const edit = (answer: ModuleAnswer, change: object) => ({
    ...answer,
    params: [answer.params[0], { ...answer.params[1], ...change }],
  });

  it.each(malformed)('%s is a failure of communication', async (_, change) => {
    const session = await startEdited(change);
    const target = new Uint8Array(4).fill(0xee);
    const error = await failureOf(() =>
      session.invokeCommand(COPY, {
        params: [teecParam.tempInput(Uint8Array.of(1, 2, 3, 4)), teecParam.tempOutput(target)],
      }),
    );
    expect(error).toMatchObject({ code: 'ERR_TEEC_COMMUNICATION', origin: 2 });
    expect([...target]).toEqual([0xee, 0xee, 0xee, 0xee]);
  });

  it('a later parameter that is malformed leaves the earlier outputs alone', async () => {
    const session = await startEdited((answer) => ({
      ...answer,
      params: [...answer.params.slice(0, 2), { type: 2, a: -1, b: 0 }],
    }));
    const target = new Uint8Array(4).fill(0xee);
    const error = await failureOf(() =>
      session.invokeCommand(COPY, {
        params: [
          teecParam.tempInput(Uint8Array.of(1, 2, 3, 4)),
          teecParam.tempOutput(target),
          teecParam.valueOutput(),
        ],
      }),
    );
    expect(error).toMatchObject({ code: 'ERR_TEEC_COMMUNICATION', origin: 2 });
    expect([...target]).toEqual([0xee, 0xee, 0xee, 0xee]);
  });

  it('a size above the buffer is what is required: nothing is written', async () => {
    const session = await startEdited((answer) => edit(answer, { size: 9, buffer: new Uint8Array(9) }));
    const target = new Uint8Array(4).fill(0xee);
    const answer = await session.invokeCommand(COPY, {
      params: [teecParam.tempInput(new Uint8Array(4)), teecParam.tempOutput(target)],
    });
    expect(answer.params[1]).toMatchObject({ size: 9 });
    expect([...target]).toEqual([0xee, 0xee, 0xee, 0xee]);
  });

  it('a defect is a failure of communication with its cause', async () => {
    const { context, module, session } = await start();
    const cause = new TypeError('a defect');
    module.invoke = () => Promise.reject(cause);
    module.openSession = () => {
      throw cause;
    };
    const expected = { code: 'ERR_TEEC_COMMUNICATION', origin: 2, cause };
    expect(await failureOf(() => session.invokeCommand(COUNT))).toMatchObject(expected);
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID))).toMatchObject(expected);
    module.closeSession = () => Promise.reject(cause);
    await session.close();
  });

  it.each([undefined, -1, 1.5, '1'])('the session number %s opens nothing', async (session) => {
    const module = changed(new MemoryModule(), (inner) => ({
      openSession: async (...args) => ({ ...(await inner.openSession(...args)), session: session as number }),
    }));
    const context = await createTeeClient(module).initializeContext();
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID))).toMatchObject({
      code: 'ERR_TEEC_COMMUNICATION',
    });
  });

  it('a session whose outputs are malformed does not stay open', async () => {
    const module = new MemoryModule();
    const broken = changed(module, (inner) => ({
      openSession: async (...args) => ({ ...(await inner.openSession(...args)), params: [] }),
    }));
    const context = await createTeeClient(broken).initializeContext();
    const operation = { params: [teecParam.valueInout(1)] };
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID, { operation }))).toMatchObject({
      code: 'ERR_TEEC_COMMUNICATION',
    });
    expect((await module.snapshot()).applications[0]?.sessions).toBe(0);
  });

  it('a session whose answer has no parameters does not stay open', async () => {
    const module = new MemoryModule();
    const broken = changed(module, (inner) => ({
      openSession: async (...args) => ({ ...(await inner.openSession(...args)), params: null as never }),
    }));
    const context = await createTeeClient(broken).initializeContext();
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID))).toMatchObject({
      code: 'ERR_TEEC_COMMUNICATION',
    });
    expect((await module.snapshot()).applications[0]?.sessions).toBe(0);
  });

  it('answers are wiped once they are with the caller', async () => {
    const buffers: Uint8Array[] = [];
    const session = await startEdited((answer) => {
      for (const one of answer.params) if (one.type === 6) buffers.push(one.buffer);
      return answer;
    });
    const input = teecParam.tempInput(Uint8Array.of(1, 2, 3));
    const answer = await session.invokeCommand(COPY, { params: [input, teecParam.tempOutput(3)] });
    expect([...(outputBytes(answer, 1) ?? [])]).toEqual([1, 2, 3]);
    expect(buffers.map((buffer) => [...buffer])).toEqual([[0, 0, 0]]);
  });
});
