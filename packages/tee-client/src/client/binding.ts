import { TEEC_CONFIG_PAYLOAD_REF_COUNT, TEEC_MEM, TEEC_PARAM } from '../spec/v1/constants.ts';
import { type TeecError, teecError } from '../spec/v1/error.ts';
import type { ModuleAnswer, ModuleParameter } from '../spec/v1/module.ts';
import type {
  TeecOperation,
  TeecParameter,
  TeecRegisteredMemoryReference,
  TeecTempMemoryReference,
  TeecValue,
} from '../spec/v1/operation.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import { isU32, malformedAnswer } from './answer.ts';
import { SharedMemory } from './shared-memory.ts';

const { INPUT, OUTPUT } = TEEC_MEM;
const NO_PARAMS: readonly TeecParameter[] = [];
const NO_OPERATION: TeecOperation = Object.freeze({ params: NO_PARAMS });

const bad = (index: number, reason: string): TeecError =>
  teecError('BAD_PARAMETERS', 'API', { detail: `parameter=${index} reason=${reason}` });

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The caller's bytes a memory reference stands for, for this call. */
interface Window {
  readonly direction: number;
  readonly bytes: Uint8Array;
}

function tempWindow(parameter: TeecTempMemoryReference, index: number, max: number): Window {
  const { type, buffer, size } = parameter;
  if (!isSize(size)) throw bad(index, 'size');
  if (buffer !== null && !(buffer instanceof Uint8Array)) throw bad(index, 'buffer');
  if (size > (buffer?.length ?? 0)) throw bad(index, 'size');
  if (size > max) {
    throw teecError('OUT_OF_MEMORY', 'API', { detail: `parameter=${index} size=${size} max=${max}` });
  }
  // Of a detached buffer nothing can be taken, not even nothing.
  const bytes =
    buffer === null || size === 0
      ? new Uint8Array(0)
      : buffer.length === size
        ? buffer
        : buffer.subarray(0, size);
  return { direction: type & 3, bytes };
}

function registeredWindow(parameter: TeecRegisteredMemoryReference, index: number, owner: object): Window {
  const { type, parent, offset, size } = parameter;
  // §4.5: the block must belong to the context of the session.
  if (!(parent instanceof SharedMemory) || parent.owner !== owner) throw bad(index, 'foreign-memory');
  if (parent.released) throw bad(index, 'released-memory');
  // Detached, or a resizable buffer that shrank.
  if (parent.buffer.length !== parent.size) throw bad(index, 'detached-memory');
  if (type === TEEC_PARAM.MEMREF_WHOLE) return { direction: parent.flags, bytes: parent.buffer };
  if (!isSize(offset) || !isSize(size) || offset + size > parent.size) throw bad(index, 'bounds');
  const direction = type & 3;
  if ((direction & ~parent.flags) !== 0) throw bad(index, 'direction');
  return { direction, bytes: parent.buffer.subarray(offset, offset + size) };
}

function memoryParameter({ direction, bytes }: Window): ModuleParameter {
  // One copy of an input, none of an output. Not slice(): of a Buffer that is a view.
  const buffer = direction === OUTPUT || bytes.length === 0 ? new Uint8Array(0) : new Uint8Array(bytes);
  return { type: direction === INPUT ? 5 : direction === OUTPUT ? 6 : 7, size: bytes.length, buffer };
}

function valueParameter({ type, a, b }: TeecValue, index: number): ModuleParameter {
  // What the caller left in an output is not the application's to see.
  if (type === TEEC_PARAM.VALUE_OUTPUT) return { type, a: 0, b: 0 };
  if (!isU32(a) || !isU32(b)) throw bad(index, 'value');
  return { type, a, b };
}

/** An operation that was checked and whose inputs were copied, and the way its answer goes back. */
export class BoundOperation {
  readonly params: readonly ModuleParameter[];
  readonly cancellation: AbortSignal | undefined;
  readonly #operation: TeecOperation;
  readonly #given: readonly TeecParameter[];
  /** Where the output of a parameter goes. */
  readonly #targets: readonly (Uint8Array | undefined)[];

  /**
   * @param owner - the context whose shared memory may be named
   * @param max - most bytes of one memory parameter
   * @throws {@link TeecError} BAD_PARAMETERS, OUT_OF_MEMORY; CANCEL when cancelled before (origin API)
   */
  constructor(operation: TeecOperation | undefined, owner: object, max: number) {
    this.#operation = operation ?? NO_OPERATION;
    const list = this.#operation.params;
    if (!Array.isArray(list) || list.length > TEEC_CONFIG_PAYLOAD_REF_COUNT) {
      throw teecError('BAD_PARAMETERS', 'API', { detail: 'reason=parameters' });
    }
    // The list is the caller's; what it becomes during the call does not count.
    const given: readonly TeecParameter[] = [...list];
    this.#given = given;
    this.cancellation = this.#operation.cancellation;
    if (this.cancellation !== undefined) checkCancellation(this.cancellation);
    const params: ModuleParameter[] = [];
    const targets: (Uint8Array | undefined)[] = [];
    for (let index = 0; index < given.length; index++) {
      const window = this.#bind(given[index] as TeecParameter, index, params, owner, max);
      targets.push(window === undefined || window.direction === INPUT ? undefined : window.bytes);
    }
    this.params = params;
    this.#targets = targets;
  }

  #bind(
    parameter: TeecParameter,
    index: number,
    params: ModuleParameter[],
    owner: object,
    max: number,
  ): Window | undefined {
    if (parameter === null || typeof parameter !== 'object') throw bad(index, 'type');
    let window: Window;
    switch (parameter.type) {
      case TEEC_PARAM.NONE:
        params.push({ type: 0 });
        return undefined;
      case TEEC_PARAM.VALUE_INPUT:
      case TEEC_PARAM.VALUE_OUTPUT:
      case TEEC_PARAM.VALUE_INOUT:
        params.push(valueParameter(parameter, index));
        return undefined;
      case TEEC_PARAM.MEMREF_TEMP_INPUT:
      case TEEC_PARAM.MEMREF_TEMP_OUTPUT:
      case TEEC_PARAM.MEMREF_TEMP_INOUT:
        window = tempWindow(parameter, index, max);
        break;
      case TEEC_PARAM.MEMREF_WHOLE:
      case TEEC_PARAM.MEMREF_PARTIAL_INPUT:
      case TEEC_PARAM.MEMREF_PARTIAL_OUTPUT:
      case TEEC_PARAM.MEMREF_PARTIAL_INOUT:
        window = registeredWindow(parameter, index, owner);
        break;
      default:
        throw bad(index, 'type');
    }
    params.push(memoryParameter(window));
    return window;
  }

  /**
   * Writes the outputs of an answer to the caller's buffers and returns the operation as the call
   * left it. All of an answer is checked before the first byte of it is written.
   *
   * @throws {@link TeecError} COMMUNICATION (origin COMMS) for an answer that does not fit the call;
   * BAD_STATE (origin API) when the caller took a buffer away meanwhile
   */
  complete({ result, params: results }: ModuleAnswer): TeecOperation {
    const given = this.#given;
    // A call that never reached the application has no outputs.
    if (result !== TEEC_RESULTS.SUCCESS && results.length === 0) return this.#operation;
    if (results.length !== given.length) throw malformedAnswer('parameters');
    if (given.length === 0) return this.#operation;
    for (let index = 0; index < given.length; index++) {
      this.#check(results[index] as ModuleParameter, index, result === TEEC_RESULTS.SUCCESS);
    }
    const params: TeecParameter[] = new Array(given.length);
    for (let index = 0; index < given.length; index++) {
      params[index] = this.#output(given[index] as TeecParameter, results[index] as ModuleParameter, index);
    }
    return { ...this.#operation, params };
  }

  /** Throws unless a parameter of an answer fits that of the call. */
  #check(answer: ModuleParameter, index: number, success: boolean): void {
    const sent = this.params[index] as ModuleParameter;
    if (answer === null || typeof answer !== 'object' || answer.type !== sent.type) {
      throw malformedAnswer('parameter-type');
    }
    if (answer.type === 2 || answer.type === 3) {
      if (!isU32(answer.a) || !isU32(answer.b)) throw malformedAnswer('value');
      return;
    }
    const target = this.#targets[index];
    if (target === undefined || !('size' in answer) || !('size' in sent)) return;
    const { size, buffer } = answer;
    if (!isU32(size) || !(buffer instanceof Uint8Array)) throw malformedAnswer('memory');
    if (success && size <= sent.size && buffer.length !== size) throw malformedAnswer('memory');
    if (target.length !== sent.size) {
      throw teecError('BAD_STATE', 'API', { detail: `parameter=${index} reason=detached-memory` });
    }
  }

  /** Writes a checked output. */
  #output(parameter: TeecParameter, answer: ModuleParameter, index: number): TeecParameter {
    if (answer.type === 2 || answer.type === 3) return { type: answer.type, a: answer.a, b: answer.b };
    const target = this.#targets[index];
    if (target === undefined || !('size' in answer)) return parameter;
    const { size, buffer } = answer;
    // A size above the caller's is what the application requires; nothing of it was written.
    if (size <= target.length && size > 0 && buffer.length === size) target.set(buffer);
    if (buffer.length > 0) buffer.fill(0);
    return { ...parameter, size } as TeecParameter;
  }

  /** Zeroes the copies of the inputs; for when the module has answered. */
  wipe(): void {
    for (const parameter of this.params) {
      // A module may have transferred a buffer: then it is empty here.
      if ('buffer' in parameter && parameter.buffer.length > 0) parameter.buffer.fill(0);
    }
  }
}

/** @throws {@link TeecError} CANCEL (origin API) when cancellation was asked for before the call */
export function checkCancellation(signal: AbortSignal): void {
  if (!(signal instanceof AbortSignal)) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=cancellation' });
  }
  if (signal.aborted) throw teecError('CANCEL', 'API', { detail: 'reason=before-start' });
}
