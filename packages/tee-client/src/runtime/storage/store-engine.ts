import { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../spec/v1/errors.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import { Compaction } from './compaction.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { LogFile } from './log-file.ts';
import type { LogOperation } from './log-operations.ts';
import { confirm, createStore, type OpenStore, recoverStore, removeStale } from './recovery.ts';
import type { StoreFiles } from './store-files.ts';
import type { ObjectStoreOptions } from './store-interface.ts';
import { StoreKeys } from './store-keys.ts';

/** A log below that is never worth compacting. */
const COMPACT_FLOOR_BYTES = 1 << 20;
/** So many keys are garbage, too. */
const MAX_KEYS = 4096;
/** A commit copies that much, and four times what it wrote, while a compaction is under way. */
const STEP_BYTES = 524_288;

/** Opens, commits and compacts; knows nothing of what objects hold. */
export class StoreEngine {
  readonly #files: StoreFiles;
  readonly #keys: StoreKeys;
  readonly #minimum: number;
  /** Called when what was read of the log before is no longer valid. */
  readonly #forget: () => void;
  #store: OpenStore | undefined;
  #compaction: Compaction | undefined;
  /** After a compaction that failed, none is tried before the log is that long. */
  #compactAbove = COMPACT_FLOOR_BYTES;
  /** Something failed half way: what is on the disk has to be found out. */
  #unsure = false;
  #closed = false;

  constructor(options: ObjectStoreOptions, forget: () => void) {
    this.#files = options.files;
    this.#minimum = options.minimumSequence ?? 0;
    this.#forget = forget;
    this.#keys = new StoreKeys(options.seed, options.uuid);
    try {
      this.#open();
    } catch (error) {
      this.#keys.destroy();
      throw error;
    }
  }

  /** The store as it is; `undefined` while nothing was written. @throws {@link TeeError} BAD_STATE */
  get(): OpenStore | undefined {
    if (this.#closed) throw new TeeError('BAD_STATE');
    if (this.#unsure) {
      this.#release();
      this.#open();
    }
    return this.#store;
  }

  /** One atomic, durable change. What `write` throws leaves everything as it was. */
  commit(write: (frame: FrameWriter, log: LogFile) => LogOperation): void {
    if (this.get() === undefined) this.#attempt(() => this.#create());
    const store = this.#store as OpenStore;
    const before = store.log.end;
    this.#attempt(() => {
      const frame = store.log.begin();
      const operation = write(frame, store.log);
      frame.finish([operation]);
      store.log.file.sync();
      confirm(store);
      store.index.apply(operation);
    });
    // The change is made; a compaction that fails is none of the caller's business.
    try {
      this.#attempt(() => this.#compactStep(store, store.log.end - before));
    } catch (error) {
      if (!(error instanceof SmError)) throw error;
      this.#compactAbove = 1.5 * store.log.end;
    }
  }

  compact(): void {
    const store = this.get();
    if (store === undefined) return;
    this.#attempt(() => {
      this.#compaction ??= new Compaction(this.#files, this.#keys, store);
      this.#compaction.step(Number.POSITIVE_INFINITY);
      this.#finishCompaction(store);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
    this.#keys.destroy();
  }

  #open(): void {
    const store = recoverStore(this.#files, this.#keys);
    const sequence = store?.sequence ?? 0;
    if (sequence < this.#minimum) {
      store?.log.close();
      store?.counter.close();
      throw TEE_CLIENT_ERRORS.create(store === undefined ? 'ERR_TEE_SEAL_MISSING' : 'ERR_TEE_SEAL_ROLLBACK', {
        detail: 'part=store',
      });
    }
    this.#store = store;
    this.#unsure = false;
  }

  #create(): void {
    this.#store = createStore(this.#files, this.#keys);
  }

  /** A TeeError is an answer; anything else leaves it open what reached the disk. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof TeeError)) this.#unsure = true;
      throw error;
    }
  }

  #compactStep(store: OpenStore, written: number): void {
    const { log, index } = store;
    if (this.#compaction === undefined) {
      const garbage = log.end - index.liveBytes;
      const wasteful = log.end > this.#compactAbove && garbage > log.end / 2;
      if (!wasteful && log.keyCount < MAX_KEYS) return;
      this.#compaction = new Compaction(this.#files, this.#keys, store);
    }
    if (this.#compaction.step(Math.max(STEP_BYTES, 4 * written))) this.#finishCompaction(store);
  }

  #finishCompaction(store: OpenStore): void {
    this.#compaction?.finish(this.#files);
    this.#compaction = undefined;
    this.#compactAbove = COMPACT_FLOOR_BYTES;
    this.#forget();
    removeStale(this.#files, store.log.generation);
  }

  #release(): void {
    this.#forget();
    this.#compaction?.abandon();
    this.#compaction = undefined;
    this.#store?.log.close();
    this.#store?.counter.close();
    this.#store = undefined;
  }
}
