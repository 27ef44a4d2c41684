import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecdsaP256SoftwareSigner } from '../src/adapters/software.ts';
import {
  type CertificateSpec,
  issueCertificate,
  OIDS,
  parseCertificate,
  pemEncode,
  verifyCertificatePath,
} from '../src/index.ts';
import { request } from './support/authority.ts';
import { troubles } from './support/codes.ts';

const DAY = 86_400_000;
// A TLS stack knows no clock but the real one.
const now = Date.now();
const validity = { notBefore: new Date(now - DAY), notAfter: new Date(now + DAY) };
const CA_NAME = { commonName: '本地 HTTPS CA', organization: 'CSSI' };

interface Party {
  readonly key: KeyObject;
  readonly der: Uint8Array;
  readonly pem: string;
}

async function party(changes: Partial<CertificateSpec>, issuer?: Party): Promise<Party> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyInfo = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }));
  const parent = issuer === undefined ? undefined : parseCertificate(issuer.der);
  const spec = request({
    issuer: parent === undefined ? CA_NAME : { raw: parent.subjectRaw },
    issuerPublicKeyInfo: parent?.publicKeyInfo ?? publicKeyInfo,
    publicKeyInfo,
    ...validity,
    ...changes,
  });
  const der = await issueCertificate(spec, ecdsaP256SoftwareSigner(issuer?.key ?? privateKey));
  return { key: privateKey, der, pem: pemEncode('CERTIFICATE', der) };
}

const SERVER: Partial<CertificateSpec> = {
  subject: { commonName: 'localhost' },
  profile: 'tls-server',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
};

describe('a real HTTPS handshake with our P-256 certificates', () => {
  let ca: Party;
  let other: Party;
  const servers: Server[] = [];

  async function listen(identity: Party): Promise<number> {
    const key = identity.key.export({ format: 'pem', type: 'pkcs8' });
    const server = createServer({ key, cert: identity.pem }, (_, response) => response.end('hello'));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** The body, or the code of the failure. */
  const get = (port: number, trusted: Party, host = '127.0.0.1'): Promise<string> =>
    new Promise((resolve) => {
      const options = {
        host: '127.0.0.1',
        servername: host === '127.0.0.1' ? '' : host,
        port,
        ca: trusted.pem,
        agent: false,
      };
      const sent = httpsRequest(options, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      });
      sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end();
    });

  beforeAll(async () => {
    ca = await party({ subject: CA_NAME });
    other = await party({ subject: CA_NAME });
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  it('succeeds for the address and the host name', async () => {
    const port = await listen(await party(SERVER, ca));
    expect(await get(port, ca)).toBe('hello');
    expect(await get(port, ca, 'localhost')).toBe('hello');
  });

  it('fails with a CA of the same name and another key', async () => {
    const port = await listen(await party(SERVER, ca));
    expect(await get(port, other)).toMatch(/SIGNATURE|UNABLE_TO|SELF_SIGNED|CERT/);
  });

  it('fails for a host that the certificate does not name', async () => {
    const port = await listen(await party({ ...SERVER, ipAddresses: ['127.0.0.2'] }, ca));
    expect(await get(port, ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('fails when the certificate has expired', async () => {
    const old = { notBefore: new Date(now - 3 * DAY), notAfter: new Date(now - DAY) };
    const port = await listen(await party({ ...SERVER, ...old }, ca));
    expect(await get(port, ca)).toBe('CERT_HAS_EXPIRED');
  });

  it('is judged by our own path check in the same way', async () => {
    const server = parseCertificate((await party(SERVER, ca)).der);
    const [good, bad] = [parseCertificate(ca.der), parseCertificate(other.der)];
    const options = {
      time: new Date(now),
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: OIDS.serverAuth,
    } as const;
    expect(troubles(verifyCertificatePath(server, { ...options, anchors: [good] }))).toEqual([]);
    expect(troubles(verifyCertificatePath(server, { ...options, anchors: [bad] }))).toEqual([
      'CERTIFICATE_SIGNATURE_WRONG',
      'NO_PATH_TO_ANCHOR',
    ]);
  });
});
