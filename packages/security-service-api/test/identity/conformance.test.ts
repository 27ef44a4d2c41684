import { hmacSm3, utf8 } from '@cssi/sm-core';
import { runSuite } from '@cssi/sm-core/conformance';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryIdentityStore } from '../../src/adapters/memory-identity.ts';
import { sqlIdentityStore } from '../../src/adapters/sql-identity.ts';
import {
  type IdentityStoreSubject,
  type IdentityTampering,
  identityStoreSuite,
} from '../../src/conformance/identity-suite.ts';
import type { IdentityStore, RowMac, User } from '../../src/spec/v1/identity.ts';
import { openEmbeddedDatabase, type SqlDatabase } from '../../src/state/index.ts';
import { NOW, temporaryFolder } from '../state/support.ts';

const key = utf8('row mac key of this test, 32 byte');
const mac: RowMac = async (label, data) => hmacSm3(key, utf8(label), Uint8Array.of(0), data);

let database: SqlDatabase;
beforeAll(async () => {
  database = await openEmbeddedDatabase({ dataDir: await temporaryFolder('identity') });
});
afterAll(() => database?.close());

async function openEmpty(clock: () => Date, rowMac: RowMac = mac): Promise<IdentityStore> {
  const store = await sqlIdentityStore({ database, clock, mac: rowMac });
  await database.execScript('truncate identity_activation, identity_user, identity_tenant');
  return store;
}

/** Edits a row the way somebody with access to the database would. */
async function tamper(change: IdentityTampering): Promise<void> {
  const db = database.kysely<never>();
  const run = async (statement: ReturnType<typeof sql>) => {
    const { numAffectedRows } = await statement.execute(db);
    expect(numAffectedRows).toBe(1n);
  };
  if (change.kind === 'user') {
    const edit = {
      roles: sql`roles = 'security-admin'`,
      tenant: sql`tenant_id = null`,
      state: sql`state = 'invited'`,
      certificate: sql`certificate = ${utf8('another')}`,
      mac: sql`mac = ${new Uint8Array(0)}`,
    }[change.set];
    await run(sql`update identity_user set ${edit} where user_id = ${change.userId}`);
  } else if (change.kind === 'copy') {
    await run(sql`update identity_user as u set roles = o.roles, state = o.state, mac = o.mac
      from identity_user as o where o.user_id = ${change.from} and u.user_id = ${change.userId}`);
  } else if (change.kind === 'tenant') {
    await run(sql`update identity_tenant set state = 'active' where tenant_id = ${change.tenantId}`);
  } else {
    const edit =
      change.set === 'expiry' ? sql`expires_at = '2099-01-01T00:00:00.000Z'` : sql`user_id = ${change.to}`;
    await run(sql`update identity_activation set ${edit} where user_id = ${change.userId}`);
  }
}

const memory: IdentityStoreSubject = { open: async (clock) => memoryIdentityStore({ clock }) };
const stored: IdentityStoreSubject = { open: openEmpty, tamper };

function broken(change: (store: IdentityStore) => Partial<IdentityStore>): IdentityStoreSubject {
  return {
    open: async (clock) => {
      const store = memoryIdentityStore({ clock });
      const parts = change(store);
      return new Proxy(store, {
        get: (target, name) => {
          if (Object.hasOwn(parts, name)) return (parts as Record<string | symbol, unknown>)[name];
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

const failedCases = async (subject: IdentityStoreSubject, capabilities: readonly string[] = []) =>
  (await runSuite(identityStoreSuite, { name: 'broken', subject, capabilities }, { now: NOW })).results
    .filter((result) => result.outcome === 'fail')
    .map((result) => result.id);

describe('identity store conformance', () => {
  it.each([
    ['memory', memory, []],
    ['sql', stored, ['row-mac']],
  ] as const)('passes for %s [TCCIA-055] [part of TCCIA-068]', async (name, subject, capabilities) => {
    const report = await runSuite(identityStoreSuite, { name, subject, capabilities }, { now: NOW });
    console.info(
      `identity-store ${name}: seed ${report.seed}, ${report.passed} passed, ${report.skipped} skipped`,
    );
    expect(report.results.filter((result) => result.outcome === 'fail')).toEqual([]);
    expect(report.skipped).toBe(name === 'memory' ? 9 : 0);
  });

  it('has more cases that must be refused than cases that must work', () => {
    const negative = identityStoreSuite.cases.filter(({ id }) =>
      /refuse|not-found|no-longer|starts-with-nothing|exactly-one|expires|voids|only-one|once/.test(id),
    ).length;
    expect(negative * 2).toBeGreaterThan(identityStoreSuite.cases.length);
    expect(new Set(identityStoreSuite.cases.map(({ id }) => id)).size).toBe(identityStoreSuite.cases.length);
  });

  it.each<[string, IdentityStoreSubject, readonly string[]]>([
    [
      'finds disabled users by certificate',
      broken((store) => {
        const known = new Map<string, string>();
        const remember = (user: User) => {
          if (user.certificateFingerprint !== undefined) known.set(user.certificateFingerprint, user.userId);
          return user;
        };
        return {
          createUser: async (request) => remember(await store.createUser(request)),
          findByCertificate: async (fingerprint) => {
            const userId = known.get(fingerprint);
            return userId === undefined
              ? await store.findByCertificate(fingerprint)
              : await store.findUser(userId);
          },
        };
      }),
      [
        'identity.user.disabled-is-not-found-by-certificate',
        'identity.user.of-disabled-tenant-is-not-found-by-certificate',
        'identity.user.former-certificate-no-longer-counts',
      ],
    ],
    [
      'gives every new user a role',
      broken((store) => ({
        createUser: (request) =>
          store.createUser({
            ...request,
            roles: request.roles ?? (request.tenantId === null ? [] : ['tenant-user']),
          }),
      })),
      ['identity.user.starts-with-nothing'],
    ],
    [
      'drops conflicting roles instead of refusing them',
      broken((store) => ({
        setRoles: (userId, roles) => store.setRoles(userId, Array.isArray(roles) ? roles.slice(0, 1) : roles),
      })),
      ['identity.roles.refuses-conflicting-pairs'],
    ],
    [
      'lets a token be used twice',
      broken((store) => {
        const used = new Map<string, string>();
        return {
          consumeActivationToken: async (request) => {
            const userId = used.get(request.token);
            if (userId !== undefined) return await store.setCertificate(userId, request.certificate);
            const user = await store.consumeActivationToken(request);
            used.set(request.token, user.userId);
            return user;
          },
        };
      }),
      ['identity.activation.binds-a-certificate-once'],
    ],
    [
      'checks a token before it consumes it, in two steps',
      broken((store) => ({
        consumeActivationToken: async ({ token, certificate }) => {
          const user = await store.findActivation(token);
          const active = await store.setCertificate(user.userId, certificate);
          await store.consumeActivationToken({ token, certificate }).catch(() => undefined);
          return active;
        },
      })),
      ['identity.activation.only-one-of-many-at-once-wins'],
    ],
    [
      'never lets a token expire',
      { open: async () => memoryIdentityStore({ clock: () => NOW }) },
      ['identity.activation.expires'],
    ],
    [
      'lists every tenant',
      broken((store) => ({
        listUsers: async (query) => [
          ...(await store.listUsers({ ...query, tenantId: null })),
          ...(await store.listUsers({ ...query, tenantId: 'acme' })),
        ],
      })),
      ['identity.user.belongs-to-exactly-one-tenant', 'identity.user.lists-one-tenant-in-pages'],
    ],
  ])('fails for a store that %s', async (_, subject, expected) => {
    const failed = await failedCases(subject);
    expect(failed).toEqual(expect.arrayContaining([...expected]));
    expect(failed.length).toBeLessThan(identityStoreSuite.cases.length / 2);
  });

  it.each<[string, RowMac, readonly string[]]>([
    [
      'whose MAC covers nothing',
      async () => new Uint8Array(32),
      ['identity.row.edited-user-roles-is-refused', 'identity.row.edited-tenant-is-refused'],
    ],
    [
      'whose MAC leaves the user out',
      async (label, data) => {
        const members = JSON.parse(Buffer.from(data).toString());
        return mac(
          label,
          utf8(JSON.stringify({ ...members, user_id: '', name: '', tenant_id: '', created_at: '' })),
        );
      },
      ['identity.row.rights-of-another-user-are-refused', 'identity.row.edited-activation-user-is-refused'],
    ],
  ])('fails for a database %s', async (_, rowMac, expected) => {
    const failed = await failedCases({ open: (clock) => openEmpty(clock, rowMac), tamper }, ['row-mac']);
    expect(failed).toEqual(expect.arrayContaining([...expected]));
  });
});

describe('SQL identity store', () => {
  const clock = () => NOW;
  const rows = async (table: string) =>
    (await sql`select * from ${sql.table(table)}`.execute(database.kysely())).rows;

  it('refuses rows that were written under another key, or by hand [part of TCCIA-071]', async () => {
    const store = await openEmpty(clock);
    await store.createUser({ userId: 'root', tenantId: null, name: 'root', roles: ['system-admin'] });
    const other = await sqlIdentityStore({ database, clock, mac: async () => new Uint8Array(32) });
    await expect(other.findUser('root')).rejects.toMatchObject({
      code: 'ERR_IDENTITY_ROW_TAMPERED',
      category: 'integrity',
    });
    await database.execScript(`insert into identity_user
      values ('intruder', null, 'intruder', 'security-admin', null, null, 'active', '2026-12-01T00:00:00.000Z', '\\x00')`);
    await expect(store.findUser('intruder')).rejects.toMatchObject({ code: 'ERR_IDENTITY_ROW_TAMPERED' });
    await expect(store.listUsers({ tenantId: null, limit: 10 })).rejects.toMatchObject({
      code: 'ERR_IDENTITY_ROW_TAMPERED',
    });
    expect((await store.findUser('root'))?.roles).toEqual(['system-admin']);
  });

  it.each(['name', 'roles', 'state', 'created_at', 'tenant_id', 'fingerprint', 'certificate', 'user_id'])(
    'detects an edited column %s of a user [part of TCCIA-071]',
    async (column) => {
      const store = await openEmpty(clock);
      await store.createTenant({ tenantId: 'acme', name: 'Acme' });
      await store.createUser({
        userId: 'ann',
        tenantId: 'acme',
        name: 'Ann',
        roles: ['tenant-user'],
        certificate: utf8('c'),
      });
      const value = column === 'tenant_id' ? null : column === 'certificate' ? utf8('d') : 'bob';
      await sql`update identity_user set ${sql.ref(column)} = ${value}`.execute(database.kysely());
      const userId = column === 'user_id' ? 'bob' : 'ann';
      await expect(store.findUser(userId)).rejects.toMatchObject({ code: 'ERR_IDENTITY_ROW_TAMPERED' });
    },
  );

  it.each(['name', 'parent_tenant_id', 'state', 'created_at'])(
    'detects an edited column %s of a tenant [part of TCCIA-071]',
    async (column) => {
      const store = await openEmpty(clock);
      await store.createTenant({ tenantId: 'acme', name: 'Acme' });
      await store.createTenant({ tenantId: 'bob', name: 'Bob' });
      await sql`update identity_tenant set ${sql.ref(column)} = 'bob' where tenant_id = 'acme'`.execute(
        database.kysely(),
      );
      await expect(store.findTenant('acme')).rejects.toMatchObject({ code: 'ERR_IDENTITY_ROW_TAMPERED' });
    },
  );

  it('stores no activation token, only its digest', async () => {
    const store = await openEmpty(clock);
    await store.createUser({ userId: 'root', tenantId: null, name: 'root' });
    const { token } = await store.createActivationToken({ userId: 'root', lifetimeSeconds: 60 });
    const [row] = (await rows('identity_activation')) as { digest: string }[];
    expect(row?.digest).toMatch(/^[0-9a-f]{64}$/);
    const everything = JSON.stringify(row) + Buffer.from(token, 'base64url').toString('hex');
    expect(everything).not.toContain(token);
    expect(JSON.stringify(row)).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    await store.consumeActivationToken({ token, certificate: utf8('certificate') });
    expect(await rows('identity_activation')).toEqual([]);
  });

  it('changes nothing when the MAC cannot be made', async () => {
    const store = await openEmpty(clock);
    await store.createTenant({ tenantId: 'acme', name: 'Acme' });
    const failing = await sqlIdentityStore({
      database,
      clock,
      mac: async (label, data) => {
        if (label.includes('user')) throw new Error('root key service is away');
        return await mac(label, data);
      },
    });
    await expect(failing.createUser({ userId: 'ann', tenantId: 'acme', name: 'Ann' })).rejects.toThrow(
      'away',
    );
    expect(await rows('identity_user')).toEqual([]);
    expect((await store.findTenant('acme'))?.name).toBe('Acme');
  });

  it('keeps its rows over a restart', async () => {
    const dataDir = await temporaryFolder('identity-restart');
    const first = await openEmbeddedDatabase({ dataDir });
    const before = await sqlIdentityStore({ database: first, clock, mac });
    const made = await before.createUser({
      userId: 'root',
      tenantId: null,
      name: 'root',
      roles: ['auditor'],
    });
    await first.close();
    const second = await openEmbeddedDatabase({ dataDir });
    const after = await sqlIdentityStore({ database: second, clock, mac });
    expect(await after.findUser('root')).toEqual(made);
    await second.close();
  });
});
