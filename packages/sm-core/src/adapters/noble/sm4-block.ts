/**
 * SM4 block cipher. Table-based: the look-ups depend on key and data, so an
 * attacker who shares the cache can learn from their timing (SECURITY.md says so).
 */

/** S-box. @standard GB/T 32907-2016 §6.2 */
const SBOX: Uint8Array = /* @__PURE__ */ (() => {
  // Inversion in GF(2^8) modulo x^8+x^7+x^6+x^5+x^4+x^2+1 between two equal affine maps.
  const multiply = (a: number, b: number): number => {
    let product = 0;
    for (let i = 0; i < 8; i++) {
      if (b & 1) product ^= a;
      a = a & 0x80 ? ((a << 1) ^ 0x1f5) & 0x1ff : a << 1;
      b >>= 1;
    }
    return product & 0xff;
  };
  const rotate = (x: number, n: number): number => ((x << n) | (x >> (8 - n))) & 0xff;
  const affine = (x: number): number => {
    let y = 0xd3;
    for (const n of [0, 1, 3, 6, 7]) y ^= rotate(x, n);
    return y;
  };
  const table = new Uint8Array(256);
  for (let x = 0; x < 256; x++) {
    const a = affine(x);
    // a^254 = a^-1, and 0 for 0: 254 = 2 + 4 + … + 128.
    let inverse = 1;
    for (let power = multiply(a, a), i = 1; i < 8; i++, power = multiply(power, power)) {
      inverse = multiply(inverse, power);
    }
    table[x] = affine(inverse);
  }
  return table;
})();

const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n));

/** L∘τ of one byte in the top position; the other three positions are rotations of it. */
const T0: Int32Array = /* @__PURE__ */ (() => {
  const table = new Int32Array(256);
  for (let x = 0; x < 256; x++) {
    const b = SBOX[x]! << 24;
    table[x] = b ^ rotl(b, 2) ^ rotl(b, 10) ^ rotl(b, 18) ^ rotl(b, 24);
  }
  return table;
})();
const rotated = (n: number): Int32Array => T0.map((x) => rotl(x, n));
const T1 = /* @__PURE__ */ rotated(24);
const T2 = /* @__PURE__ */ rotated(16);
const T3 = /* @__PURE__ */ rotated(8);

/** System parameter. @standard GB/T 32907-2016 §7.3 */
const FK = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc];

/** 32 round keys. @standard GB/T 32907-2016 §7.3 */
export function expandKey(key: Uint8Array): Int32Array {
  const view = new DataView(key.buffer, key.byteOffset, 16);
  const k = new Int32Array(36);
  for (let i = 0; i < 4; i++) k[i] = view.getInt32(4 * i, false) ^ FK[i]!;
  for (let i = 0; i < 32; i++) {
    let ck = 0;
    for (let j = 0; j < 4; j++) ck = (ck << 8) | (((4 * i + j) * 7) & 0xff);
    const x = k[i + 1]! ^ k[i + 2]! ^ k[i + 3]! ^ ck;
    const b =
      (SBOX[x >>> 24]! << 24) |
      (SBOX[(x >>> 16) & 0xff]! << 16) |
      (SBOX[(x >>> 8) & 0xff]! << 8) |
      SBOX[x & 0xff]!;
    k[i + 4] = k[i]! ^ b ^ rotl(b, 13) ^ rotl(b, 23);
  }
  const roundKeys = k.slice(4);
  k.fill(0);
  return roundKeys;
}

/** Round keys for decryption: the same in reverse order. @standard GB/T 32907-2016 §7.2 */
export function reverseKey(roundKeys: Int32Array): Int32Array {
  return roundKeys.slice().reverse();
}

/** Result of {@link cryptWords}; one for all calls, because they are synchronous and copy it at once. */
export const words: Int32Array = new Int32Array(4);

/** One block as four words, into {@link words}. @standard GB/T 32907-2016 §7.1 */
export function cryptWords(rk: Int32Array, a: number, b: number, c: number, d: number): void {
  for (let i = 0; i < 32; i += 4) {
    let x = b ^ c ^ d ^ rk[i]!;
    a ^= T0[x >>> 24]! ^ T1[(x >>> 16) & 0xff]! ^ T2[(x >>> 8) & 0xff]! ^ T3[x & 0xff]!;
    x = c ^ d ^ a ^ rk[i + 1]!;
    b ^= T0[x >>> 24]! ^ T1[(x >>> 16) & 0xff]! ^ T2[(x >>> 8) & 0xff]! ^ T3[x & 0xff]!;
    x = d ^ a ^ b ^ rk[i + 2]!;
    c ^= T0[x >>> 24]! ^ T1[(x >>> 16) & 0xff]! ^ T2[(x >>> 8) & 0xff]! ^ T3[x & 0xff]!;
    x = a ^ b ^ c ^ rk[i + 3]!;
    d ^= T0[x >>> 24]! ^ T1[(x >>> 16) & 0xff]! ^ T2[(x >>> 8) & 0xff]! ^ T3[x & 0xff]!;
  }
  words[0] = d;
  words[1] = c;
  words[2] = b;
  words[3] = a;
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
