import { equalBytes } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { TEE_DATA_MAX_POSITION, TEE_SEEK, TEE_TYPE } from '../../../src/spec/v1/internal/constants.ts';
import { MemoryDisk } from './disk.ts';
import {
  ACCESS_READ,
  ALL,
  answers,
  create,
  fresh,
  type Instance,
  instanceOf,
  open,
  PRIVATE,
  panics,
  position,
  SHARE_READ,
  sm4Key,
} from './instance.ts';
import { bytes, id, openStore, withResult } from './support.ts';

describe('data streams', () => {
  it('are written, cut and extended; holes read as zeroes (xtest 6004, 6007)', () => {
    const ta = fresh();
    const object = create(ta, 'a');
    ta.api.TEE_WriteObjectData(object, bytes(10));
    ta.api.TEE_SeekObjectData(object, 20, TEE_SEEK.SET);
    ta.api.TEE_WriteObjectData(object, bytes(2, 3));
    ta.api.TEE_TruncateObjectData(object, 25);
    expect(position(ta, object)).toBe(22);
    ta.api.TEE_SeekObjectData(object, 0, TEE_SEEK.SET);
    const expected = new Uint8Array(25);
    expected.set(bytes(10));
    expected.set(bytes(2, 3), 20);
    expect(ta.api.TEE_ReadObjectData(object, 99)).toEqual(expected);
    ta.api.TEE_TruncateObjectData(object, 3);
    expect(ta.api.TEE_GetObjectInfo1(object)).toMatchObject({ dataSize: 3, dataPosition: 25 });
    ta.api.TEE_WriteObjectData(object, new Uint8Array(0));
    expect(ta.api.TEE_GetObjectInfo1(object).dataSize).toBe(3);
  });

  it.each([
    [TEE_SEEK.SET, 7, 7],
    [TEE_SEEK.CUR, 2, 7],
    [TEE_SEEK.CUR, -3, 2],
    [TEE_SEEK.END, -1, 9],
    [TEE_SEEK.END, 5, 15],
    [TEE_SEEK.SET, -1, 0],
    [TEE_SEEK.CUR, -100, 0],
    [TEE_SEEK.SET, TEE_DATA_MAX_POSITION, TEE_DATA_MAX_POSITION],
  ])('seek whence %i by %i to %i (xtest 6005)', (whence, offset, expected) => {
    const ta = fresh();
    const object = create(ta, 'a', bytes(10));
    ta.api.TEE_SeekObjectData(object, 5, TEE_SEEK.SET);
    ta.api.TEE_SeekObjectData(object, offset, whence);
    expect(position(ta, object)).toBe(expected);
  });

  it('answer OVERFLOW beyond the highest position, and nothing changes', () => {
    const ta = fresh();
    const object = create(ta, 'a', bytes(10));
    answers(() => ta.api.TEE_SeekObjectData(object, TEE_DATA_MAX_POSITION + 1, TEE_SEEK.SET), 'OVERFLOW');
    answers(() => ta.api.TEE_SeekObjectData(object, TEE_DATA_MAX_POSITION, TEE_SEEK.END), 'OVERFLOW');
    expect(position(ta, object)).toBe(0);
    ta.api.TEE_SeekObjectData(object, TEE_DATA_MAX_POSITION, TEE_SEEK.SET);
    answers(() => ta.api.TEE_WriteObjectData(object, bytes(1)), 'OVERFLOW');
    expect(ta.api.TEE_GetObjectInfo1(object)).toMatchObject({
      dataSize: 10,
      dataPosition: TEE_DATA_MAX_POSITION,
    });
    expect(ta.api.TEE_ReadObjectData(object, 5)).toEqual(new Uint8Array(0));
  });

  it.each([
    [3, 0],
    [-1, 0],
    [TEE_SEEK.SET, 0.5],
    [TEE_SEEK.SET, Number.NaN],
    [TEE_SEEK.SET, '1'],
  ])('panic for whence %s with offset %s', (whence, offset) => {
    const ta = fresh();
    const object = create(ta, 'a');
    panics(() => ta.api.TEE_SeekObjectData(object, offset as number, whence));
  });

  it('answer STORAGE_NO_SPACE at the quota and stay as they were (xtest 6021)', () => {
    const store = openStore(new MemoryDisk(), { quotaBytes: 5000 });
    const ta = instanceOf(store);
    const object = create(ta, 'a', bytes(1000));
    answers(() => ta.api.TEE_TruncateObjectData(object, 0xffffffff), 'STORAGE_NO_SPACE');
    ta.api.TEE_SeekObjectData(object, 1000, TEE_SEEK.SET);
    answers(() => ta.api.TEE_WriteObjectData(object, bytes(5000)), 'STORAGE_NO_SPACE');
    expect(ta.api.TEE_GetObjectInfo1(object)).toMatchObject({ dataSize: 1000, dataPosition: 1000 });
    ta.api.TEE_WriteObjectData(object, bytes(3000));
  });

  it('answer OUT_OF_MEMORY for more than the application can hold', () => {
    const store = openStore(new MemoryDisk());
    const ta = instanceOf(store, ['storage'], 2000);
    const object = create(ta, 'a', bytes(3000));
    answers(() => ta.api.TEE_ReadObjectData(object, 3000), 'OUT_OF_MEMORY');
    expect(ta.api.TEE_ReadObjectData(object, 1500)).toEqual(bytes(3000).subarray(0, 1500));
  });

  it('carry several megabytes in pieces (xtest 6018)', () => {
    const ta = fresh();
    const object = create(ta, 'a');
    const piece = bytes(65_521, 4);
    for (let i = 0; i < 60; i++) ta.api.TEE_WriteObjectData(object, piece);
    ta.api.TEE_SeekObjectData(object, 0, TEE_SEEK.SET);
    for (let i = 0; i < 60; i++)
      expect(equalBytes(ta.api.TEE_ReadObjectData(object, 65_521), piece)).toBe(true);
  });

  it('and attributes that are corrupt: CORRUPT_OBJECT, the object is gone and the handle closed', () => {
    for (const part of ['data', 'attributes']) {
      const ta = fresh();
      const object = ta.api.TEE_CreatePersistentObject(PRIVATE, id('a'), ALL, sm4Key(ta, 1), bytes(3000));
      ta.closeAll();
      const image = ta.disk.image();
      const log = image.get('log.1')!;
      // Attributes come first in the frame, the data behind.
      log[part === 'data' ? log.length - 1000 : 49 + 42 + 5]! ^= 1;
      const next = instanceOf(openStore(new MemoryDisk(image)));
      if (part === 'attributes') answers(() => open(next, 'a', ACCESS_READ), 'CORRUPT_OBJECT');
      else {
        const again = open(next, 'a', ACCESS_READ | SHARE_READ);
        const other = open(next, 'a', ACCESS_READ | SHARE_READ);
        answers(() => next.api.TEE_ReadObjectData(again, 3000), 'CORRUPT_OBJECT');
        panics(() => next.api.TEE_ReadObjectData(again, 1));
        answers(() => next.api.TEE_ReadObjectData(other, 1), 'CORRUPT_OBJECT');
        panics(() => next.api.TEE_ReadObjectData(other, 1));
      }
      answers(() => open(next, 'a', ACCESS_READ), 'ITEM_NOT_FOUND');
      expect(object).toBeDefined();
    }
  });
});

describe('enumeration (xtest 6009)', () => {
  const all = (
    { api }: Instance,
    enumerator: Parameters<typeof api.TEE_GetNextPersistentObject>[0],
  ): string[] => {
    const names: string[] = [];
    try {
      for (;;) names.push(Buffer.from(api.TEE_GetNextPersistentObject(enumerator).objectID).toString());
    } catch (error) {
      expect(error).toEqual(withResult('ITEM_NOT_FOUND'));
    }
    return names;
  };

  it('gives all objects with their information, and begins anew when started again', () => {
    const ta = fresh();
    ta.api.TEE_CreatePersistentObject(PRIVATE, id('b'), ALL, sm4Key(ta, 1), bytes(7));
    create(ta, 'a', bytes(3));
    const enumerator = ta.api.TEE_AllocatePersistentObjectEnumerator();
    answers(() => ta.api.TEE_GetNextPersistentObject(enumerator), 'ITEM_NOT_FOUND');
    ta.api.TEE_StartPersistentObjectEnumerator(enumerator, PRIVATE);
    expect(ta.api.TEE_GetNextPersistentObject(enumerator)).toMatchObject({
      objectID: id('a'),
      objectInfo: { dataSize: 3 },
    });
    expect(ta.api.TEE_GetNextPersistentObject(enumerator).objectInfo).toMatchObject({
      objectType: TEE_TYPE.SM4,
      objectSize: 128,
      dataSize: 7,
      dataPosition: 0,
    });
    ta.api.TEE_StartPersistentObjectEnumerator(enumerator, PRIVATE);
    expect(all(ta, enumerator)).toEqual(['a', 'b']);
    ta.api.TEE_ResetPersistentObjectEnumerator(enumerator);
    expect(all(ta, enumerator)).toEqual([]);
  });

  it('stays sound while objects come, go and are renamed', () => {
    const ta = fresh();
    const handles = ['a', 'b', 'c', 'd'].map((name) => create(ta, name));
    const enumerator = ta.api.TEE_AllocatePersistentObjectEnumerator();
    ta.api.TEE_StartPersistentObjectEnumerator(enumerator, PRIVATE);
    ta.api.TEE_GetNextPersistentObject(enumerator);
    ta.api.TEE_CloseAndDeletePersistentObject1(handles[1]!);
    ta.api.TEE_RenamePersistentObject(handles[2]!, id('z'));
    create(ta, 'e');
    expect(all(ta, enumerator)).toEqual(['d']);
  });

  it('answers ITEM_NOT_FOUND without objects and for other storages, and panics for what is no enumerator', () => {
    const ta = fresh();
    const enumerator = ta.api.TEE_AllocatePersistentObjectEnumerator();
    answers(() => ta.api.TEE_StartPersistentObjectEnumerator(enumerator, PRIVATE), 'ITEM_NOT_FOUND');
    create(ta, 'a');
    answers(() => ta.api.TEE_StartPersistentObjectEnumerator(enumerator, 2), 'ITEM_NOT_FOUND');
    ta.api.TEE_FreePersistentObjectEnumerator(null);
    ta.api.TEE_ResetPersistentObjectEnumerator(null);
    const used = ta.context.memory.used;
    ta.api.TEE_StartPersistentObjectEnumerator(enumerator, PRIVATE);
    ta.api.TEE_FreePersistentObjectEnumerator(enumerator);
    expect(ta.context.memory.used).toBe(used - 128);
    panics(() => ta.api.TEE_GetNextPersistentObject(enumerator));
    panics(() => ta.api.TEE_FreePersistentObjectEnumerator(enumerator));
    panics(() => ta.api.TEE_StartPersistentObjectEnumerator({ kind: 'object-enumerator' }, PRIVATE));
  });
});
