import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { SmError } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { ServiceResponse, Transport, TransportRequest } from '../spec/v1/service.ts';

/** Settings of {@link httpsTransport}. */
export interface HttpsTransportOptions {
  /** For example `https://localhost:8443`; no path. */
  readonly baseUrl: string;
  /** The CA that the server's certificate must lead to: PEM text or a file of it. No other is trusted. */
  readonly ca: string | { readonly file: string };
  /** Longest time for one call in milliseconds; 30,000 when left out. */
  readonly timeoutMs?: number;
  /** Largest answer in bytes; 8 MiB when left out. */
  readonly maxResponseBytes?: number;
  /** Most connections; 64 when left out. */
  readonly maxSockets?: number;
  /** Own address to connect from, on a host with several. */
  readonly localAddress?: string;
}

/** Codes of Node.js for a certificate that does not lead to the CA or is for another host. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ALTNAME/;

function connectionError(cause: unknown): SmError {
  const code = (cause as { code?: unknown }).code;
  return typeof code === 'string' && UNTRUSTED.test(code)
    ? SECURITY_SERVICE_ERRORS.create('ERR_API_SERVER_UNTRUSTED', { detail: `reason=${code}`, cause })
    : SECURITY_SERVICE_ERRORS.create('ERR_API_CONNECTION', { cause });
}

function parseBaseUrl(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'https:') throw SECURITY_SERVICE_ERRORS.create('ERR_API_HTTPS_REQUIRED');
  if (
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_API_PARAMETERS_INVALID', { detail: 'parameter=baseUrl' });
  }
  return url;
}

function caText(ca: HttpsTransportOptions['ca']): string {
  let text: string;
  try {
    text = typeof ca === 'string' ? ca : readFileSync(ca.file, 'utf8');
  } catch (cause) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_API_PARAMETERS_INVALID', {
      detail: 'parameter=ca reason=file',
      cause,
    });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_API_PARAMETERS_INVALID', { detail: 'parameter=ca reason=pem' });
  }
  return text;
}

function headersOf(message: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

/**
 * HTTPS by Node.js, with connections kept open. The server's certificate is always checked
 * against the given CA; there is no setting, and no environment variable, that turns it off.
 *
 * @throws {@link SmError} ERR_API_HTTPS_REQUIRED, ERR_API_PARAMETERS_INVALID
 */
export function httpsTransport(options: HttpsTransportOptions): Transport {
  const url = parseBaseUrl(options.baseUrl);
  const timeoutMs = options.timeoutMs ?? 30_000;
  const maxResponseBytes = options.maxResponseBytes ?? 8 << 20;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: options.maxSockets ?? 64,
    // Shorter than servers keep idle connections, so that none is used while it is being closed.
    timeout: 30_000,
    ca: caText(options.ca),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
  });
  const hostname = url.hostname.replace(/^\[|\]$/g, '');

  function send(request: TransportRequest): Promise<ServiceResponse> {
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(
        {
          agent,
          rejectUnauthorized: true,
          hostname,
          port: url.port === '' ? 443 : Number(url.port),
          method: request.method,
          path: request.query === '' ? request.path : `${request.path}?${request.query}`,
          headers: { ...request.headers, 'content-length': request.body.length },
        },
        (incoming) => receive(incoming),
      );
      let settled = false;
      const settle = (act: () => void): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        act();
      };
      const fail = (error: SmError): void => {
        settle(() => reject(error));
        outgoing.destroy();
      };
      const timer = setTimeout(() => fail(SECURITY_SERVICE_ERRORS.create('ERR_API_TIMEOUT')), timeoutMs);

      function receive(incoming: IncomingMessage): void {
        const chunks: Buffer[] = [];
        let length = 0;
        incoming.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxResponseBytes) fail(SECURITY_SERVICE_ERRORS.create('ERR_API_RESPONSE_TOO_LARGE'));
          else chunks.push(chunk);
        });
        incoming.on('error', (error) => fail(connectionError(error)));
        incoming.on('close', () => {
          if (!incoming.complete) fail(SECURITY_SERVICE_ERRORS.create('ERR_API_CONNECTION'));
        });
        incoming.on('end', () =>
          settle(() =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: headersOf(incoming),
              body: Uint8Array.from(Buffer.concat(chunks, length)),
            }),
          ),
        );
      }

      outgoing.on('error', (error) => fail(connectionError(error)));
      outgoing.end(request.body);
    });
  }

  return {
    name: 'https',
    host: url.host,
    send,
    async close() {
      agent.destroy();
    },
  };
}
