import { sm2 } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { pemDecode, pemEncode } from '../src/index.ts';
import {
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../src/request/index.ts';
import { altered } from './support/interop.ts';
import { DISTID, hasOpenssl, Openssl } from './support/openssl.ts';

describe.skipIf(!hasOpenssl)('requests between us and OpenSSL', () => {
  const openssl = new Openssl();
  afterAll(() => openssl.close());

  const ours = () =>
    createCertificateRequest(
      {
        subject: { commonName: '示例', organization: '机构', country: 'CN' },
        dnsNames: ['example.cn'],
        keyUsage: ['digitalSignature', 'nonRepudiation'],
      },
      sm2SoftwareSigner(sm2.generateKeyPair()),
    );
  const verify = (der: Uint8Array, distid = DISTID) => {
    const file = openssl.file('ours.csr', pemEncode('CERTIFICATE REQUEST', der));
    return openssl.run('req', '-in', file, '-noout', '-verify', '-vfyopt', distid);
  };
  const theirs = (distid = DISTID): Uint8Array => {
    openssl.says('genpkey', '-algorithm', 'SM2', '-out', openssl.path('key'));
    const subject = ['-subj', '/C=CN/O=机构/CN=示例', '-utf8', '-addext', 'subjectAltName=DNS:example.cn'];
    const text = openssl.says('req', '-new', '-key', 'key', '-sm3', ...subject, '-sigopt', distid);
    return pemDecode(text, 'CERTIFICATE REQUEST')[0]!;
  };

  it('req -verify accepts ours, and prints its name and wishes [part of SEAL-015]', async () => {
    const result = verify(await ours());
    expect(result.text).toContain('verify OK');
    expect(result.status).toBe(0);
    const text = openssl.says('req', '-in', 'ours.csr', '-noout', '-text', '-nameopt', 'utf8,sep_comma_plus');
    expect(text).toContain('CN=示例');
    expect(text).toContain('DNS:example.cn');
    expect(text).toContain('Digital Signature, Non Repudiation');
  });

  it('req -verify refuses ours altered, and under another ID', async () => {
    const der = await ours();
    for (const result of [
      verify(altered(der, -1)),
      verify(altered(der, Buffer.from(der).indexOf('example.cn'))),
      verify(der, 'distid:12345678'),
    ]) {
      expect(result.text).not.toContain('verify OK');
    }
  });

  it('we accept its request, and refuse it altered or with another ID [part of SEAL-015]', () => {
    const der = theirs();
    const request = parseCertificateRequest(der);
    expect(verifyCertificateRequest(request).check).toBe('right');
    expect(request.subject).toMatchObject({ commonName: '示例', organization: '机构' });
    expect(request.requested.dnsNames).toEqual(['example.cn']);
    expect(verifyCertificateRequest(parseCertificateRequest(altered(der, -1))).check).toBe('wrong');
    const other = parseCertificateRequest(theirs('distid:other'));
    expect(verifyCertificateRequest(other).check).toBe('wrong');
    const signerIds = [new TextEncoder().encode('other')];
    expect(verifyCertificateRequest(other, { signerIds }).check).toBe('right');
  });
});
