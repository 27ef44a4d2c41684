import { fromHex, sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  TEE_ATTR,
  TEE_ECC_CURVE_SM2,
  TEE_HANDLE_FLAG,
  TEE_TYPE,
  TEE_USAGE,
} from '../../../src/spec/v1/internal/constants.ts';
import type { TEE_ObjectHandle } from '../../../src/spec/v1/internal/tee.ts';
import {
  bytes,
  expectPanic,
  expectResult,
  newPair,
  openTee,
  pairObject,
  point,
  publicObject,
  SEED,
  Seeded,
  secretObject,
  value,
} from './support.ts';

const random = new Seeded(SEED);
const KEY = random.bytes(16);
const pair = sm2.generateKeyPair();
const D = pair.privateKey.use((d) => Uint8Array.from(d));
const SECRETS = [TEE_TYPE.SM4, TEE_TYPE.HMAC_SM3, TEE_TYPE.GENERIC_SECRET, TEE_TYPE.HKDF_IKM] as const;
const PAIRS = [
  [TEE_TYPE.SM2_DSA_KEYPAIR, TEE_TYPE.SM2_DSA_PUBLIC_KEY],
  [TEE_TYPE.SM2_KEP_KEYPAIR, TEE_TYPE.SM2_KEP_PUBLIC_KEY],
  [TEE_TYPE.SM2_PKE_KEYPAIR, TEE_TYPE.SM2_PKE_PUBLIC_KEY],
] as const;

/** What is no handle of an open object. */
function notHandles(): unknown[] {
  const tee = openTee();
  const closed = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
  tee.TEE_CloseObject(closed);
  return [closed, undefined, 0, 'object', {}, Object.freeze({ kind: 'object' }), openTee()];
}

describe('allocating objects (xtest 4007, 4010)', () => {
  it.each([
    [TEE_TYPE.SM4, 128],
    [TEE_TYPE.HMAC_SM3, 80],
    [TEE_TYPE.HMAC_SM3, 1024],
    [TEE_TYPE.GENERIC_SECRET, 8],
    [TEE_TYPE.GENERIC_SECRET, 4096],
    [TEE_TYPE.PBKDF2_PASSWORD, 64],
    ...PAIRS.flat().map((type) => [type, 256] as [number, number]),
  ] as [number, number][])('type %i of %i bits', (type, bits) => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(type, bits);
    expect(tee.TEE_GetObjectInfo1(object)).toEqual({
      objectType: type,
      objectSize: 0,
      maxObjectSize: bits,
      objectUsage: TEE_USAGE.DEFAULT,
      dataSize: 0,
      dataPosition: 0,
      handleFlags: 0,
    });
    expect(Object.isFrozen(object)).toBe(true);
  });

  it.each([
    ['an unknown type', 0xa0000010, 128],
    ['no type', 0, 128],
    ['the illegal type', TEE_TYPE.ILLEGAL_VALUE, 128],
    ['data', TEE_TYPE.DATA, 0],
    ['SM4 of 192 bits', TEE_TYPE.SM4, 192],
    ['SM4 of 0 bits', TEE_TYPE.SM4, 0],
    ['HMAC below 80 bits', TEE_TYPE.HMAC_SM3, 72],
    ['HMAC above 1024 bits', TEE_TYPE.HMAC_SM3, 1032],
    ['half a byte', TEE_TYPE.GENERIC_SECRET, 12],
    ['too large a secret', TEE_TYPE.GENERIC_SECRET, 4104],
    ['SM2 of 255 bits', TEE_TYPE.SM2_DSA_KEYPAIR, 255],
    ['SM2 of 512 bits', TEE_TYPE.SM2_PKE_PUBLIC_KEY, 512],
  ])('%s is not supported', (_, type, bits) => {
    expectResult('NOT_SUPPORTED', () => openTee().TEE_AllocateTransientObject(type, bits));
  });

  it('needs the API in the manifest [part of CC-037]', () => {
    const tee = openTee(4096, []);
    expectResult('ACCESS_DENIED', () => tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128));
    expect(tee.required).toEqual(['TEE_AllocateTransientObject']);
    expect(tee.memory.used).toBe(0);
  });

  it('stays within the quota, and gives back what is freed [part of CC-021]', () => {
    const tee = openTee(2000);
    const objects: TEE_ObjectHandle[] = [];
    expectResult('OUT_OF_MEMORY', () => {
      for (let i = 0; i < 100; i++) objects.push(tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128));
    });
    expect(objects.length).toBeGreaterThan(5);
    const full = tee.memory.used;
    tee.TEE_FreeTransientObject(objects.pop() ?? null);
    expect(tee.memory.used).toBeLessThan(full);
    objects.push(tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128));
    for (const object of objects) tee.TEE_FreeTransientObject(object);
    expect(tee.memory.used).toBe(0);
    expect(tee.table.count).toBe(0);
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN, '128', null])('a size of %s is a panic', (bits) => {
    expectPanic(() => openTee().TEE_AllocateTransientObject(TEE_TYPE.SM4, bits as number));
  });
});

describe('handles', () => {
  it('what is none is a panic everywhere', () => {
    for (const none of notHandles()) {
      const handle = none as TEE_ObjectHandle;
      const tee = openTee();
      const other = secretObject(tee, TEE_TYPE.SM4, KEY);
      for (const call of [
        () => tee.TEE_GetObjectInfo1(handle),
        () => tee.TEE_RestrictObjectUsage1(handle, 0),
        () => tee.TEE_GetObjectBufferAttribute(handle, TEE_ATTR.SECRET_VALUE),
        () => tee.TEE_GetObjectValueAttribute(handle, TEE_ATTR.ECC_CURVE),
        () => tee.TEE_CloseObject(handle),
        () => tee.TEE_FreeTransientObject(handle),
        () => tee.TEE_ResetTransientObject(handle),
        () => tee.TEE_PopulateTransientObject(handle, []),
        () => tee.TEE_CopyObjectAttributes1(handle, other),
        () => tee.TEE_CopyObjectAttributes1(other, handle),
        () => tee.TEE_GenerateKey(handle, 128, []),
      ]) {
        expectPanic(call);
      }
    }
  });

  it('of another instance is a panic [part of CC-003]', () => {
    const foreign = secretObject(openTee(), TEE_TYPE.SM4, KEY);
    expectPanic(() => openTee().TEE_GetObjectInfo1(foreign));
  });

  it('TEE_HANDLE_NULL may be closed, freed and reset', () => {
    const tee = openTee();
    tee.TEE_CloseObject(null);
    tee.TEE_FreeTransientObject(null);
    tee.TEE_ResetTransientObject(null);
    expect(tee.panics).toEqual([]);
  });

  it('closing twice is a panic', () => {
    const tee = openTee();
    const object = secretObject(tee, TEE_TYPE.SM4, KEY);
    tee.TEE_CloseObject(object);
    expectPanic(() => tee.TEE_CloseObject(object));
  });
});

describe('populating (xtest 4010, 4019)', () => {
  it.each(SECRETS)('a secret of type %i, copied in and out', (type) => {
    const tee = openTee();
    const id = type === TEE_TYPE.HKDF_IKM ? TEE_ATTR.HKDF_IKM : TEE_ATTR.SECRET_VALUE;
    const given = Uint8Array.from(KEY);
    const object = tee.TEE_AllocateTransientObject(type, 128);
    tee.TEE_PopulateTransientObject(object, [bytes(id, given)]);
    given.fill(0);
    const read = tee.TEE_GetObjectBufferAttribute(object, id);
    expect(read).toEqual(KEY);
    read.fill(0);
    expect(tee.TEE_GetObjectBufferAttribute(object, id)).toEqual(KEY);
    const { objectSize, handleFlags } = tee.TEE_GetObjectInfo1(object);
    expect(objectSize).toBe(128);
    expect(handleFlags).toBe(TEE_HANDLE_FLAG.INITIALIZED);
  });

  it('of an attribute that comes twice, the first counts', () => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    tee.TEE_PopulateTransientObject(object, [
      bytes(TEE_ATTR.SECRET_VALUE, KEY),
      bytes(TEE_ATTR.SECRET_VALUE, new Uint8Array(16)),
    ]);
    expect(tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE)).toEqual(KEY);
  });

  it('a subclass of Uint8Array cannot run code in the runtime', () => {
    class Hostile extends Uint8Array {
      override get length(): number {
        throw new Error('ran');
      }
      override subarray(): never {
        throw new Error('ran');
      }
    }
    const tee = openTee();
    const hostile = new Hostile(16);
    hostile.fill(7);
    const object = secretObject(tee, TEE_TYPE.SM4, KEY);
    tee.TEE_ResetTransientObject(object);
    tee.TEE_PopulateTransientObject(object, [bytes(TEE_ATTR.SECRET_VALUE, hostile)]);
    expect(tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE)).toEqual(
      new Uint8Array(16).fill(7),
    );
  });

  it.each([
    ['no attribute', []],
    ['another attribute only', [bytes(TEE_ATTR.HKDF_IKM, KEY)]],
    ['an attribute too many', [bytes(TEE_ATTR.SECRET_VALUE, KEY), value(TEE_ATTR.ECC_CURVE, 0x400)]],
    ['more than the object holds', [bytes(TEE_ATTR.SECRET_VALUE, new Uint8Array(17))]],
    ['1,024 bytes', [bytes(TEE_ATTR.SECRET_VALUE, new Uint8Array(1024))]],
    ['no bytes', [{ attributeID: TEE_ATTR.SECRET_VALUE }]],
    ['text', [{ attributeID: TEE_ATTR.SECRET_VALUE, content: '0123456789abcdef' }]],
    ['words', [{ attributeID: TEE_ATTR.SECRET_VALUE, content: new Uint32Array(4) }]],
    ['no list', { length: 0 }],
    ['null in the list', [null]],
    ['an endless list', Array.from({ length: 33 }, () => bytes(TEE_ATTR.SECRET_VALUE, KEY))],
    ['a number that is none', [{ attributeID: TEE_ATTR.ECC_CURVE, a: -1, b: 0 }]],
  ])('%s is a panic', (_, attributes) => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    expectPanic(() => tee.TEE_PopulateTransientObject(object, attributes as never));
  });

  it('a key that is too short is BAD_PARAMETERS, and the object stays empty', () => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    for (const length of [0, 1, 15]) {
      expectResult('BAD_PARAMETERS', () =>
        tee.TEE_PopulateTransientObject(object, [bytes(TEE_ATTR.SECRET_VALUE, new Uint8Array(length))]),
      );
    }
    expect(tee.TEE_GetObjectInfo1(object).handleFlags).toBe(0);
    tee.TEE_PopulateTransientObject(object, [bytes(TEE_ATTR.SECRET_VALUE, KEY)]);
  });

  it('a second time is a panic, after a reset it is not', () => {
    const tee = openTee();
    const object = secretObject(tee, TEE_TYPE.SM4, KEY);
    expectPanic(() => tee.TEE_PopulateTransientObject(object, [bytes(TEE_ATTR.SECRET_VALUE, KEY)]));
    tee.TEE_RestrictObjectUsage1(object, 0);
    tee.TEE_ResetTransientObject(object);
    expect(tee.TEE_GetObjectInfo1(object)).toMatchObject({
      objectSize: 0,
      handleFlags: 0,
      objectUsage: TEE_USAGE.DEFAULT,
    });
    tee.TEE_PopulateTransientObject(object, [bytes(TEE_ATTR.SECRET_VALUE, KEY)]);
  });

  it.each(PAIRS)('key pair %i and its public key %i', (pairType, publicType) => {
    const tee = openTee();
    for (const object of [
      pairObject(tee, pairType, D, pair.publicKey),
      publicObject(tee, publicType, pair.publicKey),
    ]) {
      expect(tee.TEE_GetObjectInfo1(object).objectSize).toBe(256);
      expect(tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.ECC_PUBLIC_VALUE_X)).toEqual(
        pair.publicKey.slice(1, 33),
      );
      expect(tee.TEE_GetObjectValueAttribute(object, TEE_ATTR.ECC_CURVE)).toEqual({
        a: TEE_ECC_CURVE_SM2,
        b: 0,
      });
    }
  });

  const [X, Y] = [TEE_ATTR.ECC_PUBLIC_VALUE_X, TEE_ATTR.ECC_PUBLIC_VALUE_Y] as const;
  const [x, y] = [pair.publicKey.slice(1, 33), pair.publicKey.slice(33)];
  const flipped = Uint8Array.from(y, (byte, i) => (i === 31 ? byte ^ 1 : byte));
  const P = fromHex('fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff');
  const N = fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');
  const N_MINUS_1 = fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122');
  const other = sm2.generateKeyPair().privateKey.use((d) => Uint8Array.from(d));

  it.each([
    ['a point off the curve', [bytes(X, x), bytes(Y, flipped)]],
    ['x and y exchanged', [bytes(X, y), bytes(Y, x)]],
    ['the point (0, 0)', [bytes(X, new Uint8Array(32)), bytes(Y, new Uint8Array(32))]],
    ['x = p', [bytes(X, P), bytes(Y, y)]],
    ['y = p', [bytes(X, x), bytes(Y, P)]],
    ['no bytes', [bytes(X, new Uint8Array(0)), bytes(Y, y)]],
    ['half of x', [bytes(X, x.slice(0, 16)), bytes(Y, y)]],
    ['another curve', [bytes(X, x), bytes(Y, y), value(TEE_ATTR.ECC_CURVE, 3)]],
  ])('%s is BAD_PARAMETERS', (_, attributes) => {
    const tee = openTee();
    for (const [pairType, publicType] of PAIRS) {
      const key = tee.TEE_AllocateTransientObject(publicType, 256);
      expectResult('BAD_PARAMETERS', () => tee.TEE_PopulateTransientObject(key, attributes));
      const both = tee.TEE_AllocateTransientObject(pairType, 256);
      expectResult('BAD_PARAMETERS', () =>
        tee.TEE_PopulateTransientObject(both, [bytes(TEE_ATTR.ECC_PRIVATE_VALUE, D), ...attributes]),
      );
      expect(tee.TEE_GetObjectInfo1(both).handleFlags).toBe(0);
    }
  });

  it.each([
    ['d = 0', new Uint8Array(32)],
    ['d = n - 1', N_MINUS_1],
    ['d = n', N],
    ['d above n', new Uint8Array(32).fill(0xff)],
    ['no d', new Uint8Array(0)],
    ['d of another key', other],
  ])('%s is BAD_PARAMETERS', (_, d) => {
    const tee = openTee();
    const key = tee.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_KEYPAIR, 256);
    expectResult('BAD_PARAMETERS', () =>
      tee.TEE_PopulateTransientObject(key, [bytes(TEE_ATTR.ECC_PRIVATE_VALUE, d), ...point(pair.publicKey)]),
    );
  });

  it.each([
    ['no private key', point(pair.publicKey)],
    ['no y', [bytes(TEE_ATTR.ECC_PRIVATE_VALUE, D), bytes(X, x)]],
    ['d of 33 bytes', [bytes(TEE_ATTR.ECC_PRIVATE_VALUE, new Uint8Array(33)), bytes(X, x), bytes(Y, y)]],
  ])('a key pair with %s is a panic', (_, attributes) => {
    const tee = openTee();
    const key = tee.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_KEYPAIR, 256);
    expectPanic(() => tee.TEE_PopulateTransientObject(key, attributes));
  });

  it('a private key in a public key is a panic', () => {
    const tee = openTee();
    const key = tee.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_PUBLIC_KEY, 256);
    expectPanic(() =>
      tee.TEE_PopulateTransientObject(key, [bytes(TEE_ATTR.ECC_PRIVATE_VALUE, D), ...point(pair.publicKey)]),
    );
  });
});

describe('attributes and usage', () => {
  it('secrets leave only with EXTRACTABLE', () => {
    const tee = openTee();
    const object = secretObject(tee, TEE_TYPE.SM4, KEY);
    tee.TEE_RestrictObjectUsage1(object, TEE_USAGE.DEFAULT & ~TEE_USAGE.EXTRACTABLE);
    expectPanic(() => tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE));
    const keys = newPair(tee, TEE_TYPE.SM2_DSA_KEYPAIR);
    tee.TEE_RestrictObjectUsage1(keys, TEE_USAGE.SIGN);
    expect(tee.TEE_GetObjectBufferAttribute(keys, TEE_ATTR.ECC_PUBLIC_VALUE_X).length).toBe(32);
    expectPanic(() => tee.TEE_GetObjectBufferAttribute(keys, TEE_ATTR.ECC_PRIVATE_VALUE));
  });

  it('usage only ever shrinks', () => {
    const tee = openTee();
    const object = secretObject(tee, TEE_TYPE.SM4, KEY);
    tee.TEE_RestrictObjectUsage1(object, TEE_USAGE.ENCRYPT);
    tee.TEE_RestrictObjectUsage1(object, TEE_USAGE.DEFAULT);
    expect(tee.TEE_GetObjectInfo1(object).objectUsage).toBe(TEE_USAGE.ENCRYPT);
    for (const usage of [2 ** 32, -(2 ** 31) - 1, 1.5, '1']) {
      expectPanic(() => tee.TEE_RestrictObjectUsage1(object, usage as number));
    }
  });

  it('answers ITEM_NOT_FOUND and SHORT_BUFFER', () => {
    const tee = openTee();
    const object = secretObject(tee, TEE_TYPE.SM4, KEY);
    expectResult('ITEM_NOT_FOUND', () => tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.HKDF_IKM));
    expectResult('ITEM_NOT_FOUND', () => tee.TEE_GetObjectValueAttribute(object, TEE_ATTR.ECC_CURVE));
    const short = expectResult('SHORT_BUFFER', () =>
      tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE, 15),
    );
    expect(short.required).toBe(16);
    expect(tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE, 16)).toEqual(KEY);
  });

  it('the wrong form of an attribute is a panic', () => {
    const tee = openTee();
    const object = newPair(tee, TEE_TYPE.SM2_PKE_KEYPAIR);
    expectPanic(() => tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.ECC_CURVE));
    expectPanic(() => tee.TEE_GetObjectValueAttribute(object, TEE_ATTR.ECC_PUBLIC_VALUE_X));
    expectPanic(() => tee.TEE_InitRefAttribute(TEE_ATTR.ECC_CURVE, KEY));
    expectPanic(() => tee.TEE_InitRefAttribute(TEE_ATTR.SECRET_VALUE, 'key' as never));
    expectPanic(() => tee.TEE_InitValueAttribute(TEE_ATTR.SECRET_VALUE, 1, 2));
    expectPanic(() => tee.TEE_InitValueAttribute(TEE_ATTR.ECC_CURVE, 2 ** 32, 0));
  });

  it('of an empty object is a panic', () => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    expectPanic(() => tee.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE));
  });

  it('makes attributes that point to the caller', () => {
    const tee = openTee();
    expect(tee.TEE_InitRefAttribute(TEE_ATTR.SECRET_VALUE, KEY)).toEqual(bytes(TEE_ATTR.SECRET_VALUE, KEY));
    expect(tee.TEE_InitValueAttribute(TEE_ATTR.ECC_CURVE, 1, 2)).toEqual(value(TEE_ATTR.ECC_CURVE, 1, 2));
  });
});

describe('copying', () => {
  it('within a type, with its restrictions', () => {
    const tee = openTee();
    const source = secretObject(tee, TEE_TYPE.HMAC_SM3, KEY);
    tee.TEE_RestrictObjectUsage1(source, TEE_USAGE.MAC | TEE_USAGE.EXTRACTABLE);
    const copy = tee.TEE_AllocateTransientObject(TEE_TYPE.HMAC_SM3, 1024);
    tee.TEE_CopyObjectAttributes1(copy, source);
    tee.TEE_FreeTransientObject(source);
    expect(tee.TEE_GetObjectBufferAttribute(copy, TEE_ATTR.SECRET_VALUE)).toEqual(KEY);
    expect(tee.TEE_GetObjectInfo1(copy)).toMatchObject({
      objectSize: 128,
      maxObjectSize: 1024,
      objectUsage: TEE_USAGE.MAC | TEE_USAGE.EXTRACTABLE,
    });
  });

  it.each(PAIRS)('the public key of pair %i into %i', (pairType, publicType) => {
    const tee = openTee();
    const source = newPair(tee, pairType);
    const copy = tee.TEE_AllocateTransientObject(publicType, 256);
    tee.TEE_CopyObjectAttributes1(copy, source);
    expectResult('ITEM_NOT_FOUND', () => tee.TEE_GetObjectBufferAttribute(copy, TEE_ATTR.ECC_PRIVATE_VALUE));
    expect(tee.TEE_GetObjectBufferAttribute(copy, TEE_ATTR.ECC_PUBLIC_VALUE_Y)).toEqual(
      tee.TEE_GetObjectBufferAttribute(source, TEE_ATTR.ECC_PUBLIC_VALUE_Y),
    );
  });

  it('other copies are panics', () => {
    const tee = openTee();
    const sm4 = secretObject(tee, TEE_TYPE.SM4, KEY);
    const empty = (type: number, bits: number) => tee.TEE_AllocateTransientObject(type, bits);
    expectPanic(() => tee.TEE_CopyObjectAttributes1(empty(TEE_TYPE.GENERIC_SECRET, 128), sm4));
    expectPanic(() => tee.TEE_CopyObjectAttributes1(sm4, secretObject(tee, TEE_TYPE.SM4, KEY)));
    expectPanic(() => tee.TEE_CopyObjectAttributes1(empty(TEE_TYPE.SM4, 128), empty(TEE_TYPE.SM4, 128)));
    const large = secretObject(tee, TEE_TYPE.GENERIC_SECRET, new Uint8Array(32));
    expectPanic(() => tee.TEE_CopyObjectAttributes1(empty(TEE_TYPE.GENERIC_SECRET, 128), large));
    const key = publicObject(tee, TEE_TYPE.SM2_DSA_PUBLIC_KEY, pair.publicKey);
    expectPanic(() => tee.TEE_CopyObjectAttributes1(empty(TEE_TYPE.SM2_DSA_KEYPAIR, 256), key));
    const pke = newPair(tee, TEE_TYPE.SM2_PKE_KEYPAIR);
    expectPanic(() => tee.TEE_CopyObjectAttributes1(empty(TEE_TYPE.SM2_DSA_PUBLIC_KEY, 256), pke));
  });
});

describe('generating keys (xtest 4007)', () => {
  it.each([
    [TEE_TYPE.SM4, 128, 128],
    [TEE_TYPE.HMAC_SM3, 1024, 80],
    [TEE_TYPE.GENERIC_SECRET, 4096, 8],
    [TEE_TYPE.GENERIC_SECRET, 4096, 4096],
    [TEE_TYPE.SM2_DSA_KEYPAIR, 256, 256],
    [TEE_TYPE.SM2_KEP_KEYPAIR, 256, 256],
  ])('type %i, at most %i bits, of %i', (type, max, bits) => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(type, max);
    tee.TEE_GenerateKey(object, bits, []);
    expect(tee.TEE_GetObjectInfo1(object)).toMatchObject({ objectSize: bits, maxObjectSize: max });
    expectPanic(() => tee.TEE_GenerateKey(object, bits, []));
  });

  it('two keys differ, and a pair belongs together', () => {
    const tee = openTee();
    const [a, b] = [newPair(tee, TEE_TYPE.SM2_DSA_KEYPAIR), newPair(tee, TEE_TYPE.SM2_DSA_KEYPAIR)];
    const d = tee.TEE_GetObjectBufferAttribute(a, TEE_ATTR.ECC_PRIVATE_VALUE);
    expect(tee.TEE_GetObjectBufferAttribute(b, TEE_ATTR.ECC_PRIVATE_VALUE)).not.toEqual(d);
    const x = tee.TEE_GetObjectBufferAttribute(a, TEE_ATTR.ECC_PUBLIC_VALUE_X);
    const y = tee.TEE_GetObjectBufferAttribute(a, TEE_ATTR.ECC_PUBLIC_VALUE_Y);
    pairObject(tee, TEE_TYPE.SM2_DSA_KEYPAIR, d, Uint8Array.from([4, ...x, ...y]));
  });

  it('takes the curve as parameter', () => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_KEYPAIR, 256);
    expectResult('BAD_PARAMETERS', () => tee.TEE_GenerateKey(object, 256, [value(TEE_ATTR.ECC_CURVE, 3)]));
    tee.TEE_GenerateKey(object, 256, [value(TEE_ATTR.ECC_CURVE, TEE_ECC_CURVE_SM2)]);
  });

  it.each([
    ['larger than the object', TEE_TYPE.GENERIC_SECRET, 128, 136, []],
    ['not a size', TEE_TYPE.GENERIC_SECRET, 128, 12, []],
    ['nothing', TEE_TYPE.GENERIC_SECRET, 128, 0, []],
    ['a public key', TEE_TYPE.SM2_DSA_PUBLIC_KEY, 256, 256, []],
    ['a parameter too many', TEE_TYPE.SM4, 128, 128, [value(TEE_ATTR.ECC_CURVE, TEE_ECC_CURVE_SM2)]],
  ])('%s is a panic', (_, type, max, bits, params) => {
    const tee = openTee();
    const object = tee.TEE_AllocateTransientObject(type, max);
    expectPanic(() => tee.TEE_GenerateKey(object, bits, params));
  });
});
