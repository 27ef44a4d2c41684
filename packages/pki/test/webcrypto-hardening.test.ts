import { inspect } from 'node:util';
import { fromHex, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { integer, NULL, octets, oid, sequence } from '../src/internal/write.ts';
import {
  type CryptoKeyLike,
  type CryptoKeyPairLike,
  createSubtle,
  type JsonWebKeyLike,
  type KeyFormatLike,
  type KeyUsageLike,
} from '../src/webcrypto/index.ts';
import { domErrorOf } from './support/containers.ts';

const subtle = createSubtle();
const KEY = fromHex('0123456789abcdeffedcba9876543210');
const CTR = { name: 'SM4-CTR', counter: new Uint8Array(16), length: 64 };
const message = utf8('message digest');
const thrownBy = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );
const generate = async (extractable: boolean, usages: readonly KeyUsageLike[]) =>
  (await subtle.generateKey('SM2', extractable, usages)) as CryptoKeyPairLike;

describe('key material that is refused', () => {
  // A plaintext that says 1.2.3.99.98.97 where the algorithm of a key stands.
  const strange = sequence(integer(0), sequence(oid('1.2.3.99.98.97'), NULL), octets(KEY));

  it.each([
    ['pkcs8', strange, 'SM2', ['sign']],
    ['pkcs8', utf8('a plaintext of somebody'), 'SM2', ['sign']],
    ['jwk', utf8('{"kty":"a plaintext of somebody"}'), 'SM2', ['sign']],
    ['jwk', utf8('"a plaintext of somebody"'), 'SM2', ['sign']],
    ['jwk', utf8('{"kty":"oct","k":"AAAA","alg":"a plaintext of somebody"}'), 'SM4-CBC', ['encrypt']],
    ['jwk', utf8('{"kty":"a plaintext of somebody"}'), { name: 'AES-GCM' }, ['encrypt']],
    [
      'jwk',
      utf8('{"kty":"oct","k":"AAAA","alg":"a plaintext of somebody"}'),
      { name: 'AES-GCM' },
      ['encrypt'],
    ],
    ['jwk', utf8('{"kty":"oct","key_ops":"a plaintext of somebody"}'), { name: 'AES-GCM' }, ['encrypt']],
    ['pkcs8', strange, { name: 'ECDSA', namedCurve: 'P-256' }, ['sign']],
  ] as const)('is not told by the error of unwrapKey: %s', async (format, plaintext, algorithm, usages) => {
    const wrapping = await subtle.importKey('raw', KEY, CTR, false, ['encrypt', 'unwrapKey']);
    const wrapped = await subtle.encrypt(CTR, wrapping, plaintext);
    const error = await thrownBy(subtle.unwrapKey(format, wrapped, wrapping, CTR, algorithm, true, usages));
    expect(error).toBeInstanceOf(DOMException);
    expect(error!.cause).toBeUndefined();
    const shown = inspect(error, { depth: 9, showHidden: true });
    for (const word of ['1.2.3', '99.98', 'plaintext', 'somebody', 'oid=']) expect(shown).not.toContain(word);
  });

  it.each(['pkcs8', 'jwk', 'spki', 'raw'] as const)('is not told by importKey: %s', async (format) => {
    const data = format === 'jwk' ? ({ kty: 'EC', crv: 'SM2', x: 'AA', y: 'AA', d: 'AA' } as const) : strange;
    const usages: readonly KeyUsageLike[] = format === 'pkcs8' || format === 'jwk' ? ['sign'] : ['verify'];
    const error = await thrownBy(subtle.importKey(format, data, 'SM2', true, usages));
    expect([error?.name, error?.cause]).toEqual(['DataError', undefined]);
  });

  it('leaves mistakes of the caller what they are', async () => {
    const wrapping = await subtle.importKey('raw', KEY, CTR, false, ['encrypt', 'unwrapKey']);
    const unwrap = (algorithm: never, usages: never) =>
      subtle.unwrapKey('raw', KEY, wrapping, CTR, algorithm, true, usages);
    await expect(unwrap('SM4-CBC' as never, 'encrypt' as never)).rejects.toThrow(TypeError);
    await expect(unwrap({} as never, [] as never)).rejects.toThrow(TypeError);
    expect(await domErrorOf(unwrap('SM4-CBC' as never, [] as never))).toBe('SyntaxError');
  });
});

describe('rights of a key', () => {
  it('are not what somebody puts on the object', async () => {
    const { privateKey } = await generate(false, ['sign']);
    expect(Object.isFrozen(privateKey)).toBe(true);
    expect(Reflect.defineProperty(privateKey, 'extractable', { value: true })).toBe(false);
    expect(Reflect.defineProperty(privateKey, 'usages', { value: ['decrypt'] })).toBe(false);
  });

  it('are not what somebody puts on the prototype', async () => {
    const { privateKey } = await generate(false, ['sign']);
    const cipher = await subtle.encrypt('SM2', (await generate(true, ['encrypt', 'decrypt'])).publicKey, KEY);
    const prototype = Object.getPrototypeOf(privateKey) as CryptoKeyLike;
    const lies = { extractable: true, usages: ['sign', 'decrypt'], algorithm: { name: 'SM2' } } as const;
    const spies = (['extractable', 'usages', 'algorithm'] as const).map((name) =>
      vi.spyOn(prototype, name, 'get').mockReturnValue(lies[name] as never),
    );
    try {
      expect(privateKey.extractable).toBe(true);
      for (const format of ['pkcs8', 'jwk'] as const) {
        expect(await domErrorOf(subtle.exportKey(format, privateKey))).toBe('InvalidAccessError');
      }
      expect(await domErrorOf(subtle.decrypt('SM2', privateKey, cipher))).toBe('InvalidAccessError');
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect(Object.isFrozen(subtle)).toBe(true);
  });
});

describe('verification under one key', () => {
  it('does not make tables for one signature', async () => {
    const { publicKey, privateKey } = await generate(true, ['sign', 'verify']);
    const signature = await subtle.sign('SM2', privateKey, message);
    const verifier = vi.spyOn(sm2, 'verifier');
    expect(await subtle.verify('SM2', publicKey, signature, message)).toBe(true);
    expect(verifier).not.toHaveBeenCalled();
    verifier.mockRestore();
    for (const algorithm of [
      { name: 'SM2', id: new Uint8Array(8192) },
      { name: 'SM2', format: 'p1363' },
    ]) {
      expect(await domErrorOf(subtle.verify(algorithm, publicKey, signature, message))).toBe(
        'OperationError',
      );
    }
  });
});

describe('parameters that do not fit', () => {
  const importing = (format: KeyFormatLike, data: unknown, algorithm: object, usages: readonly string[]) =>
    domErrorOf(subtle.importKey(format, data as ArrayBuffer, algorithm as never, true, usages as never));

  it('of HMAC: a length that is not the key’s', async () => {
    const hmac = (length?: unknown) => ({
      name: 'HMAC',
      hash: 'SM3',
      ...(length === undefined ? {} : { length }),
    });
    expect(await importing('raw', KEY, hmac(), ['sign'])).toBe('resolved');
    expect(await importing('raw', KEY, hmac(128), ['sign'])).toBe('resolved');
    for (const length of [0, 8, 127, 129, 256]) {
      expect(await importing('raw', KEY, hmac(length), ['sign'])).toBe('DataError');
    }
    await expect(importing('raw', KEY, hmac('128'), ['sign'])).rejects.toThrow(TypeError);
  });

  it('of JSON Web Keys: alg, use and key_ops', async () => {
    const { privateKey } = await generate(true, ['sign', 'verify']);
    const ec = (await subtle.exportKey('jwk', privateKey)) as JsonWebKeyLike;
    const sm4 = { kty: 'oct', k: 'ASNFZ4mrze_-3LqYdlQyEA' };
    const cases: readonly (readonly [object, object, string, string])[] = [
      [{ ...ec, alg: 'SM2', use: 'sig' }, { name: 'SM2' }, 'sign', 'resolved'],
      [{ ...ec, alg: 'ES256' }, { name: 'SM2' }, 'sign', 'DataError'],
      [{ ...ec, use: 'enc' }, { name: 'SM2' }, 'sign', 'DataError'],
      [{ ...ec, use: 7 }, { name: 'SM2' }, 'sign', 'DataError'],
      [{ ...ec, key_ops: ['sign', 'sign'] }, { name: 'SM2' }, 'sign', 'DataError'],
      [{ ...ec, key_ops: undefined, use: 'sig' }, { name: 'SM2' }, 'decrypt', 'DataError'],
      [{ ...sm4, use: 'enc', alg: 'SM4-CBC' }, { name: 'SM4-CBC' }, 'encrypt', 'resolved'],
      [{ ...sm4, alg: 'A128CBC' }, { name: 'SM4-CBC' }, 'encrypt', 'DataError'],
      [{ ...sm4, alg: 'SM4-GCM' }, { name: 'SM4-CBC' }, 'encrypt', 'DataError'],
      [{ ...sm4, use: 'sig' }, { name: 'SM4-CBC' }, 'encrypt', 'DataError'],
      [{ ...sm4, alg: 'HS256' }, { name: 'HMAC', hash: 'SM3' }, 'sign', 'DataError'],
      [{ ...sm4, use: 'enc' }, { name: 'HMAC', hash: 'SM3' }, 'sign', 'DataError'],
      [{ ...sm4, use: 'sig' }, { name: 'HMAC', hash: 'SM3' }, 'sign', 'resolved'],
    ];
    for (const [jwk, algorithm, usage, outcome] of cases) {
      expect([jwk, await importing('jwk', jwk, algorithm, [usage])]).toEqual([jwk, outcome]);
    }
  });

  it('of a derived key: a length that SM4 has not', async () => {
    const base = await subtle.importKey('raw', KEY, 'HKDF', false, ['deriveKey']);
    const hkdf = { name: 'HKDF', hash: 'SM3', salt: KEY, info: KEY };
    const derive = (length: unknown) =>
      domErrorOf(subtle.deriveKey(hkdf, base, { name: 'SM4-GCM', length }, true, ['encrypt']));
    expect(await derive(128)).toBe('resolved');
    for (const length of [0, 64, 192, 256]) expect(await derive(length)).toBe('OperationError');
  });
});
