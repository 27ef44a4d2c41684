import type { ModuleParameter } from '../../../spec/v1/module.ts';
import { TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { DomainAnswer, DomainRequest } from '../domain-protocol.ts';

/**
 * Does the answer fit what was asked? A domain is not trusted with the caller's memory: parameters
 * keep their number and types, and outputs stay within what was offered.
 */
export function answerFits(request: DomainRequest, answer: DomainAnswer): boolean {
  if (request.kind !== 'open' && request.kind !== 'invoke') return answer.params.length === 0;
  const asked = request.params;
  if (answer.params.length === 0) return answer.result !== TEEC_RESULTS.SUCCESS || asked.length === 0;
  if (answer.params.length !== asked.length) return false;
  for (let i = 0; i < asked.length; i++) {
    if (!parameterFits(asked[i] as ModuleParameter, answer.params[i] as ModuleParameter, answer.result)) {
      return false;
    }
  }
  return true;
}

function parameterFits(asked: ModuleParameter, given: ModuleParameter, result: number): boolean {
  if (asked.type !== given.type) return false;
  if (!('size' in asked) || !('size' in given)) return true;
  if (asked.type === 5) return given.buffer.length === 0;
  if (given.buffer.length > asked.size) return false;
  return result !== TEEC_RESULTS.SUCCESS || given.buffer.length === given.size;
}
