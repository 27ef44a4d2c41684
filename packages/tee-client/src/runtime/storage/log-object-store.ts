import { concatBytes, sm3, utf8 } from '@cssi/sm-core';
import { TEE_DATA_MAX_POSITION } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import { Chunks } from './chunks.ts';
import type { FrameWriter } from './frame-writer.ts';
import { CHUNK_BYTES, type IndexEntry } from './index-entry.ts';
import { u64 } from './log-format.ts';
import type { BoxRef } from './log-operations.ts';
import { chargeOf } from './object-index.ts';
import type { OpenStore } from './recovery.ts';
import { StoreEngine } from './store-engine.ts';
import {
  keyBytes,
  type ObjectStore,
  type ObjectStoreOptions,
  STORE_ATTRIBUTES_MAX_BYTES,
  STORE_MAX_OBJECTS,
  STORE_QUOTA_MAX_BYTES,
  type StoreUsage,
  storeKey,
} from './store-interface.ts';

const NO_BYTES = new Uint8Array(0);
const HEAD_TEXT = /* @__PURE__ */ utf8('cssi-ta storage head 1');

/** A position in a data stream. @throws {@link TeeError} OVERFLOW; RangeError when it is not even a number of bytes */
function checkPosition(position: number): number {
  if (!Number.isSafeInteger(position) || position < 0) throw new RangeError('position');
  if (position > TEE_DATA_MAX_POSITION) throw new TeeError('OVERFLOW');
  return position;
}

function sealAttributes(frame: FrameWriter, attributes: Uint8Array): BoxRef | undefined {
  return attributes.length === 0 ? undefined : frame.box(attributes);
}

/** {@link ObjectStore} in a log and a counter file. `recovery.ts` says what it withstands. */
export class LogObjectStore implements ObjectStore {
  readonly #engine: StoreEngine;
  readonly #chunks = new Chunks();
  readonly #quota: number;

  constructor(options: ObjectStoreOptions) {
    const { quotaBytes } = options;
    if (!Number.isInteger(quotaBytes) || quotaBytes < 0 || quotaBytes > STORE_QUOTA_MAX_BYTES) {
      throw new RangeError('quotaBytes');
    }
    this.#quota = quotaBytes;
    this.#engine = new StoreEngine(options, () => this.#chunks.clear());
  }

  get sequence(): number {
    return this.#engine.get()?.sequence ?? 0;
  }

  get head(): Uint8Array {
    const store = this.#engine.get();
    if (store === undefined) return sm3(HEAD_TEXT);
    const { generation, end, tag } = store.log;
    return sm3(concatBytes(HEAD_TEXT, u64(store.sequence), u64(generation), u64(end), tag));
  }

  get usage(): StoreUsage {
    const store = this.#engine.get();
    const logBytes = store?.log.end ?? 0;
    return {
      used: store?.index.used ?? 0,
      quota: this.#quota,
      objects: store?.index.entries.size ?? 0,
      logBytes,
      garbageBytes: Math.max(0, logBytes - (store?.index.liveBytes ?? 0)),
    };
  }

  has(id: Uint8Array): boolean {
    return this.#find(storeKey(id)) !== undefined;
  }

  size(id: Uint8Array): number | undefined {
    return this.#find(storeKey(id))?.size;
  }

  list(): Uint8Array[] {
    return [...(this.#engine.get()?.index.entries.keys() ?? [])].sort().map(keyBytes);
  }

  get(id: Uint8Array): Uint8Array | undefined {
    const size = this.size(id);
    return size === undefined ? undefined : this.read(id, 0, size);
  }

  attributes(id: Uint8Array): Uint8Array | undefined {
    const entry = this.#find(storeKey(id));
    if (entry?.attributes === undefined) return entry && new Uint8Array(0);
    const plain = this.#engine.get()?.log.readBox(entry.attributes);
    if (plain === undefined) throw new TeeError('CORRUPT_OBJECT');
    return plain;
  }

  read(id: Uint8Array, position: number, length: number): Uint8Array {
    const { store, entry } = this.#existing(storeKey(id));
    return this.#chunks.read(store.log, entry, checkPosition(position), checkPosition(length));
  }

  put(id: Uint8Array, data: Uint8Array): void {
    this.create(id, NO_BYTES, data, true);
  }

  create(id: Uint8Array, attributes: Uint8Array, data: Uint8Array, overwrite: boolean): void {
    const key = storeKey(id);
    const old = this.#find(key);
    if (old !== undefined && !overwrite) throw new TeeError('ACCESS_CONFLICT');
    if (data.length > TEE_DATA_MAX_POSITION) throw new TeeError('OVERFLOW');
    this.#charge(key, old, attributes.length, data.length);
    this.#engine.commit((frame) => {
      const ref = sealAttributes(frame, attributes);
      const chunks: (readonly [number, BoxRef])[] = [];
      for (let at = 0; at < data.length; at += CHUNK_BYTES) {
        chunks.push([at / CHUNK_BYTES, frame.box(data.subarray(at, at + CHUNK_BYTES))]);
      }
      return { kind: 'put', id: key, size: data.length, attributes: ref, chunks };
    });
  }

  setAttributes(id: Uint8Array, attributes: Uint8Array): void {
    const key = storeKey(id);
    const { entry } = this.#existing(key);
    this.#charge(key, entry, attributes.length, entry.size);
    this.#engine.commit((frame) => ({
      kind: 'attributes',
      id: key,
      attributes: sealAttributes(frame, attributes),
    }));
  }

  write(id: Uint8Array, position: number, data: Uint8Array): void {
    const key = storeKey(id);
    const { entry } = this.#existing(key);
    const end = checkPosition(checkPosition(position) + data.length);
    if (data.length === 0) return;
    const size = Math.max(entry.size, end);
    this.#charge(key, entry, entry.attributes?.valid ?? 0, size);
    try {
      this.#engine.commit((frame, log) => {
        return {
          kind: 'patch',
          id: key,
          size,
          chunks: this.#chunks.write(log, frame, entry, position, data),
        };
      });
      this.#chunks.settle(true);
    } finally {
      this.#chunks.settle(false);
    }
  }

  truncate(id: Uint8Array, size: number): void {
    const key = storeKey(id);
    const { entry } = this.#existing(key);
    if (checkPosition(size) === entry.size) return;
    this.#charge(key, entry, entry.attributes?.valid ?? 0, size);
    this.#engine.commit(() => ({ kind: 'patch', id: key, size, chunks: [] }));
  }

  delete(id: Uint8Array): boolean {
    const key = storeKey(id);
    if (this.#find(key) === undefined) return false;
    this.#engine.commit(() => ({ kind: 'delete', id: key }));
    return true;
  }

  rename(id: Uint8Array, to: Uint8Array): void {
    const key = storeKey(id);
    const target = storeKey(to);
    const { entry } = this.#existing(key);
    if (this.#find(target) !== undefined) throw new TeeError('ACCESS_CONFLICT');
    if (target.length > key.length) {
      this.#charge(target, entry, entry.attributes?.valid ?? 0, entry.size, key);
    }
    this.#engine.commit(() => ({ kind: 'rename', id: key, to: target }));
  }

  compact(): void {
    this.#engine.compact();
  }

  close(): void {
    this.#engine.close();
    this.#chunks.clear();
  }

  #find(key: string): IndexEntry | undefined {
    return this.#engine.get()?.index.entries.get(key);
  }

  #existing(key: string): { readonly store: OpenStore; readonly entry: IndexEntry } {
    const store = this.#engine.get();
    const entry = store?.index.entries.get(key);
    if (store === undefined || entry === undefined) throw new TeeError('ITEM_NOT_FOUND');
    return { store, entry };
  }

  /** Refuses what would go beyond the quota. What makes an object smaller always goes. */
  #charge(
    key: string,
    old: IndexEntry | undefined,
    attributes: number,
    size: number,
    oldKey: string = key,
  ): void {
    if (attributes > STORE_ATTRIBUTES_MAX_BYTES) throw new TeeError('BAD_PARAMETERS');
    const { used, objects } = this.usage;
    const before = old === undefined ? 0 : chargeOf(oldKey, old.attributes?.valid ?? 0, old.size);
    const after = chargeOf(key, attributes, size);
    const tooMany = old === undefined && objects >= STORE_MAX_OBJECTS;
    if (tooMany || (after > before && used - before + after > this.#quota)) {
      throw new TeeError('STORAGE_NO_SPACE');
    }
  }
}
