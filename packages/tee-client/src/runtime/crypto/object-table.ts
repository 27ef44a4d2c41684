import { TEE_HANDLE_FLAG } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TEE_ObjectHandle } from '../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { type AttributeMap, wipeAttributes } from './attributes.ts';

export { decodeObject, encodeObject } from './object-codec.ts';

/** What the storage knows of an open persistent object; the storage group gives it. */
export interface PersistentState {
  /** Bytes of the data stream and the position of this handle in it. */
  info(): { readonly dataSize: number; readonly dataPosition: number };
  /** The handle is gone: ends its share of the object. */
  close(): void;
  /** The usage was restricted: keeps it with the object and tells its other handles. */
  restricted(): void;
}

/** An object behind a handle. Fields are the runtime's to change; the bytes in `attributes` are its own. */
export interface ObjectState {
  readonly objectType: number;
  readonly maxObjectSize: number;
  /** Bits of the key; 0 while not initialized. */
  objectSize: number;
  usage: number;
  /** PERSISTENT and INITIALIZED. */
  handleFlags: number;
  readonly attributes: AttributeMap;
  /** With the flag PERSISTENT. */
  persistent?: PersistentState | undefined;
}

/** The open handles of objects of one instance. */
export interface ObjectTable {
  /** Gives a handle; the state is the table's from now on. @throws TeeError OUT_OF_MEMORY, the state is zeroed then */
  add(state: ObjectState): TEE_ObjectHandle;
  /** The object of a handle; a handle that is none, or closed, is a panic. */
  get(name: string, handle: unknown): ObjectState;
  /** As `get`, but a persistent object is a panic as well. */
  getTransient(name: string, handle: unknown): ObjectState;
  /** Closes the handle: zeroes the state, gives memory back, tells the storage. */
  remove(name: string, handle: unknown): void;
  /** At the end of the instance. */
  closeAll(): void;
  readonly count: number;
}

/** What a handle costs besides the bytes of the key. */
const OBJECT_OVERHEAD_BYTES = 128;

export const isInitialized = (state: ObjectState): boolean =>
  (state.handleFlags & TEE_HANDLE_FLAG.INITIALIZED) !== 0;

const isPersistent = (state: ObjectState): boolean => (state.handleFlags & TEE_HANDLE_FLAG.PERSISTENT) !== 0;

/** Reserved for an object: enough for the largest key of its type, so that populating never fails. */
const costOf = (state: ObjectState): number => OBJECT_OVERHEAD_BYTES + 3 * (state.maxObjectSize >> 3);

/** The table of an instance. */
export function createObjectTable(context: RuntimeContext): ObjectTable {
  const states = new Map<unknown, ObjectState>();
  const get = (name: string, handle: unknown): ObjectState =>
    states.get(handle) ?? context.panic(PANIC_BAD_PARAMETERS, `${name}: not an open object handle`);
  const close = (handle: unknown, state: ObjectState): void => {
    states.delete(handle);
    context.memory.release(costOf(state));
    wipeAttributes(state.attributes);
    state.persistent?.close();
  };
  return Object.freeze({
    add(state: ObjectState): TEE_ObjectHandle {
      if (!context.memory.reserve(costOf(state))) {
        wipeAttributes(state.attributes);
        throw new TeeError('OUT_OF_MEMORY');
      }
      const handle: TEE_ObjectHandle = Object.freeze({ kind: 'object' });
      states.set(handle, state);
      return handle;
    },
    get,
    getTransient(name: string, handle: unknown): ObjectState {
      const state = get(name, handle);
      if (isPersistent(state)) return context.panic(PANIC_BAD_PARAMETERS, `${name}: a persistent object`);
      return state;
    },
    remove: (name: string, handle: unknown): void => close(handle, get(name, handle)),
    closeAll(): void {
      for (const [handle, state] of [...states]) {
        try {
          close(handle, state);
        } catch {
          // One share that does not end must not keep the other keys from being zeroed.
        }
      }
    },
    get count(): number {
      return states.size;
    },
  });
}
