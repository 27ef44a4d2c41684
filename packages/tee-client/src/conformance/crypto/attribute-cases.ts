import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ATTR, TEE_ECC_CURVE_SM2, TEE_TYPE, TEE_USAGE } from '../../spec/v1/internal/constants.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';
import { ANNEX_KEY, keyPair, publicKey, SM4_KEY, sm4Key } from './keys.ts';

const GENERIC = 'GPD_SPE_010 §5.5';
const GENERATE = 'xtest 4007; GPD_SPE_010 §5.6.10 TEE_GenerateKey';
const COPY = 'GPD_SPE_010 §5.6.8 TEE_CopyObjectAttributes1';

/** Attributes, usage, copies and generated keys. */
export const attributeCases: readonly ConformanceCase<TeeClient>[] = [
  inside('objects.attribute.public', `${GENERIC}.3 TEE_GetObjectBufferAttribute`, async (t) => {
    const object = await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY);
    await t.TEE_RestrictObjectUsage1(object, TEE_USAGE.SIGN);
    expectBytes(
      await t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.ECC_PUBLIC_VALUE_X),
      ANNEX_KEY.x,
      'x is public',
    );
  }),
  panics(
    'objects.attribute.protected',
    `${GENERIC}.3 TEE_GetObjectBufferAttribute`,
    'reading a private key that is not extractable',
    async (t) => {
      const object = await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY);
      await t.TEE_RestrictObjectUsage1(object, TEE_USAGE.SIGN);
      return () => t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.ECC_PRIVATE_VALUE);
    },
  ),
  refuses(
    'objects.attribute.absent',
    `${GENERIC}.3 TEE_GetObjectBufferAttribute`,
    ['ITEM_NOT_FOUND'],
    'x of an SM4 key',
    async (t) => {
      const object = await sm4Key(t);
      return () => t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.ECC_PUBLIC_VALUE_X);
    },
  ),
  inside('objects.attribute.short-buffer', `${GENERIC}.3 TEE_GetObjectBufferAttribute`, async (t) => {
    const object = await sm4Key(t);
    const error = await expectTee(
      () => t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE, 15),
      ['SHORT_BUFFER'],
      '16 bytes into 15',
    );
    expectEqual(error.required, 16, 'the size required');
  }),
  panics(
    'objects.attribute.not-initialised',
    `${GENERIC}.3 TEE_GetObjectBufferAttribute`,
    'reading an object without a key',
    async (t) => {
      const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
      return () => t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE);
    },
  ),
  panics(
    'objects.attribute.value-as-buffer',
    `${GENERIC}.3 TEE_GetObjectBufferAttribute`,
    'a value attribute read as buffer',
    async (t) => {
      const object = await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY);
      return () => t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.ECC_CURVE);
    },
  ),
  inside('objects.attribute.value', `${GENERIC}.4 TEE_GetObjectValueAttribute`, async (t) => {
    const object = await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY);
    expectEqual(
      (await t.TEE_GetObjectValueAttribute(object, TEE_ATTR.ECC_CURVE)).a,
      TEE_ECC_CURVE_SM2,
      'the curve',
    );
  }),
  panics(
    'objects.attribute.buffer-as-value',
    `${GENERIC}.4 TEE_GetObjectValueAttribute`,
    'a buffer attribute read as value',
    async (t) => {
      const object = await sm4Key(t);
      return () => t.TEE_GetObjectValueAttribute(object, TEE_ATTR.SECRET_VALUE);
    },
  ),
  inside('objects.usage.only-shrinks', `${GENERIC}.2 TEE_RestrictObjectUsage1`, async (t) => {
    const object = await sm4Key(t);
    await t.TEE_RestrictObjectUsage1(object, TEE_USAGE.ENCRYPT | TEE_USAGE.DECRYPT);
    await t.TEE_RestrictObjectUsage1(object, TEE_USAGE.ENCRYPT | TEE_USAGE.EXTRACTABLE);
    expectEqual((await t.TEE_GetObjectInfo1(object)).objectUsage, TEE_USAGE.ENCRYPT, 'what both allow');
  }),
  inside('objects.copy', COPY, async (t) => {
    const target = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    const source = await sm4Key(t);
    await t.TEE_CopyObjectAttributes1(target, source);
    await t.TEE_FreeTransientObject(source);
    expectBytes(
      await t.TEE_GetObjectBufferAttribute(target, TEE_ATTR.SECRET_VALUE),
      SM4_KEY,
      'the copied key',
    );
  }),
  inside('objects.copy.public-of-pair', COPY, async (t) => {
    const target = await t.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_PUBLIC_KEY, 256);
    await t.TEE_CopyObjectAttributes1(target, await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY));
    expectBytes(await t.TEE_GetObjectBufferAttribute(target, TEE_ATTR.ECC_PUBLIC_VALUE_Y), ANNEX_KEY.y, 'y');
    await expectTee(
      () => t.TEE_GetObjectBufferAttribute(target, TEE_ATTR.ECC_PRIVATE_VALUE),
      ['ITEM_NOT_FOUND'],
      'd',
    );
  }),
  panics('objects.copy.pair-of-public', COPY, 'a key pair from a public key', async (t) => {
    const target = await t.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_KEYPAIR, 256);
    const source = await publicKey(t, TEE_TYPE.SM2_DSA_PUBLIC_KEY, ANNEX_KEY);
    return () => t.TEE_CopyObjectAttributes1(target, source);
  }),
  panics('objects.copy.other-type', COPY, 'an SM4 key into an HMAC key', async (t) => {
    const target = await t.TEE_AllocateTransientObject(TEE_TYPE.HMAC_SM3, 128);
    const source = await sm4Key(t);
    return () => t.TEE_CopyObjectAttributes1(target, source);
  }),
  panics('objects.copy.initialised', COPY, 'a copy into an object that has a key', async (t) => {
    const [target, source] = [await sm4Key(t), await sm4Key(t)];
    return () => t.TEE_CopyObjectAttributes1(target, source);
  }),
  inside('objects.generate.symmetric', GENERATE, async (t) => {
    const made: string[] = [];
    for (let i = 0; i < 2; i++) {
      const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
      await t.TEE_GenerateKey(object, 128, []);
      made.push((await t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE)).join());
    }
    expectTrue(made[0] !== made[1] && made[0]?.split(',').length === 16, 'two different keys of 16 bytes');
  }),
  inside('objects.generate.smaller', GENERATE, async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.HMAC_SM3, 512);
    await t.TEE_GenerateKey(object, 256, []);
    expectEqual((await t.TEE_GetObjectInfo1(object)).objectSize, 256, 'the size of the key');
  }),
  panics('objects.generate.too-large', GENERATE, 'a key larger than its object', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.HMAC_SM3, 256);
    return () => t.TEE_GenerateKey(object, 512, []);
  }),
  panics('objects.generate.twice', GENERATE, 'a key for an object that has one', async (t) => {
    const object = await sm4Key(t);
    return () => t.TEE_GenerateKey(object, 128, []);
  }),
  panics('objects.generate.public-key', GENERATE, 'a public key alone', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_PUBLIC_KEY, 256);
    return () => t.TEE_GenerateKey(object, 256, []);
  }),
  inside('objects.attribute.init', 'GPD_SPE_010 §5.6.5, §5.6.6', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    const [made] = await t.program([
      { function: 0x050a, args: [TEE_ATTR.SECRET_VALUE, SM4_KEY] },
      { function: 0x0509, args: [object as never, { result: 0 }] },
    ]);
    expectEqual(made?.result, 0, 'the result of TEE_InitRefAttribute');
    expectBytes(await t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE), SM4_KEY, 'the key');
  }),
  panics(
    'objects.attribute.init-value-as-ref',
    'GPD_SPE_010 §5.6.5 TEE_InitRefAttribute',
    'a value attribute as buffer',
    (t) => {
      return () => t.TEE_InitRefAttribute(TEE_ATTR.ECC_CURVE, SM4_KEY);
    },
  ),
  panics(
    'objects.attribute.init-ref-as-value',
    'GPD_SPE_010 §5.6.6 TEE_InitValueAttribute',
    'a buffer attribute as value',
    (t) => {
      return () => t.TEE_InitValueAttribute(TEE_ATTR.SECRET_VALUE, 1, 2);
    },
  ),
];
