import { randomBytes } from 'node:crypto';
import { SEAL_OPERATIONS } from '@cssi/seal';
import {
  coreOperations,
  type Operation,
  ROLE_PERMISSIONS,
  type Role,
  type ServiceClient,
} from '@cssi/security-service-api';
import { SmError, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { mutated, pick, SEED, randomBytes as seededBytes } from './support/fuzzer.ts';
import { enrolled, enter } from './support/people.ts';
import { expectRefusal, probeOf } from './support/probe.ts';
import { operations } from './support/samples.ts';
import { machineClock } from './support/server.ts';
import { runningWorld } from './support/world.ts';

const world = runningWorld();
const listKeys = (client: ServiceClient) => client.call(coreOperations['key.list'], {});

const encode = (value: unknown): string => encodeURIComponent(String(value));
const queryOf = (params: object): string =>
  Object.entries(params)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');

describe('sessions', () => {
  it('are needed by every operation that is not for everybody [part of TCCIA-136]', async () => {
    const open = new Set([
      'version',
      'errors.list',
      'session.challenge',
      'session.open',
      'identity.activate',
    ]);
    const closed = operations.filter(({ operation }) => operation.auth === 'session');
    expect(
      operations
        .filter(({ operation }) => !closed.some((c) => c.operation === operation))
        .map(({ operation }) => operation.name)
        .sort(),
    ).toEqual([...open].sort());
    expect(closed.length).toBeGreaterThan(20);
    for (const { operation, params } of closed) {
      const json = operation.body === 'json';
      const query = json ? '' : `?${queryOf(params)}`;
      await world.refusal(
        {
          path: operation.path + query,
          headers: { 'content-type': json ? 'application/json' : 'application/octet-stream' },
          body: json ? JSON.stringify(params) : '',
        },
        'ERR_API_AUTHENTICATION_REQUIRED',
      );
    }
  });

  const header = (name: string, value: (old: string) => string) => () => {
    world.probe.mutate = (request) => ({
      ...request,
      headers: { ...request.headers, [name]: value(request.headers[name]!) },
    });
  };
  const lastDigit = (old: string) => old.slice(0, -1) + (old.endsWith('0') ? '1' : '0');
  it.each([
    ['a wrong signature', header('authorization', lastDigit), 'ERR_API_SIGNATURE_WRONG'],
    ['no signature', header('authorization', () => ''), 'ERR_API_AUTHORIZATION_MALFORMED'],
    [
      'a signature scheme of others',
      header('authorization', (old) => old.replace('KMS1-HMAC-SM3', 'KMS1-HMAC-SHA256')),
      'ERR_API_SIGNATURE_ALGORITHM',
    ],
    ['another session', header('x-kms-session', lastDigit), 'ERR_API_SESSION_INVALID'],
    ['a session of no form', header('x-kms-session', () => '../x'), 'ERR_API_AUTHORIZATION_MALFORMED'],
    [
      'another sequence number',
      header('x-kms-nonce', (old) => String(Number(old) + 7)),
      'ERR_API_SIGNATURE_WRONG',
    ],
    ['an old date', header('x-kms-date', () => '20200101T000000Z'), 'ERR_API_AUTHORIZATION_MALFORMED'],
    ['another body digest', header('x-kms-content-sm3', lastDigit), 'ERR_API_CONTENT_DIGEST'],
  ] as const)('refuse %s [part of TCCIA-131]', async (_what, tamper, code) => {
    tamper();
    await world.refusedCall(listKeys, code);
  });

  it('refuse a changed body and a changed operation [part of TCCIA-131]', async () => {
    world.probe.mutate = (request) => ({ ...request, body: utf8('{"limit":7}') });
    await world.refusedCall(listKeys, 'ERR_API_CONTENT_DIGEST');
    world.probe.mutate = (request) => ({ ...request, path: '/v1/session/close' });
    await world.refusedCall(listKeys, 'ERR_API_SIGNATURE_WRONG');
  });

  it('refuse a request that came before [part of TCCIA-131]', async () => {
    await listKeys(world.user.client);
    const recorded = world.probe.lastRequest!;
    const answer = await world.door.transport().send(recorded);
    expectRefusal(answer, ['ERR_API_REPLAY']);
  });

  it('refuse the session of somebody else', async () => {
    const foreign = probeOf(world.door.transport());
    const third = await enrolled(
      { transport: () => foreign.transport, clock: machineClock },
      world.admins.security,
      'acme-third',
      'acme',
      ['tenant-user'],
    );
    await listKeys(third.client);
    const token = foreign.lastRequest!.headers['x-kms-session']!;
    header('x-kms-session', () => token)();
    await world.refusedCall(listKeys, 'ERR_API_SIGNATURE_WRONG');
    const { 'x-kms-session': _token, ...rest } = foreign.lastRequest!.headers;
    expectRefusal(await world.raw({ path: '/v1/key/list', headers: rest, body: '{}' }), [
      'ERR_API_AUTHENTICATION_REQUIRED',
    ]);
    await third.client.close();
    expectRefusal(await world.door.transport().send(foreign.lastRequest!), ['ERR_API_SESSION_INVALID']);
  });
});

describe('logins and activations', () => {
  const pair = sm2.generateKeyPair();
  const bytes = (length: number) => toBase64(randomBytes(length));
  const activation = {
    activationToken: 'A'.repeat(43),
    publicKey: toBase64(pair.publicKey),
    possession: bytes(70),
  };
  it.each([
    ['a short key', { ...activation, publicKey: bytes(64) }, 'ERR_API_PARAMETERS_INVALID'],
    ['a long key', { ...activation, publicKey: bytes(66) }, 'ERR_API_PARAMETERS_INVALID'],
    ['no base64', { ...activation, publicKey: 'ä'.repeat(88) }, 'ERR_API_PARAMETERS_INVALID'],
    ['a short token', { ...activation, activationToken: 'A'.repeat(42) }, 'ERR_API_PARAMETERS_INVALID'],
    [
      'a token with other characters',
      { ...activation, activationToken: `${'A'.repeat(42)}/` },
      'ERR_API_PARAMETERS_INVALID',
    ],
    ['an unknown token', activation, 'ERR_IDENTITY_TOKEN_INVALID'],
  ])('refuse %s', (_what, body, code) =>
    world.refusal({ path: '/v1/identity/activate', body: JSON.stringify(body) }, code),
  );

  it('refuse a point off the curve, and the token stays good', async () => {
    const { activationToken } = await world.admins.security.call(coreOperations['identity.enroll'], {
      userId: 'acme-late',
      name: 'Late',
      tenantId: 'acme',
      roles: [],
    });
    const offCurve = Uint8Array.from([4, ...randomBytes(64)]);
    for (const publicKey of [offCurve, new Uint8Array(65), Uint8Array.from([2, ...new Uint8Array(64)])]) {
      const body = JSON.stringify({ ...activation, activationToken, publicKey: toBase64(publicKey) });
      await world.refusal({ path: '/v1/identity/activate', body }, 'ERR_API_LOGIN_FAILED');
    }
    expect((await enter(world.door, activationToken)).userId).toBe('acme-late');
  });

  it('refuse malformed certificates and challenges that were never given', async () => {
    const login = {
      certificate: bytes(300),
      challenge: bytes(32),
      ephemeralPublicKey: toBase64(pair.publicKey),
      signing: 'hmac-sm3',
      signature: bytes(70),
    };
    await world.refusal(
      { path: '/v1/session/open', body: JSON.stringify(login) },
      'ERR_API_CHALLENGE_INVALID',
    );
    for (const certificate of [
      bytes(300),
      toBase64(world.user.certificate.subarray(0, 200)),
      toBase64(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)),
    ]) {
      const asked = await world.raw({ path: '/v1/session/challenge', body: '{}' });
      const { challenge } = JSON.parse(Buffer.from(asked.body).toString()) as { challenge: string };
      await world.refusal(
        { path: '/v1/session/open', body: JSON.stringify({ ...login, certificate, challenge }) },
        'ERR_API_LOGIN_FAILED',
      );
    }
  });
});

const ROUNDS = 400;
const clients = new Map<Role, ServiceClient>();
beforeAll(async () => {
  const { admins, door } = world;
  const people = { system: 'system-admin', security: 'security-admin', auditor: 'auditor' } as const;
  for (const [name, role] of Object.entries(people)) clients.set(role, admins[name as keyof typeof people]);
  clients.set('tenant-user', world.user.client);
  const device = await enrolled(door, admins.security, 'edge-1', 'acme', ['device'], 'sm2-sm3');
  clients.set('device', device.client);
});

/** Somebody who may call the operation. */
function allowed({ permission }: Operation): ServiceClient {
  const covers = (granted: string) =>
    granted === permission ||
    (granted.endsWith('.*') && permission?.startsWith(granted.slice(0, -1)) === true);
  const role = (Object.keys(ROLE_PERMISSIONS) as Role[]).find((name) => ROLE_PERMISSIONS[name].some(covers));
  return clients.get(role ?? 'tenant-user')!;
}

describe('random requests', () => {
  // Closing the session would end the run; its refusals are tested elsewhere.
  const targets = operations.filter(({ operation }) => operation.name !== 'session.close');

  it(`of every kind are answered, or refused with a code: ${ROUNDS}, seed ${SEED}`, async () => {
    const outcomes = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const { operation, params } = targets[round % targets.length]!;
      const stream = operation.body !== 'json';
      const body = stream && operation.body !== 'stream-out' ? seededBytes(pick(2000)) : undefined;
      const sent = mutated(params, stream);
      let outcome = 'answered';
      try {
        await allowed(operation).call(operation, sent as never, body);
      } catch (error) {
        expect(error, `round ${round}, ${operation.name}`).toBeInstanceOf(SmError);
        const { code, category } = error as SmError;
        // Nothing random may look like a failure of the server, or break the connection.
        expect([category, code], `round ${round}, ${operation.name}`).not.toContain('internal');
        expect(category, `round ${round}, ${operation.name}, ${code}`).not.toBe('unavailable');
        outcome = code;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    console.info([...outcomes].map(([code, count]) => `${code} ${count}`).join(', '));
    expect(outcomes.get('answered')).toBeGreaterThan(ROUNDS / 20);
    expect(outcomes.size).toBeGreaterThan(8);
  });

  it('in one burst are answered as well, and each has its own id', async () => {
    const client = clients.get('tenant-user')!;
    const verify = SEAL_OPERATIONS.find(({ name }) => name === 'seal.ofd.verify')!;
    const ids = await Promise.all(
      Array.from({ length: 60 }, async () => {
        try {
          await client.call(verify, {} as never, seededBytes(1 + pick(3000)));
        } catch (error) {
          return (error as { requestId: string }).requestId;
        }
        return '';
      }),
    );
    expect(new Set(ids).size).toBe(60);
  });
});
