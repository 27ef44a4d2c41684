import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { isAccepted, sm2, sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { ecdsaP256SoftwareSigner, sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  type CertificateProfile,
  type CertificateSpec,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  OIDS,
  PURPOSE_OIDS,
  parseCertificate,
  verifyCertificatePath,
} from '../src/index.ts';
import { day, NOW, newSigner, request, root, under } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';

const issued = async (changes: Partial<CertificateSpec>, signer = newSigner()) =>
  parseCertificate(await issueCertificate(request(changes), signer));
const refusal = (changes: object, signer = newSigner()): Promise<string> =>
  codeOfAsync(() => issueCertificate(request(changes as Partial<CertificateSpec>), signer));

describe('a certificate that was issued', () => {
  it('reads back as it was asked for [part of SEAL-015]', async () => {
    const holder = newSigner();
    const subject = {
      commonName: '张三',
      organization: '测试公司',
      organizationalUnit: '研发',
      country: 'CN',
    };
    const certificate = await issued({
      subject,
      publicKeyInfo: holder.publicKeyInfo,
      profile: 'person',
      serial: Uint8Array.of(0x80, 1),
    });
    expect(certificate).toMatchObject({
      version: 3,
      subject,
      issuer: { commonName: '测试根' },
      notBefore: day(-10),
      notAfter: day(365),
      signatureAlgorithm: 'sm2-sm3',
      keyAlgorithm: 'sm2',
      isCa: false,
    });
    expect(toHex(certificate.serial)).toBe('8001');
    expect(toHex(certificate.publicKeyInfo)).toBe(toHex(holder.publicKeyInfo));
    expect(certificate.fingerprint).toBe(toHex(sm3(certificate.raw)));
  });

  it('names sm2sign-with-sm3 without parameters, twice the same [part of SEAL-019]', async () => {
    const { raw } = await issued({});
    const algorithm = '300a06082a811ccf55018375';
    expect(toHex(raw).split(algorithm)).toHaveLength(3);
  });

  it('writes names in UTF8String, countries in PrintableString', async () => {
    const { subjectRaw } = await issued({ subject: { commonName: '根', country: 'CN' } });
    expect(toHex(subjectRaw)).toBe('301b310b300906035504061302434e310c300a06035504030c03e6a0b9');
  });

  it('has a random positive serial number of 16 bytes', async () => {
    const serials = await Promise.all(Array.from({ length: 8 }, () => issued({})));
    expect(new Set(serials.map(({ serial }) => toHex(serial))).size).toBe(8);
    for (const { serial } of serials) {
      expect(serial).toHaveLength(16);
      expect(serial[0]! >> 6).toBe(1);
    }
  });

  it('writes UTCTime until 2049, GeneralizedTime from 2050 on, whole seconds', async () => {
    const notBefore = new Date('2049-12-31T23:59:58.999Z');
    const certificate = await issued({ notBefore, notAfter: new Date('2050-01-01T00:00:00Z') });
    const text = new TextDecoder('latin1').decode(certificate.raw);
    expect(text).toContain('\x17\x0d491231235958Z\x18\x0f20500101000000Z');
    expect(certificate.notBefore).toEqual(new Date('2049-12-31T23:59:58Z'));
  });

  it('keeps the bytes of the issuer name that it was given', async () => {
    // The same name in PrintableString: encoding it again would give other bytes.
    const raw = Uint8Array.from(Buffer.from('300c310a30080603550403130152', 'hex'));
    expect(toHex((await issued({ issuer: { raw } })).issuerRaw)).toBe(toHex(raw));
  });
});

describe('profiles', () => {
  const SIGNS = ['digitalSignature', 'nonRepudiation'];
  const CIPHERS = ['keyEncipherment', 'dataEncipherment', 'keyAgreement'];
  const EXPECTED: readonly [CertificateProfile, boolean, string[], boolean, string[] | undefined][] = [
    ['root-ca', true, ['keyCertSign', 'cRLSign'], true, undefined],
    ['person', false, SIGNS, true, undefined],
    ['device', false, [...SIGNS, ...CIPHERS], false, undefined],
    ['seal-maker', false, SIGNS, true, [PURPOSE_OIDS.sealMaker]],
    ['seal-signer', false, SIGNS, true, [PURPOSE_OIDS.sealSigner]],
    ['model-publisher', false, SIGNS, true, [PURPOSE_OIDS.modelPublisher]],
    ['tls-server', false, ['digitalSignature'], true, [OIDS.serverAuth]],
    ['tee-attestation', false, ['digitalSignature'], true, [PURPOSE_OIDS.teeAttestation]],
    ['audit', false, SIGNS, true, [PURPOSE_OIDS.auditCheckpoint]],
  ];

  it.each(EXPECTED)(
    '%s fixes its extensions [part of SEAL-015]',
    async (profile, isCa, usages, critical, purposes) => {
      const certificate = await issued({ profile });
      expect([...(certificate.keyUsage ?? [])]).toEqual(usages);
      expect(certificate.isCa).toBe(isCa);
      expect(certificate.extendedKeyUsage).toEqual(purposes);
      const criticalOf = (oid: string) => certificate.extensions.find((item) => item.oid === oid)?.critical;
      expect(criticalOf(OIDS.keyUsage)).toBe(critical);
      expect(criticalOf(OIDS.basicConstraints)).toBe(isCa);
      expect(criticalOf(OIDS.subjectKeyIdentifier)).toBe(false);
      expect(certificate.unknownCritical).toEqual([]);
    },
  );

  it('make a pair of certificates, one to sign and one to encrypt [part of SEAL-015]', async () => {
    const ca = await root();
    const sign = await under(ca, '双证书');
    const cipher = await under(ca, '双证书', {
      keyUsage: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'],
    });
    const judge = (leaf: typeof sign.certificate, usage: 'digitalSignature' | 'keyEncipherment') =>
      isAccepted(verifyCertificatePath(leaf, { anchors: [ca.certificate], time: NOW, keyUsage: [usage] }));
    expect(judge(sign.certificate, 'digitalSignature')).toBe(true);
    expect(judge(cipher.certificate, 'keyEncipherment')).toBe(true);
    expect(judge(sign.certificate, 'keyEncipherment')).toBe(false);
    expect(judge(cipher.certificate, 'digitalSignature')).toBe(false);
  });

  it('join child and issuer by their key identifiers', async () => {
    const ca = await root();
    const { certificate } = await under(ca, 'leaf');
    expect(certificate.subjectKeyIdentifier).toHaveLength(20);
    expect(toHex(certificate.authorityKeyIdentifier!)).toBe(toHex(ca.certificate.subjectKeyIdentifier!));
    const given = Uint8Array.from([1, 2, 3]);
    const other = await under(ca, 'leaf', { issuerKeyIdentifier: given });
    expect(toHex(other.certificate.authorityKeyIdentifier!)).toBe('010203');
  });

  it('carry host names and addresses that Node reads the same', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = await issueCertificate(
      request({
        profile: 'tls-server',
        publicKeyInfo: publicKey.export({ format: 'der', type: 'spki' }),
        dnsNames: ['localhost', '*.example.cn'],
        ipAddresses: ['127.0.0.1', '::1', '2001:db8::8:800:200c:417a', '::ffff:10.0.0.1'],
      }),
      ecdsaP256SoftwareSigner(privateKey),
    );
    expect(new X509Certificate(der).subjectAltName).toBe(
      'DNS:localhost, DNS:*.example.cn, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, ' +
        'IP Address:2001:DB8:0:0:8:800:200C:417A, IP Address:0:0:0:0:0:FFFF:A00:1',
    );
    const certificate = parseCertificate(der);
    expect(certificate.dnsNames).toEqual(['localhost', '*.example.cn']);
    expect(certificate.ipAddresses.map(({ length }) => length)).toEqual([4, 16, 16, 16]);
  });
});

describe('a request is refused', () => {
  it.each([
    ['an unknown profile', { profile: 'toString' }],
    ['a serial number of zero', { serial: new Uint8Array(4) }],
    ['an empty serial number', { serial: new Uint8Array(0) }],
    ['a serial number of 21 bytes', { serial: new Uint8Array(21).fill(1) }],
    ['a serial number of 20 bytes that needs a sign byte', { serial: new Uint8Array(20).fill(0x80) }],
    ['a serial number that is no byte array', { serial: '01' }],
    ['an end before the beginning', { notAfter: day(-11) }],
    ['an end at the beginning', { notBefore: day(0), notAfter: new Date(day(0).getTime() + 999) }],
    ['a time that is none', { notBefore: new Date(Number.NaN) }],
    ['a time as text', { notAfter: '2027-01-01' }],
    ['a year before 1950', { notBefore: new Date('1949-12-31T00:00:00Z') }],
    ['a year after 9999', { notAfter: new Date(Date.UTC(10_000, 0, 1)) }],
    ['an issuer that is no name', { issuer: { raw: Uint8Array.of(0x31, 0) } }],
    ['an empty issuer', { issuer: { raw: Uint8Array.of(0x30, 0) } }],
    ['an issuer with bytes after it', { issuer: { raw: Uint8Array.of(0x30, 0, 0) } }],
    ['a public key that is none', { publicKeyInfo: Uint8Array.of(0x30, 0) }],
    ['a public key of 2 KiB', { publicKeyInfo: new Uint8Array(2048) }],
    ['a key usage that is none', { keyUsage: ['sign'] }],
    ['no key usage at all', { keyUsage: [] }],
    ['certificate signing for a person', { profile: 'person', keyUsage: ['keyCertSign'] }],
    ['a path length for a person', { profile: 'person', pathLength: 0 }],
    ['a negative path length', { pathLength: -1 }],
    ['a path length of one half', { pathLength: 0.5 }],
    ['a host name with a space', { dnsNames: ['a b'] }],
    ['a host name with an empty label', { dnsNames: ['a..b'] }],
    ['a host name with a NUL', { dnsNames: ['good.cn\0.evil.cn'] }],
    ['a wildcard in the middle', { dnsNames: ['a.*.cn'] }],
    ['a host name in Chinese', { dnsNames: ['例子.cn'] }],
    ['an address that is none', { ipAddresses: ['127.0.0.256'] }],
    ['an address with a zone', { ipAddresses: ['fe80::1%eth0'] }],
    ['65 names', { dnsNames: Array.from({ length: 65 }, (_, i) => `h${i}.cn`) }],
    ['an issuer key identifier of no bytes', { issuerKeyIdentifier: new Uint8Array(0) }],
  ])('for %s', async (_, changes) => {
    expect(await refusal(changes)).toBe('ERR_PKI_REQUEST_INVALID');
  });

  it.each([
    ['an empty common name', { commonName: '' }],
    ['no common name', { organization: 'x' }],
    ['65 characters', { commonName: '名'.repeat(65) }],
    ['a line break', { commonName: 'a\nb' }],
    ['a NUL', { commonName: 'good\0evil' }],
    ['a character that turns the direction of text', { commonName: 'a\u202eb' }],
    ['a zero-width space', { commonName: 'admin\u200b' }],
    ['a lone surrogate', { commonName: '\ud800' }],
    ['a number', { commonName: 5 }],
    ['a country of three letters', { commonName: 'a', country: 'CHN' }],
    ['a country in small letters', { commonName: 'a', country: 'cn' }],
  ])('for a name with %s', async (_, subject) => {
    expect(await refusal({ subject })).toBe('ERR_PKI_NAME_INVALID');
  });

  it('for a point that is not on the curve', async () => {
    const publicKeyInfo = encodeSm2PublicKeyInfo(sm2.generateKeyPair().publicKey);
    publicKeyInfo[90]! ^= 1;
    expect(await refusal({ publicKeyInfo })).toBe('ERR_SM2_PUBLIC_KEY_INVALID');
  });

  it('for an algorithm that nobody knows', async () => {
    const signer = { ...newSigner(), algorithm: 'rsa' as 'sm2-sm3' };
    expect(await refusal({}, signer)).toBe('ERR_PKI_ALGORITHM_UNSUPPORTED');
  });

  it('when the signer answers with a signature that is not its own', async () => {
    const good = newSigner();
    const strange = newSigner();
    expect(await refusal({}, { ...good, sign: (message) => strange.sign(message) })).toBe(
      'ERR_PKI_SIGNING_FAILED',
    );
    expect(await refusal({}, { ...good, sign: async () => new Uint8Array(70) })).toBe(
      'ERR_PKI_SIGNING_FAILED',
    );
    expect(await refusal({}, { ...good, publicKeyInfo: Uint8Array.of(0x30, 0) })).toBe(
      'ERR_PKI_SIGNING_FAILED',
    );
    const emptyId = sm2.generateKeyPair();
    const withoutId = {
      ...sm2SoftwareSigner(emptyId),
      sign: async (message: Uint8Array) => sm2.signWith(emptyId, message, { id: new Uint8Array(0) }),
    };
    expect(await refusal({}, withoutId)).toBe('ERR_PKI_SIGNING_FAILED');
  });

  it('as the signer refuses it: its own error comes through', async () => {
    const pair = sm2.generateKeyPair();
    const signer = sm2SoftwareSigner(pair);
    pair.privateKey.destroy();
    expect(await refusal({}, signer)).toBe('ERR_SECRET_DESTROYED');
  });

  it('not to be steered by a signer that changes what it is given', async () => {
    const good = newSigner();
    const sign = async (message: Uint8Array) => {
      const signature = await good.sign(message);
      message.fill(0);
      return signature;
    };
    const { subject } = await issued({ subject: { commonName: 'steady' } }, { ...good, sign });
    expect(subject.commonName).toBe('steady');
  });
});
