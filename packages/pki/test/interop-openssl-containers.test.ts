import { type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  decryptPrivateKey,
  encryptPrivateKey,
  openPkcs12,
  privateKeyFromPem,
  sealPkcs12,
} from '../src/containers/index.ts';
import { certificatesFromPem, encodeSm2PrivateKey, pemDecode, pemEncode } from '../src/index.ts';
import { root, under } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { DISTID, hasOpenssl, Openssl } from './support/openssl.ts';

const PASSWORD = 'pass word';
const PASS = ['-passin', `pass:${PASSWORD}`];

describe.skipIf(!hasOpenssl)('containers between us and OpenSSL', () => {
  const openssl = new Openssl();
  afterAll(() => openssl.close());

  /** The public key as OpenSSL prints it for a private key. */
  const pointOf = (...args: readonly string[]): string => {
    const der = openssl.makes('pkey', ...args, '-pubout', '-outform', 'DER');
    return toHex(der.subarray(-65));
  };
  const newKey = (): Uint8Array => {
    openssl.says('genpkey', '-algorithm', 'SM2', '-out', openssl.path('made.key'));
    return pemDecode(openssl.says('pkey', '-in', 'made.key', '-pubout'), 'PUBLIC KEY')[0]!.subarray(-65);
  };
  const plainOf = (key: Awaited<ReturnType<typeof decryptPrivateKey>>): Sm2KeyPair => {
    if (key.kind !== 'sm2') throw new Error(`a key of kind ${key.kind}`);
    return key.pair;
  };

  it('pkey reads our PKCS#8, and not one that is cut off [part of SEAL-018]', () => {
    const pair = sm2.generateKeyPair();
    openssl.file('ours.key', pemEncode('PRIVATE KEY', encodeSm2PrivateKey(pair)));
    expect(pointOf('-in', 'ours.key')).toBe(toHex(pair.publicKey));
    const cut = encodeSm2PrivateKey(pair).subarray(0, -1);
    openssl.file('cut.key', pemEncode('PRIVATE KEY', cut));
    expect(openssl.run('pkey', '-in', 'cut.key', '-noout').status).not.toBe(0);
  });

  it.each([['sm4-cbc'], ['aes128-cbc'], ['aes256-cbc']] as const)(
    'pkey opens our key under HMAC-SHA256 and %s [part of SEAL-018]',
    async (cipher) => {
      const pair = sm2.generateKeyPair();
      const encryption = { prf: 'hmac-sha256', cipher, iterations: 2000 } as const;
      const der = await encryptPrivateKey(pair, PASSWORD, encryption);
      openssl.file('enc.key', pemEncode('ENCRYPTED PRIVATE KEY', der));
      expect(pointOf('-in', 'enc.key', ...PASS)).toBe(toHex(pair.publicKey));
      expect(openssl.run('pkey', '-in', 'enc.key', '-passin', 'pass:other', '-noout').status).not.toBe(0);
    },
  );

  it('asn1parse walks through a key under HMAC-SM3, which OpenSSL 3.0 does not open', async () => {
    const der = await encryptPrivateKey(sm2.generateKeyPair(), PASSWORD, { iterations: 1000 });
    const file = openssl.file('sm3.key', pemEncode('ENCRYPTED PRIVATE KEY', der));
    const text = openssl.says('asn1parse', '-in', file);
    for (const name of ['PBES2', 'PBKDF2', 'sm4-cbc', '1.2.156.10197.1.401.2']) {
      expect(text.replace('hmacWithSM3', '1.2.156.10197.1.401.2')).toContain(name);
    }
  });

  it.each([
    ['-v2', 'sm4-cbc', '-v2prf', 'hmacWithSHA256'],
    ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA1'],
    ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA512'],
  ])('we open its key under %s %s %s %s [part of SEAL-018]', async (...options) => {
    const point = newKey();
    const args = ['pkcs8', '-topk8', '-in', 'made.key', '-outform', 'DER', '-passout', `pass:${PASSWORD}`];
    const der = openssl.makes(...args, ...options);
    expect(plainOf(await decryptPrivateKey(der, PASSWORD)).publicKey).toEqual(point);
    expect(await codeOfAsync(() => decryptPrivateKey(der, 'other'))).toBe('ERR_DECRYPT_FAILED');
  });

  it('we read its keys in PEM: PKCS#8, SEC 1 under both labels, encrypted [part of SEAL-018]', async () => {
    const point = newKey();
    const pass = ['-passout', `pass:${PASSWORD}`];
    const plain = openssl.says('pkey', '-in', 'made.key');
    const sec1 = openssl.says('ec', '-in', 'made.key');
    const encrypted = openssl.says('pkcs8', '-topk8', '-in', 'made.key', '-v2', 'sm4-cbc', ...pass);
    expect(sec1).toContain('BEGIN SM2 PRIVATE KEY');
    for (const text of [plain, sec1, sec1.replaceAll('SM2', 'EC'), encrypted]) {
      const key = await privateKeyFromPem(text, { password: PASSWORD });
      expect(plainOf(key).publicKey).toEqual(point);
    }
    expect(await codeOfAsync(async () => privateKeyFromPem(encrypted, { password: 'other' }))).toBe(
      'ERR_DECRYPT_FAILED',
    );
  });

  it('pkcs12 opens our container, and refuses another password [part of SEAL-018]', async () => {
    const top = await root();
    const pair = sm2.generateKeyPair();
    const { publicKeyInfo } = sm2SoftwareSigner(pair);
    const leaf = (await under(top, 'leaf', { publicKeyInfo })).certificate;
    const keys = [{ key: pair, certificate: leaf.raw }];
    for (const macHash of ['sm3', 'sha256'] as const) {
      const options = { prf: 'hmac-sha256', iterations: 2000, macHash } as const;
      openssl.file(
        'ours.p12',
        await sealPkcs12({ keys, certificates: [top.certificate.raw] }, PASSWORD, options),
      );
      const text = openssl.says('pkcs12', '-in', 'ours.p12', ...PASS, '-nodes');
      expect(certificatesFromPem(text).map(({ fingerprint }) => fingerprint)).toEqual([
        leaf.fingerprint,
        top.certificate.fingerprint,
      ]);
      openssl.file('out.key', text);
      expect(pointOf('-in', 'out.key')).toBe(toHex(pair.publicKey));
      const refused = openssl.run('pkcs12', '-in', 'ours.p12', '-passin', 'pass:other', '-noout');
      expect(refused.text).toContain('Mac verify error');
    }
  });

  it('we open its containers, MAC by SM3 and SHA-256 [part of SEAL-018]', async () => {
    const point = newKey();
    const subject = ['-subj', '/CN=p12', '-days', '9', '-sigopt', DISTID];
    openssl.says(
      'req',
      '-x509',
      '-new',
      '-key',
      'made.key',
      '-sm3',
      ...subject,
      '-out',
      openssl.path('p12.pem'),
    );
    for (const options of [
      ['-macalg', 'sm3', '-keypbe', 'sm4-cbc', '-certpbe', 'sm4-cbc'],
      ['-keypbe', 'aes-256-cbc', '-certpbe', 'aes-256-cbc'],
      ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ]) {
      const args = [
        'pkcs12',
        '-export',
        '-inkey',
        'made.key',
        '-in',
        'p12.pem',
        '-passout',
        `pass:${PASSWORD}`,
      ];
      const store = openssl.makes(...args, ...options);
      const { keys, certificates } = await openPkcs12(store, PASSWORD);
      expect(keys.map(({ key }) => plainOf(key).publicKey)).toEqual([point]);
      expect(certificates).toHaveLength(1);
      expect(await codeOfAsync(() => openPkcs12(store, 'other'))).toBe('ERR_DECRYPT_FAILED');
    }
  });
});
