import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SoftwareModule } from '../../src/adapters/software/module.ts';
import { checkOptions, type SoftwareTeeOptions } from '../../src/adapters/software/options.ts';
import { startParts } from '../../src/adapters/software/start.ts';
import type { BootEvent } from '../../src/spec/v1/evidence.ts';
import type { ModuleEvent } from '../../src/spec/v1/monitor.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { clock, failureOf, onCleanup, temporaryFolder } from '../basics.ts';
import { A, answer, B, C, type FakeDomain, failure, World } from './fake-links.ts';

let world: World;
let stages: BootEvent[];
const STAGE: BootEvent = { stage: 'worker', name: 'domain', digest: '11'.repeat(32) };

vi.mock('../../src/adapters/software/link/link.ts', () => ({
  openLink: (_mode: string, start: never, handlers: never) => world.open(start, handlers),
}));
vi.mock('../../src/adapters/software/link/in-process-link.ts', () => ({
  loadInProcess: async () => (start: never, handlers: never) => world.open(start, handlers),
}));
vi.mock('../../src/adapters/software/code-files.ts', () => ({ measureStages: () => stages }));

beforeEach(() => {
  world = new World();
  stages = [STAGE];
});

async function start(options: Partial<SoftwareTeeOptions> = {}) {
  const dataDir = options.dataDir ?? temporaryFolder();
  const parts = await startParts(checkOptions({ clock, checkIntervalMs: 0, ...options, dataDir }, {}));
  const module = new SoftwareModule(parts, '0');
  const events: ModuleEvent[] = [];
  module.subscribe((event) => events.push(event));
  onCleanup(() => module.close());
  return { module, parts, events, dataDir };
}

const CLIENT = { login: 0, uuid: '00000000-0000-0000-0000-000000000000' };
const open = (module: SoftwareModule, uuid = A) => module.openSession(uuid, CLIENT, []);
const kinds = (events: readonly ModuleEvent[]): string[] => events.map(({ kind }) => kind);
const nextTurns = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('launch', () => {
  it('happens with the first session, once for sessions that come together [part of CC-003]', async () => {
    const { module, events } = await start();
    expect(world.opens(A)).toBe(0);
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(module)));
    expect(opened.map(({ result }) => result)).toEqual(Array(20).fill(0));
    expect(new Set(opened.map(({ session }) => session)).size).toBe(20);
    expect(world.opens(A)).toBe(1);
    expect(kinds(events)).toEqual(['ta-started']);
  });

  it('gives every application a folder and a domain of its own [part of CC-003]', async () => {
    const { module } = await start();
    await Promise.all([open(module, A), open(module, B)]);
    const folders = world.opened.map(({ start: { folder } }) => folder);
    expect(new Set(folders).size).toBe(3);
    for (const one of folders) {
      expect(folders.filter((other) => other !== one && other.startsWith(`${one}/`))).toEqual([]);
    }
  });

  it('of an application that is not installed opens no domain', async () => {
    world.installed = [A];
    const { module } = await start();
    expect(await open(module, B)).toMatchObject({ result: TEEC_RESULTS.ITEM_NOT_FOUND, origin: 3 });
    expect(world.opens(B)).toBe(0);
  });

  it.each([
    ['ERR_TEE_LAUNCH_REFUSED', 'ACCESS_DENIED'],
    ['ERR_TEE_TCB_OUTDATED', 'ACCESS_DENIED'],
    ['ERR_TEE_BUNDLE_SIGNATURE', 'SECURITY'],
    ['ERR_TEE_BUNDLE_ROLLBACK', 'SECURITY'],
    ['ERR_TEE_SEAL_ROLLBACK', 'SECURITY'],
    ['ERR_TEE_STORAGE', 'STORAGE_NOT_AVAILABLE'],
    ['ERR_NO_SUCH_CODE', 'TARGET_DEAD'],
  ] as const)(
    'refused by the core with %s ends the domain, is reported, and answers %s [part of CC-042]',
    async (code, result) => {
      world.behaviour = (request) =>
        request.kind === 'control' && request.name === 'launch' ? failure(code, 'a=b') : undefined;
      const { module, events } = await start();
      expect(await open(module)).toMatchObject({ result: TEEC_RESULTS[result], origin: 3 });
      expect(world.domain(A).dead).toBe(true);
      expect(kinds(events)).toContain('launch-refused');
      expect((await module.snapshot()).healthy).toBe(false);
      // Another application starts all the same once the core lets it.
      world.behaviour = () => undefined;
      expect((await open(module, B)).result).toBe(0);
    },
  );

  it('that ends before the start answers leaves nothing behind', async () => {
    world.behaviour = (request, domain) => {
      if (request.kind === 'control' && request.name === 'start') domain.kill('died');
      return undefined;
    };
    const { module } = await start();
    expect((await open(module)).result).toBe(TEEC_RESULTS.TARGET_DEAD);
    world.behaviour = () => undefined;
    expect((await open(module)).result).toBe(0);
  });
});

describe('a domain that dies', () => {
  it('takes its sessions with it; others live; a new session starts it again [part of CC-003]', async () => {
    const { module, events } = await start();
    const first = (await open(module, A)).session ?? 0;
    const other = (await open(module, B)).session ?? 0;
    world.domain(A).kill('died');
    expect(await module.invoke(first, 1, [])).toMatchObject({ result: TEEC_RESULTS.TARGET_DEAD, origin: 3 });
    expect((await module.invoke(other, 1, [])).result).toBe(0);
    const again = await open(module, A);
    expect([again.result, world.opens(A)]).toEqual([0, 2]);
    // The old number stays dead although the application runs again.
    expect((await module.invoke(first, 1, [])).result).toBe(TEEC_RESULTS.TARGET_DEAD);
    await module.closeSession(first);
    expect(kinds(events)).toEqual(['ta-started', 'ta-started', 'ta-died', 'ta-started']);
  });

  it('is not started again before the old one is gone: two would write to one folder', async () => {
    const { module } = await start();
    await open(module, A);
    const old = world.domain(A);
    let gone = false;
    const { onExit } = old.handlers;
    Object.assign(old, {
      handlers: {
        ...old.handlers,
        onExit: (reason: string) => {
          gone = true;
          onExit(reason);
        },
      },
    });
    old.kill('died');
    const reopened = open(module, A);
    await Promise.resolve();
    expect(world.opens(A)).toBe(1);
    await reopened;
    expect(gone).toBe(true);
  });

  it.each([
    ['hung', 'ta-hung'],
    ['died', 'ta-died'],
    ['malformed', 'ta-died'],
  ])('reason %s is reported as %s', async (reason, kind) => {
    const { module, events } = await start();
    await open(module, A);
    world.domain(A).kill(reason);
    await nextTurns();
    expect(kinds(events)).toContain(kind);
    expect((await module.snapshot()).applications[0]?.state).toBe('dead');
  });

  it('is ended by the host when its process takes more memory than it may [part of CC-018]', async () => {
    const { module, events } = await start({ mode: 'process' });
    await open(module, A);
    world.domain(A).resident = 1 << 30;
    await expect.poll(() => kinds(events)).toContain('memory-exceeded');
    await expect.poll(() => world.domain(A).exitReason).toBe('memory-exceeded');
    expect(kinds(events)).not.toContain('ta-died');
  });
});

describe('an application that does not stay', () => {
  it('is ended after its last session and not before', async () => {
    world.info = { instanceKeepAlive: false };
    const { module, events } = await start();
    const one = (await open(module)).session ?? 0;
    const two = (await open(module)).session ?? 0;
    await module.closeSession(one);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(world.domain(A).dead).toBe(false);
    await module.closeSession(two);
    await expect.poll(() => world.domain(A).exitReason).toBe('closed');
    await expect.poll(() => kinds(events)).toEqual(['ta-started', 'ta-stopped']);
    expect((await open(module)).result).toBe(0);
    expect(world.opens(A)).toBe(2);
  });

  it('stays when a session comes right after the last', async () => {
    world.info = { instanceKeepAlive: false };
    const { module } = await start();
    for (let i = 0; i < 5; i++) await module.closeSession((await open(module)).session ?? 0);
    await open(module);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([world.opens(A), world.domain(A).dead]).toEqual([1, false]);
  });
});

describe('sessions', () => {
  it('unknown numbers, and numbers of closed ones, reach nothing', async () => {
    const { module } = await start();
    const { session = 0 } = await open(module);
    await module.closeSession(session);
    await module.closeSession(session);
    for (const number of [session, session + 1, 0, -1, 2 ** 31]) {
      expect((await module.invoke(number, 1, [])).result).toBe(TEEC_RESULTS.BAD_STATE);
      const service = await module.service(number, { service: 'memory-release', id: 1 });
      expect(service.result).toBe(TEEC_RESULTS.BAD_STATE);
    }
    const closes = world.domain(A).requests.filter(({ kind }) => kind === 'close');
    expect(closes).toHaveLength(1);
  });

  it('of two applications have numbers of their own [part of CC-003]', async () => {
    const { module } = await start();
    const a = (await open(module, A)).session ?? 0;
    const b = (await open(module, B)).session ?? 0;
    expect(a).not.toBe(b);
    await module.invoke(a, 7, []);
    expect(world.domain(A).requests.at(-1)).toMatchObject({ kind: 'invoke', session: 1, commandId: 7 });
    expect(world.domain(B).requests.some(({ kind }) => kind === 'invoke')).toBe(false);
  });

  it('that an application refuses leave no session', async () => {
    world.info = { instanceKeepAlive: false };
    world.behaviour = (request) =>
      request.kind === 'open' ? answer({ result: TEEC_RESULTS.ACCESS_DENIED }) : undefined;
    const { module } = await start();
    expect(await open(module)).toMatchObject({ result: TEEC_RESULTS.ACCESS_DENIED, origin: 4 });
    await expect.poll(() => world.domain(A).dead).toBe(true);
  });

  it('count in the figures [part of CC-018]', async () => {
    const { module } = await start();
    const { session = 0 } = await open(module);
    world.behaviour = (request) =>
      request.kind === 'invoke' ? answer({ result: TEEC_RESULTS.BAD_PARAMETERS }) : undefined;
    await module.invoke(session, 1, []);
    const [metrics] = (await module.snapshot()).applications;
    expect(metrics).toMatchObject({
      uuid: A,
      state: 'running',
      sessions: 1,
      starts: 1,
      calls: 2,
      failures: { 'ffff0006/4': 1 },
      measurement: 'ab'.repeat(32),
    });
    expect(metrics?.latency?.max).toBeGreaterThan(0);
  });

  it('end with the module, and everything after is refused', async () => {
    const { module, dataDir } = await start();
    const { session = 0 } = await open(module);
    await Promise.all([module.close(), module.close()]);
    expect(world.opened.every(({ dead }) => dead)).toBe(true);
    for (const action of [
      () => open(module),
      () => module.invoke(session, 1, []),
      () => module.service(session, { service: 'memory-release', id: 1 }),
      () => module.manage(new Uint8Array(1)),
      () => module.snapshot(),
      () => module.subscribe(() => {}),
    ]) {
      expect(await failureOf(action)).toMatchObject({ code: 'ERR_TEEC_BAD_STATE' });
    }
    await module.closeSession(session);
    expect(existsSync(join(dataDir, 'tee', 'lock'))).toBe(false);
  });
});

describe('the core', () => {
  it('that dies takes the applications with it; the next session starts all anew [part of CC-003]', async () => {
    const { module, events } = await start();
    const { session = 0 } = await open(module);
    world.theCore.kill('died');
    await nextTurns();
    expect((await module.invoke(session, 1, [])).result).toBe(TEEC_RESULTS.TARGET_DEAD);
    expect((await open(module)).result).toBe(0);
    expect(world.coreRequests('boot')).toHaveLength(2);
    expect(kinds(events)).toEqual(['ta-started', 'ta-died', 'ta-started']);
    expect(events[1]?.detail).toContain('domain=core');
  });

  it('that does not boot leaves the folder free', async () => {
    world.behaviour = (request) =>
      request.kind === 'control' && request.name === 'boot' ? failure('ERR_TEE_SEAL_ROLLBACK') : undefined;
    const dataDir = temporaryFolder();
    expect(await failureOf(() => start({ dataDir }))).toMatchObject({ code: 'ERR_TEE_SEAL_ROLLBACK' });
    expect(world.theCore.dead).toBe(true);
    world.behaviour = () => undefined;
    await start({ dataDir });
  });

  it('answering nonsense is a coded error', async () => {
    world.behaviour = (request) =>
      request.kind === 'control' && request.name === 'boot'
        ? answer({ parts: [new Uint8Array(1)] })
        : undefined;
    expect(await failureOf(() => start())).toMatchObject({ code: 'ERR_TEE_ANSWER_MALFORMED' });
  });

  it.each(['huk.key', 'root.sealed'])('does not start beside state of the old format (%s)', async (name) => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'tee'));
    writeFileSync(join(dataDir, 'tee', name), 'x');
    expect(await failureOf(() => start({ dataDir }))).toMatchObject({ code: 'ERR_TEE_STATE_FORMAT' });
    expect(world.opened).toEqual([]);
    expect(existsSync(join(dataDir, 'tee', name))).toBe(true);
  });
});

describe('management', () => {
  it('stops what it changed and deletes what it deleted [part of CC-042]', async () => {
    const { module, dataDir, events } = await start();
    const a = (await open(module, A)).session ?? 0;
    const b = (await open(module, B)).session ?? 0;
    const c = (await open(module, C)).session ?? 0;
    writeFileSync(join(dataDir, 'tee', 'ta', A, 'state'), 'x');
    writeFileSync(join(dataDir, 'tee', 'ta', B, 'state'), 'x');
    world.manage = { stop: [A], forget: [B] };
    world.installed = [A, C];
    expect(await module.manage(Uint8Array.of(1))).toEqual(Uint8Array.of(0xaa));
    expect((await module.invoke(a, 1, [])).result).toBe(TEEC_RESULTS.TARGET_DEAD);
    expect((await module.invoke(b, 1, [])).result).toBe(TEEC_RESULTS.TARGET_DEAD);
    expect((await module.invoke(c, 1, [])).result).toBe(0);
    expect(existsSync(join(dataDir, 'tee', 'ta', A, 'state'))).toBe(true);
    expect(existsSync(join(dataDir, 'tee', 'ta', B))).toBe(false);
    expect((await open(module, B)).result).toBe(TEEC_RESULTS.ITEM_NOT_FOUND);
    expect(kinds(events)).toContain('management');
  });

  it('delivers personalisation to the application and to nobody else', async () => {
    const { module } = await start();
    await open(module, B);
    world.manage = { personalise: { ta: A, data: Buffer.from('sealed').toString('base64') } };
    await module.manage(Uint8Array.of(1));
    const seen = world.domain(A).requests.find((r) => r.kind === 'control' && r.name === 'personalise');
    expect(seen).toBeDefined();
    expect(world.domain(B).requests.some((r) => r.kind === 'control' && r.name === 'personalise')).toBe(
      false,
    );
  });

  it('runs one command after the other', async () => {
    const { module } = await start();
    let inside = 0;
    let most = 0;
    world.behaviour = async (request) => {
      if (request.kind !== 'control' || request.name !== 'manage') return undefined;
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
      return undefined;
    };
    await Promise.all(Array.from({ length: 5 }, () => module.manage(Uint8Array.of(1))));
    expect(most).toBe(1);
  });

  it('refused is reported with its code, and the next command is not affected [part of CC-042]', async () => {
    const { module, events } = await start();
    world.behaviour = (request) =>
      request.kind === 'control' && request.name === 'manage'
        ? failure('ERR_TEE_MANAGEMENT_REPLAYED')
        : undefined;
    expect(await failureOf(() => module.manage(Uint8Array.of(1)))).toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_REPLAYED',
    });
    expect(events.at(-1)).toMatchObject({ kind: 'management-refused', severity: 'alarm' });
    world.behaviour = () => undefined;
    await module.manage(Uint8Array.of(1));
  });

  it('too long is refused before the core sees it', async () => {
    const { module } = await start();
    for (const [command, payload] of [
      [new Uint8Array((64 << 10) + 1), undefined],
      [new Uint8Array(1), new Uint8Array((8 << 20) + 1)],
    ] as const) {
      expect(await failureOf(() => module.manage(command, payload))).toMatchObject({
        code: 'ERR_TEE_MANAGEMENT_MALFORMED',
      });
    }
    expect(world.coreRequests('manage')).toEqual([]);
  });

  it('what a crash left of a deleted application is removed at the next start', async () => {
    const { module, dataDir } = await start();
    await Promise.all([open(module, A), open(module, B)]);
    writeFileSync(join(dataDir, 'tee', 'ta', B, 'state'), 'x');
    await module.close();
    world.forget = [B];
    await start({ dataDir });
    expect(existsSync(join(dataDir, 'tee', 'ta', B))).toBe(false);
    expect(existsSync(join(dataDir, 'tee', 'ta', A))).toBe(true);
  });
});

describe('drift', () => {
  it('of the code stops and reports every application, and none starts again [part of CC-018, CC-013]', async () => {
    const { module, parts, events } = await start();
    await Promise.all([open(module, A), open(module, B)]);
    expect(await parts.watch.check()).toEqual({ healthy: true, driftedStages: [], driftedApplications: [] });
    stages = [{ ...STAGE, digest: '22'.repeat(32) }];
    const report = await parts.watch.check();
    expect(report).toMatchObject({ healthy: false, driftedStages: ['worker domain'] });
    expect([...report.driftedApplications].sort()).toEqual([A, B]);
    expect(world.opened.every(({ dead }) => dead)).toBe(true);
    expect(events.filter(({ kind }) => kind === 'ta-drifted')).toHaveLength(2);
    // Putting the file back does not help: what ran meanwhile is not known.
    stages = [STAGE];
    expect(await open(module, A)).toMatchObject({ result: TEEC_RESULTS.SECURITY, origin: 3 });
    expect(await open(module, C)).toMatchObject({ result: TEEC_RESULTS.SECURITY, origin: 3 });
    expect((await module.snapshot()).healthy).toBe(false);
  });

  it('ends the core for good: no command runs, the figures are the last there were [part of CC-018]', async () => {
    const { module, parts } = await start();
    await open(module, A);
    const before = await module.snapshot();
    stages = [{ ...STAGE, digest: '22'.repeat(32) }];
    await parts.watch.check();
    expect(await failureOf(() => module.manage(Uint8Array.of(1)))).toMatchObject({ code: 'ERR_TEE_DRIFT' });
    expect(world.coreRequests('boot')).toHaveLength(1);
    const after = await module.snapshot();
    expect(after.applications.map(({ uuid }) => uuid)).toEqual(before.applications.map(({ uuid }) => uuid));
    expect(after.healthy).toBe(false);
  });

  it('of files that are gone is drift', async () => {
    const { parts } = await start();
    stages = [];
    expect((await parts.watch.check()).driftedStages).toEqual(['worker domain']);
  });

  it('of one application stops that one [part of CC-018]', async () => {
    const { module, parts, events } = await start();
    await Promise.all([open(module, A), open(module, B)]);
    world.behaviour = (request, domain) =>
      request.kind === 'control' && request.name === 'self-check' && domain.start.uuid === A
        ? failure('ERR_TEE_DRIFT')
        : undefined;
    expect(await parts.watch.check()).toEqual({
      healthy: false,
      driftedStages: [],
      driftedApplications: [A],
    });
    expect(events.filter(({ kind }) => kind === 'ta-drifted')).toMatchObject([
      { uuid: A, severity: 'alarm' },
    ]);
    expect((await open(module, A)).result).toBe(TEEC_RESULTS.SECURITY);
    expect((await open(module, B)).result).toBe(0);
  });

  it('is looked for in the interval', async () => {
    const { module, events } = await start({ checkIntervalMs: 20 });
    await open(module, A);
    stages = [{ ...STAGE, digest: '22'.repeat(32) }];
    await expect.poll(() => kinds(events)).toContain('ta-drifted');
  });
});

describe('what domains ask', () => {
  const channelOf = (domain: FakeDomain, destination: string) =>
    domain.ask({ kind: 'connect', destination, timeout: 0xffffffff });

  it('reaches the core with the number of its own start', async () => {
    const { module } = await start();
    await open(module, A);
    const { parts } = await world.domain(A).ask({ kind: 'core', frame: Uint8Array.of(5) });
    expect(parts[0]).toEqual(Uint8Array.of(5, 9));
  });

  it('a channel starts the other application, gives both their tickets, and carries frames [part of CC-012]', async () => {
    const { module } = await start();
    await open(module, A);
    const { value, parts, result } = await channelOf(world.domain(A), B);
    expect([result, parts[0]]).toEqual([0, Uint8Array.of(1)]);
    const ticket = world.domain(B).requests.find((r) => r.kind === 'control' && r.name === 'ticket');
    expect(ticket).toMatchObject({ parts: [Uint8Array.of(0, 0, 0, value), Uint8Array.of(2)] });
    world.behaviour = (request) =>
      request.kind === 'channel' ? answer({ parts: [Uint8Array.of(...request.frame, 1)] }) : undefined;
    const frame = Uint8Array.of(8);
    const sent = await world.domain(A).ask({ kind: 'channel', channel: value, timeout: 0xffffffff, frame });
    expect(sent.parts[0]).toEqual(Uint8Array.of(8, 1));
    expect((await world.domain(A).ask({ kind: 'disconnect', channel: value })).result).toBe(0);
    const again = await world.domain(A).ask({ kind: 'channel', channel: value, timeout: 0, frame });
    expect(again.result).toBe(TEEC_RESULTS.BAD_PARAMETERS);
  });

  it('a channel of another application cannot be used or ended [part of CC-003, CC-037]', async () => {
    const { module } = await start();
    await Promise.all([open(module, A), open(module, C)]);
    const { value } = await channelOf(world.domain(A), B);
    const frame = Uint8Array.of(1);
    for (const thief of [world.domain(C), world.domain(B)]) {
      const used = await thief.ask({ kind: 'channel', channel: value, timeout: 0xffffffff, frame });
      const ended = await thief.ask({ kind: 'disconnect', channel: value });
      expect([used.result, ended.result]).toEqual(Array(2).fill(TEEC_RESULTS.BAD_PARAMETERS));
    }
    expect(world.domain(B).requests.some(({ kind }) => kind === 'channel')).toBe(false);
  });

  it('a call that would wait for itself answers BUSY: to itself, A to B to A, and round three [part of CC-003]', async () => {
    const { module } = await start();
    await open(module, A);
    expect((await channelOf(world.domain(A), A)).result).toBe(TEEC_RESULTS.BUSY);
    const seen: number[] = [];
    // Whoever is asked over a channel asks the next one: A asks B, B asks C, C asks A.
    const next: Record<string, string> = { [B]: C, [C]: A };
    world.behaviour = async (request, domain) => {
      if (request.kind !== 'channel') return undefined;
      const target = next[domain.start.uuid] as string;
      const connected = await channelOf(domain, target);
      seen.push(connected.result);
      if (connected.result !== 0) return answer({ parts: [Uint8Array.of(1)] });
      const frame = Uint8Array.of(1);
      const sent = await domain.ask({
        kind: 'channel',
        channel: connected.value,
        timeout: 0xffffffff,
        frame,
      });
      return answer({ parts: sent.parts });
    };
    const { value } = await channelOf(world.domain(A), B);
    const frame = Uint8Array.of(1);
    const sent = await world.domain(A).ask({ kind: 'channel', channel: value, timeout: 0xffffffff, frame });
    expect(sent.result).toBe(0);
    expect(seen).toEqual([TEEC_RESULTS.BUSY, 0].reverse());
  });

  it('a channel to an application that died answers TARGET_DEAD; its own end is told to the other', async () => {
    const { module } = await start();
    await Promise.all([open(module, A), open(module, C)]);
    const first = await channelOf(world.domain(A), B);
    world.domain(B).kill('died');
    const frame = Uint8Array.of(1);
    const sent = await world
      .domain(A)
      .ask({ kind: 'channel', channel: first.value, timeout: 0xffffffff, frame });
    expect(sent).toMatchObject({ result: TEEC_RESULTS.TARGET_DEAD, origin: 3 });
    await nextTurns();
    await channelOf(world.domain(C), B);
    world.domain(C).kill('died');
    await expect
      .poll(
        () =>
          world.domain(B).requests.filter((r) => r.kind === 'control' && r.name === 'drop-channel').length,
      )
      .toBe(1);
  });

  it('a channel keeps an application alive that does not stay, and no longer than that', async () => {
    world.info = { instanceKeepAlive: false };
    const { module } = await start();
    await open(module, A);
    const { value } = await channelOf(world.domain(A), B);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(world.domain(B).dead).toBe(false);
    await world.domain(A).ask({ kind: 'disconnect', channel: value });
    await expect.poll(() => world.domain(B).exitReason).toBe('closed');
  });

  it('channels are at most 64, and refused destinations say why', async () => {
    world.installed = [A, B];
    const { module } = await start();
    await open(module, A);
    expect((await channelOf(world.domain(A), C)).result).toBe(TEEC_RESULTS.ITEM_NOT_FOUND);
    for (let i = 0; i < 64; i++) expect((await channelOf(world.domain(A), B)).result).toBe(0);
    expect((await channelOf(world.domain(A), B)).result).toBe(TEEC_RESULTS.BUSY);
  });

  it('cancellation and the time-out of a call reach the called application', async () => {
    const { module } = await start();
    await open(module, A);
    const { value } = await channelOf(world.domain(A), B);
    const signals: (AbortSignal | undefined)[] = [];
    const { call } = world.domain(B);
    world.domain(B).call = function (this: FakeDomain, request: never, options?: { signal?: AbortSignal }) {
      signals.push(options?.signal);
      return call.call(this, request);
    } as never;
    world.behaviour = (request) =>
      request.kind === 'channel' ? answer({ parts: [Uint8Array.of(1)] }) : undefined;
    const frame = Uint8Array.of(1);
    const controller = new AbortController();
    const send = (timeout: number, signal?: AbortSignal) =>
      world.domain(A).ask({ kind: 'channel', channel: value, timeout, frame }, signal);
    await send(0xffffffff);
    await send(10);
    await send(60_000, controller.signal);
    controller.abort();
    await expect.poll(() => signals.map((signal) => signal?.aborted)).toEqual([undefined, true, true]);
  });

  it('sockets are refused in the calling process', async () => {
    world.info = { socketPeers: ['127.0.0.1:1'] };
    const { module } = await start({ mode: 'in-process' });
    await open(module, A);
    const asked = await world.domain(A).ask({ kind: 'socket-open', host: '127.0.0.1', port: 1, timeout: 1 });
    expect(asked.result).toBe(TEEC_RESULTS.NOT_SUPPORTED);
  });

  it('sockets are refused to whom the manifest gives no peer [part of CC-037]', async () => {
    const { module } = await start({ mode: 'process' });
    await open(module, A);
    const asked = await world.domain(A).ask({ kind: 'socket-open', host: '127.0.0.1', port: 1, timeout: 1 });
    expect(asked.result).toBe(TEEC_RESULTS.ACCESS_DENIED);
  });
});

describe('options', () => {
  it.each([
    ['dataDir', { dataDir: '' }],
    ['mode', { mode: 'thread' }],
    ['clock', { clock: 5 }],
    ['callTimeoutMs', { callTimeoutMs: 0 }],
    ['callTimeoutMs', { callTimeoutMs: 600_001 }],
    ['maxPendingCalls', { maxPendingCalls: 1.5 }],
    ['checkIntervalMs', { checkIntervalMs: -1 }],
    ['conformanceTa', { conformanceTa: 'yes' }],
    ['managementKey', { managementKey: new Uint8Array(64) }],
  ])('%s out of its range is refused by name', (name, options) => {
    expect(() => checkOptions({ dataDir: 'x', ...options } as never, {})).toThrowError(
      expect.objectContaining({
        code: 'ERR_TEE_OPTION_INVALID',
        detail: expect.stringContaining(`option=${name}`),
      }),
    );
  });

  it('planted faults are for the calling process only', () => {
    const instrument = <T>(tee: T): T => tee;
    expect(() => checkOptions({ dataDir: 'x', mode: 'process' }, { instrument })).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });
});
