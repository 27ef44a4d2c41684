import type { KeyAlgorithm, KeyUsage } from './algorithms.ts';
import type { KeyState } from './state.ts';

/**
 * The southbound store interface (密钥存储接口) and its rows. The store holds wrapped
 * keys and public facts only and is not trusted: every row carries a MAC it cannot make.
 */

/** What every row has. */
export interface GuardedRow {
  /** 1 for a new row, one more with each change. */
  readonly revision: number;
  /** HMAC-SM3 over all other fields, 32 bytes; the service makes and checks it. */
  readonly mac: Uint8Array;
}

/** One tenant and its wrapped tenant key (租户密钥). */
export interface TenantRow extends GuardedRow {
  readonly tenantId: string;
  /** Longest rotation period a key of this tenant may have, in months. */
  readonly maxRotationMonths: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Id of the random source the tenant key came from. */
  readonly randomProvider: string;
  /** Health of that source at the time. */
  readonly randomHealth: string;
  /** Tenant key under the root key. */
  readonly wrappedKey: Uint8Array;
}

/** One key: what it is for and which version is current. */
export interface KeyRow extends GuardedRow {
  readonly tenantId: string;
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  readonly usage: readonly KeyUsage[];
  readonly label: string;
  readonly state: KeyState;
  readonly currentVersion: number;
  readonly rotationMonths: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

/** One key version (密钥版本). */
export interface VersionRow extends GuardedRow {
  readonly tenantId: string;
  readonly keyId: string;
  /** From 1. */
  readonly version: number;
  readonly state: KeyState;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly randomProvider: string;
  readonly randomHealth: string;
  /** SM2: 04‖x‖y, 65 bytes. SM4: `null`. */
  readonly publicKey: Uint8Array | null;
  /** Key version under the tenant key; `null` once destroyed. */
  readonly wrappedKey: Uint8Array | null;
  /** Encryptions set aside before use, 0 to 2^32. Never less than were made. */
  readonly reservedUses: number;
}

/** Rows to write together. */
export interface StoreChange {
  readonly tenants?: readonly TenantRow[];
  readonly keys?: readonly KeyRow[];
  readonly versions?: readonly VersionRow[];
}

/** A key with one of its versions, read at one moment. */
export interface KeyWithVersion {
  readonly key: KeyRow;
  readonly version: VersionRow;
}

/** A key with all its versions, read at one moment. */
export interface KeyWithVersions {
  readonly key: KeyRow;
  /** Ascending. */
  readonly versions: readonly VersionRow[];
}

/**
 * Where wrapped keys are kept.
 *
 * Guarantee: {@link KeyStore.commit} is atomic and is the only way to write. Each read is
 * of one moment. What `commit` answered `true` for is durable. Failure: a call that cannot
 * be carried out throws {@link SmError} ERR_KMS_STORE_UNAVAILABLE and has changed nothing
 * or everything. Concurrency: any number of calls at once, from several processes if the
 * engine allows that. Ownership: byte arrays are copied in both directions.
 */
export interface KeyStore {
  readonly specVersion: '1';
  readonly name: string;
  /**
   * Compare-and-set over all rows of the change: a row of revision 1 must not exist yet, a
   * row of revision r > 1 must be stored with revision r - 1. When one does not hold,
   * nothing is written and the answer is `false`.
   */
  commit(change: StoreChange): Promise<boolean>;
  readTenant(tenantId: string): Promise<TenantRow | undefined>;
  readKey(tenantId: string, keyId: string): Promise<KeyRow | undefined>;
  readVersion(tenantId: string, keyId: string, version: number): Promise<KeyWithVersion | undefined>;
  readVersions(tenantId: string, keyId: string): Promise<KeyWithVersions | undefined>;
  /**
   * Keys of one tenant in ascending byte order of their id.
   *
   * @param page - `after`: the last id of the page before; `limit`: most rows to return
   */
  listKeys(
    tenantId: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly KeyRow[]>;
  /** Ends the use of the store. What it was built on stays open. */
  close(): Promise<void>;
}
