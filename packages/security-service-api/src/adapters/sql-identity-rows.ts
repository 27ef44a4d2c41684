import { canonicalJson, equalBytes, type JsonValue, toBase64 } from '@cssi/sm-core';
import { type Kysely, sql, type Transaction } from 'kysely';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { ActivationRow, IdentityRowStore, IdentityRows } from '../identity/rows.ts';
import type { Role, RowMac, Tenant, User } from '../spec/v1/identity.ts';
import { isUniqueViolation } from '../state/sql-failure.ts';

/** Shortest MAC that is accepted, in bytes. */
const MIN_MAC_BYTES = 16;

/** The tables of the layer `identity`. */
export interface IdentityTables {
  identity_tenant: {
    tenant_id: string;
    name: string;
    parent_tenant_id: string | null;
    state: string;
    created_at: string;
    mac: Uint8Array;
  };
  identity_user: {
    user_id: string;
    tenant_id: string | null;
    name: string;
    roles: string;
    certificate: Uint8Array | null;
    fingerprint: string | null;
    state: string;
    created_at: string;
    mac: Uint8Array;
  };
  identity_activation: {
    digest: string;
    user_id: string;
    expires_at: string;
    mac: Uint8Array;
  };
}

type Row<T extends keyof IdentityTables> = Omit<IdentityTables[T], 'mac'>;

/** The bytes a MAC covers: every column of the row, by name. */
function rowBytes(row: Readonly<Record<string, string | Uint8Array | null>>): Uint8Array {
  const members = Object.entries(row).map(([name, value]): [string, JsonValue] => [
    name,
    value instanceof Uint8Array ? toBase64(value) : value,
  ]);
  return canonicalJson(Object.fromEntries(members));
}

/** Adds MACs when writing and checks them when reading. */
class Sealer {
  readonly #mac: RowMac;

  constructor(mac: RowMac) {
    this.#mac = mac;
  }

  async seal<T extends keyof IdentityTables>(table: T, row: Row<T>): Promise<Row<T> & { mac: Uint8Array }> {
    return { ...row, mac: await this.#compute(table, row) };
  }

  async open<T extends keyof IdentityTables>(
    table: T,
    stored: IdentityTables[T] | undefined,
  ): Promise<Row<T> | undefined> {
    if (stored === undefined) return undefined;
    const { mac, ...row } = stored;
    if (mac.length < MIN_MAC_BYTES || !equalBytes(mac, await this.#compute(table, row as Row<T>))) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_ROW_TAMPERED', { detail: `table=${table}` });
    }
    return row as Row<T>;
  }

  async #compute<T extends keyof IdentityTables>(table: T, row: Row<T>): Promise<Uint8Array> {
    return await this.#mac(
      `cssi/${table}/1`,
      rowBytes(row as Readonly<Record<string, string | Uint8Array | null>>),
    );
  }
}

const toTenant = (row: Row<'identity_tenant'>): Tenant => ({
  tenantId: row.tenant_id,
  name: row.name,
  parentTenantId: row.parent_tenant_id,
  state: row.state as Tenant['state'],
  createdAt: row.created_at,
});

const fromTenant = (tenant: Tenant): Row<'identity_tenant'> => ({
  tenant_id: tenant.tenantId,
  name: tenant.name,
  parent_tenant_id: tenant.parentTenantId,
  state: tenant.state,
  created_at: tenant.createdAt,
});

const toUser = (row: Row<'identity_user'>): User => ({
  userId: row.user_id,
  tenantId: row.tenant_id,
  name: row.name,
  roles: row.roles === '' ? [] : (row.roles.split(' ') as Role[]),
  ...(row.certificate === null ? {} : { certificate: Uint8Array.from(row.certificate) }),
  ...(row.fingerprint === null ? {} : { certificateFingerprint: row.fingerprint }),
  state: row.state as User['state'],
  createdAt: row.created_at,
});

const fromUser = (user: User): Row<'identity_user'> => ({
  user_id: user.userId,
  tenant_id: user.tenantId,
  name: user.name,
  roles: user.roles.join(' '),
  certificate: user.certificate ?? null,
  fingerprint: user.certificateFingerprint ?? null,
  state: user.state,
  created_at: user.createdAt,
});

/** Turns a broken unique constraint into the store's own code. */
async function unique<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isUniqueViolation(error, 'identity_user_fingerprint_key')) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_CERTIFICATE_IN_USE');
    }
    if (isUniqueViolation(error)) throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_EXISTS');
    throw error;
  }
}

class SqlRows implements IdentityRows {
  readonly #trx: Transaction<IdentityTables>;
  readonly #sealer: Sealer;

  constructor(trx: Transaction<IdentityTables>, sealer: Sealer) {
    this.#trx = trx;
    this.#sealer = sealer;
  }

  async tenant(tenantId: string): Promise<Tenant | undefined> {
    const stored = await this.#trx
      .selectFrom('identity_tenant')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    const row = await this.#sealer.open('identity_tenant', stored);
    return row === undefined ? undefined : toTenant(row);
  }

  async insertTenant(tenant: Tenant): Promise<void> {
    const row = await this.#sealer.seal('identity_tenant', fromTenant(tenant));
    await unique(this.#trx.insertInto('identity_tenant').values(row).execute());
  }

  async putTenant(tenant: Tenant): Promise<void> {
    const row = await this.#sealer.seal('identity_tenant', fromTenant(tenant));
    await this.#trx
      .updateTable('identity_tenant')
      .set(row)
      .where('tenant_id', '=', tenant.tenantId)
      .execute();
  }

  async user(userId: string): Promise<User | undefined> {
    const stored = await this.#trx
      .selectFrom('identity_user')
      .selectAll()
      .where('user_id', '=', userId)
      .forUpdate()
      .executeTakeFirst();
    const row = await this.#sealer.open('identity_user', stored);
    return row === undefined ? undefined : toUser(row);
  }

  async userByFingerprint(fingerprint: string): Promise<User | undefined> {
    const stored = await this.#trx
      .selectFrom('identity_user')
      .selectAll()
      .where('fingerprint', '=', fingerprint)
      .executeTakeFirst();
    const row = await this.#sealer.open('identity_user', stored);
    return row === undefined ? undefined : toUser(row);
  }

  async users(tenantId: string | null, afterUserId: string, limit: number): Promise<readonly User[]> {
    // Byte order, so that a page means the same on every database.
    const id = sql<string>`user_id collate "C"`;
    const stored = await this.#trx
      .selectFrom('identity_user')
      .selectAll()
      .where('tenant_id', 'is not distinct from', tenantId)
      .where(id, '>', afterUserId)
      .orderBy(id)
      .limit(limit)
      .execute();
    const rows = await Promise.all(stored.map((row) => this.#sealer.open('identity_user', row)));
    return rows.map((row) => toUser(row!));
  }

  async insertUser(user: User): Promise<void> {
    const row = await this.#sealer.seal('identity_user', fromUser(user));
    await unique(this.#trx.insertInto('identity_user').values(row).execute());
  }

  async putUser(user: User): Promise<void> {
    const row = await this.#sealer.seal('identity_user', fromUser(user));
    await unique(
      this.#trx.updateTable('identity_user').set(row).where('user_id', '=', user.userId).execute(),
    );
  }

  async activation(digest: string): Promise<ActivationRow | undefined> {
    const stored = await this.#trx
      .selectFrom('identity_activation')
      .selectAll()
      .where('digest', '=', digest)
      .forUpdate()
      .executeTakeFirst();
    const row = await this.#sealer.open('identity_activation', stored);
    return row === undefined ? undefined : { digest, userId: row.user_id, expiresAt: row.expires_at };
  }

  async insertActivation(row: ActivationRow): Promise<void> {
    const sealed = await this.#sealer.seal('identity_activation', {
      digest: row.digest,
      user_id: row.userId,
      expires_at: row.expiresAt,
    });
    await this.#trx.insertInto('identity_activation').values(sealed).execute();
  }

  async deleteActivation(digest: string): Promise<boolean> {
    const { numDeletedRows } = await this.#trx
      .deleteFrom('identity_activation')
      .where('digest', '=', digest)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  async deleteActivationsOf(userId: string): Promise<void> {
    await this.#trx.deleteFrom('identity_activation').where('user_id', '=', userId).execute();
  }
}

/** Rows in the SQL database, each with its MAC. */
export class SqlRowStore implements IdentityRowStore {
  readonly #db: Kysely<IdentityTables>;
  readonly #sealer: Sealer;

  constructor(db: Kysely<IdentityTables>, mac: RowMac) {
    this.#db = db;
    this.#sealer = new Sealer(mac);
  }

  transaction<T>(work: (rows: IdentityRows) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute((trx) => work(new SqlRows(trx, this.#sealer)));
  }
}
