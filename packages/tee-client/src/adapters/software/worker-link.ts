import { Worker, type WorkerOptions } from 'node:worker_threads';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../errors.ts';
import { teecError } from '../../spec/v1/error.ts';
import type { HostMessage, HostRequest, WorkerAnswer, WorkerMessage, WorkerStart } from './protocol.ts';

/** Requests the worker is given at a time; the rest wait here, where they can be cancelled. */
const IN_FLIGHT = 8;
const START_MS = 60_000;
const SHUTDOWN_MS = 2_000;

/** Starts a worker. Tests put their own in its place to reach the thread. */
export type StartWorker = (file: string, options: WorkerOptions) => Worker;

/** Limits of one link. */
export interface LinkOptions {
  readonly file: string;
  /** The worker is ended when it owes an answer and gives none for so long. */
  readonly timeoutMs: number;
  /** Requests that may wait; above it calls are refused with BUSY. */
  readonly maxPending: number;
  readonly startWorker: StartWorker;
  readonly clock: () => Date;
}

interface Pending {
  readonly request: HostRequest;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/**
 * The host's end of one worker. Requests reach the worker in the order of their calls. Once the
 * worker is gone the link stays dead; whoever needs the application starts a new one.
 */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #options: LinkOptions;
  readonly #sent = new Map<number, Pending>();
  #queue: Pending[] = [];
  #nextId = 1;
  #watchdog: NodeJS.Timeout | undefined;
  #dead = false;
  #timedOut = false;
  readonly #exited: Promise<void>;
  #publicInfo: Readonly<Record<string, Uint8Array>> = {};

  private constructor(start: WorkerStart, options: LinkOptions) {
    this.#options = options;
    this.#worker = options.startWorker(options.file, {
      workerData: start,
      // Nothing of the host's environment, arguments or loaders reaches the trusted side.
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      // Whatever the worker prints goes to streams that nobody reads: a stack trace could hold data
      // of a call. Reading them, even to drop it, would keep an idle process alive.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
      name: `tee ${start.uuid.slice(0, 8)}`,
    });
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('error', () => this.#die());
    this.#worker.on('exit', () => this.#die());
  }

  /**
   * Starts a worker and waits until its application is ready.
   *
   * @throws {@link SmError} what the application's start failed with, ERR_TEE_START_FAILED
   */
  static async start(start: WorkerStart, options: LinkOptions): Promise<WorkerLink> {
    const link = new WorkerLink(start, options);
    await link.#ready();
    return link;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** What the application shows without a session. */
  get publicInfo(): Readonly<Record<string, Uint8Array>> {
    return this.#publicInfo;
  }

  #ready(): Promise<void> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => void worker.terminate(), START_MS);
      worker.once('exit', () => {
        clearTimeout(timer);
        reject(TEE_CLIENT_ERRORS.create('ERR_TEE_START_FAILED'));
      });
      worker.once('message', (message: WorkerMessage) => {
        clearTimeout(timer);
        if (message.kind === 'ready') {
          this.#publicInfo = message.publicInfo;
          worker.on('message', (next: WorkerMessage) => this.#receive(next));
          worker.unref();
          resolve();
          return;
        }
        const { code, detail } =
          message.kind === 'failed' ? message : { code: 'ERR_TEE_START_FAILED', detail: undefined };
        const known: TeeClientErrorCode = Object.hasOwn(TEE_CLIENT_ERRORS.table, code)
          ? (code as TeeClientErrorCode)
          : 'ERR_TEE_START_FAILED';
        reject(TEE_CLIENT_ERRORS.create(known, detail === undefined ? {} : { detail }));
        void worker.terminate();
      });
    });
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws {@link TeecError} TARGET_DEAD, TIMEOUT, BUSY, CANCEL
   */
  call(request: HostRequest, transfer: readonly ArrayBuffer[], signal?: AbortSignal): Promise<WorkerAnswer> {
    if (this.#dead) return Promise.reject(teecError('TARGET_DEAD', 'TEE'));
    if (signal?.aborted === true) return Promise.reject(teecError('CANCEL', 'API'));
    if (this.#queue.length >= this.#options.maxPending) return Promise.reject(teecError('BUSY', 'COMMS'));
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        request,
        transfer,
        resolve,
        reject,
        signal,
        onAbort: () => {
          const at = this.#queue.indexOf(pending);
          // Already with the worker: cancellation is a wish, and applications of this TEE mask it.
          if (at < 0) return;
          this.#queue.splice(at, 1);
          reject(teecError('CANCEL', 'API'));
        },
      };
      signal?.addEventListener('abort', pending.onAbort, { once: true });
      this.#queue.push(pending);
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#sent.size < IN_FLIGHT) {
      const pending = this.#queue.shift();
      if (pending === undefined) break;
      const id = this.#nextId++;
      try {
        const message: HostMessage = { id, time: this.#options.clock().getTime(), request: pending.request };
        this.#worker.postMessage(message, [...pending.transfer]);
      } catch (error) {
        // A clock that fails. It concerns this call, not the one whose answer came just now.
        pending.signal?.removeEventListener('abort', pending.onAbort);
        pending.reject(error);
        if (this.#sent.size === 0) this.#worker.unref();
        continue;
      }
      // The worker keeps the process alive only while it owes an answer.
      if (this.#sent.size === 0) this.#worker.ref();
      this.#sent.set(id, pending);
      this.#armWatchdog();
    }
  }

  #armWatchdog(): void {
    this.#watchdog ??= setTimeout(() => {
      this.#timedOut = true;
      void this.#worker.terminate();
    }, this.#options.timeoutMs);
  }

  #receive(message: WorkerMessage): void {
    if (message.kind !== 'answer') return;
    const pending = this.#sent.get(message.id);
    if (pending === undefined) return;
    this.#sent.delete(message.id);
    clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
    if (this.#sent.size > 0) this.#armWatchdog();
    else if (this.#queue.length === 0) this.#worker.unref();
    pending.signal?.removeEventListener('abort', pending.onAbort);
    pending.resolve(message);
    this.#pump();
  }

  /** Answers everything that is open; what ran longest gets TIMEOUT when that ended the worker. */
  #die(): void {
    if (this.#dead) return;
    this.#dead = true;
    clearTimeout(this.#watchdog);
    let timedOut = this.#timedOut;
    for (const pending of [...this.#sent.values(), ...this.#queue]) {
      pending.signal?.removeEventListener('abort', pending.onAbort);
      pending.reject(timedOut ? teecError('TIMEOUT', 'COMMS') : teecError('TARGET_DEAD', 'TEE'));
      timedOut = false;
    }
    this.#sent.clear();
    this.#queue = [];
  }

  /** Lets the application zero its secrets and ends the worker. */
  async close(): Promise<void> {
    if (!this.#dead) {
      const message: HostMessage = { shutdown: true };
      this.#worker.ref();
      this.#worker.postMessage(message);
      const timer = setTimeout(() => void this.#worker.terminate(), SHUTDOWN_MS);
      await this.#exited;
      clearTimeout(timer);
    }
    await this.#exited;
  }
}

/** Starts a real worker thread. */
export const startNodeWorker: StartWorker = (file, options) => new Worker(file, options);
