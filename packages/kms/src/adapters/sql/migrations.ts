import type { Migration } from '@cssi/security-service-api/sql';

/** Schema of the key store. A released step never changes. */
export const KMS_MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-keys',
    sql: `
create table kms_tenant (
  tenant_id text collate "C" primary key,
  revision integer not null,
  max_rotation_months integer not null,
  created_at text not null,
  random_provider text not null,
  random_health text not null,
  wrapped_key bytea not null,
  mac bytea not null
);
create table kms_key (
  tenant_id text collate "C" not null references kms_tenant,
  key_id text collate "C" not null,
  revision integer not null,
  algorithm text not null,
  usage text not null,
  label text not null,
  state text not null,
  current_version integer not null,
  rotation_months integer not null,
  created_at text not null,
  updated_at text not null,
  mac bytea not null,
  primary key (tenant_id, key_id)
);
create table kms_key_version (
  tenant_id text collate "C" not null,
  key_id text collate "C" not null,
  version integer not null,
  revision integer not null,
  state text not null,
  created_at text not null,
  random_provider text not null,
  random_health text not null,
  public_key bytea,
  wrapped_key bytea,
  reserved_uses bigint not null,
  mac bytea not null,
  primary key (tenant_id, key_id, version),
  foreign key (tenant_id, key_id) references kms_key
)`,
  },
];
