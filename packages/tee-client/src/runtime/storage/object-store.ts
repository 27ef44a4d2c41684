import { LogObjectStore } from './log-object-store.ts';
import type { ObjectStore, ObjectStoreOptions } from './store-interface.ts';

export { nodeStoreFiles, type StoreFile, type StoreFiles, type StoreStep } from './store-files.ts';
export {
  type ObjectStore,
  type ObjectStoreOptions,
  runtimeObjectId,
  STORE_OBJECT_BYTES,
} from './store-interface.ts';

/**
 * Opens the store of a folder, or an empty one; the first change makes the files.
 *
 * @throws {@link SmError} ERR_TEE_SEAL_INTEGRITY, ERR_TEE_SEAL_MISSING, ERR_TEE_SEAL_ROLLBACK,
 * ERR_TEE_STATE_FORMAT, ERR_TEE_STORAGE
 */
export function openObjectStore(options: ObjectStoreOptions): ObjectStore {
  return new LogObjectStore(options);
}
