/** What happens on the host side while a domain starts, ends or is being asked: two things at a time. */
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SoftwareModule } from '../../src/adapters/software/module.ts';
import { checkOptions, type SoftwareTeeOptions } from '../../src/adapters/software/options.ts';
import { startParts } from '../../src/adapters/software/start.ts';
import { TEE_CLIENT_ERRORS } from '../../src/errors.ts';
import type { BootEvent } from '../../src/spec/v1/evidence.ts';
import type { ModuleParameter } from '../../src/spec/v1/module.ts';
import type { ModuleEvent } from '../../src/spec/v1/monitor.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { clock, failureOf, onCleanup, temporaryFolder } from '../basics.ts';
import { A, answer, B, type Behaviour, C, type FakeDomain, failure, World } from './fake-links.ts';

let world: World;
let stages: () => BootEvent[];
const STAGE: BootEvent = { stage: 'worker', name: 'domain', digest: '11'.repeat(32) };

vi.mock('../../src/adapters/software/link/link.ts', () => ({
  openLink: (_mode: string, start: never, handlers: never) => world.open(start, handlers),
}));
vi.mock('../../src/adapters/software/link/in-process-link.ts', () => ({
  loadInProcess: async () => (start: never, handlers: never) => world.open(start, handlers),
}));
vi.mock('../../src/adapters/software/code-files.ts', () => ({ measureStages: () => stages() }));

beforeEach(() => {
  world = new World();
  stages = () => [STAGE];
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
const isControl = (request: Parameters<Behaviour>[0], name: string): boolean =>
  request.kind === 'control' && request.name === name;

/** Holds the requests of one name back until it is told to let them go. */
function hold(name: string, of: (domain: FakeDomain) => boolean = () => true) {
  let go = (): void => {};
  let reached = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const there = new Promise<void>((resolve) => {
    reached = resolve;
  });
  world.behaviour = async (request, domain) => {
    if (!isControl(request, name) || !of(domain)) return undefined;
    reached();
    await gate;
    return undefined;
  };
  return { there, go };
}

describe('while an application starts', () => {
  it.each(['launch', 'start'])(
    'the end of the core at its %s ends it: no later core knows it [part of CC-003]',
    async (name) => {
      const { module, events } = await start();
      const { there, go } = hold(name);
      const opening = open(module);
      await there;
      world.theCore.kill('died');
      await new Promise((resolve) => setTimeout(resolve, 30));
      go();
      expect((await opening).result).toBe(TEEC_RESULTS.TARGET_DEAD);
      expect(world.domain(A).dead).toBe(true);
      world.behaviour = () => undefined;
      expect((await open(module)).result).toBe(0);
      expect(world.opens(A)).toBe(2);
      if (name === 'start') expect(kinds(events)).not.toContain('launch-refused');
    },
  );

  it('the end of the TEE ends it, soon and without an alarm', async () => {
    const { module, events } = await start();
    const { there } = hold('start');
    const opening = failureOf(() => open(module));
    await there;
    await module.close();
    expect(await opening).toMatchObject({ code: 'ERR_TEEC_BAD_STATE' });
    expect(world.domain(A).dead).toBe(true);
    expect(events).toEqual([]);
  });

  it('drift that is found keeps it from starting [part of CC-018]', async () => {
    const { module, parts } = await start();
    const { there, go } = hold('start');
    const opening = open(module);
    await there;
    stages = () => [{ ...STAGE, digest: '22'.repeat(32) }];
    const checking = parts.watch.check();
    await new Promise((resolve) => setTimeout(resolve, 30));
    go();
    await checking;
    expect((await opening).result).not.toBe(0);
    expect(world.domain(A).dead).toBe(true);
    expect(parts.launcher.running).toEqual([]);
  });

  it('its end while the core decides is told the core afterwards', async () => {
    const { module } = await start();
    const { there, go } = hold('launch');
    const opening = open(module);
    await there;
    world.domain(A).kill('died');
    await new Promise((resolve) => setTimeout(resolve, 30));
    go();
    expect((await opening).result).toBe(TEEC_RESULTS.TARGET_DEAD);
    await expect.poll(() => world.coreRequests('ended')).toHaveLength(1);
  });

  it('its code cannot ask for others: who starts it waits, and might be the one', async () => {
    const { module } = await start();
    const asked: number[] = [];
    world.behaviour = async (request, domain) => {
      if (isControl(request, 'start')) {
        asked.push((await domain.ask({ kind: 'connect', destination: B, timeout: 0 })).result);
      }
      return undefined;
    };
    expect((await open(module)).result).toBe(0);
    expect(asked).toEqual([TEEC_RESULTS.BAD_STATE]);
    expect(world.opens(B)).toBe(0);
  });

  it('a folder that cannot be made is reported and refused with the storage', async () => {
    const { module, events, dataDir } = await start();
    symlinkSync(temporaryFolder(), join(dataDir, 'tee', 'ta'));
    expect(await open(module)).toMatchObject({ result: TEEC_RESULTS.STORAGE_NOT_AVAILABLE, origin: 3 });
    expect(events.at(-1)).toMatchObject({ kind: 'launch-refused', detail: 'code=ERR_TEE_STORAGE' });
    expect(world.opens(A)).toBe(0);
  });
});

describe('two applications that ask each other', () => {
  it('at the same time do not both wait: one is told BUSY [part of CC-003]', async () => {
    const { module } = await start();
    await Promise.all([open(module, A), open(module, B)]);
    const peer: Record<string, string> = { [A]: B, [B]: A };
    const seen: number[] = [];
    world.behaviour = async (request, domain) => {
      if (request.kind !== 'invoke') return undefined;
      const destination = peer[domain.start.uuid] as string;
      seen.push((await domain.ask({ kind: 'connect', destination, timeout: 0xffffffff })).result);
      return undefined;
    };
    const sessions = [(await open(module, A)).session ?? 0, (await open(module, B)).session ?? 0];
    const answers = await Promise.all(sessions.map((session) => module.invoke(session, 1, [])));
    expect(answers.map(({ result }) => result)).toEqual([0, 0]);
    expect(seen.sort()).toEqual([0, TEEC_RESULTS.BUSY]);
  }, 5_000);

  it('of which one dies while it connects leave no channel behind [part of CC-003]', async () => {
    world.info = { instanceKeepAlive: false };
    const { module } = await start();
    await Promise.all([open(module, A), open(module, C)]);
    const { there, go } = hold('ticket');
    const asked = world.domain(A).ask({ kind: 'connect', destination: B, timeout: 0xffffffff });
    await there;
    world.domain(A).kill('died');
    await new Promise((resolve) => setTimeout(resolve, 30));
    go();
    expect((await asked).result).toBe(TEEC_RESULTS.TARGET_DEAD);
    expect(world.domain(B).requests.some((request) => isControl(request, 'drop-channel'))).toBe(true);
    await expect.poll(() => world.domain(B).exitReason).toBe('closed');
  });
});

describe('a check', () => {
  it('takes an application that is ending for nothing else [part of CC-018]', async () => {
    const { module, parts, events } = await start();
    await open(module);
    const [domain] = parts.launcher.running;
    if (domain === undefined) throw new Error('nothing runs');
    // Between its last call and its end a domain answers TARGET_DEAD and is not dead.
    world.behaviour = (request) => {
      if (!isControl(request, 'self-check')) return undefined;
      domain.stopping = true;
      return answer({ result: TEEC_RESULTS.TARGET_DEAD, origin: 3 });
    };
    const healthy = { healthy: true, driftedStages: [], driftedApplications: [] };
    expect(await parts.watch.check()).toEqual(healthy);
    expect(await parts.watch.check()).toEqual(healthy);
    expect(world.domain(A).requests.filter((request) => isControl(request, 'self-check'))).toHaveLength(1);
    expect(kinds(events)).not.toContain('ta-drifted');
  });

  it('that finds no descriptors or memory to measure with is an error and no drift', async () => {
    const { module, parts, events } = await start();
    await open(module);
    for (const reason of ['EMFILE', 'ENFILE', 'ENOMEM']) {
      stages = () => {
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: `step=measure reason=${reason}` });
      };
      expect(await failureOf(() => parts.watch.check())).toMatchObject({ code: 'ERR_TEE_STORAGE' });
    }
    stages = () => [STAGE];
    expect((await parts.watch.check()).healthy).toBe(true);
    expect(kinds(events)).toEqual(['ta-started']);
    stages = () => {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: 'step=measure reason=ENOENT' });
    };
    expect((await parts.watch.check()).driftedStages).toEqual(['worker domain']);
  });

  it('knows two copies of one version of a library apart', async () => {
    const copy: BootEvent = { ...STAGE, stage: 'library', digest: '33'.repeat(32) };
    stages = () => [STAGE, { ...copy, digest: '44'.repeat(32) }, copy];
    const { parts } = await start();
    expect((await parts.watch.check()).healthy).toBe(true);
  });
});

describe('management', () => {
  it('goes on while personalisation waits for an application that is busy', async () => {
    const { module } = await start();
    const { there, go } = hold('personalise');
    world.manage = { personalise: { ta: A, data: Buffer.from('sealed').toString('base64') } };
    const personalised = module.manage(Uint8Array.of(1));
    await there;
    world.manage = { stop: [B] };
    expect(await module.manage(Uint8Array.of(2))).toEqual(Uint8Array.of(0xaa));
    go();
    expect(await personalised).toEqual(Uint8Array.of(0xaa));
  });

  it('stops and deletes all it has to, also when one of them fails [part of CC-045]', async () => {
    const { module, parts, dataDir } = await start();
    await Promise.all([open(module, A), open(module, B), open(module, C)]);
    const forget = parts.launcher.forget.bind(parts.launcher);
    parts.launcher.forget = async (uuid) => {
      if (uuid === A) throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: 'step=folder reason=EIO' });
      return forget(uuid);
    };
    world.manage = { stop: [A, B, C], forget: [A, B] };
    world.installed = [C];
    expect(await failureOf(() => module.manage(Uint8Array.of(1)))).toMatchObject({ code: 'ERR_TEE_STORAGE' });
    expect([A, B, C].map((uuid) => world.domain(uuid).dead)).toEqual([true, true, true]);
    expect(existsSync(join(dataDir, 'tee', 'ta', B))).toBe(false);
    expect((await open(module, A)).result).toBe(TEEC_RESULTS.ITEM_NOT_FOUND);
  });

  it('keeps a bounded number of commands waiting', async () => {
    const { module } = await start();
    const { there, go } = hold('manage');
    const all = Array.from({ length: 70 }, () => module.manage(Uint8Array.of(1)).catch((error) => error));
    await there;
    go();
    const busy = (await Promise.all(all)).filter(({ code }) => code === 'ERR_TEEC_BUSY');
    expect(busy).toHaveLength(6);
    expect(await module.manage(Uint8Array.of(1))).toEqual(Uint8Array.of(0xaa));
  });
});

describe('sessions', () => {
  it('are closed also where the application is busy at that moment', async () => {
    const { module } = await start();
    const { session = 0 } = await open(module);
    let busy = 3;
    world.behaviour = (request) =>
      request.kind === 'close' && busy-- > 0 ? answer({ result: TEEC_RESULTS.BUSY, origin: 3 }) : undefined;
    await module.closeSession(session);
    expect(world.domain(A).requests.filter(({ kind }) => kind === 'close')).toHaveLength(4);
  });
});

describe('requests', () => {
  const memory = (size: number, length = size): ModuleParameter => ({
    type: 5,
    size,
    buffer: new Uint8Array(length),
  });
  const MAX = 1 << 20;

  it.each([
    ['more memory than the module declares', [memory(MAX + 1)], TEEC_RESULTS.OUT_OF_MEMORY],
    ['more room than the module declares', [memory(MAX + 1, 0)], TEEC_RESULTS.OUT_OF_MEMORY],
    ['more bytes than they say', [memory(1, 2)], TEEC_RESULTS.BAD_PARAMETERS],
    ['five parameters', Array<ModuleParameter>(5).fill({ type: 0 }), TEEC_RESULTS.BAD_PARAMETERS],
  ])('with %s reach no application, and start none', async (_, params, result) => {
    const { module } = await start();
    expect(await module.openSession(A, CLIENT, params)).toEqual({ result, origin: 3, params: [] });
    expect(world.opens(A)).toBe(0);
    const { session = 0 } = await open(module);
    expect(await module.invoke(session, 1, params)).toEqual({ result, origin: 3, params: [] });
    expect(world.domain(A).requests.some(({ kind }) => kind === 'invoke')).toBe(false);
    const largest = Array.from({ length: 4 }, () => memory(MAX));
    expect((await module.invoke(session, 1, largest)).result).toBe(0);
  });

  it('for a service are as long as a parameter, and what was sealed can be given back', async () => {
    const { module } = await start();
    const { session = 0 } = await open(module);
    const long = new Uint8Array(MAX + 1);
    const none = new Uint8Array(0);
    for (const request of [
      { service: 'seal', data: new Uint8Array(MAX), aad: none },
      { service: 'seal', data: none, aad: long },
      { service: 'unseal', data: long, aad: none },
      { service: 'derive', label: long, length: 16 },
      { service: 'evidence', nonce: none, userData: long },
      { service: 'memory-write', id: 1, offset: 0, data: long },
    ] as const) {
      const { result, origin } = await module.service(session, request);
      expect([request.service, result, origin]).toEqual([request.service, TEEC_RESULTS.OUT_OF_MEMORY, 3]);
    }
    expect(world.domain(A).requests.some(({ kind }) => kind === 'service')).toBe(false);
    const data = new Uint8Array(MAX);
    expect((await module.service(session, { service: 'unseal', data, aad: none })).result).toBe(0);
  });
});

describe('folders', () => {
  it('that are links are refused; nothing is written where they lead', async () => {
    const elsewhere = temporaryFolder();
    const dataDir = temporaryFolder();
    symlinkSync(elsewhere, join(dataDir, 'tee'));
    expect(await failureOf(() => start({ dataDir }))).toMatchObject({
      code: 'ERR_TEE_STORAGE',
      detail: expect.stringContaining('reason=link'),
    });
    expect(existsSync(join(elsewhere, 'lock'))).toBe(false);
    expect(world.opened).toEqual([]);
  });

  it('that others may enter are closed to them', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'tee'));
    chmodSync(join(dataDir, 'tee'), 0o777);
    await start({ dataDir });
    expect(statSync(join(dataDir, 'tee')).mode & 0o777).toBe(0o700);
  });
});

describe('listeners', () => {
  it('that fail later disturb nobody either', async () => {
    const { module } = await start();
    const failures: unknown[] = [];
    const onFailure = (error: unknown) => failures.push(error);
    process.on('unhandledRejection', onFailure);
    onCleanup(() => void process.off('unhandledRejection', onFailure));
    module.subscribe(async () => {
      throw new Error('late');
    });
    world.behaviour = (request) =>
      isControl(request, 'launch') ? failure('ERR_TEE_LAUNCH_REFUSED') : undefined;
    await open(module);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(failures).toEqual([]);
  });
});
