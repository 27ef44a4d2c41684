import { fromUtf8, hmacSm3, toBase64, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  coreOperations,
  createClient,
  HEADERS,
  RemoteError,
  type ServiceResponse,
  type Transport,
} from '../src/index.ts';
import { makeFixture } from './support/fixture.ts';

const ID = 'ab'.repeat(16);

/** A transport that always gives the same answer. */
function answering(response: Partial<ServiceResponse> & { json?: unknown }): Transport {
  return {
    name: 'fixed',
    host: 'fixed',
    send: async () => ({
      status: response.status ?? 200,
      headers: {
        [HEADERS.contentType]: 'application/json; charset=utf-8',
        [HEADERS.requestId]: ID,
        ...response.headers,
      },
      body: response.body ?? utf8(JSON.stringify(response.json)),
    }),
    close: async () => {},
  };
}

const version = { chosen: '1', supported: ['1'], serverTime: '2026-12-01T00:00:00.000Z' };
const refusalBody = {
  requestId: ID,
  code: 'ERR_OTHER_LAYER',
  status: 0x0812,
  category: 'conflict',
  message: 'No.',
  messageZh: '否。',
  retryable: true,
};

describe('answers', () => {
  it('of a later minor version are understood: unknown members are dropped [part of CSSI-002]', async () => {
    const client = createClient(answering({ json: { ...version, added: { later: true } } }));
    expect(await client.negotiate()).toEqual(version);
  });

  it('that refuse become an error with the code of the service', async () => {
    const client = createClient(answering({ status: 409, json: refusalBody }));
    const error = await client.negotiate().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      name: 'RemoteError',
      code: 'ERR_OTHER_LAYER',
      status: 0x0812,
      category: 'conflict',
      message: 'No.',
      messageZh: '否。',
      requestId: ID,
      retryable: true,
      httpStatus: 409,
      authenticated: false,
    });
  });

  it.each<[string, Parameters<typeof answering>[0]]>([
    ['a member missing', { json: { chosen: '1', supported: ['1'] } }],
    ['a wrong type', { json: { ...version, supported: '1' } }],
    ['no JSON', { body: utf8('<html>') }],
    ['no UTF-8', { body: Uint8Array.of(0x22, 0xff, 0x22) }],
    ['null', { json: null }],
    ['another content type', { json: version, headers: { [HEADERS.contentType]: 'text/html' } }],
    ['no request id', { json: version, headers: { [HEADERS.requestId]: '' } }],
    ['a redirect', { status: 302, json: refusalBody }],
    [
      'an error body for another request',
      { status: 400, json: { ...refusalBody, requestId: 'cd'.repeat(16) } },
    ],
    ['an error body without code', { status: 400, json: { ...refusalBody, code: undefined } }],
    ['a code with strange characters', { status: 400, json: { ...refusalBody, code: 'a\u001b[31m' } }],
    ['status 200 with too much', { body: utf8(JSON.stringify({ ...version, fill: 'a'.repeat(2000) })) }],
  ])('with %s are refused', async (_what, response) => {
    const client = createClient(answering(response), { maxResponseBytes: 1000 });
    await expect(client.negotiate()).rejects.toMatchObject({ code: 'ERR_API_RESPONSE_INVALID' });
  });
});

describe('signed calls', () => {
  it('believe no result without the MAC of the session, and mark refusals without it [TCCIA-131]', async () => {
    const fixture = await makeFixture();
    const inner = await fixture.transport();
    let instead: ServiceResponse | undefined;
    const client = createClient(
      { ...inner, send: async (request) => instead ?? inner.send(request) },
      { clock: fixture.now },
    );
    await client.login(fixture.users.tenantUser);
    const call = () => client.call(coreOperations.hash, { data: '' });
    const digest = { digest: toBase64(new Uint8Array(32)) };
    const headers = { [HEADERS.contentType]: 'application/json', [HEADERS.requestId]: ID };
    const body = utf8(JSON.stringify(digest));
    const forged = ['', '00', '00'.repeat(32), toHex(hmacSm3(new Uint8Array(32), body)), 'ZZ'.repeat(32)];
    for (const mac of [undefined, ...forged]) {
      instead = {
        status: 200,
        body,
        headers: { ...headers, ...(mac === undefined ? {} : { [HEADERS.responseMac]: mac }) },
      };
      await expect(call()).rejects.toMatchObject({ code: 'ERR_API_RESPONSE_MAC' });
    }
    instead = { status: 409, body: utf8(JSON.stringify(refusalBody)), headers };
    await expect(call()).rejects.toMatchObject({ code: 'ERR_OTHER_LAYER', authenticated: false });
    instead = undefined;
    await expect(
      client.call(coreOperations['audit.read'], { fromSequence: 0, limit: 1 }),
    ).rejects.toMatchObject({ code: 'ERR_API_ACCESS_DENIED', authenticated: true });
  });

  it('have sequence numbers without gaps, also when many run at once', async () => {
    const fixture = await makeFixture();
    const inner = await fixture.transport();
    const numbers: number[] = [];
    let underWay = 0;
    let most = 0;
    const client = createClient(
      {
        ...inner,
        send: async (request) => {
          underWay += 1;
          most = Math.max(most, underWay);
          const nonce = request.headers[HEADERS.nonce];
          if (nonce !== undefined) numbers.push(Number(nonce));
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
          underWay -= 1;
          return inner.send(request);
        },
      },
      { clock: fixture.now, maxConcurrentCalls: 10 },
    );
    await client.login(fixture.users.tenantUser);
    await Promise.all(Array.from({ length: 100 }, () => client.call(coreOperations.random, { length: 16 })));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(most).toBe(10);
  });

  it('follow the clock of the server, whatever the own one says', async () => {
    const fixture = await makeFixture();
    const wrong = () => new Date(fixture.now().getTime() - 40 * 86_400_000);
    const client = createClient(await fixture.transport(), { clock: wrong });
    await client.login(fixture.users.tenantUser);
    await client.call(coreOperations.hash, { data: '' });
  });

  it('forget the session at logout even when the service is gone', async () => {
    const fixture = await makeFixture();
    const inner = await fixture.transport();
    let gone = false;
    const client = createClient(
      {
        ...inner,
        send: async (request) => {
          if (gone) throw new Error('gone');
          return inner.send(request);
        },
      },
      { clock: fixture.now },
    );
    await client.login(fixture.users.tenantUser);
    gone = true;
    await client.logout();
    expect(client.session).toBeUndefined();
    gone = false;
    await expect(client.call(coreOperations.hash, { data: '' })).rejects.toMatchObject({
      code: 'ERR_API_NOT_LOGGED_IN',
    });
  });

  it('close the session on the server at close [part of TCCIA-122]', async () => {
    const fixture = await makeFixture();
    const client = createClient(await fixture.transport(), { clock: fixture.now });
    await client.login(fixture.users.tenantUser);
    await client.close();
    expect(await fixture.sessions.closeUser('alice')).toBe(0);
  });

  it('work for text of every script [TCCIA-134]', async () => {
    const fixture = await makeFixture();
    const client = createClient(await fixture.transport(), { clock: fixture.now });
    const { errors } = await client.call(coreOperations['errors.list'], {});
    const entry = errors.find(({ code }) => code === 'ERR_API_REPLAY');
    expect(entry?.messageZh).toMatch(/\p{Script=Han}/u);
    expect(fromUtf8(utf8(entry!.messageZh))).toBe(entry!.messageZh);
  });
});
