import type { ColumnType, Selectable } from 'kysely';
import type { KeyAlgorithm, KeyUsage } from '../../spec/v1/algorithms.ts';
import type { KeyState } from '../../spec/v1/state.ts';
import type { KeyRow, TenantRow, VersionRow } from '../../spec/v1/store.ts';

/**
 * The tables as Kysely sees them. Texts such as a state come back as whatever is stored:
 * the service checks the MAC before it looks at them.
 */
export interface KmsTables {
  kms_tenant: {
    tenant_id: string;
    revision: number;
    max_rotation_months: number;
    created_at: string;
    random_provider: string;
    random_health: string;
    wrapped_key: Uint8Array;
    mac: Uint8Array;
  };
  kms_key: {
    tenant_id: string;
    key_id: string;
    revision: number;
    algorithm: string;
    /** Names joined by commas. */
    usage: string;
    label: string;
    state: string;
    current_version: number;
    rotation_months: number;
    created_at: string;
    updated_at: string;
    mac: Uint8Array;
  };
  kms_key_version: {
    tenant_id: string;
    key_id: string;
    version: number;
    revision: number;
    state: string;
    created_at: string;
    random_provider: string;
    random_health: string;
    public_key: Uint8Array | null;
    wrapped_key: Uint8Array | null;
    /** A 64-bit integer: drivers return text. */
    reserved_uses: ColumnType<string, number, number>;
    mac: Uint8Array;
  };
}

// A driver may hand out views of a larger buffer, or Buffers: what leaves is a plain copy.
const bytes = (value: Uint8Array): Uint8Array => Uint8Array.from(value);
const bytesOrNull = (value: Uint8Array | null): Uint8Array | null => (value === null ? null : bytes(value));

export function tenantColumns(row: TenantRow): KmsTables['kms_tenant'] {
  return {
    tenant_id: row.tenantId,
    revision: row.revision,
    max_rotation_months: row.maxRotationMonths,
    created_at: row.createdAt,
    random_provider: row.randomProvider,
    random_health: row.randomHealth,
    wrapped_key: bytes(row.wrappedKey),
    mac: bytes(row.mac),
  };
}

export function tenantRow(row: Selectable<KmsTables['kms_tenant']>): TenantRow {
  return {
    tenantId: row.tenant_id,
    revision: row.revision,
    maxRotationMonths: row.max_rotation_months,
    createdAt: row.created_at,
    randomProvider: row.random_provider,
    randomHealth: row.random_health,
    wrappedKey: bytes(row.wrapped_key),
    mac: bytes(row.mac),
  };
}

export function keyColumns(row: KeyRow): KmsTables['kms_key'] {
  return {
    tenant_id: row.tenantId,
    key_id: row.keyId,
    revision: row.revision,
    algorithm: row.algorithm,
    usage: row.usage.join(','),
    label: row.label,
    state: row.state,
    current_version: row.currentVersion,
    rotation_months: row.rotationMonths,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    mac: bytes(row.mac),
  };
}

export function keyRow(row: Selectable<KmsTables['kms_key']>): KeyRow {
  return {
    tenantId: row.tenant_id,
    keyId: row.key_id,
    revision: row.revision,
    algorithm: row.algorithm as KeyAlgorithm,
    usage: row.usage.split(',') as KeyUsage[],
    label: row.label,
    state: row.state as KeyState,
    currentVersion: row.current_version,
    rotationMonths: row.rotation_months,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    mac: bytes(row.mac),
  };
}

export function versionColumns(row: VersionRow) {
  return {
    tenant_id: row.tenantId,
    key_id: row.keyId,
    version: row.version,
    revision: row.revision,
    state: row.state,
    created_at: row.createdAt,
    random_provider: row.randomProvider,
    random_health: row.randomHealth,
    public_key: bytesOrNull(row.publicKey),
    wrapped_key: bytesOrNull(row.wrappedKey),
    reserved_uses: row.reservedUses,
    mac: bytes(row.mac),
  };
}

export function versionRow(row: Selectable<KmsTables['kms_key_version']>): VersionRow {
  return {
    tenantId: row.tenant_id,
    keyId: row.key_id,
    version: row.version,
    revision: row.revision,
    state: row.state as KeyState,
    createdAt: row.created_at,
    randomProvider: row.random_provider,
    randomHealth: row.random_health,
    publicKey: bytesOrNull(row.public_key),
    wrappedKey: bytesOrNull(row.wrapped_key),
    reservedUses: Number(row.reserved_uses),
    mac: bytes(row.mac),
  };
}
