import type { SmError } from '../error.ts';
import { SM_CORE_ERRORS, type SmCoreErrorCode } from '../errors.ts';
import {
  buffersOf,
  type PoolFailure,
  type PoolRequest,
  type PoolResult,
  type WorkerMessage,
} from './protocol.ts';
import type { PoolThread, StartThread } from './threads.ts';

/** Requests a thread has at a time: one that it works on and one that it need not wait for. */
const IN_FLIGHT = 2;
/** So many threads in a row that end before they were ready end the pool. */
const MAX_FAILED_STARTS = 3;
/** Callers that may wait for room. */
const MAX_WAITING = 65_536;

/** Limits of a pool. */
export interface SchedulerOptions {
  readonly threads: number;
  readonly queue: number;
  readonly whenFull: 'wait' | 'reject';
  readonly start: StartThread;
}

interface Task {
  /** Makes the request, and with it the copy of the key, only when a thread is free. */
  readonly make: () => PoolRequest;
  readonly resolve: (result: PoolResult) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  readonly thread: PoolThread;
  readonly tasks: Map<number, Task>;
  ready: boolean;
}

/** How much a pool has to do. */
export interface PoolLoad {
  /** Tasks that threads have. */
  readonly running: number;
  /** Tasks in the queue. */
  readonly queued: number;
  /** Calls that wait for room in the queue. */
  readonly waiting: number;
}

/** The error of a failure in a thread. */
export function failureError({ code, detail }: PoolFailure): SmError<SmCoreErrorCode> {
  const known = Object.hasOwn(SM_CORE_ERRORS.table, code);
  return SM_CORE_ERRORS.create(
    known ? (code as SmCoreErrorCode) : 'ERR_POOL_WORKER_FAILED',
    known && detail !== undefined ? { detail } : {},
  );
}

/** Zeroes what a thread has computed for a caller who has gone away. */
function drop(result: PoolResult): void {
  for (const buffer of buffersOf(result)) new Uint8Array(buffer).fill(0);
}

/** Gives tasks to threads in the order of the calls. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #slots = new Set<Slot>();
  readonly #queue: Task[] = [];
  #rooms: (() => void)[] = [];
  #idle: (() => void)[] = [];
  #nextId = 1;
  #failedStarts = 0;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  get load(): PoolLoad {
    const running = [...this.#slots].reduce((sum, { tasks }) => sum + tasks.size, 0);
    const queued = Math.min(this.#queue.length, this.#options.queue);
    return { running, queued, waiting: this.#queue.length - queued };
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** `prepare` checks and copies the inputs; it is not called for a task that is refused. */
  async submit(prepare: () => () => PoolRequest, signal: AbortSignal | undefined): Promise<PoolResult> {
    this.#admit(signal);
    const make = prepare();
    // Once more: a getter of the inputs may have aborted or filled the pool.
    this.#admit(signal);
    return new Promise((resolve, reject) => {
      let live = true;
      const onAbort = (): void => {
        const at = this.#queue.indexOf(task);
        if (at >= 0) this.#queue.splice(at, 1);
        // A task that has begun runs to its end; its result is zeroed.
        settle(() => reject(this.#aborted(signal)));
        this.#wake();
      };
      const settle = (then: () => void): void => {
        if (!live) return;
        live = false;
        signal?.removeEventListener('abort', onAbort);
        then();
      };
      const task: Task = {
        make,
        resolve: (result) => (live ? settle(() => resolve(result)) : drop(result)),
        reject: (error) => settle(() => reject(error)),
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(task);
      this.#pump();
    });
  }

  /** Resolves when a call would find room in the queue. */
  async room(): Promise<void> {
    while (!this.#closed && this.#queue.length >= this.#options.queue && !this.#hasFreeThread()) {
      await new Promise<void>((resolve) => this.#rooms.push(resolve));
    }
  }

  /** Waits for everything that was submitted, then ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    while (this.#queue.length > 0 || this.load.running > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    await this.#terminate();
  }

  /** Rejects everything that was submitted and ends the threads. */
  async abort(error: Error): Promise<void> {
    this.#closed = true;
    const tasks = [...this.#queue.splice(0), ...[...this.#slots].flatMap(({ tasks }) => [...tasks.values()])];
    for (const { tasks } of this.#slots) tasks.clear();
    for (const task of tasks) task.reject(error);
    this.#wake();
    await this.#terminate();
  }

  async #terminate(): Promise<void> {
    const slots = [...this.#slots];
    this.#slots.clear();
    await Promise.all(slots.map(({ thread }) => thread.terminate()));
  }

  /** Throws where no task can be taken. */
  #admit(signal: AbortSignal | undefined): void {
    if (this.#closed) throw SM_CORE_ERRORS.create('ERR_POOL_CLOSED');
    if (signal?.aborted === true) throw this.#aborted(signal);
    const { queue, whenFull } = this.#options;
    if (this.#queue.length < (whenFull === 'reject' ? queue : queue + MAX_WAITING)) return;
    // A free thread takes the task at once, however short the queue is.
    if (!this.#hasFreeThread()) throw SM_CORE_ERRORS.create('ERR_POOL_BUSY');
  }

  #aborted(signal: AbortSignal | undefined): Error {
    return SM_CORE_ERRORS.create('ERR_POOL_ABORTED', { cause: signal?.reason });
  }

  #hasFreeThread(): boolean {
    if (this.#slots.size < this.#options.threads) return true;
    return [...this.#slots].some(({ tasks }) => tasks.size < IN_FLIGHT);
  }

  /** The thread with the least to do; a new one rather than one that is at work. */
  #slot(): Slot | undefined {
    const free = [...this.#slots].sort((a, b) => a.tasks.size - b.tasks.size)[0];
    if (free?.tasks.size === 0) return free;
    if (this.#slots.size < this.#options.threads) return this.#startSlot();
    return free !== undefined && free.tasks.size < IN_FLIGHT ? free : undefined;
  }

  #startSlot(): Slot {
    const slot: Slot = {
      thread: this.#options.start(
        (message) => this.#receive(slot, message),
        () => this.#gone(slot),
      ),
      tasks: new Map(),
      ready: false,
    };
    this.#slots.add(slot);
    return slot;
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      let slot: Slot | undefined;
      try {
        slot = this.#slot();
      } catch {
        this.#queue
          .shift()
          ?.reject(SM_CORE_ERRORS.create('ERR_POOL_WORKER_FAILED', { detail: 'reason=start' }));
        continue;
      }
      if (slot === undefined) break;
      const task = this.#queue.shift()!;
      const id = this.#nextId++;
      let request: PoolRequest | undefined;
      try {
        request = task.make();
        slot.thread.post({ id, request }, buffersOf(request));
      } catch (error) {
        // A destroyed secret, or a buffer that is detached or cannot be moved: the key stayed here.
        if (request !== undefined && 'key' in request) request.key.fill(0);
        const coded = SM_CORE_ERRORS.is(error);
        task.reject(
          coded ? error : SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'reason=not-movable' }),
        );
        continue;
      }
      if (slot.tasks.size === 0) slot.thread.hold(true);
      slot.tasks.set(id, task);
    }
    this.#wake();
  }

  #receive(slot: Slot, message: WorkerMessage): void {
    slot.ready = true;
    this.#failedStarts = 0;
    if (message.kind === 'ready') return;
    const task = slot.tasks.get(message.id);
    slot.tasks.delete(message.id);
    if (slot.tasks.size === 0) slot.thread.hold(false);
    if (message.kind === 'failed') task?.reject(failureError(message.failure));
    else if (task !== undefined) task.resolve(message.result);
    // The pool was aborted; nobody waits for the result.
    else drop(message.result);
    this.#pump();
  }

  /** A thread has ended: its tasks fail, for one of them may be why, and the next task starts another. */
  #gone(slot: Slot): void {
    if (!this.#slots.delete(slot)) return;
    if (!slot.ready) this.#failedStarts++;
    const error = () => SM_CORE_ERRORS.create('ERR_POOL_WORKER_FAILED', { detail: 'reason=thread-ended' });
    for (const task of slot.tasks.values()) task.reject(error());
    if (this.#failedStarts >= MAX_FAILED_STARTS) void this.abort(error());
    else this.#pump();
  }

  /** Lets those go on who wait for room or for the end. */
  #wake(): void {
    if (this.#closed || this.#queue.length < this.#options.queue) {
      for (const resolve of this.#rooms.splice(0)) resolve();
    }
    if (this.#queue.length === 0 && this.load.running === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}
