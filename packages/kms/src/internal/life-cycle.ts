import { randomBytes, type Sm4Gcm, toHex } from '@cssi/sm-core';
import { KMS_ERRORS } from '../errors.ts';
import { KMS_MAX_ROTATION_MONTHS, KMS_MAX_VERSIONS } from '../spec/v1/algorithms.ts';
import { keyVersionBinding, tenantKeyBinding } from '../spec/v1/binding.ts';
import type { KeyDescription, TenantDescription } from '../spec/v1/descriptions.ts';
import type { RootKeyProvider } from '../spec/v1/root.ts';
import type { CreateKeyRequest, CreateTenantRequest, KeyReference } from '../spec/v1/service.ts';
import { isKeyTransition, type KeyState } from '../spec/v1/state.ts';
import type { KeyRow, KeyStore, VersionRow } from '../spec/v1/store.ts';
import { checkInteger, checkLabel, checkPurpose, checkTenantId, notFound } from './check.ts';
import { describeKeyRow, describeTenant } from './describe.ts';
import { generateKey, generateSm4Key, wrapKey } from './key-material.ts';
import { type KeyVault, VAULT_ATTEMPTS } from './key-vault.ts';
import type { RecordedRandom } from './random.ts';
import { callRoot, type RowGuard, type Unsealed } from './row-guard.ts';

/** What the life cycle works on. */
export interface LifeCycleDeps {
  readonly store: KeyStore;
  readonly root: RootKeyProvider;
  readonly guard: RowGuard;
  readonly vault: KeyVault;
  readonly random: RecordedRandom;
  readonly clock: () => Date;
}

type NewKey = Unsealed<KeyRow>;

/**
 * Making, rotating and ending keys (密钥生命周期).
 *
 * @standard T/TCCIA 0002-2022 §5.3b, §7.2e
 */
export class LifeCycle {
  readonly #deps: LifeCycleDeps;

  constructor(deps: LifeCycleDeps) {
    this.#deps = deps;
  }

  async createTenant(request: CreateTenantRequest): Promise<TenantDescription> {
    const { store, root, guard, random, clock } = this.#deps;
    const tenantId = checkTenantId(request.tenantId);
    const maxRotationMonths = this.#months(request.maxRotationMonths, 'maxRotationMonths');
    const key = generateSm4Key(random.source);
    const binding = tenantKeyBinding({ tenantId, maxRotationMonths });
    const bytes = key.use((inner) => Uint8Array.from(inner));
    key.destroy();
    const wrappedKey = await callRoot(() => root.wrap(bytes, binding)).finally(() => bytes.fill(0));
    const row = await guard.sealTenant({
      tenantId,
      revision: 1,
      maxRotationMonths,
      createdAt: clock().toISOString(),
      randomProvider: random.id,
      randomHealth: random.health,
      wrappedKey,
    });
    if (!(await store.commit({ tenants: [row] }))) throw KMS_ERRORS.create('ERR_KMS_TENANT_EXISTS');
    return describeTenant(row);
  }

  async createKey(request: CreateKeyRequest): Promise<KeyDescription> {
    const { store, guard, random, clock } = this.#deps;
    const tenantId = checkTenantId(request.tenantId);
    const { algorithm, usage } = checkPurpose(request.algorithm, request.usage);
    const label = checkLabel(request.label);
    this.#months(request.rotationMonths, 'rotationMonths');
    const tenant = await this.#tenant(tenantId);
    const rotationMonths = this.#months(request.rotationMonths, 'rotationMonths', tenant.maxRotationMonths);
    const now = clock().toISOString();
    const key: NewKey = {
      tenantId,
      keyId: `k${toHex(randomBytes(16, random.source))}`,
      revision: 1,
      algorithm,
      usage,
      label,
      state: 'enabled',
      currentVersion: 1,
      rotationMonths,
      createdAt: now,
      updatedAt: now,
    };
    const row = await guard.sealKey(key);
    const version = await this.#newVersion(key, 1, now);
    if (!(await store.commit({ keys: [row], versions: [version] }))) {
      throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
    }
    return describeKeyRow(row, version);
  }

  async rotateKey(reference: KeyReference): Promise<KeyDescription> {
    const { guard, vault, clock } = this.#deps;
    const { tenantId, keyId } = reference;
    const key = await vault.readKey(tenantId, keyId);
    if (key.state !== 'enabled') throw KMS_ERRORS.create('ERR_KMS_KEY_STATE');
    if (key.currentVersion >= KMS_MAX_VERSIONS) throw KMS_ERRORS.create('ERR_KMS_VERSION_LIMIT');
    const now = clock().toISOString();
    const currentVersion = key.currentVersion + 1;
    const next = { ...key, revision: key.revision + 1, currentVersion, updatedAt: now };
    const row = await guard.sealKey(next);
    const version = await this.#newVersion(next, currentVersion, now);
    // No second try: two rotations at once are one wish, not two.
    if (!(await this.#change(row, [version]))) throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
    return describeKeyRow(row, version);
  }

  /** Moves a key and all its versions to another state; each is wrapped anew for it, or wiped. */
  async changeState(reference: KeyReference, to: KeyState): Promise<KeyDescription> {
    const { guard, vault, clock } = this.#deps;
    const { tenantId, keyId } = reference;
    for (let attempt = 0; attempt < VAULT_ATTEMPTS; attempt++) {
      const { key, versions } = await vault.readVersions(tenantId, keyId);
      if (!isKeyTransition(key.state, to)) {
        throw KMS_ERRORS.create('ERR_KMS_STATE_TRANSITION', { detail: `from=${key.state} to=${to}` });
      }
      const next: NewKey = {
        ...key,
        revision: key.revision + 1,
        state: to,
        updatedAt: clock().toISOString(),
      };
      const moved =
        to === 'destroyed'
          ? versions.map((row) => this.#move(row, to, null))
          : await vault.withTenantKey(tenantId, (tenantKey) =>
              versions.map((row) => this.#move(row, to, this.#rewrap(tenantKey, key, next, row))),
            );
      const row = await guard.sealKey(next);
      const rows: VersionRow[] = [];
      for (const version of moved) rows.push(await guard.sealVersion(version));
      if (await this.#change(row, rows)) return describeKeyRow(row, rows[rows.length - 1]!);
    }
    throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
  }

  /** Writes a changed key; whatever came of it, nothing that was cached before is used again. */
  async #change(key: KeyRow, versions: readonly VersionRow[]): Promise<boolean> {
    const { store, vault } = this.#deps;
    try {
      return await store.commit({ keys: [key], versions });
    } finally {
      vault.invalidate(key.tenantId, key.keyId);
    }
  }

  #move(row: VersionRow, state: KeyState, wrappedKey: Uint8Array | null): Unsealed<VersionRow> {
    return { ...row, revision: row.revision + 1, state, wrappedKey };
  }

  #rewrap(tenantKey: Sm4Gcm, from: KeyRow, to: NewKey, row: VersionRow): Uint8Array {
    const bytes = this.#deps.vault.unwrap(tenantKey, from, row);
    const binding = keyVersionBinding(to, row.version, to.state);
    try {
      return wrapKey(tenantKey, bytes, binding, this.#deps.random.source);
    } finally {
      bytes.fill(0);
    }
  }

  async #newVersion(key: NewKey, version: number, now: string): Promise<VersionRow> {
    const { guard, vault, random } = this.#deps;
    const { tenantId, keyId } = key;
    const binding = keyVersionBinding(key, version, key.state);
    const { publicKey, wrappedKey } = await vault.withTenantKey(tenantId, (tenantKey) => {
      const fresh = generateKey(key.algorithm, random.source);
      try {
        const wrapped = fresh.secret.use((bytes) => wrapKey(tenantKey, bytes, binding, random.source));
        return { publicKey: fresh.publicKey, wrappedKey: wrapped };
      } finally {
        fresh.secret.destroy();
      }
    });
    return guard.sealVersion({
      tenantId,
      keyId,
      version,
      revision: 1,
      state: key.state,
      createdAt: now,
      randomProvider: random.id,
      randomHealth: random.health,
      publicKey,
      wrappedKey,
      reservedUses: 0,
    });
  }

  async #tenant(tenantId: string) {
    const row = await this.#deps.store.readTenant(tenantId);
    if (row === undefined) throw notFound();
    return this.#deps.guard.checkTenant(row, tenantId);
  }

  #months(value: unknown, parameter: string, max: number = KMS_MAX_ROTATION_MONTHS): number {
    return checkInteger(value, parameter, 1, max, max);
  }
}
