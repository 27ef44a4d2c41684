import { join } from 'node:path';
import { modelOperations } from '@cssi/model-transfer';
import {
  coreOperations,
  createClient,
  ROLE_PERMISSIONS,
  type Role,
  SELF_PERMISSIONS,
  type ServiceClient,
} from '@cssi/security-service-api';
import { inProcessTransport } from '@cssi/security-service-api/adapters/in-process';
import { SmError, toBase64, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlatform, type Platform } from '../src/platform.ts';
import { PLATFORM_TENANT } from '../src/platform-keys.ts';
import { codeOf } from './support/codes.ts';
import { NOW, temporaryFolder } from './support/folders.ts';
import { offer, smallPackage } from './support/packages.ts';
import { type Door, enrolled, enter, type Person } from './support/people.ts';
import { operations } from './support/samples.ts';

const internalErrors: unknown[] = [];
let platform: Platform;
let door: Door;
let people: Record<Role | 'none', Person>;
/** Users of a second tenant. */
let stranger: { user: Person; device: Person };

beforeAll(async () => {
  platform = await openPlatform({
    dataDir: join(temporaryFolder(), 'data'),
    publicNames: [],
    checkpointCopy: undefined,
    clock: () => NOW,
    onInternalError: (error) => internalErrors.push(error),
  });
  door = { transport: () => inProcessTransport(platform.dispatcher), clock: () => NOW };
  const { activations } = platform;
  const system = await enter(door, activations['system-admin']!);
  const security = await enter(door, activations['security-admin']!);
  const auditor = await enter(door, activations.auditor!);
  for (const tenantId of ['acme', 'rival']) {
    await system.client.call(coreOperations['tenant.create'], { tenantId, name: tenantId });
  }
  const enrol = (userId: string, tenantId: string, roles: Role[]) =>
    enrolled(door, security.client, userId, tenantId, roles, 'sm2-sm3');
  people = {
    'system-admin': system,
    'security-admin': security,
    auditor,
    'tenant-user': await enrol('acme-user', 'acme', ['tenant-user']),
    device: await enrol('acme-device', 'acme', ['device']),
    none: await enrol('acme-new', 'acme', []),
  };
  stranger = {
    user: await enrol('rival-user', 'rival', ['tenant-user']),
    device: await enrol('rival-device', 'rival', ['device']),
  };
});
afterAll(async () => {
  await platform?.close();
  expect(internalErrors).toEqual([]);
});

const permitted = (role: Role | 'none', permission: string): boolean =>
  SELF_PERMISSIONS.includes(permission) ||
  (role !== 'none' &&
    ROLE_PERMISSIONS[role].some(
      (granted) =>
        granted === permission || (granted.endsWith('.*') && permission.startsWith(granted.slice(0, -1))),
    ));

const expectDenied = async (call: () => Promise<unknown>, allowed: boolean, what: string) => {
  const code = await codeOf(call);
  if (allowed) expect(code, what).not.toBe('ERR_API_ACCESS_DENIED');
  else expect(code, what).toBe('ERR_API_ACCESS_DENIED');
};

describe('every operation', () => {
  // Closing a session is everybody's own right; it would end the matrix.
  const closed = operations.filter(
    ({ operation }) => operation.auth === 'session' && operation.name !== 'session.close',
  );
  const roles = [...(Object.keys(ROLE_PERMISSIONS) as Role[]), 'none'] as const;

  it.each(roles)('is open to the role %s exactly where its permissions say so [TCCIA-050]', async (role) => {
    let open = 0;
    for (const { operation, params } of closed) {
      const allowed = permitted(role, operation.permission!);
      if (allowed) open += 1;
      const call = () => people[role].client.call(operation, params as never);
      await expectDenied(call, allowed, `${role} ${operation.name}`);
    }
    expect(open).toBe(closed.filter(({ operation }) => permitted(role, operation.permission!)).length);
    expect(open).toBeLessThan(closed.length);
  });

  it('is closed to a new user without roles [TCCIA-055]', async () => {
    expect(people.none.client.session?.roles).toEqual([]);
    for (const { operation, params } of closed) {
      const call = () => people.none.client.call(operation, params as never);
      expect(await codeOf(call), operation.name).toBe('ERR_API_ACCESS_DENIED');
    }
  });

  it('is closed to a user whose session was closed', async () => {
    const late = await enrolled(door, people['security-admin'].client, 'acme-late', 'acme', ['tenant-user']);
    const second = createClient(door.transport(), { clock: door.clock });
    await late.client.logout();
    expect(await codeOf(() => late.client.call(coreOperations['key.list'], {}))).toBe(
      'ERR_API_NOT_LOGGED_IN',
    );
    expect(await codeOf(() => second.call(coreOperations['key.list'], {}))).toBe('ERR_API_NOT_LOGGED_IN');
  });
});

describe('administration', () => {
  const enrol = (roles: Role[], tenantId: string | null = null, userId = `u-${roles.join('-')}`) =>
    people['security-admin'].client.call(coreOperations['identity.enroll'], {
      userId,
      name: userId,
      tenantId,
      roles,
    });

  it('is in three hands that nobody can hold together [TCCIA-056]', async () => {
    const admins: Role[] = ['system-admin', 'security-admin', 'auditor'];
    for (const one of admins) {
      for (const other of [...admins, 'tenant-user', 'device'] as Role[]) {
        if (one === other) continue;
        expect(await codeOf(() => enrol([one, other])), `${one} and ${other}`).toBe(
          'ERR_IDENTITY_ROLE_CONFLICT',
        );
      }
      expect(people[one].client.session?.roles).toEqual([one]);
    }
  });

  it('does not reach the keys of a tenant', async () => {
    for (const role of ['system-admin', 'security-admin', 'auditor'] as const) {
      const create = { algorithm: 'SM4', usage: ['encrypt'], label: 'x' } as const;
      const call = () =>
        people[role].client.call(coreOperations['key.create'], { ...create, usage: [...create.usage] });
      expect(await codeOf(call)).toBe('ERR_API_ACCESS_DENIED');
    }
  });

  it("leaves the platform's own tenant alone", async () => {
    const name = { tenantId: PLATFORM_TENANT, name: 'x' };
    const create = () => people['system-admin'].client.call(coreOperations['tenant.create'], name);
    expect(await codeOf(create)).toBe('ERR_IDENTITY_EXISTS');
    expect(await codeOf(() => enrol(['tenant-user'], PLATFORM_TENANT, 'intruder'))).toBe(
      'ERR_IDENTITY_NOT_FOUND',
    );
  });

  it('makes a tenant once, with its keys', async () => {
    const create = (tenantId: string) =>
      people['system-admin'].client.call(coreOperations['tenant.create'], { tenantId, name: tenantId });
    expect(await codeOf(() => create('acme'))).toBe('ERR_IDENTITY_EXISTS');
    await create('third');
    const user = await enrolled(door, people['security-admin'].client, 'third-user', 'third', [
      'tenant-user',
    ]);
    const key = await user.client.call(coreOperations['key.create'], {
      algorithm: 'SM4',
      usage: ['encrypt'],
      label: 'x',
    });
    expect(key.state).toBe('active');
  });
});

/** Everything but the request id, which is fresh in each answer. */
async function refusalOf(call: () => Promise<unknown>) {
  const error: unknown = await call().catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(SmError);
  const { code, status, category, message, messageZh, httpStatus } = error as SmError & {
    httpStatus: number;
  };
  return { code, status, category, message, messageZh, httpStatus };
}

describe('tenants', () => {
  const data = toBase64(utf8('data'));
  const unknownKey = `k${'0'.repeat(32)}`;
  let keys: { sign: string; encrypt: string };
  let ciphertext: string;
  let signature: string;
  let packageId: string;
  beforeAll(async () => {
    const { client } = people['tenant-user'];
    const create = coreOperations['key.create'];
    keys = {
      sign: (await client.call(create, { algorithm: 'SM2', usage: ['sign'], label: 'a' })).keyId,
      encrypt: (await client.call(create, { algorithm: 'SM4', usage: ['encrypt'], label: 'b' })).keyId,
    };
    const encrypted = await client.call(coreOperations.encrypt, { keyId: keys.encrypt, plaintext: data });
    ({ ciphertext } = encrypted);
    ({ signature } = await client.call(coreOperations.sign, { keyId: keys.sign, message: data }));
    packageId = await offer(client, await smallPackage(client, people.device, () => NOW));
  });

  const uses: Record<string, (client: ServiceClient, keyId: string) => Promise<unknown>> = {
    sign: (client, keyId) => client.call(coreOperations.sign, { keyId, message: data }),
    verify: (client, keyId) => client.call(coreOperations.verify, { keyId, message: data, signature }),
    encrypt: (client, keyId) => client.call(coreOperations.encrypt, { keyId, plaintext: data }),
    decrypt: (client, keyId) => client.call(coreOperations.decrypt, { keyId, ciphertext }),
  };
  it.each(Object.keys(uses))(
    'cannot %s with a foreign key, which looks like one that never was [part of TCCIA-006]',
    async (name) => {
      const { client } = stranger.user;
      const unknown = await refusalOf(() => uses[name]!(client, unknownKey));
      expect(unknown.code).toBe('ERR_KMS_NOT_FOUND');
      for (const keyId of Object.values(keys)) {
        expect(await refusalOf(() => uses[name]!(client, keyId))).toEqual(unknown);
      }
    },
  );

  it('see their own keys only, from wherever they start [part of TCCIA-006]', async () => {
    const list = coreOperations['key.list'];
    const own = (await people['tenant-user'].client.call(list, {})).keys.map(({ keyId }) => keyId);
    expect(own).toEqual(expect.arrayContaining(Object.values(keys)));
    for (const afterKeyId of [undefined, unknownKey, keys.sign, keys.encrypt]) {
      const page = await stranger.user.client.call(list, afterKeyId === undefined ? {} : { afterKeyId });
      expect(page.keys.filter(({ keyId }) => own.includes(keyId))).toEqual([]);
    }
  });

  it('see nothing of foreign packages [part of TCCIA-006] [part of EDGE-045]', async () => {
    const { user, device } = stranger;
    const list = { after: '', limit: 100 };
    const none = '0'.repeat(64);
    const mine = await people.device.client.call(modelOperations['model.list'], list);
    expect(mine.packages.map((entry) => entry.packageId)).toEqual([packageId]);
    for (const { client } of [user, device]) {
      expect((await client.call(modelOperations['model.list'], list)).packages).toEqual([]);
    }
    const attempts: ((id: string) => Promise<unknown>)[] = [
      (id) => device.client.call(modelOperations['model.manifest'], { packageId: id }),
      (id) => device.client.call(modelOperations['model.leaves'], { packageId: id }),
      (id) => device.client.call(modelOperations['model.chunk'], { packageId: id, index: 0 }),
      (id) => device.client.call(modelOperations['model.receipt'], { packageId: id, receipt: data }),
      (id) => user.client.call(modelOperations['model.receipts'], { packageId: id, after: '' }),
      (id) => user.client.call(modelOperations['model.offer.commit'], { packageId: id }),
      (id) =>
        user.client.call(modelOperations['model.offer.chunk'], { packageId: id, index: 0 }, utf8('chunk')),
    ];
    for (const attempt of attempts) {
      const unknown = await refusalOf(() => attempt(none));
      expect(unknown.code).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
      expect(await refusalOf(() => attempt(packageId))).toEqual(unknown);
    }
  });

  it('read no foreign audit records, and no user reads any [part of TCCIA-151]', async () => {
    const read = { fromSequence: 0, limit: 1000 };
    const security = people['security-admin'].client;
    const auditor = await enrolled(door, security, 'rival-auditor', 'rival', ['auditor']);
    const { records } = await auditor.client.call(coreOperations['audit.read'], read);
    expect(records.length).toBeGreaterThan(0);
    expect(records.filter(({ tenantId }) => tenantId !== 'rival')).toEqual([]);
    for (const tenantId of ['acme', null]) {
      const call = () => auditor.client.call(coreOperations['audit.read'], { ...read, tenantId });
      expect(await codeOf(call)).toBe('ERR_API_ACCESS_DENIED');
    }
  });
});
