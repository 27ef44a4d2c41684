import { concatBytes, type Sm4Gcm } from '@cssi/sm-core';
import { TeeError } from '../../spec/v1/internal/error.ts';
import {
  encodeFrameHeader,
  FRAME_NEW_KEY,
  FRAME_SAME_KEY,
  frameHeaderBytes,
  META_MAX_BYTES,
  nonceAt,
  TAG_BYTES,
} from './log-format.ts';
import { type BoxRef, encodeOperations, type LogOperation } from './log-operations.ts';
import type { StoreFile } from './store-files.ts';

/** Ciphertext is held back up to this, so that a small commit is one write. */
const BUFFER_BYTES = 262_144;
/** Behind that much a large frame is sent to the disk in between, so that the sync at its end is short. */
const SYNC_BYTES = 16 << 20;
const NO_BYTES = new Uint8Array(0);

/** What a frame is written with; the log's business. */
export interface FrameKey {
  readonly key: number;
  readonly gcm: Sm4Gcm;
  /** Of a new key. */
  readonly salt: Uint8Array | undefined;
  readonly context: Uint8Array;
  readonly finished: (end: number, tag: Uint8Array) => void;
}

/** The log a frame is written to. */
export interface FrameLog {
  readonly file: StoreFile;
  readonly end: number;
  /** Associated data of the meta box. */
  metaContext(frameHeader: Uint8Array): Uint8Array;
}

/** Writes one frame: boxes, then the operations that refer to them. */
export class FrameWriter {
  readonly #log: FrameLog;
  readonly #file: StoreFile;
  readonly #key: FrameKey;
  readonly #start: number;
  readonly #dataStart: number;
  #at: number;
  #parts: Uint8Array[] = [];
  #buffered = 0;
  #flushedTo: number;
  #unsynced = 0;

  constructor(log: FrameLog, key: FrameKey) {
    this.#log = log;
    this.#file = log.file;
    this.#key = key;
    this.#start = log.end;
    this.#dataStart = log.end + frameHeaderBytes(key.salt === undefined ? FRAME_SAME_KEY : FRAME_NEW_KEY);
    this.#at = this.#dataStart;
    this.#flushedTo = this.#dataStart;
  }

  /** Bytes the frame has so far. */
  get bytes(): number {
    return this.#at - this.#start;
  }

  /** Seals `plain`; all of it is part of the object. */
  box(plain: Uint8Array): BoxRef {
    const offset = this.#at;
    this.#push(this.#key.gcm.seal(nonceAt(offset), plain, this.#key.context));
    if (this.#buffered >= BUFFER_BYTES) this.#flush();
    return { key: this.#key.key, offset, bytes: plain.length, valid: plain.length };
  }

  /** Ends the frame and moves the log on; nothing is synced. @throws {@link TeeError} STORAGE_NO_SPACE */
  finish(operations: readonly LogOperation[]): void {
    const meta = encodeOperations(operations);
    const metaBytes = meta.length + TAG_BYTES;
    if (metaBytes > META_MAX_BYTES) throw new TeeError('STORAGE_NO_SPACE');
    const header = encodeFrameHeader({
      kind: this.#key.salt === undefined ? FRAME_SAME_KEY : FRAME_NEW_KEY,
      metaBytes,
      dataBytes: this.#at - this.#dataStart,
      salt: this.#key.salt ?? NO_BYTES,
    });
    const box = this.#key.gcm.seal(nonceAt(this.#at), meta, this.#log.metaContext(header));
    this.#push(box);
    if (this.#flushedTo === this.#dataStart) {
      this.#parts.unshift(header);
      this.#flushedTo = this.#start;
    } else {
      this.#file.write(this.#start, header);
    }
    this.#flush();
    this.#key.finished(this.#at, box.slice(-TAG_BYTES));
  }

  #push(box: Uint8Array): void {
    this.#parts.push(box);
    this.#at += box.length;
    this.#buffered += box.length;
  }

  #flush(): void {
    this.#file.write(this.#flushedTo, concatBytes(...this.#parts));
    this.#flushedTo = this.#at;
    this.#unsynced += this.#buffered;
    this.#buffered = 0;
    this.#parts = [];
    if (this.#unsynced >= SYNC_BYTES) {
      this.#file.sync();
      this.#unsynced = 0;
    }
  }
}
