import { SM4_BLOCK_BYTES, type Sm4Key } from '@cssi/sm-core';
import type { OperationKey } from '../operation-key.ts';
import type { CipherRun } from './cipher-run.ts';

const BLOCK = SM4_BLOCK_BYTES;

/** CTR: every byte comes at once; what is left of a block of key stream waits. @standard GB/T 17964-2021 §9 */
export class CtrRun implements CipherRun {
  readonly #key: Sm4Key;
  readonly #counter: Uint8Array;
  readonly #stream: Uint8Array = new Uint8Array(BLOCK);
  /** Bytes of `#stream` that were used. */
  #used = BLOCK;

  constructor(key: Sm4Key, counter: Uint8Array) {
    this.#key = key;
    this.#counter = Uint8Array.from(counter);
  }

  updateBytes(input: number): number {
    return input;
  }

  finalBytes(input: number): number {
    return input;
  }

  canTake(): boolean {
    return true;
  }

  canEnd(): boolean {
    return true;
  }

  update(input: Uint8Array): Uint8Array {
    const out = new Uint8Array(input.length);
    const start = Math.min(BLOCK - this.#used, input.length);
    this.#mask(input.subarray(0, start), out.subarray(0, start));
    const whole = (input.length - start) & -BLOCK;
    if (whole > 0) {
      this.#key.ctr(this.#counter, input.subarray(start, start + whole), out.subarray(start, start + whole));
    }
    if (start + whole < input.length) {
      this.#stream.fill(0);
      this.#key.ctr(this.#counter, this.#stream, this.#stream);
      this.#used = 0;
      this.#mask(input.subarray(start + whole), out.subarray(start + whole));
    }
    return out;
  }

  final(input: Uint8Array): Uint8Array {
    return this.update(input);
  }

  clone([key]: readonly OperationKey[]): CtrRun {
    const copy = new CtrRun(key ? key.sm4() : this.#key, this.#counter);
    copy.#stream.set(this.#stream);
    copy.#used = this.#used;
    return copy;
  }

  destroy(): void {
    this.#counter.fill(0);
    this.#stream.fill(0);
    this.#used = BLOCK;
  }

  #mask(input: Uint8Array, output: Uint8Array): void {
    for (let i = 0; i < input.length; i++) {
      output[i] = (input[i] as number) ^ (this.#stream[this.#used + i] as number);
    }
    this.#used += input.length;
  }
}
