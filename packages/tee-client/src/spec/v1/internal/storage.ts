import type { TEE_ObjectEnumHandle, TEE_ObjectHandle, TEE_ObjectInfo } from './types.ts';

/** @standard GPD_SPE_010 v1.3.1 §5.7–5.9 @group Internal Core API */
export interface TeeStorage {
  TEE_OpenPersistentObject(storageID: number, objectID: Uint8Array, flags: number): TEE_ObjectHandle;
  TEE_CreatePersistentObject(
    storageID: number,
    objectID: Uint8Array,
    flags: number,
    attributes: TEE_ObjectHandle | null,
    initialData: Uint8Array | null,
  ): TEE_ObjectHandle;
  TEE_CloseAndDeletePersistentObject1(object: TEE_ObjectHandle | null): void;
  TEE_RenamePersistentObject(object: TEE_ObjectHandle, newObjectID: Uint8Array): void;
  TEE_AllocatePersistentObjectEnumerator(): TEE_ObjectEnumHandle;
  TEE_FreePersistentObjectEnumerator(enumerator: TEE_ObjectEnumHandle | null): void;
  TEE_ResetPersistentObjectEnumerator(enumerator: TEE_ObjectEnumHandle | null): void;
  /** @throws {@link TeeError} ITEM_NOT_FOUND when there is no object */
  TEE_StartPersistentObjectEnumerator(enumerator: TEE_ObjectEnumHandle, storageID: number): void;
  /** @throws {@link TeeError} ITEM_NOT_FOUND at the end */
  TEE_GetNextPersistentObject(enumerator: TEE_ObjectEnumHandle): {
    readonly objectInfo: TEE_ObjectInfo;
    readonly objectID: Uint8Array;
  };
  /** Up to `size` bytes; fewer at the end. */
  TEE_ReadObjectData(object: TEE_ObjectHandle, size: number): Uint8Array;
  TEE_WriteObjectData(object: TEE_ObjectHandle, buffer: Uint8Array): void;
  TEE_TruncateObjectData(object: TEE_ObjectHandle, size: number): void;
  TEE_SeekObjectData(object: TEE_ObjectHandle, offset: number, whence: number): void;
}
