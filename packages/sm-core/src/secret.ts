/// <reference lib="esnext.disposable" preserve="true" />
import { checkBytes, equalBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { randomBytes, systemRandom } from './random.ts';
import type { RandomSource } from './spec/v1/engine.ts';

const MAX_BYTES = Number.MAX_SAFE_INTEGER;
/** The name under which Node's `console.log` looks for a text; other run times do not ask. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/**
 * Secret bytes (秘密数据): redacted wherever a value might be printed, zeroed when done.
 *
 * Guarantee: neither `String()`, `JSON.stringify`, `console.log` nor a template shows the
 * bytes, and `structuredClone` or `postMessage` of the object carries none: the copy is an
 * empty object. The one way to them is {@link Secret.use}. Zeroing overwrites the one buffer
 * this object owns; copies that the engine of the language made (a moved heap page, a
 * BigInt) are out of its reach.
 *
 * @standard GM/T 0028-2014 §7.9 (zeroisation of sensitive security parameters)
 * @example
 * ```ts
 * import { Secret, sm4 } from '@cssi/sm-core';
 * const key = Secret.random(16);
 * const gcm = sm4.gcm(key);
 * key.destroy();
 * ```
 */
export class Secret {
  #bytes: Uint8Array | undefined;

  /**
   * As {@link Secret.destroy}, for `using`. It is there where the run time has `Symbol.dispose`.
   */
  declare readonly [Symbol.dispose]: () => void;

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

  /**
   * Fresh random bytes that nothing else has seen.
   *
   * @param length - 0 to 1,048,576 bytes
   * @param random - the source; the platform's with its health tests when left out
   * @throws {@link SmError} ERR_INPUT_LENGTH, ERR_INPUT_TYPE, ERR_RANDOM_UNHEALTHY
   */
  static random(length: number, random: RandomSource = systemRandom): Secret {
    return new Secret(randomBytes(length, random));
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
   * The reader must be synchronous: one that goes on after the call could read bytes that
   * were zeroed meanwhile, so a promise as its result is refused, and what became of the
   * promise is not looked at.
   *
   * @throws {@link SmError} ERR_SECRET_DESTROYED, ERR_INPUT_TYPE when the reader returns a promise
   */
  use<T>(reader: (bytes: Uint8Array) => T): T {
    const result = reader(this.#live());
    if (result instanceof Promise) {
      // Whether it fails is no longer anybody's business.
      result.catch(() => undefined);
      throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=reader expected=synchronous' });
    }
    return result;
  }

  /**
   * Are the bytes the same? Compares without an early exit; the lengths are not secret.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE when `other` is not a Secret, ERR_SECRET_DESTROYED
   */
  equals(other: Secret): boolean {
    const mine = this.#live();
    return useSecret(other, 'other', (theirs) => equalBytes(mine, theirs));
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

  /** The fixed text `[Secret]`. @internal */
  [INSPECT](): string {
    return '[Secret]';
  }

  #live(): Uint8Array {
    if (this.#bytes === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return this.#bytes;
  }

  static {
    // A class body cannot have a method whose name the run time may not know.
    if (typeof Symbol.dispose === 'symbol') {
      Object.defineProperty(Secret.prototype, Symbol.dispose, {
        value(this: Secret): void {
          this.destroy();
        },
      });
    }
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
