import { performance } from 'node:perf_hooks';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { RpcAnswer, RpcRequest } from '../domain-protocol.ts';
import type { RunningCall } from './link.ts';

/** What a timer of Node takes; a longer time would fire at once. */
export const LONGEST_TIMER_MS = 0x7fffffff;
/** After its deadline a call is ended, and nobody waits for the answer to a question of it. */
const AFTER_DEADLINE_MS = 1000;

/** An answer of a result only. */
export const rpcAnswer = (result: number, value = 0): RpcAnswer => ({
  result,
  origin: TEEC_ORIGINS.TEE,
  value,
  parts: [],
});

/** What the link answers itself, knowing the call: `cancelled` and `wait`. Undefined for the rest. */
export function ownAnswer(
  request: RpcRequest,
  call: RunningCall,
): RpcAnswer | Promise<RpcAnswer> | undefined {
  const { signal } = call;
  if (request.kind === 'cancelled') {
    return rpcAnswer(TEEC_RESULTS.SUCCESS, signal?.aborted === true ? 1 : 0);
  }
  if (request.kind !== 'wait') return undefined;
  if (request.cancellable && signal?.aborted === true) return rpcAnswer(TEEC_RESULTS.SUCCESS, 1);
  const left = call.deadline - performance.now() + AFTER_DEADLINE_MS;
  const milliseconds = Math.min(request.milliseconds, Math.max(left, 0), LONGEST_TIMER_MS);
  return new Promise((resolve) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve(rpcAnswer(TEEC_RESULTS.SUCCESS, 1));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(rpcAnswer(TEEC_RESULTS.SUCCESS, 0));
    }, milliseconds);
    // A domain may die while it waits. The link's own timer keeps the process alive while it lives.
    timer.unref();
    if (request.cancellable) signal?.addEventListener('abort', onAbort, { once: true });
  });
}
