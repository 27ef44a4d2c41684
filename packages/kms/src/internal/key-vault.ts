import { Secret, type Sm4Gcm, SmError } from '@cssi/sm-core';
import { KMS_ERRORS } from '../errors.ts';
import { keyVersionBinding, tenantKeyBinding } from '../spec/v1/binding.ts';
import type { RootKeyProvider } from '../spec/v1/root.ts';
import type { KeyRow, KeyStore, KeyWithVersions, VersionRow } from '../spec/v1/store.ts';
import { notFound } from './check.ts';
import { addMonths } from './describe.ts';
import { lockKey, prepareSm4, type UnlockedKey, unlockKey, unwrapKey } from './key-material.ts';
import { LoadingCache } from './loading-cache.ts';
import { callRoot, type RowGuard } from './row-guard.ts';

/** Options of a {@link KeyVault}. */
export interface KeyVaultOptions {
  readonly capacity: number;
  readonly maxAgeMilliseconds: number;
  readonly now: () => number;
}

/** Tries before a call gives up on a cache that is emptied under it. */
export const VAULT_ATTEMPTS = 16;

const keyName = (tenantId: string, keyId: string): string => `${tenantId}/${keyId}/`;

/**
 * Checked key records and unlocked keys, cached. Nothing gets in without its row MAC and
 * its binding having been checked.
 */
export class KeyVault {
  readonly #store: KeyStore;
  readonly #root: RootKeyProvider;
  readonly #guard: RowGuard;
  readonly #tenants: LoadingCache<Sm4Gcm>;
  readonly #heads: LoadingCache<KeyRow>;
  readonly #keys: LoadingCache<UnlockedKey>;

  constructor(store: KeyStore, root: RootKeyProvider, guard: RowGuard, options: KeyVaultOptions) {
    this.#store = store;
    this.#root = root;
    this.#guard = guard;
    this.#tenants = new LoadingCache({ ...options, dispose: (key) => key.destroy() });
    this.#heads = new LoadingCache({ ...options, dispose: () => undefined });
    this.#keys = new LoadingCache({ ...options, dispose: lockKey });
  }

  /** Cached record of a key. */
  head(tenantId: string, keyId: string): KeyRow | undefined {
    return this.#heads.get(keyName(tenantId, keyId));
  }

  /** @throws SmError ERR_KMS_NOT_FOUND, ERR_KMS_ROW_INTEGRITY */
  loadHead(tenantId: string, keyId: string): Promise<void> {
    return this.#heads.load(keyName(tenantId, keyId), () => this.readKey(tenantId, keyId));
  }

  /** Cached key version, ready for use in this turn. */
  key(tenantId: string, keyId: string, version: number): UnlockedKey | undefined {
    return this.#keys.get(this.versionName(tenantId, keyId, version));
  }

  /** Name of a version in caches and meters. */
  versionName(tenantId: string, keyId: string, version: number): string {
    return `${keyName(tenantId, keyId)}${version}`;
  }

  /** @throws SmError ERR_KMS_NOT_FOUND, ERR_KMS_KEY_STATE, ERR_KMS_ROW_INTEGRITY */
  loadKey(tenantId: string, keyId: string, version: number): Promise<void> {
    return this.#keys.load(this.versionName(tenantId, keyId, version), async () => {
      const { key, row } = await this.readVersion(tenantId, keyId, version);
      if (key.state !== 'enabled') throw KMS_ERRORS.create('ERR_KMS_KEY_STATE');
      return this.withTenantKey(tenantId, (tenantKey) => {
        const bytes = this.unwrap(tenantKey, key, row);
        const material = unlockKey(key.algorithm, bytes, row.publicKey);
        if (material === undefined) throw this.#guard.refuse('wrapped-key', { tenantId, keyId, version });
        return { material, encryptsUntil: addMonths(row.createdAt, key.rotationMonths).getTime() };
      });
    });
  }

  /** The record of a key, checked; not cached. */
  async readKey(tenantId: string, keyId: string): Promise<KeyRow> {
    const row = await this.#store.readKey(tenantId, keyId);
    if (row === undefined) throw notFound();
    return this.#guard.checkKey(row, tenantId, keyId);
  }

  /** A key and one version, the current one when none is named; both checked, not cached. */
  async readVersion(
    tenantId: string,
    keyId: string,
    version?: number,
  ): Promise<{ readonly key: KeyRow; readonly row: VersionRow }> {
    for (let attempt = 0; attempt < VAULT_ATTEMPTS; attempt++) {
      const { currentVersion } = await this.readKey(tenantId, keyId);
      const wanted = version ?? currentVersion;
      if (wanted > currentVersion) throw notFound();
      const found = await this.#store.readVersion(tenantId, keyId, wanted);
      // The key named this version before: a row that is gone was taken away.
      if (found === undefined) throw this.#guard.refuse('row-missing', { tenantId, keyId, version: wanted });
      const key = await this.#guard.checkKey(found.key, tenantId, keyId);
      const row = await this.#guard.checkVersion(found.version, key, wanted);
      // A rotation came in between: what is current now is wanted.
      if (version !== undefined || key.currentVersion === wanted) return { key, row };
    }
    throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
  }

  /** A key and all its versions, all checked; not cached. */
  async readVersions(tenantId: string, keyId: string): Promise<KeyWithVersions> {
    const found = await this.#store.readVersions(tenantId, keyId);
    if (found === undefined) throw notFound();
    const key = await this.#guard.checkKey(found.key, tenantId, keyId);
    if (found.versions.length !== key.currentVersion) {
      throw this.#guard.refuse('row-missing', { tenantId, keyId });
    }
    for (const [index, row] of found.versions.entries()) await this.#guard.checkVersion(row, key, index + 1);
    return { key, versions: found.versions };
  }

  /**
   * Runs `use` with the unwrapped tenant key; `use` is synchronous and does not keep it.
   *
   * @throws SmError ERR_KMS_NOT_FOUND, ERR_KMS_ROW_INTEGRITY
   */
  async withTenantKey<T>(tenantId: string, use: (key: Sm4Gcm) => T): Promise<T> {
    for (let attempt = 0; attempt < VAULT_ATTEMPTS; attempt++) {
      const cached = this.#tenants.get(tenantId);
      if (cached !== undefined) return use(cached);
      await this.#tenants.load(tenantId, () => this.#loadTenant(tenantId));
    }
    throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
  }

  /** Bytes of a key version under its tenant key. The caller zeroes them. */
  unwrap(tenantKey: Sm4Gcm, key: KeyRow, row: VersionRow): Uint8Array {
    const { tenantId, keyId } = key;
    const { version, wrappedKey } = row;
    const bytes =
      wrappedKey === null
        ? undefined
        : unwrapKey(tenantKey, wrappedKey, keyVersionBinding(key, version, key.state));
    if (bytes === undefined) throw this.#guard.refuse('wrapped-key', { tenantId, keyId, version });
    return bytes;
  }

  /** Zeroes whatever is cached of a key. */
  invalidate(tenantId: string, keyId: string): void {
    this.#heads.invalidate(keyName(tenantId, keyId));
    this.#keys.invalidate(keyName(tenantId, keyId));
  }

  /** Zeroes everything. */
  clear(): void {
    for (const cache of [this.#keys, this.#tenants, this.#heads]) cache.invalidate('');
  }

  async #loadTenant(tenantId: string): Promise<Sm4Gcm> {
    const found = await this.#store.readTenant(tenantId);
    if (found === undefined) throw notFound();
    const row = await this.#guard.checkTenant(found, tenantId);
    let bytes: Uint8Array;
    try {
      bytes = await callRoot(() => this.#root.unwrap(row.wrappedKey, tenantKeyBinding(row)));
    } catch (error) {
      throw isIntegrity(error) ? this.#guard.refuse('wrapped-key', { tenantId }) : error;
    }
    const secret = Secret.take(bytes);
    try {
      return prepareSm4(secret);
    } catch {
      secret.destroy();
      throw this.#guard.refuse('wrapped-key', { tenantId });
    }
  }
}

const isIntegrity = (error: unknown): boolean => error instanceof SmError && error.category === 'integrity';
