import { toBase64, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { memorySessionStore } from '../src/adapters/memory-sessions.ts';
import {
  coreOperations,
  createClient,
  createSessionService,
  type ServiceClient,
  type SessionServiceOptions,
} from '../src/index.ts';
import { Challenges } from '../src/internal/challenges.ts';
import { type Fixture, makeCredentials, makeFixture } from './support/fixture.ts';

const refusal = (code: string) => expect.objectContaining({ code });
const call = (client: ServiceClient) => client.call(coreOperations.hash, { data: toBase64(utf8('a')) });

async function clientOf(fixture: Fixture, address: 'first' | 'second' = 'first'): Promise<ServiceClient> {
  return createClient(await fixture.transport(address), { clock: fixture.now });
}

describe('limits of sessions', () => {
  it.each<[string, Partial<SessionServiceOptions>]>([
    ['an idle limit over 2 hours [TCCIA-129]', { idleSeconds: 7201 }],
    ['an absolute limit over 8 hours [TCCIA-130]', { absoluteSeconds: 28_801 }],
    ['a challenge life over a minute', { challengeSeconds: 61 }],
    ['an idle limit of nothing', { idleSeconds: 0 }],
    ['a limit that is no number', { absoluteSeconds: Number.NaN }],
    ['no session per user', { maxSessionsPerUser: 0 }],
  ])('cannot be set to %s', async (_what, options) => {
    const { people, ca } = await makeFixture();
    const deps = { identities: people, store: memorySessionStore(), anchors: [ca.certificate] };
    expect(() => createSessionService({ serverId: 'a', ...options }, deps)).toThrow(RangeError);
  });

  it('hold per user, and a closed or ended session makes room [TCCIA-054]', async () => {
    const fixture = await makeFixture({ session: { maxSessionsPerUser: 2 } });
    const [a, b, c, other] = await Promise.all([1, 2, 3, 4].map(() => clientOf(fixture)));
    const { tenantUser, otherTenantUser } = fixture.users;
    await a!.login(tenantUser);
    await b!.login(tenantUser);
    await expect(c!.login(tenantUser)).rejects.toEqual(refusal('ERR_API_SESSION_LIMIT'));
    await other!.login(otherTenantUser);
    await a!.logout();
    await c!.login(tenantUser);
    await expect(a!.login(tenantUser)).rejects.toEqual(refusal('ERR_API_SESSION_LIMIT'));
    fixture.advance(7201);
    await a!.login(tenantUser);
    await call(a!);
  });

  it('hold when many log in at once [TCCIA-054]', async () => {
    const fixture = await makeFixture({ session: { maxSessionsPerUser: 3 } });
    const logins = Array.from({ length: 10 }, async () =>
      (await clientOf(fixture)).login(fixture.users.tenantUser),
    );
    const outcomes = await Promise.allSettled(logins);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('hold for the whole server', async () => {
    const fixture = await makeFixture({ session: { maxSessions: 1 } });
    await (await clientOf(fixture)).login(fixture.users.tenantUser);
    const second = await clientOf(fixture);
    await expect(second.login(fixture.users.otherTenantUser)).rejects.toEqual(
      refusal('ERR_API_SESSION_LIMIT'),
    );
    fixture.advance(7201);
    await second.login(fixture.users.otherTenantUser);
  });

  it('end with the certificate', async () => {
    const fixture = await makeFixture();
    const soon = await makeCredentials(fixture.ca, 'carol', {
      notAfter: new Date(fixture.now().getTime() + 600_000),
    });
    fixture.people.add('carol', 'tenant-1', ['tenant-user'], soon);
    const client = await clientOf(fixture);
    await client.login(soon);
    fixture.advance(590);
    await call(client);
    fixture.advance(20);
    await expect(call(client)).rejects.toEqual(refusal('ERR_API_SESSION_EXPIRED'));
    await expect(client.login(soon)).rejects.toEqual(refusal('ERR_API_LOGIN_FAILED'));
  });
});

describe('logins', () => {
  it('all fail in the same words, whatever the reason [TCCIA-047]', async () => {
    const fixture = await makeFixture();
    const bodies = new Set<string>();
    const ca = { certificate: fixture.ca.certificate.raw, signer: fixture.ca.signer };
    const { tenantUser, otherTenantUser, unknown, foreign } = fixture.users;
    const wrongKey = { certificate: tenantUser.certificate, signer: otherTenantUser.signer };
    const garbage = { certificate: new Uint8Array(50), signer: otherTenantUser.signer };
    for (const credentials of [unknown, foreign, wrongKey, garbage, ca]) {
      const client = await clientOf(fixture);
      const error = await client.login(credentials).catch((thrown: Error) => thrown);
      expect(error).toEqual(refusal('ERR_API_LOGIN_FAILED'));
      bodies.add((error as Error).message);
    }
    expect(bodies.size).toBe(1);
    const { records } = await fixture.audit.read({ fromSequence: 0, limit: 100 });
    const reasons = records
      .filter(({ code }) => code === 'ERR_API_LOGIN_FAILED')
      .map(({ detail }) => detail?.reason);
    expect(reasons).toEqual([
      'unknown-certificate',
      'certificate-path',
      'signature',
      'certificate-malformed',
      'certificate-is-ca',
    ]);
  });

  it('do not send the session key in the clear', async () => {
    const fixture = await makeFixture();
    const inner = await fixture.transport();
    const bodies: string[] = [];
    const client = createClient(
      {
        ...inner,
        send: async (request) => {
          const response = await inner.send(request);
          bodies.push(Buffer.from(response.body).toString());
          return response;
        },
      },
      { clock: fixture.now },
    );
    await client.login(fixture.users.tenantUser);
    const opened = JSON.parse(bodies.at(-1)!) as { sealedSessionKey: string; token: string };
    // An SM2 ciphertext of 32 bytes, in DER: two coordinates, a digest and the key.
    expect(Buffer.from(opened.sealedSessionKey, 'base64').length).toBeGreaterThan(32 * 4);
    const { records } = await fixture.audit.read({ fromSequence: 0, limit: 10 });
    expect(JSON.stringify(records)).not.toContain(opened.token);
    expect(JSON.stringify(records)).not.toContain(opened.sealedSessionKey);
  });

  it('use a challenge only from the address that asked for it', () => {
    const limits = { lifetimeSeconds: 60, maxOutstanding: 10, maxPerAddress: 5 };
    const challenges = new Challenges(limits);
    const challenge = challenges.issue('a', 0);
    const invalid = refusal('ERR_API_CHALLENGE_INVALID');
    expect(() => challenges.redeem(challenge, 'b', 1)).toThrow(invalid);
    challenges.redeem(challenge, 'a', 1);
    expect(() => challenges.redeem(challenge, 'a', 1)).toThrow(invalid);
    const late = challenges.issue('a', 0);
    expect(() => challenges.redeem(late, 'a', 60_000)).toThrow(invalid);
  });

  it('are bounded in open challenges, per address and in all, and recover', () => {
    const challenges = new Challenges({ lifetimeSeconds: 60, maxOutstanding: 8, maxPerAddress: 5 });
    const full = refusal('ERR_API_CHALLENGE_LIMIT');
    for (let i = 0; i < 5; i++) challenges.issue('a', i);
    expect(() => challenges.issue('a', 5)).toThrow(full);
    for (let i = 0; i < 3; i++) challenges.issue('b', 5);
    expect(() => challenges.issue('c', 6)).toThrow(full);
    expect(challenges.issue('a', 60_004)).toHaveLength(32);
    const seen = new Set(
      Array.from({ length: 4 }, () => Buffer.from(challenges.issue('d', 200_000)).toString('hex')),
    );
    expect(seen.size).toBe(4);
  });

  it('replace the session of the same client', async () => {
    const fixture = await makeFixture({ session: { maxSessionsPerUser: 1 } });
    const client = await clientOf(fixture);
    const first = await client.login(fixture.users.tenantUser);
    const second = await client.login(fixture.users.tenantUser);
    expect(second.sessionId).not.toBe(first.sessionId);
    await call(client);
  });
});

describe('changes while a session is open', () => {
  it('roles taken away count within the set time', async () => {
    const fixture = await makeFixture({ session: { principalSeconds: 30 } });
    const client = await clientOf(fixture);
    await client.login(fixture.users.tenantUser);
    await call(client);
    fixture.people.add('alice', 'tenant-1', [], fixture.users.tenantUser);
    fixture.advance(31);
    await expect(call(client)).rejects.toEqual(refusal('ERR_API_ACCESS_DENIED'));
  });

  it('a disabled user is out within the set time', async () => {
    const fixture = await makeFixture();
    const client = await clientOf(fixture);
    await client.login(fixture.users.tenantUser);
    fixture.people.byFingerprint.clear();
    fixture.advance(31);
    await expect(call(client)).rejects.toEqual(refusal('ERR_API_SESSION_INVALID'));
    await expect(call(client)).rejects.toEqual(refusal('ERR_API_SESSION_INVALID'));
  });

  it('all sessions of a user can be closed at once', async () => {
    const fixture = await makeFixture();
    const [a, b, other] = await Promise.all([1, 2, 3].map(() => clientOf(fixture)));
    await a!.login(fixture.users.tenantUser);
    await b!.login(fixture.users.tenantUser);
    await other!.login(fixture.users.otherTenantUser);
    expect(await fixture.sessions.closeUser('alice')).toBe(2);
    expect(await fixture.sessions.closeUser('alice')).toBe(0);
    await expect(call(a!)).rejects.toEqual(refusal('ERR_API_SESSION_INVALID'));
    await call(other!);
  });

  it('does not ask the identity store for every call', async () => {
    const fixture = await makeFixture();
    const client = await clientOf(fixture);
    await client.login(fixture.users.tenantUser);
    const before = fixture.people.lookups;
    for (let i = 0; i < 20; i++) await call(client);
    expect(fixture.people.lookups).toBe(before);
  });
});

describe('handlers', () => {
  it.each(['hmac-sm3', 'sm2-sm3'] as const)('are told that a call was signed by %s', async (signing) => {
    const seen: unknown[] = [];
    const fixture = await makeFixture({
      handlers: {
        hash: async (_params: never, context) => {
          seen.push([context.signing, context.principal?.userId, context.remoteAddress]);
          return { digest: toBase64(new Uint8Array(32)) };
        },
      },
    });
    const client = await clientOf(fixture);
    await client.login({ ...fixture.users.tenantUser, signing });
    await call(client);
    expect(seen).toEqual([[signing, 'alice', '192.0.2.1']]);
  });
});
