import { generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueCertificate, parseCertificate, pemEncode } from '@cssi/pki';
import { ecdsaP256SoftwareSigner } from '@cssi/pki/adapters/software';
import { type FastifyInstance, fastify } from 'fastify';
import { fastifyBinding, secureServerOptions } from '../../src/adapters/http/index.ts';
import { type Dispatcher, httpsTransport, type Transport } from '../../src/index.ts';

export interface TlsFiles {
  /** PEM */
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

/** A P-256 CA and a server certificate for localhost. */
export async function makeTlsFiles(): Promise<TlsFiles> {
  // The times are those of the machine: TLS in Node.js has no other clock.
  const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
  const notAfter = new Date(notBefore.getTime() + 86_400_000);
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const caSigner = ecdsaP256SoftwareSigner(pair().privateKey);
  const name = { commonName: 'Test TLS CA' };
  const ca = await issueCertificate(
    {
      subject: name,
      issuer: name,
      publicKeyInfo: caSigner.publicKeyInfo,
      profile: 'root-ca',
      notBefore,
      notAfter,
    },
    caSigner,
  );
  const { privateKey } = pair();
  const cert = await issueCertificate(
    {
      subject: { commonName: 'localhost' },
      issuer: { raw: parseCertificate(ca).subjectRaw },
      issuerPublicKeyInfo: caSigner.publicKeyInfo,
      publicKeyInfo: ecdsaP256SoftwareSigner(privateKey).publicKeyInfo,
      profile: 'tls-server',
      notBefore,
      notAfter,
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
    },
    caSigner,
  );
  return {
    ca: pemEncode('CERTIFICATE', ca),
    cert: pemEncode('CERTIFICATE', cert),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

export interface RunningServer {
  readonly app: FastifyInstance<Server>;
  readonly port: number;
  transport(options?: { readonly localAddress?: string }): Transport;
  close(): Promise<void>;
}

/** Serves `dispatcher` on a free port of the loopback interface. */
export async function serve(dispatcher: Dispatcher, tls: TlsFiles): Promise<RunningServer> {
  const app = fastify(secureServerOptions(dispatcher, tls));
  await app.register(fastifyBinding(dispatcher));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    port,
    transport: (options = {}) =>
      httpsTransport({ baseUrl: `https://127.0.0.1:${port}`, ca: tls.ca, timeoutMs: 20_000, ...options }),
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
