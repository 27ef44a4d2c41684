import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import * as core from '../src/index.ts';
import { createSm2, createSm3, createSm4, randomBytes, Secret, toHex, utf8 } from '../src/index.ts';
import { encode, fromBig, N, P } from './support/affine.ts';

const ENGINES = [nobleEngine, smCryptoEngine];
const code = (name: string) => expect.objectContaining({ code: name });
/** Each ordered pair of two different engines. */
const PAIRS = ENGINES.flatMap((a) =>
  ENGINES.filter((b) => b !== a).map((b) => [a.name, b.name, a, b] as const),
);

describe.each(PAIRS)('%s against %s', (_a, _b, a, b) => {
  const [one, other] = [createSm2(a), createSm2(b)];

  it('makes the same public keys', () => {
    for (const d of [1n, 2n, 0x1234567890abcdefn, N - 2n]) {
      const make = (sm2: typeof one) => toHex(sm2.keyPair(Secret.take(fromBig(d))).publicKey);
      expect(make(one)).toBe(make(other));
    }
  });

  it('signs what the other verifies, whatever the ID', () => {
    for (const id of [undefined, new Uint8Array(0), utf8('ALICE123@YAHOO.COM'), randomBytes(8191)]) {
      const pair = one.generateKeyPair();
      const options = id === undefined ? {} : { id };
      for (const length of [0, 1, 55, 64, 200]) {
        const message = randomBytes(length);
        const signature = one.signWith(pair, message, options);
        expect(other.verify(pair.publicKey, message, signature, options)).toBe(true);
        expect(other.verify(pair.publicKey, randomBytes(length + 1), signature, options)).toBe(false);
      }
    }
  });

  it('encrypts what the other decrypts, in every encoding', () => {
    const pair = one.generateKeyPair();
    for (const format of ['der', 'c1c3c2', 'c1c2c3'] as const) {
      for (const length of [1, 32, 33, 97]) {
        const message = randomBytes(length);
        const ciphertext = one.encrypt(pair.publicKey, message, { format });
        expect(toHex(other.decrypt(pair.privateKey, ciphertext, { format }))).toBe(toHex(message));
        ciphertext[ciphertext.length - 1]! ^= 1;
        expect(() => other.decrypt(pair.privateKey, ciphertext, { format })).toThrow(
          code('ERR_DECRYPT_FAILED'),
        );
      }
    }
  });

  it('hashes alike', () => {
    const [first, second] = [createSm3(a), createSm3(b)];
    for (const length of [0, 1, 55, 56, 63, 64, 65, 1000]) {
      const data = randomBytes(length);
      expect(toHex(first.sm3(data))).toBe(toHex(second.sm3(data)));
      expect(toHex(first.hmacSm3(data, data))).toBe(toHex(second.hmacSm3(data, data)));
      expect(toHex(first.hkdfSm3(data, data, data, 70))).toBe(toHex(second.hkdfSm3(data, data, data, 70)));
    }
  });

  it('enciphers in CBC what the other deciphers', () => {
    const [first, second] = [createSm4(a), createSm4(b)];
    for (const length of [0, 1, 16, 100]) {
      const [key, iv, data] = [Secret.take(randomBytes(16)), randomBytes(16), randomBytes(length)];
      const out = first.cbcEncrypt(key, iv, data);
      expect(toHex(out)).toBe(toHex(second.cbcEncrypt(key, iv, data)));
      expect(toHex(second.cbcDecrypt(key, iv, out))).toBe(toHex(data));
    }
  });
});

describe('algorithms', () => {
  it('are the approved ones and no others, and their names are the whole configuration [part of TCCIA-096, TCCIA-103, EDGE-011]', () => {
    const approved =
      /^(sm3|hmac-sm3|sm2\.(keygen|sign|verify|encrypt|decrypt|random)|sm4\.(ecb-block|cbc|ctr|gcm))$/;
    for (const engine of ENGINES) {
      for (const capability of engine.capabilities) expect(capability).toMatch(approved);
    }
    // What computes on data is SM2, SM3 or SM4; the rest of the package encodes, compares or reports.
    const computing = Object.entries(core)
      .filter(
        ([name, value]) =>
          typeof value === 'function' &&
          /hash|mac|cipher|crypt|sign(?!ed)|verif|sm\d|kdf|aes|sha|md5|rsa/i.test(name),
      )
      .map(([name]) => name)
      .sort();
    expect(computing).toEqual([
      'createSm2',
      'createSm3',
      'createSm4',
      'hkdfSm3',
      'hmacSm3',
      'sm3',
      'sm3Hash',
    ]);
  });
});

describe('sm-crypto', () => {
  const sm2 = createSm2(smCryptoEngine);
  const pair = sm2.generateKeyPair();

  it('refuses CTR, GCM and a nonce of the caller by name [part of EDGE-011]', () => {
    const key = Secret.take(randomBytes(16));
    const random = { fill: (out: Uint8Array) => void out.fill(1) };
    const refused = code('ERR_ENGINE_CAPABILITY');
    expect(() => createSm4(smCryptoEngine).ctr(key, randomBytes(16), randomBytes(3))).toThrow(refused);
    expect(() => createSm4(smCryptoEngine).gcm(key)).toThrow(refused);
    expect(() => smCryptoEngine.sm4Ctr(randomBytes(16), randomBytes(16), randomBytes(16))).toThrow(refused);
    expect(() => smCryptoEngine.sm4Gcm(randomBytes(16))).toThrow(refused);
    expect(() => sm2.signWith(pair, utf8('m'), { random })).toThrow(refused);
    expect(() => sm2.encrypt(pair.publicKey, utf8('m'), { random })).toThrow(refused);
  });

  it('is given no coordinate that is not below p', () => {
    for (const point of [
      { x: 1n + P, y: 0x9f7a091433a81e3f218f405f792355bf2aa98b5ffa95982f03870800065279a3n },
      { x: P, y: P },
    ]) {
      expect(smCryptoEngine.sm2IsPublicKey(encode(point))).toBe(false);
    }
  });

  it('never sends one byte in the clear', () => {
    for (let i = 0; i < 64; i++) {
      const ciphertext = sm2.encrypt(pair.publicKey, Uint8Array.of(i), { format: 'c1c3c2' });
      expect(ciphertext[97]).not.toBe(i);
      expect(toHex(sm2.decrypt(pair.privateKey, ciphertext, { format: 'c1c3c2' }))).toBe(
        toHex(Uint8Array.of(i)),
      );
    }
  });

  it('hashes no more than it can hold', () => {
    const hash = smCryptoEngine.sm3();
    const piece = new Uint8Array(1 << 25);
    hash.update(piece).update(piece);
    expect(() => hash.update(Uint8Array.of(1))).toThrow(code('ERR_INPUT_LENGTH'));
  });
});
