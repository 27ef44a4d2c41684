import { toHex } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_HANDLE_FLAG, TEE_OBJECT_ID_MAX_LEN, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';
import { ALL, content, create, idOf, list, open, READ, remove, STORAGE, stored, WRITE } from './objects.ts';

const DELETE = 'xtest 6006; GPD_SPE_010 §5.7.4 TEE_CloseAndDeletePersistentObject1';
const RENAME = 'xtest 6008; GPD_SPE_010 §5.7.5 TEE_RenamePersistentObject';
const ENUMERATE = 'xtest 6009; GPD_SPE_010 §5.8';
const INFO = 'xtest 6017; GPD_SPE_010 §5.5.1 TEE_GetObjectInfo1';

/** Deleting, renaming and enumerating persistent objects. */
export const lifetimeCases: readonly ConformanceCase<TeeClient>[] = [
  inside('storage.delete.gone', DELETE, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name);
    await remove(t, name);
    await expectTee(() => open(t, name), ['ITEM_NOT_FOUND'], 'an object after its deletion');
  }),
  inside('storage.delete.name-is-free', DELETE, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name, kit.bytes('old', 50));
    await remove(t, name);
    const object = await t.TEE_CreatePersistentObject(STORAGE, name, ALL, null, null);
    expectBytes(await content(t, object), new Uint8Array(0), 'a new object of the same name');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  panics('storage.delete.handle-ends', DELETE, 'reading after the deletion', async (t, kit) => {
    const object = await create(t, idOf(kit), Uint8Array.of(1));
    await t.TEE_CloseAndDeletePersistentObject1(object);
    return () => t.TEE_ReadObjectData(object, 1);
  }),
  panics('storage.delete.no-right', DELETE, 'deleting without the right to the metadata', async (t, kit) => {
    await stored(t, idOf(kit));
    const object = await open(t, idOf(kit), READ | WRITE);
    return () => t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  panics('storage.delete.transient', DELETE, 'deleting a transient object', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    return () => t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.rename.moves', RENAME, async (t, kit) => {
    const [from, to] = [idOf(kit, 'from'), idOf(kit, 'to')];
    const object = await create(t, from, Uint8Array.of(9));
    await t.TEE_RenamePersistentObject(object, to);
    await t.TEE_CloseObject(object);
    await expectTee(() => open(t, from), ['ITEM_NOT_FOUND'], 'the old name');
    const again = await open(t, to);
    expectBytes(await content(t, again), Uint8Array.of(9), 'the object under its new name');
    await t.TEE_CloseAndDeletePersistentObject1(again);
  }),
  inside('storage.rename.handle-goes-on', RENAME, async (t, kit) => {
    const object = await create(t, idOf(kit, 'from'), Uint8Array.of(1, 2));
    await t.TEE_RenamePersistentObject(object, idOf(kit, 'to'));
    await t.TEE_WriteObjectData(object, Uint8Array.of(5));
    expectBytes(await content(t, object), Uint8Array.of(5, 2), 'the handle after the new name');
    await t.TEE_CloseAndDeletePersistentObject1(object);
    await expectTee(() => open(t, idOf(kit, 'to')), ['ITEM_NOT_FOUND'], 'and it deletes the renamed object');
  }),
  inside('storage.rename.exists', RENAME, async (t, kit) => {
    const [from, to] = [idOf(kit, 'from'), idOf(kit, 'to')];
    await stored(t, to, Uint8Array.of(7));
    const object = await create(t, from, Uint8Array.of(8));
    await expectTee(() => t.TEE_RenamePersistentObject(object, to), ['ACCESS_CONFLICT'], 'a name in use');
    await t.TEE_CloseAndDeletePersistentObject1(object);
    const other = await open(t, to);
    expectBytes(await content(t, other), Uint8Array.of(7), 'the object of that name');
    await t.TEE_CloseAndDeletePersistentObject1(other);
  }),
  panics('storage.rename.too-long', RENAME, 'a name of 65 bytes', async (t, kit) => {
    const object = await create(t, idOf(kit));
    return () => t.TEE_RenamePersistentObject(object, kit.bytes('to', TEE_OBJECT_ID_MAX_LEN + 1));
  }),
  panics('storage.rename.no-right', RENAME, 'renaming without the right to the metadata', async (t, kit) => {
    await stored(t, idOf(kit));
    const object = await open(t, idOf(kit), READ | WRITE);
    return () => t.TEE_RenamePersistentObject(object, idOf(kit, 'to'));
  }),
  inside('storage.enumerate.all', ENUMERATE, async (t, kit) => {
    const names = ['one', 'two', 'three'].map((label) => idOf(kit, label));
    for (const name of names) await stored(t, name);
    const found = await list(t);
    for (const name of names) {
      expectEqual(found.filter((id) => id === toHex(name)).length, 1, 'how often each object is listed');
      await remove(t, name);
    }
    expectTrue(!names.some((name) => found.length === 0 || name.length === 0), 'something is listed');
  }),
  inside('storage.enumerate.info', ENUMERATE, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name, kit.bytes('data', 123));
    const enumerator = await t.TEE_AllocatePersistentObjectEnumerator();
    await t.TEE_StartPersistentObjectEnumerator(enumerator, STORAGE);
    let next = await t.TEE_GetNextPersistentObject(enumerator);
    while (toHex(next.objectID) !== toHex(name)) next = await t.TEE_GetNextPersistentObject(enumerator);
    expectEqual(next.objectInfo.dataSize, 123, 'the size in the information of the object');
    expectEqual(next.objectInfo.objectType, TEE_TYPE.DATA, 'its type');
    await t.TEE_FreePersistentObjectEnumerator(enumerator);
    await remove(t, name);
  }),
  inside('storage.enumerate.deleted', ENUMERATE, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name);
    await remove(t, name);
    expectTrue(!(await list(t)).includes(toHex(name)), 'a deleted object is not listed');
  }),
  refuses(
    'storage.enumerate.not-started',
    ENUMERATE,
    ['ITEM_NOT_FOUND'],
    'the next object before a start',
    async (t) => {
      const enumerator = await t.TEE_AllocatePersistentObjectEnumerator();
      return () => t.TEE_GetNextPersistentObject(enumerator);
    },
  ),
  refuses(
    'storage.enumerate.reset',
    ENUMERATE,
    ['ITEM_NOT_FOUND'],
    'the next object after a reset',
    async (t, kit) => {
      await stored(t, idOf(kit));
      const enumerator = await t.TEE_AllocatePersistentObjectEnumerator();
      await t.TEE_StartPersistentObjectEnumerator(enumerator, STORAGE);
      await t.TEE_ResetPersistentObjectEnumerator(enumerator);
      return () => t.TEE_GetNextPersistentObject(enumerator);
    },
  ),
  refuses(
    'storage.enumerate.unknown-storage',
    ENUMERATE,
    ['ITEM_NOT_FOUND'],
    'a storage that does not exist',
    async (t) => {
      const enumerator = await t.TEE_AllocatePersistentObjectEnumerator();
      return () => t.TEE_StartPersistentObjectEnumerator(enumerator, 0x7ffffffe);
    },
  ),
  inside('storage.enumerate.restart', ENUMERATE, async (t, kit) => {
    await stored(t, idOf(kit));
    const enumerator = await t.TEE_AllocatePersistentObjectEnumerator();
    await t.TEE_StartPersistentObjectEnumerator(enumerator, STORAGE);
    const first = await t.TEE_GetNextPersistentObject(enumerator);
    await t.TEE_StartPersistentObjectEnumerator(enumerator, STORAGE);
    const again = await t.TEE_GetNextPersistentObject(enumerator);
    expectBytes(again.objectID, first.objectID, 'a second start begins again');
    await t.TEE_FreePersistentObjectEnumerator(enumerator);
    await remove(t, idOf(kit));
  }),
  panics('storage.enumerate.freed', ENUMERATE, 'an enumerator after it was freed', async (t) => {
    const enumerator = await t.TEE_AllocatePersistentObjectEnumerator();
    await t.TEE_FreePersistentObjectEnumerator(enumerator);
    return () => t.TEE_StartPersistentObjectEnumerator(enumerator, STORAGE);
  }),
  inside('storage.info.data-object', INFO, async (t, kit) => {
    const object = await create(t, idOf(kit), kit.bytes('data', 77));
    await t.TEE_ReadObjectData(object, 7);
    const info = await t.TEE_GetObjectInfo1(object);
    expectEqual(info.objectType, TEE_TYPE.DATA, 'the type');
    expectEqual(info.dataSize, 77, 'the size of the data');
    expectEqual(info.dataPosition, 7, 'the position');
    expectEqual(info.objectSize, 0, 'the size of a key that is not there');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.info.flags', INFO, async (t, kit) => {
    await stored(t, idOf(kit));
    const object = await open(t, idOf(kit), READ | WRITE);
    const { handleFlags } = await t.TEE_GetObjectInfo1(object);
    const due = TEE_HANDLE_FLAG.PERSISTENT | TEE_HANDLE_FLAG.INITIALIZED | READ | WRITE;
    expectEqual(handleFlags, due, 'the flags of the handle');
    await t.TEE_CloseObject(object);
    await remove(t, idOf(kit));
  }),
];
