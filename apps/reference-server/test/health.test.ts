import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HealthListener, type HealthSource, startHealth } from '../src/health.ts';
import { codeOf } from './support/codes.ts';

let ready = true;
const source: HealthSource = { ready: () => ready, metrics: () => ({ cssi_audit_records: 7, up: 1 }) };
let listener: HealthListener;
beforeAll(async () => {
  listener = await startHealth(0, source);
});
afterAll(() => listener.close());

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://127.0.0.1:${listener.port}${path}`, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

describe('health and metrics', () => {
  it('says that it lives and is ready', async () => {
    expect(await ask('/health/live')).toMatchObject({ status: 200, text: 'live\n' });
    expect(await ask('/health/ready')).toMatchObject({ status: 200, text: 'ready\n' });
  });

  it('says when calls would fail', async () => {
    ready = false;
    expect(await ask('/health/ready')).toMatchObject({ status: 503, text: 'not ready\n' });
    expect((await ask('/health/live')).status).toBe(200);
    ready = true;
  });

  it('shows the figures in the Prometheus text form', async () => {
    const { status, text, headers } = await ask('/metrics');
    expect(status).toBe(200);
    expect(text).toBe('# TYPE cssi_audit_records gauge\ncssi_audit_records 7\n# TYPE up gauge\nup 1\n');
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(['/', '/metrics/', '/health', '/health/ready?x=1', '/v1/version', '/../metrics%00'])(
    'has nothing at %s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('refuses %s', async (method) => {
    expect((await ask('/metrics', { method })).status).toBe(405);
  });

  it('listens on the loopback address only', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter((entry) => !entry.internal && entry.family === 'IPv4')
      .map((entry) => entry.address);
    // 127.0.0.2 is this host as well, but not the address that was bound.
    for (const host of ['127.0.0.2', ...others]) {
      const outcome = await new Promise<string>((resolve) => {
        const socket = connect(listener.port, host);
        socket.once('connect', () => resolve('connected'));
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      });
      expect(outcome, host).not.toBe('connected');
    }
  });

  it('refuses a port that is taken', async () => {
    expect(await codeOf(() => startHealth(listener.port, source))).toBe('ERR_APP_LISTEN');
  });
});
