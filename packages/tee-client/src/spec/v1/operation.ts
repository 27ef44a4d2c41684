import type { TeecSharedMemory } from './client.ts';
import {
  TEEC_CONFIG_PAYLOAD_REF_COUNT,
  TEEC_PARAM,
  TEEC_PARAM_TYPES,
  type TeecParamType,
} from './constants.ts';

/**
 * An unused parameter.
 *
 * @group Operation
 */
export interface TeecNone {
  readonly type: typeof TEEC_PARAM.NONE;
}

/**
 * Two unsigned 32-bit numbers.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_Value
 * @group Operation
 */
export interface TeecValue {
  readonly type:
    | typeof TEEC_PARAM.VALUE_INPUT
    | typeof TEEC_PARAM.VALUE_OUTPUT
    | typeof TEEC_PARAM.VALUE_INOUT;
  readonly a: number;
  readonly b: number;
}

/**
 * A buffer lent for one call. The buffer stays the caller's: inputs are not changed, outputs
 * are written into its first `size` bytes. `null` with size 0 asks an output for its size.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_TempMemoryReference
 * @group Operation
 */
export interface TeecTempMemoryReference {
  readonly type:
    | typeof TEEC_PARAM.MEMREF_TEMP_INPUT
    | typeof TEEC_PARAM.MEMREF_TEMP_OUTPUT
    | typeof TEEC_PARAM.MEMREF_TEMP_INOUT;
  readonly buffer: Uint8Array | null;
  /** Bytes offered; in the answer the bytes written, or with SHORT_BUFFER the bytes required. */
  readonly size: number;
}

/**
 * A whole shared memory block or a part of one. For MEMREF_WHOLE the directions are the block's
 * flags, and `offset` and `size` of the call are ignored.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_RegisteredMemoryReference
 * @group Operation
 */
export interface TeecRegisteredMemoryReference {
  readonly type:
    | typeof TEEC_PARAM.MEMREF_WHOLE
    | typeof TEEC_PARAM.MEMREF_PARTIAL_INPUT
    | typeof TEEC_PARAM.MEMREF_PARTIAL_OUTPUT
    | typeof TEEC_PARAM.MEMREF_PARTIAL_INOUT;
  readonly parent: TeecSharedMemory;
  readonly offset: number;
  readonly size: number;
}

/**
 * One parameter of an operation.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_Parameter
 * @group Operation
 */
export type TeecParameter = TeecNone | TeecValue | TeecTempMemoryReference | TeecRegisteredMemoryReference;

/**
 * The payload of a call: up to four parameters (missing ones are NONE).
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_Operation
 * @group Operation
 */
export interface TeecOperation {
  readonly params: readonly TeecParameter[];
  /**
   * Takes the place of TEEC_RequestCancellation: aborting it asks for cancellation. Aborted before the
   * call, the call is refused with CANCEL (origin API); while it waits its turn, it ends with CANCEL.
   * Afterwards that is a wish, as in the standard: where the module declares `cancellation`, the
   * application sees it, and it may finish all the same.
   *
   * @standard GPD_SPE_007 v1.0 §4.5
   */
  readonly cancellation?: AbortSignal;
}

/**
 * Makes parameters.
 *
 * @example
 * ```ts
 * const operation = { params: [teecParam.tempInput(data), teecParam.tempOutput(32)] };
 * ```
 * @group Operation
 */
export const teecParam = {
  none: (): TeecNone => ({ type: TEEC_PARAM.NONE }),
  valueInput: (a: number, b = 0): TeecValue => ({ type: TEEC_PARAM.VALUE_INPUT, a, b }),
  valueOutput: (): TeecValue => ({ type: TEEC_PARAM.VALUE_OUTPUT, a: 0, b: 0 }),
  valueInout: (a: number, b = 0): TeecValue => ({ type: TEEC_PARAM.VALUE_INOUT, a, b }),
  tempInput: (buffer: Uint8Array): TeecTempMemoryReference => ({
    type: TEEC_PARAM.MEMREF_TEMP_INPUT,
    buffer,
    size: buffer.length,
  }),
  /** Output into `target`, or into a new buffer of `target` bytes; 0 asks for the size. */
  tempOutput: (target: Uint8Array | number): TeecTempMemoryReference => {
    const buffer = typeof target === 'number' ? (target === 0 ? null : new Uint8Array(target)) : target;
    return { type: TEEC_PARAM.MEMREF_TEMP_OUTPUT, buffer, size: buffer?.length ?? 0 };
  },
  tempInout: (buffer: Uint8Array): TeecTempMemoryReference => ({
    type: TEEC_PARAM.MEMREF_TEMP_INOUT,
    buffer,
    size: buffer.length,
  }),
  whole: (parent: TeecSharedMemory): TeecRegisteredMemoryReference => ({
    type: TEEC_PARAM.MEMREF_WHOLE,
    parent,
    offset: 0,
    size: parent.size,
  }),
  partialInput: (parent: TeecSharedMemory, offset: number, size: number): TeecRegisteredMemoryReference => ({
    type: TEEC_PARAM.MEMREF_PARTIAL_INPUT,
    parent,
    offset,
    size,
  }),
  partialOutput: (parent: TeecSharedMemory, offset: number, size: number): TeecRegisteredMemoryReference => ({
    type: TEEC_PARAM.MEMREF_PARTIAL_OUTPUT,
    parent,
    offset,
    size,
  }),
  partialInout: (parent: TeecSharedMemory, offset: number, size: number): TeecRegisteredMemoryReference => ({
    type: TEEC_PARAM.MEMREF_PARTIAL_INOUT,
    parent,
    offset,
    size,
  }),
} as const;

/**
 * The packed `paramTypes` of an operation; parameters after the fourth do not count.
 *
 * @group Operation
 */
export function operationParamTypes(operation: TeecOperation): number {
  const at = (index: number): TeecParamType =>
    index < TEEC_CONFIG_PAYLOAD_REF_COUNT ? (operation.params[index]?.type ?? TEEC_PARAM.NONE) : 0;
  return TEEC_PARAM_TYPES(at(0), at(1), at(2), at(3));
}

/**
 * The bytes an output parameter of an answer holds: a view of the caller's buffer, `size` long
 * (as long as the buffer where `size` is more, as with SHORT_BUFFER); `undefined` where the parameter
 * is no memory reference.
 *
 * @group Operation
 */
export function outputBytes(operation: TeecOperation, index: number): Uint8Array | undefined {
  const parameter = operation.params[index];
  if (parameter === undefined) return undefined;
  if ('parent' in parameter) {
    // The offset of a whole block does not count.
    const offset = parameter.type === TEEC_PARAM.MEMREF_WHOLE ? 0 : parameter.offset;
    return parameter.parent.buffer.subarray(offset, offset + parameter.size);
  }
  if ('buffer' in parameter) return parameter.buffer?.subarray(0, parameter.size) ?? new Uint8Array(0);
  return undefined;
}
