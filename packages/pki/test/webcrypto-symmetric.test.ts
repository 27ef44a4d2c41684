import { createHash, createHmac } from 'node:crypto';
import { concatBytes, fromHex, hkdfSm3, pbkdf2Sm3, Secret, sm4, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type AlgorithmLike,
  type CryptoKeyLike,
  type CryptoKeyPairLike,
  createCrypto,
  createSubtle,
  type JsonWebKeyLike,
} from '../src/webcrypto/index.ts';
import { domErrorOf } from './support/containers.ts';

const subtle = createSubtle();
const KEY = fromHex('0123456789abcdeffedcba9876543210');
const IV = fromHex('000102030405060708090a0b0c0d0e0f');
const data = utf8('some bytes that are longer than one block of SM4');
const hex = (buffer: unknown) => toHex(new Uint8Array(buffer as ArrayBuffer));
const sm4Key = (name: string) => subtle.importKey('raw', KEY, name, true, ['encrypt', 'decrypt']);
const secret = (name: string) =>
  subtle.importKey('raw', utf8('secret'), name, false, ['deriveBits', 'deriveKey']);

describe('SM3 in the shape of WebCrypto', () => {
  it('is SM3; other digests are those of the platform', async () => {
    expect(hex(await subtle.digest('sm3', utf8('abc')))).toBe(
      '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
    );
    expect(hex(await subtle.digest({ name: 'SM3' }, data.buffer as ArrayBuffer))).toBe(
      hex(await subtle.digest('SM3', data)),
    );
    expect(hex(await subtle.digest('SHA-256', data))).toBe(createHash('sha256').update(data).digest('hex'));
    expect(await domErrorOf(subtle.digest('MD5', data))).toBe('NotSupportedError');
    await expect(subtle.digest('SM3', 'text' as never)).rejects.toThrow(TypeError);
    await expect(subtle.digest(undefined as never, data)).rejects.toThrow(TypeError);
  });
});

describe('SM4 in the shape of WebCrypto', () => {
  const ways: readonly AlgorithmLike[] = [
    { name: 'SM4-CBC', iv: IV },
    { name: 'SM4-GCM', iv: IV.subarray(0, 12) },
    { name: 'SM4-GCM', iv: IV, additionalData: utf8('more'), tagLength: 96 },
    { name: 'SM4-CTR', counter: IV, length: 128 },
    { name: 'SM4-CTR', counter: IV, length: 32 },
  ];
  it.each(ways.map((way) => [JSON.stringify(way), way] as const))('%s there and back', async (_, way) => {
    const key = await sm4Key(way.name);
    const cipher = await subtle.encrypt(way, key, data);
    expect(hex(await subtle.decrypt(way, key, cipher))).toBe(toHex(data));
  });

  it('is that of sm-core', async () => {
    const key = Secret.copy(KEY);
    const run = async (way: AlgorithmLike) => hex(await subtle.encrypt(way, await sm4Key(way.name), data));
    expect(await run({ name: 'SM4-CBC', iv: IV })).toBe(toHex(sm4.cbcEncrypt(key, IV, data)));
    expect(await run({ name: 'SM4-CTR', counter: IV, length: 64 })).toBe(toHex(sm4.ctr(key, IV, data)));
    expect(await run({ name: 'SM4-GCM', iv: IV.subarray(4) })).toBe(
      toHex(sm4.gcm(key).seal(IV.subarray(4), data)),
    );
  });

  it('keys are made, and go out and in as raw and jwk', async () => {
    const made = (await subtle.generateKey('SM4-GCM', true, ['encrypt'])) as CryptoKeyLike;
    expect([made.type, made.algorithm, made.usages]).toEqual([
      'secret',
      { name: 'SM4-GCM', length: 128 },
      ['encrypt'],
    ]);
    const jwk = (await subtle.exportKey('jwk', made)) as JsonWebKeyLike;
    const again = await subtle.importKey('jwk', jwk, 'SM4-GCM', true, ['encrypt']);
    expect(hex(await subtle.exportKey('raw', again))).toBe(hex(await subtle.exportKey('raw', made)));
    const importing = (bytes: unknown, usages: readonly never[] = ['encrypt'] as never) =>
      domErrorOf(subtle.importKey('raw', bytes as Uint8Array, 'SM4-CBC', true, usages));
    expect(await importing(KEY.subarray(1))).toBe('DataError');
    expect(await importing(concatBytes(KEY, KEY))).toBe('DataError');
    expect(await importing(KEY, [])).toBe('SyntaxError');
    expect(await importing(KEY, ['sign'] as never)).toBe('SyntaxError');
    expect(await domErrorOf(subtle.importKey('spki', KEY, 'SM4-CBC', true, ['encrypt']))).toBe(
      'NotSupportedError',
    );
    expect(
      await domErrorOf(subtle.importKey('jwk', { ...jwk, ext: false }, 'SM4-CBC', true, ['encrypt'])),
    ).toBe('DataError');
    expect(await domErrorOf(subtle.generateKey({ name: 'SM4-CBC', length: 256 }, true, ['encrypt']))).toBe(
      'OperationError',
    );
  });

  it('refuses what is wrong with one error', async () => {
    const gcm = { name: 'SM4-GCM', iv: IV.subarray(0, 12) };
    const key = await sm4Key('SM4-GCM');
    const cipher = new Uint8Array(await subtle.encrypt(gcm, key, data));
    for (const at of [0, 20, cipher.length - 1]) {
      const changed = Uint8Array.from(cipher);
      changed[at]! ^= 1;
      expect(await domErrorOf(subtle.decrypt(gcm, key, changed))).toBe('OperationError');
    }
    const cbc = await sm4Key('SM4-CBC');
    const decrypt = (algorithm: AlgorithmLike, one: CryptoKeyLike, bytes: Uint8Array) =>
      domErrorOf(subtle.decrypt(algorithm, one, bytes));
    expect(await decrypt({ name: 'SM4-CBC', iv: IV }, cbc, data.subarray(0, 17))).toBe('OperationError');
    expect(await decrypt({ name: 'SM4-CBC', iv: IV.subarray(1) }, cbc, data)).toBe('OperationError');
    expect(await decrypt({ name: 'SM4-CBC', iv: IV }, key, data)).toBe('InvalidAccessError');
    expect(await decrypt({ ...gcm, tagLength: 127 }, key, cipher)).toBe('OperationError');
    expect(await decrypt({ ...gcm, iv: new Uint8Array(0) }, key, cipher)).toBe('OperationError');
    const counter = new Uint8Array(16).fill(0xff);
    const ctr = await sm4Key('SM4-CTR');
    expect(await decrypt({ name: 'SM4-CTR', counter, length: 8 }, ctr, data)).toBe('OperationError');
    expect(await decrypt({ name: 'SM4-CTR', counter, length: 0 }, ctr, data)).toBe('OperationError');
    expect(await decrypt({ name: 'SM4-CTR', counter, length: 128 }, ctr, data)).toBe('resolved');
  });
});

describe('HMAC, PBKDF2 and HKDF with SM3 in the shape of WebCrypto', () => {
  const HMAC = { name: 'HMAC', hash: 'SM3' } as const;

  it('HMAC is that of OpenSSL, and other hashes are those of the platform', async () => {
    const key = await subtle.importKey('raw', KEY, HMAC, true, ['sign', 'verify']);
    const tag = new Uint8Array(await subtle.sign('HMAC', key, data));
    expect(toHex(tag)).toBe(createHmac('sm3', KEY).update(data).digest('hex'));
    expect(await subtle.verify('HMAC', key, tag, data)).toBe(true);
    expect(await subtle.verify('HMAC', key, tag.subarray(1), data)).toBe(false);
    expect(await subtle.verify('HMAC', key, tag, KEY)).toBe(false);
    const made = (await subtle.generateKey(HMAC, true, ['sign'])) as CryptoKeyLike;
    expect(made.algorithm).toEqual({ name: 'HMAC', hash: { name: 'SM3' }, length: 512 });
    expect(await domErrorOf(subtle.verify('HMAC', made, tag, data))).toBe('InvalidAccessError');
    expect(await domErrorOf(subtle.generateKey({ ...HMAC, length: 0 }, true, ['sign']))).toBe(
      'OperationError',
    );
    const sha = await subtle.importKey('raw', KEY, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
    expect(hex(await subtle.sign('HMAC', sha, data))).toBe(
      createHmac('sha256', KEY).update(data).digest('hex'),
    );
  });

  it('PBKDF2 and HKDF derive, also keys', async () => {
    const pbkdf2 = { name: 'PBKDF2', hash: 'SM3', salt: IV, iterations: 1000 };
    const hkdf = { name: 'HKDF', hash: { name: 'SM3' }, salt: IV, info: KEY };
    expect(hex(await subtle.deriveBits(pbkdf2, await secret('PBKDF2'), 256))).toBe(
      toHex(pbkdf2Sm3(utf8('secret'), IV, 1000, 32)),
    );
    expect(hex(await subtle.deriveBits(hkdf, await secret('HKDF'), 328))).toBe(
      toHex(hkdfSm3(utf8('secret'), IV, KEY, 41)),
    );
    const key = await subtle.deriveKey(hkdf, await secret('HKDF'), { name: 'SM4-CBC' }, true, ['encrypt']);
    expect(hex(await subtle.exportKey('raw', key))).toBe(toHex(hkdfSm3(utf8('secret'), IV, KEY, 16)));
    const aes = await subtle.deriveKey(
      pbkdf2,
      await secret('PBKDF2'),
      { name: 'AES-GCM', length: 256 },
      true,
      ['encrypt'],
    );
    expect(hex(await subtle.exportKey('raw', aes))).toBe(toHex(pbkdf2Sm3(utf8('secret'), IV, 1000, 32)));
    const { webcrypto } = await import('node:crypto');
    const theirs = await webcrypto.subtle.importKey('raw', utf8('secret'), 'PBKDF2', false, ['deriveBits']);
    const sha = { ...pbkdf2, hash: 'SHA-256' };
    expect(hex(await subtle.deriveBits(sha, await secret('PBKDF2'), 128))).toBe(
      hex(await webcrypto.subtle.deriveBits(sha as never, theirs, 128)),
    );
  });

  it('refuse what is too much, or not for deriving', async () => {
    const pbkdf2 = { name: 'PBKDF2', hash: 'SM3', salt: IV, iterations: 10_000_001 };
    const key = await secret('PBKDF2');
    expect(await domErrorOf(subtle.deriveBits(pbkdf2, key, 128))).toBe('OperationError');
    expect(await domErrorOf(subtle.deriveBits({ ...pbkdf2, iterations: 0 }, key, 128))).toBe(
      'OperationError',
    );
    expect(await domErrorOf(subtle.deriveBits({ ...pbkdf2, iterations: 1 }, key, 7))).toBe('OperationError');
    expect(await domErrorOf(subtle.deriveBits({ ...pbkdf2, name: 'HKDF' }, key, 128))).toBe(
      'InvalidAccessError',
    );
    expect(await domErrorOf(subtle.exportKey('raw', key))).toBe('InvalidAccessError');
    expect(await domErrorOf(subtle.importKey('raw', KEY, 'PBKDF2', true, ['deriveBits']))).toBe(
      'SyntaxError',
    );
    expect(await domErrorOf(subtle.importKey('raw', KEY, 'HKDF', false, ['sign']))).toBe('SyntaxError');
    expect(await domErrorOf(subtle.importKey('raw', KEY, 'HKDF', false, []))).toBe('SyntaxError');
  });
});

describe('keys that wrap keys', () => {
  it('wrap and unwrap each other, and not those of another provider', async () => {
    const gcm = { name: 'SM4-GCM', iv: IV };
    const wrapping = await subtle.importKey('raw', KEY, gcm, false, ['wrapKey', 'unwrapKey']);
    const pair = (await subtle.generateKey('SM2', true, ['sign', 'verify', 'decrypt'])) as CryptoKeyPairLike;
    for (const format of ['pkcs8', 'jwk'] as const) {
      const wrapped = await subtle.wrapKey(format, pair.privateKey, wrapping, gcm);
      const key = await subtle.unwrapKey(format, wrapped, wrapping, gcm, 'SM2', false, ['sign']);
      const signature = await subtle.sign('SM2', key, data);
      expect(await subtle.verify('SM2', pair.publicKey, signature, data)).toBe(true);
      expect(key.extractable).toBe(false);
    }
    const sm4Secret = (await subtle.generateKey('SM4-CBC', true, ['encrypt'])) as CryptoKeyLike;
    const to = (await subtle.generateKey('SM2', true, ['wrapKey', 'unwrapKey'])) as CryptoKeyPairLike;
    const sealed = await subtle.wrapKey('raw', sm4Secret, to.publicKey, 'SM2');
    const opened = await subtle.unwrapKey('raw', sealed, to.privateKey, 'SM2', 'SM4-CBC', true, ['encrypt']);
    expect(hex(await subtle.exportKey('raw', opened))).toBe(hex(await subtle.exportKey('raw', sm4Secret)));

    const aes = (await subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, [
      'wrapKey',
    ])) as CryptoKeyLike;
    expect(await domErrorOf(subtle.wrapKey('raw', sm4Secret, aes, gcm))).toBe('NotSupportedError');
    expect(await domErrorOf(subtle.wrapKey('raw', aes, wrapping, gcm))).toBe('NotSupportedError');
    expect(await domErrorOf(subtle.encrypt(gcm, wrapping, data))).toBe('InvalidAccessError');
    const closed = await subtle.importKey('raw', KEY, gcm, false, ['encrypt']);
    expect(await domErrorOf(subtle.wrapKey('raw', closed, wrapping, gcm))).toBe('InvalidAccessError');
    const broken = await domErrorOf(subtle.unwrapKey('jwk', sealed, wrapping, gcm, 'SM2', true, ['sign']));
    expect(broken).toBe('OperationError');
  });
});

describe('crypto for libraries', () => {
  it('gives random values and everything of the platform', async () => {
    const { subtle: own, getRandomValues, randomUUID } = createCrypto();
    expect(new Set(getRandomValues(new Uint8Array(64))).size).toBeGreaterThan(16);
    expect(() => getRandomValues(new Uint8Array(65_537))).toThrow();
    expect(randomUUID()).toMatch(/^[0-9a-f-]{36}$/);
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const pair = (await own.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPairLike;
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await own.sign(how, pair.privateKey, data);
    expect(await own.verify(how, pair.publicKey, signature, data)).toBe(true);
    const again = await own.importKey(
      'spki',
      (await own.exportKey('spki', pair.publicKey)) as ArrayBuffer,
      algorithm,
      true,
      ['verify'],
    );
    expect(await own.verify(how, again, signature, KEY)).toBe(false);
    const aes = (await own.generateKey({ name: 'AES-CBC', length: 128 }, true, [
      'encrypt',
      'decrypt',
    ])) as CryptoKeyLike;
    const cipher = await own.encrypt({ name: 'AES-CBC', iv: IV }, aes, data);
    expect(hex(await own.decrypt({ name: 'AES-CBC', iv: IV }, aes, cipher))).toBe(toHex(data));
    expect(await domErrorOf(own.generateKey('SM9', true, ['sign']))).toBe('NotSupportedError');
  });
});
