/** Reads a WebAssembly module byte by byte; throws on its end. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Error('the module ends too early');
    return this.bytes[this.at++]!;
  }

  /** Unsigned LEB128 of up to 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Skips a LEB128 number of any length and sign. */
  skipLeb(): void {
    while (this.byte() >= 0x80) {
      // the value does not matter
    }
  }

  skip(count: number): void {
    if (this.at + count > this.end) throw new Error('the module ends too early');
    this.at += count;
  }

  take(count: number): Uint8Array {
    const from = this.at;
    this.skip(count);
    return this.bytes.subarray(from, this.at);
  }
}

/** Collects bytes of a module. */
export class Writer {
  readonly #bytes: number[] = [];

  byte(...values: readonly number[]): this {
    for (const value of values) this.#bytes.push(value);
    return this;
  }

  raw(bytes: Uint8Array): this {
    for (const value of bytes) this.#bytes.push(value);
    return this;
  }

  u32(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
    return this;
  }

  /** i32.const of a number below 2^31. */
  constant(value: number): this {
    this.#bytes.push(0x41);
    let rest = value;
    for (;;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      if (rest === 0 && (byte & 0x40) === 0) {
        this.#bytes.push(byte);
        return this;
      }
      this.#bytes.push(byte | 0x80);
    }
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}
