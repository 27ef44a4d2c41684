import { concatBytes, SmError } from '@cssi/sm-core';
import { TEE_DATA_FLAG, TEE_OBJECT_ID_MAX_LEN } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import { TEEC_RESULTS } from '../../spec/v1/results.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { bytesOf } from '../crypto/inputs.ts';
import { decodeObject, encodeObject, type ObjectState, type ObjectTable } from '../crypto/object-table.ts';
import { dataObject } from '../crypto/objects.ts';
import { type OpenHandle, OpenObjects } from './open-objects.ts';
import type { ObjectStore } from './store-interface.ts';

/** Identifiers of applications; those of the runtime begin with `r`. */
const NAME_SPACE = Uint8Array.of(0x6f);

/** What the functions of the storage group share. */
export class PersistentHandles {
  readonly context: RuntimeContext;
  readonly table: ObjectTable;
  readonly store: ObjectStore;
  readonly objects: OpenObjects;
  readonly #handles = new WeakMap<ObjectState, OpenHandle>();

  constructor(context: RuntimeContext, table: ObjectTable, store: ObjectStore) {
    this.context = context;
    this.table = table;
    this.store = store;
    this.objects = OpenObjects.of(store);
  }

  /** Identifier in the store. One that is too long is a panic. */
  storeId(name: string, objectID: unknown): Uint8Array {
    const id = bytesOf(this.context, name, objectID);
    if (id.length > TEE_OBJECT_ID_MAX_LEN) {
      return this.context.panic(PANIC_BAD_PARAMETERS, `${name}: the object identifier is too long`);
    }
    return concatBytes(NAME_SPACE, id);
  }

  /** Identifiers of the objects an application sees, in the store's form. */
  list(): Uint8Array[] {
    return this.store.list().filter((id) => id[0] === NAME_SPACE[0]);
  }

  /** The application's form of an identifier. */
  objectId(id: Uint8Array): Uint8Array {
    return id.slice(NAME_SPACE.length);
  }

  /** A disk that fails is STORAGE_NOT_AVAILABLE to an application. */
  reach<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof SmError) throw new TeeError('STORAGE_NOT_AVAILABLE');
      throw error;
    }
  }

  /** State of a stored object. @throws {@link TeeError} CORRUPT_OBJECT: it is deleted then, as §5.7 wants */
  load(id: Uint8Array): ObjectState {
    try {
      const attributes = this.store.attributes(id);
      if (attributes === undefined) throw new TeeError('ITEM_NOT_FOUND');
      try {
        return attributes.length === 0 ? dataObject() : decodeObject(attributes);
      } finally {
        attributes.fill(0);
      }
    } catch (error) {
      if (isCorrupt(error)) this.store.delete(id);
      throw error;
    }
  }

  /** Opens a handle on an object. @throws {@link TeeError} ACCESS_CONFLICT, OUT_OF_MEMORY */
  open(id: Uint8Array, flags: number, state: ObjectState) {
    const handle = this.objects.open(id, flags, state);
    state.handleFlags |= flags;
    state.persistent = {
      info: () => ({
        dataSize: this.reach(() => this.store.size(handle.object.id)) ?? 0,
        dataPosition: handle.position,
      }),
      close: () => this.objects.close(handle),
      restricted: () => this.#restricted(handle),
    };
    this.#handles.set(state, handle);
    try {
      return this.table.add(state);
    } catch (error) {
      this.objects.close(handle);
      throw error;
    }
  }

  /** A restriction of the usage belongs to the object: to its other handles, and to what is stored. */
  #restricted(handle: OpenHandle): void {
    for (const { state } of handle.object.handles) state.usage = (state.usage & handle.state.usage) >>> 0;
    if (handle.state.attributes.size === 0) return;
    const encoded = encodeObject(handle.state);
    try {
      this.reach(() => this.store.setAttributes(handle.object.id, encoded));
    } finally {
      encoded.fill(0);
    }
  }

  /** The open persistent object of a handle with these rights; anything else is a panic. */
  get(name: string, object: unknown, rights: number): OpenHandle {
    const handle = this.#handles.get(this.table.get(name, object));
    if (handle === undefined) {
      return this.context.panic(PANIC_BAD_PARAMETERS, `${name}: not a persistent object`);
    }
    if ((handle.flags & rights) !== rights) {
      return this.context.panic(TEEC_RESULTS.ACCESS_DENIED, `${name}: the handle has not the right for it`);
    }
    return handle;
  }

  /** Does something to the data stream. A corrupt object is deleted and its handle closed. */
  onData<T>(name: string, object: unknown, rights: number, action: (handle: OpenHandle) => T): T {
    const handle = this.get(name, object, rights);
    try {
      return this.reach(() => action(handle));
    } catch (error) {
      // Not found under an open handle: another handle met the corruption before.
      if (!isCorrupt(error) && !isResult(error, 'ITEM_NOT_FOUND')) throw error;
      this.reach(() => this.store.delete(handle.object.id));
      this.table.remove(name, object);
      throw new TeeError('CORRUPT_OBJECT');
    }
  }

  /** Flags of a new handle; unknown ones are a panic. */
  checkFlags(name: string, flags: number, more: number): void {
    const { ACCESS_READ, ACCESS_WRITE, ACCESS_WRITE_META, SHARE_READ, SHARE_WRITE } = TEE_DATA_FLAG;
    const known = ACCESS_READ | ACCESS_WRITE | ACCESS_WRITE_META | SHARE_READ | SHARE_WRITE | more;
    if ((flags & ~known) !== 0) this.context.panic(PANIC_BAD_PARAMETERS, `${name}: unknown flags`);
  }
}

const isResult = (error: unknown, result: 'CORRUPT_OBJECT' | 'ITEM_NOT_FOUND'): boolean =>
  error instanceof TeeError && error.result === TEEC_RESULTS[result];

/** Is it the answer CORRUPT_OBJECT? */
const isCorrupt = (error: unknown): boolean => isResult(error, 'CORRUPT_OBJECT');
