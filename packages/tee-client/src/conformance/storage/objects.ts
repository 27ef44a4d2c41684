import { TEE_DATA_FLAG, TEE_SEEK, TEE_STORAGE_PRIVATE } from '../../spec/v1/internal/constants.ts';
import type { TEE_ObjectHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import type { Kit } from '../support.ts';

export const STORAGE: number = TEE_STORAGE_PRIVATE;
export const READ: number = TEE_DATA_FLAG.ACCESS_READ;
export const WRITE: number = TEE_DATA_FLAG.ACCESS_WRITE;
export const META: number = TEE_DATA_FLAG.ACCESS_WRITE_META;
export const SHARE_READ: number = TEE_DATA_FLAG.SHARE_READ;
export const SHARE_WRITE: number = TEE_DATA_FLAG.SHARE_WRITE;
export const OVERWRITE: number = TEE_DATA_FLAG.OVERWRITE;
/** Everything one handle may do. */
export const ALL: number = READ | WRITE | META;

/** The identifier of this case's object; another label, another object. */
export function idOf(kit: Kit, label = 'id'): Uint8Array {
  const name = kit.bytes(label, 16);
  kit.leftovers.push(name);
  return name;
}

/** A new object, in place of what an earlier run may have left. */
export function create(
  t: RemoteTee,
  id: Uint8Array,
  data: Uint8Array | null = null,
  flags: number = ALL,
): Promise<TEE_ObjectHandle> {
  return t.TEE_CreatePersistentObject(STORAGE, id, flags | OVERWRITE, null, data);
}

/** A new object that is closed again. */
export async function stored(t: RemoteTee, id: Uint8Array, data: Uint8Array | null = null): Promise<void> {
  await t.TEE_CloseObject(await create(t, id, data));
}

export const open = (t: RemoteTee, id: Uint8Array, flags: number = ALL): Promise<TEE_ObjectHandle> =>
  t.TEE_OpenPersistentObject(STORAGE, id, flags);

/** Deletes the object. */
export async function remove(t: RemoteTee, id: Uint8Array): Promise<void> {
  await t.TEE_CloseAndDeletePersistentObject1(await open(t, id, META));
}

/** All data from the start. */
export async function content(t: RemoteTee, object: TEE_ObjectHandle): Promise<Uint8Array> {
  const { dataSize } = await t.TEE_GetObjectInfo1(object);
  await t.TEE_SeekObjectData(object, 0, TEE_SEEK.SET);
  return t.TEE_ReadObjectData(object, dataSize);
}

/** Identifiers of all objects of the application, hex. */
export async function list(t: RemoteTee): Promise<string[]> {
  const enumerator = await t.TEE_AllocatePersistentObjectEnumerator();
  const found: string[] = [];
  try {
    await t.TEE_StartPersistentObjectEnumerator(enumerator, STORAGE);
    for (;;) {
      const { objectID } = await t.TEE_GetNextPersistentObject(enumerator);
      found.push(Array.from(objectID, (byte) => byte.toString(16).padStart(2, '0')).join(''));
    }
  } catch (error) {
    if ((error as { result?: number }).result !== 0xffff0008) throw error;
  }
  await t.TEE_FreePersistentObjectEnumerator(enumerator);
  return found;
}
