import { TEEC_CONFIG_PAYLOAD_REF_COUNT, TEEC_MEM, TEEC_PARAM } from '../../spec/v1/constants.ts';
import { teecError } from '../../spec/v1/error.ts';
import type {
  TeecOperation,
  TeecParameter,
  TeecRegisteredMemoryReference,
  TeecTempMemoryReference,
  TeecValue,
} from '../../spec/v1/operation.ts';
import type { WireParameter, WireResult } from './protocol.ts';
import { MAX_MEMORY_BYTES, SharedMemory } from './shared-memory.ts';

const { INPUT, OUTPUT } = TEEC_MEM;
const NO_BYTES = new Uint8Array(0);

const bad = (index: number, reason: string) =>
  teecError('BAD_PARAMETERS', 'API', { detail: `parameter=${index} reason=${reason}` });

const isU32 = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** A memory reference with its direction and the caller's bytes it stands for. */
interface Window {
  readonly direction: number;
  readonly bytes: Uint8Array;
}

/** Wire type of a memory reference: 5, 6 or 7 for in, out and both. */
const wireType = (direction: number): 5 | 6 | 7 => (direction === INPUT ? 5 : direction === OUTPUT ? 6 : 7);

function tempWindow(parameter: TeecTempMemoryReference, index: number): Window {
  const { type, buffer, size } = parameter;
  if (!isSize(size)) throw bad(index, 'size');
  if (size > MAX_MEMORY_BYTES) {
    throw teecError('OUT_OF_MEMORY', 'API', {
      detail: `parameter=${index} size=${size} max=${MAX_MEMORY_BYTES}`,
    });
  }
  if (buffer !== null && !(buffer instanceof Uint8Array)) throw bad(index, 'buffer');
  if (size > (buffer?.length ?? 0)) throw bad(index, 'size');
  return { direction: type & 3, bytes: buffer?.subarray(0, size) ?? NO_BYTES };
}

function registeredWindow(parameter: TeecRegisteredMemoryReference, index: number, owner: object): Window {
  const { type, parent, offset, size } = parameter;
  if (!(parent instanceof SharedMemory) || parent.owner !== owner) throw bad(index, 'foreign-memory');
  if (parent.released) throw bad(index, 'released-memory');
  if (type === TEEC_PARAM.MEMREF_WHOLE) return { direction: parent.flags, bytes: parent.buffer };
  if (!isSize(offset) || !isSize(size) || offset + size > parent.size) throw bad(index, 'bounds');
  const direction = type & 3;
  if ((direction & ~parent.flags) !== 0) throw bad(index, 'direction');
  return { direction, bytes: parent.buffer.subarray(offset, offset + size) };
}

function windowOf(parameter: TeecParameter, index: number, owner: object): Window | undefined {
  switch (parameter.type) {
    case TEEC_PARAM.MEMREF_TEMP_INPUT:
    case TEEC_PARAM.MEMREF_TEMP_OUTPUT:
    case TEEC_PARAM.MEMREF_TEMP_INOUT:
      return tempWindow(parameter, index);
    case TEEC_PARAM.MEMREF_WHOLE:
    case TEEC_PARAM.MEMREF_PARTIAL_INPUT:
    case TEEC_PARAM.MEMREF_PARTIAL_OUTPUT:
    case TEEC_PARAM.MEMREF_PARTIAL_INOUT:
      return registeredWindow(parameter, index, owner);
    default:
      return undefined;
  }
}

function wireValue(parameter: TeecValue, index: number): WireParameter {
  const { type, a, b } = parameter;
  // Outputs start as zero: what the caller left there is not the application's to see.
  if (type === TEEC_PARAM.VALUE_OUTPUT) return { type, a: 0, b: 0 };
  if (!isU32(a) || !isU32(b)) throw bad(index, 'value');
  return { type, a, b };
}

/** An operation that was checked and copied, and the way its answer goes back. */
export interface BoundOperation {
  readonly params: readonly WireParameter[];
  /** The buffers of `params`, which may be transferred: they are copies. */
  readonly transfer: readonly ArrayBuffer[];
  /** Writes outputs to the caller's buffers and returns the operation as the call left it. */
  complete(results: readonly WireResult[]): TeecOperation;
}

/**
 * Checks an operation and copies its inputs.
 *
 * @throws {@link TeecError} BAD_PARAMETERS, OUT_OF_MEMORY (origin API)
 */
export function bindOperation(operation: TeecOperation | undefined, owner: object): BoundOperation {
  const given: readonly TeecParameter[] = operation?.params ?? [];
  if (!Array.isArray(given) || given.length > TEEC_CONFIG_PAYLOAD_REF_COUNT) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'reason=parameters' });
  }
  const transfer: ArrayBuffer[] = [];
  const windows: (Window | undefined)[] = [];
  const params = given.map((parameter: TeecParameter, index): WireParameter => {
    if (parameter === null || typeof parameter !== 'object') throw bad(index, 'type');
    const window = windowOf(parameter, index, owner);
    windows.push(window);
    if (window !== undefined) {
      const buffer = window.direction === OUTPUT ? new Uint8Array(0) : Uint8Array.from(window.bytes);
      transfer.push(buffer.buffer);
      return { type: wireType(window.direction), buffer, size: window.bytes.length };
    }
    switch (parameter.type) {
      case TEEC_PARAM.NONE:
        return { type: 0 };
      case TEEC_PARAM.VALUE_INPUT:
      case TEEC_PARAM.VALUE_OUTPUT:
      case TEEC_PARAM.VALUE_INOUT:
        return wireValue(parameter, index);
      default:
        throw bad(index, 'type');
    }
  });

  const complete = (results: readonly WireResult[]): TeecOperation => ({
    ...operation,
    params: given.map((parameter: TeecParameter, index): TeecParameter => {
      const result = results[index];
      const window = windows[index];
      if (result === undefined) return parameter;
      if (window !== undefined && 'size' in result && (window.direction & OUTPUT) !== 0) {
        if (result.buffer !== undefined && result.buffer.length <= window.bytes.length) {
          window.bytes.set(result.buffer);
          result.buffer.fill(0);
        }
        return { ...parameter, size: result.size } as TeecParameter;
      }
      if ('a' in parameter && 'a' in result && parameter.type !== TEEC_PARAM.VALUE_INPUT) {
        return { type: parameter.type, a: result.a, b: result.b };
      }
      return parameter;
    }),
  });
  return { params, transfer, complete };
}
