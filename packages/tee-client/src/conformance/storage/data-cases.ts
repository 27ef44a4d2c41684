import { concatBytes } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_DATA_MAX_POSITION, TEE_SEEK, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';
import {
  content,
  create,
  idOf,
  META,
  open,
  READ,
  remove,
  SHARE_READ,
  SHARE_WRITE,
  stored,
  WRITE,
} from './objects.ts';

const READING = 'xtest 6003; GPD_SPE_010 §5.9.1 TEE_ReadObjectData';
const WRITING = 'xtest 6004; GPD_SPE_010 §5.9.2 TEE_WriteObjectData';
const SEEKING = 'xtest 6005; GPD_SPE_010 §5.9.4 TEE_SeekObjectData';
const TRUNCATING = 'xtest 6007; GPD_SPE_010 §5.9.3 TEE_TruncateObjectData';

const HELLO = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** Where a seek from position 3 of 8 bytes arrives. */
const seek = (id: string, offset: number, whence: number, expected: number): ConformanceCase<TeeClient> =>
  inside(id, SEEKING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_SeekObjectData(object, 3, TEE_SEEK.SET);
    await t.TEE_SeekObjectData(object, offset, whence);
    expectEqual((await t.TEE_GetObjectInfo1(object)).dataPosition, expected, 'the position');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  });

/** A handle without the right `use` needs. */
const lacks = (
  id: string,
  clause: string,
  what: string,
  flags: number,
  use: 'read' | 'write' | 'truncate',
): ConformanceCase<TeeClient> =>
  panics(id, clause, what, async (t, kit) => {
    await stored(t, idOf(kit), HELLO);
    const object = await open(t, idOf(kit), flags);
    if (use === 'read') return () => t.TEE_ReadObjectData(object, 1);
    if (use === 'write') return () => t.TEE_WriteObjectData(object, HELLO);
    return () => t.TEE_TruncateObjectData(object, 1);
  });

/** Data streams. */
export const dataCases: readonly ConformanceCase<TeeClient>[] = [
  inside('storage.read.moves', READING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    expectBytes(await t.TEE_ReadObjectData(object, 3), HELLO.subarray(0, 3), 'the first bytes');
    expectBytes(await t.TEE_ReadObjectData(object, 3), HELLO.subarray(3, 6), 'the next ones');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.read.end', READING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_SeekObjectData(object, 6, TEE_SEEK.SET);
    expectBytes(await t.TEE_ReadObjectData(object, 100), HELLO.subarray(6), 'what is left');
    expectBytes(await t.TEE_ReadObjectData(object, 100), new Uint8Array(0), 'nothing is left');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.read.beyond', READING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_SeekObjectData(object, 100, TEE_SEEK.SET);
    expectBytes(await t.TEE_ReadObjectData(object, 1), new Uint8Array(0), 'beyond the end');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  lacks('storage.read.no-right', READING, 'reading with a handle for writing', WRITE, 'read'),
  panics('storage.read.transient', READING, 'reading from a transient object', async (t) => {
    const object = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
    return () => t.TEE_ReadObjectData(object, 1);
  }),
  panics('storage.read.after-close', READING, 'reading after the handle is closed', async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_CloseObject(object);
    return () => t.TEE_ReadObjectData(object, 1);
  }),
  inside('storage.write.middle', WRITING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_SeekObjectData(object, 2, TEE_SEEK.SET);
    await t.TEE_WriteObjectData(object, Uint8Array.of(0xaa, 0xbb));
    expectBytes(await content(t, object), Uint8Array.of(1, 2, 0xaa, 0xbb, 5, 6, 7, 8), 'the object');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.write.extends', WRITING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_SeekObjectData(object, 6, TEE_SEEK.SET);
    await t.TEE_WriteObjectData(object, HELLO);
    expectBytes(await content(t, object), concatBytes(HELLO.subarray(0, 6), HELLO), 'the object');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.write.moves', WRITING, async (t, kit) => {
    const object = await create(t, idOf(kit));
    await t.TEE_WriteObjectData(object, Uint8Array.of(1, 2));
    await t.TEE_WriteObjectData(object, Uint8Array.of(3));
    expectBytes(await content(t, object), Uint8Array.of(1, 2, 3), 'two writes in a row');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.write.gap', WRITING, async (t, kit) => {
    const object = await create(t, idOf(kit), Uint8Array.of(1));
    await t.TEE_SeekObjectData(object, 4, TEE_SEEK.SET);
    await t.TEE_WriteObjectData(object, Uint8Array.of(5));
    expectBytes(await content(t, object), Uint8Array.of(1, 0, 0, 0, 5), 'the gap is zeros');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.write.kept', WRITING, async (t, kit) => {
    const [name, data] = [idOf(kit), kit.bytes('data', 700)];
    const object = await create(t, name);
    await t.TEE_WriteObjectData(object, data);
    await t.TEE_CloseObject(object);
    const again = await open(t, name);
    expectBytes(await content(t, again), data, 'what was written, with a new handle');
    await t.TEE_CloseAndDeletePersistentObject1(again);
  }),
  inside('storage.write.seen-by-other-handle', WRITING, async (t, kit) => {
    const share = SHARE_READ | SHARE_WRITE;
    const name = idOf(kit);
    await stored(t, name, HELLO);
    const [writer, reader] = [await open(t, name, WRITE | share), await open(t, name, READ | share)];
    await t.TEE_WriteObjectData(writer, Uint8Array.of(0xcc, 0xcc));
    expectBytes(
      await t.TEE_ReadObjectData(reader, 3),
      Uint8Array.of(0xcc, 0xcc, 3),
      'the other handle, from its start',
    );
    await t.TEE_CloseObject(writer);
    await t.TEE_CloseObject(reader);
    await remove(t, name);
  }),
  lacks('storage.write.no-right', WRITING, 'writing with a handle for reading', READ, 'write'),
  lacks('storage.write.meta-is-no-right', WRITING, 'writing data with a handle for metadata', META, 'write'),
  refuses(
    'storage.write.overflow',
    WRITING,
    ['OVERFLOW'],
    'a byte after the highest position',
    async (t, kit) => {
      const object = await create(t, idOf(kit));
      await t.TEE_SeekObjectData(object, 0x7fffffff, TEE_SEEK.SET);
      await t.TEE_SeekObjectData(object, 0x7fffffff, TEE_SEEK.CUR);
      await t.TEE_SeekObjectData(object, 1, TEE_SEEK.CUR);
      expectEqual(
        (await t.TEE_GetObjectInfo1(object)).dataPosition,
        TEE_DATA_MAX_POSITION,
        'the highest position',
      );
      return () => t.TEE_WriteObjectData(object, Uint8Array.of(1));
    },
  ),
  seek('storage.seek.set', 5, TEE_SEEK.SET, 5),
  seek('storage.seek.current', 2, TEE_SEEK.CUR, 5),
  seek('storage.seek.current-back', -2, TEE_SEEK.CUR, 1),
  seek('storage.seek.end', -3, TEE_SEEK.END, 5),
  seek('storage.seek.beyond-end', 4, TEE_SEEK.END, 12),
  // §5.9.4: a position before the start is the start.
  seek('storage.seek.before-start', -100, TEE_SEEK.CUR, 0),
  inside('storage.seek.overflow', SEEKING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_SeekObjectData(object, 0x7fffffff, TEE_SEEK.SET);
    await t.TEE_SeekObjectData(object, 0x7fffffff, TEE_SEEK.CUR);
    await expectTee(
      () => t.TEE_SeekObjectData(object, 2, TEE_SEEK.CUR),
      ['OVERFLOW'],
      'a position above TEE_DATA_MAX_POSITION',
    );
    expectEqual((await t.TEE_GetObjectInfo1(object)).dataPosition, 0xfffffffe, 'the position stays');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  panics('storage.seek.whence', SEEKING, 'an origin that does not exist', async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    return () => t.TEE_SeekObjectData(object, 0, 3);
  }),
  inside('storage.truncate.shorter', TRUNCATING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_TruncateObjectData(object, 3);
    expectBytes(await content(t, object), HELLO.subarray(0, 3), 'the object');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.truncate.longer', TRUNCATING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_TruncateObjectData(object, 12);
    expectBytes(await content(t, object), concatBytes(HELLO, new Uint8Array(4)), 'zeros at the end');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.truncate.forgets', TRUNCATING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_TruncateObjectData(object, 2);
    await t.TEE_TruncateObjectData(object, 6);
    expectBytes(
      await content(t, object),
      Uint8Array.of(1, 2, 0, 0, 0, 0),
      'what was cut off does not come back',
    );
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.truncate.position', TRUNCATING, async (t, kit) => {
    const object = await create(t, idOf(kit), HELLO);
    await t.TEE_SeekObjectData(object, 6, TEE_SEEK.SET);
    await t.TEE_TruncateObjectData(object, 2);
    expectEqual((await t.TEE_GetObjectInfo1(object)).dataPosition, 6, 'the position does not move');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  lacks('storage.truncate.no-right', TRUNCATING, 'truncating with a handle for reading', READ, 'truncate'),
];
