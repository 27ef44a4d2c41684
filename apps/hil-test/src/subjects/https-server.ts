import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Dispatcher, httpsTransport, type Transport } from '@cssi/security-service-api';
import { fastifyBinding, secureServerOptions } from '@cssi/security-service-api/adapters/http';
import fastify from 'fastify';
import { createTlsIdentity } from './certificates.ts';

const FIRST = '127.0.0.1';
const SECOND = '127.0.0.2';

/** A dispatcher behind HTTPS on a free port of the loopback interface. */
export interface HttpsServer {
  /** True when this machine can call from a second loopback address. */
  readonly secondAddress: boolean;
  transport(from: 'first' | 'second'): Transport;
  close(): Promise<void>;
}

/** Linux and Windows answer to all of 127/8, macOS only to the first address. */
async function canListenOn(host: string): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(0, host);
    await once(probe, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}

/** Serves `dispatcher`. */
export async function serveHttps(dispatcher: Dispatcher): Promise<HttpsServer> {
  const { ca, key, cert } = await createTlsIdentity();
  const application = fastify(secureServerOptions(dispatcher, { key, cert }));
  await application.register(fastifyBinding(dispatcher));
  await application.listen({ host: FIRST, port: 0 });
  const { port } = application.server.address() as AddressInfo;
  return {
    secondAddress: await canListenOn(SECOND),
    transport: (from) =>
      httpsTransport({
        baseUrl: `https://${FIRST}:${port}`,
        ca,
        timeoutMs: 20_000,
        localAddress: from === 'first' ? FIRST : SECOND,
      }),
    close: async () => {
      application.server.closeAllConnections();
      await application.close();
    },
  };
}
