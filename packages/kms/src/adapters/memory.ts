import type { GuardedRow, KeyRow, KeyStore, StoreChange, TenantRow, VersionRow } from '../spec/v1/store.ts';

const copy = <R>(row: R): R => structuredClone(row);

const tenantName = (row: Pick<TenantRow, 'tenantId'>): string => row.tenantId;
const keyName = (row: Pick<KeyRow, 'tenantId' | 'keyId'>): string => `${row.tenantId}/${row.keyId}`;
const versionName = (row: Pick<VersionRow, 'tenantId' | 'keyId' | 'version'>): string =>
  `${keyName(row)}/${row.version}`;

/** True when `row` may replace what is stored. */
function fits(stored: GuardedRow | undefined, row: GuardedRow): boolean {
  return row.revision === 1 ? stored === undefined : stored?.revision === row.revision - 1;
}

class MemoryKeyStore implements KeyStore {
  readonly specVersion = '1';
  readonly name = 'memory';
  readonly #tenants = new Map<string, TenantRow>();
  readonly #keys = new Map<string, KeyRow>();
  readonly #versions = new Map<string, VersionRow>();

  async commit(change: StoreChange): Promise<boolean> {
    const { tenants = [], keys = [], versions = [] } = change;
    // Nothing is awaited between the look and the write: that makes it atomic.
    const agrees =
      tenants.every((row) => fits(this.#tenants.get(tenantName(row)), row)) &&
      keys.every((row) => fits(this.#keys.get(keyName(row)), row)) &&
      versions.every((row) => fits(this.#versions.get(versionName(row)), row));
    if (!agrees) return false;
    for (const row of tenants) this.#tenants.set(tenantName(row), copy(row));
    for (const row of keys) this.#keys.set(keyName(row), copy(row));
    for (const row of versions) this.#versions.set(versionName(row), copy(row));
    return true;
  }

  async readTenant(tenantId: string) {
    return copy(this.#tenants.get(tenantId));
  }

  async readKey(tenantId: string, keyId: string) {
    return copy(this.#keys.get(keyName({ tenantId, keyId })));
  }

  async readVersion(tenantId: string, keyId: string, version: number) {
    const key = this.#keys.get(keyName({ tenantId, keyId }));
    const row = this.#versions.get(versionName({ tenantId, keyId, version }));
    return key === undefined || row === undefined ? undefined : copy({ key, version: row });
  }

  async readVersions(tenantId: string, keyId: string) {
    const key = this.#keys.get(keyName({ tenantId, keyId }));
    if (key === undefined) return undefined;
    const versions = [...this.#versions.values()]
      .filter((row) => row.tenantId === tenantId && row.keyId === keyId)
      .sort((a, b) => a.version - b.version);
    return copy({ key, versions });
  }

  async listKeys(tenantId: string, page: { readonly after?: string; readonly limit: number }) {
    const { after = '', limit } = page;
    const rows = [...this.#keys.values()].filter((row) => row.tenantId === tenantId && row.keyId > after);
    return copy(rows.sort((a, b) => (a.keyId < b.keyId ? -1 : 1)).slice(0, limit));
  }

  async close(): Promise<void> {
    for (const map of [this.#tenants, this.#keys, this.#versions]) map.clear();
  }
}

/** A key store in memory, for tests and for processes that keep nothing. */
export function memoryKeyStore(): KeyStore {
  return new MemoryKeyStore();
}
