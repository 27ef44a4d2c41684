import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ATTR, TEE_HANDLE_FLAG, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import type { TEE_Attribute } from '../../spec/v1/internal/tee.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';
import { ANNEX_KEY, SM4_KEY, sm4Key } from './keys.ts';

const NEGATIVE = 'xtest 4010; GPD_SPE_010 §5.6';
const GENERIC = 'GPD_SPE_010 §5.5';
const POPULATE = 'xtest 4010; GPD_SPE_010 §5.6.4 TEE_PopulateTransientObject';
const secret = (content: Uint8Array): TEE_Attribute => ({ attributeID: TEE_ATTR.SECRET_VALUE, content });

/** Transient objects and their keys. */
export const objectCases: readonly ConformanceCase<TeeClient>[] = [
  inside('objects.allocate.info', 'GPD_SPE_010 §5.6.1 TEE_AllocateTransientObject', async (t) => {
    const info = await t.TEE_GetObjectInfo1(await t.TEE_AllocateTransientObject(TEE_TYPE.HMAC_SM3, 512));
    expectEqual(info.objectType, TEE_TYPE.HMAC_SM3, 'the type');
    expectEqual(info.maxObjectSize, 512, 'the largest size');
    expectEqual(info.objectSize, 0, 'the size');
    expectEqual(info.objectUsage, 0xffffffff, 'the usage');
    expectEqual(info.handleFlags, 0, 'the flags');
  }),
  refuses('objects.allocate.type', NEGATIVE, ['NOT_SUPPORTED'], 'a type that does not exist', (t) => {
    return () => t.TEE_AllocateTransientObject(TEE_TYPE.ILLEGAL_VALUE, 128);
  }),
  refuses('objects.allocate.size', NEGATIVE, ['NOT_SUPPORTED'], 'an SM4 key of 127 bits', (t) => {
    return () => t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 127);
  }),
  refuses('objects.allocate.curve-size', NEGATIVE, ['NOT_SUPPORTED'], 'an SM2 key of 192 bits', (t) => {
    return () => t.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_KEYPAIR, 192);
  }),
  inside('objects.free.null', NEGATIVE, async (t) => {
    await t.TEE_FreeTransientObject(null);
    await t.TEE_ResetTransientObject(null);
  }),
  panics('objects.free.twice', NEGATIVE, 'freeing an object twice', async (t) => {
    const object = await sm4Key(t);
    await t.TEE_FreeTransientObject(object);
    return () => t.TEE_FreeTransientObject(object);
  }),
  panics('objects.free.forged', NEGATIVE, 'freeing a forged handle', async (t) => {
    const forged = await t.forgeHandle();
    return () => t.TEE_FreeTransientObject(forged);
  }),
  panics(
    'objects.info.freed',
    `${GENERIC}.1 TEE_GetObjectInfo1`,
    'information of a freed object',
    async (t) => {
      const object = await sm4Key(t);
      await t.TEE_FreeTransientObject(object);
      return () => t.TEE_GetObjectInfo1(object);
    },
  ),
  inside('objects.populate.info', POPULATE, async (t) => {
    const info = await t.TEE_GetObjectInfo1(await sm4Key(t));
    expectEqual(info.objectSize, 128, 'the size');
    expectEqual(info.handleFlags, TEE_HANDLE_FLAG.INITIALIZED, 'the flags');
  }),
  inside('objects.populate.copies', POPULATE, async (t) => {
    // In C the attribute points to memory of the application, which may change afterwards.
    const memory = await t.TEE_Malloc(16, 0);
    expectTrue(memory !== null, 'there is memory');
    await t.setMemory(memory, 0, SM4_KEY);
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    await t.TEE_PopulateTransientObject(object, [{ attributeID: TEE_ATTR.SECRET_VALUE, memory } as never]);
    await t.TEE_MemFill(memory, 0, 16);
    expectBytes(await t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE), SM4_KEY, 'the key');
  }),
  panics('objects.populate.twice', POPULATE, 'populating an object twice', async (t) => {
    const object = await sm4Key(t);
    return () => t.TEE_PopulateTransientObject(object, [secret(SM4_KEY)]);
  }),
  panics('objects.populate.missing', POPULATE, 'a key pair without y', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_KEYPAIR, 256);
    const attributes = [
      { attributeID: TEE_ATTR.ECC_PRIVATE_VALUE, content: ANNEX_KEY.d },
      { attributeID: TEE_ATTR.ECC_PUBLIC_VALUE_X, content: ANNEX_KEY.x },
    ];
    return () => t.TEE_PopulateTransientObject(object, attributes);
  }),
  panics('objects.populate.none', POPULATE, 'no attributes', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    return () => t.TEE_PopulateTransientObject(object, []);
  }),
  panics('objects.populate.too-large', POPULATE, 'a secret larger than the object', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.GENERIC_SECRET, 128);
    return () => t.TEE_PopulateTransientObject(object, [secret(new Uint8Array(17))]);
  }),
  refuses('objects.populate.short', POPULATE, ['BAD_PARAMETERS'], 'an SM4 key of 15 bytes', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    return () => t.TEE_PopulateTransientObject(object, [secret(SM4_KEY.subarray(1))]);
  }),
  refuses(
    'objects.populate.curve',
    POPULATE,
    ['BAD_PARAMETERS', 'NOT_SUPPORTED'],
    'another curve for an SM2 key',
    async (t) => {
      const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_PUBLIC_KEY, 256);
      const attributes = [
        { attributeID: TEE_ATTR.ECC_PUBLIC_VALUE_X, content: ANNEX_KEY.x },
        { attributeID: TEE_ATTR.ECC_PUBLIC_VALUE_Y, content: ANNEX_KEY.y },
        { attributeID: TEE_ATTR.ECC_CURVE, a: 3, b: 0 },
      ];
      return () => t.TEE_PopulateTransientObject(object, attributes);
    },
  ),
  inside('objects.populate.failure-changes-nothing', POPULATE, async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    await expectTee(
      () => t.TEE_PopulateTransientObject(object, [secret(SM4_KEY.subarray(1))]),
      ['BAD_PARAMETERS'],
      'a short key',
    );
    expectEqual((await t.TEE_GetObjectInfo1(object)).handleFlags, 0, 'the object is still without a key');
    await t.TEE_PopulateTransientObject(object, [secret(SM4_KEY)]);
  }),
  inside('objects.reset', 'GPD_SPE_010 §5.6.3 TEE_ResetTransientObject', async (t) => {
    const object = await sm4Key(t);
    await t.TEE_RestrictObjectUsage1(object, 0);
    await t.TEE_ResetTransientObject(object);
    expectEqual((await t.TEE_GetObjectInfo1(object)).objectUsage, 0xffffffff, 'the usage after a reset');
    await t.TEE_PopulateTransientObject(object, [secret(new Uint8Array(16))]);
    expectBytes(
      await t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE),
      new Uint8Array(16),
      'the new key',
    );
  }),
];
