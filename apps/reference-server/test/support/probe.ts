import { request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import type { ServiceResponse, Transport, TransportRequest } from '@cssi/security-service-api';
import { expect } from 'vitest';

/** What is expected of every refusal. */
export interface ErrorAnswer {
  readonly requestId: string;
  readonly code: string;
  readonly status: number;
  readonly category: string;
  readonly message: string;
  readonly messageZh: string;
}

/** A transport that lets a test change signed requests and see raw answers. */
export interface Probe {
  readonly transport: Transport;
  /** Changes each request after it was signed; left out, it passes as it is. */
  mutate: ((request: TransportRequest) => TransportRequest) | undefined;
  lastRequest: TransportRequest | undefined;
  lastAnswer: ServiceResponse | undefined;
}

/** Wraps a transport. */
export function probeOf(inner: Transport): Probe {
  const probe: Probe = {
    transport: {
      name: inner.name,
      host: inner.host,
      async send(request) {
        probe.lastRequest = request;
        probe.lastAnswer = undefined;
        const answer = await inner.send(probe.mutate?.(request) ?? request);
        probe.lastAnswer = answer;
        return answer;
      },
      close: () => inner.close(),
    },
    mutate: undefined,
    lastRequest: undefined,
    lastAnswer: undefined,
  };
  return probe;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** An answer of the server as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

/** Checks that an answer is a refusal in the one shape of all refusals, without anything of the inside. */
export function expectRefusal(answer: RawAnswer | undefined, codes: readonly string[] = []): ErrorAnswer {
  expect(answer, 'no answer').toBeDefined();
  const text = decoder.decode(answer!.body);
  expect(answer!.status, text).toBeGreaterThanOrEqual(400);
  expect(answer!.headers['content-type']).toBe('application/json; charset=utf-8');
  const body = JSON.parse(text) as ErrorAnswer;
  expect(body).toMatchObject({
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    code: expect.stringMatching(/^ERR_[A-Z0-9_]+$/),
    status: expect.any(Number),
    category: expect.any(String),
    message: expect.stringMatching(/\w{3,}/),
    messageZh: expect.stringMatching(/[\u4e00-\u9fff]/),
  });
  expect(answer!.headers['x-kms-request-id']).toBe(body.requestId);
  // No stack trace, no place in the file system, no name of a class of errors.
  expect(text).not.toMatch(/\n\s+at |\bat \S+:\d+|node_modules|node:|\.[jt]s\b|(?:Type|Syntax|Range)Error/);
  expect(text).not.toMatch(/(?:^|[\s"'(=])\/(?:[\w.-]+\/)+/);
  if (codes.length > 0) expect(codes, text).toContain(body.code);
  return body;
}

/** How to send something that a proper client would not. */
export interface RawRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array | string;
}

/** Sends one request as given. */
export function sendRaw(address: string, ca: string, raw: RawRequest): Promise<RawAnswer> {
  const { method = 'POST', path, headers = { 'content-type': 'application/json' }, body = '' } = raw;
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      address,
      // The path as it is: a URL would be tidied up first.
      { method, path, headers, ca, agent: false, timeout: 10_000 },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode!,
            headers: incoming.headers,
            body: Uint8Array.from(Buffer.concat(chunks)),
          }),
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/**
 * Writes bytes into a TLS connection and gives back all that comes, until the server closes it.
 *
 * @param breakOff - closes this side at once
 */
export function sendBytes(
  address: string,
  ca: string,
  bytes: Uint8Array | string,
  breakOff = false,
): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ host: hostname, port: Number(port), ca, timeout: 10_000 }, () => {
      if (breakOff) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    socket.once('close', () => resolve(received));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(received) : reject(error),
    );
  });
}
