/**
 * Tenants, users and their certificates (身份管理).
 */

/** Version of the identity interfaces. */
export const IDENTITY_SPEC_VERSION = '1';

/** Roles (角色). A new user holds none. */
export type Role = 'system-admin' | 'security-admin' | 'auditor' | 'tenant-user' | 'device';

/** All roles. */
export const ROLES: readonly Role[] = ['system-admin', 'security-admin', 'auditor', 'tenant-user', 'device'];

/**
 * Pairs that no user may hold together (三员分立: system, security and audit are three
 * persons; who acts is not who audits; a device is nothing else).
 *
 * @standard T/TCCIA 0002-2022 §6.4
 */
export const CONFLICTING_ROLES: readonly (readonly [Role, Role])[] = [
  ['system-admin', 'security-admin'],
  ['system-admin', 'auditor'],
  ['security-admin', 'auditor'],
  ['auditor', 'tenant-user'],
  ['device', 'system-admin'],
  ['device', 'security-admin'],
  ['device', 'auditor'],
  ['device', 'tenant-user'],
];

/** Where a role may be held: on the platform (tenant `null`), inside a tenant, or both. */
export const ROLE_SCOPE: Readonly<Record<Role, 'platform' | 'tenant' | 'any'>> = {
  'system-admin': 'platform',
  'security-admin': 'any',
  auditor: 'any',
  'tenant-user': 'tenant',
  device: 'tenant',
};

/** Why a set of roles is not allowed. */
export type RoleProblem = 'unknown' | 'repeated' | 'scope' | 'conflict';

/** Checks a set of roles against {@link CONFLICTING_ROLES} and {@link ROLE_SCOPE}. */
export function roleProblem(roles: readonly string[], tenantId: string | null): RoleProblem | undefined {
  if (roles.some((role) => !(ROLES as readonly string[]).includes(role))) return 'unknown';
  if (new Set(roles).size !== roles.length) return 'repeated';
  const scope = tenantId === null ? 'platform' : 'tenant';
  for (const role of roles as readonly Role[]) {
    if (ROLE_SCOPE[role] !== 'any' && ROLE_SCOPE[role] !== scope) return 'scope';
  }
  const conflict = CONFLICTING_ROLES.some(([a, b]) => roles.includes(a) && roles.includes(b));
  return conflict ? 'conflict' : undefined;
}

/** Identifiers of tenants and users: 1 to 64 characters. */
export const IDENTIFIER_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
/** Longest display name in UTF-16 code units. */
export const IDENTITY_MAX_NAME = 128;
/** Longest stored certificate in bytes (DER). */
export const IDENTITY_MAX_CERTIFICATE_BYTES = 16_384;
/** Deepest nesting of sub-tenants. */
export const IDENTITY_MAX_TENANT_DEPTH = 8;
/** Longest life of an activation token in seconds: seven days. */
export const ACTIVATION_MAX_SECONDS = 604_800;
/** Random bytes in an activation token; its text is their base64url form. */
export const ACTIVATION_TOKEN_BYTES = 32;

/** A tenant (租户). */
export interface Tenant {
  readonly tenantId: string;
  readonly name: string;
  /** Tenant above a sub-tenant; `null` at the top. */
  readonly parentTenantId: string | null;
  readonly state: 'active' | 'disabled';
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** A user (用户), who belongs to exactly one tenant or to the platform. */
export interface User {
  readonly userId: string;
  /** `null` = platform. Never changes. */
  readonly tenantId: string | null;
  readonly name: string;
  readonly roles: readonly Role[];
  /** DER; absent until the user was activated or enrolled with a certificate. */
  readonly certificate?: Uint8Array;
  /** SM3 of the certificate, hex. */
  readonly certificateFingerprint?: string;
  /** `invited` = has no certificate yet and cannot log in. */
  readonly state: 'invited' | 'active' | 'disabled';
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** A fresh activation token; its text exists nowhere else. */
export interface ActivationToken {
  /** 43 characters of base64url. */
  readonly token: string;
  readonly userId: string;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

/**
 * HMAC over a row under a key that the database does not hold, for example
 * `RootKeyService.mac`. Returns at least 16 bytes, the same for the same label and data.
 */
export type RowMac = (label: string, data: Uint8Array) => Promise<Uint8Array>;

/**
 * Where tenants, users and activation tokens are kept.
 *
 * Guarantee: every row that grants anything carries a MAC over its whole content, checked
 * each time the row is read; a row edited in the database is refused with
 * ERR_IDENTITY_ROW_TAMPERED and never used. Each change is atomic. Concurrency: any number
 * of calls at once; a token is consumed by one of them. Failure means that nothing was
 * changed. Ownership: byte arrays are copied in both directions. The store does not decide
 * who may call it; its caller does.
 *
 * Calls throw {@link SmError} ERR_IDENTITY_INPUT for a parameter outside its bounds and
 * ERR_IDENTITY_ROW_TAMPERED for an edited row, besides the codes named at each.
 */
export interface IdentityStore {
  readonly specVersion: typeof IDENTITY_SPEC_VERSION;
  readonly name: string;
  /** @throws {@link SmError} ERR_IDENTITY_EXISTS, ERR_IDENTITY_NOT_FOUND (parent), ERR_IDENTITY_DISABLED (parent) */
  createTenant(tenant: {
    readonly tenantId: string;
    readonly name: string;
    readonly parentTenantId?: string | null;
  }): Promise<Tenant>;
  findTenant(tenantId: string): Promise<Tenant | undefined>;
  /** Users of a disabled tenant, and of the tenants below it, are no longer found by certificate. */
  disableTenant(tenantId: string): Promise<Tenant>;
  /**
   * Without `roles` the user may do nothing; without `certificate` the user is `invited`.
   *
   * @throws {@link SmError} ERR_IDENTITY_EXISTS, ERR_IDENTITY_ROLE_CONFLICT, ERR_IDENTITY_CERTIFICATE_IN_USE,
   * ERR_IDENTITY_NOT_FOUND (tenant), ERR_IDENTITY_DISABLED (tenant)
   */
  createUser(user: {
    readonly userId: string;
    readonly tenantId: string | null;
    readonly name: string;
    readonly roles?: readonly Role[];
    readonly certificate?: Uint8Array;
  }): Promise<User>;
  findUser(userId: string): Promise<User | undefined>;
  /**
   * The user who may act with this certificate: `undefined` unless the user is `active` and
   * the tenant and all tenants above it are.
   *
   * @param fingerprint - SM3 of the DER certificate, hex
   */
  findByCertificate(fingerprint: string): Promise<User | undefined>;
  /** Users in order of their id, at most `limit` (1 to 1000), after `afterUserId`. */
  listUsers(query: {
    readonly tenantId: string | null;
    readonly afterUserId?: string;
    readonly limit: number;
  }): Promise<readonly User[]>;
  /** Replaces all roles. @throws {@link SmError} ERR_IDENTITY_NOT_FOUND, ERR_IDENTITY_ROLE_CONFLICT */
  setRoles(userId: string, roles: readonly Role[]): Promise<User>;
  /**
   * Binds another certificate; the former one no longer counts.
   *
   * @throws {@link SmError} ERR_IDENTITY_NOT_FOUND, ERR_IDENTITY_DISABLED, ERR_IDENTITY_CERTIFICATE_IN_USE
   */
  setCertificate(userId: string, certificate: Uint8Array): Promise<User>;
  /** For good: a disabled user is not enabled again. @throws {@link SmError} ERR_IDENTITY_NOT_FOUND */
  disableUser(userId: string): Promise<User>;
  /**
   * Makes a one-time token and voids the user's earlier ones. Only its SM3 is stored.
   *
   * @throws {@link SmError} ERR_IDENTITY_NOT_FOUND, ERR_IDENTITY_DISABLED
   */
  createActivationToken(request: {
    readonly userId: string;
    /** 1 to {@link ACTIVATION_MAX_SECONDS}. */
    readonly lifetimeSeconds: number;
  }): Promise<ActivationToken>;
  /**
   * The user a token would activate, without consuming it.
   *
   * @throws {@link SmError} ERR_IDENTITY_TOKEN_INVALID: unknown, used, void or expired, without saying which
   */
  findActivation(token: string): Promise<User>;
  /**
   * Consumes the token and binds the certificate in one step; the user is `active` then.
   *
   * @throws {@link SmError} ERR_IDENTITY_TOKEN_INVALID, ERR_IDENTITY_CERTIFICATE_IN_USE (the token stays usable)
   */
  consumeActivationToken(request: {
    readonly token: string;
    readonly certificate: Uint8Array;
  }): Promise<User>;
}
