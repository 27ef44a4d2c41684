import { TEE_STORAGE_PRIVATE } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TEE_ObjectEnumHandle, TEE_ObjectInfo, TeeStorage } from '../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS } from '../context.ts';
import { wipeAttributes } from '../crypto/attributes.ts';
import { u32Of } from '../crypto/inputs.ts';
import { objectInfo } from '../crypto/objects.ts';
import type { PersistentHandles } from './handles.ts';

const ENUMERATOR_BYTES = 128;
/** Of the quota of memory, for each object an enumeration still has to visit. */
const ENTRY_BYTES = 128;

interface Enumerator {
  ids: Uint8Array[] | undefined;
  at: number;
  reserved: number;
}

type EnumeratorFunctions = Pick<
  TeeStorage,
  | 'TEE_AllocatePersistentObjectEnumerator'
  | 'TEE_FreePersistentObjectEnumerator'
  | 'TEE_ResetPersistentObjectEnumerator'
  | 'TEE_StartPersistentObjectEnumerator'
  | 'TEE_GetNextPersistentObject'
>;

/**
 * Enumeration. An enumeration visits the objects of its start that are still there under their
 * identifier, in the order of the identifiers' bytes; objects made since are not visited.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.8
 */
export function createEnumerators(handles: PersistentHandles): EnumeratorFunctions {
  const { context, store } = handles;
  const open = new Map<unknown, Enumerator>();
  const get = (name: string, handle: unknown): Enumerator =>
    open.get(handle) ?? context.panic(PANIC_BAD_PARAMETERS, `${name}: not an object enumerator`);
  const reset = (enumerator: Enumerator): void => {
    context.memory.release(enumerator.reserved);
    enumerator.reserved = 0;
    enumerator.ids = undefined;
  };

  function infoOf(id: Uint8Array): TEE_ObjectInfo {
    const dataSize = store.size(id) ?? 0;
    const state = handles.load(id);
    const info = { ...objectInfo(state), dataSize };
    wipeAttributes(state.attributes);
    return info;
  }

  return {
    TEE_AllocatePersistentObjectEnumerator(): TEE_ObjectEnumHandle {
      context.require('storage', 'TEE_AllocatePersistentObjectEnumerator');
      if (!context.memory.reserve(ENUMERATOR_BYTES)) throw new TeeError('OUT_OF_MEMORY');
      const handle: TEE_ObjectEnumHandle = Object.freeze({ kind: 'object-enumerator' });
      open.set(handle, { ids: undefined, at: 0, reserved: 0 });
      return handle;
    },
    TEE_FreePersistentObjectEnumerator(handle) {
      if (handle === null) return;
      reset(get('TEE_FreePersistentObjectEnumerator', handle));
      open.delete(handle);
      context.memory.release(ENUMERATOR_BYTES);
    },
    TEE_ResetPersistentObjectEnumerator(handle) {
      if (handle !== null) reset(get('TEE_ResetPersistentObjectEnumerator', handle));
    },
    TEE_StartPersistentObjectEnumerator(handle, storageID) {
      const name = 'TEE_StartPersistentObjectEnumerator';
      const enumerator = get(name, handle);
      reset(enumerator);
      if (u32Of(context, name, storageID) !== TEE_STORAGE_PRIVATE) throw new TeeError('ITEM_NOT_FOUND');
      const ids = handles.reach(() => handles.list());
      if (ids.length === 0) throw new TeeError('ITEM_NOT_FOUND');
      if (!context.memory.reserve(ids.length * ENTRY_BYTES)) throw new TeeError('OUT_OF_MEMORY');
      Object.assign(enumerator, { ids, at: 0, reserved: ids.length * ENTRY_BYTES });
    },
    TEE_GetNextPersistentObject(handle) {
      const enumerator = get('TEE_GetNextPersistentObject', handle);
      for (;;) {
        const id = enumerator.ids?.[enumerator.at++];
        if (id === undefined) throw new TeeError('ITEM_NOT_FOUND');
        if (!handles.reach(() => store.has(id))) continue;
        const info = handles.reach(() => infoOf(id));
        return { objectInfo: info, objectID: handles.objectId(id) };
      }
    },
  };
}
