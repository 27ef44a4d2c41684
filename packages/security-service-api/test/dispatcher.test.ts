import { fromUtf8, SM_CORE_ERRORS, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  createClient,
  createDispatcher,
  type Dispatcher,
  defineOperation,
  Members,
  SECURITY_SERVICE_ERRORS,
  type ServiceResponse,
} from '../src/index.ts';
import { parseBody } from '../src/internal/parse-body.ts';
import { HTTP_STATUS } from '../src/spec/v1/errors.ts';
import { encodeQuery } from '../src/spec/v1/query.ts';
import { echoOperation, FAULT_TEXT, faultOperation, makeFixture } from './support/fixture.ts';

const json = (response: ServiceResponse) => JSON.parse(fromUtf8(response.body)) as Record<string, unknown>;

function post(dispatcher: Dispatcher, path: string, body: string | Uint8Array, more: object = {}) {
  return dispatcher.handle({
    method: 'POST',
    path,
    query: '',
    headers: { host: 'test', 'content-type': 'application/json' },
    body: typeof body === 'string' ? utf8(body) : body,
    remoteAddress: '192.0.2.1',
    ...more,
  });
}

describe('dispatcher', () => {
  it('answers only after the audit event is durable', async () => {
    let durable: (() => void) | undefined;
    const fixture = await makeFixture({
      deps: (deps) => ({
        ...deps,
        audit: {
          append: async (event) => {
            await new Promise<void>((resolve) => {
              durable = resolve;
            });
            return deps.audit.append(event);
          },
        },
      }),
    });
    let answered = false;
    const answer = post(fixture.dispatcher, '/v1/version', '{"versions":["1"]}').then((response) => {
      answered = true;
      return response;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(durable).toBeDefined();
    expect(answered).toBe(false);
    durable!();
    expect((await answer).status).toBe(200);
  });

  it('gives no result when the audit log fails, and says so', async () => {
    const fixture = await makeFixture({
      deps: (deps) => ({
        ...deps,
        audit: {
          append: async () => {
            throw new Error(FAULT_TEXT);
          },
        },
      }),
    });
    const response = await post(fixture.dispatcher, '/v1/version', '{"versions":["1"]}');
    expect(response.status).toBe(503);
    expect(json(response)).toMatchObject({ code: 'ERR_API_AUDIT_UNAVAILABLE', retryable: true });
    expect(fromUtf8(response.body)).not.toContain('chosen');
    expect(fromUtf8(response.body)).not.toContain(FAULT_TEXT);
    expect(fixture.internalErrors).toHaveLength(1);
  });

  it('keeps the process alive and the inner error inside, and reports it with the request id [part of TCCIA-118]', async () => {
    const seen: [unknown, string][] = [];
    const fixture = await makeFixture({
      deps: (deps) => ({
        ...deps,
        onInternalError: (error, requestId) => {
          seen.push([error, requestId]);
          throw new Error('the reporter fails as well');
        },
      }),
    });
    const response = await post(fixture.dispatcher, faultOperation.path, '{}');
    expect(response.status).toBe(500);
    expect(json(response)).toMatchObject({
      code: 'ERR_API_INTERNAL',
      category: 'internal',
      retryable: false,
    });
    expect(fromUtf8(response.body)).not.toContain(FAULT_TEXT);
    expect(seen).toHaveLength(1);
    expect((seen[0]![0] as Error).message).toBe(FAULT_TEXT);
    expect(seen[0]![1]).toBe(json(response).requestId);
  });

  it.each([
    ['a secret that was destroyed', () => SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED')],
    ['a string', () => 'text'],
    ['nothing', () => undefined],
    ['a null object', () => Object.create(null) as object],
  ])('treats %s thrown by a handler as internal', async (_what, thrown) => {
    const fixture = await makeFixture({
      handlers: {
        'test.fault': async () => {
          throw thrown();
        },
      },
    });
    expect(json(await post(fixture.dispatcher, faultOperation.path, '{}')).code).toBe('ERR_API_INTERNAL');
  });

  it.each([
    ['a member too many', { a: 1 }],
    ['no object', 'text'],
    ['nothing', undefined],
  ])('does not let out a result with %s', async (_what, result) => {
    const fixture = await makeFixture({ handlers: { 'test.fault': async () => result as never } });
    const response = await post(fixture.dispatcher, faultOperation.path, '{}');
    expect(response.status).toBe(500);
    expect(fixture.internalErrors).toHaveLength(1);
  });

  it.each(
    Object.entries(SECURITY_SERVICE_ERRORS.table)
      .filter(([, { category }]) => category !== 'internal')
      .map(([code, { category }]) => [code, category] as const),
  )('gives %s (%s) the status of its category, both languages and its number', async (code, category) => {
    const fixture = await makeFixture({
      handlers: {
        'test.fault': async () => {
          throw SECURITY_SERVICE_ERRORS.create(code as never);
        },
      },
    });
    const response = await post(fixture.dispatcher, faultOperation.path, '{}');
    const own: Record<string, number> = {
      ERR_API_BODY_TOO_LARGE: 413,
      ERR_API_METHOD_NOT_ALLOWED: 405,
      ERR_API_CONTENT_TYPE: 415,
    };
    expect(response.status).toBe(own[code] ?? HTTP_STATUS[category]);
    const error = SECURITY_SERVICE_ERRORS.create(code as never);
    expect(json(response)).toMatchObject({
      code,
      status: error.status,
      message: error.message,
      messageZh: error.messageZh,
    });
  });

  it('never rejects, even when the random source fails', async () => {
    const fixture = await makeFixture({
      deps: (deps) => ({
        ...deps,
        random: {
          fill: () => {
            throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
          },
        },
      }),
    });
    const ids = new Set<unknown>();
    for (let i = 0; i < 3; i++) {
      const response = await post(fixture.dispatcher, faultOperation.path, '{}');
      expect(response.headers['x-kms-request-id']).toMatch(/^[0-9a-f]{32}$/);
      ids.add(response.headers['x-kms-request-id']);
    }
    expect(ids.size).toBe(3);
  });

  it('records what callers send only in bounded, printable form', async () => {
    const fixture = await makeFixture({
      handlers: {
        'test.fault': async (_params: never, context) => {
          context.note({
            object: `key/\n\u202e\ud800${'a'.repeat(1000)}`,
            detail: { ['n\u0000'.repeat(50)]: 'v\n'.repeat(500) },
          });
          return {};
        },
      },
    });
    expect((await post(fixture.dispatcher, faultOperation.path, '{}')).status).toBe(200);
    const { records } = await fixture.audit.read({ fromSequence: 0, limit: 10 });
    expect(records[0]!.object).toMatch(/^key\/\?\?\?a+…$/);
    expect(records[0]!.object!.length).toBeLessThanOrEqual(256);
    expect(Object.keys(records[0]!.detail!)).toEqual(['n_'.repeat(16)]);
  });

  it('takes over the trace id of a W3C header, and no other text', async () => {
    const fixture = await makeFixture();
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    for (const header of [traceparent, 'evil\n', `00-${'AB'.repeat(16)}-${'cd'.repeat(8)}-01`]) {
      await post(fixture.dispatcher, '/v1/version', '{"versions":["1"]}', {
        headers: { 'content-type': 'application/json', traceparent: header },
      });
    }
    const { records } = await fixture.audit.read({ fromSequence: 0, limit: 10 });
    expect(records[0]!.traceId).toBe('ab'.repeat(16));
    expect(
      records.slice(1).every(({ traceId }) => /^[0-9a-f]{32}$/.test(traceId) && traceId !== 'ab'.repeat(16)),
    ).toBe(true);
  });

  it('serves version 2 beside version 1 [part of CSSI-002]', async () => {
    const next = defineOperation({
      name: 'version.next',
      version: '2',
      auth: 'none',
      request: Members({}),
      response: Members({}),
      summary: 'Next.',
      summaryZh: '下一版。',
      clause: 'test',
    });
    const fixture = await makeFixture({ operations: [next], handlers: { 'version.next': async () => ({}) } });
    expect((await post(fixture.dispatcher, next.path, '{}')).status).toBe(200);
    expect((await post(fixture.dispatcher, '/v1/version', '{"versions":["1"]}')).status).toBe(200);
    const unknown = await post(fixture.dispatcher, '/v3/version', '{"versions":["1"]}');
    expect(json(unknown)).toMatchObject({ code: 'ERR_API_VERSION_UNSUPPORTED' });
    expect(json(unknown).message).toContain('supported=1,2');
  });

  it('is not made from operations without handlers or with a name twice', async () => {
    const fixture = await makeFixture();
    const deps = {
      sessions: fixture.sessions,
      access: { permits: () => false },
      audit: fixture.audit,
      clock: fixture.now,
    };
    expect(() => createDispatcher({ operations: [faultOperation], handlers: {} }, deps)).toThrow(RangeError);
    const handlers = { 'test.fault': async () => ({}) };
    expect(() => createDispatcher({ operations: [faultOperation, faultOperation], handlers }, deps)).toThrow(
      RangeError,
    );
    expect(() =>
      createDispatcher({ operations: [{ ...faultOperation, name: 'toString' }], handlers }, deps),
    ).toThrow(RangeError);
  });

  it('refuses for a binding in the same shape, and audits it', async () => {
    const fixture = await makeFixture();
    const error = SECURITY_SERVICE_ERRORS.create('ERR_API_BODY_TRUNCATED');
    const response = await fixture.dispatcher.refuse(error, { path: '/v1/hash', remoteAddress: '192.0.2.7' });
    expect(response.status).toBe(400);
    const { records } = await fixture.audit.read({ fromSequence: 0, limit: 10 });
    expect(records).toMatchObject([
      { type: 'hash', code: 'ERR_API_BODY_TRUNCATED', remoteAddress: '192.0.2.7' },
    ]);
  });

  it('does not let a message of the caller into an error', async () => {
    const fixture = await makeFixture();
    for (const body of ['{"<script>":1}', '{"versions":["<script>"]}', '<script>']) {
      const response = await post(fixture.dispatcher, '/v1/version', body);
      expect(response.status).toBe(400);
      expect(fromUtf8(response.body)).not.toContain('script');
    }
    const { message } = json(await post(fixture.dispatcher, '/v1/version', '{"versions":["<script>"]}'));
    expect(message).toContain('parameter=versions rule=pattern');
  });
});

describe('stream operations', () => {
  it('take parameters from the canonical query', async () => {
    const fixture = await makeFixture();
    const client = createClient(await fixture.transport(), { clock: fixture.now });
    await client.login(fixture.users.tenantUser);
    const out = await client.call(echoOperation, { label: 'a b', times: 2, upper: true }, utf8('xy'));
    expect(fromUtf8(out)).toBe('XYXY');
    await client.close();
  });

  it.each([
    ['a number that is text', { label: 'a', times: 'two' }, 'ERR_API_PARAMETERS_INVALID'],
    ['a number out of range', { label: 'a', times: 5 }, 'ERR_API_PARAMETERS_INVALID'],
    ['a number in another notation', { label: 'a', times: '0x2' }, 'ERR_API_PARAMETERS_INVALID'],
    ['a boolean that is a number', { label: 'a', upper: 1 }, 'ERR_API_PARAMETERS_INVALID'],
    ['an unknown parameter', { label: 'a', other: 1 }, 'ERR_API_PARAMETERS_INVALID'],
    ['a missing parameter', {}, 'ERR_API_PARAMETERS_INVALID'],
    [
      'an unknown critical parameter',
      { label: 'a', 'x-a': 1, critical: ['x-a'] },
      'ERR_API_CRITICAL_UNKNOWN',
    ],
  ])('refuse %s', async (_what, params, code) => {
    const fixture = await makeFixture();
    const response = await post(fixture.dispatcher, echoOperation.path, 'data', {
      headers: { 'content-type': 'application/octet-stream' },
      query: encodeQuery(params),
    });
    expect(json(response).code).toBe(code);
  });

  it('refuse a query that is not canonical, JSON as content type and 4 MiB and more', async () => {
    const { dispatcher } = await makeFixture();
    const octets = { 'content-type': 'application/octet-stream' };
    const { path } = echoOperation;
    expect(json(await post(dispatcher, path, '', { headers: octets, query: 'label=%61' })).code).toBe(
      'ERR_API_REQUEST_MALFORMED',
    );
    expect(json(await post(dispatcher, path, '', { query: 'label=a' })).code).toBe('ERR_API_CONTENT_TYPE');
    const large = await post(dispatcher, path, new Uint8Array((4 << 20) + 1), {
      headers: octets,
      query: 'label=a',
    });
    expect(large.status).toBe(413);
  });

  it('refuse a query changed on the way [TCCIA-131]', async () => {
    const fixture = await makeFixture();
    const inner = await fixture.transport();
    let query: string | undefined;
    const client = createClient(
      { ...inner, send: (request) => inner.send(query === undefined ? request : { ...request, query }) },
      { clock: fixture.now },
    );
    await client.login(fixture.users.tenantUser);
    query = 'label=b';
    await expect(client.call(echoOperation, { label: 'a' }, utf8('x'))).rejects.toMatchObject({
      code: 'ERR_API_SIGNATURE_WRONG',
    });
  });
});

describe('JSON of requests', () => {
  const refuse = (text: string) =>
    expect(() => parseBody(utf8(text), 1 << 20)).toThrow(
      expect.objectContaining({ code: 'ERR_API_JSON_MALFORMED' }),
    );
  it('may be 16 levels deep and no deeper', () => {
    const nested = (n: number) => `{"a":${'['.repeat(n)}${']'.repeat(n)}}`;
    expect(parseBody(utf8(nested(15)), 1000)).toBeDefined();
    refuse(nested(16));
    refuse(nested(400_000));
    refuse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  });
  it('has bounded numbers of values, well-formed text and harmless names [TCCIA-134]', () => {
    refuse(`{"a":[${'0,'.repeat(70_000)}0]}`);
    refuse('{"a":"\\ud800"}');
    refuse('{"\\udfff":1}');
    refuse('{"a":{"b":[{"__proto__":1}]}}');
    refuse('{"constructor":1}');
    refuse('{"prototype":1}');
    expect(parseBody(utf8('{"a":"\\ud83d\\ude00","汉":1}'), 100)).toEqual({ a: '😀', 汉: 1 });
  });
  it('does not touch the object model', () => {
    refuse('{"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
  it.each(['null', '1', '"a"', '[]', '', '{', '{"a":1}x', "{'a':1}", '{"a":NaN}', '{"a":1,}', '\u0000'])(
    'is not %j',
    (text) => {
      refuse(text);
    },
  );
});
