import { memoryKeyStore } from '../../src/adapters/memory.ts';
import type { KeyRow, KeyStore, StoreChange, TenantRow, VersionRow } from '../../src/index.ts';

/**
 * A store in the hands of an attacker: counts calls, changes rows on the way out, stops,
 * and shows everything it holds.
 */
export class HostileStore implements KeyStore {
  readonly specVersion = '1';
  readonly name = 'hostile';
  readonly inner: KeyStore;
  calls = 0;
  down = false;
  /** Every change that was asked for, in order. */
  readonly changes: StoreChange[] = [];
  onTenant: (row: TenantRow) => TenantRow | undefined = (row) => row;
  onKey: (row: KeyRow) => KeyRow | undefined = (row) => row;
  onVersion: (row: VersionRow) => VersionRow | undefined = (row) => row;
  beforeCommit: (change: StoreChange) => Promise<void> | void = () => undefined;
  beforeRead: () => Promise<void> | void = () => undefined;

  constructor(inner: KeyStore = memoryKeyStore()) {
    this.inner = inner;
  }

  async #called(): Promise<void> {
    this.calls++;
    if (this.down) throw new Error('disk on fire');
    await this.beforeRead();
  }

  async commit(change: StoreChange): Promise<boolean> {
    this.calls++;
    if (this.down) throw new Error('disk on fire');
    await this.beforeCommit(change);
    this.changes.push(structuredClone(change));
    return this.inner.commit(change);
  }

  async readTenant(tenantId: string) {
    await this.#called();
    const row = await this.inner.readTenant(tenantId);
    return row === undefined ? undefined : this.onTenant(row);
  }

  async readKey(tenantId: string, keyId: string) {
    await this.#called();
    const row = await this.inner.readKey(tenantId, keyId);
    return row === undefined ? undefined : this.onKey(row);
  }

  async readVersion(tenantId: string, keyId: string, version: number) {
    await this.#called();
    const found = await this.inner.readVersion(tenantId, keyId, version);
    const key = found && this.onKey(found.key);
    const row = found && this.onVersion(found.version);
    return key === undefined || row === undefined ? undefined : { key, version: row };
  }

  async readVersions(tenantId: string, keyId: string) {
    await this.#called();
    const found = await this.inner.readVersions(tenantId, keyId);
    const key = found && this.onKey(found.key);
    if (found === undefined || key === undefined) return undefined;
    return { key, versions: found.versions.flatMap((row) => this.onVersion(row) ?? []) };
  }

  async listKeys(tenantId: string, page: { readonly after?: string; readonly limit: number }) {
    await this.#called();
    return (await this.inner.listKeys(tenantId, page)).flatMap((row) => this.onKey(row) ?? []);
  }

  close() {
    return this.inner.close();
  }
}

const plain = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

/** Everything that was ever written, as one text with bytes in hex. */
export function writtenText(store: HostileStore): string {
  return JSON.stringify(store.changes, plain);
}

/** Everything the store still holds of one key. */
export async function storedText(store: KeyStore, tenantId: string, keyId: string): Promise<string> {
  const found = [await store.readTenant(tenantId), await store.readVersions(tenantId, keyId)];
  return JSON.stringify(found, plain);
}
