import type { TeecContext, TeecSession, TeecSessionOptions, TeecSharedMemory } from '../spec/v1/client.ts';
import { TeecError, teecError } from '../spec/v1/error.ts';
import type { ModuleAnswer, ModuleClient, SecurityModule } from '../spec/v1/module.ts';
import type { TeecOperation } from '../spec/v1/operation.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { BoundOperation } from './binding.ts';
import type { ModuleSession } from './module-session.ts';
import { checkCommand, contextFinalized, destinationUuid, openModuleSession } from './open-session.ts';
import { allocateBuffer, checkMemory, SharedMemory } from './shared-memory.ts';

/** What a context needs to know of its TEE. */
export interface ContextHost {
  readonly module: SecurityModule;
  readonly maxMemoryBytes: number;
  /** Who calls. @throws {@link TeecError} for a login that cannot be vouched for */
  identify(options: TeecSessionOptions): ModuleClient;
}

/** The outputs of an answer, thrown where it is no success. */
function settle(answer: ModuleAnswer, bound: BoundOperation): TeecOperation {
  const operation = bound.complete(answer);
  if (answer.result === TEEC_RESULTS.SUCCESS) return operation;
  throw new TeecError(answer.result, answer.origin, { operation });
}

class ClientSession implements TeecSession {
  readonly operation?: TeecOperation;
  readonly #context: ClientContext;
  readonly #session: ModuleSession;
  readonly #max: number;

  constructor(context: ClientContext, session: ModuleSession, max: number, operation?: TeecOperation) {
    this.#context = context;
    this.#session = session;
    this.#max = max;
    if (operation !== undefined) this.operation = operation;
  }

  async invokeCommand(commandId: number, operation?: TeecOperation): Promise<TeecOperation> {
    this.#session.checkUsable();
    checkCommand(commandId);
    const bound = new BoundOperation(operation, this.#context, this.#max);
    try {
      return settle(await this.#session.invoke(commandId, bound.params, bound.cancellation), bound);
    } finally {
      bound.wipe();
    }
  }

  close(): Promise<void> {
    const closing = this.#session.close();
    // Not before the end: finalize waits for sessions that are being closed, too.
    void closing.then(() => this.#context.forget(this));
    return closing;
  }
}

/** A context on one security module. */
export class ClientContext implements TeecContext {
  readonly #host: ContextHost;
  readonly #sessions = new Set<ClientSession>();
  readonly #opening = new Set<Promise<unknown>>();
  readonly #memory = new Set<SharedMemory>();
  #finalizing: Promise<void> | undefined;

  constructor(host: ContextHost) {
    this.#host = host;
  }

  #checkOpen(): void {
    if (this.#finalizing !== undefined) throw contextFinalized();
  }

  /** @internal */
  forget(session: ClientSession): void {
    this.#sessions.delete(session);
  }

  async openSession(destination: TeecUuid, options: TeecSessionOptions = {}): Promise<TeecSession> {
    this.#checkOpen();
    const uuid = destinationUuid(destination);
    const client = this.#host.identify(options);
    const bound = new BoundOperation(options.operation, this, this.#host.maxMemoryBytes);
    const opening = this.#open(uuid, client, bound, options.operation !== undefined);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
      bound.wipe();
    }
  }

  async #open(
    uuid: TeecUuid,
    client: ModuleClient,
    bound: BoundOperation,
    withOperation: boolean,
  ): Promise<TeecSession> {
    const { module, maxMemoryBytes } = this.#host;
    const opened = await openModuleSession(module, uuid, client, bound.params, bound.cancellation);
    try {
      const operation = settle(opened.answer, bound);
      this.#checkOpen();
      const session = new ClientSession(
        this,
        opened.session as ModuleSession,
        maxMemoryBytes,
        withOperation ? operation : undefined,
      );
      this.#sessions.add(session);
      return session;
    } catch (error) {
      // Opened over there, unusable here: it must not stay behind.
      await opened.session?.close();
      throw error;
    }
  }

  registerSharedMemory(buffer: Uint8Array, flags: number): TeecSharedMemory {
    this.#checkOpen();
    if (!(buffer instanceof Uint8Array)) {
      throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=buffer' });
    }
    checkMemory(buffer.length, flags, this.#host.maxMemoryBytes);
    return this.#share(buffer, flags);
  }

  allocateSharedMemory(size: number, flags: number): TeecSharedMemory {
    this.#checkOpen();
    checkMemory(size, flags, this.#host.maxMemoryBytes);
    return this.#share(allocateBuffer(size), flags);
  }

  #share(buffer: Uint8Array, flags: number): TeecSharedMemory {
    const memory = new SharedMemory(this, buffer, flags, (block) => this.#memory.delete(block));
    this.#memory.add(memory);
    return memory;
  }

  finalize(): Promise<void> {
    this.#finalizing ??= this.#finalize();
    return this.#finalizing;
  }

  async #finalize(): Promise<void> {
    for (const memory of [...this.#memory]) memory.release();
    const open = [...this.#sessions].map((session) => session.close());
    // Sessions on their way are closed by #open when they arrive.
    await Promise.allSettled([...open, ...this.#opening]);
  }
}
