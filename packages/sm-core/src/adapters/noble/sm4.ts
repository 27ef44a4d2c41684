import { SM_CORE_ERRORS } from '../../errors.ts';
import type { Sm4Key } from '../../spec/v1/engine.ts';
import { cryptWords, expandKey, reverseKey, viewOf, words } from './sm4-block.ts';

/** ECB over whole blocks; `rk` says the direction. @standard GB/T 32907-2016 §7 */
function cryptBlocks(rk: Int32Array, input: Uint8Array, output: Uint8Array): void {
  const [from, to] = [viewOf(input), viewOf(output)];
  for (let at = 0; at < input.length; at += 16) {
    cryptWords(
      rk,
      from.getInt32(at, false),
      from.getInt32(at + 4, false),
      from.getInt32(at + 8, false),
      from.getInt32(at + 12, false),
    );
    for (let w = 0; w < 4; w++) to.setInt32(at + 4 * w, words[w]!, false);
  }
}

/** @standard GB/T 17964-2021 §6 */
function cbcEncrypt(rk: Int32Array, iv: DataView, from: DataView, to: DataView): void {
  for (let w = 0; w < 4; w++) words[w] = iv.getInt32(4 * w, false);
  for (let at = 0; at < from.byteLength; at += 16) {
    cryptWords(
      rk,
      from.getInt32(at, false) ^ words[0]!,
      from.getInt32(at + 4, false) ^ words[1]!,
      from.getInt32(at + 8, false) ^ words[2]!,
      from.getInt32(at + 12, false) ^ words[3]!,
    );
    for (let w = 0; w < 4; w++) to.setInt32(at + 4 * w, words[w]!, false);
  }
  for (let w = 0; w < 4; w++) iv.setInt32(4 * w, words[w]!, false);
}

/** @standard GB/T 17964-2021 §6 */
function cbcDecrypt(rk: Int32Array, iv: DataView, from: DataView, to: DataView): void {
  let p0 = iv.getInt32(0, false);
  let p1 = iv.getInt32(4, false);
  let p2 = iv.getInt32(8, false);
  let p3 = iv.getInt32(12, false);
  for (let at = 0; at < from.byteLength; at += 16) {
    const c0 = from.getInt32(at, false);
    const c1 = from.getInt32(at + 4, false);
    const c2 = from.getInt32(at + 8, false);
    const c3 = from.getInt32(at + 12, false);
    cryptWords(rk, c0, c1, c2, c3);
    to.setInt32(at, words[0]! ^ p0, false);
    to.setInt32(at + 4, words[1]! ^ p1, false);
    to.setInt32(at + 8, words[2]! ^ p2, false);
    to.setInt32(at + 12, words[3]! ^ p3, false);
    p0 = c0;
    p1 = c1;
    p2 = c2;
    p3 = c3;
  }
  iv.setInt32(0, p0, false);
  iv.setInt32(4, p1, false);
  iv.setInt32(8, p2, false);
  iv.setInt32(12, p3, false);
}

/**
 * CTR of which the `bits` low bits of the counter count: 128 for CTR, 32 for GCM.
 *
 * @standard GB/T 17964-2021 §9
 */
export function ctr(
  rk: Int32Array,
  counter: Uint8Array,
  input: Uint8Array,
  output: Uint8Array,
  bits: 32 | 128,
): void {
  const start = viewOf(counter);
  const [from, to] = [viewOf(input), viewOf(output)];
  let n0 = start.getInt32(0, false);
  let n1 = start.getInt32(4, false);
  let n2 = start.getInt32(8, false);
  let n3 = start.getInt32(12, false);
  for (let at = 0; at < input.length; at += 16) {
    cryptWords(rk, n0, n1, n2, n3);
    if (at + 16 <= input.length) {
      for (let w = 0; w < 4; w++) {
        to.setInt32(at + 4 * w, from.getInt32(at + 4 * w, false) ^ words[w]!, false);
      }
    } else {
      for (let i = at; i < input.length; i++) {
        output[i] = input[i]! ^ (words[(i - at) >> 2]! >>> (24 - 8 * (i & 3)));
      }
    }
    n3 = (n3 + 1) | 0;
    if (n3 === 0 && bits === 128) {
      n2 = (n2 + 1) | 0;
      if (n2 === 0) n1 = (n1 + 1) | 0;
      if (n2 === 0 && n1 === 0) n0 = (n0 + 1) | 0;
    }
  }
  start.setInt32(0, n0, false);
  start.setInt32(4, n1, false);
  start.setInt32(8, n2, false);
  start.setInt32(12, n3, false);
}

/** SM4 under one key in pure TypeScript; table-based, see SECURITY.md. @standard GB/T 32907-2016 */
export class NobleSm4 implements Sm4Key {
  readonly #encrypt: Int32Array;
  readonly #decrypt: Int32Array;
  #destroyed = false;

  constructor(key: Uint8Array) {
    this.#encrypt = expandKey(key);
    this.#decrypt = reverseKey(this.#encrypt);
  }

  encryptBlocks(input: Uint8Array, output: Uint8Array): void {
    this.run((rk) => cryptBlocks(rk, input, output));
  }

  decryptBlocks(input: Uint8Array, output: Uint8Array): void {
    this.run((_, rk) => cryptBlocks(rk, input, output));
  }

  cbcEncrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.run((rk) => cbcEncrypt(rk, viewOf(iv), viewOf(input), viewOf(output)));
  }

  cbcDecrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.run((_, rk) => cbcDecrypt(rk, viewOf(iv), viewOf(input), viewOf(output)));
  }

  ctr(counter: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.run((rk) => ctr(rk, counter, input, output, 128));
  }

  destroy(): void {
    this.#encrypt.fill(0);
    this.#decrypt.fill(0);
    this.#destroyed = true;
  }

  /** A zeroed key schedule still encrypts, so using it must fail instead. */
  protected run(use: (encrypt: Int32Array, decrypt: Int32Array) => void): void {
    if (this.#destroyed) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    try {
      use(this.#encrypt, this.#decrypt);
    } finally {
      words.fill(0);
    }
  }
}

/** SM4 under `key` (16 bytes) in pure TypeScript. @standard GB/T 32907-2016 */
export function nobleSm4(key: Uint8Array): Sm4Key {
  return new NobleSm4(key);
}
