import { describe, expect, it } from 'vitest';
import { runtimeObjectId } from '../../../src/runtime/storage/object-store.ts';
import { TEE_CLIENT_ERRORS } from '../../../src/spec/v1/errors.ts';
import {
  TEE_ATTR,
  TEE_HANDLE_FLAG,
  TEE_SEEK,
  TEE_TYPE,
  TEE_USAGE,
} from '../../../src/spec/v1/internal/constants.ts';
import { MemoryDisk } from './disk.ts';
import {
  ACCESS_READ,
  ALL,
  answers,
  create,
  fresh,
  instanceOf,
  OVERWRITE,
  open,
  PRIVATE,
  panics,
  position,
  READ_WRITE,
  SHARE_READ,
  sm4Key,
} from './instance.ts';
import { bytes, id, openStore } from './support.ts';

function withCodeError(): Error {
  // As `nodeStoreFiles` reports a failing disk.
  return TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: 'step=write reason=EIO' });
}

describe('persistent objects', () => {
  it('are created, found again with their data, and begin at position 0 (xtest 6001, 6002, 6003) [part of CC-023]', () => {
    const ta = fresh();
    const object = create(ta, 'a', bytes(32), READ_WRITE);
    expect(ta.api.TEE_GetObjectInfo1(object)).toEqual({
      objectType: TEE_TYPE.DATA,
      objectSize: 0,
      maxObjectSize: 0,
      objectUsage: TEE_USAGE.DEFAULT,
      dataSize: 32,
      dataPosition: 0,
      handleFlags: TEE_HANDLE_FLAG.PERSISTENT | TEE_HANDLE_FLAG.INITIALIZED | READ_WRITE,
    });
    ta.api.TEE_CloseObject(object);
    const again = open(ta, 'a', ACCESS_READ);
    expect(ta.api.TEE_ReadObjectData(again, 10)).toEqual(bytes(32).subarray(0, 10));
    expect(ta.api.TEE_ReadObjectData(again, 100)).toEqual(bytes(32).subarray(10));
    expect(ta.api.TEE_ReadObjectData(again, 100)).toEqual(new Uint8Array(0));
    expect(position(ta, again)).toBe(32);
  });

  it('survive the end of the instance and of the domain', () => {
    const ta = fresh();
    const key = sm4Key(ta, 5);
    ta.api.TEE_CreatePersistentObject(PRIVATE, id('k'), ALL, key, bytes(5));
    ta.closeAll();
    const next = instanceOf(openStore(new MemoryDisk(ta.disk.image())));
    const again = open(next, 'k', ACCESS_READ);
    expect(next.api.TEE_GetObjectInfo1(again)).toMatchObject({
      objectType: TEE_TYPE.SM4,
      objectSize: 128,
      dataSize: 5,
    });
    expect(next.api.TEE_GetObjectBufferAttribute(again, TEE_ATTR.SECRET_VALUE)).toEqual(
      new Uint8Array(16).fill(5),
    );
  });

  it('answer ITEM_NOT_FOUND for unknown storages and objects', () => {
    const ta = fresh();
    answers(() => open(ta, 'a', ACCESS_READ), 'ITEM_NOT_FOUND');
    for (const storage of [0, 2, 0x80000000, 0x80000100, 0xffffffff]) {
      answers(() => ta.api.TEE_OpenPersistentObject(storage, id('a'), ACCESS_READ), 'ITEM_NOT_FOUND');
      answers(() => ta.api.TEE_CreatePersistentObject(storage, id('a'), ALL, null, null), 'ITEM_NOT_FOUND');
    }
    expect(ta.store.list()).toEqual([]);
  });

  it('are not made over others without OVERWRITE, and never while open (xtest 6001)', () => {
    const ta = fresh();
    const first = create(ta, 'a', bytes(3));
    answers(() => create(ta, 'a', bytes(4)), 'ACCESS_CONFLICT');
    answers(() => create(ta, 'a', bytes(4), ALL | OVERWRITE), 'ACCESS_CONFLICT');
    ta.api.TEE_CloseObject(first);
    const shared = ACCESS_READ | SHARE_READ;
    const held = open(ta, 'a', shared);
    answers(() => create(ta, 'a', bytes(4), shared | OVERWRITE), 'ACCESS_CONFLICT');
    ta.api.TEE_CloseObject(held);
    answers(() => create(ta, 'a', bytes(4)), 'ACCESS_CONFLICT');
    const second = create(ta, 'a', bytes(4), ALL | OVERWRITE);
    expect(ta.api.TEE_ReadObjectData(second, 9)).toEqual(bytes(4));
  });

  it('have identifiers of 0 to 64 bytes (xtest 6020)', () => {
    const ta = fresh();
    for (const one of [new Uint8Array(0), Uint8Array.of(0), bytes(64)]) {
      ta.api.TEE_CloseObject(ta.api.TEE_CreatePersistentObject(PRIVATE, one, ALL, null, bytes(one.length)));
      const again = ta.api.TEE_OpenPersistentObject(PRIVATE, one, ALL);
      expect(ta.api.TEE_ReadObjectData(again, 99)).toEqual(bytes(one.length));
    }
    panics(() => ta.api.TEE_OpenPersistentObject(PRIVATE, bytes(65), ALL));
    panics(() => ta.api.TEE_CreatePersistentObject(PRIVATE, bytes(65), ALL, null, null));
    panics(() => ta.api.TEE_RenamePersistentObject(create(ta, 'a'), bytes(65)));
    panics(() => ta.api.TEE_OpenPersistentObject(PRIVATE, 'a' as never, ALL));
  });

  it('keep an identifier that the application changes afterwards', () => {
    const ta = fresh();
    const name = id('name');
    const object = ta.api.TEE_CreatePersistentObject(PRIVATE, name, ALL, null, bytes(1));
    name.fill(0);
    expect(ta.api.TEE_ReadObjectData(object, 1)).toEqual(bytes(1));
    ta.api.TEE_CloseObject(object);
    open(ta, 'name', ACCESS_READ);
  });

  it.each([0x8, 0x400, 0x800, 0x10000, 0x80000000])('panic for the unknown flag %i', (flag) => {
    const ta = fresh();
    ta.api.TEE_CloseObject(create(ta, 'a'));
    panics(() => open(ta, 'a', ACCESS_READ | flag));
    if (flag !== OVERWRITE) panics(() => create(ta, 'b', null, ACCESS_READ | flag));
  });

  it('are deleted with their handle (xtest 6006)', () => {
    const ta = fresh();
    const object = create(ta, 'a', bytes(4));
    ta.api.TEE_CloseAndDeletePersistentObject1(object);
    answers(() => open(ta, 'a', ACCESS_READ), 'ITEM_NOT_FOUND');
    panics(() => ta.api.TEE_ReadObjectData(object, 1));
    ta.api.TEE_CloseAndDeletePersistentObject1(null);
    const weak = create(ta, 'b', null, READ_WRITE);
    panics(() => ta.api.TEE_CloseAndDeletePersistentObject1(weak));
    panics(() => ta.api.TEE_CloseAndDeletePersistentObject1(sm4Key(ta, 1)));
    expect(ta.store.list()).toHaveLength(1);
  });

  it('are renamed under their open handle (xtest 6008)', () => {
    const ta = fresh();
    const object = create(ta, 'a', bytes(9));
    ta.api.TEE_CloseObject(create(ta, 'b'));
    ta.api.TEE_SeekObjectData(object, 4, TEE_SEEK.SET);
    answers(() => ta.api.TEE_RenamePersistentObject(object, id('b')), 'ACCESS_CONFLICT');
    answers(() => ta.api.TEE_RenamePersistentObject(object, id('a')), 'ACCESS_CONFLICT');
    ta.api.TEE_RenamePersistentObject(object, id('c'));
    expect(ta.api.TEE_ReadObjectData(object, 9)).toEqual(bytes(9).subarray(4));
    answers(() => open(ta, 'a', ACCESS_READ), 'ITEM_NOT_FOUND');
    answers(() => open(ta, 'c', ACCESS_READ), 'ACCESS_CONFLICT');
    ta.api.TEE_CloseObject(object);
    const again = open(ta, 'c', READ_WRITE);
    panics(() => ta.api.TEE_RenamePersistentObject(again, id('d')));
    panics(() => ta.api.TEE_RenamePersistentObject(sm4Key(ta, 1), id('d')));
  });

  it('keep key, usage and type of their attributes (xtest 6013, 6017)', () => {
    const ta = fresh();
    const key = sm4Key(ta, 9);
    ta.api.TEE_RestrictObjectUsage1(key, TEE_USAGE.ENCRYPT | TEE_USAGE.DECRYPT);
    const object = ta.api.TEE_CreatePersistentObject(PRIVATE, id('k'), ACCESS_READ | SHARE_READ, key, null);
    ta.api.TEE_FreeTransientObject(key);
    expect(ta.api.TEE_GetObjectInfo1(object).objectUsage).toBe(TEE_USAGE.ENCRYPT | TEE_USAGE.DECRYPT);
    panics(() => ta.api.TEE_GetObjectBufferAttribute(object, TEE_ATTR.SECRET_VALUE));
    const other = open(ta, 'k', ACCESS_READ | SHARE_READ);
    ta.api.TEE_RestrictObjectUsage1(other, TEE_USAGE.DECRYPT);
    expect(ta.api.TEE_GetObjectInfo1(object).objectUsage).toBe(TEE_USAGE.DECRYPT);
    ta.closeAll();
    const again = open(ta, 'k', ACCESS_READ);
    expect(ta.api.TEE_GetObjectInfo1(again).objectUsage).toBe(TEE_USAGE.DECRYPT);
    panics(() => ta.api.TEE_PopulateTransientObject(again, []));
  });

  it('take attributes of another persistent object, and none of one that has none', () => {
    const ta = fresh();
    const first = ta.api.TEE_CreatePersistentObject(PRIVATE, id('k'), ALL, sm4Key(ta, 3), null);
    const copy = ta.api.TEE_CreatePersistentObject(PRIVATE, id('copy'), ALL, first, bytes(2));
    expect(ta.api.TEE_GetObjectBufferAttribute(copy, TEE_ATTR.SECRET_VALUE)).toEqual(
      new Uint8Array(16).fill(3),
    );
    const plain = ta.api.TEE_CreatePersistentObject(PRIVATE, id('plain'), ALL, create(ta, 'data'), null);
    expect(ta.api.TEE_GetObjectInfo1(plain).objectType).toBe(TEE_TYPE.DATA);
  });

  it('panic for attributes that are not initialized, or no object', () => {
    const ta = fresh();
    const empty = ta.api.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    panics(() => ta.api.TEE_CreatePersistentObject(PRIVATE, id('k'), ALL, empty, null));
    panics(() => ta.api.TEE_CreatePersistentObject(PRIVATE, id('k'), ALL, {} as never, null));
    expect(ta.store.list()).toEqual([]);
  });

  it('need the API in the manifest [part of CC-003]', () => {
    const ta = instanceOf(openStore(new MemoryDisk()), ['crypto']);
    answers(() => open(ta, 'a', ACCESS_READ), 'ACCESS_DENIED');
    answers(() => create(ta, 'a'), 'ACCESS_DENIED');
    answers(() => ta.api.TEE_AllocatePersistentObjectEnumerator(), 'ACCESS_DENIED');
  });

  it('leave no object behind when there is no memory for the handle, or no space for the object', () => {
    const store = openStore(new MemoryDisk(), { quotaBytes: 1000 });
    const poor = instanceOf(store, ['storage'], 100);
    answers(() => create(poor, 'a', bytes(10)), 'OUT_OF_MEMORY');
    expect(store.list()).toEqual([]);
    const ta = instanceOf(store);
    answers(() => create(ta, 'a', bytes(1000)), 'STORAGE_NO_SPACE');
    const used = ta.context.memory.used;
    expect(used).toBe(0);
    // Nothing is left open either.
    ta.api.TEE_CloseAndDeletePersistentObject1(create(ta, 'a', bytes(100)));
  });

  it('are STORAGE_NOT_AVAILABLE while the disk fails', () => {
    const ta = fresh();
    const object = create(ta, 'a', bytes(4));
    ta.disk.failure = withCodeError();
    ta.disk.failAt = ta.disk.steps.length;
    answers(() => ta.api.TEE_WriteObjectData(object, bytes(3)), 'STORAGE_NOT_AVAILABLE');
    answers(() => create(ta, 'b'), 'STORAGE_NOT_AVAILABLE');
    answers(() => ta.api.TEE_GetObjectInfo1(object), 'STORAGE_NOT_AVAILABLE');
    answers(() => open(ta, 'a', ACCESS_READ), 'STORAGE_NOT_AVAILABLE');
    ta.disk.failAt = Number.POSITIVE_INFINITY;
    expect(ta.api.TEE_GetObjectInfo1(object)).toMatchObject({ dataSize: 4, dataPosition: 0 });
    ta.api.TEE_WriteObjectData(object, bytes(3));
    ta.api.TEE_CloseObject(create(ta, 'b'));
  });

  it('of the runtime itself are neither seen nor reached', () => {
    const ta = fresh();
    ta.store.put(runtimeObjectId('persistent-time'), bytes(8));
    answers(() => open(ta, 'rpersistent-time', ACCESS_READ), 'ITEM_NOT_FOUND');
    answers(() => open(ta, 'persistent-time', ACCESS_READ), 'ITEM_NOT_FOUND');
    const enumerator = ta.api.TEE_AllocatePersistentObjectEnumerator();
    answers(() => ta.api.TEE_StartPersistentObjectEnumerator(enumerator, PRIVATE), 'ITEM_NOT_FOUND');
    ta.api.TEE_CloseObject(create(ta, 'persistent-time', bytes(1)));
    expect(ta.store.get(runtimeObjectId('persistent-time'))).toEqual(bytes(8));
  });
});
