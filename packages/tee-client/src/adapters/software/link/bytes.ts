/**
 * Writing and reading of frames. Numbers are little-endian; every length stands before its bytes and
 * is checked against what is there before anything is allocated.
 */

const FIRST_CAPACITY = 8 * 1024;
const EMPTY = new Uint8Array(0);

/** Thrown by {@link FrameReader} and never seen outside of the codec. */
export class MalformedFrame extends Error {}

/** Grows as needed and is used again and again, so that a call allocates nothing here. */
export class FrameWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Forgets what was written, zeroes it, and gives a large buffer back. */
  reset(): void {
    if (this.#bytes.length > 1 << 20) {
      this.#bytes = new Uint8Array(FIRST_CAPACITY);
      this.#view = new DataView(this.#bytes.buffer);
    } else this.#bytes.fill(0, 0, this.#at);
    this.#at = 0;
  }

  #room(bytes: number): number {
    const at = this.#at;
    const end = at + bytes;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes.fill(0);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#at = end;
    return at;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    // The room first: it may replace the view.
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  bytes(value: Uint8Array): void {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
  }

  /** Length (u32) and bytes. */
  block(value: Uint8Array): void {
    this.u32(value.length);
    this.bytes(value);
  }

  /** Text of Latin letters and digits only, or whatever UTF-8 makes of it; cut at 65,535 bytes. */
  text(value: string): void {
    const lengthAt = this.#room(2);
    const start = this.#at;
    for (let i = 0; i < value.length && this.#at - start < 0xfffc; i++) {
      const point = value.codePointAt(i) as number;
      if (point > 0xffff) i++;
      this.#character(point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
    }
    this.#view.setUint16(lengthAt, this.#at - start, true);
  }

  #character(point: number): void {
    if (point < 0x80) {
      this.u8(point);
    } else if (point < 0x800) {
      this.u8(0xc0 | (point >> 6));
      this.u8(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      this.u8(0xe0 | (point >> 12));
      this.u8(0x80 | ((point >> 6) & 0x3f));
      this.u8(0x80 | (point & 0x3f));
    } else {
      this.u8(0xf0 | (point >> 18));
      this.u8(0x80 | ((point >> 12) & 0x3f));
      this.u8(0x80 | ((point >> 6) & 0x3f));
      this.u8(0x80 | (point & 0x3f));
    }
  }

  /** Writes `value` over the four bytes at `at`. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  get length(): number {
    return this.#at;
  }

  /** What was written: a view that the next write may change. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads one frame. With `copy`, byte strings are copies; without, views of the frame. */
export class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #copy: boolean;
  #at: number;

  constructor(bytes: Uint8Array, copy: boolean, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#copy = copy;
    this.#at = at;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#bytes.length - at) throw new MalformedFrame();
    this.#at = at + bytes;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** One of 0 to `max`. */
  choice(max: number): number {
    const value = this.u8();
    if (value > max) throw new MalformedFrame();
    return value;
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    if (length === 0) return EMPTY;
    // Not slice() of a Buffer: that is a view.
    const view = this.#bytes.subarray(at, at + length);
    return this.#copy ? new Uint8Array(view) : view;
  }

  block(max: number): Uint8Array {
    const length = this.u32();
    if (length > max) throw new MalformedFrame();
    return this.bytes(length);
  }

  text(max: number): string {
    const length = this.u16();
    if (length > max) throw new MalformedFrame();
    const at = this.#take(length);
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch {
      throw new MalformedFrame();
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new MalformedFrame();
  }
}
