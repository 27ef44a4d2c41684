import { randomBytes, toHex } from '@cssi/sm-core';
import { type CaseContext, expectTrue } from '@cssi/sm-core/conformance';
import type { KeyRow, KeyStore, TenantRow, VersionRow } from '../spec/v1/store.ts';

const TIME = '2026-12-01T00:00:00.000Z';

/** A tenant row nobody has stored yet. */
export function tenantRow(context: CaseContext): TenantRow {
  return {
    tenantId: `store-${toHex(randomBytes(12))}`,
    revision: 1,
    maxRotationMonths: 18,
    createdAt: TIME,
    randomProvider: 'suite',
    randomHealth: 'none',
    wrappedKey: context.bytes('tenant key', 49),
    mac: context.bytes('tenant mac', 32),
  };
}

/** A key row of `tenant`. */
export function keyRow(context: CaseContext, tenant: TenantRow, changes: Partial<KeyRow> = {}): KeyRow {
  return {
    tenantId: tenant.tenantId,
    keyId: `k${toHex(randomBytes(16))}`,
    revision: 1,
    algorithm: 'SM2',
    usage: ['sign'],
    label: 'Schlüssel 密钥 🔑',
    state: 'enabled',
    currentVersion: 1,
    rotationMonths: 18,
    createdAt: TIME,
    updatedAt: TIME,
    mac: context.bytes('key mac', 32),
    ...changes,
  };
}

/** A version row of `key`. */
export function versionRow(context: CaseContext, key: KeyRow, changes: Partial<VersionRow> = {}): VersionRow {
  return {
    tenantId: key.tenantId,
    keyId: key.keyId,
    version: 1,
    revision: 1,
    state: 'enabled',
    createdAt: TIME,
    randomProvider: 'suite',
    randomHealth: 'none',
    publicKey: context.bytes('public key', 65),
    wrappedKey: context.bytes('wrapped key', 61),
    reservedUses: 0,
    mac: context.bytes('version mac', 32),
    ...changes,
  };
}

/** Stores a tenant with one key of one version. */
export async function storedKey(store: KeyStore, context: CaseContext) {
  const tenant = tenantRow(context);
  const key = keyRow(context, tenant);
  const version = versionRow(context, key);
  expectTrue(await store.commit({ tenants: [tenant] }), 'a new tenant is refused');
  expectTrue(await store.commit({ keys: [key], versions: [version] }), 'a new key is refused');
  return { tenant, key, version };
}

const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return `bytes ${toHex(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, plain(member)]),
  );
};

/** Fails the case unless both rows have the same members with the same values. */
export function expectRow(actual: unknown, expected: unknown, what: string): void {
  expectTrue(JSON.stringify(plain(actual)) === JSON.stringify(plain(expected)), `${what} came back changed`);
}
