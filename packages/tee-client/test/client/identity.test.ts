import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PROCESS_IDENTITY, uuidV5 } from '../../src/client/identity.ts';
import { type ClientIdentity, createTeeClient } from '../../src/client/index.ts';
import { openEnclaves } from '../../src/enclave/index.ts';
import { CONFORMANCE_TA_UUID } from '../../src/spec/v1/conformance-ta.ts';
import { TEEC_LOGIN } from '../../src/spec/v1/constants.ts';
import { uuidToOctets } from '../../src/spec/v1/uuid.ts';
import { failureOf } from '../support/failure.ts';
import { MemoryModule } from '../support/memory-module.ts';

const { PUBLIC, USER, GROUP, APPLICATION, USER_APPLICATION, GROUP_APPLICATION } = TEEC_LOGIN;
const LINUX = '58ac9ca0-2086-4683-a1b8-ec4bc08e01b6';

const IDENTITY: ClientIdentity = {
  user: 1000,
  application: '/opt/app/main.js',
  inGroup: (group) => group === 1001,
};

async function start(identity: ClientIdentity = IDENTITY) {
  const module = new MemoryModule();
  const context = await createTeeClient(module, { identity }).initializeContext();
  const open = (connectionMethod?: number, connectionData?: number) =>
    context.openSession(CONFORMANCE_TA_UUID, {
      ...(connectionMethod === undefined ? {} : { connectionMethod }),
      ...(connectionData === undefined ? {} : { connectionData }),
    });
  return { module, open };
}

/** Written out on its own: what RFC 9562 §5.5 says. */
function expectedUuid(name: string): string {
  const namespace = Buffer.from(LINUX.replaceAll('-', ''), 'hex');
  const hex = createHash('sha1').update(namespace).update(name).digest('hex').slice(0, 32).split('');
  hex[12] = '5';
  hex[16] = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

describe('the identity of a client', () => {
  it('uses UUID version 5 as RFC 9562 has it', () => {
    // RFC 9562 §A.4: DNS namespace, "www.example.com".
    const dns = uuidToOctets('6ba7b810-9dad-11d1-80b4-00c04fd430c8');
    expect(uuidV5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it.each([
    ['nobody', undefined, undefined, '00000000-0000-0000-0000-000000000000'],
    ['PUBLIC', PUBLIC, undefined, '00000000-0000-0000-0000-000000000000'],
    ['USER', USER, undefined, expectedUuid('uid=3e8')],
    ['GROUP', GROUP, 1001, expectedUuid('gid=3e9')],
    ['APPLICATION', APPLICATION, undefined, expectedUuid('app=/opt/app/main.js')],
    ['USER_APPLICATION', USER_APPLICATION, undefined, expectedUuid('uid=3e8:app=/opt/app/main.js')],
    ['GROUP_APPLICATION', GROUP_APPLICATION, 1001, expectedUuid('gid=3e9:app=/opt/app/main.js')],
  ])('%s reaches the module', async (_, login, group, uuid) => {
    const { module, open } = await start();
    await open(login, group);
    expect(module.clients).toEqual([{ login: login ?? 0, uuid }]);
  });

  it('is the same for the enclave interface', async () => {
    const module = new MemoryModule();
    const platform = openEnclaves(module, { identity: IDENTITY });
    await platform.create(CONFORMANCE_TA_UUID, { login: GROUP, group: 1001 });
    await platform.create(CONFORMANCE_TA_UUID);
    expect(module.clients.map(({ uuid }) => uuid)).toEqual([
      expectedUuid('gid=3e9'),
      '00000000-0000-0000-0000-000000000000',
    ]);
    expect(
      await failureOf(() => platform.create(CONFORMANCE_TA_UUID, { login: GROUP, group: 5 })),
    ).toMatchObject({ code: 'ERR_TEEC_ACCESS_DENIED' });
  });

  it.each([
    ['a login that does not exist', 3, undefined],
    ['a login of the kernel', 0x80000000, undefined],
    ['a login of a trusted application', 0xf0000000, undefined],
    ['PUBLIC with data', PUBLIC, 1],
    ['USER with data', USER, 1],
    ['APPLICATION with data', APPLICATION, 1],
    ['GROUP without a group', GROUP, undefined],
    ['GROUP with a negative group', GROUP, -1],
    ['GROUP with a group of 33 bits', GROUP, 2 ** 32],
    ['GROUP_APPLICATION without a group', GROUP_APPLICATION, undefined],
  ])('refuses %s', async (_, login, data) => {
    const { module, open } = await start();
    expect(await failureOf(() => open(login, data))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
    expect(module.clients).toEqual([]);
  });

  it.each([
    ['a group of others', GROUP, 1002, IDENTITY],
    ['a group of others with the application', GROUP_APPLICATION, 0, IDENTITY],
    ['a system without users', USER, undefined, { ...IDENTITY, user: undefined }],
    ['no program', APPLICATION, undefined, { ...IDENTITY, application: undefined }],
  ])('denies %s', async (_, login, data, identity) => {
    const { module, open } = await start(identity);
    expect(await failureOf(() => open(login, data))).toMatchObject({
      code: 'ERR_TEEC_ACCESS_DENIED',
      origin: 2,
    });
    expect(module.clients).toEqual([]);
  });

  it.each([
    [USER, 'login-user', ['login-group', 'login-application']],
    [GROUP, 'login-group', ['login-user', 'login-application']],
    [APPLICATION, 'login-application', ['login-user', 'login-group']],
    [USER_APPLICATION, 'login-application', ['login-user', 'login-group']],
    [USER_APPLICATION, 'login-user', ['login-application']],
    [GROUP_APPLICATION, 'login-application', ['login-group']],
  ] as const)(
    'names for login %i the capability %s that is missing',
    async (login, capability, capabilities) => {
      const module = new MemoryModule({ capabilities });
      const context = await createTeeClient(module, { identity: IDENTITY }).initializeContext();
      const options = { connectionMethod: login, connectionData: 1001 };
      expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID, options))).toMatchObject({
        code: 'ERR_TEEC_NOT_SUPPORTED',
        origin: 1,
        detail: expect.stringContaining(`capability=${capability}`),
      });
    },
  );

  it('of this process is its effective user, its groups and its script', () => {
    expect(PROCESS_IDENTITY.user).toBe(process.geteuid?.());
    expect(PROCESS_IDENTITY.inGroup(process.getegid?.() ?? -1)).toBe(true);
    expect(PROCESS_IDENTITY.inGroup(0xfffffff0)).toBe(false);
    expect(PROCESS_IDENTITY.application).toMatch(/^\//);
  });
});
