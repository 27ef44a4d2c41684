import type { TeecContext, TeecSession, TeecSessionOptions, TeecSharedMemory } from '../../spec/v1/client.ts';
import { TEEC_LOGIN } from '../../spec/v1/constants.ts';
import { TeecError, teecError } from '../../spec/v1/error.ts';
import type { TeecOperation } from '../../spec/v1/operation.ts';
import { TEEC_RESULTS } from '../../spec/v1/results.ts';
import { normalizeUuid } from '../../spec/v1/uuid.ts';
import { bindOperation } from './parameters.ts';
import type { WorkerAnswer } from './protocol.ts';
import { checkMemory, SharedMemory } from './shared-memory.ts';
import type { WorkerLink } from './worker-link.ts';

const LOGINS: readonly number[] = Object.values(TEEC_LOGIN);

/** Finds the running application of a UUID, and starts it when it is not running. */
export type FindApplication = (uuid: string) => Promise<WorkerLink>;

function settle(answer: WorkerAnswer, operation: TeecOperation): TeecOperation {
  if (answer.result === TEEC_RESULTS.SUCCESS) return operation;
  throw new TeecError(answer.result, answer.origin, { operation });
}

function destinationUuid(destination: string): string {
  try {
    return normalizeUuid(destination);
  } catch (cause) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=destination', cause });
  }
}

function checkLogin({ connectionMethod = TEEC_LOGIN.PUBLIC, connectionData }: TeecSessionOptions): void {
  if (!LOGINS.includes(connectionMethod)) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=connectionMethod' });
  }
  // The host process is one user and one application: it could only vouch for itself.
  if (connectionMethod !== TEEC_LOGIN.PUBLIC) {
    throw teecError('NOT_SUPPORTED', 'TEE', { detail: 'parameter=connectionMethod' });
  }
  if (connectionData !== undefined) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=connectionData' });
  }
}

class SoftwareSession implements TeecSession {
  readonly operation?: TeecOperation;
  readonly #context: SoftwareContext;
  readonly #link: WorkerLink;
  readonly #session: number;
  #closed = false;

  constructor(context: SoftwareContext, link: WorkerLink, session: number, operation?: TeecOperation) {
    this.#context = context;
    this.#link = link;
    this.#session = session;
    if (operation !== undefined) this.operation = operation;
  }

  async invokeCommand(commandId: number, operation?: TeecOperation): Promise<TeecOperation> {
    if (this.#closed) throw teecError('BAD_STATE', 'API', { detail: 'reason=session-closed' });
    if (!Number.isInteger(commandId) || commandId < 0 || commandId > 0xffffffff) {
      throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=commandId' });
    }
    const bound = bindOperation(operation, this.#context);
    const request = { kind: 'invoke', session: this.#session, commandId, params: bound.params } as const;
    const answer = await this.#link.call(request, bound.transfer, operation?.cancellation);
    return settle(answer, bound.complete(answer.params));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.forget(this);
    try {
      await this.#link.call({ kind: 'close', session: this.#session }, []);
    } catch {
      // The application is gone, and its sessions with it.
    }
  }
}

/** A context of the software TEE. */
export class SoftwareContext implements TeecContext {
  readonly #find: FindApplication;
  readonly #onFinalize: (context: SoftwareContext) => void;
  readonly #sessions = new Set<SoftwareSession>();
  readonly #memory = new Set<SharedMemory>();
  #finalized = false;

  constructor(find: FindApplication, onFinalize: (context: SoftwareContext) => void) {
    this.#find = find;
    this.#onFinalize = onFinalize;
  }

  #checkOpen(): void {
    if (this.#finalized) throw teecError('BAD_STATE', 'API', { detail: 'reason=context-finalized' });
  }

  /** @internal */
  forget(session: SoftwareSession): void {
    this.#sessions.delete(session);
  }

  async openSession(destination: string, options: TeecSessionOptions = {}): Promise<TeecSession> {
    this.#checkOpen();
    const uuid = destinationUuid(destination);
    checkLogin(options);
    const { operation } = options;
    const bound = bindOperation(operation, this);
    const link = await this.#find(uuid);
    const answer = await link.call(
      { kind: 'open', params: bound.params },
      bound.transfer,
      operation?.cancellation,
    );
    const completed = settle(answer, bound.complete(answer.params));
    if (answer.session === undefined) throw teecError('COMMUNICATION', 'COMMS');
    const session = new SoftwareSession(
      this,
      link,
      answer.session,
      operation === undefined ? undefined : completed,
    );
    if (this.#finalized) {
      await session.close();
      this.#checkOpen();
    }
    this.#sessions.add(session);
    return session;
  }

  registerSharedMemory(buffer: Uint8Array, flags: number): TeecSharedMemory {
    this.#checkOpen();
    if (!(buffer instanceof Uint8Array)) {
      throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=buffer' });
    }
    return this.#share(buffer.length, flags, () => buffer);
  }

  allocateSharedMemory(size: number, flags: number): TeecSharedMemory {
    this.#checkOpen();
    return this.#share(size, flags, () => new Uint8Array(size));
  }

  #share(size: number, flags: number, buffer: () => Uint8Array): TeecSharedMemory {
    checkMemory(size, flags);
    const memory = new SharedMemory(this, buffer(), flags, () => this.#memory.delete(memory));
    this.#memory.add(memory);
    return memory;
  }

  async finalize(): Promise<void> {
    if (this.#finalized) return;
    this.#finalized = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
    for (const memory of [...this.#memory]) memory.release();
    this.#onFinalize(this);
  }
}
