import { createServer } from 'node:net';
import { fromBase64, sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { encryptBundle, encryptPersonalisation, payloadDigest } from '../../src/management/index.ts';
import { PERSONALISE_COMMAND } from '../../src/spec/v1/personalisation.ts';
import { failureOf, MODES, onCleanup } from '../support.ts';
import { attack, hostileTa } from './hostile-ta.ts';
import { managerOf, startManaged, testManifest } from './installing.ts';

const TA = '70000000-0000-4000-8000-000000000031';
const CODE = hostileTa(`{
  hello: (tee) => 'hello ' + tee.TEE_GetPropertyAsString(0xffffffff, 'my.word'),
  put: (tee, text) => {
    const id = new TextEncoder().encode('x');
    tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 0x407, null, new TextEncoder().encode(text)));
    return 'put';
  },
  get: (tee) => {
    const object = tee.TEE_OpenPersistentObject(1, new TextEncoder().encode('x'), 1);
    return new TextDecoder().decode(tee.TEE_ReadObjectData(object, 100));
  },
  socket: (tee, port) => {
    const socket = tee.CSSI_SocketOpen('127.0.0.1', Number(port), 2000);
    tee.CSSI_SocketSend(socket, new TextEncoder().encode('ping'));
    const got = new TextDecoder().decode(tee.CSSI_SocketReceive(socket, 16, 2000));
    tee.CSSI_SocketClose(socket);
    return got;
  },
}`);
const MANIFEST = testManifest(TA, { properties: { 'my.word': 'one' } });

describe.each(MODES)('management of applications (%s)', (mode) => {
  const opened = async ({ tee }: Awaited<ReturnType<typeof startManaged>>) =>
    (await tee.initializeContext()).openSession(TA);

  it('install, update with its state, lock, unlock, delete with its state [part of CC-045]', async () => {
    const managed = await startManaged({ mode });
    const { tee, events } = managed;
    expect(await failureOf(() => opened(managed))).toMatchObject({ code: 'ERR_TEEC_ITEM_NOT_FOUND' });
    await managed.install(MANIFEST, CODE);
    const first = await opened(managed);
    expect(await attack(first, 'hello')).toBe('hello one');
    await attack(first, 'put', 'state');

    await managed.install({ ...MANIFEST, version: 2, properties: { 'my.word': 'two' } }, CODE, true);
    // Who was in a session with the old version notices.
    expect(await failureOf(() => attack(first, 'hello'))).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    const second = await opened(managed);
    expect([await attack(second, 'hello'), await attack(second, 'get')]).toEqual(['hello two', 'state']);

    await managed.manage({ action: 'lock-ta', ta: TA });
    expect(await failureOf(() => attack(second, 'hello'))).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    expect(await failureOf(() => opened(managed))).toMatchObject({
      code: 'ERR_TEEC_ACCESS_DENIED',
      origin: 3,
    });
    expect(events.at(-1)).toMatchObject({ kind: 'launch-refused', severity: 'alarm', uuid: TA });
    const state = async () =>
      (await tee.module.snapshot()).applications.find(({ uuid }) => uuid === TA)?.state;
    expect(await state()).toBe('locked');
    await managed.manage({ action: 'unlock-ta', ta: TA });
    expect(await attack(await opened(managed), 'get')).toBe('state');

    await managed.manage({ action: 'delete-ta', ta: TA });
    expect(await state()).toBeUndefined();
    expect(await failureOf(() => opened(managed))).toMatchObject({ code: 'ERR_TEEC_ITEM_NOT_FOUND' });
    await managed.install({ ...MANIFEST, version: 3 }, CODE);
    expect(await failureOf(async () => attack(await opened(managed), 'get', '', true))).toMatchObject({
      code: 'ERR_TEEC_ITEM_NOT_FOUND',
      origin: 4,
    });
  });

  it('refuses what is unsigned, altered, rolled back, or of a foreign key, and audits it [part of CC-013, CC-003]', async () => {
    const managed = await startManaged({ mode });
    const { tee } = managed;
    const stranger = managerOf(tee, sm2.generateKeyPair());
    await managed.install({ ...MANIFEST, version: 5 }, CODE);
    const audited = (await tee.audit(0, 1000)).length;
    expect(await failureOf(() => stranger.install({ ...MANIFEST, version: 6 }, CODE, true))).toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_DENIED',
    });
    expect(await failureOf(() => managed.install({ ...MANIFEST, version: 4 }, CODE, true))).toMatchObject({
      code: 'ERR_TEE_BUNDLE_ROLLBACK',
    });
    const foreign = await stranger.bundle({ ...MANIFEST, version: 7 }, CODE);
    const own = await managed.bundle({ ...MANIFEST, version: 7 }, CODE);
    const altered = own.slice();
    altered[altered.length - 3] = (altered[altered.length - 3] ?? 0) ^ 1;
    for (const [bundle, code] of [
      [foreign, 'ERR_TEE_BUNDLE_SIGNATURE'],
      [altered, 'ERR_TEE_BUNDLE_DIGEST'],
    ] as const) {
      const action = { action: 'update-ta', bundleDigest: payloadDigest(bundle) } as const;
      expect(await failureOf(() => managed.manage(action, bundle))).toMatchObject({ code });
    }
    expect(await attack(await opened(managed), 'hello')).toBe('hello one');
    expect((await tee.audit(0, 1000)).length).toBeGreaterThanOrEqual(audited + 4);
  });

  it('a bundle encrypted to this TEE installs here and nowhere else [part of CC-013, CC-021]', async () => {
    const [managed, other] = [await startManaged({ mode }), await startManaged({ mode })];
    const bundle = encryptBundle(
      await managed.bundle(MANIFEST, CODE),
      fromBase64(managed.tee.info.bundleKey),
    );
    const action = { action: 'install-ta', bundleDigest: payloadDigest(bundle) } as const;
    await managed.manage(action, bundle);
    expect(await attack(await opened(managed), 'hello')).toBe('hello one');
    expect(await failureOf(() => other.manage(action, bundle))).toMatchObject({
      code: expect.stringMatching(/^ERR_TEE_BUNDLE_(?:RECIPIENT|SIGNATURE)$/),
    });
  });

  it('personalisation reaches the application as the command of the security domain [part of CC-045]', async () => {
    const managed = await startManaged({ mode });
    const code = `
      (tee) => {
        let seen = 'nothing';
        return {
          TA_OpenSessionEntryPoint() { return {}; },
          TA_InvokeCommandEntryPoint(session, command, types, params) {
            if (command === ${PERSONALISE_COMMAND}) {
              const { login } = tee.TEE_GetPropertyAsIdentity(0xfffffffe, 'gpd.client.identity');
              seen = login.toString(16) + ' ' + new TextDecoder().decode(params[0].buffer);
              return;
            }
            const bytes = new TextEncoder().encode(seen);
            params[1].buffer.set(bytes);
            params[1].size = bytes.length;
          },
        };
      }`;
    await managed.install(MANIFEST, code);
    const session = await opened(managed);
    const data = encryptPersonalisation(
      TA,
      new TextEncoder().encode('the data'),
      fromBase64(managed.tee.info.bundleKey),
    );
    await managed.manage({ action: 'personalise-ta', ta: TA, dataDigest: payloadDigest(data) }, data);
    expect(await attack(session, 'x')).toBe('f1000000 the data');
  });

  it('a TEE older than its security domain accepts starts nothing; a newer one does, with the state [part of CC-045]', async () => {
    const pair = sm2.generateKeyPair();
    const old = await startManaged({ mode }, pair);
    await old.install(MANIFEST, CODE);
    await attack(await opened(old), 'put', 'kept');
    await old.manage({ action: 'raise-tcb-floor', minimum: 2 });
    expect(await failureOf(() => opened(old))).toMatchObject({ code: 'ERR_TEEC_ACCESS_DENIED', origin: 3 });
    expect(old.events.map(({ kind }) => kind)).toContain('tcb-outdated');
    expect((await old.tee.module.snapshot()).healthy).toBe(false);
    await old.tee.close();
    const renewed = await startManaged({ mode, dataDir: old.dataDir }, pair, { tcbVersion: 2 });
    expect(await attack(await opened(renewed), 'get')).toBe('kept');
    expect((await renewed.tee.module.snapshot()).tcbFloor).toBe(2);
  });

  it('sockets reach the peer of the manifest and no other [part of CC-037]', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => void server.close());
    const { port } = server.address() as { port: number };
    const managed = await startManaged({ mode });
    const manifest = testManifest(TA, {
      apis: ['sockets'],
      services: [],
      socketPeers: [`127.0.0.1:${port}`],
    });
    await managed.install(manifest, CODE);
    const session = await opened(managed);
    if (mode === 'in-process') {
      expect(await attack(session, 'socket', port)).toMatch(/^threw .*NOT_SUPPORTED/);
    } else {
      expect(await attack(session, 'socket', port)).toBe('ping');
      expect(await attack(session, 'socket', port + 1)).toMatch(/^threw .*ACCESS_DENIED/);
    }
  });
});
