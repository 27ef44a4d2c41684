import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, request as plainRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fromUtf8, toBase64, utf8 } from '@cssi/sm-core';
import { runSuite } from '@cssi/sm-core/conformance';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastifyBinding } from '../src/adapters/http/index.ts';
import { serviceBindingSuite } from '../src/conformance/index.ts';
import { coreOperations, createClient, httpsTransport, JSON_LIMIT_BYTES } from '../src/index.ts';
import { echoOperation, type Fixture, makeFixture, START } from './support/fixture.ts';
import { makeTlsFiles, type RunningServer, serve, type TlsFiles } from './support/https.ts';

let tls: TlsFiles;
let fixture: Fixture;
let server: RunningServer;

beforeAll(async () => {
  tls = await makeTlsFiles();
  fixture = await makeFixture();
  server = await serve(fixture.dispatcher, tls);
});
afterAll(() => server.close());

const coded = (code: string) => expect.objectContaining({ code });

/** Writes bytes to the server as they are and reads until it closes. */
async function rawExchange(text: string, options: { readonly end?: boolean } = {}): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: server.port, ca: tls.ca });
  await once(socket, 'secureConnect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.write(text);
  if (options.end === true) socket.end();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 3000))]);
  socket.destroy();
  return Buffer.concat(chunks).toString();
}

const headersFor = (length: number): string =>
  [
    'host: localhost',
    'content-type: application/json',
    `content-length: ${length}`,
    'connection: close',
  ].join('\r\n');

async function auditCodes(): Promise<(string | undefined)[]> {
  const { records } = await fixture.audit.read({
    fromSequence: Math.max(0, fixture.audit.status().size - 20),
    limit: 20,
  });
  return records.map(({ code }) => code);
}

describe('HTTPS binding', () => {
  it('passes the service binding suite [TCCIA-133, TCCIA-134] [part of TCCIA-135]', async () => {
    const own = await makeFixture();
    const running = await serve(own.dispatcher, tls);
    try {
      const subject = {
        ...own,
        transport: async (address: 'first' | 'second' = 'first') =>
          running.transport({ localAddress: address === 'first' ? '127.0.0.1' : '127.0.0.2' }),
      };
      const capabilities = ['clock', 'address', 'fault'];
      const report = await runSuite(
        serviceBindingSuite,
        { name: 'https', subject, capabilities },
        { now: START },
      );
      expect(report.results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    } finally {
      await running.close();
    }
  });

  it('refuses an instance without TLS [TCCIA-133]', async () => {
    const app = fastify();
    await expect(async () => {
      await app.register(fastifyBinding(fixture.dispatcher) as never);
      await app.ready();
    }).rejects.toEqual(coded('ERR_API_HTTPS_REQUIRED'));
    await app.close();
  });

  it('does not answer plain HTTP on its port [TCCIA-133]', async () => {
    const outcome = await new Promise<string>((resolve) => {
      const request = plainRequest({
        host: '127.0.0.1',
        port: server.port,
        path: '/v1/version',
        method: 'POST',
      });
      request.on('response', (response) => resolve(`answered ${response.statusCode}`));
      request.on('error', () => resolve('refused'));
      request.end('{"versions":["1"]}');
    });
    expect(outcome).toBe('refused');
  });

  it('answers a truncated body with a code and audits it', async () => {
    const answer = await rawExchange(`POST /v1/version HTTP/1.1\r\n${headersFor(100)}\r\n\r\n{"versions"`, {
      end: true,
    });
    // The peer may be gone before the answer; what counts is that nothing was served.
    expect(answer === '' || answer.includes('ERR_API_')).toBe(true);
    expect(answer).not.toContain('200 OK');
    expect(await auditCodes()).toContain('ERR_API_BODY_TRUNCATED');
  });

  it.each([
    ['a request line that is none', 'HELLO\r\n\r\n'],
    ['a header without colon', 'POST /v1/version HTTP/1.1\r\nnonsense\r\n\r\n'],
    [
      'two lengths',
      'POST /v1/version HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    ],
    [
      'length and chunks together',
      'POST /v1/version HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a header that is too long',
      `POST /v1/version HTTP/1.1\r\nhost: a\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`,
    ],
    ['a path that is not well formed', `POST /v1/%zz HTTP/1.1\r\n${headersFor(2)}\r\n\r\n{}`],
  ])('refuses %s with a code', async (_name, text) => {
    const answer = await rawExchange(text);
    expect(answer).toMatch(/^HTTP\/1\.1 4[0-9]{2} /);
    expect(answer).toMatch(/"code":"ERR_API_(REQUEST_MALFORMED|ROUTE_UNKNOWN)"/);
    expect(answer.toLowerCase()).toContain('x-kms-request-id: ');
  });

  it('draws the line of the size at the byte', async () => {
    const transport = server.transport();
    const send = async (length: number) => {
      const head = '{"versions":["1"],"x-fill":"';
      const body = utf8(`${head}${'a'.repeat(length - head.length - 2)}"}`);
      const headers = { host: transport.host, 'content-type': 'application/json' };
      return transport.send({ method: 'POST', path: '/v1/version', query: '', headers, body });
    };
    expect((await send(JSON_LIMIT_BYTES)).status).toBe(200);
    const refused = await send(JSON_LIMIT_BYTES + 1).catch((error: { code: string }) => error);
    if ('status' in refused) {
      expect(refused.status).toBe(413);
      expect(fromUtf8(refused.body)).toContain('ERR_API_BODY_TOO_LARGE');
    } else expect(refused.code).toBe('ERR_API_CONNECTION');
    await transport.close();
  });

  it('carries streams of binary data both ways, signed and authenticated', async () => {
    const client = createClient(server.transport(), { clock: fixture.now });
    await client.login(fixture.users.tenantUser);
    const body = Uint8Array.from(Buffer.from('ab'.repeat(1_000_000)));
    const result = await client.call(echoOperation, { label: '标签 & more=1', upper: true }, body);
    expect(Buffer.from(result).equals(Buffer.from('AB'.repeat(1_000_000)))).toBe(true);
    await client.close();
  });

  it('serves many calls at once on one session', async () => {
    const client = createClient(server.transport(), { clock: fixture.now });
    await client.login(fixture.users.tenantUser);
    const calls = Array.from({ length: 200 }, (_, i) =>
      client.call(coreOperations.hash, { data: toBase64(utf8(`${i}`)) }),
    );
    expect(new Set((await Promise.all(calls)).map(({ digest }) => digest)).size).toBe(200);
    await client.close();
  });
});

describe('HTTPS transport', () => {
  it('refuses any address that is not HTTPS', () => {
    for (const baseUrl of ['http://localhost:1', 'localhost:8443', 'ftp://localhost', '']) {
      expect(() => httpsTransport({ baseUrl, ca: tls.ca })).toThrow(coded('ERR_API_HTTPS_REQUIRED'));
    }
  });

  it('refuses an address with a path, a query or a password', () => {
    for (const baseUrl of ['https://localhost/api', 'https://localhost/?a=1', 'https://me:pw@localhost/']) {
      expect(() => httpsTransport({ baseUrl, ca: tls.ca })).toThrow(coded('ERR_API_PARAMETERS_INVALID'));
    }
  });

  it('needs a CA in PEM', () => {
    for (const ca of ['', 'not a certificate', { file: '/nonexistent/ca.pem' }]) {
      expect(() => httpsTransport({ baseUrl: 'https://localhost', ca })).toThrow(
        coded('ERR_API_PARAMETERS_INVALID'),
      );
    }
  });

  it('takes the CA from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cssi-ca-'));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, tls.ca);
    const transport = httpsTransport({ baseUrl: `https://localhost:${server.port}`, ca: { file } });
    expect((await createClient(transport).negotiate()).chosen).toBe('1');
    await transport.close();
    rmSync(folder, { recursive: true });
  });

  it('refuses a server of another CA, whatever the environment says', async () => {
    const other = await makeTlsFiles();
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const transport = httpsTransport({ baseUrl: `https://127.0.0.1:${server.port}`, ca: other.ca });
    try {
      await expect(createClient(transport).negotiate()).rejects.toEqual(coded('ERR_API_SERVER_UNTRUSTED'));
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      await transport.close();
    }
  });

  it('refuses a server certificate for another name', async () => {
    const elsewhere = createTlsServer({ key: tls.key, cert: tls.cert });
    elsewhere.listen(0, '127.0.0.3');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    const transport = httpsTransport({ baseUrl: `https://127.0.0.3:${port}`, ca: tls.ca });
    await expect(createClient(transport).negotiate()).rejects.toEqual(coded('ERR_API_SERVER_UNTRUSTED'));
    await transport.close();
    elsewhere.close();
  });

  it('reports a server that is not there', async () => {
    const plain = createPlainServer();
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    plain.close();
    await once(plain, 'close');
    const transport = httpsTransport({ baseUrl: `https://127.0.0.1:${port}`, ca: tls.ca });
    await expect(createClient(transport).negotiate()).rejects.toEqual(coded('ERR_API_CONNECTION'));
    await transport.close();
  });

  describe('against a server that misbehaves', () => {
    let mode: 'silent' | 'huge' | 'cut' | 'html' = 'silent';
    const rogue = () =>
      createTlsServer({ key: tls.key, cert: tls.cert }, (_request, response) => {
        if (mode === 'silent') return;
        if (mode === 'html') {
          response.writeHead(502, { 'content-type': 'text/html' });
          response.end('<h1>Bad gateway</h1>');
        } else if (mode === 'cut') {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
          response.write('{');
          setTimeout(() => response.destroy(), 20);
        } else {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(Buffer.alloc(200_000, 0x20));
        }
      });

    it.each([
      ['silent', 'ERR_API_TIMEOUT'],
      ['huge', 'ERR_API_RESPONSE_TOO_LARGE'],
      ['cut', 'ERR_API_CONNECTION'],
      ['html', 'ERR_API_RESPONSE_INVALID'],
    ] as const)('%s answers give %s', async (behaviour, code) => {
      mode = behaviour;
      const listening = rogue();
      listening.listen(0, '127.0.0.1');
      await once(listening, 'listening');
      const { port } = listening.address() as AddressInfo;
      const transport = httpsTransport({
        baseUrl: `https://127.0.0.1:${port}`,
        ca: tls.ca,
        timeoutMs: 500,
        maxResponseBytes: 100_000,
      });
      await expect(createClient(transport).negotiate()).rejects.toEqual(coded(code));
      await transport.close();
      listening.closeAllConnections();
      listening.close();
    });
  });
});
