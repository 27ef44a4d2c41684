import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { ActivationRow, IdentityRowStore, IdentityRows } from '../identity/rows.ts';
import { RowIdentityStore } from '../identity/store.ts';
import type { IdentityStore, Tenant, User } from '../spec/v1/identity.ts';

/** Rows in maps; one transaction at a time, undone when it fails. */
class MemoryRows implements IdentityRowStore, IdentityRows {
  readonly #tenants = new Map<string, Tenant>();
  readonly #users = new Map<string, User>();
  readonly #activations = new Map<string, ActivationRow>();
  #undo: (() => void)[] = [];
  #last: Promise<unknown> = Promise.resolve();

  transaction<T>(work: (rows: IdentityRows) => Promise<T>): Promise<T> {
    const mine = this.#last.then(async () => {
      this.#undo = [];
      try {
        return structuredClone(await work(this));
      } catch (error) {
        for (const step of this.#undo.reverse()) step();
        throw error;
      }
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async tenant(tenantId: string): Promise<Tenant | undefined> {
    return this.#tenants.get(tenantId);
  }

  async insertTenant(tenant: Tenant): Promise<void> {
    if (this.#tenants.has(tenant.tenantId)) throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_EXISTS');
    this.#set(this.#tenants, tenant.tenantId, tenant);
  }

  async putTenant(tenant: Tenant): Promise<void> {
    this.#set(this.#tenants, tenant.tenantId, tenant);
  }

  async user(userId: string): Promise<User | undefined> {
    return this.#users.get(userId);
  }

  async userByFingerprint(fingerprint: string): Promise<User | undefined> {
    return [...this.#users.values()].find((user) => user.certificateFingerprint === fingerprint);
  }

  async users(tenantId: string | null, afterUserId: string, limit: number): Promise<readonly User[]> {
    return [...this.#users.values()]
      .filter((user) => user.tenantId === tenantId && user.userId > afterUserId)
      .sort((a, b) => (a.userId < b.userId ? -1 : 1))
      .slice(0, limit);
  }

  async insertUser(user: User): Promise<void> {
    if (this.#users.has(user.userId)) throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_EXISTS');
    await this.putUser(user);
  }

  async putUser(user: User): Promise<void> {
    const { certificateFingerprint: fingerprint } = user;
    const holder = fingerprint === undefined ? undefined : await this.userByFingerprint(fingerprint);
    if (holder !== undefined && holder.userId !== user.userId) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_CERTIFICATE_IN_USE');
    }
    this.#set(this.#users, user.userId, user);
  }

  async activation(digest: string): Promise<ActivationRow | undefined> {
    return this.#activations.get(digest);
  }

  async insertActivation(row: ActivationRow): Promise<void> {
    this.#set(this.#activations, row.digest, row);
  }

  async deleteActivation(digest: string): Promise<boolean> {
    const row = this.#activations.get(digest);
    if (row === undefined) return false;
    this.#activations.delete(digest);
    this.#undo.push(() => this.#activations.set(digest, row));
    return true;
  }

  async deleteActivationsOf(userId: string): Promise<void> {
    for (const row of [...this.#activations.values()]) {
      if (row.userId === userId) await this.deleteActivation(row.digest);
    }
  }

  #set<V>(map: Map<string, V>, key: string, value: V): void {
    const before = map.get(key);
    this.#undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
    map.set(key, structuredClone(value));
  }
}

/**
 * An identity store in memory, for tests of other layers. Its rows carry no MAC: nobody else
 * can reach them.
 */
export function memoryIdentityStore(options: { readonly clock: () => Date }): IdentityStore {
  return new RowIdentityStore('memory', new MemoryRows(), options.clock);
}
