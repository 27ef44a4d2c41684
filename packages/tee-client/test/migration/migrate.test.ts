import { sm2, toBase64, utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { encryptBundle, payloadDigest, plainPersonalisation } from '../../src/management/index.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { failureOf } from '../basics.ts';
import { attack, hostileTa } from '../software/hostile-ta.ts';
import { type ManagedTee, managerOf, testManifest } from '../software/installing.ts';
import {
  commandFor,
  move,
  moveOptions,
  opening,
  openStore,
  STORE_CODE,
  STORE_MANIFEST,
  STORE_UUID,
  startOne,
  states,
} from './moving.ts';

vi.setConfig({ testTimeout: 300_000 });

const AAD = utf8('aad');
const { ITEM_NOT_FOUND, SUCCESS } = TEEC_RESULTS;

async function two(): Promise<{ readonly source: ManagedTee; readonly target: ManagedTee }> {
  const [source, target] = [await startOne(), await startOne()];
  await source.install(STORE_MANIFEST, STORE_CODE);
  await attack(await openStore(source.tee), 'put', 5);
  return { source, target };
}

describe('an application that moved [part of CC-024]', () => {
  it('has its data, its keys and what it sealed; the source has nothing of it', async () => {
    const { source, target } = await two();
    const key = await attack(await openStore(source.tee), 'key');
    const enclave = await source.tee.enclaves().create(STORE_UUID);
    const blob = await enclave.seal(utf8('sealed before'), AAD);
    const { transfer, exportReceipt, importReceipt } = await move(source.tee, target.tee);
    expect(transfer).toMatch(/^[0-9a-f]{32}$/);
    expect([exportReceipt?.length, importReceipt?.length].every((length) => (length ?? 0) > 64)).toBe(true);
    expect(await states(source.tee.module, target.tee.module)).toBe('none activated');
    expect(await opening(source.tee.module)).toBe(ITEM_NOT_FOUND);
    const there = await openStore(target.tee);
    expect([await attack(there, 'get'), await attack(there, 'key')]).toEqual(['5', key]);
    const moved = await target.tee.enclaves().create(STORE_UUID);
    expect(await moved.unseal(blob, AAD)).toEqual(utf8('sealed before'));
    // Sessions at the source ended with it.
    expect(await failureOf(() => enclave.seal(AAD, AAD))).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    const sourceEvents = (await source.tee.audit(0, 100)).map((one) => (one as { event: string }).event);
    expect(sourceEvents.slice(-3)).toEqual(['migration-settled', 'migration-departed', 'migration-closed']);
    const targetEvents = (await target.tee.audit(0, 100)).map((one) => (one as { event: string }).event);
    expect(targetEvents).toEqual(
      expect.arrayContaining(['migration-incoming', 'migration-activated', 'migration-adopted']),
    );
  });

  it('works on as any other: updated, locked, restarted, deleted', async () => {
    const { source, target } = await two();
    await move(source.tee, target.tee);
    await target.install({ ...STORE_MANIFEST, version: 2 }, STORE_CODE, true);
    expect(await attack(await openStore(target.tee), 'get')).toBe('5');
    await attack(await openStore(target.tee), 'put', 6);
    await target.tee.close();
    const again = await startOne({ dataDir: target.dataDir });
    expect(await attack(await openStore(again.tee), 'get')).toBe('6');
    await again.manage({ action: 'lock-ta', ta: STORE_UUID });
    expect(await opening(again.tee.module)).not.toBe(SUCCESS);
    await again.manage({ action: 'unlock-ta', ta: STORE_UUID });
    const key = await attack(await openStore(again.tee), 'key');
    await again.manage({ action: 'delete-ta', ta: STORE_UUID });
    await again.install({ ...STORE_MANIFEST, version: 2 }, STORE_CODE);
    const fresh = await openStore(again.tee);
    expect(await attack(fresh, 'get')).toBe('nothing');
    expect(await attack(fresh, 'key')).not.toBe(key);
  });

  it('may go on to a third device, and back to the first', async () => {
    const { source, target } = await two();
    const third = await startOne();
    const key = await attack(await openStore(source.tee), 'key');
    await move(source.tee, target.tee);
    await attack(await openStore(target.tee), 'put', 6);
    await move(target.tee, third.tee);
    expect(await opening(target.tee.module)).toBe(ITEM_NOT_FOUND);
    // Without having been started on the third.
    await move(third.tee, source.tee);
    expect(await opening(third.tee.module)).toBe(ITEM_NOT_FOUND);
    const home = await openStore(source.tee);
    expect([await attack(home, 'get'), await attack(home, 'key')]).toEqual(['6', key]);
    // And there again.
    await move(source.tee, target.tee);
    expect(await attack(await openStore(target.tee), 'get')).toBe('6');
  });

  it('keeps the code that was encrypted to the source, also when it goes on', async () => {
    const [source, target, third] = [await startOne(), await startOne(), await startOne()];
    const plain = await source.bundle(STORE_MANIFEST, STORE_CODE);
    const bundle = encryptBundle(plain, Uint8Array.from(Buffer.from(source.tee.info.bundleKey, 'base64')));
    await source.manage({ action: 'install-ta', bundleDigest: payloadDigest(bundle) }, bundle);
    await attack(await openStore(source.tee), 'put', 5);
    await move(source.tee, target.tee);
    expect(await attack(await openStore(target.tee), 'get')).toBe('5');
    await move(target.tee, third.tee);
    expect(await attack(await openStore(third.tee), 'get')).toBe('5');
    // The new version is encrypted to where it is now.
    const next = await source.bundle({ ...STORE_MANIFEST, version: 2 }, STORE_CODE);
    const update = encryptBundle(next, Uint8Array.from(Buffer.from(third.tee.info.bundleKey, 'base64')));
    await third.manage({ action: 'update-ta', bundleDigest: payloadDigest(update) }, update);
    expect(await attack(await openStore(third.tee), 'get')).toBe('5');
  });

  it('of a security domain goes to the same domain, with keys of its own', async () => {
    const sd = '70000000-0000-4000-8000-0000000000d1';
    const pair = sm2.generateKeyPair();
    const keys = [
      { publicKey: toBase64(pair.publicKey), privileges: ['ta-management', 'ta-signing'] as const },
    ];
    const [source, target] = [await startOne(), await startOne()];
    await source.manage({ action: 'install-sd', sd, keys });
    const bundle = await managerOf(source.tee, pair).bundle(STORE_MANIFEST, STORE_CODE);
    const install = { action: 'install-ta', bundleDigest: payloadDigest(bundle) } as const;
    await source.tee.module.manage(await commandFor(source.tee, install, sd, pair), bundle);
    await attack(await openStore(source.tee), 'put', 9);
    const ta = STORE_UUID;
    const exportCommand = await commandFor(
      source.tee,
      { action: 'export-ta', ta, target: target.tee.info.device, measurements: [] },
      sd,
      pair,
    );
    const asked = { action: 'import-ta', ta, source: source.tee.info.device, measurements: [] } as const;
    // The target has no such domain, then one without that key, then the right one.
    const without = await commandFor(target.tee, asked, sd);
    const options = { exportCommand, importCommand: without };
    expect(await failureOf(() => move(source.tee, target.tee, options))).toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_TARGET',
    });
    expect(await attack(await openStore(source.tee), 'get')).toBe('9');
    const stranger = toBase64(sm2.generateKeyPair().publicKey);
    await target.manage({
      action: 'install-sd',
      sd,
      keys: [{ publicKey: stranger, privileges: ['ta-management', 'ta-signing'] }],
    });
    const importCommand = await commandFor(target.tee, asked, sd);
    expect(
      await failureOf(() => move(source.tee, target.tee, { exportCommand, importCommand })),
    ).toMatchObject({ code: 'ERR_TEE_BUNDLE_SIGNATURE' });
    expect(await states(source.tee.module, target.tee.module)).toBe('exporting expecting');
    expect(await failureOf(() => target.manage({ action: 'uninstall-sd', sd }))).toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_STATE',
    });
    await target.manage({ action: 'update-sd', sd, keys });
    await move(source.tee, target.tee, { exportCommand, importCommand });
    expect(await attack(await openStore(target.tee), 'get')).toBe('9');
  });

  it('is locked there when it was locked here', async () => {
    const { source, target } = await two();
    await source.manage({ action: 'lock-ta', ta: STORE_UUID });
    await move(source.tee, target.tee);
    expect(await opening(target.tee.module)).not.toBe(SUCCESS);
    await target.manage({ action: 'unlock-ta', ta: STORE_UUID });
    expect(await attack(await openStore(target.tee), 'get')).toBe('5');
  });

  it('moves with no stored data, and with much', async () => {
    const [source, target] = [await startOne(), await startOne()];
    const manifest = { ...STORE_MANIFEST, storageBytes: 8 << 20, memoryBytes: 32 << 20 };
    await source.install(manifest, STORE_CODE);
    const key = await attack(await openStore(source.tee), 'key');
    await move(source.tee, target.tee);
    expect(await attack(await openStore(target.tee), 'key')).toBe(key);
    const session = await openStore(target.tee);
    await attack(session, 'fill', 3_500_000);
    await attack(session, 'put', 8);
    const seen: number[] = [];
    await move(target.tee, source.tee, { onProgress: ({ bytes }) => seen.push(bytes) });
    expect(Math.max(...seen)).toBeGreaterThan(3_500_000);
    expect(await attack(await openStore(source.tee), 'get')).toBe('8');
  });

  it('has its personalisation data with it, which it stored', async () => {
    const code = hostileTa('{}').replace(
      'TA_InvokeCommandEntryPoint(session, command, types, params) {',
      `TA_InvokeCommandEntryPoint(session, command, types, params) {
        const id = new TextEncoder().encode('personal');
        if (types === 5) {
          tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 0x407, null, params[0].buffer));
          return;
        }
        const object = tee.TEE_OpenPersistentObject(1, id, 1);
        const personal = tee.TEE_ReadObjectData(object, 64);
        tee.TEE_CloseObject(object);
        params[1].buffer.set(personal);
        params[1].size = personal.length;
        return;`,
    );
    const [source, target] = [await startOne(), await startOne()];
    const ta = '70000000-0000-4000-8000-000000000062';
    await source.install(testManifest(ta), code);
    const data = plainPersonalisation(utf8('for one person'));
    await source.manage({ action: 'personalise-ta', ta, dataDigest: payloadDigest(data) }, data);
    await move(source.tee, target.tee, { ta });
    const enclave = await target.tee.enclaves().create(ta);
    expect(await enclave.call(1, AAD)).toEqual(utf8('for one person'));
  });

  it('may still be at its quota', async () => {
    const [source, target] = [await startOne(), await startOne()];
    // Room for the value and for nothing else.
    const storageBytes = 4096 + 256 + 40;
    await source.install({ ...STORE_MANIFEST, storageBytes }, STORE_CODE);
    await attack(await openStore(source.tee), 'put', 1);
    await move(source.tee, target.tee);
    const there = await openStore(target.tee);
    expect(await attack(there, 'get')).toBe('1');
    expect(await attack(there, 'put', 2)).toBe('2');
    expect(await attack(there, 'fill', 100)).toContain('STORAGE_NO_SPACE');
  });
});

describe('by the enclave interface', () => {
  it('an enclave moves its application', async () => {
    const { source, target } = await two();
    const enclave = await source.tee.enclaves().create(STORE_UUID);
    const { exportCommand, importCommand } = await moveOptions(source.tee, target.tee);
    const { transfer } = await enclave.migrate({ target: target.tee.module, exportCommand, importCommand });
    expect(transfer).toMatch(/^[0-9a-f]{32}$/);
    await enclave.destroy();
    expect(await attack(await openStore(target.tee), 'get')).toBe('5');
  });

  it('commands for another application are refused before anything happens', async () => {
    const { source, target } = await two();
    const enclave = await source.tee.enclaves().create(STORE_UUID);
    const other = await moveOptions(source.tee, target.tee, { ta: '70000000-0000-4000-8000-000000000063' });
    const own = await moveOptions(source.tee, target.tee);
    const { exportCommand, importCommand } = own;
    for (const commands of [
      { exportCommand: other.exportCommand, importCommand },
      { exportCommand, importCommand: other.importCommand },
      { exportCommand: importCommand, importCommand: exportCommand },
      { exportCommand, importCommand: new Uint8Array(20_000) },
      { exportCommand: 'text' as never, importCommand },
    ]) {
      const options = { target: target.tee.module, ...commands };
      expect(await failureOf(() => enclave.migrate(options))).toMatchObject({
        code: 'ERR_TEE_OPTION_INVALID',
      });
    }
    expect(await failureOf(() => enclave.migrate(null as never))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
    });
    expect(await states(source.tee.module, target.tee.module)).toBe('none none');
  });
});
