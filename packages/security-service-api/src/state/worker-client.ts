import { Worker } from 'node:worker_threads';
import type { SmError } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS, type SecurityServiceErrorCode } from '../errors.ts';
import type {
  SqlFailure,
  WorkerRequest,
  WorkerResponse,
  WorkerResult,
  WorkerStart,
} from './worker-protocol.ts';

interface Pending {
  readonly resolve: (result: WorkerResult) => void;
  readonly reject: (error: Error) => void;
}

/** The error of a failed statement; the database's own text is not in its message. */
function failureError(failure: SqlFailure): SmError<SecurityServiceErrorCode> {
  const { sqlState, constraint } = failure;
  const code = sqlState?.startsWith('23') ? 'ERR_STATE_CONSTRAINT' : 'ERR_STATE_QUERY';
  const named = constraint === undefined ? '' : ` constraint=${constraint}`;
  return SECURITY_SERVICE_ERRORS.create(code, {
    detail: `sqlstate=${sqlState ?? 'none'}${named}`,
    cause: failure,
  });
}

/** The main thread's end of the database worker. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #gone = false;

  private constructor(entry: URL, start: WorkerStart) {
    this.#worker = new Worker(entry, { workerData: start });
    this.#worker.on('message', (response: WorkerResponse) => this.#settle(response));
    this.#worker.on('error', () => this.#stop());
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#stop();
        resolve();
      });
    });
  }

  /** Starts the worker and waits until its database is open. */
  static async start(entry: URL, start: WorkerStart): Promise<WorkerClient> {
    const client = new WorkerClient(entry, start);
    try {
      await new Promise<WorkerResult>((resolve, reject) => client.#pending.set(0, { resolve, reject }));
    } catch (cause) {
      await client.#worker.terminate();
      throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_OPEN_FAILED', { cause });
    }
    return client;
  }

  /** Resolves when the thread has ended, however that came. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  query(sql: string, parameters: readonly unknown[]): Promise<WorkerResult> {
    return this.#call((id) => ({ id, kind: 'query', sql, parameters }));
  }

  script(sql: string): Promise<WorkerResult> {
    return this.#call((id) => ({ id, kind: 'script', sql }));
  }

  /** Checkpoint, close, end of the thread. */
  async close(): Promise<void> {
    try {
      await this.#call((id) => ({ id, kind: 'close' }));
    } finally {
      await this.#worker.terminate();
      await this.#exited;
    }
  }

  #call(make: (id: number) => WorkerRequest): Promise<WorkerResult> {
    if (this.#gone) return Promise.reject(SECURITY_SERVICE_ERRORS.create('ERR_STATE_UNAVAILABLE'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      try {
        this.#worker.postMessage(make(id));
      } catch (cause) {
        // A parameter that cannot be copied to another thread, for example a function.
        this.#pending.delete(id);
        reject(SECURITY_SERVICE_ERRORS.create('ERR_STATE_QUERY', { detail: 'reason=parameter', cause }));
      }
    });
  }

  #settle(response: WorkerResponse): void {
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (response.ok) pending?.resolve(response.result);
    else pending?.reject(failureError(response.failure));
  }

  #stop(): void {
    this.#gone = true;
    for (const { reject } of this.#pending.values()) {
      reject(SECURITY_SERVICE_ERRORS.create('ERR_STATE_UNAVAILABLE'));
    }
    this.#pending.clear();
  }
}
