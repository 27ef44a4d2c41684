import {
  TEE_DATA_FLAG,
  TEE_DATA_MAX_POSITION,
  TEE_SEEK,
  TEE_STORAGE_PRIVATE,
} from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TeeStorage } from '../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, PANIC_BAD_STATE, type RuntimeContext } from '../context.ts';
import { bytesOf, optionalBytesOf, u32Of } from '../crypto/inputs.ts';
import { decodeObject, encodeObject, isInitialized, type ObjectTable } from '../crypto/object-table.ts';
import { dataObject } from '../crypto/objects.ts';
import { createEnumerators } from './enumerators.ts';
import { PersistentHandles } from './handles.ts';
import type { ObjectStore } from './store-interface.ts';

const { ACCESS_READ, ACCESS_WRITE, ACCESS_WRITE_META, OVERWRITE } = TEE_DATA_FLAG;
const NO_BYTES = new Uint8Array(0);

/** The attributes for a new object, encoded; the caller's to zero. */
function attributesOf(handles: PersistentHandles, name: string, handle: unknown): Uint8Array {
  if (handle === null || handle === undefined) return NO_BYTES;
  const state = handles.table.get(name, handle);
  if (!isInitialized(state)) {
    return handles.context.panic(PANIC_BAD_STATE, `${name}: the attributes are not initialized`);
  }
  return state.objectType === dataObject().objectType ? NO_BYTES : encodeObject(state);
}

/** Where a seek leads. @throws {@link TeeError} OVERFLOW */
function seekTarget(context: RuntimeContext, base: number | undefined, offset: unknown): number {
  if (base === undefined || typeof offset !== 'number' || !Number.isSafeInteger(offset)) {
    return context.panic(PANIC_BAD_PARAMETERS, 'TEE_SeekObjectData: whence or offset');
  }
  const target = base + offset;
  if (target > TEE_DATA_MAX_POSITION) throw new TeeError('OVERFLOW');
  return Math.max(0, target);
}

/**
 * Persistent objects (持久对象), their enumeration and data streams, in the private storage of the
 * application. Every change is atomic and durable when the function returns.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.7 to §5.9
 */
export function createStorage(context: RuntimeContext, table: ObjectTable, store: ObjectStore): TeeStorage {
  const handles = new PersistentHandles(context, table, store);
  const { objects } = handles;
  const api: TeeStorage = {
    ...createEnumerators(handles),
    TEE_OpenPersistentObject(storageID, objectID, flags) {
      const name = 'TEE_OpenPersistentObject';
      context.require('storage', name);
      const id = handles.storeId(name, objectID);
      const wanted = u32Of(context, name, flags);
      handles.checkFlags(name, wanted, 0);
      if (u32Of(context, name, storageID) !== TEE_STORAGE_PRIVATE) throw new TeeError('ITEM_NOT_FOUND');
      return handles.reach(() => {
        if (!store.has(id)) throw new TeeError('ITEM_NOT_FOUND');
        objects.check(id, wanted);
        return handles.open(id, wanted, handles.load(id));
      });
    },
    TEE_CreatePersistentObject(storageID, objectID, flags, attributes, initialData) {
      const name = 'TEE_CreatePersistentObject';
      context.require('storage', name);
      const id = handles.storeId(name, objectID);
      const wanted = u32Of(context, name, flags);
      handles.checkFlags(name, wanted, OVERWRITE);
      const data = optionalBytesOf(context, name, initialData);
      const overwrite = (wanted & OVERWRITE) !== 0;
      if (u32Of(context, name, storageID) !== TEE_STORAGE_PRIVATE) throw new TeeError('ITEM_NOT_FOUND');
      const encoded = attributesOf(handles, name, attributes);
      try {
        return handles.reach(() => {
          if (objects.isOpen(id) || (store.has(id) && !overwrite)) throw new TeeError('ACCESS_CONFLICT');
          const state = encoded.length === 0 ? dataObject() : decodeObject(encoded);
          // The handle first: without memory for it there must be no object either.
          const handle = handles.open(id, wanted, state);
          try {
            store.create(id, encoded, data, overwrite);
          } catch (error) {
            table.remove(name, handle);
            throw error;
          }
          return handle;
        });
      } finally {
        encoded.fill(0);
      }
    },
    TEE_CloseAndDeletePersistentObject1(object) {
      const name = 'TEE_CloseAndDeletePersistentObject1';
      if (object === null) return;
      const handle = handles.get(name, object, ACCESS_WRITE_META);
      handles.reach(() => store.delete(handle.object.id));
      table.remove(name, object);
    },
    TEE_RenamePersistentObject(object, newObjectID) {
      const name = 'TEE_RenamePersistentObject';
      const id = handles.storeId(name, newObjectID);
      handles.onData(name, object, ACCESS_WRITE_META, (handle) => {
        store.rename(handle.object.id, id);
        objects.renamed(handle.object, id);
      });
    },
    TEE_ReadObjectData(object, size) {
      const name = 'TEE_ReadObjectData';
      const wanted = u32Of(context, name, size);
      return handles.onData(name, object, ACCESS_READ, (handle) => {
        const { id } = handle.object;
        const length = Math.min(wanted, Math.max(0, (store.size(id) ?? 0) - handle.position));
        // The bytes become the application's; they have to fit into its memory at least now.
        if (!context.memory.reserve(length)) throw new TeeError('OUT_OF_MEMORY');
        context.memory.release(length);
        const data = store.read(id, handle.position, length);
        handle.position += data.length;
        return data;
      });
    },
    TEE_WriteObjectData(object, buffer) {
      const name = 'TEE_WriteObjectData';
      const data = bytesOf(context, name, buffer);
      handles.onData(name, object, ACCESS_WRITE, (handle) => {
        store.write(handle.object.id, handle.position, data);
        handle.position += data.length;
      });
    },
    TEE_TruncateObjectData(object, size) {
      const name = 'TEE_TruncateObjectData';
      const wanted = u32Of(context, name, size);
      handles.onData(name, object, ACCESS_WRITE, (handle) => store.truncate(handle.object.id, wanted));
    },
    TEE_SeekObjectData(object, offset, whence) {
      handles.onData('TEE_SeekObjectData', object, 0, (handle) => {
        const bases = new Map<unknown, number>([
          [TEE_SEEK.SET, 0],
          [TEE_SEEK.CUR, handle.position],
          [TEE_SEEK.END, store.size(handle.object.id) ?? 0],
        ]);
        handle.position = seekTarget(context, bases.get(whence), offset);
      });
    },
  };
  return Object.freeze(api);
}
