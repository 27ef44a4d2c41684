import { describe, expect, it } from 'vitest';
import { CORE_OPERATIONS, type Principal, ROLE_PERMISSIONS, roleAccess } from '../src/index.ts';
import { CONFLICTING_ROLES, ROLES, type Role, roleProblem } from '../src/spec/v1/identity.ts';

const holder = (...roles: Role[]): Principal => ({
  userId: 'u',
  tenantId: 't',
  roles,
  certificateFingerprint: '00',
});
const access = roleAccess();
const allowed = (role: Role) =>
  CORE_OPERATIONS.filter(
    ({ permission }) => permission !== undefined && access.permits(holder(role), permission),
  )
    .map(({ name }) => name)
    .sort();

describe('access by role', () => {
  it('gives each role exactly its operations [TCCIA-050, TCCIA-056]', () => {
    expect(Object.fromEntries(ROLES.map((role) => [role, allowed(role)]))).toEqual({
      'system-admin': ['evidence', 'session.close', 'tenant.create'],
      'security-admin': ['evidence', 'identity.enroll', 'session.close'],
      auditor: ['audit.read', 'session.close'],
      'tenant-user': [
        'certificate.issue',
        'decrypt',
        'encrypt',
        'evidence',
        'hash',
        'key.create',
        'key.list',
        'random',
        'session.close',
        'sign',
        'verify',
      ],
      device: ['evidence', 'hash', 'random', 'session.close'],
    });
  });

  it('gives nothing to a user without roles or with an unknown one [TCCIA-055]', () => {
    for (const roles of [[], ['root'], ['toString'], ['__proto__']] as unknown as Role[][]) {
      const permitted = CORE_OPERATIONS.filter(
        ({ permission }) => permission !== undefined && access.permits(holder(...roles), permission),
      );
      expect(permitted.map(({ name }) => name)).toEqual(['session.close']);
    }
  });

  it('takes a star only at the end and only below its name [TCCIA-050]', () => {
    const user = holder('tenant-user');
    for (const permission of ['seal.make', 'seal.ofd.sign', 'key.rotate', 'model.publish']) {
      expect(access.permits(user, permission)).toBe(true);
    }
    for (const permission of [
      'seal',
      'sealing',
      'key',
      'keys.create',
      '*',
      '',
      'model.fetch',
      'audit.read',
    ]) {
      expect(access.permits(user, permission)).toBe(false);
    }
    expect(access.permits(holder('device'), 'model.publish')).toBe(false);
    expect(access.permits(holder('device'), 'model.fetch')).toBe(true);
  });

  it('no permission of one administrator belongs to another, evidence apart [TCCIA-056]', () => {
    const own = (role: Role) => ROLE_PERMISSIONS[role].filter((permission) => permission !== 'evidence');
    for (const [a, b] of CONFLICTING_ROLES.slice(0, 3)) {
      expect(own(a).filter((permission) => own(b).includes(permission))).toEqual([]);
      expect(roleProblem([a, b], null)).toBe('conflict');
    }
  });
});
