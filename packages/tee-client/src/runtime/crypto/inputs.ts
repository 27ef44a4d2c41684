import { TeeError } from '../../spec/v1/internal/error.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';

/**
 * What a trusted application passes in. The values live in its compartment: an array may be a subclass
 * whose `length` or `subarray` runs the application's code, so bytes are reached through the intrinsic
 * getters only, and everything is read before any state of the runtime is looked at.
 */

const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype) as object;
const intrinsic = (name: PropertyKey): (() => unknown) =>
  Object.getOwnPropertyDescriptor(TYPED_ARRAY, name)?.get as () => unknown;
const tagOf = intrinsic(Symbol.toStringTag);
const bufferOf = intrinsic('buffer');
const offsetOf = intrinsic('byteOffset');
const lengthOf = intrinsic('length');

const U32_MAX = 0xffffffff;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A plain array over the same bytes; there is none over memory that was given away. */
function plainBytes(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Reflect.apply(tagOf, value, []) !== 'Uint8Array') return undefined;
  const buffer = Reflect.apply(bufferOf, value, []) as ArrayBufferLike;
  const offset = Reflect.apply(offsetOf, value, []) as number;
  const length = Reflect.apply(lengthOf, value, []) as number;
  try {
    return new Uint8Array(buffer, offset, length);
  } catch {
    return undefined;
  }
}

/** The caller's own memory, to be written to. Not a byte array is a panic. */
export function outputOf(context: RuntimeContext, name: string, value: unknown): Uint8Array {
  return plainBytes(value) ?? context.panic(PANIC_BAD_PARAMETERS, `${name}: not a Uint8Array`);
}

/**
 * Bytes for the time of the call; a copy where another thread could change them meanwhile. Not a byte
 * array is a panic.
 */
export function bytesOf(context: RuntimeContext, name: string, value: unknown): Uint8Array {
  const bytes = outputOf(context, name, value);
  return bytes.buffer instanceof ArrayBuffer ? bytes : Uint8Array.from(bytes);
}

/** As {@link bytesOf}; `null` is no bytes. */
export function optionalBytesOf(context: RuntimeContext, name: string, value: unknown): Uint8Array {
  return value === null || value === undefined ? NO_BYTES : bytesOf(context, name, value);
}

/** A 32-bit number; another value is a panic. */
export function u32Of(context: RuntimeContext, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= U32_MAX) return value;
  return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a 32-bit number`);
}

/** A set of 32 bits; also as the signed number that `~` and `|` of the language give. */
export function bitsOf(context: RuntimeContext, name: string, value: unknown): number {
  const signed = typeof value === 'number' && Number.isInteger(value) && value < 0 && value >= -0x80000000;
  return signed ? value >>> 0 : u32Of(context, name, value);
}

/** Length of an output buffer; without one, everything fits. */
export function sizeOf(context: RuntimeContext, name: string, value: unknown): number {
  return value === undefined ? Number.POSITIVE_INFINITY : u32Of(context, name, value);
}

/** @throws TeeError SHORT_BUFFER when `required` bytes do not fit */
export function checkFits(required: number, size: number): void {
  if (required > size) throw new TeeError('SHORT_BUFFER', { required });
}
