import type { Role } from './identity.ts';

/**
 * Who may do what (访问控制). Deny by default: a role has exactly the permissions listed
 * here, a user exactly those of the roles held, and a new user holds none.
 */

/** Who makes a call. */
export interface Principal {
  readonly userId: string;
  /** `null` = platform. */
  readonly tenantId: string | null;
  readonly roles: readonly Role[];
  /** SM3 of the login certificate, hex. */
  readonly certificateFingerprint: string;
}

/** Rights of everybody who has logged in, whatever the roles: to end the own session. */
export const SELF_PERMISSIONS: readonly string[] = ['session.close'];

/**
 * Permissions per role. A name that ends in `.*` stands for every name that starts with
 * the part before the star. System, security and audit administration are apart, and none
 * of the three may use a tenant's keys.
 *
 * @standard T/TCCIA 0002-2022 §6.4
 */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly string[]>> = {
  'system-admin': ['tenant.create', 'evidence'],
  'security-admin': ['identity.enroll', 'evidence'],
  auditor: ['audit.read'],
  'tenant-user': [
    'key.*',
    'sign',
    'verify',
    'encrypt',
    'decrypt',
    'random',
    'hash',
    'evidence',
    'certificate.issue',
    'seal.*',
    'model.publish',
    'model.list',
  ],
  device: ['model.fetch', 'model.list', 'random', 'hash', 'evidence'],
};

/**
 * Decides on access. Guarantee: answers from the principal and the permission alone,
 * without side effects; whatever it does not know is refused.
 */
export interface AccessControl {
  permits(principal: Principal, permission: string): boolean;
}

const covers = (granted: string, permission: string): boolean =>
  granted.endsWith('.*') ? permission.startsWith(granted.slice(0, -1)) : granted === permission;

/** Role-based access control over a table of permissions; {@link ROLE_PERMISSIONS} when left out. */
export function roleAccess(
  table: Readonly<Record<string, readonly string[]>> = ROLE_PERMISSIONS,
): AccessControl {
  return {
    permits: (principal, permission) =>
      SELF_PERMISSIONS.includes(permission) ||
      principal.roles.some(
        (role) => Object.hasOwn(table, role) && table[role]!.some((granted) => covers(granted, permission)),
      ),
  };
}
