import type { FrameWriter } from './frame-writer.ts';
import type { IndexEntry } from './index-entry.ts';
import { LogFile } from './log-file.ts';
import { type BoxRef, type LogOperation, operationBytes } from './log-operations.ts';
import { confirm, type OpenStore } from './recovery.ts';
import type { StoreFiles } from './store-files.ts';
import type { StoreKeys } from './store-keys.ts';

/** Operations in one frame of the new log. */
const META_BYTES = 262_144;
/** In place of a box that is not genuine: it will not open in the new log either. */
const LOST: Omit<BoxRef, 'bytes' | 'valid'> = { key: 0, offset: 1 };

/**
 * Writes a new log with what is still needed, bit by bit between commits, so that no call waits long.
 * Only {@link Compaction.finish} changes what is valid.
 */
export class Compaction {
  readonly #store: OpenStore;
  readonly #log: LogFile;
  readonly #frame: FrameWriter;
  readonly #copies = new Map<BoxRef, BoxRef>();
  /** Still to be copied, from the end. */
  #keys: string[];
  #chunk = -1;

  constructor(files: StoreFiles, keys: StoreKeys, store: OpenStore) {
    this.#store = store;
    this.#keys = [...store.index.entries.keys()];
    this.#log = LogFile.create(files, keys, store.log.generation + 1);
    this.#frame = this.#log.begin();
  }

  /** Copies about `budget` bytes; whether so little is left that {@link Compaction.finish} can do it. */
  step(budget: number): boolean {
    const until = this.#frame.bytes + budget;
    while (this.#frame.bytes < until) {
      const key = this.#keys.at(-1);
      if (key === undefined) {
        if (this.#again(budget)) continue;
        return true;
      }
      const entry = this.#store.index.entries.get(key);
      const ref = this.#chunk < 0 ? entry?.attributes : entry?.chunks[this.#chunk];
      if (ref !== undefined) this.#moved(ref);
      this.#chunk++;
      if (entry === undefined || this.#chunk >= entry.chunks.length) {
        this.#keys.pop();
        this.#chunk = -1;
      }
    }
    return false;
  }

  /** Makes the new log the valid one, and the store refer to it. */
  finish(files: StoreFiles): void {
    const { index, log: old } = this.#store;
    const puts = [...index.entries].map(([key, entry]: [string, IndexEntry]) =>
      entry.asPut(key, (ref) => this.#moved(ref)),
    );
    let frame: FrameWriter | undefined = this.#frame;
    let batch: LogOperation[] = [];
    let bytes = 0;
    for (const put of puts) {
      if (bytes > META_BYTES) {
        (frame ?? this.#log.begin()).finish(batch);
        frame = undefined;
        batch = [];
        bytes = 0;
      }
      batch.push(put);
      bytes += operationBytes(put);
    }
    (frame ?? this.#log.begin()).finish(batch);
    this.#log.file.sync();
    files.syncFolder();
    const { generation, end, tag } = this.#log;
    old.begin().finish([{ kind: 'moved', generation, end, tag }]);
    old.file.sync();
    this.#store.log = this.#log;
    try {
      confirm(this.#store);
    } finally {
      old.close();
    }
    for (const put of puts) index.apply(put);
  }

  /** Gives up; the file goes when the store is opened, or a new one is begun. */
  abandon(): void {
    this.#log.close();
  }

  /** What changed since it was copied gets a round of its own while it is more than `budget`. */
  #again(budget: number): boolean {
    const changed: string[] = [];
    let bytes = 0;
    for (const [key, { attributes, chunks }] of this.#store.index.entries) {
      const before = bytes;
      for (const ref of [attributes, ...chunks]) {
        if (ref !== undefined && !this.#copies.has(ref)) bytes += ref.bytes;
      }
      if (bytes > before) changed.push(key);
    }
    if (bytes <= budget) return false;
    this.#keys = changed;
    return true;
  }

  #moved(ref: BoxRef): BoxRef {
    const known = this.#copies.get(ref);
    if (known !== undefined) return known;
    const plain = this.#store.log.readBox(ref);
    let copy: BoxRef;
    if (plain === undefined) copy = { ...LOST, bytes: ref.valid, valid: ref.valid };
    else {
      copy = this.#frame.box(plain.subarray(0, ref.valid));
      plain.fill(0);
    }
    this.#copies.set(ref, copy);
    return copy;
  }
}
