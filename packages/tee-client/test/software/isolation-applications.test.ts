import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEEC_LOGIN, type TeecContext, type TeecError, type TeecSession } from '../../src/index.ts';
import type { ModuleEvent } from '../../src/spec/v1/monitor.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { failureOf } from '../basics.ts';
import { MODES } from '../support.ts';
import { attack, hostileTa } from './hostile-ta.ts';
import { startManagedFor, testManifest } from './installing.ts';

const VICTIM = '70000000-0000-4000-8000-00000000000a';
const THIEF = '70000000-0000-4000-8000-00000000000b';
const POOR = '70000000-0000-4000-8000-00000000000c';
const MANY = '70000000-0000-4000-8000-00000000000d';

const TOOLS = `{
  write: (tee, text) => {
    const object = tee.TEE_CreatePersistentObject(1, new TextEncoder().encode('secret'), 0x407, null, new TextEncoder().encode(text));
    tee.TEE_CloseObject(object);
    return 'written';
  },
  read: (tee, id) => {
    const object = tee.TEE_OpenPersistentObject(1, new TextEncoder().encode(id), 1);
    const bytes = tee.TEE_ReadObjectData(object, 100);
    tee.TEE_CloseObject(object);
    return new TextDecoder().decode(bytes);
  },
  list: (tee) => {
    const all = tee.TEE_AllocatePersistentObjectEnumerator();
    try { tee.TEE_StartPersistentObjectEnumerator(all, 1); } catch { return ''; }
    const names = [];
    try { for (;;) names.push(new TextDecoder().decode(tee.TEE_GetNextPersistentObject(all).objectID)); } catch { /* the end */ }
    return names.join();
  },
  derive: (tee, label) => Array.from(tee.CSSI_DeriveTaKey(new TextEncoder().encode(label), 16)).join(),
  memory: (tee, id) => 'escaped ' + tee.CSSI_GetSecureMemory(Number(id)).length,
  keepMemory: (tee, id) => tee.CSSI_GetSecureMemory(Number(id)).length,
  mark: (tee, value) => { globalThis.mark = value; tee.TEE_SetInstanceData(value); return 'marked'; },
  marks: (tee) => String(globalThis.mark) + ' ' + String(tee.TEE_GetInstanceData()),
  forgeObject: (tee) => tee.TEE_GetObjectInfo1({ kind: 'object' }).objectType,
  forgeOperation: (tee) => tee.TEE_GetOperationInfo({ kind: 'operation' }).algorithm,
  forgeSession: (tee) => tee.TEE_InvokeTACommand({ kind: 'session' }, 0, 1, [{ type: 0 }, { type: 0 }, { type: 0 }, { type: 0 }]),
  openOther: (tee, uuid) => {
    const none = [{ type: 0 }, { type: 0 }, { type: 0 }, { type: 0 }];
    const session = tee.TEE_OpenTASession(uuid, 0xffffffff, none);
    tee.TEE_CloseTASession(session);
    return 'opened';
  },
  random: (tee) => tee.TEE_GenerateRandom(8).length,
  socket: (tee, port) => 'escaped ' + tee.CSSI_SocketOpen('127.0.0.1', Number(port), 1000),
}`;

describe.each(MODES)('applications from each other (%s) [CC-003]', (mode) => {
  let managed: Awaited<ReturnType<typeof startManagedFor>>;
  let context: TeecContext;
  let victim: TeecSession;
  let thief: TeecSession;
  const events: ModuleEvent[] = [];

  beforeAll(async () => {
    managed = await startManagedFor({ mode });
    managed.tee.module.subscribe((event) => events.push(event));
    await managed.install(testManifest(VICTIM, { callers: [] }), hostileTa(TOOLS));
    await managed.install(testManifest(THIEF), hostileTa(TOOLS));
    await managed.install(testManifest(POOR, { apis: [], services: [] }), hostileTa(TOOLS));
    await managed.install(testManifest(MANY, { singleInstance: false }), hostileTa(TOOLS));
    context = await managed.tee.initializeContext();
    victim = await context.openSession(VICTIM);
    thief = await context.openSession(THIEF);
  });
  afterAll(() => managed.stop());

  it('storage: another application finds neither object nor name [part of CC-003, CC-004]', async () => {
    expect(await attack(victim, 'write', 'the secret')).toBe('written');
    expect(await attack(victim, 'read', 'secret')).toBe('the secret');
    expect(await attack(victim, 'list')).toBe('secret');
    expect(await attack(thief, 'list')).toBe('');
    for (const id of ['secret', `../${VICTIM}/secret`, `/${VICTIM}/secret`, '../../core/huk.key']) {
      expect(await failureOf(() => attack(thief, 'read', id, true))).toMatchObject({
        result: TEEC_RESULTS.ITEM_NOT_FOUND,
      });
    }
  });

  it('keys: the same label gives another key, the same application the same [part of CC-003, CC-004]', async () => {
    const own = await attack(victim, 'derive', 'label');
    expect(own).toMatch(/^\d+(,\d+){15}$/);
    expect(await attack(thief, 'derive', 'label')).not.toBe(own);
    expect(await attack(await context.openSession(VICTIM), 'derive', 'label')).toBe(own);
  });

  it('seals: what one application sealed opens in no other, and not with other data [part of CC-003, CC-004]', async () => {
    const platform = managed.tee.enclaves();
    const [a, b] = await Promise.all([platform.create(VICTIM), platform.create(THIEF)]);
    const aad = Uint8Array.of(1);
    const blob = await a.seal(Uint8Array.of(1, 2, 3), aad);
    expect(await a.unseal(blob, aad)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await failureOf(() => b.unseal(blob, aad))).toMatchObject({ code: 'ERR_TEEC_MAC_INVALID' });
    expect(await failureOf(() => a.unseal(blob, Uint8Array.of(2)))).toMatchObject({
      code: 'ERR_TEEC_MAC_INVALID',
    });
    await Promise.all([a.destroy(), b.destroy()]);
  });

  it('secure memory: a block of another session or application cannot be named [part of CC-003]', async () => {
    const platform = managed.tee.enclaves();
    const enclave = await platform.create(VICTIM);
    const block = await enclave.allocateMemory(64);
    await block.write(0, new Uint8Array(64).fill(7));
    for (const id of [block.id, block.id + 1, 0, -1]) {
      // Named wrongly it is an error or a panic of who names it.
      const outcome = await attack(await context.openSession(THIEF), 'memory', id).catch(
        (error: TeecError) => error.code,
      );
      expect(outcome).toMatch(/^(?:threw |ERR_TEEC_TARGET_DEAD$)/);
      await block.write(0, new Uint8Array(64));
    }
    await enclave.destroy();
    thief = await context.openSession(THIEF);
  });

  it('instances: those of a multi-instance application share no globals and no data [part of CC-003]', async () => {
    const [one, two] = await Promise.all([context.openSession(MANY), context.openSession(MANY)]);
    expect(await attack(one, 'mark', 'one')).toBe('marked');
    expect(await attack(one, 'marks')).toBe('one one');
    const [globals, data] = (await attack(two, 'marks')).split(' ');
    expect(data).toBe('undefined');
    // In the calling process there is one global object for all: no isolation.
    if (mode !== 'in-process') expect(globals).toBe('undefined');
    expect(await attack(thief, 'marks')).toMatch(/ undefined$/);
  });

  it('sessions: numbers that the module gave another session are not the domain’s to use [part of CC-003]', async () => {
    const { module } = managed.tee;
    const nil = '00000000-0000-0000-0000-000000000000';
    const opened = await module.openSession(VICTIM, { login: TEEC_LOGIN.PUBLIC, uuid: nil }, []);
    for (const number of [0, -1, 0.5, 2 ** 32, (opened.session ?? 0) + 1000]) {
      expect((await module.invoke(number, 1, [])).result).toBe(TEEC_RESULTS.BAD_STATE);
    }
    await module.closeSession(opened.session ?? 0);
  });

  it.each(['forgeObject', 'forgeOperation', 'forgeSession'])(
    'a handle made by hand (%s) ends its maker and nobody else [part of CC-003]',
    async (name) => {
      const session = await context.openSession(THIEF);
      expect(await failureOf(() => attack(session, name))).toMatchObject({
        code: 'ERR_TEEC_TARGET_DEAD',
        origin: 3,
      });
      expect(await attack(victim, 'read', 'secret')).toBe('the secret');
      thief = await context.openSession(THIEF);
      expect(await attack(thief, 'random')).toBe('8');
    },
  );

  it('callers: an application whose manifest allows no caller is not opened by another [part of CC-003]', async () => {
    expect(await failureOf(() => attack(thief, 'openOther', VICTIM, true))).toMatchObject({
      result: TEEC_RESULTS.ACCESS_DENIED,
    });
    expect(await attack(thief, 'openOther', MANY)).toBe('opened');
    // To itself it would wait for itself.
    expect(await failureOf(() => attack(thief, 'openOther', THIEF, true))).toMatchObject({
      result: TEEC_RESULTS.BUSY,
    });
  });

  it.each([
    ['random', 'crypto'],
    ['list', 'storage'],
    ['derive', 'derive'],
    ['openOther', 'internal-client'],
    ['socket', 'sockets'],
    ['memory', 'secure-memory'],
  ])(
    'a call of what the manifest does not declare (%s) is refused and alarmed [part of CC-037]',
    async (name) => {
      const poor = await context.openSession(POOR);
      const before = events.filter(({ kind, uuid }) => kind === 'undeclared-call' && uuid === POOR).length;
      const outcome = name === 'list' ? await attack(poor, 'read', 'x', false) : await attack(poor, name, 1);
      expect(outcome).toMatch(/^threw .*ACCESS_DENIED/);
      await expect
        .poll(() => events.filter(({ kind, uuid }) => kind === 'undeclared-call' && uuid === POOR).length)
        .toBeGreaterThan(before);
      expect(events.findLast(({ uuid }) => uuid === POOR)?.severity).toBe('alarm');
      await poor.close();
    },
  );

  it('a login that clients cannot have is refused', async () => {
    for (const connectionMethod of [0xf0000000, 0xf1000000]) {
      expect(await failureOf(() => context.openSession(VICTIM, { connectionMethod }))).toMatchObject({
        origin: 1,
      });
    }
  });
});
