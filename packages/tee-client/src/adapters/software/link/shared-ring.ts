import { FRAME } from './codec.ts';
import { MAX_FRAME_BYTES } from './limits.ts';

/** Bytes of one direction; a power of two. Longer frames go over the port. */
export const RING_BYTES: number = 256 * 1024;

const HEAD = 0;
const TAIL = 1;
const READER_WAITS = 2;
const WRITER_WAITS = 3;
const WORDS = 4;
const PREFIX = 4;
/** A writer that finds no room looks again after so long even when nobody wakes it. */
const FULL_WAIT_MS = 50;

/** The memory of one direction. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

/** Memory for a ring. */
export function ringMemory(): RingMemory {
  return {
    control: new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT),
    bytes: new SharedArrayBuffer(RING_BYTES),
  };
}

/**
 * Frames from one thread to another through shared memory: one writer, one reader. What is read is
 * copied before it is looked at, and lengths are checked: the other side may write what it likes.
 */
export class SharedRing {
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #prefix = new Uint8Array(PREFIX);
  readonly #prefixView = new DataView(this.#prefix.buffer);
  #local = new Uint8Array(4096);

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control);
    this.#bytes = new Uint8Array(memory.bytes);
  }

  get empty(): boolean {
    return Atomics.load(this.#control, HEAD) === Atomics.load(this.#control, TAIL);
  }

  /** False when there is no room now. */
  write(frame: Uint8Array): boolean {
    const control = this.#control;
    const head = Atomics.load(control, HEAD);
    const used = (head - Atomics.load(control, TAIL)) >>> 0;
    const record = recordBytes(frame.length);
    if (record > RING_BYTES - used) return false;
    this.#prefixView.setUint32(0, frame.length, true);
    this.#put(head, this.#prefix);
    this.#put(head + PREFIX, frame);
    Atomics.store(control, HEAD, (head + record) | 0);
    if (Atomics.load(control, READER_WAITS) !== 0) Atomics.notify(control, HEAD);
    return true;
  }

  /** Can a frame of this length ever be written? */
  static holds(length: number): boolean {
    return recordBytes(length) <= RING_BYTES / 2;
  }

  #put(at: number, source: Uint8Array): void {
    const start = at & (RING_BYTES - 1);
    const first = Math.min(source.length, RING_BYTES - start);
    if (first === source.length) this.#bytes.set(source, start);
    else {
      this.#bytes.set(source.subarray(0, first), start);
      this.#bytes.set(source.subarray(first), 0);
    }
  }

  #get(at: number, target: Uint8Array, length: number): void {
    const start = at & (RING_BYTES - 1);
    const first = Math.min(length, RING_BYTES - start);
    target.set(this.#bytes.subarray(start, start + first), 0);
    this.#bytes.fill(0, start, start + first);
    if (first < length) {
      target.set(this.#bytes.subarray(0, length - first), first);
      this.#bytes.fill(0, 0, length - first);
    }
  }

  /**
   * The next frame, undefined when there is none, null when the other side broke the ring. The frame
   * is a view that lives until the next read.
   */
  read(): Uint8Array | undefined | null {
    const control = this.#control;
    const tail = Atomics.load(control, TAIL);
    const used = (Atomics.load(control, HEAD) - tail) >>> 0;
    if (used === 0) return undefined;
    if (used > RING_BYTES || used < PREFIX) return null;
    this.#get(tail, this.#prefix, PREFIX);
    const length = this.#prefixView.getUint32(0, true);
    if (length === 0 || length > used - PREFIX || recordBytes(length) > used) return null;
    if (length > this.#local.length) this.#local = new Uint8Array(length * 2);
    this.#get(tail + PREFIX, this.#local, length);
    Atomics.store(control, TAIL, (tail + recordBytes(length)) | 0);
    if (Atomics.load(control, WRITER_WAITS) !== 0) Atomics.notify(control, TAIL);
    return this.#local.subarray(0, length);
  }

  /** Zeroes the copy of the frame that was read last. */
  forget(length: number): void {
    if (length > 1 << 16) this.#local = new Uint8Array(4096);
    else this.#local.fill(0, 0, length);
  }

  /** Blocks until there is something to read; for the domain's thread only. True when it had to sleep. */
  waitForFrame(spin: () => boolean): boolean {
    const control = this.#control;
    let slept = false;
    while (this.empty) {
      if (spin()) continue;
      slept = true;
      const seen = Atomics.load(control, HEAD);
      Atomics.store(control, READER_WAITS, 1);
      if (this.empty) Atomics.wait(control, HEAD, seen);
      Atomics.store(control, READER_WAITS, 0);
    }
    return slept;
  }

  /** Blocks until something was read or a while has passed; for the domain's thread only. */
  waitForRoom(): void {
    const control = this.#control;
    const seen = Atomics.load(control, TAIL);
    Atomics.store(control, WRITER_WAITS, 1);
    Atomics.wait(control, TAIL, seen, FULL_WAIT_MS);
    Atomics.store(control, WRITER_WAITS, 0);
  }
}

const recordBytes = (length: number): number => PREFIX + ((length + 3) & ~3);

/** Says that the frame itself waits at the port. */
export const AT_PORT: Uint8Array = Uint8Array.of(FRAME.AT_PORT);

/** A frame that came over the port, or null when that is none. */
export function portFrame(message: unknown): Uint8Array | null {
  if (!(message instanceof Uint8Array)) return null;
  return message.length > 0 && message.length <= MAX_FRAME_BYTES ? message : null;
}
