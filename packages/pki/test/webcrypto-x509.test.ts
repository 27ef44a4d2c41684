import 'reflect-metadata';
import { sm2, utf8 } from '@cssi/sm-core';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { container } from 'tsyringe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { checkCertificateSignature, issueCertificate, parseCertificate } from '../src/index.ts';
import { type CryptoKeyPairLike, createCrypto, sm2AlgorithmProvider } from '../src/webcrypto/index.ts';
import { NOW, request, root, under } from './support/authority.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const GENERATED = 'vectors/certs/generated_pki.json';
const sm = createCrypto();
const newPair = async () =>
  (await sm.subtle.generateKey('SM2', true, ['sign', 'verify'])) as CryptoKeyPairLike;
/** Types of the library name the platform's classes; ours have their shape. */
const shaped = <T>(value: unknown): T => value as T;
const LATER = new Date(NOW.getTime() + 3_600_000);
const until = new Date(NOW.getTime() + 86_400_000);

describe('@peculiar/x509 with SM2 [part of SEAL-018]', () => {
  const before = x509.cryptoProvider.get();
  beforeAll(() => {
    container.registerInstance(x509.diAlgorithm, sm2AlgorithmProvider(AlgorithmIdentifier));
    x509.cryptoProvider.set(shaped(sm));
  });
  afterAll(() => {
    x509.cryptoProvider.set(before);
  });

  const selfSigned = async (keys: CryptoKeyPairLike) =>
    x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=根, O=测试',
      notBefore: NOW,
      notAfter: until,
      keys: shaped(keys),
      signingAlgorithm: { name: 'SM2' },
      extensions: [
        new x509.BasicConstraintsExtension(true, 1, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(shaped(keys.publicKey)),
      ],
    });

  it('reads and verifies our certificates, and refuses those of another key', async () => {
    const top = await root();
    const leaf = await under(top, 'leaf');
    const [a, b] = [top, leaf].map(
      ({ certificate }) => new x509.X509Certificate(certificate.raw.slice().buffer),
    );
    expect(b!.signatureAlgorithm).toMatchObject({ name: 'SM2', hash: { name: 'SM3' } });
    expect(b!.publicKey.algorithm).toMatchObject({ name: 'SM2' });
    expect(await a!.verify({ date: LATER })).toBe(true);
    expect(await b!.verify({ publicKey: a!, date: LATER })).toBe(true);
    expect(await b!.verify({ publicKey: b!, date: LATER })).toBe(false);
    const chain = await new x509.X509ChainBuilder({ certificates: [a!] }).build(b!);
    expect(chain).toHaveLength(2);
  });

  it.skipIf(!sharedPresent(GENERATED))('verifies chains of BouncyCastle', async () => {
    const cases = vectorCases(GENERATED);
    const read = (name: string) =>
      new x509.X509Certificate(derOf(cases.find((item) => item.name === name)!).slice().buffer);
    expect(await read('set0.sub').verify({ publicKey: read('set0.root'), signatureOnly: true })).toBe(true);
    expect(await read('set0.sign').verify({ publicKey: read('set0.sub'), signatureOnly: true })).toBe(true);
    expect(await read('set0.sign').verify({ publicKey: read('set0.root'), signatureOnly: true })).toBe(false);
  });

  it('makes certificates that we read and verify', async () => {
    const keys = await newPair();
    const top = await selfSigned(keys);
    expect(await top.verify({ date: LATER })).toBe(true);
    const leafKeys = await newPair();
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: '02',
      subject: 'CN=leaf',
      issuer: top.subject,
      notBefore: NOW,
      notAfter: until,
      publicKey: shaped(leafKeys.publicKey),
      signingKey: shaped(keys.privateKey),
      signingAlgorithm: { name: 'SM2' },
      extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
    });
    const [issuer, subject] = [top, leaf].map(({ rawData }) => parseCertificate(new Uint8Array(rawData)));
    expect(subject!.signatureAlgorithm).toBe('sm2-sm3');
    expect(subject!.keyAlgorithm).toBe('sm2');
    expect(checkCertificateSignature(subject!, issuer!)).toBe('right');
    expect(checkCertificateSignature(issuer!, issuer!)).toBe('right');
    expect(checkCertificateSignature(issuer!, subject!)).toBe('wrong');
    expect(issuer!.subject.commonName).toBe('根');
  });

  it('makes requests and verifies them', async () => {
    const keys = await newPair();
    const csr = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=申请者',
      keys: shaped(keys),
      signingAlgorithm: { name: 'SM2' },
    });
    expect(await csr.verify()).toBe(true);
    const bytes = new Uint8Array(csr.rawData.slice(0));
    bytes[bytes.length - 1]! ^= 1;
    expect(await new x509.Pkcs10CertificateRequest(bytes.buffer).verify()).toBe(false);
  });

  it('still does ECDSA', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = (await sm.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPairLike;
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '03',
      name: 'CN=ec',
      notBefore: NOW,
      notAfter: until,
      keys: shaped(keys),
      signingAlgorithm: algorithm,
    });
    expect(await certificate.verify({ date: LATER })).toBe(true);
  });

  it('verifies with another signer ID when told so', async () => {
    const signerId = utf8('another');
    const provider = sm2AlgorithmProvider(AlgorithmIdentifier, { signerId });
    const web = provider.toWebAlgorithm(new AlgorithmIdentifier({ algorithm: '1.2.156.10197.1.501' }))!;
    const pair = sm2.generateKeyPair();
    const message = utf8('m');
    const signature = sm2.signWith(pair, message, { id: signerId });
    const key = await sm.subtle.importKey('raw', pair.publicKey, web, true, ['verify']);
    expect(await sm.subtle.verify(web, key, signature, message)).toBe(true);
    expect(await sm.subtle.verify('SM2', key, signature, message)).toBe(false);
    expect(provider.toAsnAlgorithm({ name: 'ECDSA' })).toBeNull();
    expect(provider.toWebAlgorithm({ algorithm: '1.2.840.10045.2.1' })).toBeNull();
    const curve = Uint8Array.from([6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d]).buffer;
    const tongsuo = provider.toWebAlgorithm({ algorithm: '1.2.156.10197.1.301', parameters: curve });
    expect(tongsuo).toEqual({ name: 'SM2', namedCurve: 'SM2' });
  });

  it('takes our certificates of a signer that is not WebCrypto', async () => {
    const signer = sm2SoftwareSigner(sm2.generateKeyPair());
    const { publicKeyInfo } = signer;
    const der = await issueCertificate(
      request({ publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo }),
      signer,
    );
    const read = new x509.X509Certificate(der.slice().buffer);
    const spki = await sm.subtle.exportKey('spki', shaped(await read.publicKey.export(shaped(sm))));
    expect(new Uint8Array(spki as ArrayBuffer)).toEqual(publicKeyInfo);
  });
});
