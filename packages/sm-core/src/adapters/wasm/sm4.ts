import { SM_CORE_ERRORS } from '../../errors.ts';
import { SM4_BLOCK_BYTES, type Sm4GcmKey, type Sm4Key } from '../../spec/v1/engine.ts';
import type { Kernel } from './kernel.ts';
import { DATA_AT, GCM_KEY_BYTES, KEY_BYTES, PIECE_BYTES, STATE_AT, Y_AT } from './sm4-layout.ts';

/** What the SM4 part of the module exports; all of it works on the exchange area. */
interface Sm4Exports {
  sm4_setup(): void;
  sm4_gcm_setup(): void;
  sm4_ecb(bytes: number, decrypt: number): void;
  sm4_cbc_encrypt(bytes: number): void;
  sm4_cbc_encrypt_tables(bytes: number): void;
  sm4_cbc_decrypt(bytes: number): void;
  sm4_ctr(bytes: number): void;
  sm4_ghash(bytes: number): void;
  sm4_gcm(bytes: number, decrypt: number): void;
}

/** How the serial work of SM4 is done. */
export interface WasmSm4Options {
  /**
   * `constant-time` (the default): no load and no branch depends on key or data.
   *
   * `fast`: CBC encryption, and with it CBC-MAC, looks into tables in memory, about two
   * times as fast and **not constant-time**: who shares the processor's cache can learn
   * from it. The reason that this exists: CBC encryption is serial, so it cannot be spread
   * over blocks as all other modes are. Those stay table-free in both profiles.
   */
  readonly profile?: 'constant-time' | 'fast';
}

/** SM4 of one kernel. */
export interface WasmSm4 {
  /** SM4 under `key` (16 bytes). @standard GB/T 32907-2016 */
  sm4(key: Uint8Array): Sm4Key;
  /** SM4 under `key` (16 bytes) with the parts of GCM. @standard GB/T 36624-2018 */
  sm4Gcm(key: Uint8Array): Sm4GcmKey;
}

/**
 * SM4 on the WebAssembly kernel.
 *
 * Guarantee: the key schedule and the GHASH tables live in one array per key object, which
 * `destroy` zeroes; they and the data are in the kernel's memory only during a call.
 *
 * @standard GB/T 32907-2016, GB/T 17964-2021, GB/T 36624-2018 §8
 */
export function createWasmSm4(kernel: Kernel, options: WasmSm4Options = {}): WasmSm4 {
  const lanes = new Lanes(kernel, options.profile === 'fast');
  return {
    sm4: (key) => new WasmSm4Key(lanes, lanes.prepare(key, KEY_BYTES)),
    sm4Gcm: (key) => new WasmSm4GcmKey(lanes, lanes.prepare(key, GCM_KEY_BYTES)),
  };
}

/** The exchange area as SM4 uses it. */
class Lanes {
  readonly call: Sm4Exports;
  readonly cbcEncrypt: (bytes: number) => void;
  readonly #kernel: Kernel;
  readonly #memory: Uint8Array;
  readonly #io: number;
  readonly #state: Uint8Array;
  readonly #y: Uint8Array;

  constructor(kernel: Kernel, fast: boolean) {
    this.call = kernel.exports as Sm4Exports;
    this.cbcEncrypt = fast ? this.call.sm4_cbc_encrypt_tables : this.call.sm4_cbc_encrypt;
    this.#kernel = kernel;
    this.#memory = kernel.memory;
    this.#io = kernel.io;
    this.#state = kernel.memory.subarray(kernel.io + STATE_AT, kernel.io + STATE_AT + SM4_BLOCK_BYTES);
    this.#y = kernel.memory.subarray(kernel.io + Y_AT, kernel.io + Y_AT + SM4_BLOCK_BYTES);
  }

  /** The first `length` bytes of the area after the set-up: round keys, and for GCM the tables. */
  prepare(key: Uint8Array, length: number): Uint8Array {
    try {
      this.#kernel.enter();
      this.#state.set(key);
      this.call.sm4_setup();
      if (length > KEY_BYTES) this.call.sm4_gcm_setup();
      return this.#memory.slice(this.#io, this.#io + length);
    } finally {
      this.#clear(0);
    }
  }

  /**
   * Runs `work` over the data in pieces. `state` and `y` move on; `work` gets the number
   * of bytes that lie in the area, and leaves its result in their place.
   */
  run(
    material: Uint8Array,
    state: Uint8Array | undefined,
    y: Uint8Array | undefined,
    input: Uint8Array,
    output: Uint8Array | undefined,
    work: (bytes: number) => void,
  ): void {
    const memory = this.#memory;
    const data = this.#io + DATA_AT;
    const length = input.length;
    try {
      this.#kernel.enter();
      memory.set(material, this.#io);
      if (state !== undefined) this.#state.set(state);
      if (y !== undefined) this.#y.set(y);
      for (let at = 0; at < length; at += PIECE_BYTES) {
        const bytes = Math.min(length - at, PIECE_BYTES);
        memory.set(bytes === length ? input : input.subarray(at, at + bytes), data);
        work(bytes);
        output?.set(memory.subarray(data, data + bytes), at);
      }
      state?.set(this.#state);
      y?.set(this.#y);
    } finally {
      this.#clear(Math.min(length, PIECE_BYTES));
    }
  }

  /** Zeroes keys, state and `bytes` bytes of data with the rest of their last block. */
  #clear(bytes: number): void {
    const end = bytes === 0 ? Y_AT + SM4_BLOCK_BYTES : DATA_AT + ((bytes + 15) & ~15);
    this.#memory.fill(0, this.#io, this.#io + end);
    this.#kernel.leave();
  }
}

/** SM4 under one key. */
class WasmSm4Key implements Sm4Key {
  protected readonly lanes: Lanes;
  readonly #material: Uint8Array;
  #destroyed = false;

  constructor(lanes: Lanes, material: Uint8Array) {
    this.lanes = lanes;
    this.#material = material;
  }

  /** A zeroed key schedule still encrypts, so using it must fail instead. */
  protected get material(): Uint8Array {
    if (this.#destroyed) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    return this.#material;
  }

  encryptBlocks(input: Uint8Array, output: Uint8Array): void {
    const { call } = this.lanes;
    this.lanes.run(this.material, undefined, undefined, input, output, (bytes) => call.sm4_ecb(bytes, 0));
  }

  decryptBlocks(input: Uint8Array, output: Uint8Array): void {
    const { call } = this.lanes;
    this.lanes.run(this.material, undefined, undefined, input, output, (bytes) => call.sm4_ecb(bytes, 1));
  }

  cbcEncrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.lanes.run(this.material, iv, undefined, input, output, this.lanes.cbcEncrypt);
  }

  cbcDecrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.lanes.run(this.material, iv, undefined, input, output, this.lanes.call.sm4_cbc_decrypt);
  }

  ctr(counter: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.lanes.run(this.material, counter, undefined, input, output, this.lanes.call.sm4_ctr);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#material.fill(0);
  }
}

/** SM4 with the parts of GCM under one key. */
class WasmSm4GcmKey extends WasmSm4Key implements Sm4GcmKey {
  ghash(y: Uint8Array, data: Uint8Array): void {
    this.lanes.run(this.material, undefined, y, data, undefined, this.lanes.call.sm4_ghash);
  }

  gcmEncrypt(counter: Uint8Array, y: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const { call } = this.lanes;
    this.lanes.run(this.material, counter, y, input, output, (bytes) => call.sm4_gcm(bytes, 0));
  }

  gcmDecrypt(counter: Uint8Array, y: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const { call } = this.lanes;
    this.lanes.run(this.material, counter, y, input, output, (bytes) => call.sm4_gcm(bytes, 1));
  }
}
