import { canonicalJson, concatBytes, type JsonValue, sm3, toHex, utf8 } from '@cssi/sm-core';
import type { KeyAlgorithm, KeyUsage } from './algorithms.ts';
import type { KeyState } from './state.ts';
import type { KeyRow, TenantRow, VersionRow } from './store.ts';

/**
 * What each wrapped key, each row MAC and each ciphertext is bound to. Every binding
 * starts with a context string of its own, so that none can stand in for another.
 */

/** Label of a row MAC. */
export type RowKind = 'tenant' | 'key' | 'version';

/** Label under which the root makes the MAC of a row. */
export function rowMacLabel(kind: RowKind): string {
  return `cssi.kms.row.${kind}.v1`;
}

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : toHex(bytes));

/** Bytes under the MAC of a tenant row: everything but the MAC. */
export function tenantRowBytes(row: Omit<TenantRow, 'mac'>): Uint8Array {
  const { tenantId, revision, maxRotationMonths, createdAt, randomProvider, randomHealth, wrappedKey } = row;
  return canonicalJson({
    tenantId,
    revision,
    maxRotationMonths,
    createdAt,
    randomProvider,
    randomHealth,
    wrappedKey: hex(wrappedKey),
  });
}

/** Bytes under the MAC of a key row: everything but the MAC. */
export function keyRowBytes(row: Omit<KeyRow, 'mac'>): Uint8Array {
  const { tenantId, keyId, revision, algorithm, usage, label, state } = row;
  const { currentVersion, rotationMonths, createdAt, updatedAt } = row;
  return canonicalJson({
    tenantId,
    keyId,
    revision,
    algorithm,
    usage: [...usage],
    label,
    state,
    currentVersion,
    rotationMonths,
    createdAt,
    updatedAt,
  });
}

/** Bytes under the MAC of a version row: everything but the MAC. */
export function versionRowBytes(row: Omit<VersionRow, 'mac'>): Uint8Array {
  const { tenantId, keyId, version, revision, state, createdAt } = row;
  const { randomProvider, randomHealth, publicKey, wrappedKey, reservedUses } = row;
  return canonicalJson({
    tenantId,
    keyId,
    version,
    revision,
    state,
    createdAt,
    randomProvider,
    randomHealth,
    publicKey: hex(publicKey),
    wrappedKey: hex(wrappedKey),
    reservedUses,
  });
}

const digest = (policy: JsonValue): string => toHex(sm3(canonicalJson(policy)));

/** Associated data of a tenant key under the root key. */
export function tenantKeyBinding(tenant: {
  readonly tenantId: string;
  readonly maxRotationMonths: number;
}): Uint8Array {
  return canonicalJson({
    context: 'cssi.kms.tenant-key.v1',
    tenantId: tenant.tenantId,
    purpose: 'wrap-key-versions',
    state: 'enabled',
    policyDigest: digest({ maxRotationMonths: tenant.maxRotationMonths }),
  });
}

/** Associated data of a key version under the tenant key. */
export function keyVersionBinding(
  key: {
    readonly tenantId: string;
    readonly keyId: string;
    readonly algorithm: KeyAlgorithm;
    readonly usage: readonly KeyUsage[];
    readonly rotationMonths: number;
  },
  version: number,
  state: KeyState,
): Uint8Array {
  return canonicalJson({
    context: 'cssi.kms.key-version.v1',
    tenantId: key.tenantId,
    keyId: key.keyId,
    version,
    algorithm: key.algorithm,
    usage: [...key.usage],
    state,
    policyDigest: digest({ rotationMonths: key.rotationMonths }),
  });
}

const DATA_CONTEXT = utf8('cssi.kms.data.v1');

/**
 * Associated data of an SM4-GCM ciphertext: context, tenant, key, the header with the key
 * version, then the caller's data; each part that can vary in length has its length before it.
 *
 * @standard T/TCCIA 0002-2022 §7.4
 */
export function dataBinding(
  tenantId: string,
  keyId: string,
  header: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  const tenant = utf8(tenantId);
  const key = utf8(keyId);
  return concatBytes(
    DATA_CONTEXT,
    Uint8Array.of(tenant.length),
    tenant,
    Uint8Array.of(key.length),
    key,
    Uint8Array.of(header.length),
    header,
    aad,
  );
}
