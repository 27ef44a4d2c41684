import type { RandomSource } from '../../spec/v1/engine.ts';
import type { Kernel } from './kernel.ts';

/** What `kernel/sm2.c` and `kernel/sm2-cipher.c` export; all arguments but the last ones are addresses. */
interface Sm2Exports {
  sm2_slots(): number;
  sm2_slot(index: number): number;
  sm2_table_bytes(): number;
  sm2_public_key(out: number, d: number): void;
  sm2_is_point(point: number): number;
  sm2_decompress(out: number, x: number, parity: number): number;
  sm2_prepare_private(out: number, d: number): number;
  sm2_sign(out: number, prepared: number, e: number, k: number): number;
  sm2_verify(point: number, e: number, signature: number): number;
  sm2_prepare_public(table: number, point: number): number;
  sm2_verify_prepared(table: number, e: number, signature: number): number;
  sm2_multiply(out: number, d: number, point: number): number;
  sm2_multiply_both(out: number, k: number, point: number): number;
  sm2_exchange(out: number, d: number, r: number, x: number, point: number, ephemeral: number): number;
  sm2_mask(c3: number, shared: number, data: number, stream: number, n: number, opening: number): number;
}

/** Attempts before a random source counts as broken. */
const MAX_DRAWS = 64;
/** Longest message that is encrypted in the exchange area, in bytes. */
export const MAX_MASKED_BYTES: number = 32 * 1024;

/** Where things stand in the exchange area; the scalars and points take less than 4 KiB. */
const OUT = 0;
const FIRST = 192;
const SECOND = 256;
const THIRD = 320;
const FOURTH = 384;
const FIFTH = 448;
const SMALL_BYTES = 512;
const DATA = 4096;
const STREAM = DATA + MAX_MASKED_BYTES;

/**
 * The calls into the kernel: each writes its arguments into the exchange area, runs, takes
 * its result out and zeroes what it used. Points are 64 bytes x‖y here.
 */
export class Sm2Calls {
  readonly call: Sm2Exports;
  readonly #kernel: Kernel;
  readonly #io: number;

  constructor(kernel: Kernel) {
    this.call = kernel.exports as Sm2Exports;
    this.#kernel = kernel;
    this.#io = kernel.io;
  }

  /** Writes bytes into the exchange area and gives their address. */
  put(at: number, bytes: Uint8Array): number {
    this.#kernel.memory.set(bytes, this.#io + at);
    return this.#io + at;
  }

  /** Copies a result out, behind `prefix` bytes for the caller to fill. */
  take(length: number, prefix = 0): Uint8Array {
    const out = new Uint8Array(prefix + length);
    out.set(this.#kernel.memory.subarray(this.#io, this.#io + length), prefix);
    return out;
  }

  /** The point that a call has left as its result, as 04‖x‖y. */
  takePoint(): Uint8Array {
    const out = this.take(64, 1);
    out[0] = 4;
    return out;
  }

  /** Zeroes the arguments and the result; after work on secrets the stack too. */
  wipe(secret: boolean): void {
    this.#kernel.memory.fill(0, this.#io, this.#io + SMALL_BYTES);
    if (secret) this.#kernel.wipeStack();
    this.#kernel.leave();
  }

  publicKey(d: Uint8Array): Uint8Array {
    try {
      this.#kernel.enter();
      this.call.sm2_public_key(this.#io + OUT, this.put(FIRST, d));
      return this.takePoint();
    } finally {
      this.wipe(true);
    }
  }

  isPoint(point: Uint8Array): boolean {
    try {
      this.#kernel.enter();
      return this.call.sm2_is_point(this.put(FIRST, point)) === 1;
    } finally {
      this.wipe(false);
    }
  }

  decompress(x: Uint8Array, parity: number): Uint8Array | undefined {
    try {
      this.#kernel.enter();
      if (this.call.sm2_decompress(this.#io + OUT, this.put(FIRST, x), parity) !== 1) return undefined;
      return this.takePoint();
    } finally {
      this.wipe(false);
    }
  }

  /** (1+d)^-1, 32 bytes in the form that {@link sign} takes; `undefined` for d = n-1. */
  preparePrivate(d: Uint8Array): Uint8Array | undefined {
    try {
      this.#kernel.enter();
      if (this.call.sm2_prepare_private(this.#io + OUT, this.put(FIRST, d)) !== 1) return undefined;
      return this.take(32);
    } finally {
      this.wipe(true);
    }
  }

  /** r‖s, or `undefined` when another nonce is needed. */
  sign(prepared: Uint8Array, e: Uint8Array, k: Uint8Array): Uint8Array | undefined {
    try {
      this.#kernel.enter();
      const inverse = this.put(FIRST, prepared);
      const digest = this.put(SECOND, e);
      if (this.call.sm2_sign(this.#io + OUT, inverse, digest, this.put(THIRD, k)) !== 1) return undefined;
      return this.take(64);
    } finally {
      this.wipe(true);
    }
  }

  verify(point: Uint8Array, e: Uint8Array, signature: Uint8Array): boolean {
    try {
      this.#kernel.enter();
      return (
        this.call.sm2_verify(this.put(FIRST, point), this.put(SECOND, e), this.put(THIRD, signature)) === 1
      );
    } finally {
      this.wipe(false);
    }
  }

  /** With the table of the public key at the address `table`. */
  verifyPrepared(table: number, e: Uint8Array, signature: Uint8Array): boolean {
    try {
      this.#kernel.enter();
      return this.call.sm2_verify_prepared(table, this.put(FIRST, e), this.put(SECOND, signature)) === 1;
    } finally {
      this.wipe(false);
    }
  }

  /** Fills the table at the address `table`; false if the point is not on the curve. */
  preparePublic(table: number, point: Uint8Array): boolean {
    try {
      this.#kernel.enter();
      return this.call.sm2_prepare_public(table, this.put(FIRST, point)) === 1;
    } finally {
      this.wipe(false);
    }
  }

  /** [d]P as 04‖x‖y, or `undefined` if P is not on the curve. */
  multiply(d: Uint8Array, point: Uint8Array): Uint8Array | undefined {
    try {
      this.#kernel.enter();
      if (this.call.sm2_multiply(this.#io + OUT, this.put(FIRST, d), this.put(SECOND, point)) !== 1)
        return undefined;
      return this.takePoint();
    } finally {
      this.wipe(true);
    }
  }

  /** [k]G‖[k]P, 128 bytes, or `undefined` if k is not in [1, n-1]. */
  multiplyBoth(k: Uint8Array, point: Uint8Array): Uint8Array | undefined {
    try {
      this.#kernel.enter();
      if (this.call.sm2_multiply_both(this.#io + OUT, this.put(FIRST, k), this.put(SECOND, point)) !== 1)
        return undefined;
      return this.take(128);
    } finally {
      this.wipe(true);
    }
  }

  /** U or V, `undefined` at infinity, or false if a point is not on the curve. */
  exchange(
    d: Uint8Array,
    r: Uint8Array,
    x: Uint8Array,
    point: Uint8Array,
    ephemeral: Uint8Array,
  ): Uint8Array | undefined | false {
    try {
      this.#kernel.enter();
      const state = this.call.sm2_exchange(
        this.#io + OUT,
        this.put(FIRST, d),
        this.put(SECOND, r),
        this.put(THIRD, x),
        this.put(FOURTH, point),
        this.put(FIFTH, ephemeral),
      );
      if (state === 1) return this.takePoint();
      return state === 0 ? undefined : false;
    } finally {
      this.wipe(true);
    }
  }

  /**
   * `data` ⊕ KDF(x2‖y2) into `out`, and C3 of the plaintext; false if the key stream is all
   * zero. At most {@link MAX_MASKED_BYTES}.
   */
  mask(
    shared: Uint8Array,
    data: Uint8Array,
    out: Uint8Array,
    opening: boolean,
  ): { readonly c3: Uint8Array; readonly usable: boolean } {
    const { memory } = this.#kernel;
    const n = data.length;
    try {
      this.#kernel.enter();
      const usable = this.call.sm2_mask(
        this.#io + OUT,
        this.put(FIRST, shared),
        this.put(DATA, data),
        this.#io + STREAM,
        n,
        opening ? 1 : 0,
      );
      out.set(memory.subarray(this.#io + DATA, this.#io + DATA + n));
      return { c3: this.take(32), usable: usable === 1 };
    } finally {
      memory.fill(0, this.#io + DATA, this.#io + DATA + n);
      memory.fill(0, this.#io + STREAM, this.#io + STREAM + n);
      this.wipe(true);
    }
  }
}

/**
 * What `attempt` makes of a nonce k, 32 bytes; with another nonce while it refuses, which it
 * does also when k is not in [1, n-1]: so k is uniform by rejection. The source is asked
 * while nothing is in the exchange area. `undefined` after {@link MAX_DRAWS} nonces: a good
 * source is refused once in 2^32 times.
 *
 * @standard GB/T 32918.1-2016 §6.1
 */
export function withNonce<T>(random: RandomSource, attempt: (k: Uint8Array) => T | undefined): T | undefined {
  const k = new Uint8Array(32);
  try {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      random.fill(k);
      const result = attempt(k);
      if (result !== undefined) return result;
    }
    return undefined;
  } finally {
    k.fill(0);
  }
}
