import { inspect } from 'node:util';
import { concatBytes, equalBytes, fromHex, sm2, toHex, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeSm2PublicKeyInfo } from '../src/containers/index.ts';
import {
  type CryptoKeyLike,
  type CryptoKeyPairLike,
  createSubtle,
  type JsonWebKeyLike,
  type KeyFormatLike,
} from '../src/webcrypto/index.ts';
import { domErrorOf } from './support/containers.ts';

const subtle = createSubtle();
const SM2 = { name: 'SM2' } as const;
const ALL = ['sign', 'verify', 'encrypt', 'decrypt'] as const;
const message = utf8('message digest');
let keys: CryptoKeyPairLike;
const bytes = (buffer: unknown) => new Uint8Array(buffer as ArrayBuffer);
const exported = async (format: KeyFormatLike, key: CryptoKeyLike) =>
  bytes(await subtle.exportKey(format, key));

beforeAll(async () => {
  keys = (await subtle.generateKey(SM2, true, ALL)) as CryptoKeyPairLike;
});

describe('SM2 keys in the shape of WebCrypto', () => {
  it('have the usages that are theirs', () => {
    expect(keys.privateKey.usages).toEqual(['sign', 'decrypt']);
    expect(keys.publicKey.usages).toEqual(['verify', 'encrypt']);
    expect([keys.privateKey.type, keys.publicKey.type]).toEqual(['private', 'public']);
    expect(keys.privateKey.algorithm).toEqual({ name: 'SM2', namedCurve: 'SM2' });
  });

  it('go out and come back in every form [part of SEAL-018]', async () => {
    const raw = await exported('raw', keys.publicKey);
    expect(raw).toHaveLength(65);
    expect(toHex(await exported('spki', keys.publicKey))).toBe(toHex(encodeSm2PublicKeyInfo(raw)));
    const signature = await subtle.sign(SM2, keys.privateKey, message);
    for (const format of ['raw', 'spki', 'jwk'] as const) {
      const data = (await subtle.exportKey(format, keys.publicKey)) as ArrayBuffer;
      const key = await subtle.importKey(format, data, 'sm2', true, ['verify']);
      expect(await subtle.verify(SM2, key, signature, message)).toBe(true);
    }
    for (const format of ['pkcs8', 'jwk'] as const) {
      const data = (await subtle.exportKey(format, keys.privateKey)) as ArrayBuffer;
      const key = await subtle.importKey(format, data, SM2, true, ['sign']);
      const other = await subtle.sign(SM2, key, message);
      expect(await subtle.verify(SM2, keys.publicKey, other, message)).toBe(true);
      expect(toHex(await exported('pkcs8', key))).toBe(toHex(await exported('pkcs8', keys.privateKey)));
    }
  });

  it('as jwk are EC of the curve SM2', async () => {
    const jwk = (await subtle.exportKey('jwk', keys.privateKey)) as JsonWebKeyLike;
    expect(Object.keys(jwk).sort()).toEqual(['crv', 'd', 'ext', 'key_ops', 'kty', 'x', 'y']);
    expect([jwk.kty, jwk.crv, jwk.ext, jwk.x?.length]).toEqual(['EC', 'SM2', true, 43]);
    expect((await subtle.exportKey('jwk', keys.publicKey)) as JsonWebKeyLike).not.toHaveProperty('d');
  });

  it('show nothing of themselves', async () => {
    const d = toHex((await exported('pkcs8', keys.privateKey)).subarray(36, 68));
    const x = toHex((await exported('raw', keys.publicKey)).subarray(1, 33));
    const shown = [
      inspect(keys.privateKey, { showHidden: true, depth: 9, getters: true }),
      JSON.stringify(keys.privateKey),
      String(keys.privateKey),
      JSON.stringify(structuredClone(keys.privateKey)),
      Object.keys(keys.privateKey).join(),
      Reflect.ownKeys(keys.privateKey).join(),
    ].join('\n');
    expect(shown).not.toContain(d.slice(0, 8));
    expect(shown).not.toContain(x.slice(0, 8));
    expect(Reflect.ownKeys(keys.privateKey)).toEqual([]);
  });

  it('cannot be given more rights afterwards', async () => {
    const closed = (await subtle.generateKey(SM2, false, ['sign'])) as CryptoKeyPairLike;
    const key = closed.privateKey as unknown as {
      extractable: boolean;
      usages: string[];
      algorithm: { name: string };
    };
    expect(() => {
      key.extractable = true;
    }).toThrow(TypeError);
    expect(() => key.usages.push('decrypt')).toThrow(TypeError);
    expect(() => {
      key.algorithm.name = 'SM4-CBC';
    }).toThrow(TypeError);
    expect(closed.publicKey.extractable).toBe(true);
    for (const format of ['pkcs8', 'jwk', 'raw'] as const) {
      expect(await domErrorOf(subtle.exportKey(format, closed.privateKey))).toBe('InvalidAccessError');
    }
  });

  it('are refused in forms that are not theirs', async () => {
    expect(await domErrorOf(subtle.exportKey('pkcs8', keys.publicKey))).toBe('InvalidAccessError');
    expect(await domErrorOf(subtle.exportKey('spki', keys.privateKey))).toBe('InvalidAccessError');
    expect(await domErrorOf(subtle.exportKey('raw', keys.privateKey))).toBe('InvalidAccessError');
    const spki = await exported('spki', keys.publicKey);
    const importing = (
      format: KeyFormatLike,
      data: unknown,
      usages: readonly never[] = ['verify'] as never,
    ) => domErrorOf(subtle.importKey(format, data as ArrayBuffer, SM2, true, usages));
    const raw = await exported('raw', keys.publicKey);
    expect(await importing('raw', new Uint8Array(65))).toBe('DataError');
    expect(await importing('raw', sm2.compress(raw))).toBe('DataError');
    expect(await importing('spki', raw)).toBe('DataError');
    expect(await importing('spki', spki, ['sign'] as never)).toBe('SyntaxError');
    expect(await importing('pkcs8', spki, ['sign'] as never)).toBe('DataError');
    expect(await importing('pkcs8', await exported('pkcs8', keys.privateKey), [])).toBe('SyntaxError');
    expect(await importing('pkcs9' as never, spki)).toBe('NotSupportedError');
    const jwk = (await subtle.exportKey('jwk', keys.privateKey)) as JsonWebKeyLike;
    const wrong: readonly object[] = [
      { ...jwk, kty: 'oct' },
      { ...jwk, crv: 'P-256' },
      { ...jwk, ext: false },
      { ...jwk, key_ops: ['decrypt'] },
      { ...jwk, key_ops: 'sign' },
      { ...jwk, x: jwk.y },
      { ...jwk, d: 'AAAA' },
      { ...jwk, d: '!' },
      { ...jwk, d: jwk.x },
      { ...jwk, x: undefined },
    ];
    for (const one of wrong) expect(await importing('jwk', one, ['sign'] as never)).toBe('DataError');
    await expect(subtle.importKey('jwk', raw as never, SM2, true, ['verify'])).rejects.toThrow(TypeError);
    await expect(subtle.importKey('raw', 'x' as never, SM2, true, ['verify'])).rejects.toThrow();
  });
});

describe('SM2 signatures in the shape of WebCrypto', () => {
  it('are those of sm-core, with an ID and in two forms', async () => {
    const point = await exported('raw', keys.publicKey);
    const id = utf8('alice@example.org');
    const der = bytes(await subtle.sign({ name: 'SM2', id }, keys.privateKey, message));
    expect(sm2.verify(point, message, der, { id })).toBe(true);
    expect(await subtle.verify({ name: 'SM2', id }, keys.publicKey, der, message)).toBe(true);
    expect(await subtle.verify(SM2, keys.publicKey, der, message)).toBe(false);
    const raw = await subtle.sign({ name: 'SM2', format: 'raw' }, keys.privateKey, message);
    expect(raw.byteLength).toBe(64);
    expect(await subtle.verify({ name: 'SM2', format: 'raw' }, keys.publicKey, raw, message)).toBe(true);
    // The hash that a library adds by default changes nothing.
    expect(await subtle.verify({ name: 'SM2', hash: 'SHA-256' }, keys.publicKey, sm2Sign(), message)).toBe(
      false,
    );
  });

  it('that are wrong or malformed are false', async () => {
    const signature = bytes(await subtle.sign(SM2, keys.privateKey, message));
    for (let at = 0; at < signature.length; at += 3) {
      const changed = Uint8Array.from(signature);
      changed[at]! ^= 1;
      expect(await subtle.verify(SM2, keys.publicKey, changed, message)).toBe(false);
    }
    expect(await subtle.verify(SM2, keys.publicKey, new Uint8Array(0), message)).toBe(false);
    expect(await subtle.verify(SM2, keys.publicKey, concatBytes(signature, fromHex('00')), message)).toBe(
      false,
    );
    expect(await subtle.verify(SM2, keys.publicKey, signature, utf8('other'))).toBe(false);
  });

  it('need a key for it', async () => {
    const sign = (key: CryptoKeyLike, algorithm: object = SM2) =>
      subtle.sign(algorithm as never, key, message);
    expect(await domErrorOf(sign(keys.publicKey))).toBe('InvalidAccessError');
    expect(await domErrorOf(sign(keys.privateKey, { name: 'HMAC', hash: 'SM3' }))).toBe('InvalidAccessError');
    const onlyDecrypt = (await subtle.generateKey(SM2, false, ['decrypt'])) as CryptoKeyPairLike;
    expect(await domErrorOf(sign(onlyDecrypt.privateKey))).toBe('InvalidAccessError');
    expect(await domErrorOf(subtle.verify(SM2, keys.privateKey, message, message))).toBe(
      'InvalidAccessError',
    );
    expect(await domErrorOf(subtle.generateKey(SM2, false, ['deriveBits']))).toBe('SyntaxError');
    expect(await domErrorOf(subtle.generateKey(SM2, false, ['verify']))).toBe('SyntaxError');
    expect(await domErrorOf(sign(keys.privateKey, { name: 'SM2', id: new Uint8Array(8192) }))).toBe(
      'OperationError',
    );
    expect(await domErrorOf(sign(keys.privateKey, { name: 'SM2', format: 'p1363' }))).toBe('OperationError');
    await expect(subtle.sign({} as never, keys.privateKey, message)).rejects.toThrow(TypeError);
    await expect(subtle.sign(SM2, {} as never, message)).rejects.toThrow(TypeError);
  });
});

const sm2Sign = (): Uint8Array => sm2.signWith(sm2.generateKeyPair(), message);

describe('SM2 encryption in the shape of WebCrypto', () => {
  it('is that of sm-core in three forms', async () => {
    for (const format of [undefined, 'der', 'c1c3c2', 'c1c2c3']) {
      const algorithm = format === undefined ? SM2 : { name: 'SM2', format };
      const cipher = await subtle.encrypt(algorithm, keys.publicKey, message);
      expect(equalBytes(bytes(await subtle.decrypt(algorithm, keys.privateKey, cipher)), message)).toBe(true);
    }
  });

  it('fails with one error without a cause', async () => {
    const cipher = bytes(await subtle.encrypt(SM2, keys.publicKey, message));
    for (const at of [0, 5, 40, 80, cipher.length - 1]) {
      const changed = Uint8Array.from(cipher);
      changed[at]! ^= 1;
      const error = await subtle.decrypt(SM2, keys.privateKey, changed).then(
        () => undefined,
        (thrown: DOMException) => thrown,
      );
      expect([error?.name, error?.message, error?.cause]).toEqual([
        'OperationError',
        'The operation failed.',
        undefined,
      ]);
    }
    expect(await domErrorOf(subtle.encrypt(SM2, keys.publicKey, new Uint8Array(0)))).toBe('OperationError');
    expect(await domErrorOf(subtle.encrypt(SM2, keys.privateKey, message))).toBe('InvalidAccessError');
  });
});
