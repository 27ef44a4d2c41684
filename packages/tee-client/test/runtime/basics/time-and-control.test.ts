import { describe, expect, it } from 'vitest';
import type { RpcRequest } from '../../../src/adapters/software/domain-protocol.ts';
import { TEEC_RESULTS as R } from '../../../src/spec/v1/results.ts';
import { commands, output, session, TIMEOUT } from '../../domain/support.ts';
import { evaluator } from './support.ts';

const NOW = 1_800_000_000_123;

function turning(): { now: number; readonly clock: () => number } {
  const clock = { now: NOW, clock: () => clock.now };
  return clock;
}

describe('[part of CC-002] time', () => {
  it('of the host, and of the system that goes only forward', async () => {
    const { value } = await evaluator({ link: { clock: turning().clock } });
    expect(await value('tee.TEE_GetREETime()')).toEqual({ seconds: 1_800_000_000, millis: 123 });
    const times = (await value('[tee.TEE_GetSystemTime(), (tee.TEE_Wait(20), tee.TEE_GetSystemTime())]')) as {
      seconds: number;
      millis: number;
    }[];
    const [before, after] = times.map(({ seconds, millis }) => seconds * 1000 + millis) as [number, number];
    expect(after - before).toBeGreaterThanOrEqual(19);
  });

  it('of the application is what was set and what passed since, also after a new start', async () => {
    const time = turning();
    const seed = new Uint8Array(32).fill(3);
    const a = await evaluator({ link: { clock: time.clock }, seed });
    expect(await a.value('thrown(() => tee.TEE_GetTAPersistentTime())')).toBe('TIME_NOT_SET');
    await a.value('tee.TEE_SetTAPersistentTime({ seconds: 100, millis: 900 })');
    time.now += 1500;
    expect(await a.value('tee.TEE_GetTAPersistentTime()')).toEqual({ seconds: 102, millis: 400 });
    await a.link.close();
    time.now += 10_000;
    const b = await evaluator({ link: { clock: time.clock }, seed, folder: a.folder });
    expect(await b.value('tee.TEE_GetTAPersistentTime()')).toEqual({ seconds: 112, millis: 400 });
  });

  it('of the application needs a reset when the clock was turned back', async () => {
    const time = turning();
    const { value } = await evaluator({ link: { clock: time.clock } });
    await value('tee.TEE_SetTAPersistentTime({ seconds: 100, millis: 0 })');
    time.now -= 1;
    expect(await value('thrown(() => tee.TEE_GetTAPersistentTime())')).toBe('TIME_NEEDS_RESET');
    await value('tee.TEE_SetTAPersistentTime({ seconds: 5, millis: 0 })');
    expect(await value('tee.TEE_GetTAPersistentTime()')).toEqual({ seconds: 5, millis: 0 });
  });

  it('of the application overflows where its seconds do', async () => {
    const time = turning();
    const { value } = await evaluator({ link: { clock: time.clock } });
    await value('tee.TEE_SetTAPersistentTime({ seconds: 0xffffffff, millis: 500 })');
    expect(await value('tee.TEE_GetTAPersistentTime()')).toEqual({ seconds: 0xffffffff, millis: 500 });
    time.now += 500;
    expect(await value('thrown(() => tee.TEE_GetTAPersistentTime())')).toBe('OVERFLOW');
  });

  it('of the application cannot be set without room to keep it', async () => {
    const { value } = await evaluator({ manifest: { storageBytes: 0 } });
    expect(await value('thrown(() => tee.TEE_SetTAPersistentTime({ seconds: 1, millis: 0 }))')).toBe(
      'STORAGE_NO_SPACE',
    );
  });

  it('of the application is no object that it sees', async () => {
    const { value } = await evaluator();
    await value('tee.TEE_SetTAPersistentTime({ seconds: 1, millis: 0 })');
    const expression = `(() => { const e = tee.TEE_AllocatePersistentObjectEnumerator(); return thrown(() => tee.TEE_StartPersistentObjectEnumerator(e, 1)) })()`;
    expect(await value(expression)).toBe('ITEM_NOT_FOUND');
  });

  it.each([
    ['undefined'],
    ['null'],
    ['{}'],
    ['{ seconds: -1, millis: 0 }'],
    ['{ seconds: 2 ** 32, millis: 0 }'],
    ['{ seconds: 1, millis: 1000 }'],
    ['{ seconds: "1", millis: 0 }'],
    ['{ get seconds() { tee.TEE_GetREETime(); return 1 }, millis: 0 }'],
  ])('%s is no time: a panic', async (time) => {
    const { result } = await evaluator();
    expect(await result(`tee.TEE_SetTAPersistentTime(${time})`)).toBe(R.TARGET_DEAD);
  });

  it.each(['-1', '1.5', '"1"', '2 ** 32', 'undefined'])('waiting for %s is a panic', async (time) => {
    const { result } = await evaluator();
    expect(await result(`tee.TEE_Wait(${time})`)).toBe(R.TARGET_DEAD);
  });
});

describe('[part of CC-002] cancellation', () => {
  const code = commands(
    `params[0].a = tee.TEE_GetCancellationFlag() ? 1 : 0`,
    `params[0].b = (tee.TEE_UnmaskCancellation() ? 2 : 0) + (tee.TEE_UnmaskCancellation() ? 1 : 0); params[0].a = tee.TEE_GetCancellationFlag() ? 1 : 0`,
    `tee.TEE_UnmaskCancellation(); params[0].b = tee.TEE_MaskCancellation() ? 1 : 0; params[0].a = tee.TEE_GetCancellationFlag() ? 1 : 0`,
    `tee.TEE_UnmaskCancellation(); try { tee.TEE_Wait(20000) } catch (e) { params[0].a = e.result }`,
    `tee.TEE_Wait(30)`,
    `tee.TEE_UnmaskCancellation(); tee.TEE_Wait(0xffffffff)`,
  );

  it.each([
    [0, { a: 0 }],
    [1, { a: 1, b: 2 }],
    [2, { a: 0, b: 0 }],
    [3, { a: R.CANCEL }],
    [4, {}],
  ])('is masked at first, and seen unmasked (%i)', async (command, expected) => {
    const { invoke, id } = await session(code, { mode: 'worker' });
    const abort = new AbortController();
    const answer = invoke(id, command, [{ type: 2, a: 0, b: 0 }], { ...TIMEOUT, signal: abort.signal });
    abort.abort();
    expect(await answer).toMatchObject({ result: 0, params: [expected] });
    expect((await invoke(id, 0, [{ type: 2, a: 9, b: 0 }])).params[0]).toMatchObject({ a: 0 });
  });

  it('ends an infinite wait with CANCEL as the result of the call', async () => {
    const { invoke, id } = await session(code, { mode: 'worker' });
    const abort = new AbortController();
    const answer = invoke(id, 5, [], { ...TIMEOUT, signal: abort.signal });
    setTimeout(() => abort.abort(), 30);
    expect(await answer).toMatchObject({ result: R.CANCEL, origin: 4 });
  });

  it('an infinite wait without cancellation is a hang', async () => {
    const { invoke, id, link } = await session(code, { mode: 'worker' });
    expect(await invoke(id, 5, [], { timeoutMs: 200 })).toMatchObject({ result: R.TARGET_DEAD, origin: 3 });
    expect(link.dead).toBe(true);
  });
});

describe('sockets', () => {
  const run = async (
    body: string,
    onRpc: (request: RpcRequest) => Partial<{ result: number; value: number; parts: Uint8Array[] }>,
  ) => {
    const asked: RpcRequest[] = [];
    const ta = await session(commands(body), {
      manifest: { socketPeers: ['localhost:99'] },
      onRpc: (request) => {
        asked.push(request);
        return { result: 0, origin: 3, value: 0, parts: [], ...onRpc(request) };
      },
    });
    const answer = await ta.invoke(ta.id, 0, [output(64), { type: 2, a: 0, b: 0 }]);
    return { answer, asked, events: ta.events };
  };

  it('[part of CC-011] go to declared peers, by way of the host', async () => {
    const { answer, asked } = await run(
      `const s = tee.CSSI_SocketOpen('localhost', 99, 10); tee.CSSI_SocketSend(s, Uint8Array.of(1));
       const got = tee.CSSI_SocketReceive(s, 5, 7); params[0].buffer.set(got); params[0].size = got.length; tee.CSSI_SocketClose(s)`,
      ({ kind }) =>
        kind === 'socket-open'
          ? { value: 4 }
          : kind === 'socket-receive'
            ? { parts: [Uint8Array.of(8, 9)] }
            : {},
    );
    expect(answer.params[0]).toMatchObject({ size: 2, buffer: Uint8Array.of(8, 9) });
    expect(asked.map(({ kind }) => kind)).toEqual([
      'socket-open',
      'socket-send',
      'socket-receive',
      'socket-close',
    ]);
  });

  it.each([
    ['localhost', 98],
    ['LOCALHOST', 99],
    ['localhost:99', 99],
    ['127.0.0.1', 99],
  ])('[part of CC-037] refuse %s:%i and alarm', async (host, port) => {
    const { answer, asked, events } = await run(`tee.CSSI_SocketOpen('${host}', ${port}, 10)`, () => ({}));
    expect(answer).toMatchObject({ result: R.ACCESS_DENIED, origin: 4 });
    expect(asked).toEqual([]);
    expect(events[0]?.kind).toBe('undeclared-call');
  });

  it('refuse more bytes than were asked for', async () => {
    const { answer } = await run(
      `tee.CSSI_SocketReceive(tee.CSSI_SocketOpen('localhost', 99, 10), 1, 7)`,
      () => ({ parts: [new Uint8Array(2)] }),
    );
    expect(answer.result).toBe(R.COMMUNICATION);
  });

  it('are closed with the instance, and another socket is a panic', async () => {
    const { answer, asked } = await run(
      `tee.CSSI_SocketOpen('localhost', 99, 10); tee.CSSI_SocketSend(77, new Uint8Array(1))`,
      () => ({ value: 3 }),
    );
    expect(answer.result).toBe(R.TARGET_DEAD);
    expect(asked.at(-1)).toEqual({ kind: 'socket-close', socket: 3 });
  });
});

describe('log', () => {
  it('is one short line without control characters', async () => {
    const ta = await session(commands(`tee.CSSI_Log('a\\nb\\u0000\\u001b[31m密' + 'x'.repeat(1000))`));
    await ta.invoke(ta.id, 0);
    expect(ta.events[0]?.detail).toMatch(/^a b {2}\[31m密x+$/);
    expect(ta.events[0]?.detail).toHaveLength(256);
  });
});
