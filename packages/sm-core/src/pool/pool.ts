import { availableParallelism } from 'node:os';
import { SM_CORE_ERRORS } from '../errors.ts';
import { choice } from '../internal/choice.ts';
import { checkObject, checkOptions, wrongType } from '../internal/input.ts';
import type { Secret } from '../secret.ts';
import type { Sm2SignResult, Sm2VerifyResult } from '../sm2/batch.ts';
import { checkSwitch } from '../sm2/input.ts';
import { type PoolFailure, type PoolRequest, type PoolResult, unpack } from './protocol.ts';
import { failureError, type PoolLoad, Scheduler } from './scheduler.ts';
import { type PoolSignOptions, type PoolTaskOptions, type PoolVerifyItem, TASKS } from './tasks.ts';
import { nodeThreads, type StartThread, workerUrl } from './threads.ts';

const MAX_THREADS = 256;
const MAX_QUEUE = 65_536;
const NO_BYTES = new Uint8Array(0);

/** Options of {@link createSmPool}. */
export interface SmPoolOptions {
  /** Threads, 1 to 256; one for each core that the process may use when left out. They start when needed. */
  readonly workers?: number;
  /** Tasks that may wait for a thread, 1 to 65,536; two for each thread when left out. */
  readonly queue?: number;
  /**
   * What a call does when the queue is full: wait for room (when left out; where 65,536 calls wait
   * already it fails with ERR_POOL_BUSY), or fail with ERR_POOL_BUSY at once.
   */
  readonly whenFull?: 'wait' | 'reject';
  /** Aborts every task and ends the threads. */
  readonly signal?: AbortSignal;
}

/** What a pool is built on. */
export interface SmPoolDeps {
  /** Starts a thread; Node worker threads on the compiled worker of this package when left out. */
  readonly start?: StartThread;
}

/**
 * A pool of threads. Results are those of the functions of the same name; tasks begin in the
 * order of their calls. Every function rejects with {@link SmError}: besides the codes of
 * the function it stands for ERR_POOL_BUSY, ERR_POOL_CLOSED, ERR_POOL_ABORTED, and
 * ERR_POOL_WORKER_FAILED when its thread ended (another takes its place; the task is not
 * tried again).
 *
 * Bytes: `data` is the pool's from the call on unless `keep` is given, and its buffer is moved
 * when a thread is free, not copied; results are moved back. Everything else (nonces, counters,
 * associated data, messages, signatures, public keys, `data` with `keep`) is copied in the call and may be
 * changed after it. Tasks that wait hold these copies: where they are large, wait for
 * {@link SmPool.room} before each call, use {@link SmPool.map}, or `whenFull: 'reject'`, which refuses
 * before it copies. Secrets: a key is copied, when a thread is free, into a buffer that is moved to the
 * thread and zeroed there when the task is done; until then the secret must not be destroyed. A thread that is ended before that (abort of the
 * pool, crash) leaves its memory to the system as it is.
 */
export interface SmPool {
  /** How much there is to do. */
  readonly load: PoolLoad;
  /** SM3 of a large input. @standard GB/T 32905-2016 */
  sm3(data: Uint8Array, options?: PoolTaskOptions): Promise<Uint8Array>;
  /** SM3 of each message, several side by side. @standard GB/T 32905-2016 */
  sm3Many(messages: readonly Uint8Array[], options?: PoolTaskOptions): Promise<Uint8Array[]>;
  /** CTR over one piece; the caller counts on. @standard GB/T 17964-2021 §9 */
  sm4Ctr(key: Secret, counter: Uint8Array, data: Uint8Array, options?: PoolTaskOptions): Promise<Uint8Array>;
  /**
   * GCM over one piece: ciphertext ‖ tag. The caller guarantees that no nonce (12 bytes) is used
   * twice under one key: threads know nothing of each other. @standard GB/T 36624-2018
   */
  sm4GcmSeal(
    key: Secret,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    associatedData?: Uint8Array,
    options?: PoolTaskOptions,
  ): Promise<Uint8Array>;
  /** Undoes `sm4GcmSeal`; rejects with ERR_DECRYPT_FAILED. @standard GB/T 36624-2018 */
  sm4GcmOpen(
    key: Secret,
    nonce: Uint8Array,
    sealed: Uint8Array,
    associatedData?: Uint8Array,
    options?: PoolTaskOptions,
  ): Promise<Uint8Array>;
  /**
   * Signs each message; one that fails, or is no byte string (or one whose buffer was moved), takes
   * no other with it. A pair or an option that is wrong rejects the call. @standard GB/T 32918.2-2016 §6.1
   */
  sm2SignMany(
    pair: { readonly privateKey: Secret; readonly publicKey: Uint8Array },
    messages: readonly Uint8Array[],
    options?: PoolSignOptions,
  ): Promise<Sm2SignResult[]>;
  /**
   * Verifies each signature; an item that is malformed takes no other with it. A wrong option
   * rejects the call. @standard GB/T 32918.2-2016 §7.1
   */
  sm2VerifyMany(items: readonly PoolVerifyItem[], options?: PoolSignOptions): Promise<Sm2VerifyResult[]>;
  /** Resolves when a call would not have to wait for room. */
  room(): Promise<void>;
  /**
   * Runs `task` for each item and yields the results in order. It takes an item only when the
   * consumer asks for results and at most threads + queue tasks are under way: neither a slow consumer
   * nor an endless source makes memory grow.
   */
  map<T, R>(source: Iterable<T> | AsyncIterable<T>, task: (item: T) => Promise<R>): AsyncGenerator<R>;
  /** Waits for everything submitted, then ends the threads. Calls after it are refused. */
  close(): Promise<void>;
}

function checkCount(value: number, max: number, name: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: `parameter=${name} expected=1..${max}` });
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw wrongType('signal', 'AbortSignal');
}

/** The failure of item `i` as an error, where there is one. */
function itemFailure(failures: ReadonlyMap<number, PoolFailure>, i: number) {
  const failure = failures.get(i);
  return failure === undefined ? undefined : ({ ok: false, error: failureError(failure) } as const);
}

const unexpected = () => SM_CORE_ERRORS.create('ERR_POOL_WORKER_FAILED', { detail: 'reason=answer' });

function bytesOf(result: PoolResult): Uint8Array {
  if ('bytes' in result) return result.bytes;
  throw unexpected();
}

function partsOf(result: PoolResult) {
  if ('packed' in result) return { parts: unpack(result.packed, true), failures: result.failures };
  throw unexpected();
}

/**
 * Makes a pool of worker threads.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_VALUE, ERR_POOL_WORKER_FAILED when the compiled worker is missing
 * @example
 * ```ts
 * import { createSmPool } from '@cssi/sm-core/pool';
 * const pool = createSmPool({ workers: 2 });
 * const digests = await pool.sm3Many([new Uint8Array(3), new Uint8Array(5)]);
 * await pool.close();
 * ```
 */
export function createSmPool(given: SmPoolOptions = {}, deps: SmPoolDeps = {}): SmPool {
  const options = checkOptions(given);
  const threads = checkCount(options.workers ?? availableParallelism(), MAX_THREADS, 'workers');
  const queue = checkCount(options.queue ?? 2 * threads, MAX_QUEUE, 'queue');
  const whenFull = choice(options.whenFull, 'whenFull', ['wait', 'reject']);
  const start = checkObject(deps, 'deps').start ?? nodeThreads(workerUrl());
  const scheduler = new Scheduler({ threads, queue, whenFull, start });
  const poolSignal = checkSignal(options.signal);
  const onAbort = (): void => {
    void scheduler.abort(SM_CORE_ERRORS.create('ERR_POOL_ABORTED', { cause: poolSignal?.reason }));
  };
  if (poolSignal?.aborted === true) onAbort();
  else poolSignal?.addEventListener('abort', onAbort, { once: true });

  /** `prepare` checks and copies the inputs, in the call: what it throws is the rejection of the call. */
  const run = async <O extends PoolTaskOptions, R>(
    given: O | undefined,
    prepare: (task: O, keep: boolean) => () => PoolRequest,
    read: (result: PoolResult) => R,
  ): Promise<R> => {
    const task = checkOptions(given);
    const keep = checkSwitch(task.keep, 'keep');
    const signal = checkSignal(task.signal);
    return read(await scheduler.submit(() => prepare(task, keep), signal));
  };
  const gcm =
    (op: 'sm4-gcm-seal' | 'sm4-gcm-open'): SmPool['sm4GcmSeal'] =>
    (key, nonce, data, associatedData = NO_BYTES, task) =>
      run(task, (_, keep) => TASKS.sm4Gcm(op, key, [nonce, data, associatedData], keep), bytesOf);

  return {
    get load() {
      return scheduler.load;
    },
    sm3: (data, task) => run(task, (_, keep) => TASKS.sm3(data, keep), bytesOf),
    sm3Many: (messages, task) =>
      run(
        task,
        () => TASKS.sm3Many(messages),
        (result) => partsOf(result).parts,
      ),
    sm4Ctr: (key, counter, data, task) =>
      run(task, (_, keep) => TASKS.sm4Ctr(key, counter, data, keep), bytesOf),
    sm4GcmSeal: gcm('sm4-gcm-seal'),
    sm4GcmOpen: gcm('sm4-gcm-open'),
    sm2SignMany: (pair, messages, task) =>
      run(
        task,
        (options) => TASKS.sm2SignMany(pair, messages, options),
        (result) => {
          const { parts, failures } = partsOf(result);
          return parts.map((signature, i) => itemFailure(failures, i) ?? { ok: true, signature });
        },
      ),
    sm2VerifyMany: (items, task) =>
      run(
        task,
        (options) => TASKS.sm2VerifyMany(items, options),
        (result) => {
          if (!('verdicts' in result)) throw unexpected();
          const { verdicts, failures } = result;
          return Array.from(
            verdicts,
            (verdict, i) => itemFailure(failures, i) ?? { ok: true, valid: verdict === 1 },
          );
        },
      ),
    room: () => scheduler.room(),
    async *map<T, R>(
      source: Iterable<T> | AsyncIterable<T>,
      task: (item: T) => Promise<R>,
    ): AsyncGenerator<R> {
      const limit = threads + queue;
      const window: Promise<R>[] = [];
      const iterator =
        Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      let done = false;
      try {
        for (;;) {
          while (!done && window.length < limit) {
            const next = await iterator.next();
            if (next.done === true) done = true;
            else {
              const result = task(next.value);
              // Its failure is told when its turn comes.
              result.catch(() => undefined);
              window.push(result);
            }
          }
          const first = window.shift();
          if (first === undefined) return;
          yield await first;
        }
      } finally {
        if (!done) await iterator.return?.();
      }
    },
    async close() {
      poolSignal?.removeEventListener('abort', onAbort);
      await scheduler.close();
    },
  };
}
