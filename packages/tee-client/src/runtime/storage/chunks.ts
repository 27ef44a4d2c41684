import { TeeError } from '../../spec/v1/internal/error.ts';
import { ChunkCache } from './chunk-cache.ts';
import type { FrameWriter } from './frame-writer.ts';
import { CHUNK_BYTES, type IndexEntry } from './index-entry.ts';
import type { LogFile } from './log-file.ts';
import type { BoxRef } from './log-operations.ts';

/** Data streams over chunks. */
export class Chunks {
  readonly #cache = new ChunkCache();
  /** Plaintext of chunks that are being written. */
  #pending: (readonly [BoxRef, Uint8Array])[] = [];

  /** Up to `length` bytes, fewer at the end. @throws {@link TeeError} CORRUPT_OBJECT */
  read(log: LogFile, entry: IndexEntry, position: number, length: number): Uint8Array {
    const end = Math.min(entry.size, position + length);
    const out = new Uint8Array(Math.max(0, end - position));
    for (let at = position; at < end; ) {
      const index = Math.floor(at / CHUNK_BYTES);
      const from = at - index * CHUNK_BYTES;
      const until = Math.min(CHUNK_BYTES, end - index * CHUNK_BYTES);
      const ref = entry.chunks[index];
      if (ref !== undefined && ref.valid > from) {
        // A chunk that is read as a whole will not be asked for again soon.
        const keep = until - from < ref.valid;
        const plain = this.#open(log, ref, keep);
        out.set(plain.subarray(from, Math.min(until, ref.valid)), at - position);
        if (!keep) this.#done(ref, plain);
      }
      at = index * CHUNK_BYTES + until;
    }
    return out;
  }

  /** Seals the chunks a write changes. {@link Chunks.settle} has to follow. @throws {@link TeeError} CORRUPT_OBJECT */
  write(
    log: LogFile,
    frame: FrameWriter,
    entry: IndexEntry,
    position: number,
    data: Uint8Array,
  ): (readonly [number, BoxRef])[] {
    const chunks: (readonly [number, BoxRef])[] = [];
    for (let done = 0; done < data.length; ) {
      const index = Math.floor((position + done) / CHUNK_BYTES);
      const from = position + done - index * CHUNK_BYTES;
      const part = data.subarray(done, done + CHUNK_BYTES - from);
      const old = entry.chunks[index];
      if (from === 0 && part.length >= (old?.valid ?? 0)) {
        chunks.push([index, frame.box(part)]);
      } else {
        const merged = new Uint8Array(Math.max(old?.valid ?? 0, from + part.length));
        if (old !== undefined) {
          merged.set(this.#open(log, old, true).subarray(0, old.valid));
          this.#cache.delete(old);
        }
        merged.set(part, from);
        const ref = frame.box(merged);
        this.#pending.push([ref, merged]);
        chunks.push([index, ref]);
      }
      done += part.length;
    }
    return chunks;
  }

  /** After a commit, or after a failed one. */
  settle(committed: boolean): void {
    for (const [ref, bytes] of this.#pending) {
      if (committed) this.#cache.set(ref, bytes);
      else bytes.fill(0);
    }
    this.#pending = [];
  }

  clear(): void {
    this.settle(false);
    this.#cache.clear();
  }

  #open(log: LogFile, ref: BoxRef, keep: boolean): Uint8Array {
    const known = this.#cache.get(ref);
    if (known !== undefined) return known;
    const plain = log.readBox(ref);
    if (plain === undefined) throw new TeeError('CORRUPT_OBJECT');
    if (keep) this.#cache.set(ref, plain);
    return plain;
  }

  #done(ref: BoxRef, plain: Uint8Array): void {
    if (this.#cache.get(ref) !== plain) plain.fill(0);
  }
}
