import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_OBJECT_ID_MAX_LEN, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import { expectTee, inside, panics, refuses } from '../support.ts';
import {
  ALL,
  content,
  create,
  idOf,
  META,
  OVERWRITE,
  open,
  READ,
  remove,
  SHARE_READ,
  SHARE_WRITE,
  STORAGE,
  stored,
  WRITE,
} from './objects.ts';

const CREATE = 'xtest 6001; GPD_SPE_010 §5.7.2 TEE_CreatePersistentObject';
const OPEN = 'xtest 6002; GPD_SPE_010 §5.7.1 TEE_OpenPersistentObject';
const SHARING = 'xtest 6002; GPD_SPE_010 §5.7.3 (data flags)';
const UNKNOWN_STORAGE = 0x7ffffffe;

/** A second handle that is refused while one with `first` is open. */
const conflict = (id: string, what: string, first: number, second: number): ConformanceCase<TeeClient> =>
  inside(id, SHARING, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name);
    const object = await open(t, name, first);
    await expectTee(() => open(t, name, second), ['ACCESS_CONFLICT'], what);
    await t.TEE_CloseObject(object);
    await remove(t, name);
  });

/** A second handle that is given while one with `first` is open. */
const shared = (id: string, what: string, first: number, second: number): ConformanceCase<TeeClient> =>
  inside(id, SHARING, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name, Uint8Array.of(7));
    const [one, two] = [await open(t, name, first), await open(t, name, second)];
    expectBytes(await content(t, two), Uint8Array.of(7), what);
    await t.TEE_CloseObject(one);
    await t.TEE_CloseObject(two);
    await remove(t, name);
  });

/** Creating and opening persistent objects. */
export const openCases: readonly ConformanceCase<TeeClient>[] = [
  inside('storage.create.initial-data', CREATE, async (t, kit) => {
    const [name, data] = [idOf(kit), kit.bytes('data', 300)];
    const object = await create(t, name, data);
    expectBytes(await content(t, object), data, 'the initial data');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.create.empty', CREATE, async (t, kit) => {
    const object = await create(t, idOf(kit));
    expectBytes(await t.TEE_ReadObjectData(object, 10), new Uint8Array(0), 'an object without data');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.create.longest-id', CREATE, async (t, kit) => {
    const name = kit.bytes('id', TEE_OBJECT_ID_MAX_LEN);
    await stored(t, name, Uint8Array.of(1));
    const object = await open(t, name);
    expectBytes(await content(t, object), Uint8Array.of(1), 'an object with an identifier of 64 bytes');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  panics('storage.create.id-too-long', CREATE, 'an identifier of 65 bytes', (t, kit) => {
    return () => create(t, kit.bytes('id', TEE_OBJECT_ID_MAX_LEN + 1));
  }),
  refuses(
    'storage.create.unknown-storage',
    CREATE,
    ['ITEM_NOT_FOUND'],
    'a storage that does not exist',
    (t, kit) => {
      return () => t.TEE_CreatePersistentObject(UNKNOWN_STORAGE, idOf(kit), ALL, null, null);
    },
  ),
  inside('storage.create.exists', CREATE, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name, Uint8Array.of(1));
    await expectTee(
      () => t.TEE_CreatePersistentObject(STORAGE, name, ALL, null, Uint8Array.of(2)),
      ['ACCESS_CONFLICT'],
      'an identifier in use, without the flag OVERWRITE',
    );
    const object = await open(t, name);
    expectBytes(await content(t, object), Uint8Array.of(1), 'the object that was there');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.create.overwrite', `${CREATE}; xtest 6010`, async (t, kit) => {
    const name = idOf(kit);
    await stored(t, name, kit.bytes('old', 100));
    const object = await create(t, name, Uint8Array.of(2, 3));
    expectBytes(await content(t, object), Uint8Array.of(2, 3), 'the object that replaces the old one');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.create.overwrite-open', CREATE, async (t, kit) => {
    const name = idOf(kit);
    const object = await create(t, name, Uint8Array.of(1));
    await expectTee(
      () => t.TEE_CreatePersistentObject(STORAGE, name, ALL | OVERWRITE, null, null),
      ['ACCESS_CONFLICT'],
      'replacing an object that is open',
    );
    expectBytes(await content(t, object), Uint8Array.of(1), 'the open object');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  panics(
    'storage.create.attributes-not-initialised',
    CREATE,
    'a key object without a key',
    async (t, kit) => {
      const key = await t.TEE_AllocateTransientObject(TEE_TYPE.SM4, 128);
      return () => t.TEE_CreatePersistentObject(STORAGE, idOf(kit), ALL | OVERWRITE, key, null);
    },
  ),
  panics('storage.create.attributes-forged', CREATE, 'a forged handle as key object', async (t, kit) => {
    const forged = await t.forgeHandle();
    return () => t.TEE_CreatePersistentObject(STORAGE, idOf(kit), ALL | OVERWRITE, forged, null);
  }),
  refuses('storage.open.absent', OPEN, ['ITEM_NOT_FOUND'], 'an object that does not exist', (t, kit) => {
    return () => open(t, idOf(kit));
  }),
  refuses(
    'storage.open.unknown-storage',
    OPEN,
    ['ITEM_NOT_FOUND'],
    'a storage that does not exist',
    async (t, kit) => {
      await stored(t, idOf(kit));
      return () => t.TEE_OpenPersistentObject(UNKNOWN_STORAGE, idOf(kit), ALL);
    },
  ),
  panics('storage.open.id-too-long', OPEN, 'an identifier of 65 bytes', (t, kit) => {
    return () => open(t, kit.bytes('id', TEE_OBJECT_ID_MAX_LEN + 1));
  }),
  inside('storage.open.position', OPEN, async (t, kit) => {
    const name = idOf(kit);
    const object = await create(t, name, Uint8Array.of(1, 2, 3));
    await t.TEE_ReadObjectData(object, 2);
    await t.TEE_CloseObject(object);
    const again = await open(t, name);
    expectBytes(await t.TEE_ReadObjectData(again, 1), Uint8Array.of(1), 'a new handle starts at 0');
    await t.TEE_CloseAndDeletePersistentObject1(again);
  }),
  inside('storage.open.id-is-bytes', OPEN, async (t, kit) => {
    // A C string would end at the zero.
    const [one, two] = [Uint8Array.of(...idOf(kit), 0, 1), Uint8Array.of(...idOf(kit), 0, 2)];
    await stored(t, one, Uint8Array.of(1));
    await stored(t, two, Uint8Array.of(2));
    const object = await open(t, one);
    expectBytes(await content(t, object), Uint8Array.of(1), 'identifiers that differ after a zero');
    await t.TEE_CloseAndDeletePersistentObject1(object);
    await remove(t, two);
  }),
  conflict('storage.open.exclusive', 'reading what is open without sharing', READ, READ | SHARE_READ),
  conflict('storage.open.share-is-mutual', 'reading without sharing what is shared', READ | SHARE_READ, READ),
  conflict(
    'storage.open.write-beside-reader',
    'writing what is shared for reading',
    READ | SHARE_READ,
    WRITE | SHARE_READ,
  ),
  conflict(
    'storage.open.read-beside-writer',
    'reading what is shared for writing',
    WRITE | SHARE_WRITE,
    READ | SHARE_READ | SHARE_WRITE,
  ),
  conflict(
    'storage.open.meta-is-exclusive',
    'opening what is open for its metadata',
    META,
    READ | SHARE_READ | SHARE_WRITE,
  ),
  conflict(
    'storage.open.meta-wants-alone',
    'the metadata of what is open',
    READ | SHARE_READ | SHARE_WRITE,
    META,
  ),
  shared('storage.open.two-readers', 'two readers', READ | SHARE_READ, READ | SHARE_READ),
  shared(
    'storage.open.reader-and-writer',
    'a writer and a reader that share everything',
    WRITE | SHARE_READ | SHARE_WRITE,
    READ | SHARE_READ | SHARE_WRITE,
  ),
  inside('storage.open.conflict-ends', SHARING, async (t, kit) => {
    const name = idOf(kit);
    const object = await create(t, name);
    await expectTee(() => open(t, name), ['ACCESS_CONFLICT'], 'a second exclusive handle');
    await t.TEE_CloseObject(object);
    await t.TEE_CloseAndDeletePersistentObject1(await open(t, name));
  }),
  inside('storage.open.two-sessions', `${SHARING}; xtest 6016`, async (t, kit) => {
    const name = idOf(kit);
    const object = await create(t, name);
    const other = await kit.open();
    await expectTee(() => open(other, name), ['ACCESS_CONFLICT'], 'a handle another session holds');
    await t.TEE_CloseAndDeletePersistentObject1(object);
    await expectTee(() => open(other, name), ['ITEM_NOT_FOUND'], 'after its end');
  }),
  inside('storage.close.null', 'GPD_SPE_010 §5.5.5 TEE_CloseObject', async (t) => {
    await t.TEE_CloseObject(null);
    await t.TEE_CloseAndDeletePersistentObject1(null);
    expectTrue(true, 'closing TEE_HANDLE_NULL does nothing');
  }),
  panics(
    'storage.close.twice',
    'GPD_SPE_010 §5.5.5 TEE_CloseObject',
    'closing a handle twice',
    async (t, kit) => {
      const object = await create(t, idOf(kit));
      await t.TEE_CloseObject(object);
      return () => t.TEE_CloseObject(object);
    },
  ),
];
