import { sm2, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../src/request/index.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { textOf } from './support/bouncycastle-pki.ts';
import { altered } from './support/interop.ts';

describe.skipIf(!hasBouncyCastle)('requests between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  beforeAll(() => {
    castle = new BouncyCastle();
  });
  afterAll(() => castle.close());

  const ours = async () => {
    const signer = sm2SoftwareSigner(sm2.generateKeyPair());
    const options = {
      subject: { commonName: '示例', organization: '机构', country: 'CN' },
      dnsNames: ['example.cn'],
      keyUsage: ['digitalSignature'],
      challengePassword: 'secret-1',
    } as const;
    return { signer, der: await createCertificateRequest(options, signer) };
  };
  const theirs = async () => {
    const [key, publicKeyInfo] = (await castle.does('make-key')).map(bytesOf) as [Uint8Array, Uint8Array];
    const subject = utf8('CN=示例,O=机构,C=CN');
    const der = await castle.makes('make-csr', subject, utf8('example.cn'), publicKeyInfo, key);
    return { publicKeyInfo, der };
  };

  it('it accepts ours, and reads the name and the key [part of SEAL-015]', async () => {
    const { signer, der } = await ours();
    const [name, key] = await castle.does('verify-csr', der);
    expect(textOf(name).split(',').sort()).toEqual(['C=CN', 'CN=示例', 'O=机构']);
    expect(bytesOf(key)).toEqual(signer.publicKeyInfo);
  });

  it('it refuses ours with a byte altered in the signature, the name or the key', async () => {
    const { signer, der } = await ours();
    expect(await castle.refusal('verify-csr', altered(der, -1))).not.toBe('accepted');
    const at = (part: Uint8Array | string) => Buffer.from(der).indexOf(part as string);
    expect(await castle.refusal('verify-csr', altered(der, at('CN')))).toBe('signature');
    expect(await castle.refusal('verify-csr', altered(der, at('example.cn')))).toBe('signature');
    const key = Buffer.from(der).indexOf(Buffer.from(signer.publicKeyInfo));
    expect(await castle.refusal('verify-csr', altered(der, key + 60))).not.toBe('accepted');
  });

  it('we accept its request, and read what it asks for [part of SEAL-015]', async () => {
    const { publicKeyInfo, der } = await theirs();
    const request = parseCertificateRequest(der);
    expect(verifyCertificateRequest(request).check).toBe('right');
    expect(request.publicKeyInfo).toEqual(publicKeyInfo);
    expect(request.subject).toMatchObject({ commonName: '示例', organization: '机构', country: 'CN' });
    expect(request.requested.dnsNames).toEqual(['example.cn']);
  });

  it('we refuse its request altered, with another key, or under another ID', async () => {
    const { publicKeyInfo, der } = await theirs();
    const checked = (bytes: Uint8Array) => verifyCertificateRequest(parseCertificateRequest(bytes)).check;
    expect(checked(altered(der, -1))).toBe('wrong');
    expect(checked(altered(der, Buffer.from(der).indexOf('example.cn')))).toBe('wrong');
    const other = await theirs();
    const swapped = Uint8Array.from(der);
    swapped.set(other.publicKeyInfo, Buffer.from(der).indexOf(Buffer.from(publicKeyInfo)));
    expect(checked(swapped)).toBe('wrong');
    const asked = verifyCertificateRequest(parseCertificateRequest(der), { signerIds: ['plain-sm3'] });
    expect(asked.check).toBe('wrong');
  });
});
