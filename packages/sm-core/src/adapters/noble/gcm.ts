import type { Sm4GcmKey } from '../../spec/v1/engine.ts';
import { ctr, NobleSm4 } from './sm4.ts';
import { viewOf } from './sm4-block.ts';

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

/** table[256 × 4 words]: byte b times H, most significant bit first. */
function multiplesOf(h: Uint8Array): Int32Array {
  const view = viewOf(h);
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
  v.fill(0);
  return table;
}

/** y = (y ⊕ a‖b‖c‖d) · H, with the multiples of H byte by byte (Shoup's method). @standard GB/T 36624-2018 §8 */
function multiply(table: Int32Array, y: Int32Array, a: number, b: number, c: number, d: number): void {
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

/** GHASH of `data` continued from `y`; a short last block is padded with zeros. @standard GB/T 36624-2018 §8 */
function ghash(table: Int32Array, y: Uint8Array, data: Uint8Array): void {
  const value = new Int32Array(4);
  const yView = viewOf(y);
  for (let w = 0; w < 4; w++) value[w] = yView.getInt32(4 * w, false);
  const hash = (view: DataView, end: number): void => {
    for (let at = 0; at < end; at += 16) {
      multiply(
        table,
        value,
        view.getInt32(at, false),
        view.getInt32(at + 4, false),
        view.getInt32(at + 8, false),
        view.getInt32(at + 12, false),
      );
    }
  };
  const whole = data.length & ~15;
  hash(viewOf(data), whole);
  if (whole < data.length) {
    const last = new Uint8Array(16);
    last.set(data.subarray(whole));
    hash(viewOf(last), 16);
    last.fill(0);
  }
  for (let w = 0; w < 4; w++) yView.setInt32(4 * w, value[w]!, false);
  value.fill(0);
}

/** The parts of SM4-GCM in pure TypeScript; table-based, see SECURITY.md. @standard GB/T 36624-2018 §8 */
class NobleSm4Gcm extends NobleSm4 implements Sm4GcmKey {
  readonly #table: Int32Array;

  constructor(key: Uint8Array) {
    super(key);
    // H is the encryption of the zero block.
    const h = new Uint8Array(16);
    this.encryptBlocks(h, h);
    this.#table = multiplesOf(h);
    h.fill(0);
  }

  ghash(y: Uint8Array, data: Uint8Array): void {
    this.run(() => ghash(this.#table, y, data));
  }

  gcmEncrypt(counter: Uint8Array, y: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.run((rk) => {
      ctr(rk, counter, input, output, 32);
      ghash(this.#table, y, output);
    });
  }

  gcmDecrypt(counter: Uint8Array, y: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.run((rk) => {
      ghash(this.#table, y, input);
      ctr(rk, counter, input, output, 32);
    });
  }

  override destroy(): void {
    super.destroy();
    this.#table.fill(0);
  }
}

/** SM4 under `key` (16 bytes) with the parts of GCM, in pure TypeScript. @standard GB/T 36624-2018 §8 */
export function nobleSm4Gcm(key: Uint8Array): Sm4GcmKey {
  return new NobleSm4Gcm(key);
}
