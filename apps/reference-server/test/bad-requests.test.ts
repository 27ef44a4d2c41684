import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import {
  coreOperations,
  httpsTransport,
  JSON_LIMIT_BYTES,
  type ServiceClient,
  STREAM_LIMIT_BYTES,
} from '@cssi/security-service-api';
import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { codeOf } from './support/codes.ts';
import { expectRefusal, sendBytes } from './support/probe.ts';
import { operations } from './support/samples.ts';
import { runningWorld } from './support/world.ts';

const world = runningWorld();
const listKeys = (client: ServiceClient) => client.call(coreOperations['key.list'], {});

const LONG_HEADER = 'a header of 20,000 characters';
const longHeader = `POST /v1/version HTTP/1.1\r\nhost: a\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`;

describe('transport', () => {
  it('is refused by a client that does not have the CA', async () => {
    const foreign = readFileSync(world.server.files.platformCa, 'utf8');
    for (const anchor of [foreign]) {
      const transport = httpsTransport({ baseUrl: world.server.address, ca: anchor });
      const request = {
        method: 'POST',
        path: '/v1/version',
        query: '',
        headers: {},
        body: new Uint8Array(0),
      };
      expect(await codeOf(() => transport.send(request))).toBe('ERR_API_SERVER_UNTRUSTED');
      await transport.close();
    }
    await expect(fetch(`${world.server.address}/v1/version`, { method: 'POST' })).rejects.toThrow(
      'fetch failed',
    );
  });

  it('gives plain HTTP nothing [part of TCCIA-126] [part of TCCIA-133]', async () => {
    const { hostname, port } = new URL(world.server.address);
    const received = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), hostname, () =>
        socket.write('POST /v1/session/challenge HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}'),
      );
      socket.setEncoding('latin1').on('data', (data: string) => {
        text += data;
      });
      socket.on('error', () => undefined);
      socket.once('close', () => resolve(text));
    });
    // At most a TLS alert.
    expect(received.length).toBeLessThan(16);
    expect(received).not.toContain('HTTP');
  });

  it.each([
    'GARBAGE\r\n\r\n',
    'POST /v1/version HTTP/1.1\r\nhost: a\r\nhost: b\r\ncontent-length: x\r\n\r\n',
    LONG_HEADER,
    'POST /v1/version HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\nabc',
    'POST /v1/%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
  ])('answers malformed HTTP with a code: %j', async (bytes) => {
    const [head = '', body = ''] = (
      await sendBytes(world.server.address, world.ca, bytes === LONG_HEADER ? longHeader : bytes)
    ).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 4\d\d /);
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.toLowerCase().split(': ')),
    );
    expectRefusal({ status: Number(head.slice(9, 12)), headers, body: utf8(body) });
  });
});

describe('requests', () => {
  it('are HTTPS POST and nothing else [TCCIA-133]', async () => {
    for (const {
      operation: { path },
    } of operations)
      await world.refusal({ path, method: 'GET' }, 'ERR_API_METHOD_NOT_ALLOWED');
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      await world.refusal({ path: '/v1/version', method }, 'ERR_API_METHOD_NOT_ALLOWED');
    }
  });

  it.each([
    '/',
    '/v1',
    '/v1/',
    '/v1/version/',
    '/V1/version',
    '/v1/../v1/version',
    '/v1/none',
    '//v1/version',
  ])('go to known operations only: %s', (path) => world.refusal({ path }, 'ERR_API_ROUTE_UNKNOWN'));

  it('name a version that is served', async () => {
    await world.refusal({ path: '/v2/version' }, 'ERR_API_VERSION_UNSUPPORTED');
    await world.refusal({ path: '/v1/version', body: '{"versions":["7"]}' }, 'ERR_API_VERSION_UNSUPPORTED');
  });

  it('are JSON, and so are the answers [part of TCCIA-135]', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/xml',
    ]) {
      await world.refusal(
        { path: '/v1/version', headers: { 'content-type': type }, body: '{}' },
        'ERR_API_CONTENT_TYPE',
      );
    }
    await world.refusal({ path: '/v1/version', headers: {}, body: '{}' }, 'ERR_API_CONTENT_TYPE');
    const answer = await world.raw({ path: '/v1/version', body: '{"versions":["1"]}' });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(Buffer.from(answer.body).toString())).toMatchObject({ chosen: '1' });
  });

  it('are UTF-8 [TCCIA-134]', async () => {
    const names = { tenantId: 'cn-1', name: '机密计算 𠮷 é' };
    await world.admins.system.call(coreOperations['tenant.create'], names);
    const key = { algorithm: 'SM4', usage: ['encrypt'], label: '密钥 𠮷' } as const;
    await world.user.client.call(coreOperations['key.create'], { ...key, usage: ['encrypt'] });
    expect((await listKeys(world.user.client)).keys.map(({ label }) => label)).toContain('密钥 𠮷');
    const gbk = { 'content-type': 'application/json; charset=gbk' };
    await world.refusal({ path: '/v1/version', headers: gbk, body: '{}' }, 'ERR_API_CONTENT_TYPE');
    for (const bytes of [
      [0xff, 0xfe, 0x7b, 0, 0x7d, 0],
      [0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d],
      [0xef, 0xbb, 0xbf, 0x7b, 0x7d],
    ]) {
      await world.refusal({ path: '/v1/version', body: Uint8Array.from(bytes) }, 'ERR_API_JSON_MALFORMED');
    }
  });

  it.each([
    ['nothing', ''],
    ['half an object', '{"versions":["1"'],
    ['a comma too many', '{"versions":["1"],}'],
    ['two objects', '{}{}'],
    ['nesting without end', '['.repeat(100_000)],
    ['a prototype', '{"__proto__":{"versions":["1"]},"versions":["1"]}'],
    ['a hidden prototype', '{"__pr\\u006fto__":{}}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"versions"'],
    ['NaN', '{"versions":NaN}'],
    ['a control character', '{"a":"\u0000"}'],
  ])('are well-formed JSON objects, not %s', (_what, body) =>
    world.refusal({ path: '/v1/version', body }, 'ERR_API_JSON_MALFORMED', 'ERR_API_PARAMETERS_INVALID'),
  );

  it.each([
    {},
    { versions: '1' },
    { versions: [] },
    { versions: [1] },
    { versions: ['1'.repeat(17)] },
    { versions: Array.from({ length: 17 }, () => '1') },
    { versions: ['1'], unknown: true },
    { versions: { 0: '1', length: 1 } },
  ])('have parameters of the right kind and number: %j', (body) =>
    world.refusal({ path: '/v1/version', body: JSON.stringify(body) }, 'ERR_API_PARAMETERS_INVALID'),
  );

  it('carry no critical member that is not understood', () =>
    world.refusal(
      { path: '/v1/version', body: '{"versions":["1"],"x-new":1,"critical":["x-new"]}' },
      'ERR_API_CRITICAL_UNKNOWN',
    ));

  it('are no larger than the operation allows', async () => {
    const json = Buffer.alloc(JSON_LIMIT_BYTES + 1, 0x20);
    await world.refusal({ path: '/v1/version', body: json }, 'ERR_API_BODY_TOO_LARGE');
    const path = '/v1/seal/ofd/verify/stream';
    const headers = { 'content-type': 'application/octet-stream' };
    await world.refusal(
      { path, headers, body: Buffer.alloc(STREAM_LIMIT_BYTES + 1) },
      'ERR_API_BODY_TOO_LARGE',
    );
    await world.refusal(
      { path: '/none', headers, body: Buffer.alloc(STREAM_LIMIT_BYTES + 1) },
      'ERR_API_BODY_TOO_LARGE',
    );
  });

  it('may break off, and then nothing happened', async () => {
    const head =
      'POST /v1/version HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n';
    const received = await sendBytes(world.server.address, world.ca, `${head}{"versions":`, true);
    expect(received).not.toMatch(/HTTP\/1\.1 200/);
  });
});
