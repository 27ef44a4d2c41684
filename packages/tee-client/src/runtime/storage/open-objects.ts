import { TEE_DATA_FLAG } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { ObjectState } from '../crypto/object-table.ts';
import { type ObjectStore, storeKey } from './store-interface.ts';

/** A handle on a persistent object: its rights and its place in the data stream. */
export interface OpenHandle {
  readonly object: OpenObject;
  readonly flags: number;
  readonly state: ObjectState;
  position: number;
}

/** A persistent object while handles are open on it. */
export interface OpenObject {
  /** In the store. */
  id: Uint8Array;
  readonly handles: Set<OpenHandle>;
}

const has = (flags: number, flag: number): boolean => (flags & flag) !== 0;

/**
 * May handles with these flags be open on one object at a time? If one of them reads, all have to
 * share reading; if one of them writes, all have to share writing; changing what an object is needs
 * it alone.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.7.3
 */
function fit(a: number, b: number): boolean {
  const { ACCESS_READ, ACCESS_WRITE, ACCESS_WRITE_META, SHARE_READ, SHARE_WRITE } = TEE_DATA_FLAG;
  if (has(a | b, ACCESS_WRITE_META)) return false;
  if (has(a | b, ACCESS_READ) && !has(a & b, SHARE_READ)) return false;
  return !has(a | b, ACCESS_WRITE) || has(a & b, SHARE_WRITE);
}

/** The open objects of one store; all instances of an application share them. */
export class OpenObjects {
  static readonly #all = new WeakMap<ObjectStore, OpenObjects>();
  readonly #objects = new Map<string, OpenObject>();

  static of(store: ObjectStore): OpenObjects {
    let objects = OpenObjects.#all.get(store);
    if (objects === undefined) {
      objects = new OpenObjects();
      OpenObjects.#all.set(store, objects);
    }
    return objects;
  }

  isOpen(id: Uint8Array): boolean {
    return this.#objects.has(storeKey(id));
  }

  /** Opens a handle. @throws {@link TeeError} ACCESS_CONFLICT */
  open(id: Uint8Array, flags: number, state: ObjectState): OpenHandle {
    const key = storeKey(id);
    const object = this.#objects.get(key) ?? { id, handles: new Set() };
    for (const other of object.handles) if (!fit(other.flags, flags)) throw new TeeError('ACCESS_CONFLICT');
    const handle: OpenHandle = { object, flags, state, position: 0 };
    object.handles.add(handle);
    this.#objects.set(key, object);
    return handle;
  }

  /** @throws {@link TeeError} ACCESS_CONFLICT */
  check(id: Uint8Array, flags: number): void {
    for (const other of this.#objects.get(storeKey(id))?.handles ?? []) {
      if (!fit(other.flags, flags)) throw new TeeError('ACCESS_CONFLICT');
    }
  }

  close(handle: OpenHandle): void {
    handle.object.handles.delete(handle);
    if (handle.object.handles.size === 0) this.#objects.delete(storeKey(handle.object.id));
  }

  renamed(object: OpenObject, id: Uint8Array): void {
    this.#objects.delete(storeKey(object.id));
    object.id = id;
    this.#objects.set(storeKey(id), object);
  }
}
