import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TeecContext, type TeecSession, teecParam } from '../../src/index.ts';
import type { ModuleEvent, ModuleEventKind } from '../../src/spec/v1/monitor.ts';
import { failureOf } from '../basics.ts';
import { attack, hostileTa } from './hostile-ta.ts';
import { startManagedFor, testManifest } from './installing.ts';

const GLUTTON = '70000000-0000-4000-8000-000000000011';
const NEIGHBOUR = '70000000-0000-4000-8000-000000000012';
const TIMEOUT_MS = 1_000;

const GREED = `{
  hello: () => 'hello',
  heap: () => { const all = []; for (;;) all.push(new Array(100000).fill({}).map((_, i) => ({ i }))); },
  buffers: () => { const all = []; for (;;) all.push(new Uint8Array(16 << 20).fill(1)); },
  text: () => { let all = 'x'; for (;;) all += all + 'y'; },
  quota: (tee) => {
    let bytes = 0;
    for (;;) {
      const block = tee.TEE_Malloc(1 << 16, 0);
      if (block === null) return bytes;
      bytes += block.length;
    }
  },
  hugeMalloc: (tee) => String(tee.TEE_Malloc(0xffffffff, 0)),
  forever: () => { for (;;); },
  expression: () => /^(a+)+$/.test('a'.repeat(64) + 'b'),
  recursion: () => { const down = (n) => 1 + down(n + 1); return down(0); },
  recursionOfApi: (tee) => {
    const down = () => { try { return down(); } catch { return tee.TEE_GenerateRandom(4).length; } };
    return down();
  },
  panic: (tee) => tee.TEE_Panic(0xdead),
  logs: (tee) => { for (let i = 0; i < 20000; i++) tee.CSSI_Log('line ' + i); return 'logged'; },
  longLog: (tee) => { tee.CSSI_Log('x'.repeat(1 << 20)); return 'logged'; },
  promises: () => { const again = () => Promise.resolve().then(again); again(); return 'queued'; },
  throwNothing: () => { throw null; },
  throwProxy: () => { throw new Proxy({}, { get() { for (;;); } }); },
  throwFake: () => { throw { name: 'TeeError', result: 0, origin: 1 }; },
}`;

/** Sets the size of parameter 1 to what it is asked for and leaves it so; the frame of hostileTa does not. */
const SIZES = `
(tee) => ({
  TA_OpenSessionEntryPoint() { return {}; },
  TA_InvokeCommandEntryPoint(session, command, types, params) {
    const sizes = [-1, 0.5, NaN, Infinity, 2 ** 32, 2 ** 53, '4', null, {}, 1 << 30, undefined, 9007199254740993n];
    const target = params[1];
    if (command < 100) target.size = sizes[command];
    if (command === 100) Object.defineProperty(target, 'size', { get() { for (;;); } });
    if (command === 101) target.buffer = new Uint8Array(1 << 26);
    if (command === 102) Object.setPrototypeOf(params, null);
    if (command === 103) params[1] = { type: 6, buffer: new Uint8Array(1 << 20), size: 1 << 20 };
    if (command === 104) target.type = 1;
    if (command === 105) return { then(resolve) { resolve(1); } };
    if (command === 106) delete target.buffer;
  },
})`;
const SIZER = '70000000-0000-4000-8000-000000000013';

describe.each(['process', 'worker'] as const)('an application that takes all it can get (%s)', (mode) => {
  let managed: Awaited<ReturnType<typeof startManagedFor>>;
  let context: TeecContext;
  let neighbour: TeecSession;
  const events: ModuleEvent[] = [];

  beforeAll(async () => {
    managed = await startManagedFor({ mode });
    managed.tee.module.subscribe((event) => events.push(event));
    const limits = { callTimeoutMs: TIMEOUT_MS, memoryBytes: 1 << 20 };
    await managed.install(testManifest(GLUTTON, limits), hostileTa(GREED));
    await managed.install(testManifest(NEIGHBOUR), hostileTa(GREED));
    await managed.install(testManifest(SIZER, limits), SIZES);
    context = await managed.tee.initializeContext();
    neighbour = await context.openSession(NEIGHBOUR);
  });
  afterAll(() => managed.stop());

  const seen = (kind: ModuleEventKind, from: number): boolean =>
    events.slice(from).some((event) => event.kind === kind && event.uuid === GLUTTON);

  /** The attack ends its maker with TARGET_DEAD; the host, the neighbour and a new start live. */
  async function endsItself(name: string): Promise<void> {
    const session = await context.openSession(GLUTTON);
    expect(await failureOf(() => attack(session, name, '', true))).toMatchObject({
      code: 'ERR_TEEC_TARGET_DEAD',
      origin: 3,
    });
    expect(await attack(neighbour, 'hello')).toBe('hello');
    expect(await attack(await context.openSession(GLUTTON), 'hello')).toBe('hello');
  }

  it.each(['forever', 'expression'])(
    '%s: a call that never returns is ended and reported [part of CC-003, CC-018]',
    async (name) => {
      const from = events.length;
      await endsItself(name);
      expect(seen('ta-hung', from)).toBe(true);
    },
  );

  // The limit of a worker's heap ends the worker; so does the limit of a process.
  it('heap: memory without end is ended [part of CC-003]', async () => {
    await endsItself('heap');
  });

  // A worker shares the process: nothing bounds its array buffers (README, "What mode worker cannot
  // stop"). It is not tried there: it would take the memory of the machine that runs the tests.
  it.runIf(mode === 'process')(
    'buffers: memory outside of the heap is ended, too [part of CC-003]',
    async () => {
      const session = await context.openSession(GLUTTON);
      const outcome = await attack(session, 'buffers').catch((error: unknown) => error);
      // The system refuses the memory (an error inside), or the process is ended.
      if (typeof outcome === 'string') expect(outcome).toMatch(/^threw RangeError/);
      else expect(outcome).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
      expect(await attack(neighbour, 'hello')).toBe('hello');
    },
  );

  it('text: strings without end are refused or end it', async () => {
    // What the attack before it left in memory may end it while it opens; the next session starts it anew.
    const open = () => context.openSession(GLUTTON);
    const session = await open().catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
      return open();
    });
    const outcome = await attack(session, 'text').catch((error: unknown) => error);
    if (typeof outcome === 'string') expect(outcome).toMatch(/^threw RangeError/);
    else expect(outcome).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    expect(await attack(neighbour, 'hello')).toBe('hello');
  });

  it('quota: secure memory ends at the quota of the manifest, and comes back with the instance [part of CC-003]', async () => {
    const session = await context.openSession(NEIGHBOUR);
    const bytes = Number(await attack(session, 'quota'));
    expect(bytes).toBeGreaterThan(3 << 20);
    expect(bytes).toBeLessThanOrEqual(4 << 20);
    expect(await attack(session, 'hugeMalloc')).toBe('null');
    expect(Number(await attack(await context.openSession(GLUTTON), 'quota'))).toBeLessThanOrEqual(1 << 20);
  });

  it.each(['recursion', 'throwNothing', 'throwProxy', 'throwFake', 'panic'])(
    '%s: what is no answer is a panic, and ends it [part of CC-003]',
    async (name) => {
      const from = events.length;
      await endsItself(name);
      await expect.poll(() => seen('ta-panicked', from)).toBe(true);
    },
  );

  it('recursionOfApi: the API at the end of the stack breaks nothing', async () => {
    const session = await context.openSession(GLUTTON);
    const outcome = await attack(session, 'recursionOfApi').catch((error: unknown) => error);
    if (typeof outcome !== 'string') expect(outcome).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    expect(await attack(await context.openSession(GLUTTON), 'hello')).toBe('hello');
  });

  it('logs: a flood of lines reaches the host in a bounded number [part of CC-018]', async () => {
    const from = events.length;
    expect(await attack(neighbour, 'logs')).toBe('logged');
    expect(await attack(neighbour, 'hello')).toBe('hello');
    await attack(await context.openSession(GLUTTON), 'longLog').catch(() => {});
    const lines = events.slice(from).filter(({ kind }) => kind === 'log');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(101);
    for (const { detail } of lines) expect(detail.length).toBeLessThanOrEqual(256);
  });

  it('promises: microtasks never run, so they take nothing', async () => {
    const session = await context.openSession(GLUTTON);
    expect(await attack(session, 'promises')).toBe('queued');
    expect(await attack(session, 'hello')).toBe('hello');
  });

  it.each([...Array.from({ length: 12 }, (_, i) => i), 100, 101, 102, 103, 104, 105, 106])(
    'wrong sizes and parameters (%i) write nothing outside of what was offered',
    async (command) => {
      const session = await context.openSession(SIZER);
      const target = new Uint8Array(64).fill(0xee);
      const offered = target.subarray(16, 32);
      try {
        const { params } = await session.invokeCommand(command, {
          params: [teecParam.tempInput(new Uint8Array(4)), teecParam.tempOutput(offered)],
        });
        expect((params[1] as { size: number }).size).toBeLessThanOrEqual(16);
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(
            /^ERR_TEEC_(?:TARGET_DEAD|SHORT_BUFFER|GENERIC|BAD_PARAMETERS|COMMUNICATION)$/,
          ),
        });
      }
      expect([...target.subarray(0, 16), ...target.subarray(32)]).toEqual(Array(48).fill(0xee));
      expect(await attack(neighbour, 'hello')).toBe('hello');
    },
  );

  it('the figures of the neighbour are its own: alive, one start, no failure [part of CC-018]', async () => {
    const { applications } = await managed.tee.module.snapshot();
    const metrics = applications.find(({ uuid }) => uuid === NEIGHBOUR);
    expect(metrics).toMatchObject({ state: 'running', starts: 1, failures: {} });
    expect(applications.find(({ uuid }) => uuid === GLUTTON)?.starts).toBeGreaterThan(3);
  });
});
