import { CHANNEL_LIMITS } from '../../spec/v1/channel.ts';
import { TEEC_CONFIG_PAYLOAD_REF_COUNT } from '../../spec/v1/constants.ts';
import type { ModuleParameter, ModuleServiceRequest } from '../../spec/v1/module.ts';
import { TEEC_RESULTS } from '../../spec/v1/results.ts';

/** Longest memory parameter in bytes: 1 MiB. */
export const MAX_MEMORY_BYTES: number = 1 << 20;
/** What sealing adds, rounded up: a sealed block has to be one that can be given back. */
const SEALED_OVERHEAD_BYTES = 64;

const { BAD_PARAMETERS, NOT_SUPPORTED, OUT_OF_MEMORY, SUCCESS } = TEEC_RESULTS;

/** SUCCESS, or why parameters are not handed on. With it, all of a request is bounded, too. */
export function checkParams(params: readonly ModuleParameter[]): number {
  if (params.length > TEEC_CONFIG_PAYLOAD_REF_COUNT) return BAD_PARAMETERS;
  for (let i = 0; i < params.length; i++) {
    const parameter = params[i] as ModuleParameter;
    if (!('size' in parameter)) continue;
    if (parameter.size > MAX_MEMORY_BYTES) return OUT_OF_MEMORY;
    if (parameter.buffer.length > parameter.size) return BAD_PARAMETERS;
  }
  return SUCCESS;
}

/** SUCCESS, or why a request for a service is not handed on. */
export function checkService(request: ModuleServiceRequest): number {
  switch (request.service) {
    case 'seal':
      return fits(request.data.length + SEALED_OVERHEAD_BYTES, request.aad.length);
    case 'unseal':
      return fits(request.data.length, request.aad.length);
    case 'derive':
      return fits(request.label.length);
    case 'evidence':
      return fits(request.nonce.length, request.userData.length);
    case 'memory-write':
    case 'channel-call':
      return fits(request.data.length);
    case 'channel-open':
    case 'channel-finish':
      // A longer message has no form on the link.
      return request.data.length > CHANNEL_LIMITS.message ? OUT_OF_MEMORY : SUCCESS;
    case 'memory-allocate':
    case 'memory-grow':
    case 'memory-release':
    case 'channel-close':
      return SUCCESS;
    default:
      // What no type names has no form on the link either.
      return NOT_SUPPORTED;
  }
}

const fits = (...lengths: readonly number[]): number =>
  lengths.some((length) => length > MAX_MEMORY_BYTES) ? OUT_OF_MEMORY : SUCCESS;
