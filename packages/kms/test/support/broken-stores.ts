import { memoryKeyStore } from '../../src/adapters/memory.ts';
import type { KeyRow, KeyStore, StoreChange, VersionRow } from '../../src/index.ts';

/** Stores with one fault each: the suite has to find it. */
const replace = (store: KeyStore, members: Partial<KeyStore>): KeyStore => ({
  specVersion: '1',
  name: 'broken',
  commit: (change) => store.commit(change),
  readTenant: (tenantId) => store.readTenant(tenantId),
  readKey: (tenantId, keyId) => store.readKey(tenantId, keyId),
  readVersion: (tenantId, keyId, version) => store.readVersion(tenantId, keyId, version),
  readVersions: (tenantId, keyId) => store.readVersions(tenantId, keyId),
  listKeys: (tenantId, page) => store.listKeys(tenantId, page),
  close: () => store.close(),
  ...members,
});

/** A plain table without any comparing, under the faults that need one. */
class Table {
  readonly versions = new Map<string, VersionRow>();
  readonly keys = new Map<string, KeyRow>();
  put({ keys = [], versions = [] }: StoreChange): void {
    for (const row of keys) this.keys.set(`${row.tenantId}/${row.keyId}`, structuredClone(row));
    for (const row of versions) {
      this.versions.set(`${row.tenantId}/${row.keyId}/${row.version}`, structuredClone(row));
    }
  }
  fits({ keys = [], versions = [] }: StoreChange): boolean {
    const agrees = (stored: { revision: number } | undefined, row: { revision: number }) =>
      row.revision === 1 ? stored === undefined : stored?.revision === row.revision - 1;
    return (
      keys.every((row) => agrees(this.keys.get(`${row.tenantId}/${row.keyId}`), row)) &&
      versions.every((row) => agrees(this.versions.get(`${row.tenantId}/${row.keyId}/${row.version}`), row))
    );
  }
  readVersion(tenantId: string, keyId: string, version: number) {
    const key = this.keys.get(`${tenantId}/${keyId}`);
    const row = this.versions.get(`${tenantId}/${keyId}/${version}`);
    return key && row ? structuredClone({ key, version: row }) : undefined;
  }
}

export function twoStepStore(): KeyStore {
  const table = new Table();
  const store = memoryKeyStore();
  return replace(store, {
    commit: async (change) => {
      if (change.tenants !== undefined) return store.commit(change);
      if (!table.fits(change)) return false;
      await new Promise((resolve) => setImmediate(resolve));
      table.put(change);
      return true;
    },
    readVersion: async (tenantId, keyId, version) => table.readVersion(tenantId, keyId, version),
  });
}

export function rowByRowStore(): KeyStore {
  const store = memoryKeyStore();
  return replace(store, {
    commit: async ({ tenants = [], keys = [], versions = [] }) => {
      for (const row of tenants) if (!(await store.commit({ tenants: [row] }))) return false;
      for (const row of keys) if (!(await store.commit({ keys: [row] }))) return false;
      for (const row of versions) if (!(await store.commit({ versions: [row] }))) return false;
      return true;
    },
  });
}

export function lastWriterStore(): KeyStore {
  const table = new Table();
  const store = memoryKeyStore();
  return replace(store, {
    commit: async (change) => {
      if (change.tenants !== undefined) return store.commit(change);
      table.put(change);
      return true;
    },
    readVersion: async (tenantId, keyId, version) => table.readVersion(tenantId, keyId, version),
  });
}

export function sharingStore(): KeyStore {
  const store = memoryKeyStore();
  const shared = new Map<string, VersionRow>();
  return replace(store, {
    commit: async (change) => {
      const done = await store.commit(change);
      for (const row of done ? (change.versions ?? []) : []) shared.set(`${row.keyId}/${row.version}`, row);
      return done;
    },
    readVersion: async (tenantId, keyId, version) => {
      const found = await store.readVersion(tenantId, keyId, version);
      return found && { key: found.key, version: shared.get(`${keyId}/${version}`) ?? found.version };
    },
  });
}

export function textOrderStore(): KeyStore {
  const store = memoryKeyStore();
  return replace(store, {
    readVersions: async (tenantId, keyId) => {
      const found = await store.readVersions(tenantId, keyId);
      const asText = (a: VersionRow, b: VersionRow) => (`${a.version}` < `${b.version}` ? -1 : 1);
      return found && { key: found.key, versions: [...found.versions].sort(asText) };
    },
  });
}

export function tenantBlindStore(): KeyStore {
  const store = memoryKeyStore();
  const owners = new Map<string, string>();
  return replace(store, {
    commit: async (change) => {
      for (const row of change.keys ?? []) owners.set(row.keyId, row.tenantId);
      return store.commit(change);
    },
    readKey: (tenantId, keyId) => store.readKey(owners.get(keyId) ?? tenantId, keyId),
  });
}

export function overlappingStore(): KeyStore {
  const store = memoryKeyStore();
  return replace(store, {
    listKeys: async (tenantId, { after, limit }) => {
      const all = await store.listKeys(tenantId, { limit: 1000 });
      return all.filter((row) => after === undefined || row.keyId >= after).slice(0, limit);
    },
  });
}
