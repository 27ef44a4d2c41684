import { describe, expect, it } from 'vitest';
import type { DomainMode } from '../../src/adapters/software/domain-protocol.ts';
import { TEEC_RESULTS as R } from '../../src/spec/v1/results.ts';
import {
  bytesAt,
  commands,
  input,
  launch,
  manifestOf,
  NIL,
  output,
  script,
  session,
  TIMEOUT,
  textAt,
  UUID,
} from './support.ts';

const TEE = 3;
const TRUSTED_APP = 4;
/** An application that counts what happens to it in a persistent way: its log lines. */
const LIFE = script(
  `{
    TA_CreateEntryPoint: () => tee.CSSI_Log('create'),
    TA_DestroyEntryPoint: () => tee.CSSI_Log('destroy'),
    TA_OpenSessionEntryPoint: (types, params) => { tee.CSSI_Log('open'); if (types === 1) throw tee.error(params[0].a); return ++opened; },
    TA_CloseSessionEntryPoint: (session) => tee.CSSI_Log('close ' + session),
    TA_InvokeCommandEntryPoint: (session, command) => { if (command === 1) tee.TEE_Panic(7); tee.CSSI_Log('invoke ' + session); },
  }`,
  'let opened = 0',
);
const lines = (events: readonly { kind: string; detail: string }[]): string[] =>
  events.map(({ kind, detail }) => (kind === 'log' ? detail : kind));

describe('[part of CC-002] parameters', () => {
  it('come as they were given and go back as they were written', async () => {
    const { invoke, id } = await session(
      commands(`
        if (types !== 0x6513) throw tee.error('BAD_PARAMETERS');
        if (params.length !== 4) throw tee.error('BAD_STATE');
        const [inout, inp, mem, out] = params;
        inout.a = mem.buffer[0] + inout.a; inout.b = 0xffffffff;
        out.buffer.set(mem.buffer); out.buffer[3] = inp.a; out.size = 4;
      `),
    );
    const answer = await invoke(id, 0, [
      { type: 3, a: 5, b: 6 },
      { type: 1, a: 200, b: 0 },
      input(Uint8Array.of(1, 2, 3)),
      output(16),
    ]);
    expect(answer).toMatchObject({ result: 0, origin: TRUSTED_APP });
    expect(answer.params).toEqual([
      { type: 3, a: 6, b: 0xffffffff },
      { type: 1, a: 200, b: 0 },
      { type: 5, size: 3, buffer: new Uint8Array(0) },
      { type: 6, size: 4, buffer: Uint8Array.of(1, 2, 3, 200) },
    ]);
  });

  it('are copies: what the application changes later changes nothing', async () => {
    const { invoke, id } = await session(
      commands(
        `session.kept = params[0].buffer; params[1].buffer[0] = 1; session.out = params[1].buffer; params[1].size = 1`,
        `session.kept.fill(9); session.out.fill(9)`,
      ),
    );
    const given = Uint8Array.of(1, 2);
    const answer = await invoke(id, 0, [input(given), output(1)]);
    await invoke(id, 1);
    expect(given).toEqual(Uint8Array.of(1, 2));
    expect(bytesAt(answer, 1)).toEqual(Uint8Array.of(1));
  });

  it('have only what the client gave: outputs begin as zeroes, values as 0', async () => {
    const { invoke, id } = await session(
      commands(`if (params[0].buffer.some((b) => b !== 0) || params[1].a !== 0) throw tee.error('SECURITY');
        if (params[0].buffer.buffer.byteLength !== 8) throw tee.error('GENERIC')`),
    );
    const answer = await invoke(id, 0, [
      { type: 6, size: 8, buffer: Uint8Array.of(1, 2, 3) },
      { type: 2, a: 77, b: 78 },
    ]);
    expect(answer.result).toBe(0);
  });

  it('SHORT_BUFFER gives the size that is required, and no bytes', async () => {
    const { invoke, id } = await session(
      commands(`params[0].size = 100; params[1].a = 5; throw tee.error('SHORT_BUFFER', 100)`),
    );
    const answer = await invoke(id, 0, [output(4), { type: 2, a: 0, b: 0 }]);
    expect(answer).toMatchObject({ result: R.SHORT_BUFFER, origin: TRUSTED_APP });
    expect(answer.params).toEqual([
      { type: 6, size: 100, buffer: new Uint8Array(0) },
      { type: 2, a: 0, b: 0 },
    ]);
  });

  it('an output that is longer than was offered makes success SHORT_BUFFER', async () => {
    const { invoke, id } = await session(commands(`params[0].size = 5`));
    const answer = await invoke(id, 0, [output(4)]);
    expect(answer).toMatchObject({ result: R.SHORT_BUFFER, origin: TRUSTED_APP });
    expect(answer.params).toEqual([{ type: 6, size: 5, buffer: new Uint8Array(0) }]);
  });

  it('nothing comes out of a call that fails', async () => {
    const { invoke, id } = await session(
      commands(`params[0].buffer.fill(7); params[1].a = 7; throw tee.error('GENERIC')`),
    );
    const answer = await invoke(id, 0, [output(4), { type: 3, a: 1, b: 2 }]);
    expect(answer).toMatchObject({ result: R.GENERIC, origin: TRUSTED_APP });
    expect(answer.params).toEqual([
      { type: 6, size: 4, buffer: new Uint8Array(0) },
      { type: 3, a: 1, b: 2 },
    ]);
  });

  it.each([
    ['a size that is no number', `params[0].size = '3'`, R.SHORT_BUFFER],
    ['a size below zero', `params[0].size = -1`, R.SHORT_BUFFER],
    ['a size with a fraction', `params[0].size = 1.5`, R.SHORT_BUFFER],
    [
      'a getter that throws',
      `Object.defineProperty(params[0], 'size', { get() { throw 1 } })`,
      R.TARGET_DEAD,
    ],
    ['a symbol for a value', `params[1].a = Symbol.iterator`, R.TARGET_DEAD],
  ])('an application that leaves %s hurts only itself', async (_name, body, result) => {
    const { invoke, id } = await session(commands(body));
    expect((await invoke(id, 0, [output(4), { type: 2, a: 0, b: 0 }])).result).toBe(result);
  });

  it('outputs come from the memory that was given, whatever stands in its place', async () => {
    const { invoke, id } = await session(
      commands(`
        const real = params[0].buffer;
        real[0] = 5;
        class Evil extends Uint8Array { static get [Symbol.species]() { throw new Error('species') } }
        Object.defineProperty(real, 'constructor', { value: Evil });
        Object.defineProperty(real, 'buffer', { value: new ArrayBuffer(9) });
        Object.defineProperty(real, 'length', { value: 1e9 });
        real.subarray = real.slice = () => new Uint8Array(1e6);
        try { params[0].buffer = new Uint8Array(1000).fill(1) } catch {}
      `),
    );
    const answer = await invoke(id, 0, [output(2)]);
    expect(answer.params).toEqual([{ type: 6, size: 2, buffer: Uint8Array.of(5, 0) }]);
  });

  it('refuses an output that no domain has memory for', async () => {
    const { invoke, id } = await session(commands(''));
    const answer = await invoke(id, 0, [output(0x7fffffff)]);
    expect(answer).toMatchObject({ result: R.OUT_OF_MEMORY, origin: TEE });
  });
});

describe('[part of CC-002] sessions and instances', () => {
  it('a single instance has all sessions, and ends with the last', async () => {
    const { open, invoke, link, events } = await launch(LIFE, { manifest: { instanceKeepAlive: false } });
    const a = await open();
    const b = await open();
    await invoke(a.session, 0);
    await link.call({ kind: 'close', session: a.session }, TIMEOUT);
    await link.call({ kind: 'close', session: b.session }, TIMEOUT);
    await open();
    expect(lines(events)).toEqual([
      'create',
      'open',
      'open',
      'invoke 1',
      'close 1',
      'close 2',
      'destroy',
      'create',
      'open',
    ]);
  });

  it('a single instance that is kept alive remembers', async () => {
    const { open, link, events } = await launch(LIFE);
    for (let i = 0; i < 2; i++) {
      const { session } = await open();
      await link.call({ kind: 'close', session }, TIMEOUT);
    }
    expect(lines(events)).toEqual(['create', 'open', 'close 1', 'open', 'close 2']);
    await link.close();
    expect(lines(events).at(-1)).toBe('destroy');
  });

  it('a multi-instance application has an instance for each session', async () => {
    const { open, invoke, link, events } = await launch(LIFE, { manifest: { singleInstance: false } });
    const a = await open();
    const b = await open();
    await invoke(b.session, 0);
    await link.call({ kind: 'close', session: a.session }, TIMEOUT);
    expect(lines(events)).toEqual(['create', 'open', 'create', 'open', 'invoke 1', 'close 1', 'destroy']);
  });

  it('a second session is BUSY without multi-session', async () => {
    const { open, link } = await launch(LIFE, { manifest: { multiSession: false } });
    const a = await open();
    expect(await open()).toMatchObject({ result: R.BUSY, origin: TEE });
    await link.call({ kind: 'close', session: a.session }, TIMEOUT);
    expect((await open()).result).toBe(0);
  });

  it.each([true, false])(
    'no more sessions than the manifest allows (single instance: %s)',
    async (singleInstance) => {
      const { open } = await launch(LIFE, { manifest: { singleInstance, maxSessions: 3 } });
      const results = [];
      for (let i = 0; i < 4; i++) results.push((await open()).result);
      expect(results).toEqual([0, 0, 0, R.BUSY]);
    },
  );

  it('a refused session leaves nothing behind', async () => {
    const { open, control, events } = await launch(LIFE, { manifest: { instanceKeepAlive: false } });
    const answer = await open([{ type: 1, a: R.ACCESS_DENIED, b: 0 }]);
    expect(answer).toMatchObject({ result: R.ACCESS_DENIED, origin: TRUSTED_APP, session: 0 });
    expect(lines(events)).toEqual(['create', 'open', 'destroy']);
    expect(JSON.parse(new TextDecoder().decode((await control('stats')).parts[0]))).toMatchObject({
      sessions: 0,
      memory: { used: 0 },
    });
  });

  it('a session whose outputs do not fit is closed again', async () => {
    const code = script(`{
      TA_OpenSessionEntryPoint: (t, p) => { p[0].size = 99; return 1 },
      TA_CloseSessionEntryPoint: () => tee.CSSI_Log('close'),
      TA_InvokeCommandEntryPoint: () => {} }`);
    const { open, events } = await launch(code);
    expect((await open([output(1)])).result).toBe(R.SHORT_BUFFER);
    expect(lines(events)).toEqual(['close']);
  });

  it('what TA_CreateEntryPoint fails with is the answer, and the next session tries again', async () => {
    const code = script(
      `{ TA_CreateEntryPoint: () => { if (!globalThis.second) { globalThis.second = true; throw tee.error('NO_DATA') } },
         TA_OpenSessionEntryPoint: () => 1, TA_InvokeCommandEntryPoint: () => {} }`,
    );
    const { open } = await launch(code, { manifest: { instanceKeepAlive: false } });
    expect(await open()).toMatchObject({ result: R.NO_DATA, origin: TRUSTED_APP });
    delete (globalThis as { second?: boolean }).second;
  });

  it.each([0, 1, 99, 0xffffffff])('refuses session %i that is not open', async (number) => {
    const { invoke, link } = await launch(LIFE);
    expect(await invoke(number, 0)).toMatchObject({ result: R.BAD_STATE, origin: TEE });
    const request = { service: 'derive', label: Uint8Array.of(1), length: 32 } as const;
    expect(await link.call({ kind: 'service', session: number, request }, TIMEOUT)).toMatchObject({
      result: R.BAD_STATE,
    });
    expect((await link.call({ kind: 'close', session: number }, TIMEOUT)).result).toBe(0);
  });
});

describe('[part of CC-003] panics', () => {
  const ways: readonly [string, string][] = [
    ['TEE_Panic', 'tee.TEE_Panic(0x1234)'],
    ['an exception', 'throw new Error("secret of the application")'],
    ['a thrown value that is no error', 'throw 5'],
    ['a thrown null', 'throw null'],
    ['something that only looks like an answer', 'throw { name: "TeeError", result: 0xffff0001 }'],
    ['a caught panic', 'try { tee.TEE_Panic(1) } catch {}'],
    ['a misuse that it catches', 'try { tee.TEE_Free(new Uint8Array(3)) } catch {}'],
    ['unknown results', 'throw tee.error("NO_SUCH_RESULT")'],
    ['success as an error', 'throw tee.error(0)'],
    ['recursion without end', 'const f = () => f() + 1; f()'],
    [
      'recursion that it catches inside the runtime',
      `
      const deep = () => { try { deep() } catch { tee.TEE_GetInstanceData(); tee.TEE_FreeOperation(3) } };
      deep();`,
    ],
    ['undefined that is called', 'undefined()'],
    ['a proxy that throws', 'throw new Proxy({}, { getPrototypeOf() { throw 1 } })'],
  ];

  it.each(ways)('%s ends a single instance and its domain', async (_name, body) => {
    const { link, invoke, open, id, events, exits } = await session(commands(body));
    expect(await invoke(id, 0)).toMatchObject({ result: R.TARGET_DEAD, origin: TEE });
    expect(link.dead).toBe(true);
    expect(await invoke(id, 0)).toMatchObject({ result: R.TARGET_DEAD, origin: TEE });
    expect((await open()).result).toBe(R.TARGET_DEAD);
    await link.close();
    expect(exits).toEqual(['panicked']);
    expect(events.filter(({ kind }) => kind === 'panic')).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain('secret of the application');
  });

  it.each(ways)('%s ends only its own instance of a multi-instance application', async (_name, body) => {
    const { link, invoke, open } = await launch(commands(body, ''), { manifest: { singleInstance: false } });
    const a = (await open()).session;
    const b = (await open()).session;
    expect(await invoke(a, 0)).toMatchObject({ result: R.TARGET_DEAD, origin: TEE });
    expect(await invoke(a, 1)).toMatchObject({ result: R.TARGET_DEAD, origin: TEE });
    const request = { service: 'derive', label: Uint8Array.of(1), length: 32 } as const;
    expect((await link.call({ kind: 'service', session: a, request }, TIMEOUT)).result).toBe(R.TARGET_DEAD);
    expect((await invoke(b, 1)).result).toBe(0);
    expect((await open()).result).toBe(0);
    expect((await link.call({ kind: 'close', session: a }, TIMEOUT)).result).toBe(0);
    expect(link.dead).toBe(false);
  });

  it('gives the memory of a dead instance back', async () => {
    const { invoke, open, control } = await launch(
      commands(
        'tee.TEE_Malloc(500000, 0); tee.TEE_Panic(1)',
        'if (!tee.TEE_Malloc(500000, 0)) throw tee.error("OUT_OF_MEMORY")',
      ),
      { manifest: { singleInstance: false } },
    );
    const a = (await open()).session;
    await invoke(a, 0);
    const b = (await open()).session;
    expect((await invoke(b, 1)).result).toBe(0);
    const stats = JSON.parse(new TextDecoder().decode((await control('stats')).parts[0]));
    expect(stats.memory.used).toBeLessThan(600_000);
    expect(stats.memory.quota).toBe(1 << 20);
  });

  it('names the code of the first panic', async () => {
    const { invoke, id, events } = await session(
      commands('try { tee.TEE_Panic(0xabc) } finally { tee.TEE_Panic(2) }'),
    );
    await invoke(id, 0);
    expect(events).toEqual([{ kind: 'panic', detail: 'code=abc reason=TEE_Panic' }]);
  });

  it.each([
    [
      'opening',
      script('{ TA_OpenSessionEntryPoint: () => tee.TEE_Panic(1), TA_InvokeCommandEntryPoint: () => {} }'),
    ],
    [
      'being created',
      script(
        '{ TA_CreateEntryPoint: () => tee.TEE_Panic(1), TA_OpenSessionEntryPoint: () => 1, TA_InvokeCommandEntryPoint: () => {} }',
      ),
    ],
  ])('an application that panics while %s is dead', async (_name, code) => {
    const { open, link } = await launch(code);
    expect(await open()).toMatchObject({ result: R.TARGET_DEAD, origin: TEE });
    expect(link.dead).toBe(true);
  });

  it('an application that panics while closing is dead, and the close succeeds', async () => {
    const code = script(`{ TA_OpenSessionEntryPoint: () => 1, TA_InvokeCommandEntryPoint: () => {},
      TA_CloseSessionEntryPoint: () => tee.TEE_Panic(1) }`);
    const { link, id } = await session(code);
    expect((await link.call({ kind: 'close', session: id }, TIMEOUT)).result).toBe(0);
    expect(link.dead).toBe(true);
  });
});

describe('[CC-037] what the manifest does not declare is refused and alarmed', () => {
  it('commands', async () => {
    const { invoke, id, events } = await session(commands('', '', ''), { manifest: { commands: [0, 2] } });
    expect((await invoke(id, 0)).result).toBe(0);
    expect(await invoke(id, 1)).toMatchObject({ result: R.ACCESS_DENIED, origin: TEE });
    expect((await invoke(id, 2)).result).toBe(0);
    expect(events).toEqual([{ kind: 'undeclared-call', detail: 'command=1' }]);
  });

  it('the command of personalisation, always', async () => {
    const { invoke, id, events } = await session(commands(''));
    expect(await invoke(id, 0xffff0001)).toMatchObject({ result: R.ACCESS_DENIED, origin: TEE });
    expect(events).toHaveLength(1);
  });

  it('logins', async () => {
    const { open, events } = await launch(LIFE, { manifest: { logins: [1] } });
    expect(await open([], 0)).toMatchObject({ result: R.ACCESS_DENIED, origin: TEE });
    expect((await open([], 1)).result).toBe(0);
    expect(events[0]).toEqual({ kind: 'undeclared-call', detail: 'login=0' });
  });

  it.each([0xf0000000, 0xf1000000])('a client that says it is login %s', async (login) => {
    const { open, events } = await launch(LIFE);
    expect(await open([], login)).toMatchObject({ result: R.ACCESS_DENIED, origin: TEE });
    expect(events[0]?.kind).toBe('undeclared-call');
  });

  it.each([
    ['crypto', `tee.TEE_GenerateRandom(4)`],
    ['storage', `tee.TEE_OpenPersistentObject(1, new Uint8Array(1), 1)`],
    ['time', `tee.TEE_GetREETime()`],
    ['arithmetic', `tee.TEE_BigIntSizeInU32(32)`],
    ['internal-client', `tee.TEE_OpenTASession('${NIL}', 0, [])`],
    ['derive', `tee.CSSI_DeriveTaKey(new Uint8Array(1), 32)`],
    ['evidence', `tee.CSSI_GetEvidence(new Uint8Array(16), new Uint8Array(0))`],
    ['secure-memory', `tee.CSSI_GetSecureMemory(1)`],
    ['sockets', `tee.CSSI_SocketOpen('a', 1, 1)`],
  ] as const)('the API %s', async (api, call) => {
    const body = `try { ${call} } catch (e) { params[0].a = e.result }`;
    const apis = manifestOf().apis.filter((one) => one !== api && !(api === 'storage' && one === 'crypto'));
    const { invoke, id, events } = await session(commands(body), { manifest: { apis } });
    const answer = await invoke(id, 0, [{ type: 2, a: 0, b: 0 }]);
    expect(answer.params[0]).toMatchObject({ a: R.ACCESS_DENIED });
    expect(events[0]).toMatchObject({ kind: 'undeclared-call' });
    expect(events[0]?.detail).toContain(`api=${api}`);
  });
});

describe('starting', () => {
  it.each([
    [
      'a changed header',
      (parts: { grant: { headerDigest: Uint8Array } }) => parts.grant.headerDigest.fill(1),
      'ERR_TEE_BUNDLE_DIGEST',
    ],
    [
      'changed code',
      (parts: { grant: { codeDigest: Uint8Array } }) => parts.grant.codeDigest.fill(1),
      'ERR_TEE_BUNDLE_DIGEST',
    ],
    [
      'a changed bundle',
      (parts: { bundle: Uint8Array }) => {
        parts.bundle[parts.bundle.length - 3]! ^= 1;
      },
      'ERR_TEE_BUNDLE_DIGEST',
    ],
    [
      'a cut bundle',
      (parts: { bundle: Uint8Array }) => {
        parts.bundle = parts.bundle.slice(0, -1);
      },
      'ERR_TEE_BUNDLE_MALFORMED',
    ],
    [
      'another format',
      (parts: { bundle: Uint8Array }) => {
        parts.bundle[0] = 0;
      },
      'ERR_TEE_BUNDLE_MALFORMED',
    ],
  ])('[part of CC-004] refuses %s', async (_name, spoil, code) => {
    await expect(launch(LIFE, { spoil: spoil as never })).rejects.toMatchObject({ code });
  });

  it.each([
    ['a syntax error', '((('],
    ['nothing', ' '],
    ['an object', '({})'],
    ['code that throws', 'throw new Error("x")'],
    ['a factory that throws', '() => { throw 1 }'],
    ['a factory of nothing', '() => undefined'],
    ['no invoke', '() => ({ TA_OpenSessionEntryPoint() {} })'],
    [
      'an entry point that is no function',
      '() => ({ TA_OpenSessionEntryPoint() {}, TA_InvokeCommandEntryPoint: 5 })',
    ],
    ['a getter that throws', '() => ({ get TA_OpenSessionEntryPoint() { throw 1 } })'],
    ['a panic while loading', '(tee) => { tee.TEE_Panic(1) }'],
    [
      'a panic while loading that it caught',
      '(tee) => { try { tee.TEE_Panic(1) } catch {} return { TA_OpenSessionEntryPoint() {}, TA_InvokeCommandEntryPoint() {} } }',
    ],
  ])('refuses %s for an application', async (_name, code) => {
    await expect(launch(code)).rejects.toMatchObject({ code: 'ERR_TEE_TA_INVALID' });
  });

  it('does nothing before the application is started, and starts once', async () => {
    const { link, control } = await launch(LIFE);
    expect((await control('start', new Uint8Array(1), new Uint8Array(1), new Uint8Array(0))).result).toBe(
      R.BAD_STATE,
    );
    expect((await control('no-such-control')).result).toBe(R.NOT_SUPPORTED);
    expect(link.dead).toBe(false);
  });

  it('checks itself', async () => {
    const { control } = await launch(LIFE);
    expect((await control('self-check')).result).toBe(0);
  });

  it('says what it consists of', async () => {
    const { control } = await launch(LIFE);
    const { parts } = await control('stats');
    expect(JSON.parse(new TextDecoder().decode(parts[0]))).toEqual({
      memory: { used: 0, peak: 0, quota: 1 << 20 },
      storage: { used: 0, quota: 1 << 20 },
      sessions: 0,
    });
  });
});

describe.each<DomainMode>(['process', 'worker'])('an application in mode %s', (mode) => {
  it('[part of CC-003] runs, keeps its objects, panics and is gone', async () => {
    const code = commands(
      `const id = new TextEncoder().encode('x');
       const object = tee.TEE_CreatePersistentObject(1, id, 0x3, null, params[0].buffer);
       tee.TEE_CloseObject(object);`,
      `const object = tee.TEE_OpenPersistentObject(1, new TextEncoder().encode('x'), 0x1);
       const data = tee.TEE_ReadObjectData(object, 100);
       params[0].buffer.set(data); params[0].size = data.length; tee.TEE_CloseObject(object);`,
      `tee.TEE_Panic(9)`,
    );
    const seed = new Uint8Array(32).fill(7);
    const { invoke, id, link, folder, exits } = await session(code, { mode, seed });
    expect((await invoke(id, 0, [input(Uint8Array.of(1, 2, 3))])).result).toBe(0);
    expect(bytesAt(await invoke(id, 1, [output(100)]), 0)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await invoke(id, 2)).toMatchObject({ result: R.TARGET_DEAD, origin: TEE });
    await link.close();
    expect(exits).toEqual(['panicked']);
    const again = await session(code, { mode, seed, folder });
    expect(bytesAt(await again.invoke(again.id, 1, [output(100)]), 0)).toEqual(Uint8Array.of(1, 2, 3));
    expect((await again.control('self-check')).result).toBe(0);
  });

  it('[part of CC-003] has no way out of its compartment', async () => {
    const probes = [
      ...['process', 'require', 'fetch', 'setTimeout', 'eval', 'Function', 'Compartment', 'WebAssembly'],
      ...['SharedArrayBuffer', 'Atomics', 'Buffer', 'console', 'lockdown', 'harden', 'performance', 'crypto'],
    ].map((name) => [`typeof ${name}`, 'undefined']);
    const constructors = [
      '(() => {})',
      '(async () => {})',
      '(function* () {})',
      '[]',
      'tee.TEE_Malloc',
      'new TextEncoder()',
      'caught',
      'tee.TEE_Malloc(8, 0)',
    ].map((value) => [
      `(() => { try { return (${value}).constructor.constructor('return process')() } catch (e) { return e.name } })()`,
      'TypeError',
    ]);
    const changes = [
      'Object.prototype',
      'Uint8Array.prototype',
      'caught.constructor.prototype',
      'TextEncoder.prototype',
      'tee',
      'Error',
      'Reflect',
    ].map((value) => [
      `(() => { 'use strict'; try { (${value}).x = 1; return 'changed' } catch (e) { return e.name } })()`,
      'TypeError',
    ]);
    const classes = [
      // The realm's own Error has powers that a compartment's has not.
      ['Object.getPrototypeOf(caught.constructor) === Error', 'true'],
      ['Object.getPrototypeOf(tee.error("GENERIC").constructor) === Error', 'true'],
      ['Error.prototype.constructor === Error', 'true'],
      ['caught instanceof Error', 'true'],
      ['typeof Float32Array + typeof Float64Array', 'undefinedundefined'],
    ];
    const powers = ['Date.now()', 'new Date()', 'Math.random()'].map((call) => [
      `(() => { try { return 'has ' + (${call}) } catch (e) { return e.name } })()`,
      'TypeError',
    ]);
    const stacks = [
      'new Error("x").stack',
      'caught.stack',
      '(() => { const o = {}; Error.captureStackTrace(o); return o.stack })()',
    ].map((stack) => [`String(${stack}).includes('/')`, 'false']);
    const own = [
      'tee.TEE_GenerateRandom(8)',
      'tee.TEE_Malloc(8, 0)',
      'new TextEncoder().encode("12345678")',
      'params[0].buffer.slice(0, 8)',
      'tee.CSSI_DeriveTaKey(new Uint8Array(1), 16).slice(0, 8)',
    ].map((bytes) => [`String((${bytes}).buffer.byteLength) + (${bytes}).constructor.name`, '8Uint8Array']);
    const all = [
      ...probes,
      ...constructors,
      ...changes,
      ...classes,
      ...powers,
      ...stacks,
      ...own,
    ] as unknown as readonly (readonly [string, string])[];
    const code = commands(
      ...all.map(
        ([expression]) => `
      let caught; try { tee.TEE_AllocateTransientObject(1, 1) } catch (e) { caught = e }
      const text = new TextEncoder().encode(String(${expression}));
      params[0].buffer.set(text); params[0].size = text.length;`,
      ),
    );
    const { invoke, id } = await session(code, { mode });
    for (const [i, [expression, expected]] of all.entries()) {
      expect([expression, textAt(await invoke(id, i, [output(64)]))]).toEqual([expression, expected]);
    }
  });

  it.each(['import("node:fs")', 'import ("fs")'])(
    '[part of CC-003] is not loaded with %s',
    async (expression) => {
      await expect(launch(commands(expression), { mode })).rejects.toMatchObject({
        code: 'ERR_TEE_TA_INVALID',
      });
    },
  );

  it('[part of CC-003] instances of one application share nothing they could change', async () => {
    const code = commands(
      `globalThis.left = 1; try { Object.prototype.left = 1 } catch {} try { tee.left = 1 } catch {}
       try { Map.prototype.get = () => 5 } catch {}
       try { tee.TEE_AllocateTransientObject(1, 1) } catch (e) { try { e.constructor.left = 1 } catch {} }`,
      `let error; try { tee.TEE_AllocateTransientObject(1, 1) } catch (e) { error = e }
       const found = [globalThis.left, {}.left, tee.left, error.constructor.left].filter((x) => x !== undefined);
       params[0].a = found.length + (new Map([[1, 2]]).get(1) === 2 ? 0 : 100);`,
    );
    const { open, invoke } = await launch(code, { mode, manifest: { singleInstance: false } });
    const a = (await open()).session;
    const b = (await open()).session;
    expect((await invoke(a, 0)).result).toBe(0);
    expect((await invoke(b, 1, [{ type: 2, a: 0, b: 0 }])).params).toEqual([{ type: 2, a: 0, b: 0 }]);
  });
});

it('the UUID of the tests is the one they install', () => {
  expect(manifestOf().uuid).toBe(UUID);
});
