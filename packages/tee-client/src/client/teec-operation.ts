import {
  TEEC_CONFIG_PAYLOAD_REF_COUNT,
  TEEC_PARAM,
  TEEC_PARAM_TYPE_GET,
  type TeecParamType,
} from '../spec/v1/constants.ts';
import { teecError } from '../spec/v1/error.ts';
import type { TeecOperation, TeecParameter } from '../spec/v1/operation.ts';
import type { TEEC_Operation, TEEC_Parameter } from './teec-structs.ts';

const bad = (index: number, reason: string) =>
  teecError('BAD_PARAMETERS', 'API', { detail: `parameter=${index} reason=${reason}` });

function toParameter(parameter: TEEC_Parameter, type: TeecParamType, index: number): TeecParameter {
  switch (type) {
    case TEEC_PARAM.NONE:
      return { type };
    case TEEC_PARAM.VALUE_INPUT:
    case TEEC_PARAM.VALUE_OUTPUT:
    case TEEC_PARAM.VALUE_INOUT:
      return { type, a: parameter.value.a, b: parameter.value.b };
    case TEEC_PARAM.MEMREF_TEMP_INPUT:
    case TEEC_PARAM.MEMREF_TEMP_OUTPUT:
    case TEEC_PARAM.MEMREF_TEMP_INOUT:
      return { type, buffer: parameter.tmpref.buffer, size: parameter.tmpref.size };
    case TEEC_PARAM.MEMREF_WHOLE:
    case TEEC_PARAM.MEMREF_PARTIAL_INPUT:
    case TEEC_PARAM.MEMREF_PARTIAL_OUTPUT:
    case TEEC_PARAM.MEMREF_PARTIAL_INOUT: {
      const parent = parameter.memref.parent?.imp?.memory;
      if (parent === undefined) throw bad(index, 'unregistered-memory');
      return { type, parent, offset: parameter.memref.offset, size: parameter.memref.size };
    }
    default:
      throw bad(index, 'type');
  }
}

/**
 * The operation of a C structure.
 *
 * @throws {@link TeecError} BAD_PARAMETERS (origin API)
 */
export function toOperation(operation: TEEC_Operation, cancellation: AbortSignal): TeecOperation {
  const { paramTypes } = operation;
  if (!Number.isInteger(paramTypes) || paramTypes < 0 || paramTypes > 0xffff) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=paramTypes' });
  }
  const params: TeecParameter[] = [];
  for (let index = 0; index < TEEC_CONFIG_PAYLOAD_REF_COUNT; index++) {
    const type = TEEC_PARAM_TYPE_GET(paramTypes, index) as TeecParamType;
    params.push(toParameter(operation.params[index] as TEEC_Parameter, type, index));
  }
  return { params, cancellation };
}

/** Puts what a call left in its operation back into the structure. */
export function fromOperation(target: TEEC_Operation, { params }: TeecOperation): void {
  for (const [index, parameter] of params.entries()) {
    const slot = target.params[index];
    if (slot === undefined) continue;
    if ('a' in parameter) {
      if (parameter.type === TEEC_PARAM.VALUE_INPUT) continue;
      slot.value.a = parameter.a;
      slot.value.b = parameter.b;
    } else if ('parent' in parameter) {
      slot.memref.size = parameter.size;
    } else if ('buffer' in parameter) {
      slot.tmpref.size = parameter.size;
    }
  }
}
