import { performance } from 'node:perf_hooks';
import type { DomainAnswer, DomainRequest } from '../domain-protocol.ts';
import type { CallOptions, RunningCall } from './link.ts';

/** A call that waits for its turn or runs. */
export interface Waiting extends RunningCall {
  readonly request: DomainRequest;
  readonly options: CallOptions;
  readonly resolve: (answer: DomainAnswer) => void;
  readonly onAbort: (() => void) | undefined;
  deadline: number;
}

/** What a domain works on after the goodbye: it may ask something of the host while it ends. */
export const lastCall = (timeoutMs: number): Waiting => ({
  request: { kind: 'close', session: 0 },
  options: { timeoutMs },
  resolve: () => {},
  signal: undefined,
  onAbort: undefined,
  deadline: performance.now() + timeoutMs,
});
