import { concatBytes, utf8 } from '@cssi/sm-core';

/**
 * Writes fields of a binary structure one after the other, little-endian.
 *
 * @internal
 */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  /** `bytes`, then zeros up to `length`. */
  field(bytes: Uint8Array, length: number): this {
    return this.bytes(bytes).zeros(length - bytes.length);
  }

  text(text: string): this {
    return this.bytes(utf8(text));
  }

  zeros(length: number): this {
    return this.fill(0, length);
  }

  fill(byte: number, length: number): this {
    return this.bytes(new Uint8Array(length).fill(byte));
  }

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u16(value: number): this {
    return this.bytes(Uint8Array.of(value, value >>> 8));
  }

  u32(value: number): this {
    return this.bytes(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }

  finish(): Uint8Array {
    return concatBytes(...this.#parts);
  }
}
