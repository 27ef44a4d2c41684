import { sm2, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DecodedPrivateKey,
  decryptPrivateKey,
  encryptPrivateKey,
  openPkcs12,
  sealPkcs12,
} from '../src/containers/index.ts';
import { decodeSm2PrivateKey } from '../src/index.ts';
import { root, under } from './support/authority.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { type ForeignPki, foreignPki } from './support/bouncycastle-pki.ts';
import { codeOfAsync } from './support/codes.ts';
import { altered } from './support/interop.ts';

const PASSWORD = '口令 pässword';
const pointOf = (key: DecodedPrivateKey): Uint8Array => {
  if (key.kind !== 'sm2') throw new Error(`a key of kind ${key.kind}`);
  key.pair.privateKey.destroy();
  return key.pair.publicKey;
};

describe.skipIf(!hasBouncyCastle)('containers between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  let pki: ForeignPki;
  beforeAll(async () => {
    castle = new BouncyCastle();
    pki = await foreignPki(castle);
  });
  afterAll(() => castle.close());

  const ENCRYPTIONS = [
    { prf: 'hmac-sm3', cipher: 'sm4-cbc', iterations: 2000 },
    { prf: 'hmac-sha256', cipher: 'sm4-cbc', iterations: 1000 },
    { prf: 'hmac-sha256', cipher: 'aes128-cbc', iterations: 1000 },
    { prf: 'hmac-sha256', cipher: 'aes256-cbc', iterations: 1000 },
    { prf: 'hmac-sha1', cipher: 'aes256-cbc', iterations: 1000 },
  ] as const;

  it.each(ENCRYPTIONS)('it opens our key under $prf and $cipher [part of SEAL-018]', async (encryption) => {
    const pair = sm2.generateKeyPair();
    const der = await encryptPrivateKey(pair, PASSWORD, encryption);
    const [point] = await castle.does('open-encrypted-pkcs8', utf8(PASSWORD), der);
    expect(bytesOf(point)).toEqual(pair.publicKey);
    expect(await castle.refusal('open-encrypted-pkcs8', utf8('other'), der)).not.toBe('accepted');
    expect(await castle.refusal('open-encrypted-pkcs8', utf8(PASSWORD), altered(der, -20))).not.toBe(
      'accepted',
    );
  });

  it.each([['sm3'], ['sha256']])(
    'we open its key under PBKDF2 with HMAC-%s [part of SEAL-018]',
    async (prf) => {
      const { key, certificate } = pki.encrypt;
      const der = await castle.makes('seal-pkcs8', utf8(PASSWORD), '3000', prf, key);
      expect(pointOf(await decryptPrivateKey(der, PASSWORD))).toEqual(certificate.sm2PublicKey);
      const refusal = (bytes: Uint8Array, password: string) =>
        codeOfAsync(() => decryptPrivateKey(bytes, password));
      expect(await refusal(der, 'other')).toBe('ERR_DECRYPT_FAILED');
      // CBC tells of a change where it breaks the structure: in the last block the padding.
      expect(await refusal(altered(der, -17), PASSWORD)).toBe('ERR_DECRYPT_FAILED');
      expect(await refusal(der.subarray(0, der.length - 1), PASSWORD)).toBe('ERR_PKI_CONTAINER_MALFORMED');
    },
  );

  it('it opens our PKCS#12 with SM3 and SM4, key and chain [part of SEAL-018]', async () => {
    const top = await root();
    const pair = sm2.generateKeyPair();
    const { sm2SoftwareSigner } = await import('../src/adapters/software.ts');
    const { publicKeyInfo } = sm2SoftwareSigner(pair);
    const leaf = (await under(top, 'leaf', { publicKeyInfo })).certificate;
    const contents = {
      keys: [{ key: pair, certificate: leaf.raw, friendlyName: '签名' }],
      certificates: [top.certificate.raw],
    };
    const store = await sealPkcs12(contents, PASSWORD, { iterations: 2000 });
    const [point, ...certificates] = await castle.does('open-pkcs12', utf8(PASSWORD), store);
    expect(bytesOf(point)).toEqual(pair.publicKey);
    expect(certificates.map(bytesOf)).toEqual([leaf.raw, top.certificate.raw]);
    expect(await castle.refusal('open-pkcs12', utf8('other'), store)).toBe('mac');
    expect(await castle.refusal('open-pkcs12', utf8(PASSWORD), altered(store, 200))).not.toBe('accepted');
  });

  it('we open its PKCS#12 with SM3 and SM4 [part of SEAL-018]', async () => {
    const { key, certificate } = pki.sign;
    const chain = [certificate.raw, pki.sub.certificate.raw];
    const store = await castle.makes('make-pkcs12', utf8(PASSWORD), '2000', key, ...chain);
    const { keys, certificates } = await openPkcs12(store, PASSWORD);
    expect(keys.map((one) => pointOf(one.key))).toEqual([certificate.sm2PublicKey]);
    expect(certificates.map(({ der }) => der)).toEqual(chain);
    expect(await codeOfAsync(() => openPkcs12(store, 'other'))).toBe('ERR_DECRYPT_FAILED');
    expect(await codeOfAsync(() => openPkcs12(altered(store, -60), PASSWORD))).toMatch(/^ERR_/);
  });

  it('its key store of its own making, 3DES and RC2, opens or says what it cannot [part of SEAL-018]', async () => {
    const { key, certificate } = pki.sign;
    const store = await castle.makes('make-key-store', utf8('pass'), key, certificate.raw);
    // The certificates stand under RC2 of 40 bits, which nobody should support.
    expect(await codeOfAsync(() => openPkcs12(store, 'pass'))).toBe('ERR_PKI_ALGORITHM_UNSUPPORTED');
    expect(decodeSm2PrivateKey(key).publicKey).toEqual(certificate.sm2PublicKey);
  });
});
