import { SM_CORE_ERRORS } from '../errors.ts';
import type { Sm3Hash } from '../spec/v1/engine.ts';
import { anyBytes } from './input.ts';

/** Checks what comes in and keeps a finished hash from being used again. */
export class CheckedHash implements Sm3Hash {
  #inner: Sm3Hash | undefined;

  constructor(inner: Sm3Hash) {
    this.#inner = inner;
  }

  update(data: Uint8Array): this {
    this.#running().update(anyBytes(data, 'data'));
    return this;
  }

  digest(): Uint8Array {
    const digest = this.#running().digest();
    this.#inner = undefined;
    return digest;
  }

  clone(): Sm3Hash {
    return new CheckedHash(this.#running().clone());
  }

  #running(): Sm3Hash {
    if (this.#inner === undefined) throw SM_CORE_ERRORS.create('ERR_HASH_FINISHED');
    return this.#inner;
  }
}
