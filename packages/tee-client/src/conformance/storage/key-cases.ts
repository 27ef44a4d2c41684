import { Secret, sm4 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG, TEE_ATTR, TEE_MODE, TEE_TYPE, TEE_USAGE } from '../../spec/v1/internal/constants.ts';
import type { TEE_ObjectHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import { expectEqual, inside, panics } from '../support.ts';
import { ALL, content, idOf, OVERWRITE, open, STORAGE } from './objects.ts';

const KEYS = 'xtest 6013, 6021; GPD_SPE_010 §5.7.2';

/** An SM4 key stored under `id`, with the usage left to it; the handle of the stored object. */
async function storeKey(
  t: RemoteTee,
  id: Uint8Array,
  key: Uint8Array,
  usage?: number,
): Promise<TEE_ObjectHandle> {
  const transient = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
  await t.TEE_PopulateTransientObject(transient, [{ attributeID: TEE_ATTR.SECRET_VALUE, content: key }]);
  if (usage !== undefined) await t.TEE_RestrictObjectUsage1(transient, usage);
  const object = await t.TEE_CreatePersistentObject(STORAGE, id, ALL | OVERWRITE, transient, null);
  await t.TEE_FreeTransientObject(transient);
  return object;
}

/** One block through SM4-ECB. */
async function encrypt(t: RemoteTee, key: TEE_ObjectHandle, block: Uint8Array): Promise<Uint8Array> {
  const operation = await t.TEE_AllocateOperation(TEE_ALG.SM4_ECB_NOPAD, TEE_MODE.ENCRYPT, 128);
  await t.TEE_SetOperationKey(operation, key);
  await t.TEE_CipherInit(operation, null);
  const output = await t.TEE_CipherDoFinal(operation, block);
  await t.TEE_FreeOperation(operation);
  return output;
}

/** Stored keys. */
export const keyCases: readonly ConformanceCase<TeeClient>[] = [
  inside('storage.key.works', KEYS, async (t, kit) => {
    const [key, block] = [kit.bytes('key', 16), kit.bytes('block', 16)];
    await t.TEE_CloseObject(await storeKey(t, idOf(kit), key));
    const object = await open(t, idOf(kit));
    const expected = sm4.ecbEncryptBlocks(Secret.copy(key), block);
    expectBytes(await encrypt(t, object, block), expected, 'a block under the stored key');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.key.info', KEYS, async (t, kit) => {
    const info = await t.TEE_GetObjectInfo1(await storeKey(t, idOf(kit), kit.bytes('key', 16)));
    expectEqual(info.objectType, TEE_TYPE.SM4, 'the type of the stored key');
    expectEqual(info.objectSize, 128, 'its size');
  }),
  inside('storage.key.usage-is-kept', KEYS, async (t, kit) => {
    await t.TEE_CloseObject(await storeKey(t, idOf(kit), kit.bytes('key', 16), TEE_USAGE.ENCRYPT));
    const object = await open(t, idOf(kit));
    expectEqual(
      (await t.TEE_GetObjectInfo1(object)).objectUsage,
      TEE_USAGE.ENCRYPT,
      'the usage after opening',
    );
  }),
  inside('storage.key.restriction-is-kept', KEYS, async (t, kit) => {
    const object = await storeKey(t, idOf(kit), kit.bytes('key', 16));
    await t.TEE_RestrictObjectUsage1(object, TEE_USAGE.DECRYPT);
    await t.TEE_CloseObject(object);
    const again = await open(t, idOf(kit));
    expectEqual(
      (await t.TEE_GetObjectInfo1(again)).objectUsage,
      TEE_USAGE.DECRYPT,
      'a restriction of the stored key',
    );
  }),
  panics(
    'storage.key.not-extractable',
    KEYS,
    'reading a stored key that is not extractable',
    async (t, kit) => {
      await t.TEE_CloseObject(await storeKey(t, idOf(kit), kit.bytes('key', 16), TEE_USAGE.ENCRYPT));
      const object = await open(t, idOf(kit));
      return () => t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE);
    },
  ),
  panics('storage.key.usage-refused', KEYS, 'encrypting with a stored key for decryption', async (t, kit) => {
    await t.TEE_CloseObject(await storeKey(t, idOf(kit), kit.bytes('key', 16), TEE_USAGE.DECRYPT));
    const object = await open(t, idOf(kit));
    const operation = await t.TEE_AllocateOperation(TEE_ALG.SM4_ECB_NOPAD, TEE_MODE.ENCRYPT, 128);
    return () => t.TEE_SetOperationKey(operation, object);
  }),
  inside('storage.key.with-data', KEYS, async (t, kit) => {
    const object = await storeKey(t, idOf(kit), kit.bytes('key', 16));
    await t.TEE_WriteObjectData(object, Uint8Array.of(4, 5));
    expectBytes(await content(t, object), Uint8Array.of(4, 5), 'data beside the key');
    expectBytes(
      await t.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE),
      kit.bytes('key', 16),
      'the key beside the data',
    );
  }),
  inside('storage.key.copied-out', KEYS, async (t, kit) => {
    const object = await storeKey(t, idOf(kit), kit.bytes('key', 16));
    const transient = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    await t.TEE_CopyObjectAttributes1(transient, object);
    expectBytes(
      await t.TEE_GetObjectBufferAttribute(transient, TEE_ATTR.SECRET_VALUE),
      kit.bytes('key', 16),
      'the copy in a transient object',
    );
  }),
  panics('storage.key.populate', KEYS, 'populating a persistent object', async (t, kit) => {
    const object = await storeKey(t, idOf(kit), kit.bytes('key', 16));
    const attribute = { attributeID: TEE_ATTR.SECRET_VALUE, content: kit.bytes('other', 16) };
    return () => t.TEE_PopulateTransientObject(object, [attribute]);
  }),
  panics('storage.key.reset', KEYS, 'resetting a persistent object', async (t, kit) => {
    const object = await storeKey(t, idOf(kit), kit.bytes('key', 16));
    return () => t.TEE_ResetTransientObject(object);
  }),
];
