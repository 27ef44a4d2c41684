import { RowIdentityStore } from '../identity/store.ts';
import type { IdentityStore, RowMac } from '../spec/v1/identity.ts';
import { type Migration, migrate, type SqlDatabase } from '../state/index.ts';
import { type IdentityTables, SqlRowStore } from './sql-identity-rows.ts';

const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-identity',
    sql: `
create table identity_tenant (
  tenant_id text primary key,
  name text not null,
  parent_tenant_id text references identity_tenant,
  state text not null,
  created_at text not null,
  mac bytea not null
);
create table identity_user (
  user_id text primary key,
  tenant_id text references identity_tenant,
  name text not null,
  roles text not null,
  certificate bytea,
  fingerprint text constraint identity_user_fingerprint_key unique,
  state text not null,
  created_at text not null,
  mac bytea not null
);
create index identity_user_tenant on identity_user (tenant_id);
create table identity_activation (
  digest text primary key,
  user_id text not null references identity_user,
  expires_at text not null,
  mac bytea not null
);
create index identity_activation_user on identity_activation (user_id);
`,
  },
];

/** What {@link sqlIdentityStore} needs from others. */
export interface SqlIdentityDependencies {
  readonly database: SqlDatabase;
  readonly clock: () => Date;
  /** Key of the row MACs, held outside the database, for example `RootKeyService.mac`. */
  readonly mac: RowMac;
}

/**
 * The identity store in the SQL database. Brings its tables up to date first.
 *
 * Every row carries an HMAC over all of its columns and the name of its table, so an edited,
 * invented or moved row is refused when it is read. A row that was removed, or put back as it
 * once was, does not show here: that is the audit log's part.
 *
 * @standard T/TCCIA 0002-2022 §6.6
 * @throws {@link SmError} ERR_STATE_MIGRATION_ALTERED, ERR_STATE_MIGRATION_ORDER,
 * ERR_STATE_MIGRATION_FAILED and the other codes of the database
 */
export async function sqlIdentityStore(dependencies: SqlIdentityDependencies): Promise<IdentityStore> {
  const { database, mac, clock } = dependencies;
  await migrate(database, 'identity', MIGRATIONS);
  return new RowIdentityStore('sql', new SqlRowStore(database.kysely<IdentityTables>(), mac), clock);
}
