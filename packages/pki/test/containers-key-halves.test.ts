import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { concatBytes, fromHex, sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { encryptCbc } from '../src/containers/ciphers.ts';
import {
  decodePrivateKey,
  decryptPkcs8,
  decryptPrivateKey,
  encodeSm2PrivateKey,
  openEnvelopedKey,
  pemEncode,
  privateKeyFromPem,
} from '../src/containers/index.ts';
import { encryptPbes2 } from '../src/containers/pbes2.ts';
import { bits, explicit, implicit, integer, NULL, octets, oid, sequence } from '../src/internal/write.ts';
import { codeOf } from './support/codes.ts';
import { rejectionOf } from './support/containers.ts';

const MALFORMED = 'ERR_PKI_KEY_MALFORMED';
const REFUSED = 'ERR_PKI_CONTAINER_OPTIONS';
const EC = '1.2.840.10045.2.1';
const P256 = '1.2.840.10045.3.1.7';
const P384 = '1.3.132.0.34';
const generate = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const point = (key: KeyObject): Uint8Array => {
  const { x, y } = key.export({ format: 'jwk' });
  return concatBytes(Uint8Array.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url'));
};
const own = generate('P-256');
const other = generate('P-256');
const d = Uint8Array.from(Buffer.from(own.privateKey.export({ format: 'jwk' }).d!, 'base64url'));
const algorithm = sequence(oid(EC), oid(P256));
const inner = (...rest: readonly Uint8Array[]) => sequence(integer(1), octets(d), ...rest);
const half = (key: KeyObject) => explicit(1, bits(point(key)));
const pkcs8 = (key: Uint8Array, ...rest: readonly Uint8Array[]) =>
  sequence(integer(rest.length === 0 ? 0 : 1), algorithm, octets(key), ...rest);
const beside = (key: KeyObject) => implicit(1, concatBytes(Uint8Array.of(0), point(key)));

describe('keys of other kinds', () => {
  it('are read with their own public half, wherever it stands', () => {
    for (const der of [
      pkcs8(inner()),
      pkcs8(inner(half(own.publicKey))),
      pkcs8(inner(explicit(0, oid(P256)), half(own.publicKey))),
      inner(explicit(0, oid(P256)), half(own.publicKey)),
    ]) {
      expect(decodePrivateKey(der).kind).toBe('ec-p256');
    }
    for (const curve of ['P-384', 'P-521', 'secp256k1']) {
      const der = generate(curve).privateKey.export({ format: 'der', type: 'pkcs8' });
      expect(decodePrivateKey(der).kind).toBe(curve === 'P-384' ? 'ec-p384' : 'other');
    }
  });

  it('are refused with the public half of another key, or another curve inside', () => {
    for (const der of [
      pkcs8(inner(half(other.publicKey))),
      pkcs8(inner(), beside(other.publicKey)),
      pkcs8(inner(half(own.publicKey)), beside(other.publicKey)),
      pkcs8(inner(explicit(0, oid(P384)))),
      inner(explicit(0, oid(P256)), half(other.publicKey)),
      pkcs8(inner(explicit(1, bits(Uint8Array.of(4, 1, 2))))),
    ]) {
      expect(codeOf(() => decodePrivateKey(der))).toBe(MALFORMED);
    }
  });

  it('that nobody knows are refused without a word of their bytes', async () => {
    // 1.2.3.4.5.6.7 stands for what a wrong password made of the plaintext.
    const strange = sequence(integer(0), sequence(oid('1.2.3.4.5.6.7'), NULL), octets(d));
    const curve = sequence(integer(0), sequence(oid(EC), oid('1.2.3.4.5.6.7')), octets(inner()));
    for (const der of [strange, curve]) {
      let error: unknown;
      try {
        decodePrivateKey(der);
      } catch (thrown) {
        error = thrown;
      }
      expect((error as { code: string }).code).toBe('ERR_PKI_ALGORITHM_UNSUPPORTED');
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('1.2.3.4.5.6.7');
      const way = { prf: 'hmac-sha256', cipher: 'aes128-cbc', iterations: 1000 } as const;
      const { algorithm: scheme, ciphertext } = await encryptPbes2(way, Uint8Array.of(0x70), der);
      const box = sequence(scheme, octets(ciphertext));
      expect(await rejectionOf(decryptPrivateKey(box, 'p'))).toBe('ERR_DECRYPT_FAILED');
      const { pkcs8: open } = await decryptPkcs8(box, 'p');
      expect(() => decodePrivateKey(open)).toThrow(/reason=key algorithm/);
    }
  });
});

describe('labels of PEM', () => {
  const pair = sm2.generateKeyPair();
  const sm2Pkcs8 = encodeSm2PrivateKey(pair);
  const sm2Sec1 = sm2Pkcs8.subarray(29);
  const named = sequence(
    integer(1),
    octets(pair.privateKey.use((bytes) => Uint8Array.from(bytes))),
    explicit(0, oid('1.2.156.10197.1.301')),
  );
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pkcs1 = rsa.export({ format: 'der', type: 'pkcs1' });
  const rsaPkcs8 = rsa.export({ format: 'der', type: 'pkcs8' });

  it('stand before what they say', async () => {
    for (const [label, der, kind] of [
      ['PRIVATE KEY', sm2Pkcs8, 'sm2'],
      ['PRIVATE KEY', rsaPkcs8, 'rsa'],
      ['EC PRIVATE KEY', named, 'sm2'],
      ['SM2 PRIVATE KEY', named, 'sm2'],
      ['SM2 PRIVATE KEY', sm2Sec1, 'sm2'],
      ['RSA PRIVATE KEY', pkcs1, 'rsa'],
    ] as const) {
      expect((await privateKeyFromPem(pemEncode(label, der))).kind).toBe(kind);
    }
  });

  it('are refused before something else', async () => {
    for (const [label, der] of [
      ['PRIVATE KEY', named],
      ['PRIVATE KEY', pkcs1],
      ['EC PRIVATE KEY', sm2Pkcs8],
      ['EC PRIVATE KEY', pkcs1],
      ['SM2 PRIVATE KEY', sm2Pkcs8],
      ['SM2 PRIVATE KEY', inner(explicit(0, oid(P256)))],
      ['RSA PRIVATE KEY', rsaPkcs8],
      ['RSA PRIVATE KEY', named],
    ] as const) {
      expect(await rejectionOf(privateKeyFromPem(pemEncode(label, der)))).toBe(MALFORMED);
    }
  });

  it('take white space the same way with headers and without', async () => {
    const spaced = (text: string) => text.replace(/([A-Za-z0-9+/]{10})/g, '$1 \t');
    const body = (der: Uint8Array) => spaced(Buffer.from(der).toString('base64'));
    const plain = `-----BEGIN EC PRIVATE KEY-----\n${body(named)}\n-----END EC PRIVATE KEY-----\n`;
    expect((await privateKeyFromPem(plain)).kind).toBe('sm2');
    const iv = fromHex('000102030405060708090a0b0c0d0e0f');
    const key = createHash('md5').update('p').update(iv.subarray(0, 8)).digest();
    const head = `Proc-Type: 4,ENCRYPTED\nDEK-Info: SM4-CBC,${toHex(iv)}\n`;
    const closed = body(encryptCbc('sm4-cbc', key, iv, named));
    const legacy = `-----BEGIN EC PRIVATE KEY-----\n${head}\n${closed}\n-----END EC PRIVATE KEY-----\n`;
    expect((await privateKeyFromPem(legacy, { password: 'p' })).kind).toBe('sm2');
  });
});

describe('options that are null', () => {
  it('are refused with a code', async () => {
    const der = encodeSm2PrivateKey(sm2.generateKeyPair());
    const nothing = null as never;
    expect(codeOf(() => decodePrivateKey(der, nothing))).toBe(REFUSED);
    expect(await rejectionOf(decryptPkcs8(der, 'p', nothing))).toBe(REFUSED);
    expect(await rejectionOf(privateKeyFromPem(pemEncode('PRIVATE KEY', der), nothing))).toBe(REFUSED);
    expect(await rejectionOf(openEnvelopedKey(der, {} as never, nothing))).toBe(REFUSED);
    expect(codeOf(() => encodeSm2PrivateKey(nothing))).toBe(MALFORMED);
    expect(codeOf(() => pemEncode('X', nothing))).toBe('ERR_PKI_PEM_MALFORMED');
  });
});
