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
    let inverse = 0;
    for (let y = 1; y < 256; y++) if (multiply(a, y) === 1) inverse = y;
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
const words = new Int32Array(4);

/** One block as four words, into `words`. @standard GB/T 32907-2016 §7.1 */
function cryptWords(rk: Int32Array, a: number, b: number, c: number, d: number): void {
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

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** One block. @standard GB/T 32907-2016 §7 */
export function cryptBlock(rk: Int32Array, block: Uint8Array): Uint8Array {
  const view = viewOf(block);
  cryptWords(
    rk,
    view.getInt32(0, false),
    view.getInt32(4, false),
    view.getInt32(8, false),
    view.getInt32(12, false),
  );
  const out = new Uint8Array(16);
  const outView = viewOf(out);
  for (let w = 0; w < 4; w++) outView.setInt32(4 * w, words[w]!, false);
  words.fill(0);
  return out;
}

/** CBC over whole blocks. @standard GB/T 17964-2021 §6 */
export function cbc(
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
  direction: 'encrypt' | 'decrypt',
): Uint8Array {
  const forward = expandKey(key);
  const rk = direction === 'encrypt' ? forward : reverseKey(forward);
  const out = new Uint8Array(data.length);
  if (direction === 'encrypt') cbcEncrypt(rk, viewOf(iv), viewOf(data), viewOf(out));
  else cbcDecrypt(rk, viewOf(iv), viewOf(data), viewOf(out));
  forward.fill(0);
  rk.fill(0);
  words.fill(0);
  return out;
}

function cbcEncrypt(rk: Int32Array, iv: DataView, data: DataView, out: DataView): void {
  for (let w = 0; w < 4; w++) words[w] = iv.getInt32(4 * w, false);
  for (let at = 0; at < data.byteLength; at += 16) {
    cryptWords(
      rk,
      data.getInt32(at, false) ^ words[0]!,
      data.getInt32(at + 4, false) ^ words[1]!,
      data.getInt32(at + 8, false) ^ words[2]!,
      data.getInt32(at + 12, false) ^ words[3]!,
    );
    for (let w = 0; w < 4; w++) out.setInt32(at + 4 * w, words[w]!, false);
  }
}

function cbcDecrypt(rk: Int32Array, iv: DataView, data: DataView, out: DataView): void {
  let p0 = iv.getInt32(0, false);
  let p1 = iv.getInt32(4, false);
  let p2 = iv.getInt32(8, false);
  let p3 = iv.getInt32(12, false);
  for (let at = 0; at < data.byteLength; at += 16) {
    const c0 = data.getInt32(at, false);
    const c1 = data.getInt32(at + 4, false);
    const c2 = data.getInt32(at + 8, false);
    const c3 = data.getInt32(at + 12, false);
    cryptWords(rk, c0, c1, c2, c3);
    out.setInt32(at, words[0]! ^ p0, false);
    out.setInt32(at + 4, words[1]! ^ p1, false);
    out.setInt32(at + 8, words[2]! ^ p2, false);
    out.setInt32(at + 12, words[3]! ^ p3, false);
    p0 = c0;
    p1 = c1;
    p2 = c2;
    p3 = c3;
  }
}

/** CTR from a 16-byte counter of which the `bits` low bits count: 128 for CTR, 32 for GCM. @standard GB/T 17964-2021 §9 */
export function ctr(rk: Int32Array, counter: Uint8Array, data: Uint8Array, bits: 32 | 128): Uint8Array {
  const out = new Uint8Array(data.length);
  const start = viewOf(counter);
  const [dataView, outView] = [viewOf(data), viewOf(out)];
  let n0 = start.getInt32(0, false);
  let n1 = start.getInt32(4, false);
  let n2 = start.getInt32(8, false);
  let n3 = start.getInt32(12, false);
  const whole = data.length & ~15;
  for (let at = 0; at < whole; at += 16) {
    cryptWords(rk, n0, n1, n2, n3);
    for (let w = 0; w < 4; w++) {
      outView.setInt32(at + 4 * w, dataView.getInt32(at + 4 * w, false) ^ words[w]!, false);
    }
    n3 = (n3 + 1) | 0;
    if (n3 === 0 && bits === 128) {
      n2 = (n2 + 1) | 0;
      if (n2 === 0) n1 = (n1 + 1) | 0;
      if (n2 === 0 && n1 === 0) n0 = (n0 + 1) | 0;
    }
  }
  if (whole < data.length) {
    cryptWords(rk, n0, n1, n2, n3);
    for (let at = whole; at < data.length; at++) {
      const i = at - whole;
      out[at] = data[at]! ^ (words[i >> 2]! >>> (24 - 8 * (i & 3)));
    }
  }
  words.fill(0);
  return out;
}
