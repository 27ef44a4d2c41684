import { SmError } from '@cssi/sm-core';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type {
  CreateDomainService,
  DomainAnswer,
  DomainHost,
  DomainRequest,
  DomainService,
  DomainStart,
  RpcAnswer,
  RpcRequest,
} from '../domain-protocol.ts';
import { plainAnswer } from './codec.ts';
import type { CallOptions, DomainLink, ExitReason, LinkHandlers, LinkOptions } from './link.ts';
import { rpcAnswer } from './own-answers.ts';
import { startFailure } from './start-failure.ts';

/** Opens a domain as an object in this thread: no isolation at all, for tests and debugging. */
export type OpenInProcess = (start: DomainStart, handlers: LinkHandlers, options: LinkOptions) => DomainLink;

/** Loads the trusted side into this realm; what it returns opens domains synchronously. */
export async function loadInProcess(): Promise<OpenInProcess> {
  const { loadCoreService, openService } = await import('../domain/services.ts');
  const core = await loadCoreService();
  return (start, handlers, options) => {
    const { instrument, clock } = options;
    const create = start.kind === 'core' ? core : openService({ instrument, clock });
    return new InProcessLink(start, handlers, create);
  };
}

export async function openInProcessLink(
  start: DomainStart,
  handlers: LinkHandlers,
  options: LinkOptions,
): Promise<DomainLink> {
  return (await loadInProcess())(start, handlers, options);
}

const dead = (): DomainAnswer => plainAnswer(TEEC_RESULTS.TARGET_DEAD, TEEC_ORIGINS.TEE);

/** A call runs to its end inside `call`; there are no time-outs and no cancellation once it runs. */
export class InProcessLink implements DomainLink {
  readonly #service: DomainService;
  readonly #handlers: LinkHandlers;
  #running: CallOptions | undefined;
  #reason: ExitReason = 'died';
  #dead = false;
  #exited = false;

  /** @throws {@link SmError} what the service's start fails with, ERR_TEE_START_FAILED */
  constructor(start: DomainStart, handlers: LinkHandlers, create: CreateDomainService) {
    this.#handlers = handlers;
    const host: DomainHost = {
      rpc: (request) => this.#rpc(request),
      event: (event) => handlers.onEvent(event),
    };
    try {
      this.#service = create(start, host);
    } catch (error) {
      if (error instanceof SmError) throw error;
      throw startFailure('ERR_TEE_START_FAILED', '');
    }
  }

  get dead(): boolean {
    return this.#dead;
  }

  get pending(): number {
    return this.#running === undefined ? 0 : 1;
  }

  residentBytes(): undefined {
    return undefined;
  }

  #rpc(request: RpcRequest): RpcAnswer {
    const { signal, timeoutMs } = this.#running ?? { timeoutMs: 0 };
    if (request.kind === 'cancelled') {
      return rpcAnswer(TEEC_RESULTS.SUCCESS, signal?.aborted === true ? 1 : 0);
    }
    if (request.kind === 'wait') {
      if (request.cancellable && signal?.aborted === true) return rpcAnswer(TEEC_RESULTS.SUCCESS, 1);
      // The caller's thread waits: there is no other here, and nobody who could end a wait that is too long.
      const longest = Math.min(request.milliseconds, timeoutMs);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, longest);
      return rpcAnswer(TEEC_RESULTS.SUCCESS, 0);
    }
    try {
      const answer = this.#handlers.onRpc(request, { signal, deadline: performance.now() + timeoutMs });
      if (!(answer instanceof Promise)) return answer;
      answer.catch(() => {});
    } catch {
      return rpcAnswer(TEEC_RESULTS.GENERIC);
    }
    return rpcAnswer(TEEC_RESULTS.NOT_SUPPORTED);
  }

  call(request: DomainRequest, options: CallOptions): Promise<DomainAnswer> {
    return Promise.resolve(this.#run(request, options));
  }

  callSync(request: DomainRequest): DomainAnswer {
    return this.#run(request, { timeoutMs: Number.MAX_SAFE_INTEGER });
  }

  #run(request: DomainRequest, options: CallOptions): DomainAnswer {
    if (this.#dead) return dead();
    if (options.signal?.aborted === true) return plainAnswer(TEEC_RESULTS.CANCEL, TEEC_ORIGINS.TEE);
    // An application that by way of another calls itself would wait for itself.
    if (this.#running !== undefined) return plainAnswer(TEEC_RESULTS.BUSY, TEEC_ORIGINS.TEE);
    this.#running = options;
    try {
      const answer = this.#service.handle(request);
      if (this.#service.ended === true) this.#finish('panicked');
      return answer;
    } catch {
      this.#finish('died');
      return dead();
    } finally {
      this.#running = undefined;
    }
  }

  kill(reason: ExitReason): void {
    this.#finish(reason);
  }

  #finish(reason: ExitReason): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#reason = reason;
    try {
      this.#service.destroy();
    } catch {
      // It is at its end either way.
    }
    queueMicrotask(() => {
      if (this.#exited) return;
      this.#exited = true;
      this.#handlers.onExit(this.#reason);
    });
  }

  async close(): Promise<void> {
    this.#finish('closed');
    await Promise.resolve();
  }
}
