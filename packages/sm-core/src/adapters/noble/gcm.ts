import { equalBytes } from '../../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../../errors.ts';
import type { Sm4GcmKey } from '../../spec/v1/engine.ts';
import { cryptBlock, ctr, expandKey } from './sm4.ts';

/** R = 11100001‖0^120, shifted once per bit. @standard GB/T 36624-2018 §8 (as in NIST SP 800-38D §6.3) */
const REDUCE: Int32Array = /* @__PURE__ */ (() => {
  // What falls out when eight bits are shifted off the low end, folded to the top 16 bits.
  const table = new Int32Array(256);
  for (let x = 0; x < 256; x++) {
    let r = 0;
    for (let bit = 0; bit < 8; bit++) if (x & (1 << bit)) r ^= 0xe1000000 >>> (7 - bit);
    table[x] = r;
  }
  return table;
})();

/** GHASH with a table of the 256 multiples of H (Shoup's method). */
class Ghash {
  readonly #table: Int32Array;
  readonly #y = new Int32Array(4);

  constructor(table: Int32Array) {
    this.#table = table;
  }

  /** table[256 × 4 words]: byte b times H, most significant bit first. */
  static table(h: Uint8Array): Int32Array {
    const view = new DataView(h.buffer, h.byteOffset, 16);
    const table = new Int32Array(1024);
    const v = [0, 4, 8, 12].map((at) => view.getInt32(at, false));
    for (let byte = 0x80; byte >= 1; byte >>= 1) {
      for (let w = 0; w < 4; w++) table[4 * byte + w] = v[w]!;
      const carry = v[3]! & 1;
      for (let w = 3; w > 0; w--) v[w] = (v[w]! >>> 1) | (v[w - 1]! << 31);
      v[0] = (v[0]! >>> 1) ^ (carry ? 0xe1000000 : 0);
    }
    for (let byte = 3; byte < 256; byte++) {
      const high = 1 << (31 - Math.clz32(byte));
      if (high === byte) continue;
      for (let w = 0; w < 4; w++) {
        table[4 * byte + w] = table[4 * high + w]! ^ table[4 * (byte ^ high) + w]!;
      }
    }
    return table;
  }

  /** Whole blocks; a short last block is padded with zeros. */
  update(data: Uint8Array): void {
    const whole = data.length & ~15;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    for (let at = 0; at < whole; at += 16) {
      this.#block(
        view.getInt32(at, false),
        view.getInt32(at + 4, false),
        view.getInt32(at + 8, false),
        view.getInt32(at + 12, false),
      );
    }
    if (whole < data.length) {
      const last = new Uint8Array(16);
      last.set(data.subarray(whole));
      this.update(last);
    }
  }

  /** len(A) ‖ len(C) in bits, then the value. */
  finish(aadBytes: number, dataBytes: number): Uint8Array {
    const high = (n: number): number => Math.floor(n / 0x20000000);
    this.#block(high(aadBytes), (aadBytes << 3) >>> 0, high(dataBytes), (dataBytes << 3) >>> 0);
    const out = new Uint8Array(16);
    const view = new DataView(out.buffer);
    for (let w = 0; w < 4; w++) view.setInt32(4 * w, this.#y[w]!, false);
    this.#y.fill(0);
    return out;
  }

  #block(a: number, b: number, c: number, d: number): void {
    const table = this.#table;
    const y = this.#y;
    y[0]! ^= a;
    y[1]! ^= b;
    y[2]! ^= c;
    y[3]! ^= d;
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    for (let w = 3; w >= 0; w--) {
      const word = y[w]!;
      for (let shift = 0; shift < 32; shift += 8) {
        const out = z3 & 0xff;
        z3 = (z3 >>> 8) | (z2 << 24);
        z2 = (z2 >>> 8) | (z1 << 24);
        z1 = (z1 >>> 8) | (z0 << 24);
        z0 = (z0 >>> 8) ^ REDUCE[out]!;
        const at = ((word >>> shift) & 0xff) << 2;
        z0 ^= table[at]!;
        z1 ^= table[at + 1]!;
        z2 ^= table[at + 2]!;
        z3 ^= table[at + 3]!;
      }
    }
    y[0] = z0;
    y[1] = z1;
    y[2] = z2;
    y[3] = z3;
  }
}

/** SM4-GCM with a 12-byte nonce and a 16-byte tag. @standard GB/T 36624-2018 */
export class NobleSm4Gcm implements Sm4GcmKey {
  readonly #rk: Int32Array;
  readonly #table: Int32Array;
  #destroyed = false;

  constructor(key: Uint8Array) {
    this.#rk = expandKey(key);
    const h = cryptBlock(this.#rk, new Uint8Array(16));
    this.#table = Ghash.table(h);
    h.fill(0);
  }

  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
    this.#checkLive();
    const counter = this.#counter(nonce, 2);
    const ciphertext = ctr(this.#rk, counter, plaintext, 32);
    const out = new Uint8Array(ciphertext.length + 16);
    out.set(ciphertext);
    out.set(this.#tag(nonce, ciphertext, associatedData), ciphertext.length);
    return out;
  }

  open(nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined {
    this.#checkLive();
    if (sealed.length < 16) return undefined;
    const ciphertext = sealed.subarray(0, sealed.length - 16);
    if (!equalBytes(this.#tag(nonce, ciphertext, associatedData), sealed.subarray(ciphertext.length))) {
      return undefined;
    }
    return ctr(this.#rk, this.#counter(nonce, 2), ciphertext, 32);
  }

  destroy(): void {
    this.#rk.fill(0);
    this.#table.fill(0);
    this.#destroyed = true;
  }

  /** A zeroed key schedule still encrypts, so using it must fail instead. */
  #checkLive(): void {
    if (this.#destroyed) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
  }

  #counter(nonce: Uint8Array, value: number): Uint8Array {
    const counter = new Uint8Array(16);
    counter.set(nonce);
    counter[15] = value;
    return counter;
  }

  #tag(nonce: Uint8Array, ciphertext: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const ghash = new Ghash(this.#table);
    ghash.update(associatedData);
    ghash.update(ciphertext);
    return ctr(this.#rk, this.#counter(nonce, 1), ghash.finish(associatedData.length, ciphertext.length), 32);
  }
}
