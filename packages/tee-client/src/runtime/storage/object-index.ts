import { IndexEntry } from './index-entry.ts';
import type { LogOperation } from './log-operations.ts';
import { STORE_OBJECT_BYTES } from './store-interface.ts';

/** Roughly what an object needs in a log besides its boxes. */
const PUT_BYTES = 64;

/** What an object costs of the quota. */
export const chargeOf = (key: string, attributeBytes: number, size: number): number =>
  STORE_OBJECT_BYTES + key.length + attributeBytes + size;

function missing(): never {
  throw new RangeError('operation on an object that is not there');
}

/** All objects, by what the frames of the log say. */
export class ObjectIndex {
  readonly entries: Map<string, IndexEntry> = new Map();
  /** Bytes against the quota. */
  used = 0;
  #boxBytes = 0;

  /** Roughly the length of a log without garbage. */
  get liveBytes(): number {
    return this.#boxBytes + this.entries.size * PUT_BYTES;
  }

  /** @throws RangeError for an operation that does not fit, which the store never writes */
  apply(operation: LogOperation): void {
    if (operation.kind === 'moved') throw new RangeError('moved');
    if (operation.kind === 'put') {
      this.#take(operation.id);
      const entry = new IndexEntry();
      entry.attributes = operation.attributes;
      entry.resize(operation.size);
      entry.setChunks(operation.chunks);
      this.#add(operation.id, entry);
      return;
    }
    const entry = this.#take(operation.id) ?? missing();
    switch (operation.kind) {
      case 'patch':
        entry.resize(operation.size);
        entry.setChunks(operation.chunks);
        this.#add(operation.id, entry);
        return;
      case 'attributes':
        entry.attributes = operation.attributes;
        this.#add(operation.id, entry);
        return;
      case 'rename':
        if (this.entries.has(operation.to)) missing();
        this.#add(operation.to, entry);
        return;
      case 'delete':
        return;
    }
  }

  #count(key: string, entry: IndexEntry, sign: 1 | -1): void {
    this.used += sign * chargeOf(key, entry.attributes?.valid ?? 0, entry.size);
    this.#boxBytes += sign * entry.boxBytes;
  }

  #add(key: string, entry: IndexEntry): void {
    this.entries.set(key, entry);
    this.#count(key, entry, 1);
  }

  #take(key: string): IndexEntry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.#count(key, entry, -1);
    return entry;
  }
}
