import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  concatBytes,
  derElement,
  fromHex,
  Secret,
  type Sm2KeyPair,
  SmError,
  sm2,
  toHex,
} from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
} from '../src/index.ts';
import { codeOf } from './support/codes.ts';
import { hasOpenssl, NO_OPENSSL } from './support/openssl.ts';

const MALFORMED = 'ERR_PKI_KEY_MALFORMED';
const SM2 = '301306072a8648ce3d020106082a811ccf5501822d';
const D = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8';
const pair = sm2.keyPair(Secret.take(fromHex(D)));
const spki = encodeSm2PublicKeyInfo(pair.publicKey);
const element = (tag: number, ...parts: readonly string[]): string =>
  toHex(derElement(tag, ...parts.map(fromHex)));
/** PKCS#8 of parts in hex. */
const pkcs8 = ({
  version = '020100',
  algorithm = SM2,
  inner = `020101${element(4, D)}`,
  rest = '',
} = {}): Uint8Array => fromHex(element(0x30, version, algorithm, element(4, element(0x30, inner)), rest));

describe('public key of SM2 [part of SEAL-018]', () => {
  it('is written with id-ecPublicKey and the curve, 91 bytes, and read back', () => {
    expect(toHex(spki)).toBe(`3059${SM2}034200${toHex(pair.publicKey)}`);
    expect(toHex(decodeSm2PublicKeyInfo(spki))).toBe(toHex(pair.publicKey));
  });

  it('is read with the OID of the curve as algorithm, as Tongsuo writes it', () => {
    const other = fromHex(`305a301406082a811ccf5501822d06082a811ccf5501822d034200${toHex(pair.publicKey)}`);
    expect(toHex(decodeSm2PublicKeyInfo(other))).toBe(toHex(pair.publicKey));
  });

  it.each([
    ['no bytes', ''],
    ['bytes after it', `${toHex(spki)}00`],
    ['a missing key', `3015${SM2}`],
    ['a third part', element(0x30, SM2, `034200${toHex(pair.publicKey)}`, '0500')],
    ['unused bits', element(0x30, SM2, `034201${toHex(pair.publicKey)}`)],
    [
      'explicit curve parameters',
      element(0x30, `${element(0x30, '06072a8648ce3d0201', '3000')}`, '03020004'),
    ],
    ['an empty algorithm', element(0x30, '3000', '03020004')],
    [
      'the SM2 OID with the curve P-256',
      element(0x30, element(0x30, '06082a811ccf5501822d', '06082a8648ce3d030107'), '03020004'),
    ],
  ])('is refused with %s', (_, hex) => {
    expect(codeOf(() => decodeSm2PublicKeyInfo(fromHex(hex)))).toBe(MALFORMED);
  });

  it.each([
    ['the point at infinity', '030200' + '00'],
    ['a compressed point', `032200${toHex(Uint8Array.of(2))}${toHex(pair.publicKey.subarray(1, 33))}`],
    ['a point beside the curve', `034200${toHex(pair.publicKey.subarray(0, 64))}00`],
  ])('is refused for %s', (_, bits) => {
    const code = codeOf(() => decodeSm2PublicKeyInfo(fromHex(element(0x30, SM2, bits))));
    expect(code).toBe('ERR_SM2_PUBLIC_KEY_INVALID');
  });

  it('is refused for keys of other kinds', () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const ed25519 = generateKeyPairSync('ed25519').publicKey;
    for (const key of [p256, rsa, ed25519]) {
      const der = key.export({ format: 'der', type: 'spki' });
      expect(codeOf(() => decodeSm2PublicKeyInfo(der))).toBe('ERR_PKI_ALGORITHM_UNSUPPORTED');
    }
  });

  it('is refused beyond 1 KiB and for what is no byte array', () => {
    expect(codeOf(() => decodeSm2PublicKeyInfo(new Uint8Array(1025)))).toBe(MALFORMED);
    expect(codeOf(() => decodeSm2PublicKeyInfo('x' as unknown as Uint8Array))).toBe(MALFORMED);
    expect(codeOf(() => encodeSm2PublicKeyInfo(new Uint8Array(65)))).toBe('ERR_SM2_PUBLIC_KEY_INVALID');
  });
});

describe('private key of SM2 [part of SEAL-018]', () => {
  it('is written and read back', () => {
    const der = encodeSm2PrivateKey(pair);
    expect(toHex(der)).toBe(`308187020100${SM2}046d306b0201010420${D}a144034200${toHex(pair.publicKey)}`);
    const again = decodeSm2PrivateKey(der);
    expect(toHex(again.publicKey)).toBe(toHex(pair.publicKey));
    again.privateKey.use((d) => expect(toHex(d)).toBe(D));
  });

  it('is read without its public key, with the curve once more, and with attributes', () => {
    const curve = `020101${element(4, D)}${element(0xa0, '06082a811ccf5501822d')}`;
    for (const der of [pkcs8(), pkcs8({ inner: curve }), pkcs8({ rest: 'a000' })]) {
      expect(toHex(decodeSm2PrivateKey(der).publicKey)).toBe(toHex(pair.publicKey));
    }
  });

  it('leaves the input as it is: the caller zeroes it', () => {
    const der = encodeSm2PrivateKey(pair);
    const before = toHex(der);
    const { privateKey } = decodeSm2PrivateKey(der);
    expect(toHex(der)).toBe(before);
    der.fill(0);
    privateKey.use((d) => expect(toHex(d)).toBe(D));
  });

  const other = toHex(sm2.generateKeyPair().publicKey);
  it.each([
    ['no bytes', new Uint8Array(0)],
    ['bytes after it', concatBytes(pkcs8(), Uint8Array.of(0))],
    ['version 2', pkcs8({ version: '020102' })],
    ['version 2 inside', pkcs8({ inner: `020102${element(4, D)}` })],
    ['a key of 31 bytes', pkcs8({ inner: `020101${element(4, D.slice(2))}` })],
    ['a key of 33 bytes', pkcs8({ inner: `020101${element(4, `00${D}`)}` })],
    ['no key', pkcs8({ inner: '020101' })],
    ['the public key of another pair', pkcs8({ inner: `020101${element(4, D)}a144034200${other}` })],
    ['a short public key', pkcs8({ inner: `020101${element(4, D)}a1040302${'0004'}` })],
    [
      'two public keys',
      pkcs8({ inner: `020101${element(4, D)}${`a144034200${toHex(pair.publicKey)}`.repeat(2)}` }),
    ],
    ['a part nobody knows', pkcs8({ inner: `020101${element(4, D)}a500` })],
    ['a part after the attributes', pkcs8({ rest: 'a000a000' })],
    ['an attribute of another tag', pkcs8({ rest: '3000' })],
    ['more than 1 KiB', new Uint8Array(1025)],
  ])('is refused with %s', (_, der) => {
    expect(codeOf(() => decodeSm2PrivateKey(der))).toBe(MALFORMED);
  });

  it.each([
    ['zero', '00'.repeat(32)],
    ['n - 1', 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122'],
    ['n', 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'],
    ['all ones', 'ff'.repeat(32)],
  ])('is refused for d = %s', (_, d) => {
    const der = pkcs8({ inner: `020101${element(4, d)}` });
    expect(codeOf(() => decodeSm2PrivateKey(der))).toBe('ERR_SM2_PRIVATE_KEY_INVALID');
  });

  it('is refused for another curve, outside and inside', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const p256 = privateKey.export({ format: 'der', type: 'pkcs8' });
    const inside = pkcs8({ inner: `020101${element(4, D)}${element(0xa0, '06082a8648ce3d030107')}` });
    for (const der of [p256, inside]) {
      expect(codeOf(() => decodeSm2PrivateKey(der))).toBe('ERR_PKI_ALGORITHM_UNSUPPORTED');
    }
  });

  it('never shows the key in an error', () => {
    for (const der of [pkcs8({ version: '020105' }), concatBytes(pkcs8(), Uint8Array.of(7))]) {
      try {
        decodeSm2PrivateKey(der);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(SmError);
        expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(D.slice(0, 16));
      }
    }
  });

  it('is not written from a destroyed or foreign pair', () => {
    const gone = sm2.generateKeyPair();
    gone.privateKey.destroy();
    expect(codeOf(() => encodeSm2PrivateKey(gone))).toBe('ERR_SECRET_DESTROYED');
    const short: Sm2KeyPair = { privateKey: Secret.take(new Uint8Array(31)), publicKey: pair.publicKey };
    expect(codeOf(() => encodeSm2PrivateKey(short))).toBe(MALFORMED);
  });
});

describe.skipIf(!hasOpenssl)('OpenSSL reads our keys the same', () => {
  if (!hasOpenssl) console.info(NO_OPENSSL);

  it('the public key that it computes from our PKCS#8 is ours [part of SEAL-018]', () => {
    const args = ['pkey', '-inform', 'DER', '-pubout', '-outform', 'DER'];
    const out = execFileSync('openssl', args, {
      input: encodeSm2PrivateKey(pair),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(toHex(out)).toBe(toHex(spki));
  });
});
