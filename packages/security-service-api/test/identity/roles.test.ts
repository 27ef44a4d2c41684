import { describe, expect, it } from 'vitest';
import { CONFLICTING_ROLES, ROLES, roleProblem } from '../../src/spec/v1/identity.ts';

describe('roles', () => {
  it('keeps system, security and audit administration apart in every combination [TCCIA-056]', () => {
    const admins = ['system-admin', 'security-admin', 'auditor'];
    for (let bits = 0; bits < 1 << ROLES.length; bits++) {
      const roles = ROLES.filter((_, i) => (bits >> i) & 1);
      for (const tenantId of [null, 'acme']) {
        const problem = roleProblem(roles, tenantId);
        if (roles.filter((role) => admins.includes(role)).length > 1)
          expect(problem, roles.join()).toBeDefined();
        if (roles.length === 0) expect(problem).toBeUndefined();
      }
    }
  });

  it.each(CONFLICTING_ROLES)('refuses %s with %s, in either order', (a, b) => {
    for (const tenantId of [null, 'acme']) {
      expect(roleProblem([a, b], tenantId)).toMatch(/^(conflict|scope)$/);
      expect(roleProblem([b, a], tenantId)).toMatch(/^(conflict|scope)$/);
    }
  });

  it('allows each role alone in its place only', () => {
    const allowed = (tenantId: string | null) =>
      ROLES.filter((role) => roleProblem([role], tenantId) === undefined);
    expect(allowed(null)).toEqual(['system-admin', 'security-admin', 'auditor']);
    expect(allowed('acme')).toEqual(['security-admin', 'auditor', 'tenant-user', 'device']);
  });

  it('refuses unknown and repeated roles', () => {
    expect(roleProblem(['root'], null)).toBe('unknown');
    expect(roleProblem(['constructor'], null)).toBe('unknown');
    expect(roleProblem(['auditor', 'auditor'], null)).toBe('repeated');
  });
});
