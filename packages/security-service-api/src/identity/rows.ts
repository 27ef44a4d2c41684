import type { Tenant, User } from '../spec/v1/identity.ts';

/** A stored activation token. The row exists as long as the token can be used. */
export interface ActivationRow {
  /** Hex; see `tokenDigest`. */
  readonly digest: string;
  readonly userId: string;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

/**
 * The rows inside one transaction. Reading checks the integrity of what it returns.
 *
 * `insert…` and `putUser` throw SmError ERR_IDENTITY_EXISTS or ERR_IDENTITY_CERTIFICATE_IN_USE.
 */
export interface IdentityRows {
  tenant(tenantId: string): Promise<Tenant | undefined>;
  insertTenant(tenant: Tenant): Promise<void>;
  putTenant(tenant: Tenant): Promise<void>;
  user(userId: string): Promise<User | undefined>;
  userByFingerprint(fingerprint: string): Promise<User | undefined>;
  users(tenantId: string | null, afterUserId: string, limit: number): Promise<readonly User[]>;
  insertUser(user: User): Promise<void>;
  putUser(user: User): Promise<void>;
  activation(digest: string): Promise<ActivationRow | undefined>;
  insertActivation(row: ActivationRow): Promise<void>;
  /** False when there was no such row any more. */
  deleteActivation(digest: string): Promise<boolean>;
  deleteActivationsOf(userId: string): Promise<void>;
}

/** Where rows are kept. */
export interface IdentityRowStore {
  /** Runs `work` so that all of its changes happen or none; rows it reads stay as they are meanwhile. */
  transaction<T>(work: (rows: IdentityRows) => Promise<T>): Promise<T>;
}
