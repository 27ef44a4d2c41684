import { readSync, writeSync } from 'node:fs';
import { lengthAt } from '../link/frames.ts';
import { MAX_FRAME_BYTES } from '../link/limits.ts';
import type { DomainPipe } from './pipe.ts';

const LENGTH_BYTES = 4;
const CAPACITY = 64 * 1024;
const RETRY_MS = 1;

/** A pipe over a descriptor: each frame behind its length (u32, little-endian). */
export class ProcessPipe implements DomainPipe {
  readonly #fd: number;
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  #in = new Uint8Array(CAPACITY);
  #out = new Uint8Array(CAPACITY);
  /** Bytes held, and those of them that were given out. */
  #held = 0;
  #given = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  receive(): Uint8Array | undefined {
    this.#drop();
    while (this.#held < LENGTH_BYTES) if (!this.#more(LENGTH_BYTES)) return undefined;
    const length = lengthAt(this.#in, 0);
    if (length === 0 || length > MAX_FRAME_BYTES) return undefined;
    const whole = LENGTH_BYTES + length;
    while (this.#held < whole) if (!this.#more(whole)) return undefined;
    this.#given = whole;
    return this.#in.subarray(LENGTH_BYTES, whole);
  }

  /** Zeroes what was given out before. */
  #drop(): void {
    const rest = this.#held - this.#given;
    if (rest > 0) this.#in.copyWithin(0, this.#given, this.#held);
    if (this.#in.length > CAPACITY && rest <= CAPACITY) {
      const smaller = new Uint8Array(CAPACITY);
      smaller.set(this.#in.subarray(0, rest));
      this.#in = smaller;
    } else this.#in.fill(0, rest, this.#held);
    this.#held = rest;
    this.#given = 0;
  }

  /** Reads some bytes; memory doubles with what arrives. False at the end. */
  #more(wanted: number): boolean {
    if (this.#held === this.#in.length) {
      const larger = new Uint8Array(Math.min(Math.max(this.#in.length * 2, CAPACITY), wanted + CAPACITY));
      larger.set(this.#in);
      this.#in = larger;
    }
    for (;;) {
      try {
        const got = readSync(this.#fd, this.#in, this.#held, this.#in.length - this.#held, null);
        this.#held += got;
        return got > 0;
      } catch (error) {
        if (!isTemporary(error)) return false;
        Atomics.wait(this.#pause, 0, 0, RETRY_MS);
      }
    }
  }

  send(frame: Uint8Array): void {
    const whole = LENGTH_BYTES + frame.length;
    if (whole > this.#out.length) this.#out = new Uint8Array(whole);
    const out = this.#out;
    new DataView(out.buffer).setUint32(0, frame.length, true);
    out.set(frame, LENGTH_BYTES);
    for (let at = 0; at < whole; ) {
      try {
        at += writeSync(this.#fd, out, at, whole - at);
      } catch (error) {
        // A host that is gone: the next read finds out.
        if (!isTemporary(error)) break;
        Atomics.wait(this.#pause, 0, 0, RETRY_MS);
      }
    }
    if (out.length > CAPACITY) this.#out = new Uint8Array(CAPACITY);
    else out.fill(0, 0, whole);
  }
}

const isTemporary = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EINTR');
