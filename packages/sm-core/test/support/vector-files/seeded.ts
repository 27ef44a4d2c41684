import { createHash } from 'node:crypto';

/** Reproducible bytes: SHA-256 over the seed and a counter. */
export class Seeded {
  readonly #seed: string;
  #counter = 0;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      if (this.#rest.length === 0) {
        this.#rest = createHash('sha256')
          .update(`${this.#seed}\0${this.#counter++}`)
          .digest();
      }
      const part = this.#rest.subarray(0, length - at);
      out.set(part, at);
      this.#rest = this.#rest.subarray(part.length);
      at += part.length;
    }
    return out;
  }

  hex(length: number): string {
    return Buffer.from(this.bytes(length)).toString('hex');
  }

  /** An integer from 0 up to and without `limit`, at most 2^31; its bias does not matter here. */
  below(limit: number): number {
    return Buffer.from(this.bytes(6)).readUIntBE(0, 6) % limit;
  }

  /** An integer from 1 up to and without `limit`. */
  big(limit: bigint): bigint {
    return (BigInt(`0x${this.hex(40)}`) % (limit - 1n)) + 1n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
