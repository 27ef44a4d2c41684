import { TEE_HANDLE_FLAG } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import { type AttributeContent, type AttributeMap, isValueAttribute, wipeAttributes } from './attributes.ts';
import type { ObjectState } from './object-table.ts';
import { isSizeOf, OBJECT_TYPES, type ObjectType } from './object-types.ts';

/**
 * Attributes of an object for storage, big endian:
 *
 * ```
 * version 1 | objectType 4 | objectSize 4 (bits) | usage 4 | count 1 | count × (id 4 | length 4 | content)
 * ```
 *
 * A value attribute has the eight bytes a ‖ b. The identifiers ascend, so an object has one encoding.
 */

const VERSION = 1;
const HEADER_BYTES = 14;
const ENTRY_BYTES = 8;
/** Longest content: the largest secret. */
const MAX_CONTENT_BYTES = 512;

/** Object state as it comes from storage; the handle is the storage's to complete. */
export type DecodedObject = ObjectState;

function contentBytes(content: AttributeContent): Uint8Array {
  if (content instanceof Uint8Array) return content;
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.a);
  view.setUint32(4, content.b);
  return bytes;
}

/**
 * The encoding of an object: type, size, usage and attributes. It holds the key in clear and is the
 * caller's to seal and to zero.
 */
export function encodeObject(state: ObjectState): Uint8Array {
  const entries = [...state.attributes]
    .sort(([a], [b]) => a - b)
    .map(([id, content]) => [id, contentBytes(content)] as const);
  const size = entries.reduce((sum, [, bytes]) => sum + ENTRY_BYTES + bytes.length, HEADER_BYTES);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  out[0] = VERSION;
  view.setUint32(1, state.objectType);
  view.setUint32(5, state.objectSize);
  view.setUint32(9, state.usage);
  out[13] = entries.length;
  let at = HEADER_BYTES;
  for (const [id, bytes] of entries) {
    view.setUint32(at, id);
    view.setUint32(at + 4, bytes.length);
    out.set(bytes, at + ENTRY_BYTES);
    at += ENTRY_BYTES + bytes.length;
  }
  return out;
}

const corrupt = (): TeeError => new TeeError('CORRUPT_OBJECT');

/** Which attributes a type has once it is initialized, and how long they are. */
function contentLength(type: ObjectType, id: number, objectSize: number): number | undefined {
  if (!type.required.includes(id) && !type.optional.includes(id)) return undefined;
  return isValueAttribute(id) ? 8 : objectSize / 8;
}

function readEntries(bytes: Uint8Array, type: ObjectType, objectSize: number, into: AttributeMap): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = HEADER_BYTES;
  let last = -1;
  for (let i = bytes[13] as number; i > 0; i--) {
    if (bytes.length - at < ENTRY_BYTES) throw corrupt();
    const id = view.getUint32(at);
    const length = view.getUint32(at + 4);
    at += ENTRY_BYTES;
    const expected = contentLength(type, id, objectSize);
    if (id <= last || length > MAX_CONTENT_BYTES || length !== expected || bytes.length - at < length) {
      throw corrupt();
    }
    into.set(
      id,
      isValueAttribute(id)
        ? { a: view.getUint32(at), b: view.getUint32(at + 4) }
        : bytes.slice(at, at + length),
    );
    at += length;
    last = id;
  }
  if (at !== bytes.length || type.required.some((id) => !into.has(id))) throw corrupt();
}

/**
 * Undoes {@link encodeObject}: a state with the flags PERSISTENT and INITIALIZED. Its maxObjectSize is
 * its objectSize, as GlobalPlatform fixes it for persistent objects.
 *
 * @throws TeeError CORRUPT_OBJECT for anything `encodeObject` does not write
 */
export function decodeObject(bytes: Uint8Array): DecodedObject {
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) throw corrupt();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const objectType = view.getUint32(1);
  const objectSize = view.getUint32(5);
  const type = OBJECT_TYPES.get(objectType);
  if (type === undefined || !isSizeOf(type, objectSize)) throw corrupt();
  const attributes: AttributeMap = new Map();
  try {
    readEntries(bytes, type, objectSize, attributes);
  } catch (error) {
    wipeAttributes(attributes);
    throw error;
  }
  return {
    objectType,
    maxObjectSize: objectSize,
    objectSize,
    usage: view.getUint32(9),
    handleFlags: TEE_HANDLE_FLAG.PERSISTENT | TEE_HANDLE_FLAG.INITIALIZED,
    attributes,
  };
}
