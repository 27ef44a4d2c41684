/** Short forms for persistent objects of a trusted application. */
import { TEE_DATA_FLAG, TEE_STORAGE_PRIVATE } from '../spec/v1/internal/constants.ts';
import type { TEE_ObjectHandle, Tee } from '../spec/v1/internal/tee.ts';
import { concat, fromHex, toHex, utf8 } from './bytes.ts';

const ITEM_NOT_FOUND = 0xffff0008;
const NO_BYTES = new Uint8Array(0);

/** Is `error` what the runtime throws for an object that is not there? @group Helpers for trusted applications */
export const isNotFound = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'result' in error && error.result === ITEM_NOT_FOUND;

/** Name of an object: its kind, a slash, and the bytes of its id in hexadecimal. @group Helpers for trusted applications */
export const objectId = (kind: string, hex: string): Uint8Array =>
  concat(utf8(`${kind}/`), fromHex(hex) ?? NO_BYTES);

/** The ids of all objects of a kind, in hexadecimal and in order. @group Helpers for trusted applications */
export function objectIds(tee: Tee, kind: string): string[] {
  const prefix = toHex(utf8(`${kind}/`));
  const out: string[] = [];
  const enumerator = tee.TEE_AllocatePersistentObjectEnumerator();
  try {
    tee.TEE_StartPersistentObjectEnumerator(enumerator, TEE_STORAGE_PRIVATE);
    for (;;) {
      const hex = toHex(tee.TEE_GetNextPersistentObject(enumerator).objectID);
      if (hex.startsWith(prefix)) out.push(hex.slice(prefix.length));
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  } finally {
    tee.TEE_FreePersistentObjectEnumerator(enumerator);
  }
  return out.sort();
}

/** Runs `use` with the object opened, and closes it. @throws {@link TeeError} ITEM_NOT_FOUND @group Helpers for trusted applications */
export function withObject<T>(
  tee: Tee,
  id: Uint8Array,
  flags: number,
  use: (object: TEE_ObjectHandle) => T,
): T {
  const object = tee.TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, id, flags);
  try {
    return use(object);
  } finally {
    tee.TEE_CloseObject(object);
  }
}

/** All data of an opened object from its present position. @group Helpers for trusted applications */
export function readAll(tee: Tee, object: TEE_ObjectHandle): Uint8Array {
  const { dataSize, dataPosition } = tee.TEE_GetObjectInfo1(object);
  return tee.TEE_ReadObjectData(object, Math.max(0, dataSize - dataPosition));
}

/** All data of an object; `undefined` where there is none. @group Helpers for trusted applications */
export function readObject(tee: Tee, id: Uint8Array): Uint8Array | undefined {
  try {
    return withObject(tee, id, TEE_DATA_FLAG.ACCESS_READ, (object) => readAll(tee, object));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Makes or replaces an object in one step: a crash leaves the old or the new one. @group Helpers for trusted applications */
export function writeObject(
  tee: Tee,
  id: Uint8Array,
  data: Uint8Array,
  key: TEE_ObjectHandle | null = null,
): void {
  const flags = TEE_DATA_FLAG.ACCESS_READ | TEE_DATA_FLAG.ACCESS_WRITE | TEE_DATA_FLAG.OVERWRITE;
  tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, id, flags, key, data));
}

/** @throws {@link TeeError} ITEM_NOT_FOUND @group Helpers for trusted applications */
export function deleteObject(tee: Tee, id: Uint8Array): void {
  const flags = TEE_DATA_FLAG.ACCESS_READ | TEE_DATA_FLAG.ACCESS_WRITE_META;
  tee.TEE_CloseAndDeletePersistentObject1(tee.TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, id, flags));
}
