import { concatBytes, equalBytes, randomBytes, type Sm4Gcm } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../spec/v1/errors.ts';
import { FrameWriter } from './frame-writer.ts';
import {
  decodeFrameHeader,
  encodeLogHeader,
  FRAME_HEADER_MAX_BYTES,
  FRAME_NEW_KEY,
  frameHeaderBytes,
  LOG_FORMAT,
  LOG_HEADER_BYTES,
  LOG_MAGIC,
  nonceAt,
  readU64,
  SALT_BYTES,
  TAG_BYTES,
  u64,
} from './log-format.ts';
import { type BoxRef, decodeOperations, type LogOperation } from './log-operations.ts';
import type { ReadWindow } from './read-window.ts';
import type { StoreFile, StoreFiles } from './store-files.ts';
import type { StoreKeys } from './store-keys.ts';

const fail = TEE_CLIENT_ERRORS.create;
/** Keys kept ready for reading. */
const OPEN_KEYS = 8;
const COPY_BYTES = 65_536;

/** Name of the log of a generation. */
const logName = (generation: number): string => `log.${generation}`;
/** The generation of a log's name. */
export const logGeneration = (name: string): number | undefined =>
  /^log\.[1-9]\d{0,14}$/.test(name) ? Number(name.slice(4)) : undefined;

/** A commit as it was read. */
export interface Frame {
  readonly operations: LogOperation[];
  readonly end: number;
  readonly tag: Uint8Array;
}

/**
 * One log file: its chain of frames up to `end`, and its keys.
 */
export class LogFile {
  readonly generation: number;
  readonly file: StoreFile;
  /** Where the next frame goes. */
  end: number = LOG_HEADER_BYTES;
  /** Tag of the last frame. */
  tag: Uint8Array;
  readonly #keys: StoreKeys;
  readonly #salt: Uint8Array;
  readonly #keySalts: Uint8Array[] = [];
  readonly #opened = new Map<number, Sm4Gcm>();
  /** Associated data of a box. */
  readonly #context: Uint8Array;
  #frames = 0;
  #isClosed = false;
  /** The newest key while it may seal: made in this run, and no frame under it was given up. */
  #sealing: number | undefined;
  /** The key of the last frame begun; stays open. */
  #pinned: number | undefined;

  private constructor(file: StoreFile, keys: StoreKeys, header: Uint8Array, generation: number) {
    this.file = file;
    this.generation = generation;
    this.#keys = keys;
    this.#salt = header.slice(LOG_HEADER_BYTES - SALT_BYTES);
    this.#context = concatBytes(keys.uuid, u64(generation));
    this.tag = keys.headerTag(header);
  }

  /** A new log; its name and contents are on the disk only after `sync` and `syncFolder`. */
  static create(files: StoreFiles, keys: StoreKeys, generation: number): LogFile {
    const name = logName(generation);
    if (files.list().includes(name)) files.remove(name);
    const file = files.open(name, true);
    const header = encodeLogHeader(generation, randomBytes(SALT_BYTES));
    try {
      file.write(0, header);
    } catch (error) {
      file.close();
      throw error;
    }
    return new LogFile(file, keys, header, generation);
  }

  /** @throws {@link SmError} ERR_TEE_SEAL_MISSING, ERR_TEE_SEAL_INTEGRITY, ERR_TEE_SEAL_ROLLBACK, ERR_TEE_STATE_FORMAT */
  static open(files: StoreFiles, keys: StoreKeys, generation: number): LogFile {
    const name = logName(generation);
    if (!files.list().includes(name)) throw fail('ERR_TEE_SEAL_MISSING', { detail: 'part=log' });
    const file = files.open(name, false);
    try {
      const header = new Uint8Array(LOG_HEADER_BYTES);
      if (file.read(0, header) < header.length) throw fail('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=log' });
      if (!equalBytes(header.subarray(0, LOG_MAGIC.length), LOG_MAGIC)) {
        throw fail('ERR_TEE_SEAL_INTEGRITY', { detail: 'part=log' });
      }
      if (header[LOG_MAGIC.length] !== LOG_FORMAT) throw fail('ERR_TEE_STATE_FORMAT', { detail: 'part=log' });
      if (readU64(header, LOG_MAGIC.length + 1) !== generation) {
        throw fail('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=log' });
      }
      return new LogFile(file, keys, header, generation);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** How many keys the file has; each was a run that wrote. */
  get keyCount(): number {
    return this.#keySalts.length;
  }

  /** The frame at `end`; `undefined` when there is no whole and genuine one. Its boxes can be read then. */
  peek(window: ReadWindow): Frame | undefined {
    const start = this.end;
    const header = decodeFrameHeader(window.upTo(start, FRAME_HEADER_MAX_BYTES));
    if (header === undefined) return undefined;
    const headerBytes = frameHeaderBytes(header.kind);
    const context = this.metaContext(window.upTo(start, headerBytes));
    const metaAt = start + headerBytes + header.dataBytes;
    const box = window.upTo(metaAt, header.metaBytes);
    const isNew = header.kind === FRAME_NEW_KEY;
    const key = isNew ? this.#keySalts.length : this.#keySalts.length - 1;
    if (box.length < header.metaBytes || key < 0) return undefined;
    const gcm = isNew ? this.#keys.gcm(this.#salt, header.salt) : this.#gcm(key);
    try {
      const operations = decodeOperations(gcm.open(nonceAt(metaAt), box, context), key);
      if (isNew) this.#keySalts.push(header.salt);
      return { operations, end: metaAt + header.metaBytes, tag: box.slice(-TAG_BYTES) };
    } catch {
      return undefined;
    } finally {
      if (isNew) gcm.destroy();
    }
  }

  /** Associated data of the meta box of the next frame. */
  metaContext(frameHeader: Uint8Array): Uint8Array {
    return concatBytes(this.#context, u64(this.#frames + 1), this.tag, frameHeader);
  }

  advance(end: number, tag: Uint8Array): void {
    this.end = end;
    this.tag = tag;
    this.#frames++;
  }

  /** Plaintext of a box, the caller's to zero; `undefined` when it is not genuine. */
  readBox(ref: BoxRef): Uint8Array | undefined {
    const box = new Uint8Array(ref.bytes + TAG_BYTES);
    if (ref.offset < LOG_HEADER_BYTES || this.file.read(ref.offset, box) < box.length) return undefined;
    try {
      return this.#gcm(ref.key).open(nonceAt(ref.offset), box, this.#context);
    } catch {
      return undefined;
    }
  }

  /**
   * Begins a frame at `end`. A frame that is not finished leaves its key unusable, because nonces
   * are places: the next frame then brings a new key.
   */
  begin(): FrameWriter {
    if (this.file.size() > this.end) this.file.truncate(this.end);
    const current = this.#sealing;
    this.#sealing = undefined;
    const salt = current === undefined ? randomBytes(SALT_BYTES) : undefined;
    const key = current ?? this.#keySalts.push(salt as Uint8Array) - 1;
    this.#pinned = key;
    const finished = (end: number, tag: Uint8Array): void => {
      this.#sealing = key;
      this.advance(end, tag);
    };
    return new FrameWriter(this, { key, gcm: this.#gcm(key), salt, context: this.#context, finished });
  }

  /** Writes the same bytes again, for a disk that took them without keeping them, and syncs. */
  rewrite(from: number, to: number): void {
    const buffer = new Uint8Array(COPY_BYTES);
    for (let at = from; at < to; at += COPY_BYTES) {
      const part = buffer.subarray(0, Math.min(COPY_BYTES, to - at));
      if (this.file.read(at, part) < part.length) throw fail('ERR_TEE_STORAGE', { detail: 'step=read' });
      this.file.write(at, part);
    }
    this.file.sync();
  }

  /** Nothing the second time: a compaction that fails at its end is closed as the store's log, too. */
  close(): void {
    for (const gcm of this.#opened.values()) gcm.destroy();
    this.#opened.clear();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.file.close();
  }

  #gcm(key: number): Sm4Gcm {
    let gcm = this.#opened.get(key);
    if (gcm !== undefined) {
      if (this.#opened.size > 1) {
        this.#opened.delete(key);
        this.#opened.set(key, gcm);
      }
      return gcm;
    }
    gcm = this.#keys.gcm(this.#salt, this.#keySalts[key] as Uint8Array);
    if (this.#opened.size >= OPEN_KEYS) {
      const [oldest] = [...this.#opened.keys()].filter((one) => one !== this.#pinned);
      this.#opened.get(oldest as number)?.destroy();
      this.#opened.delete(oldest as number);
    }
    this.#opened.set(key, gcm);
    return gcm;
  }
}
