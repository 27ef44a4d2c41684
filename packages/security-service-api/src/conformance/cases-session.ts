import { fromBase64, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { expectTrue } from '@cssi/sm-core/conformance';
import type { Credentials, ServiceClient } from '../client/client.ts';
import type { ParametersOf } from '../spec/v1/operation.ts';
import { coreOperations } from '../spec/v1/operations.ts';
import { encodeLoginStatement } from '../spec/v1/statements.ts';
import {
  anonymous,
  expectRefusal,
  type ServiceCase,
  type ServiceHarness,
  type Visit,
  visit,
} from './harness.ts';

const { hash } = coreOperations;
const open = coreOperations['session.open'];
const callHash = ({ client }: Visit) => client.call(hash, { data: toBase64(utf8('abc')) });

/** A correct login request for `user`. */
async function loginParams(
  client: ServiceClient,
  user: Credentials,
  change: { readonly serverId?: string } = {},
): Promise<ParametersOf<typeof open>> {
  const given = await client.call(coreOperations['session.challenge'], {});
  const { publicKey, privateKey } = sm2.generateKeyPair();
  privateKey.destroy();
  const statement = encodeLoginStatement({
    serverId: change.serverId ?? given.serverId,
    challenge: fromBase64(given.challenge),
    certificate: user.certificate,
    ephemeralPublicKey: publicKey,
    signing: 'hmac-sm3',
  });
  return {
    certificate: toBase64(user.certificate),
    challenge: given.challenge,
    ephemeralPublicKey: toBase64(publicKey),
    signing: 'hmac-sm3',
    signature: toBase64(await user.signer.sign(statement)),
  };
}

const refusedLogin = (
  id: string,
  clause: string,
  params: (client: ServiceClient, harness: ServiceHarness) => Promise<ParametersOf<typeof open>>,
  codes: readonly string[] = ['ERR_API_LOGIN_FAILED'],
): ServiceCase => ({
  id: `api.login.${id}`,
  clause,
  level: 'MUST',
  run: (harness) =>
    anonymous(harness, async (client) => {
      const prepared = await params(client, harness);
      await expectRefusal(() => client.call(open, prepared), codes, id);
    }),
});

/** Cases about logins, the life of sessions and access. */
export const sessionCases: readonly ServiceCase[] = [
  {
    id: 'api.login.certificate',
    clause: 'TCCIA-047, TCCIA-125',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async ({ client, wire }) => {
        expectTrue(client.session?.roles.includes('tenant-user') === true, 'the roles are those enrolled');
        const { token } = JSON.parse(Buffer.from(wire.received.at(-1)!.body).toString()) as { token: string };
        expectTrue(/^[0-9a-f]{64}$/.test(token), 'a token of 256 bits');
        const first = token;
        await client.login(harness.users.tenantUser);
        const again = JSON.parse(Buffer.from(wire.received.at(-1)!.body).toString()) as { token: string };
        expectTrue(again.token !== first, 'a new token for every login');
      }),
  },
  refusedLogin('foreign-ca', 'TCCIA-047', (client, { users }) => loginParams(client, users.foreign)),
  refusedLogin('unknown-certificate', 'TCCIA-047', (client, { users }) => loginParams(client, users.unknown)),
  refusedLogin('other-key', 'TCCIA-047', async (client, { users }) => ({
    ...(await loginParams(client, users.otherTenantUser)),
    certificate: toBase64(users.tenantUser.certificate),
  })),
  refusedLogin('other-server', 'TCCIA-047', (client, { users }) =>
    loginParams(client, users.tenantUser, { serverId: 'another-server' }),
  ),
  refusedLogin('changed-ephemeral-key', 'TCCIA-047', async (client, { users }) => ({
    ...(await loginParams(client, users.tenantUser)),
    ephemeralPublicKey: toBase64(sm2.generateKeyPair().publicKey),
  })),
  refusedLogin('ephemeral-key-not-on-curve', 'TCCIA-047', async (client, { users }) => ({
    ...(await loginParams(client, users.tenantUser)),
    ephemeralPublicKey: toBase64(Uint8Array.from({ length: 65 }, (_, i) => (i === 0 ? 4 : 1))),
  })),
  refusedLogin('changed-signing-mode', 'TCCIA-047', async (client, { users }) => ({
    ...(await loginParams(client, users.tenantUser)),
    signing: 'sm2-sm3',
  })),
  refusedLogin('malformed-certificate', 'TCCIA-047', async (client, { users }) => ({
    ...(await loginParams(client, users.tenantUser)),
    certificate: toBase64(users.tenantUser.certificate.subarray(0, 100)),
  })),
  refusedLogin('malformed-signature', 'TCCIA-047', async (client, { users }) => ({
    ...(await loginParams(client, users.tenantUser)),
    signature: toBase64(new Uint8Array(64)),
  })),
  refusedLogin(
    'made-up-challenge',
    'TCCIA-131',
    async (client, { users }) => ({
      ...(await loginParams(client, users.tenantUser)),
      challenge: toBase64(new Uint8Array(32)),
    }),
    ['ERR_API_CHALLENGE_INVALID'],
  ),
  refusedLogin(
    'used-challenge',
    'TCCIA-131',
    async (client, { users }) => {
      const params = await loginParams(client, users.unknown);
      await expectRefusal(() => client.call(open, params), ['ERR_API_LOGIN_FAILED'], 'first use');
      return params;
    },
    ['ERR_API_CHALLENGE_INVALID'],
  ),
  {
    ...refusedLogin(
      'expired-challenge',
      'TCCIA-131',
      async (client, harness) => {
        const params = await loginParams(client, harness.users.tenantUser);
        harness.advance!(61);
        return params;
      },
      ['ERR_API_CHALLENGE_INVALID'],
    ),
    requires: ['clock'],
  },
  {
    id: 'api.session.closed',
    clause: 'TCCIA-131',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        await callHash(current);
        const late = current.wire.sent.at(-1)!;
        await current.client.logout();
        const response = await current.wire.send(late);
        expectTrue(response.status === 401, 'a closed session is of no use');
      }),
  },
  {
    id: 'api.session.idle',
    clause: 'TCCIA-129',
    level: 'MUST',
    requires: ['clock'],
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        harness.advance!(7100);
        await callHash(current);
        harness.advance!(7201);
        await expectRefusal(() => callHash(current), ['ERR_API_SESSION_EXPIRED'], 'idle for two hours');
        await expectRefusal(
          () => callHash(current),
          ['ERR_API_SESSION_EXPIRED', 'ERR_API_SESSION_INVALID'],
          'and stays ended',
        );
      }),
  },
  {
    id: 'api.session.absolute',
    clause: 'TCCIA-130',
    level: 'MUST',
    requires: ['clock'],
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        for (let elapsed = 0; elapsed < 28_000; elapsed += 7000) {
          harness.advance!(7000);
          await callHash(current);
        }
        harness.advance!(801);
        await expectRefusal(() => callHash(current), ['ERR_API_SESSION_EXPIRED'], 'eight hours');
      }),
  },
  {
    id: 'api.session.address',
    clause: 'TCCIA-131',
    level: 'MUST',
    requires: ['address'],
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        const elsewhere = await harness.transport('second');
        current.wire.detour = elsewhere;
        await expectRefusal(() => callHash(current), ['ERR_API_SESSION_ADDRESS'], 'another address');
        current.wire.detour = undefined;
        await elsewhere.close();
        await callHash(current);
      }),
  },
  {
    id: 'api.session.one-address',
    clause: 'TCCIA-053',
    level: 'MUST',
    requires: ['address'],
    run: (harness) =>
      visit(harness, harness.users.tenantUser, (first) =>
        visit(
          harness,
          harness.users.tenantUser,
          async (second) => {
            await callHash(second);
            await expectRefusal(
              () => callHash(first),
              ['ERR_API_SESSION_INVALID'],
              'the session at the former address',
            );
          },
          { address: 'second' },
        ),
      ),
  },
  {
    id: 'api.access.no-role',
    clause: 'TCCIA-050, TCCIA-055',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.withoutRole, async (current) => {
        await expectRefusal(() => callHash(current), ['ERR_API_ACCESS_DENIED'], 'a user without roles');
      }),
  },
  {
    id: 'api.access.auditor-reads-only',
    clause: 'TCCIA-050, TCCIA-056',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.auditor, async (current) => {
        await expectRefusal(() => callHash(current), ['ERR_API_ACCESS_DENIED'], 'an auditor who wants more');
        await current.client.call(coreOperations['audit.read'], { fromSequence: 0, limit: 1 });
      }),
  },
  {
    id: 'api.access.tenant-user-no-audit',
    clause: 'TCCIA-050, TCCIA-056',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async ({ client }) => {
        await expectRefusal(
          () => client.call(coreOperations['audit.read'], { fromSequence: 0, limit: 1 }),
          ['ERR_API_ACCESS_DENIED'],
          'a tenant user who reads the audit log',
        );
      }),
  },
];
