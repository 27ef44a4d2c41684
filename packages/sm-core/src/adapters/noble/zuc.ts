import { SM_CORE_ERRORS } from '../../errors.ts';
import type { ZucStream } from '../../spec/v1/engine.ts';

/** Constants d_i of key loading. @standard GB/T 33133.1-2016 §5.5 */
const D: readonly number[] = [
  0x44d7, 0x26bc, 0x626b, 0x135e, 0x5789, 0x35e2, 0x7135, 0x09af, 0x4d78, 0x2f13, 0x6bc4, 0x1af1, 0x5e26,
  0x3c4d, 0x789a, 0x47ac,
];
/** 2^31 - 1, the modulus of the register. */
const M31 = 0x7fffffff;

const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n));

/** S0: three rounds over nibbles, then a rotation by 5 bits. @standard GB/T 33133.1-2016 §5.4 */
const S0: Uint8Array = /* @__PURE__ */ (() => {
  const p1 = [9, 15, 0, 14, 15, 15, 2, 10, 0, 4, 0, 12, 7, 5, 3, 9];
  const p2 = [8, 13, 6, 5, 7, 0, 12, 4, 11, 1, 14, 10, 15, 3, 9, 2];
  const p3 = [2, 6, 10, 6, 0, 13, 10, 15, 3, 3, 13, 5, 0, 9, 12, 13];
  return Uint8Array.from({ length: 256 }, (_, x) => {
    let high = (x >> 4) ^ p1[x & 15]!;
    const low = (x & 15) ^ p2[high]!;
    high ^= p3[low]!;
    const y = (high << 4) | low;
    return (y << 5) | (y >> 3);
  });
})();

/** S1: an affine image of the inverse modulo x^8 + x^7 + x^3 + x + 1. @standard GB/T 33133.1-2016 §5.4 */
const S1: Uint8Array = /* @__PURE__ */ (() => {
  const columns = [0x97, 0x3e, 0x6d, 0xcb, 0xee, 0xdd, 0xbb, 0x77];
  const table = new Uint8Array(256).fill(0x55);
  // x runs through the powers of 6, which generates the field, and `inverse` through those of 1/6.
  const times2 = (x: number): number => (x << 1) ^ (x >> 7 === 0 ? 0 : 0x18b);
  const powers = [1];
  for (let i = 1; i < 255; i++) powers.push(times2(times2(powers[i - 1]!) ^ powers[i - 1]!));
  for (let i = 0; i < 255; i++) {
    const inverse = powers[(255 - i) % 255]!;
    for (let bit = 0; bit < 8; bit++) if ((inverse >> bit) & 1) table[powers[i]!]! ^= columns[bit]!;
  }
  return table;
})();

const substitute = (x: number): number =>
  (S0[x >>> 24]! << 24) | (S1[(x >>> 16) & 255]! << 16) | (S0[(x >>> 8) & 255]! << 8) | S1[x & 255]!;

/** x·2^n modulo 2^31 - 1: a rotation of 31 bits. */
const timesPower = (x: number, n: number): number => ((x << n) & M31) | (x >>> (31 - n));

/** a + b modulo 2^31 - 1. */
function add(a: number, b: number): number {
  const sum = (a + b) >>> 0;
  return (sum & M31) + (sum >>> 31);
}

/** ZUC-128 in plain TypeScript; its tables are indexed by the state, so it is not constant-time. */
class PureZuc implements ZucStream {
  /** The register s_0..s_15, a ring that begins at `#at`. */
  readonly #s: Int32Array = new Int32Array(16);
  #at = 0;
  #r1 = 0;
  #r2 = 0;
  #destroyed = false;

  constructor(key: Uint8Array, iv: Uint8Array) {
    // §5.5, §5.6.1: s_i = k_i‖d_i‖iv_i, then 32 steps that feed F back.
    for (let i = 0; i < 16; i++) this.#s[i] = (key[i]! << 23) | (D[i]! << 8) | iv[i]!;
    for (let i = 0; i < 32; i++) this.#shift(this.#f() >>> 1);
    // §5.6.2: one step whose word is thrown away.
    this.#f();
    this.#shift(0);
  }

  words(out: Uint32Array): void {
    if (this.#destroyed) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    for (let i = 0; i < out.length; i++) {
      // §5.3: X3 = s_2L‖s_0H
      const x3 = (this.#cell(2) << 16) | (this.#cell(0) >>> 15);
      out[i] = this.#f() ^ x3;
      this.#shift(0);
    }
  }

  destroy(): void {
    this.#s.fill(0);
    this.#r1 = 0;
    this.#r2 = 0;
    this.#destroyed = true;
  }

  #cell(i: number): number {
    return this.#s[(this.#at + i) & 15]!;
  }

  /** §5.3 and §5.4: the words X0..X2 and the nonlinear function F. */
  #f(): number {
    const x0 = ((this.#cell(15) << 1) & 0xffff0000) | (this.#cell(14) & 0xffff);
    const x1 = (this.#cell(11) << 16) | (this.#cell(9) >>> 15);
    const x2 = (this.#cell(7) << 16) | (this.#cell(5) >>> 15);
    const w = ((x0 ^ this.#r1) + this.#r2) | 0;
    const w1 = (this.#r1 + x1) | 0;
    const w2 = this.#r2 ^ x2;
    const u = (w1 << 16) | (w2 >>> 16);
    const v = (w2 << 16) | (w1 >>> 16);
    this.#r1 = substitute(u ^ rotl(u, 2) ^ rotl(u, 10) ^ rotl(u, 18) ^ rotl(u, 24)); // L1
    this.#r2 = substitute(v ^ rotl(v, 8) ^ rotl(v, 14) ^ rotl(v, 22) ^ rotl(v, 30)); // L2
    return w;
  }

  /** §5.2: one step of the register modulo 2^31 - 1. */
  #shift(u: number): void {
    let v = add(timesPower(this.#cell(15), 15), timesPower(this.#cell(13), 17));
    v = add(v, timesPower(this.#cell(10), 21));
    v = add(v, timesPower(this.#cell(4), 20));
    v = add(v, timesPower(this.#cell(0), 8));
    v = add(add(v, this.#cell(0)), u);
    this.#s[this.#at] = v;
    this.#at = (this.#at + 1) & 15;
  }
}

/** The key stream of `key` and `iv`, 16 bytes each. @standard GB/T 33133.1-2016 §6 */
export function zucStream(key: Uint8Array, iv: Uint8Array): ZucStream {
  return new PureZuc(key, iv);
}
