import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { createKeyManagementService } from '../src/index.ts';
import { codeOf, NOW } from './support/kms.ts';
import { seeded } from './support/random.ts';
import type { HostileStore } from './support/store.ts';
import { flipBit, world } from './support/world.ts';

describe('altered records', () => {
  it('are refused with their code when the listener of the alarm fails', async () => {
    const { keys, row, store, root, ciphertext } = await world();
    const other = (await row(keys.a2)).version.wrappedKey;
    store.onVersion = (stored) => (stored.keyId === keys.a.keyId ? { ...stored, wrappedKey: other } : stored);
    const kms = createKeyManagementService(
      {},
      {
        store,
        root,
        clock: () => NOW,
        alert: () => {
          throw new Error('the pager is out of order');
        },
      },
    );
    expect(await codeOf(() => kms.decrypt({ ...keys.a, ciphertext }))).toBe('ERR_KMS_ROW_INTEGRITY');
  });

  it('refuses two swapped wrapped keys and raises the alarm [part of TCCIA-018]', async () => {
    const { keys, row, store, open } = await world();
    const other = (await row(keys.a2)).version.wrappedKey;
    const service = open();
    expect(await service.decrypt()).toBe('accepted');
    store.onVersion = (stored) => (stored.keyId === keys.a.keyId ? { ...stored, wrappedKey: other } : stored);
    const fresh = open();
    expect(await fresh.decrypt()).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(fresh.alerts).toEqual([
      { code: 'ERR_KMS_ROW_INTEGRITY', reason: 'row-mac', tenantId: 'a', keyId: keys.a.keyId, version: 1 },
    ]);
    const codes = [
      await codeOf(() => fresh.kms.encrypt({ ...keys.a, plaintext: utf8('x') })),
      await codeOf(() => fresh.kms.describeKey(keys.a)),
      await codeOf(() => fresh.kms.disableKey(keys.a)),
    ];
    expect(new Set(codes)).toEqual(new Set(['ERR_KMS_ROW_INTEGRITY']));
  });

  it('refuses two swapped rows, MAC and all [part of TCCIA-018]', async () => {
    const { keys, row, store, open } = await world();
    const other = await row(keys.a2);
    store.onVersion = () => other.version;
    expect(await open().decrypt()).toBe('ERR_KMS_ROW_INTEGRITY');
    store.onVersion = (stored) => stored;
    store.onKey = () => other.key;
    expect(await open().decrypt()).toBe('ERR_KMS_ROW_INTEGRITY');
    const tenant = (await store.inner.readTenant('b'))!;
    store.onKey = (stored) => stored;
    store.onTenant = () => tenant;
    expect(await open().decrypt()).toBe('ERR_KMS_ROW_INTEGRITY');
  });

  it('refuses a key that stands in for another with all its rows [part of TCCIA-018]', async () => {
    const { keys, row, store, open } = await world();
    const other = await row(keys.a2);
    store.onKey = () => other.key;
    store.onVersion = () => other.version;
    const { kms } = open();
    const calls = [
      () => kms.encrypt({ ...keys.a, plaintext: utf8('x') }),
      () => kms.describeKey(keys.a),
      () => kms.disableKey(keys.a),
      () => kms.rotateKey(keys.a),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('ERR_KMS_ROW_INTEGRITY');
  });

  it('notices a version that was taken away', async () => {
    const { kms, keys, store, open } = await world();
    await kms.rotateKey(keys.a);
    store.onVersion = (stored) => (stored.version === 2 ? undefined : stored);
    const service = open();
    expect(await codeOf(() => service.kms.disableKey(keys.a))).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(await codeOf(() => service.kms.encrypt({ ...keys.a, plaintext: utf8('x') }))).toBe(
      'ERR_KMS_ROW_INTEGRITY',
    );
    expect(service.alerts.map((alert) => alert.reason)).toEqual(['row-missing', 'row-missing']);
  });

  it('raises no alarm for a version that never was', async () => {
    const { keys, open } = await world();
    const { kms, alerts } = open();
    expect(await codeOf(() => kms.getPublicKey({ ...keys.sign, version: 2 }))).toBe('ERR_KMS_NOT_FOUND');
    expect(alerts).toEqual([]);
  });

  it('refuses a flipped bit anywhere in wrapped keys and MACs [part of TCCIA-018]', async () => {
    const { store, open } = await world();
    const below = seeded('flipped bits');
    const targets = [
      ...Array.from({ length: 24 }, () => ['version', 'wrappedKey', 45] as const),
      ...Array.from({ length: 8 }, () => ['version', 'mac', 32] as const),
      ...Array.from({ length: 8 }, () => ['key', 'mac', 32] as const),
      ...Array.from({ length: 8 }, () => ['tenant', 'mac', 32] as const),
      ...Array.from({ length: 16 }, () => ['tenant', 'wrappedKey', 44] as const),
    ];
    for (const [kind, field, length] of targets) {
      const bit = below(length * 8);
      if (kind === 'version') store.onVersion = (row) => ({ ...row, [field]: flipBit(row[field]!, bit) });
      if (kind === 'key') store.onKey = (row) => ({ ...row, mac: flipBit(row.mac, bit) });
      if (kind === 'tenant') store.onTenant = (row) => ({ ...row, [field]: flipBit(row[field], bit) });
      const service = open();
      expect(await service.decrypt(), `${kind}.${field} bit ${bit}`).toBe('ERR_KMS_ROW_INTEGRITY');
      expect(service.alerts.length).toBeGreaterThan(0);
      store.onVersion = (row) => row;
      store.onKey = (row) => row;
      store.onTenant = (row) => row;
    }
    expect(await open().decrypt()).toBe('accepted');
  });

  it.each<[string, (store: HostileStore) => void]>([
    ['key state', (s) => (s.onKey = (row) => ({ ...row, state: 'disabled' }))],
    ['key usage', (s) => (s.onKey = (row) => ({ ...row, usage: ['sign', 'encrypt'] }))],
    ['key algorithm', (s) => (s.onKey = (row) => ({ ...row, algorithm: 'SM2' }))],
    ['key label', (s) => (s.onKey = (row) => ({ ...row, label: 'other' }))],
    ['current version', (s) => (s.onKey = (row) => ({ ...row, currentVersion: 2 }))],
    ['rotation period', (s) => (s.onKey = (row) => ({ ...row, rotationMonths: 1200 }))],
    ['key revision', (s) => (s.onKey = (row) => ({ ...row, revision: 9 }))],
    ['owner of the key', (s) => (s.onKey = (row) => ({ ...row, tenantId: 'b' }))],
    ['fraction in a key row', (s) => (s.onKey = (row) => ({ ...row, revision: 1.5 }))],
    ['version state', (s) => (s.onVersion = (row) => ({ ...row, state: 'disabled' }))],
    ['version number', (s) => (s.onVersion = (row) => ({ ...row, version: 2 }))],
    ['use counter', (s) => (s.onVersion = (row) => ({ ...row, reservedUses: 0, revision: row.revision }))],
    ['counter past numbers', (s) => (s.onVersion = (row) => ({ ...row, reservedUses: Number.NaN }))],
    ['creation time', (s) => (s.onVersion = (row) => ({ ...row, createdAt: '2036-12-01T00:00:00.000Z' }))],
    ['random source', (s) => (s.onVersion = (row) => ({ ...row, randomProvider: 'certified' }))],
    ['public key', (s) => (s.onVersion = (row) => ({ ...row, publicKey: new Uint8Array(65) }))],
    ['missing wrapped key', (s) => (s.onVersion = (row) => ({ ...row, wrappedKey: null }))],
    ['missing version row', (s) => (s.onVersion = () => undefined)],
    ['tenant policy', (s) => (s.onTenant = (row) => ({ ...row, maxRotationMonths: 99 }))],
    ['empty tenant key', (s) => (s.onTenant = (row) => ({ ...row, wrappedKey: new Uint8Array(0) }))],
  ])('refuses an edited %s [part of TCCIA-018]', async (_what, edit) => {
    const { store, open } = await world();
    edit(store);
    const service = open();
    expect(await service.decrypt()).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(service.alerts).not.toEqual([]);
  });

  it('refuses an edited public key of a signing key', async () => {
    const { keys, store, open } = await world();
    const { kms } = open();
    store.onVersion = (row) => ({ ...row, publicKey: row.publicKey && flipBit(row.publicKey, 77) });
    expect(await codeOf(() => kms.getPublicKey(keys.sign))).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(await codeOf(() => kms.signer('a', keys.sign.keyId))).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(await codeOf(() => kms.sign({ ...keys.sign, message: utf8('m') }))).toBe('ERR_KMS_ROW_INTEGRITY');
  });

  it('shows no altered key in a list', async () => {
    const { store, open } = await world();
    store.onKey = (row) => ({ ...row, label: 'edited' });
    expect(await codeOf(() => open().kms.listKeys({ tenantId: 'a' }))).toBe('ERR_KMS_ROW_INTEGRITY');
  });
});
