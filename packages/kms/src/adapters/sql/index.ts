/**
 * Key store on a SQL database (PGlite or PostgreSQL).
 *
 * @packageDocumentation
 */
import { isUniqueViolation, migrate, type SqlDatabase } from '@cssi/security-service-api/sql';
import type { Kysely, Transaction } from 'kysely';
import { KMS_ERRORS } from '../../errors.ts';
import type { KeyRow, KeyStore, StoreChange, TenantRow, VersionRow } from '../../spec/v1/store.ts';
import { KMS_MIGRATIONS } from './migrations.ts';
import {
  type KmsTables,
  keyColumns,
  keyRow,
  tenantColumns,
  tenantRow,
  versionColumns,
  versionRow,
} from './rows.ts';

/** Rolls a transaction back whose compare-and-set did not hold. */
class Disagreement extends Error {}

type Tx = Transaction<KmsTables>;

const required = (count: bigint): void => {
  if (count !== 1n) throw new Disagreement();
};

async function writeTenant(tx: Tx, row: TenantRow): Promise<void> {
  const columns = tenantColumns(row);
  if (row.revision === 1) {
    await tx.insertInto('kms_tenant').values(columns).execute();
    return;
  }
  const done = await tx
    .updateTable('kms_tenant')
    .set(columns)
    .where('tenant_id', '=', row.tenantId)
    .where('revision', '=', row.revision - 1)
    .executeTakeFirst();
  required(done.numUpdatedRows);
}

async function writeKey(tx: Tx, row: KeyRow): Promise<void> {
  const columns = keyColumns(row);
  if (row.revision === 1) {
    await tx.insertInto('kms_key').values(columns).execute();
    return;
  }
  const done = await tx
    .updateTable('kms_key')
    .set(columns)
    .where('tenant_id', '=', row.tenantId)
    .where('key_id', '=', row.keyId)
    .where('revision', '=', row.revision - 1)
    .executeTakeFirst();
  required(done.numUpdatedRows);
}

async function writeVersion(tx: Tx, row: VersionRow): Promise<void> {
  const columns = versionColumns(row);
  if (row.revision === 1) {
    await tx.insertInto('kms_key_version').values(columns).execute();
    return;
  }
  const done = await tx
    .updateTable('kms_key_version')
    .set(columns)
    .where('tenant_id', '=', row.tenantId)
    .where('key_id', '=', row.keyId)
    .where('version', '=', row.version)
    .where('revision', '=', row.revision - 1)
    .executeTakeFirst();
  required(done.numUpdatedRows);
}

/** Turns every failure of the database into the one code of the store. */
async function guarded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw KMS_ERRORS.create('ERR_KMS_STORE_UNAVAILABLE', { cause });
  }
}

class SqlKeyStore implements KeyStore {
  readonly specVersion = '1';
  readonly name = 'sql';
  readonly #db: Kysely<KmsTables>;

  constructor(db: Kysely<KmsTables>) {
    this.#db = db;
  }

  commit(change: StoreChange): Promise<boolean> {
    return guarded(async () => {
      try {
        await this.#db.transaction().execute(async (tx) => {
          for (const row of change.tenants ?? []) await writeTenant(tx, row);
          for (const row of change.keys ?? []) await writeKey(tx, row);
          for (const row of change.versions ?? []) await writeVersion(tx, row);
        });
        return true;
      } catch (error) {
        if (error instanceof Disagreement || isUniqueViolation(error)) return false;
        throw error;
      }
    });
  }

  readTenant(tenantId: string) {
    return guarded(async () => {
      const row = await this.#db
        .selectFrom('kms_tenant')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .executeTakeFirst();
      return row === undefined ? undefined : tenantRow(row);
    });
  }

  readKey(tenantId: string, keyId: string) {
    return guarded(() => this.#key(this.#db, tenantId, keyId));
  }

  readVersion(tenantId: string, keyId: string, version: number) {
    return guarded(() =>
      this.#snapshot(async (tx) => {
        const key = await this.#key(tx, tenantId, keyId);
        const row = await tx
          .selectFrom('kms_key_version')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('key_id', '=', keyId)
          .where('version', '=', version)
          .executeTakeFirst();
        return key === undefined || row === undefined ? undefined : { key, version: versionRow(row) };
      }),
    );
  }

  readVersions(tenantId: string, keyId: string) {
    return guarded(() =>
      this.#snapshot(async (tx) => {
        const key = await this.#key(tx, tenantId, keyId);
        if (key === undefined) return undefined;
        const rows = await tx
          .selectFrom('kms_key_version')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('key_id', '=', keyId)
          .orderBy('version')
          .execute();
        return { key, versions: rows.map(versionRow) };
      }),
    );
  }

  listKeys(tenantId: string, page: { readonly after?: string; readonly limit: number }) {
    return guarded(async () => {
      const rows = await this.#db
        .selectFrom('kms_key')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('key_id', '>', page.after ?? '')
        .orderBy('key_id')
        .limit(page.limit)
        .execute();
      return rows.map(keyRow);
    });
  }

  async close(): Promise<void> {}

  /** Two reads of one moment. */
  #snapshot<T>(read: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(read);
  }

  async #key(db: Kysely<KmsTables>, tenantId: string, keyId: string): Promise<KeyRow | undefined> {
    const row = await db
      .selectFrom('kms_key')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('key_id', '=', keyId)
      .executeTakeFirst();
    return row === undefined ? undefined : keyRow(row);
  }
}

/**
 * A key store in `database`; brings its tables up to date first. The database stays the
 * caller's to close.
 *
 * @throws {@link SmError} what `migrate` of `@cssi/security-service-api/sql` throws
 */
export async function sqlKeyStore(database: SqlDatabase): Promise<KeyStore> {
  await migrate(database, 'kms', KMS_MIGRATIONS);
  return new SqlKeyStore(database.kysely<KmsTables>());
}
