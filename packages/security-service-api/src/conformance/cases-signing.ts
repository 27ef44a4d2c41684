import { equalBytes, hmacSm3, toBase64, utf8 } from '@cssi/sm-core';
import { expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { createClient } from '../client/client.ts';
import { coreOperations } from '../spec/v1/operations.ts';
import { HEADERS } from '../spec/v1/request-signing.ts';
import type { TransportRequest } from '../spec/v1/service.ts';
import { anonymous, expectRefusal, type ServiceCase, type Visit, visit } from './harness.ts';

const hashOnce = ({ client }: Visit, data = 'abc') =>
  client.call(coreOperations.hash, { data: toBase64(utf8(data)) });

const setHeader =
  (name: string, value: (old: string) => string) =>
  (request: TransportRequest): TransportRequest => ({
    ...request,
    headers: { ...request.headers, [name]: value(request.headers[name] ?? '') },
  });

const withoutHeader =
  (name: string) =>
  (request: TransportRequest): TransportRequest => ({
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([other]) => other !== name)),
  });

/** A case in which one change on the way must make the service refuse the call. */
const tampered = (
  id: string,
  clause: string,
  change: (request: TransportRequest) => TransportRequest,
  codes: readonly string[],
): ServiceCase => ({
  id: `api.signing.${id}`,
  clause,
  level: 'MUST',
  run: (harness) =>
    visit(harness, harness.users.tenantUser, async (current) => {
      current.wire.change = change;
      await expectRefusal(() => hashOnce(current), codes, id);
      current.wire.change = undefined;
      await hashOnce(current);
    }),
});

const flipHex = (text: string): string => text.replace(/.$/, (c) => (c === '0' ? '1' : '0'));

/** Cases about signed requests and authenticated answers. */
export const signingCases: readonly ServiceCase[] = [
  {
    id: 'api.signing.hmac-sm3',
    clause: 'TCCIA-048',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => void (await hashOnce(current)), {
        signing: 'hmac-sm3',
      }),
  },
  {
    id: 'api.signing.sm2-sm3',
    clause: 'TCCIA-048',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => void (await hashOnce(current)), {
        signing: 'sm2-sm3',
      }),
  },
  {
    id: 'api.signing.concurrent',
    clause: 'TCCIA-131',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        const calls = Array.from({ length: 100 }, (_, i) => hashOnce(current, String(i)));
        expectTrue(
          new Set((await Promise.all(calls)).map(({ digest }) => digest)).size === 100,
          '100 calls at once',
        );
      }),
  },
  {
    id: 'api.signing.every-operation',
    clause: 'TCCIA-136',
    level: 'MUST',
    run: (harness) =>
      anonymous(harness, async (_client, wire) => {
        for (const operation of harness.operations.filter(({ auth }) => auth === 'session')) {
          const response = await wire.send({
            method: 'POST',
            path: operation.path,
            query: '',
            headers: {
              [HEADERS.host]: wire.host,
              [HEADERS.contentType]:
                operation.body === 'json' ? 'application/json' : 'application/octet-stream',
            },
            body: operation.body === 'json' ? utf8('{}') : new Uint8Array(0),
          });
          // Parameters may be refused first; what must never come is a result.
          expectTrue(
            response.status === 401 || response.status === 400,
            `${operation.name} without a session`,
          );
        }
      }),
  },
  {
    id: 'api.signing.no-token',
    clause: 'TCCIA-136',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        current.wire.change = (request) => ({
          ...request,
          headers: {
            [HEADERS.host]: request.headers[HEADERS.host]!,
            [HEADERS.contentType]: request.headers[HEADERS.contentType]!,
          },
        });
        await expectRefusal(() => hashOnce(current), ['ERR_API_AUTHENTICATION_REQUIRED'], 'no token');
      }),
  },
  ...[HEADERS.authorization, HEADERS.date, HEADERS.nonce, HEADERS.contentSm3, HEADERS.session].map((name) =>
    tampered(`missing-${name}`, 'TCCIA-136', withoutHeader(name), ['ERR_API_AUTHENTICATION_REQUIRED']),
  ),
  tampered(
    'body',
    'TCCIA-131',
    (request) => ({ ...request, body: utf8(JSON.stringify({ data: toBase64(utf8('abd')) })) }),
    ['ERR_API_CONTENT_DIGEST'],
  ),
  tampered(
    'path',
    'TCCIA-131',
    (request) => ({ ...request, path: coreOperations.sign.path }),
    // Where the other operation is not offered or has other parameters, those refuse first.
    ['ERR_API_SIGNATURE_WRONG', 'ERR_API_PARAMETERS_INVALID', 'ERR_API_ROUTE_UNKNOWN'],
  ),
  tampered('signature', 'TCCIA-131', setHeader(HEADERS.authorization, flipHex), ['ERR_API_SIGNATURE_WRONG']),
  tampered(
    'content-type',
    'TCCIA-131',
    setHeader(HEADERS.contentType, (old) => `${old}; charset=utf-8`),
    ['ERR_API_SIGNATURE_WRONG'],
  ),
  tampered(
    'nonce',
    'TCCIA-131',
    setHeader(HEADERS.nonce, (old) => String(Number(old) + 7)),
    ['ERR_API_SIGNATURE_WRONG'],
  ),
  tampered(
    'nonce-not-a-number',
    'TCCIA-131',
    setHeader(HEADERS.nonce, () => '1e3'),
    ['ERR_API_AUTHORIZATION_MALFORMED'],
  ),
  tampered('unknown-token', 'TCCIA-136', setHeader(HEADERS.session, flipHex), ['ERR_API_SESSION_INVALID']),
  tampered(
    'malformed-authorization',
    'TCCIA-136',
    setHeader(HEADERS.authorization, () => 'Bearer abc'),
    ['ERR_API_AUTHORIZATION_MALFORMED'],
  ),
  tampered(
    'header-not-covered',
    'TCCIA-131',
    setHeader(HEADERS.authorization, (old) => old.replace('x-kms-nonce;', '')),
    ['ERR_API_SIGNED_HEADERS'],
  ),
  tampered(
    'hmac-sha256',
    'KMS1-HMAC-SHA256 is not a national algorithm',
    setHeader(HEADERS.authorization, (old) => old.replace('KMS1-HMAC-SM3', 'KMS1-HMAC-SHA256')),
    ['ERR_API_SIGNATURE_ALGORITHM'],
  ),
  tampered(
    'not-the-session-mode',
    'TCCIA-131',
    setHeader(HEADERS.authorization, (old) => old.replace('KMS1-HMAC-SM3', 'KMS1-SM2-SM3')),
    ['ERR_API_SIGNATURE_ALGORITHM'],
  ),
  ...(
    [
      ['old-date', -301],
      ['future-date', 301],
    ] as const
  ).map(
    ([id, skew]): ServiceCase => ({
      id: `api.signing.${id}`,
      clause: 'TCCIA-131',
      level: 'MUST',
      run: (harness) =>
        visit(harness, harness.users.tenantUser, async (current) => {
          current.skew = skew;
          await expectRefusal(() => hashOnce(current), ['ERR_API_DATE_SKEW'], id);
        }),
    }),
  ),
  {
    id: 'api.signing.replay',
    clause: 'TCCIA-131',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        await hashOnce(current);
        const recorded = current.wire.sent.at(-1)!;
        current.wire.change = () => recorded;
        await expectRefusal(() => hashOnce(current), ['ERR_API_REPLAY'], 'replay');
        await expectRefusal(() => hashOnce(current), ['ERR_API_REPLAY'], 'second replay');
      }),
  },
  {
    id: 'api.signing.replay-at-once',
    clause: 'TCCIA-131',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        await hashOnce(current);
        let next: TransportRequest | undefined;
        current.wire.change = (request) => {
          next = request;
          return withoutHeader(HEADERS.authorization)(request);
        };
        await expectRefusal(() => hashOnce(current), ['ERR_API_AUTHENTICATION_REQUIRED'], 'capture');
        const { wire } = current;
        wire.change = undefined;
        const answers = await Promise.all(Array.from({ length: 8 }, () => wire.send(next!)));
        expectTrue(
          answers.filter(({ status }) => status === 200).length === 1,
          'one of eight equal calls is served',
        );
      }),
  },
  {
    id: 'api.signing.other-session',
    clause: 'TCCIA-131',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, (mine) =>
        visit(harness, harness.users.otherTenantUser, async (other) => {
          await hashOnce(other);
          const token = other.wire.sent.at(-1)!.headers[HEADERS.session]!;
          mine.wire.change = setHeader(HEADERS.session, () => token);
          await expectRefusal(() => hashOnce(mine), ['ERR_API_SIGNATURE_WRONG'], "another session's token");
        }),
      ),
  },
  {
    id: 'api.signing.response-mac',
    clause: 'TCCIA-131',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async (current) => {
        await hashOnce(current);
        const response = current.wire.received.at(-1)!;
        const mac = response.headers[HEADERS.responseMac] ?? '';
        expectTrue(/^[0-9a-f]{64}$/.test(mac), 'the answer carries a MAC');
        const guess = hmacSm3(new Uint8Array(32), response.body);
        expectTrue(!equalBytes(guess, Uint8Array.from(Buffer.from(mac, 'hex'))), 'the MAC has a secret key');
        // The client checks it: the answer to one call is worthless as the answer to another.
        current.wire.answer = () => response;
        await expectCode(() => hashOnce(current), ['ERR_API_RESPONSE_MAC'], 'a swapped answer');
        current.wire.answer = (own) => ({ ...own, body: response.body });
        await expectCode(() => hashOnce(current, 'other'), ['ERR_API_RESPONSE_MAC'], 'a changed answer');
        current.wire.answer = ({ status, body, headers }) => ({
          status,
          body,
          headers: Object.fromEntries(
            Object.entries(headers).filter(([name]) => name !== HEADERS.responseMac),
          ),
        });
        await expectCode(() => hashOnce(current), ['ERR_API_RESPONSE_MAC'], 'an answer without MAC');
      }),
  },
  {
    id: 'api.signing.not-logged-in',
    clause: 'TCCIA-136',
    level: 'MUST',
    run: async (harness) => {
      const client = createClient(await harness.transport(), { clock: () => harness.now() });
      const call = () => client.call(coreOperations.hash, { data: '' });
      await expectCode(call, ['ERR_API_NOT_LOGGED_IN'], 'call before login');
      await client.close();
    },
  },
];
