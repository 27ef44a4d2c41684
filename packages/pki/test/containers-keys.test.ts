import { generateKeyPairSync } from 'node:crypto';
import { concatBytes, derElement, fromHex, Secret, sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  decodePrivateKey,
  decodeSm2PrivateKey,
  encodeSm2PrivateKey,
  type ForeignPrivateKey,
  pemDecode,
  privateKeyFromPem,
  type Sm2PrivateKeyRead,
} from '../src/containers/index.ts';
import { codeOf } from './support/codes.ts';
import { derOf, sharedPresent, sharedText, type VectorCase, vectorCases } from './support/shared.ts';

const FILES = ['vectors/certs/generated_pki.json', 'vectors/certs/third_party_certs.json'];
const TONGSUO = 'samples/seal/tongsuo-certs/';
const MALFORMED = 'ERR_PKI_KEY_MALFORMED';
const D = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8';
const SM2 = '301306072a8648ce3d020106082a811ccf5501822d';
const CURVE = 'a00a06082a811ccf5501822d';
const pair = sm2.keyPair(Secret.take(fromHex(D)));
const point = `a144034200${toHex(pair.publicKey)}`;

const element = (tag: number, ...parts: readonly string[]): string =>
  toHex(derElement(tag, ...parts.map(fromHex)));
const sec1 = (scalar: string, ...rest: readonly string[]) =>
  element(0x30, '020101', element(4, scalar), ...rest);
const pkcs8 = (inner: string, algorithm = SM2, version = '020100', ...rest: readonly string[]) =>
  fromHex(element(0x30, version, algorithm, element(4, inner), ...rest));
const read = (der: Uint8Array) => decodePrivateKey(der) as Sm2PrivateKeyRead;
const scalar = ({ pair: { privateKey } }: Sm2PrivateKeyRead) => privateKey.use(toHex);
const codes = (der: Uint8Array) => decodePrivateKey(der).findings.map(({ code }) => code);

const cases: readonly VectorCase[] = FILES.flatMap((path) => (sharedPresent(path) ? vectorCases(path) : []));
const keys = cases
  .filter(({ kind }) => kind === 'pkcs8' || kind === 'sec1')
  .map((item) => [item.name ?? item.sha256!.slice(0, 16), item] as const);

describe.skipIf(cases.length === 0)('private keys of other makers', () => {
  it.each(keys)('%s opens and signs, or is out of range and refused [part of SEAL-018]', (_, item) => {
    if (item.note?.includes('must be rejected') === true) {
      expect(codeOf(() => decodePrivateKey(derOf(item)))).toBe('ERR_SM2_PRIVATE_KEY_INVALID');
      return;
    }
    const key = read(derOf(item));
    expect(key.kind).toBe('sm2');
    expect(item.der).toContain(`0420${scalar(key)}`);
    const message = utf8('message');
    expect(sm2.verify(key.pair.publicKey, message, sm2.signWith(key.pair, message))).toBe(true);
    const odd = item.der.startsWith('308188020100301406082a811ccf5501822d');
    expect(codes(derOf(item))).toEqual(odd ? ['SM2_CURVE_AS_KEY_ALGORITHM'] : []);
  });

  it('the three out of range are there', () => {
    expect(keys.filter(([, { note }]) => note?.includes('must be rejected'))).toHaveLength(3);
    expect(keys.filter(([, { kind }]) => kind === 'sec1')).toHaveLength(5);
  });
});

describe.skipIf(!sharedPresent(`${TONGSUO}sm2.key`))('key files of Tongsuo [part of SEAL-018]', () => {
  it.each([
    ...[
      'sm2.key',
      'sm2-root.key',
      'sm2-leaf.key',
      'sm2_begin_ec.key',
      'sm2_begin_sm2.key',
      'sm2-first-key.pem',
    ],
    ...['client_enc', 'client_sign', 'server_enc', 'server_enc2', 'server_sign', 'server_sign2'].map(
      (name) => `sm2_${name}.key`,
    ),
  ])('%s', async (name) => {
    const text = sharedText(TONGSUO + name);
    const key = (await privateKeyFromPem(text)) as Sm2PrivateKeyRead;
    expect(key.pair.publicKey).toHaveLength(65);
    const der = pemDecode(text).find((block) => block.length > 20)!;
    expect(toHex(der)).toContain(scalar(key));
    expect(key.findings.map(({ code }) => code)).toEqual(
      name === 'sm2-root.key' ? ['SM2_CURVE_AS_KEY_ALGORITHM'] : [],
    );
  });
});

describe('private key in its forms', () => {
  it.each([
    ['PKCS#8', encodeSm2PrivateKey(pair)],
    ['PKCS#8 as a secret', encodeSm2PrivateKey(pair)],
    [
      'PKCS#8 of version 2 with its public key',
      pkcs8(sec1(D), SM2, '020101', `814200${toHex(pair.publicKey)}`),
    ],
    ['PKCS#8 with attributes', pkcs8(sec1(D), SM2, '020100', 'a000')],
    ['SEC 1 with everything', fromHex(sec1(D, CURVE, point))],
    ['SEC 1 with the curve', fromHex(sec1(D, CURVE))],
  ])('%s [part of SEAL-018]', (name, der) => {
    const key = decodePrivateKey(name.endsWith('secret') ? Secret.copy(der) : der) as Sm2PrivateKeyRead;
    expect(scalar(key)).toBe(D);
    expect(toHex(key.pair.publicKey)).toBe(toHex(pair.publicKey));
    expect(key.findings).toEqual([]);
  });

  it('padded to 64 bytes is a finding, refused when strict or padded with anything but zeros', () => {
    const padded = '00'.repeat(32) + D;
    for (const der of [pkcs8(sec1(padded, point)), fromHex(sec1(padded, CURVE))]) {
      expect(scalar(read(der))).toBe(D);
      expect(codes(der)).toEqual(['PRIVATE_KEY_PADDED']);
      expect(codeOf(() => decodePrivateKey(der, { policy: 'strict' }))).toBe('ERR_PKI_DEVIATION_REFUSED');
    }
    expect(codeOf(() => decodeSm2PrivateKey(pkcs8(sec1(padded))))).toBe(MALFORMED);
    for (const wrong of [`01${'00'.repeat(31)}${D}`, `${D}${'00'.repeat(32)}`, D + D, '00'.repeat(64)]) {
      expect(codeOf(() => decodePrivateKey(pkcs8(sec1(wrong))))).toMatch(
        /^ERR_(PKI_KEY_MALFORMED|SM2_PRIVATE_KEY_INVALID)$/,
      );
    }
  });

  it('of another kind is handed to Node as PKCS#8', () => {
    const kinds = [
      [generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ec-p256', 'sec1'],
      [generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'ec-p384', 'sec1'],
      [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'rsa', 'pkcs1'],
      [generateKeyPairSync('ed25519'), 'other', undefined],
      [generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'other', 'sec1'],
    ] as const;
    for (const [{ privateKey }, kind, older] of kinds) {
      const der = privateKey.export({ format: 'der', type: 'pkcs8' });
      const key = decodePrivateKey(der) as ForeignPrivateKey;
      expect(key.kind).toBe(kind);
      key.pkcs8.use((bytes) => expect(toHex(bytes)).toBe(toHex(der)));
      if (older === undefined) continue;
      const old = decodePrivateKey(privateKey.export({ format: 'der', type: older }) as Buffer);
      expect(old.kind).toBe(kind);
    }
  });

  const other = toHex(sm2.generateKeyPair().publicKey);
  it.each([
    ['nothing', new Uint8Array(0)],
    ['SEC 1 without a curve', fromHex(sec1(D))],
    ['SEC 1 of another public key', fromHex(sec1(D, CURVE, `a144034200${other}`))],
    ['SEC 1 of version 0', fromHex(element(0x30, '020100', element(4, D), CURVE))],
    ['SEC 1 with parts exchanged', fromHex(sec1(D, point, CURVE))],
    ['SEC 1 and a byte', concatBytes(fromHex(sec1(D, CURVE)), Uint8Array.of(0))],
    ['a scalar of 31 bytes', pkcs8(sec1(D.slice(2)))],
    ['a scalar of 65 bytes', pkcs8(sec1(`${'00'.repeat(33)}${D}`))],
    ['PKCS#8 of version 3', pkcs8(sec1(D), SM2, '020102')],
    ['a public key in version 1', pkcs8(sec1(D), SM2, '020100', `814200${toHex(pair.publicKey)}`)],
    ['another public key in version 2', pkcs8(sec1(D), SM2, '020101', `814200${other}`)],
    ['another curve inside', pkcs8(sec1(D, 'a00a06082a8648ce3d030107'))],
    ['explicit curve parameters', pkcs8(sec1(D), element(0x30, '06072a8648ce3d0201', '3000'))],
    ['P-256 that is no key', pkcs8('3000', '301306072a8648ce3d020106082a8648ce3d030107')],
    ['RSA that is no key', pkcs8('3000', '300d06092a864886f70d0101010500')],
    ['PKCS#1 that is no key', fromHex(element(0x30, '020100', '020101'))],
    ['more than 16 KiB', new Uint8Array(16_385)],
    ['text', 'x' as unknown as Uint8Array],
  ])('is refused: %s', (_, der) => {
    expect(codeOf(() => decodePrivateKey(der))).toBe(MALFORMED);
  });

  it('is refused: an algorithm that nobody has', () => {
    expect(codeOf(() => decodePrivateKey(pkcs8('3000', '3005060369031f')))).toMatch(/UNSUPPORTED|MALFORMED/);
    expect(codeOf(() => decodePrivateKey(pkcs8('3000', '300406022a03')))).toBe(
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    );
  });

  it('is refused with a coded error when any byte is changed, or is the same key', () => {
    const der = pkcs8(sec1(D, CURVE, point), SM2, '020101', `814200${toHex(pair.publicKey)}`);
    for (let at = 0; at < der.length; at++) {
      for (const bit of [0, 3, 7]) {
        const changed = Uint8Array.from(der);
        changed[at]! ^= 1 << bit;
        const code = codeOf(() => {
          if (scalar(read(changed)) !== D) throw new Error('another key');
        });
        expect(code).toMatch(
          /^(ERR_(PKI_(KEY_MALFORMED|ALGORITHM_UNSUPPORTED)|SM2_(PRIVATE|PUBLIC)_KEY_INVALID))$/,
        );
      }
    }
  });
});
