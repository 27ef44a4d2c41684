import { createServer, type Server } from 'node:http';
import { APP_ERRORS } from './errors.ts';

/** What the health and metrics listener shows. */
export interface HealthSource {
  /** False when a call would certainly fail, for example because the audit log takes no records. */
  ready(): boolean;
  /** Name and value of each figure; names as Prometheus wants them. */
  metrics(): Readonly<Record<string, number>>;
}

/** A listener on the loopback address: `/health/live`, `/health/ready`, `/metrics`. */
export interface HealthListener {
  readonly port: number;
  close(): Promise<void>;
}

function metricsText(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`)
    .join('');
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(APP_ERRORS.create('ERR_APP_LISTEN', { detail: `what=health port=${port}`, cause })),
    );
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

/**
 * Starts the health and metrics listener. Plain HTTP on loopback only: it shows no data of
 * tenants and takes no input.
 *
 * @throws {@link SmError} ERR_APP_LISTEN
 */
export async function startHealth(port: number, source: HealthSource): Promise<HealthListener> {
  const server = createServer({ maxHeaderSize: 4096, requestTimeout: 5000 }, (request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
      });
      response.end(text);
    };
    if (request.method !== 'GET') answer(405, 'use GET\n');
    else if (request.url === '/health/live') answer(200, 'live\n');
    else if (request.url === '/health/ready')
      answer(source.ready() ? 200 : 503, source.ready() ? 'ready\n' : 'not ready\n');
    else if (request.url === '/metrics') answer(200, metricsText(source.metrics()));
    else answer(404, 'unknown\n');
  });
  const bound = await listen(server, port);
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
