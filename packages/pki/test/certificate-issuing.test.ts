import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { derElement, fromHex, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { nodeSoftwareSigner } from '../src/adapters/software.ts';
import {
  type CertificateSpec,
  checkCertificateSignature,
  formatDistinguishedName,
  issueCertificate,
  parseCertificate,
} from '../src/index.ts';
import { newSigner, request } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { commonName, sequence } from './support/craft.ts';

const issued = async (changes: Partial<CertificateSpec>, signer = newSigner()) =>
  parseCertificate(await issueCertificate(request(changes), signer));
const refusal = (changes: object): Promise<string> =>
  codeOfAsync(() => issueCertificate(request(changes as Partial<CertificateSpec>), newSigner()));

const FULL_NAME = {
  country: 'CN',
  province: '浙江省',
  locality: '杭州市',
  street: '文三路 1 号',
  postalCode: '310000',
  organization: '测试公司',
  organizationIdentifier: '91330000000000000X',
  organizationalUnit: '研发部',
  title: '工程师',
  surname: '张',
  givenName: '三',
  commonName: '张三',
  serialNumber: "A-1:2/3.4,(5)'?+=",
  userId: 'zhangsan',
  email: 'a@b.cn',
};

describe('names [part of SEAL-015]', () => {
  it('with every attribute read back, from the widest to the most specific', async () => {
    const certificate = await issued({ subject: FULL_NAME });
    expect(certificate.subject).toEqual(FULL_NAME);
    expect(certificate.subjectAttributes.map(({ text }) => text)).toEqual(Object.values(FULL_NAME));
    const printed = formatDistinguishedName(certificate.subjectRaw);
    expect(printed).toContain('emailAddress=a@b.cn,UID=zhangsan,serialNumber=');
    expect(printed).toMatch(/L=杭州市,ST=浙江省,C=CN$/);
  });

  it('are written in the string types of the standards', async () => {
    const { subjectAttributes } = await issued({ subject: FULL_NAME });
    const tags = Object.fromEntries(subjectAttributes.map(({ oid, raw }) => [oid, raw[0]]));
    expect(tags['2.5.4.6']).toBe(0x13);
    expect(tags['2.5.4.5']).toBe(0x13);
    expect(tags['1.2.840.113549.1.9.1']).toBe(0x16);
    expect(tags['2.5.4.3']).toBe(0x0c);
  });

  it('of a request keep their bytes', async () => {
    // The attributes in an order of their own, in PrintableString.
    const raw = fromHex('3019310a30080603550403130152310b3009060355040613024e4c');
    const certificate = await issued({ subject: { raw } });
    expect(toHex(certificate.subjectRaw)).toBe(toHex(raw));
    expect(certificate.subject).toEqual({ commonName: 'R', country: 'NL' });
  });

  const utf8Name = (text: string) => ({ raw: commonName(derElement(0x0c, utf8(text))) });
  it.each([
    ['with a line break in DER', utf8Name('a\nb')],
    ['with a character that turns the direction of text in DER', utf8Name('a\u202eb')],
    ['empty in DER', { raw: sequence() }],
    ['with an empty attribute in DER', utf8Name('')],
    ['that is no name', { raw: fromHex('3100') }],
    ['with bytes after it', { raw: fromHex('300000') }],
    ['of more than 4 KiB', utf8Name('a'.repeat(5000))],
    ['that is no byte array', { raw: 'CN=a' }],
    ['with an e-mail address in Chinese', { commonName: 'a', email: '张@b.cn' }],
    ['with a serial number outside of PrintableString', { commonName: 'a', serialNumber: 'a@b' }],
    ['with a province of 129 characters', { commonName: 'a', province: '省'.repeat(129) }],
    ['with an attribute that is no text', { commonName: 'a', title: 5 }],
  ])('%s are refused', async (_, subject) => {
    expect(await refusal({ subject })).toBe('ERR_PKI_NAME_INVALID');
  });
});

describe('a wish for an extension is refused', () => {
  const own = (oid: string, value = fromHex('0500'), critical: unknown = false) => ({
    extensions: [{ oid, critical, value }],
  });
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ oid: `1.2.3.${i}`, critical: false, value: fromHex('0500') }));
  it.each([
    ['an e-mail address without a host', { emails: ['a@'] }],
    ['an e-mail address with two signs', { emails: ['a@b@c.cn'] }],
    ['an e-mail address without a mailbox', { emails: ['@b.cn'] }],
    ['an e-mail address with a NUL', { emails: ['a@b.cn\0.d.cn'] }],
    ['a relative URI', { uris: ['/a/b'] }],
    ['a URI with a space', { uris: ['http://a/ b'] }],
    ['a URI in Chinese', { uris: ['http://例子.cn/'] }],
    ['a list of names that is none', { uris: 'http://a' }],
    ['65 names of two kinds', { uris: Array(33).fill('urn:a:b'), emails: Array(32).fill('a@b.cn') }],
    ['a revocation list without a scheme', { crlDistributionPoints: ['a.cn/crl'] }],
    ['17 revocation lists', { crlDistributionPoints: Array(17).fill('http://a') }],
    ['a delta list that is no text', { freshestCrl: [5] }],
    ['a responder with a space', { ocspUrls: ['http://a b'] }],
    ['an issuer that is no list', { caIssuerUrls: { length: 1 } }],
    ['a policy that is no OID', { certificatePolicies: ['1'] }],
    ['a policy in a forbidden arc', { certificatePolicies: ['1.40.1'] }],
    ['a policy with a leading zero', { certificatePolicies: ['1.2.03'] }],
    ['a policy twice', { certificatePolicies: ['1.2.3', { oid: '1.2.3' }] }],
    [
      'a policy of endless length',
      { certificatePolicies: [`1.2${'.340282366920938463463374607431768'.repeat(7)}`] },
    ],
    ['a statement that is no URI', { certificatePolicies: [{ oid: '1.2.3', cpsUri: 'x' }] }],
    ['no name constraints', { nameConstraints: {} }],
    ['empty name constraints', { nameConstraints: { permitted: [] } }],
    [
      'a network with bits behind its prefix',
      { nameConstraints: { excluded: [{ kind: 'ip', value: '10.0.0.1/8' }] } },
    ],
    ['a network of 33 bits', { nameConstraints: { excluded: [{ kind: 'ip', value: '10.0.0.0/33' }] } }],
    ['a network without a prefix', { nameConstraints: { excluded: [{ kind: 'ip', value: '10.0.0.0' }] } }],
    ['a constraint with a wildcard', { nameConstraints: { permitted: [{ kind: 'dns', value: '*.a.cn' }] } }],
    [
      'a constraint of a kind nobody knows',
      { nameConstraints: { permitted: [{ kind: 'oid', value: 'a' }] } },
    ],
    ['a CA flag by the way', own('2.5.29.19', fromHex('30030101ff'))],
    ['usages by the way', own('2.5.29.15', fromHex('03020106'))],
    ['no check by the way', own('1.3.6.1.5.5.7.48.1.5')],
    ['an identity twice', { identity: { tax: '1' }, ...own('1.2.156.10260.4.1.5', fromHex('130131')) }],
    ['an extension twice', { extensions: [...many(1), ...many(1)] }],
    ['33 extensions', { extensions: many(33) }],
    ['an extension of bytes that are no DER', own('1.2.3', fromHex('0501'))],
    ['an extension of two values', own('1.2.3', fromHex('05000500'))],
    ['an extension without a value', own('1.2.3', new Uint8Array(0))],
    ['an extension whose flag is a text', own('1.2.3', fromHex('0500'), 'false')],
    ['an extension that is no OID', own('3.1')],
    ['a certificate that nobody could read', own('1.2.3', derElement(0x04, new Uint8Array(65_000)))],
  ])('for %s', async (_, changes) => {
    expect(await refusal(changes)).toBe('ERR_PKI_REQUEST_INVALID');
  });

  it('but not one of the caller’s own', async () => {
    const extensions = [{ oid: '2.25.1.2', critical: true, value: fromHex('0500') }];
    const certificate = await issued({ extensions });
    expect(certificate.extensions.at(-1)).toEqual(extensions[0]);
    expect(certificate.unknownCritical).toEqual(['2.25.1.2']);
  });
});

const FOREIGN = [
  ['P-256', 'ecdsa-p256-sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['P-384', 'ecdsa-p384-sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['RSA-2048', 'rsa-pkcs1-sha256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
] as const;

describe('issuers with keys other than SM2 [part of SEAL-015]', () => {
  it.each(FOREIGN)('%s sign certificates that Node verifies', async (_, algorithm, generate) => {
    const { privateKey, publicKey } = generate();
    const signer = nodeSoftwareSigner(privateKey);
    const certificate = await issued({ publicKeyInfo: signer.publicKeyInfo }, signer);
    expect(certificate.signatureAlgorithm).toBe(algorithm);
    expect(certificate.findings).toEqual([]);
    expect(checkCertificateSignature(certificate, certificate)).toBe('right');
    expect(new X509Certificate(certificate.raw).verify(publicKey)).toBe(true);
  });

  it('sign for an SM2 key, and SM2 for theirs', async () => {
    const rsa = nodeSoftwareSigner(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey);
    const sm2Holder = newSigner();
    const mixed = await issued({ publicKeyInfo: sm2Holder.publicKeyInfo }, rsa);
    expect(mixed).toMatchObject({ keyAlgorithm: 'sm2', signatureAlgorithm: 'rsa-pkcs1-sha256' });
    const other = await issued({ publicKeyInfo: rsa.publicKeyInfo }, sm2Holder);
    expect(other).toMatchObject({ keyAlgorithm: '1.2.840.113549.1.1.1', signatureAlgorithm: 'sm2-sm3' });
  });
});
