import { generateKeyPairSync } from 'node:crypto';
import { derElement, fromHex, sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { nodeSoftwareSigner, sm2SoftwareSigner } from '../src/adapters/software.ts';
import { issueCertificate, OIDS, parseCertificate } from '../src/index.ts';
import {
  type CertificateRequestOptions,
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../src/request/index.ts';
import { newSigner, root, request as spec } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';

const SUBJECT = { commonName: '张三', organization: '测试公司', country: 'CN' };
const make = async (options: Partial<CertificateRequestOptions> = {}, signer = newSigner()) =>
  parseCertificateRequest(await createCertificateRequest({ subject: SUBJECT, ...options }, signer), {
    policy: 'strict',
  });
const refusal = (options: object, signer = newSigner()) =>
  codeOfAsync(() =>
    createCertificateRequest({ subject: SUBJECT, ...options } as CertificateRequestOptions, signer),
  );

describe('a request that we make [part of SEAL-015, part of TCCIA-021]', () => {
  it('reads back as it was asked for, by the strict policy', async () => {
    const signer = newSigner();
    const request = await make(
      {
        dnsNames: ['a.cn'],
        ipAddresses: ['10.0.0.1'],
        emails: ['a@b.cn'],
        uris: ['urn:a:b'],
        keyUsage: ['digitalSignature', 'keyAgreement'],
        extendedKeyUsage: [OIDS.clientAuth],
        identity: { person: '110101199003070000' },
        extensions: [{ oid: '1.2.3', critical: true, value: fromHex('0500') }],
        challengePassword: 'open sesame',
      },
      signer,
    );
    expect(request.subject).toEqual(SUBJECT);
    expect(toHex(request.publicKeyInfo)).toBe(toHex(signer.publicKeyInfo));
    expect([...request.requested.keyUsage!]).toEqual(['digitalSignature', 'keyAgreement']);
    expect(request.requested.extendedKeyUsage).toEqual([OIDS.clientAuth]);
    expect(request.requested.subjectAltNames.map(({ kind }) => kind)).toEqual(['dns', 'ip', 'email', 'uri']);
    expect(request.requested.identity[0]?.value).toBe('110101199003070000');
    expect(request.requestedExtensions.at(-1)).toEqual({
      oid: '1.2.3',
      critical: true,
      value: fromHex('0500'),
    });
    expect(request.challengePassword!.use((bytes) => new TextDecoder().decode(bytes))).toBe('open sesame');
    expect(verifyCertificateRequest(request).check).toBe('right');
  });

  it('without wishes carries an empty set of attributes', async () => {
    const { infoRaw, requestedExtensions } = await make();
    expect(toHex(infoRaw).endsWith('a000')).toBe(true);
    expect(requestedExtensions).toEqual([]);
  });

  it('leads to a certificate with the same name and key', async () => {
    const ca = await root();
    const request = await make({ dnsNames: ['a.cn'] });
    const der = await issueCertificate(
      spec({
        subject: { raw: request.subjectRaw },
        publicKeyInfo: request.publicKeyInfo,
        issuer: { raw: ca.certificate.subjectRaw },
        profile: 'domain',
        dnsNames: request.requested.dnsNames,
      }),
      ca.signer,
    );
    const certificate = parseCertificate(der);
    expect(toHex(certificate.subjectRaw)).toBe(toHex(request.subjectRaw));
    expect(toHex(certificate.publicKeyInfo)).toBe(toHex(request.publicKeyInfo));
    expect(certificate.dnsNames).toEqual(['a.cn']);
  });

  it.each([
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('is signed with %s too', async (_, { privateKey }) => {
    const request = await make({}, nodeSoftwareSigner(privateKey));
    expect(verifyCertificateRequest(request).check).toBe('right');
  });

  it('writes a challenge in Chinese as UTF8String', async () => {
    const { raw } = await make({ challengePassword: '口令' });
    expect(toHex(raw)).toContain(toHex(derElement(0x31, derElement(0x0c, new TextEncoder().encode('口令')))));
  });
});

describe('a request is not made', () => {
  it.each([
    ['for usages that are none', { keyUsage: ['sign'] }],
    ['for no usages', { keyUsage: [] }],
    ['for purposes that are no OID', { extendedKeyUsage: ['clientAuth'] }],
    ['for purposes that are no list', { extendedKeyUsage: OIDS.clientAuth }],
    ['for a host name with a space', { dnsNames: ['a b'] }],
    ['for an identity nobody knows', { identity: { dog: '1' } }],
    [
      'for usages by the way',
      { extensions: [{ oid: OIDS.keyUsage, critical: false, value: fromHex('0500') }] },
    ],
    [
      'for an extension that is no DER',
      { extensions: [{ oid: '1.2.3', critical: false, value: fromHex('05') }] },
    ],
    ['with an empty challenge', { challengePassword: '' }],
    ['with a challenge of 256 characters', { challengePassword: 'a'.repeat(256) }],
    ['with a challenge of two lines', { challengePassword: 'a\nb' }],
    ['with a challenge that is a number', { challengePassword: 1234 }],
    [
      'above 64 KiB',
      { extensions: [{ oid: '1.2.3', critical: false, value: derElement(0x04, new Uint8Array(65_000)) }] },
    ],
  ])('%s', async (_, options) => {
    expect(await refusal(options)).toBe('ERR_PKI_REQUEST_INVALID');
  });

  it.each([[{ commonName: '' }], [{ commonName: 'a\nb' }], [{ raw: fromHex('3000') }]])(
    'for the name %j',
    async (subject) => {
      expect(await refusal({ subject })).toBe('ERR_PKI_NAME_INVALID');
    },
  );

  it('by a signer that signs wrongly, shows no key, or has an algorithm nobody knows', async () => {
    const good = newSigner();
    expect(await refusal({}, { ...good, sign: async () => new Uint8Array(70) })).toBe(
      'ERR_PKI_SIGNING_FAILED',
    );
    expect(await refusal({}, { ...good, publicKeyInfo: fromHex('3000') })).toBe('ERR_PKI_REQUEST_INVALID');
    expect(await refusal({}, { ...good, publicKeyInfo: newSigner().publicKeyInfo })).toBe(
      'ERR_PKI_SIGNING_FAILED',
    );
    expect(await refusal({}, { ...good, algorithm: 'toString' as 'sm2-sm3' })).toBe(
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    );
    const pair = sm2.generateKeyPair();
    const gone = sm2SoftwareSigner(pair);
    pair.privateKey.destroy();
    expect(await refusal({}, gone)).toBe('ERR_SECRET_DESTROYED');
  });
});
