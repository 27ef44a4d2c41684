import { concatBytes, fromHex, Secret, sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sm2SoftwareDecipherer } from '../src/adapters/software.ts';
import {
  decodePrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
  envelopeKeyPair,
  openEnvelopedKey,
  type Sm2PrivateKeyRead,
} from '../src/containers/index.ts';
import { Cursor } from '../src/internal/cursor.ts';
import { oidText } from '../src/internal/oids.ts';
import { readAll, readOne } from '../src/internal/tlv.ts';
import { codeOf } from './support/codes.ts';

const D = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8';
const PUBLIC =
  '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
  'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13';
/** The signature of "message digest" in the annex, whose nonce is known. @standard GB/T 32918.5-2017 annex A */
const R = 'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3';
const S = 'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa';

const pair = sm2.keyPair(Secret.take(fromHex(D)));
const tags = (der: Uint8Array) => readAll(readOne(der, 0x30).value).map(({ tag }) => tag);
const values = (der: Uint8Array) => readAll(readOne(der, 0x30).value).map(({ value }) => toHex(value));

describe('encodings of GB/T 35276', () => {
  it('of keys, cipher, signature and enveloped key are those of the standard [SEAL-018]', async () => {
    // Public key: BIT STRING 04‖X‖Y under id-ecPublicKey and the curve.
    expect(toHex(pair.publicKey)).toBe(PUBLIC);
    const spki = encodeSm2PublicKeyInfo(pair.publicKey);
    expect(toHex(spki)).toBe(`3059301306072a8648ce3d020106082a811ccf5501822d034200${PUBLIC}`);
    expect(toHex(decodeSm2PublicKeyInfo(spki))).toBe(PUBLIC);

    // Private key: an INTEGER of 256 bits, in 32 octets inside of PKCS#8.
    const pkcs8 = encodeSm2PrivateKey(pair);
    expect(toHex(pkcs8)).toContain(`02010104${'20'}${D}`);
    const read = decodePrivateKey(pkcs8, { policy: 'strict' }) as Sm2PrivateKeyRead;
    expect(read.pair.privateKey.use(toHex)).toBe(D);

    // Signature: SEQUENCE of the INTEGERs R and S.
    const signature = sm2.signWith(pair, utf8('message digest'));
    expect(tags(signature)).toEqual([0x02, 0x02]);
    const annex = fromHex(`3046022100${R}022100${S}`);
    expect(sm2.verify(pair.publicKey, utf8('message digest'), annex)).toBe(true);
    expect(sm2.verify(pair.publicKey, utf8('message digest'), fromHex(R + S), { format: 'raw' })).toBe(true);

    // Cipher: SEQUENCE of X, Y, the hash of 32 bytes and the cipher text.
    const cipher = sm2.encrypt(pair.publicKey, utf8('encryption standard'));
    expect(tags(cipher)).toEqual([0x02, 0x02, 0x04, 0x04]);
    const [x, y, hash, text] = values(cipher) as [string, string, string, string];
    expect([hash.length, text.length]).toEqual([64, 38]);
    const half = (hex: string) => hex.slice(-64).padStart(64, '0');
    const raw = fromHex(`04${half(x)}${half(y)}${hash}${text}`);
    expect(toHex(sm2.decrypt(pair.privateKey, raw, { format: 'c1c3c2' }))).toBe(
      toHex(utf8('encryption standard')),
    );

    // Enveloped key: symAlgID, SM2Cipher, public key, private key under SM4-ECB.
    const inner = sm2.generateKeyPair();
    const enveloped = envelopeKeyPair(pair.publicKey, inner);
    expect(tags(enveloped)).toEqual([0x30, 0x30, 0x03, 0x03]);
    const parts = new Cursor(readOne(enveloped, 0x30).value);
    const [algorithm] = readAll(parts.next('symAlgID').value);
    expect(oidText(algorithm!.value)).toBe('1.2.156.10197.1.104.1');
    expect(tags(parts.next('cipher').raw)).toEqual([0x02, 0x02, 0x04, 0x04]);
    expect(toHex(parts.next('publicKey').value)).toBe(`00${toHex(inner.publicKey)}`);
    expect(parts.next('privateKey').value).toHaveLength(33);
    const opened = await openEnvelopedKey(enveloped, sm2SoftwareDecipherer(pair), { policy: 'strict' });
    expect(opened.pair.privateKey.equals(inner.privateKey)).toBe(true);
  });

  it('are refused when they are not the one encoding [part of SEAL-018]', () => {
    const message = utf8('message digest');
    const verify = (hex: string) => codeOf(() => sm2.verify(pair.publicKey, message, fromHex(hex)));
    // R without its sign byte, with one zero too many, a length in long form, another type, bytes after it.
    for (const hex of [
      `30450220${R}022100${S}`,
      `304702220000${R}022100${S}`,
      `308146022100${R}022100${S}`,
      `3146022100${R}022100${S}`,
      `3046022100${R}022100${S}00`,
    ]) {
      expect(verify(hex)).toBe('ERR_SM2_SIGNATURE_MALFORMED');
    }
    const spki = encodeSm2PublicKeyInfo(pair.publicKey);
    expect(codeOf(() => decodeSm2PublicKeyInfo(concatBytes(spki, Uint8Array.of(0))))).toBe(
      'ERR_PKI_KEY_MALFORMED',
    );
    const cipher = sm2.encrypt(pair.publicKey, message);
    expect(codeOf(() => sm2.decrypt(pair.privateKey, concatBytes(cipher, Uint8Array.of(0))))).toBe(
      'ERR_DECRYPT_FAILED',
    );
  });
});
