import { plainBytes } from '../spec/v1/plain-bytes.ts';
import { malformed } from './malformed.ts';

/**
 * Reads fields of a binary structure one after the other. Every read is checked against the end;
 * byte fields are views of the input.
 *
 * @internal
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  #at = 0;

  /** @param name - what is read, for the error's detail */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = plainBytes(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED when fewer than `length` bytes are left */
  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  skip(length: number): void {
    this.#take(length);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  u16be(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32be(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64be(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED when something is left */
  end(): void {
    if (this.left > 0) throw malformed(`${this.#name}-trailing`);
  }

  #take(length: number): number {
    if (!(length >= 0 && length <= this.left)) throw malformed(`${this.#name}-truncated`);
    const from = this.#at;
    this.#at += length;
    return from;
  }
}
