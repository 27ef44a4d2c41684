import type { IdentityStoreSubject, IdentityTampering } from '@cssi/security-service-api/conformance';
import type { SqlDatabase } from '@cssi/security-service-api/sql';
import { utf8 } from '@cssi/sm-core';

/** The columns that the suite wants edited. */
interface Tables {
  readonly identity_tenant: { tenant_id: string; state: string };
  readonly identity_user: {
    user_id: string;
    tenant_id: string | null;
    roles: string;
    certificate: Uint8Array;
    state: string;
    mac: Uint8Array;
  };
  readonly identity_activation: { user_id: string; expires_at: string };
}

type UserTampering = Extract<IdentityTampering, { readonly kind: 'user' }>;

const EDITS: Readonly<Record<UserTampering['set'], Partial<Tables['identity_user']>>> = {
  roles: { roles: 'security-admin' },
  tenant: { tenant_id: null },
  state: { state: 'invited' },
  certificate: { certificate: utf8('another') },
  mac: { mac: new Uint8Array(0) },
};

/** Edits rows the way somebody with access to the database would. */
export function tamperWith(database: SqlDatabase): NonNullable<IdentityStoreSubject['tamper']> {
  const db = database.kysely<Tables>();
  const editUser = (userId: string, edit: Partial<Tables['identity_user']>) =>
    db.updateTable('identity_user').set(edit).where('user_id', '=', userId).executeTakeFirst();

  async function edit(change: IdentityTampering): Promise<{ readonly numUpdatedRows: bigint }> {
    if (change.kind === 'user') return editUser(change.userId, EDITS[change.set]);
    if (change.kind === 'copy') {
      const columns = ['roles', 'state', 'mac'] as const;
      const rows = db.selectFrom('identity_user').select(columns).where('user_id', '=', change.from);
      return editUser(change.userId, await rows.executeTakeFirstOrThrow());
    }
    if (change.kind === 'tenant') {
      const rows = db.updateTable('identity_tenant').set({ state: 'active' });
      return rows.where('tenant_id', '=', change.tenantId).executeTakeFirst();
    }
    const rows = db.updateTable('identity_activation').where('user_id', '=', change.userId);
    return change.set === 'expiry'
      ? rows.set({ expires_at: '2099-01-01T00:00:00.000Z' }).executeTakeFirst()
      : rows.set({ user_id: change.to! }).executeTakeFirst();
  }

  return async (change) => {
    const { numUpdatedRows } = await edit(change);
    // An edit that met no row would let the case pass without having tested anything.
    if (numUpdatedRows !== 1n) throw new RangeError(`${numUpdatedRows} rows were edited, expected one`);
  };
}
