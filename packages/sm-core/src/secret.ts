import { inspect } from 'node:util';
import { checkBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';

const MAX_BYTES = Number.MAX_SAFE_INTEGER;

/**
 * Secret bytes (秘密数据): redacted wherever a value might be printed, zeroed when done.
 *
 * Guarantee: neither `String()`, `JSON.stringify`, `console.log` nor a template
 * shows the bytes. Zeroing overwrites the one buffer this object owns; copies that
 * the engine of the language made (a moved heap page, a BigInt) are out of its reach.
 *
 * @standard GM/T 0028-2014 §7.9 (zeroisation of sensitive security parameters)
 * @example
 * ```ts
 * import { randomBytes, Secret, sm4 } from '@cssi/sm-core';
 * const key = Secret.take(randomBytes(16));
 * const gcm = sm4.gcm(key);
 * key.destroy();
 * ```
 */
export class Secret {
  #bytes: Uint8Array | undefined;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Takes ownership of `bytes`: the caller must not keep or change them.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE
   */
  static take(bytes: Uint8Array): Secret {
    return new Secret(checkBytes(bytes, 'secret', 0, MAX_BYTES));
  }

  /**
   * Copies `bytes`; the caller's buffer stays the caller's to zero.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE
   */
  static copy(bytes: Uint8Array): Secret {
    return new Secret(Uint8Array.from(checkBytes(bytes, 'secret', 0, MAX_BYTES)));
  }

  /** Length in bytes; 0 after {@link Secret.destroy}. */
  get length(): number {
    return this.#bytes?.length ?? 0;
  }

  /** True after {@link Secret.destroy}. */
  get destroyed(): boolean {
    return this.#bytes === undefined;
  }

  /**
   * Gives `reader` the bytes for the duration of the call. Do not keep them.
   *
   * @throws {@link SmError} ERR_SECRET_DESTROYED
   */
  use<T>(reader: (bytes: Uint8Array) => T): T {
    if (this.#bytes === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return reader(this.#bytes);
  }

  /** Zeroes the bytes. A second call does nothing. */
  destroy(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  /** The fixed text `[Secret]`. */
  toString(): string {
    return '[Secret]';
  }

  /** The fixed text `[Secret]`. */
  toJSON(): string {
    return '[Secret]';
  }

  [inspect.custom](): string {
    return '[Secret]';
  }
}

/**
 * Gives `use` the bytes of a secret from outside.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE when `key` is not a {@link Secret}, ERR_SECRET_DESTROYED
 * @internal
 */
export function useSecret<T>(key: Secret, name: string, use: (bytes: Uint8Array) => T): T {
  if (!(key instanceof Secret)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: `parameter=${name} expected=Secret` });
  }
  return key.use(use);
}
