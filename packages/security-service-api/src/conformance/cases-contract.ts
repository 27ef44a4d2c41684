import { fromUtf8, parseJson, toBase64, toHex, utf8 } from '@cssi/sm-core';
import { expectTrue } from '@cssi/sm-core/conformance';
import { coreOperations } from '../spec/v1/operations.ts';
import { HEADERS } from '../spec/v1/request-signing.ts';
import type { ServiceResponse } from '../spec/v1/service.ts';
import {
  anonymous,
  expectRefusal,
  operationOf,
  type ServiceCase,
  type ServiceHarness,
  visit,
} from './harness.ts';

/** Sends bytes as they are and gives the answer. */
async function raw(
  harness: ServiceHarness,
  request: {
    path?: string;
    query?: string;
    method?: string;
    contentType?: string;
    body?: Uint8Array | string;
  },
): Promise<ServiceResponse> {
  const transport = await harness.transport();
  try {
    return await transport.send({
      method: request.method ?? 'POST',
      path: request.path ?? coreOperations.version.path,
      query: request.query ?? '',
      headers: {
        [HEADERS.host]: transport.host,
        [HEADERS.contentType]: request.contentType ?? 'application/json',
      },
      body:
        typeof request.body === 'string' ? utf8(request.body) : (request.body ?? utf8('{"versions":["1"]}')),
    });
  } finally {
    await transport.close();
  }
}

function expectError(
  response: ServiceResponse,
  status: number,
  codes: readonly string[],
  what: string,
): void {
  const text = fromUtf8(response.body);
  expectTrue(response.status === status, `${what}: status ${response.status}, expected ${status}`);
  const body = parseJson(text, 65_536) as Readonly<Record<string, unknown>>;
  expectTrue(
    codes.includes(String(body.code)),
    `${what}: code ${String(body.code)}, expected ${codes.join(' or ')}`,
  );
  for (const member of ['message', 'messageZh', 'category']) {
    expectTrue(
      typeof body[member] === 'string' && body[member] !== '',
      `${what}: error body without ${member}`,
    );
  }
  expectTrue(typeof body.retryable === 'boolean', `${what}: error body without retryable`);
  expectTrue(body.requestId === response.headers[HEADERS.requestId], `${what}: two request ids`);
}

const malformed = (id: string, body: Uint8Array | string, codes: readonly string[]): ServiceCase => ({
  id: `api.input.${id}`,
  clause: 'CSSI-001, TCCIA-135',
  level: 'MUST',
  run: async (harness) => expectError(await raw(harness, { body }), 400, codes, id),
});

const JSON_ONLY = ['ERR_API_JSON_MALFORMED'];
const EITHER = ['ERR_API_JSON_MALFORMED', 'ERR_API_PARAMETERS_INVALID'];

/** Cases about versions, message shapes and input limits. */
export const contractCases: readonly ServiceCase[] = [
  {
    id: 'api.version.common',
    clause: 'CSSI-002',
    level: 'MUST',
    run: (harness) =>
      anonymous(harness, async (client) => {
        const { chosen, supported } = await client.negotiate(['999', '1.7']);
        expectTrue(chosen === '1' && supported.includes('1'), `version 1 chosen, got ${chosen}`);
      }),
  },
  {
    id: 'api.version.unknown-major',
    clause: 'CSSI-002',
    level: 'MUST',
    run: (harness) =>
      anonymous(harness, async (client) => {
        await expectRefusal(
          () => client.negotiate(['998', '999.1']),
          ['ERR_API_VERSION_UNSUPPORTED'],
          'unknown major',
        );
      }),
  },
  {
    id: 'api.version.unknown-major-path',
    clause: 'CSSI-002',
    level: 'MUST',
    run: async (harness) =>
      expectError(
        await raw(harness, { path: '/v999/version' }),
        422,
        ['ERR_API_VERSION_UNSUPPORTED'],
        'path',
      ),
  },
  {
    id: 'api.errors.catalogue',
    clause: 'TCCIA-117',
    level: 'MUST',
    run: (harness) =>
      anonymous(harness, async (client) => {
        const { errors } = await client.call(coreOperations['errors.list'], {});
        const codes = new Set(errors.map(({ code }) => code));
        for (const code of ['ERR_API_REPLAY', 'ERR_API_INTERNAL', 'ERR_DECRYPT_FAILED']) {
          expectTrue(codes.has(code), `the catalogue has ${code}`);
        }
        expectTrue(codes.size === errors.length, 'codes are unique');
        expectTrue(new Set(errors.map(({ status }) => status)).size === errors.length, 'numbers are unique');
      }),
  },
  {
    id: 'api.extension.ignored',
    clause: 'CSSI-003',
    level: 'MUST',
    run: (harness) =>
      anonymous(harness, async (client) => {
        const params = { versions: ['1'] };
        const extensions = { 'x-example': { any: [1, 'thing'] } };
        const { chosen } = await client.call(coreOperations.version, params, undefined, { extensions });
        expectTrue(chosen === '1', 'an unknown extension is ignored');
      }),
  },
  {
    id: 'api.extension.critical-unknown',
    clause: 'CSSI-003',
    level: 'MUST',
    run: (harness) =>
      anonymous(harness, async (client) => {
        const extras = { extensions: { 'x-example': 1 }, critical: ['x-example'] };
        await expectRefusal(
          () => client.call(coreOperations.version, { versions: ['1'] }, undefined, extras),
          ['ERR_API_CRITICAL_UNKNOWN'],
          'unknown critical extension',
        );
      }),
  },
  malformed('unknown-member', '{"versions":["1"],"other":1}', ['ERR_API_PARAMETERS_INVALID']),
  malformed('missing-member', '{}', ['ERR_API_PARAMETERS_INVALID']),
  malformed('wrong-type', '{"versions":"1"}', ['ERR_API_PARAMETERS_INVALID']),
  malformed('null-member', '{"versions":null}', ['ERR_API_PARAMETERS_INVALID']),
  malformed('too-many-items', JSON.stringify({ versions: Array(17).fill('1') }), [
    'ERR_API_PARAMETERS_INVALID',
  ]),
  malformed('huge-array', `{"versions":[${'1,'.repeat(200_000)}1]}`, EITHER),
  malformed('not-json', 'versions=1', JSON_ONLY),
  malformed('truncated-json', '{"versions":["1"', JSON_ONLY),
  malformed('empty', '', JSON_ONLY),
  malformed('not-an-object', '["1"]', JSON_ONLY),
  malformed('not-utf8', Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d), JSON_ONLY),
  malformed('deep', `{"versions":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, JSON_ONLY),
  malformed('prototype-name', '{"versions":["1"],"__proto__":{"admin":true}}', EITHER),
  malformed('prototype-name-in-extension', '{"versions":["1"],"x-a":{"__proto__":{"admin":true}}}', EITHER),
  malformed('constructor-name', '{"versions":["1"],"constructor":{"prototype":{"admin":true}}}', EITHER),
  {
    id: 'api.input.oversize',
    clause: 'CSSI-001',
    level: 'MUST',
    run: async (harness) => {
      let response: ServiceResponse;
      try {
        response = await raw(harness, { body: `{"versions":["1"],"x-fill":"${'a'.repeat(1 << 20)}"}` });
      } catch (error) {
        // A server may close the connection before it has read the rest.
        expectTrue((error as { code?: string }).code === 'ERR_API_CONNECTION', 'refused or cut off');
        return;
      }
      expectError(response, 413, ['ERR_API_BODY_TOO_LARGE'], 'oversize');
    },
  },
  {
    id: 'api.input.content-type',
    clause: 'TCCIA-135',
    level: 'MUST',
    run: async (harness) => {
      for (const contentType of ['text/plain', 'application/octet-stream', 'application/json; charset=gbk']) {
        expectError(await raw(harness, { contentType }), 415, ['ERR_API_CONTENT_TYPE'], contentType);
      }
    },
  },
  {
    id: 'api.input.method',
    clause: 'TCCIA-133',
    level: 'MUST',
    run: async (harness) => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const response = await raw(harness, { method, body: new Uint8Array(0) });
        expectError(response, 405, ['ERR_API_METHOD_NOT_ALLOWED'], method);
      }
    },
  },
  {
    id: 'api.input.unknown-path',
    clause: 'CSSI-001',
    level: 'MUST',
    run: async (harness) => {
      for (const path of [
        '/',
        '/v1/nothing',
        '/v1/version/',
        '/v1/../v1/version',
        '/V1/version',
        '/v1/%76ersion',
      ]) {
        expectError(await raw(harness, { path }), 404, ['ERR_API_ROUTE_UNKNOWN'], path);
      }
    },
  },
  {
    id: 'api.input.query-on-json',
    clause: 'CSSI-001',
    level: 'MUST',
    run: async (harness) =>
      expectError(await raw(harness, { query: 'versions=1' }), 400, ['ERR_API_REQUEST_MALFORMED'], 'query'),
  },
  {
    id: 'api.text.utf-8',
    clause: 'TCCIA-134, TCCIA-135',
    level: 'MUST',
    run: async (harness) => {
      const response = await raw(harness, { path: coreOperations['errors.list'].path, body: '{}' });
      expectTrue(response.status === 200, `status ${response.status}`);
      expectTrue(
        /^application\/json; charset=utf-8$/i.test(response.headers[HEADERS.contentType] ?? ''),
        'answers say that they are JSON in UTF-8',
      );
      expectTrue(/\p{Script=Han}/u.test(fromUtf8(response.body)), 'Chinese text arrives');
    },
  },
  {
    id: 'api.request-id.unique',
    clause: 'TCCIA-118',
    level: 'MUST',
    run: async (harness) => {
      const seen = new Set<string>();
      for (let i = 0; i < 20; i++) seen.add((await raw(harness, {})).headers[HEADERS.requestId] ?? '');
      expectTrue(seen.size === 20 && !seen.has(''), 'every answer has a request id of its own');
    },
  },
  {
    id: 'api.internal.no-leak',
    clause: 'TCCIA-118',
    level: 'MUST',
    requires: ['fault'],
    run: async (harness) => {
      const { operation, text } = harness.fault!;
      const response = await raw(harness, { path: operation.path, body: '{}' });
      expectError(response, 500, ['ERR_API_INTERNAL'], 'fault');
      const all = fromUtf8(response.body) + JSON.stringify(response.headers);
      expectTrue(
        !all.includes(text) && !all.includes('.ts:') && !all.includes('.js:'),
        'the inner error stays inside',
      );
      expectTrue((await raw(harness, {})).status === 200, 'the service lives on');
    },
  },
  {
    id: 'api.result.hash',
    clause: 'GB/T 32905-2016 A.1',
    level: 'MUST',
    run: (harness) =>
      visit(harness, harness.users.tenantUser, async ({ client }) => {
        operationOf(harness, 'hash');
        const { digest } = await client.call(coreOperations.hash, { data: toBase64(utf8('abc')) });
        const expected = '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0';
        expectTrue(toHex(Uint8Array.from(Buffer.from(digest, 'base64'))) === expected, 'SM3("abc")');
      }),
  },
];
