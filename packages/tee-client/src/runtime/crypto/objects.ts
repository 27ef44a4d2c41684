import { TEE_HANDLE_FLAG, TEE_TYPE, TEE_USAGE } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TEE_Attribute, TEE_ObjectInfo, TeeObjects } from '../../spec/v1/internal/tee.ts';
import { TEEC_RESULTS } from '../../spec/v1/results.ts';
import { PANIC_BAD_PARAMETERS, PANIC_BAD_STATE, type RuntimeContext } from '../context.ts';
import { isPublicAttribute, isValueAttribute, readAttributes, wipeAttributes } from './attributes.ts';
import { copyAttributes } from './copy-attributes.ts';
import { generateKey } from './generate-key.ts';
import { bitsOf, bytesOf, checkFits, sizeOf, u32Of } from './inputs.ts';
import { createObjectTable, isInitialized, type ObjectState, type ObjectTable } from './object-table.ts';
import { isSizeOf, OBJECT_TYPES } from './object-types.ts';
import { populate } from './populate.ts';

/** The group of objects and the table the other groups share with it. */
export interface ObjectsGroup {
  readonly api: TeeObjects;
  readonly table: ObjectTable;
}

const emptyState = (objectType: number, maxObjectSize: number): ObjectState => ({
  objectType,
  maxObjectSize,
  objectSize: 0,
  usage: TEE_USAGE.DEFAULT,
  handleFlags: 0,
  attributes: new Map(),
});

/** State of a persistent object that is data only. @standard GPD_SPE_010 v1.3.1 §5.7.2 */
export const dataObject = (): ObjectState => ({
  ...emptyState(TEE_TYPE.DATA, 0),
  handleFlags: TEE_HANDLE_FLAG.PERSISTENT | TEE_HANDLE_FLAG.INITIALIZED,
});

/** TEE_GetObjectInfo1 of a state. @standard GPD_SPE_010 v1.3.1 §5.5.1 */
export function objectInfo(state: ObjectState): TEE_ObjectInfo {
  const { dataSize, dataPosition } = state.persistent?.info() ?? { dataSize: 0, dataPosition: 0 };
  return {
    objectType: state.objectType,
    objectSize: state.objectSize,
    maxObjectSize: state.maxObjectSize,
    objectUsage: state.usage,
    dataSize,
    dataPosition,
    handleFlags: state.handleFlags,
  };
}

/** Back to what it was after allocation. @standard GPD_SPE_010 v1.3.1 §5.6.3 */
function reset(state: ObjectState): void {
  wipeAttributes(state.attributes);
  state.objectSize = 0;
  state.usage = TEE_USAGE.DEFAULT;
  state.handleFlags &= ~TEE_HANDLE_FLAG.INITIALIZED;
}

/** The content of an attribute that may be given out. @standard GPD_SPE_010 v1.3.1 §5.5.3, §5.5.4 */
function readable(context: RuntimeContext, name: string, state: ObjectState, id: number) {
  if (!isInitialized(state)) return context.panic(PANIC_BAD_STATE, `${name}: the object is not initialized`);
  if (!isPublicAttribute(id) && (state.usage & TEE_USAGE.EXTRACTABLE) === 0) {
    return context.panic(TEEC_RESULTS.ACCESS_DENIED, `${name}: the attribute is not extractable`);
  }
  const content = state.attributes.get(id);
  if (content === undefined) throw new TeeError('ITEM_NOT_FOUND');
  return content;
}

/** An object that may still be given its key. */
function uninitialized(
  context: RuntimeContext,
  table: ObjectTable,
  name: string,
  handle: unknown,
): ObjectState {
  const state = table.getTransient(name, handle);
  if (isInitialized(state)) return context.panic(PANIC_BAD_STATE, `${name}: the object is initialized`);
  return state;
}

/**
 * Generic and transient objects.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.5, §5.6
 */
export function createObjects(context: RuntimeContext): ObjectsGroup {
  const table = createObjectTable(context);
  const api: TeeObjects = {
    TEE_GetObjectInfo1: (object) => objectInfo(table.get('TEE_GetObjectInfo1', object)),
    TEE_RestrictObjectUsage1(object, objectUsage) {
      const usage = bitsOf(context, 'TEE_RestrictObjectUsage1', objectUsage);
      const state = table.get('TEE_RestrictObjectUsage1', object);
      state.usage = (state.usage & usage) >>> 0;
      state.persistent?.restricted();
    },
    TEE_GetObjectBufferAttribute(object, attributeID, size) {
      const name = 'TEE_GetObjectBufferAttribute';
      const id = u32Of(context, name, attributeID);
      const room = sizeOf(context, name, size);
      if (isValueAttribute(id)) return context.panic(PANIC_BAD_PARAMETERS, `${name}: a value attribute`);
      const content = readable(context, name, table.get(name, object), id) as Uint8Array;
      checkFits(content.length, room);
      return Uint8Array.from(content);
    },
    TEE_GetObjectValueAttribute(object, attributeID) {
      const name = 'TEE_GetObjectValueAttribute';
      const id = u32Of(context, name, attributeID);
      if (!isValueAttribute(id)) return context.panic(PANIC_BAD_PARAMETERS, `${name}: a buffer attribute`);
      const { a, b } = readable(context, name, table.get(name, object), id) as { a: number; b: number };
      return { a, b };
    },
    TEE_CloseObject(object) {
      if (object !== null) table.remove('TEE_CloseObject', object);
    },
    TEE_AllocateTransientObject(objectType, maxObjectSize) {
      const name = 'TEE_AllocateTransientObject';
      context.require('crypto', name);
      const typeId = u32Of(context, name, objectType);
      const bits = u32Of(context, name, maxObjectSize);
      const type = OBJECT_TYPES.get(typeId);
      if (type === undefined || type.kind === 'data' || !isSizeOf(type, bits)) {
        throw new TeeError('NOT_SUPPORTED');
      }
      return table.add(emptyState(typeId, bits));
    },
    TEE_FreeTransientObject(object) {
      if (object === null) return;
      table.getTransient('TEE_FreeTransientObject', object);
      table.remove('TEE_FreeTransientObject', object);
    },
    TEE_ResetTransientObject(object) {
      if (object !== null) reset(table.getTransient('TEE_ResetTransientObject', object));
    },
    TEE_PopulateTransientObject(object, attrs) {
      const name = 'TEE_PopulateTransientObject';
      const attributes = readAttributes(context, name, attrs);
      populate(context, uninitialized(context, table, name, object), attributes);
    },
    TEE_InitRefAttribute(attributeID, content): TEE_Attribute {
      const name = 'TEE_InitRefAttribute';
      const id = u32Of(context, name, attributeID);
      if (isValueAttribute(id)) return context.panic(PANIC_BAD_PARAMETERS, `${name}: a value attribute`);
      bytesOf(context, name, content);
      // The very array: as in C, an attribute points to the caller's memory until it is used.
      return Object.freeze({ attributeID: id, content });
    },
    TEE_InitValueAttribute(attributeID, a, b): TEE_Attribute {
      const name = 'TEE_InitValueAttribute';
      const id = u32Of(context, name, attributeID);
      if (!isValueAttribute(id)) return context.panic(PANIC_BAD_PARAMETERS, `${name}: a buffer attribute`);
      return Object.freeze({ attributeID: id, a: u32Of(context, name, a), b: u32Of(context, name, b) });
    },
    TEE_CopyObjectAttributes1(destObject, srcObject) {
      const name = 'TEE_CopyObjectAttributes1';
      const src = table.get(name, srcObject);
      const dest = uninitialized(context, table, name, destObject);
      copyAttributes(context, dest, src);
    },
    TEE_GenerateKey(object, keySize, params) {
      const name = 'TEE_GenerateKey';
      const bits = u32Of(context, name, keySize);
      const attributes = readAttributes(context, name, params);
      generateKey(context, uninitialized(context, table, name, object), bits, attributes);
    },
  };
  return { api: Object.freeze(api), table };
}
