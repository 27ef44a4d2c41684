import type { IdentityStore, Role } from '@cssi/security-service-api';

/** The first administrators: one person each, because the roles must be apart. @standard T/TCCIA 0002-2022 §6.4 */
const FIRST_ADMINISTRATORS: readonly {
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
}[] = [
  { userId: 'system-admin', name: 'First system administrator', role: 'system-admin' },
  { userId: 'security-admin', name: 'First security administrator', role: 'security-admin' },
  { userId: 'auditor', name: 'First auditor', role: 'auditor' },
];

const LIFETIME_SECONDS = 86_400;

/** One single-use token per first administrator who has not been activated. */
export type ActivationTokens = Readonly<Record<string, string>>;

/**
 * Creates the first administrators at the first start, and gives a fresh token for each
 * of them who never activated; the earlier token is void then.
 */
export async function firstActivations(identities: IdentityStore): Promise<ActivationTokens> {
  const tokens: Record<string, string> = {};
  for (const { userId, name, role } of FIRST_ADMINISTRATORS) {
    const user =
      (await identities.findUser(userId)) ??
      (await identities.createUser({ userId, tenantId: null, name, roles: [role] }));
    if (user.state === 'invited') {
      tokens[userId] = (
        await identities.createActivationToken({ userId, lifetimeSeconds: LIFETIME_SECONDS })
      ).token;
    }
  }
  return tokens;
}
