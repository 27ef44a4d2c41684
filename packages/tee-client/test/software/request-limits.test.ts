import { describe, expect, it } from 'vitest';
import { checkParams, checkService, MAX_MEMORY_BYTES } from '../../src/adapters/software/request-limits.ts';
import type { ModuleServiceRequest } from '../../src/spec/v1/module.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';

const { BAD_PARAMETERS, NOT_SUPPORTED, OUT_OF_MEMORY, SUCCESS } = TEEC_RESULTS;
const none = new Uint8Array(0);
const whole = new Uint8Array(MAX_MEMORY_BYTES);

describe('what the host hands on to a domain [part of CSSI-013]', () => {
  it.each([
    ['nothing', [], SUCCESS],
    ['the largest parameter', [{ type: 5, size: MAX_MEMORY_BYTES, buffer: whole }], SUCCESS],
    ['a larger one', [{ type: 6, size: MAX_MEMORY_BYTES + 1, buffer: none }], OUT_OF_MEMORY],
    ['more bytes than are offered', [{ type: 5, size: 1, buffer: new Uint8Array(2) }], BAD_PARAMETERS],
    ['five parameters', Array.from({ length: 5 }, () => ({ type: 0 as const })), BAD_PARAMETERS],
  ] as const)('parameters: %s', (_name, params, result) => {
    expect(checkParams(params)).toBe(result);
  });

  it.each([
    [{ service: 'memory-allocate', size: 1 }, SUCCESS],
    [{ service: 'unseal', data: whole, aad: none }, SUCCESS],
    [{ service: 'seal', data: whole, aad: none }, OUT_OF_MEMORY],
    [
      { service: 'memory-write', id: 1, offset: 0, data: new Uint8Array(MAX_MEMORY_BYTES + 1) },
      OUT_OF_MEMORY,
    ],
    [{ service: 'explode' } as unknown as ModuleServiceRequest, NOT_SUPPORTED],
    [{ service: undefined } as unknown as ModuleServiceRequest, NOT_SUPPORTED],
  ] as const)('services: %o', (request, result) => {
    expect(checkService(request)).toBe(result);
  });
});
