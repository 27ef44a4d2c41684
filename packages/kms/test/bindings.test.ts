import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type KeyRow,
  keyVersionBinding,
  type TenantRow,
  tenantKeyBinding,
  type VersionRow,
} from '../src/index.ts';
import { keyRowBytes, rowMacLabel, tenantRowBytes, versionRowBytes } from '../src/spec/v1/binding.ts';
import { codeOf } from './support/kms.ts';
import type { TestRoot } from './support/root.ts';
import { flipBit, world } from './support/world.ts';

/** Row MACs as one would make them who has the MAC key: shows that the bindings hold on their own. */
const forge = {
  version: async (root: TestRoot, row: VersionRow): Promise<VersionRow> => ({
    ...row,
    mac: await root.mac(rowMacLabel('version'), versionRowBytes(row)),
  }),
  key: async (root: TestRoot, row: KeyRow): Promise<KeyRow> => ({
    ...row,
    mac: await root.mac(rowMacLabel('key'), keyRowBytes(row)),
  }),
  tenant: async (root: TestRoot, row: TenantRow): Promise<TenantRow> => ({
    ...row,
    mac: await root.mac(rowMacLabel('tenant'), tenantRowBytes(row)),
  }),
};

describe('bindings, when the row MAC is not there to help', () => {
  it("does not open a tenant's wrapped key under another tenant [TCCIA-072]", async () => {
    const { keys, row, store, root, open } = await world();
    const stolen = (await row(keys.b)).version;
    store.onVersion = (stored) => ({ ...stored, wrappedKey: stolen.wrappedKey });
    const moved = await forge.version(root, store.onVersion((await row(keys.a)).version)!);
    store.onVersion = (stored) => (stored.keyId === keys.a.keyId ? moved : stored);
    const service = open();
    expect(await service.decrypt()).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(service.alerts[0]?.reason).toBe('wrapped-key');
    // The wrapped tenant key itself is bound to its tenant as well.
    const other = (await store.inner.readTenant('b'))!;
    const own = (await store.inner.readTenant('a'))!;
    const forged = await forge.tenant(root, { ...own, wrappedKey: other.wrappedKey });
    store.onVersion = (stored) => stored;
    store.onTenant = () => forged;
    const second = open();
    expect(await second.decrypt()).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(second.alerts[0]?.reason).toBe('wrapped-key');
  });

  it.each<[string, (rows: { key: KeyRow; version: VersionRow }) => { key: KeyRow; version: VersionRow }]>([
    ['another key of the tenant', (rows) => rows],
    [
      'another state',
      ({ key, version }) => ({
        key: { ...key, state: 'disabled' },
        version: { ...version, state: 'disabled' },
      }),
    ],
    ['another policy', ({ key, version }) => ({ key: { ...key, rotationMonths: 2 }, version })],
    ['another usage', ({ key, version }) => ({ key: { ...key, usage: ['encrypt', 'sign'] }, version })],
  ])('does not open a wrapped key under %s [part of TCCIA-018]', async (what, change) => {
    const { keys, row, store, root, open } = await world();
    const rows = change(await row(keys.a));
    const swapped = what.includes('key of')
      ? (await row(keys.a2)).version.wrappedKey
      : rows.version.wrappedKey;
    const key = await forge.key(root, rows.key);
    const version = await forge.version(root, { ...rows.version, wrappedKey: swapped });
    store.onKey = (stored) => (stored.keyId === keys.a.keyId ? key : stored);
    store.onVersion = (stored) => (stored.keyId === keys.a.keyId ? version : stored);
    const { kms, alerts } = open();
    // A disabled key is opened when it is enabled again, the others when they are used.
    const code = await codeOf(() =>
      key.state === 'disabled'
        ? kms.rotateKey(keys.a).catch(() => kms.enableKey(keys.a))
        : kms.disableKey(keys.a),
    );
    expect(code).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(alerts.map((alert) => alert.reason)).toContain('wrapped-key');
  });

  it('does not open a wrapped key as another version of the same key', async () => {
    const { kms, keys, row, store, root, open } = await world();
    await kms.rotateKey(keys.a);
    const first = await row(keys.a, 1);
    const second = await row(keys.a, 2);
    const forged = await forge.version(root, { ...second.version, wrappedKey: first.version.wrappedKey });
    store.onVersion = (stored) => (stored.version === 2 ? forged : stored);
    const code = await codeOf(() => open().kms.encrypt({ ...keys.a, plaintext: utf8('x') }));
    expect(code).toBe('ERR_KMS_ROW_INTEGRITY');
  });

  it('refuses a wrapped SM2 key that does not fit the public key beside it', async () => {
    const { keys, row, store, root, open } = await world();
    const { version } = await row(keys.sign);
    const forged = await forge.version(root, { ...version, publicKey: flipBit(version.publicKey!, 100) });
    store.onVersion = (stored) => (stored.keyId === keys.sign.keyId ? forged : stored);
    const code = await codeOf(() => open().kms.sign({ ...keys.sign, message: utf8('m') }));
    expect(code).toBe('ERR_KMS_ROW_INTEGRITY');
  });

  it('makes different associated data for every field', async () => {
    const base = {
      tenantId: 'a',
      keyId: 'k',
      algorithm: 'SM2',
      usage: ['sign'] as const,
      rotationMonths: 18,
    } as const;
    const bindings = [
      keyVersionBinding(base, 1, 'enabled'),
      keyVersionBinding(base, 2, 'enabled'),
      keyVersionBinding(base, 1, 'disabled'),
      keyVersionBinding({ ...base, tenantId: 'ak' }, 1, 'enabled'),
      keyVersionBinding({ ...base, keyId: 'kk' }, 1, 'enabled'),
      keyVersionBinding({ ...base, algorithm: 'SM4' }, 1, 'enabled'),
      keyVersionBinding({ ...base, usage: ['encrypt'] }, 1, 'enabled'),
      keyVersionBinding({ ...base, rotationMonths: 17 }, 1, 'enabled'),
      tenantKeyBinding({ tenantId: 'a', maxRotationMonths: 18 }),
      tenantKeyBinding({ tenantId: 'b', maxRotationMonths: 18 }),
      tenantKeyBinding({ tenantId: 'a', maxRotationMonths: 17 }),
    ];
    expect(new Set(bindings.map((bytes) => bytes.join())).size).toBe(bindings.length);
  });
});

describe('hierarchy', () => {
  it('has three levels, and none opens the level below its own [part of EDGE-047]', async () => {
    const { keys, row, store, root } = await world();
    const { version } = await row(keys.a);
    const tenant = (await store.inner.readTenant('a'))!;
    const { key } = await row(keys.a);
    // The root wraps tenant keys only: it was never asked for anything else.
    expect(root.calls.wrap).toBe(2);
    expect(root.wrapped.every((plaintext) => plaintext.length === 16)).toBe(true);
    expect((await root.unwrap(tenant.wrappedKey, tenantKeyBinding(tenant))).length).toBe(16);
    // A key version does not open with the root key, whatever part of the blob is tried.
    for (const blob of [version.wrappedKey!, version.wrappedKey!.subarray(1)]) {
      const code = await codeOf(() => root.unwrap(blob, keyVersionBinding(key, 1, 'enabled')));
      expect(code).toBe('ERR_DECRYPT_FAILED');
    }
  });

  it('gives each tenant a key of its own [TCCIA-072]', async () => {
    const { root } = await world();
    const [first, second] = root.wrapped;
    expect(first).toBeDefined();
    expect(first).not.toEqual(second);
  });
});
