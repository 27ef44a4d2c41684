/**
 * SM4 and GHASH straight from the standards, byte by byte and bit by bit: slow, and
 * written without a look at the engines it is to judge.
 */

/** S-box, computed from its definition by exhaustive inversion. @standard GB/T 32907-2016 §6.2 */
const NAIVE_SBOX: Uint8Array = (() => {
  const times = (a: number, b: number): number => {
    let sum = 0;
    for (let bit = 7; bit >= 0; bit--) {
      sum <<= 1;
      if (sum & 0x100) sum ^= 0x1f5;
      if ((b >> bit) & 1) sum ^= a;
    }
    return sum;
  };
  // Bit by bit: each output bit is the sum of five input bits and one of d3.
  const affine = (x: number): number => {
    let y = 0;
    for (let bit = 0; bit < 8; bit++) {
      let sum = (0xd3 >> bit) & 1;
      for (const n of [0, 1, 3, 6, 7]) sum ^= (x >> ((bit - n + 8) & 7)) & 1;
      y |= sum << bit;
    }
    return y;
  };
  return Uint8Array.from({ length: 256 }, (_, x) => {
    const a = affine(x);
    let inverse = 0;
    while (a !== 0 && times(a, inverse) !== 1) inverse++;
    return affine(inverse);
  });
})();

const rotl = (x: number, n: number): number => ((x << n) | (x >>> (32 - n))) >>> 0;
const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
const tau = (x: number): number =>
  [24, 16, 8, 0].reduce((y, n) => (y | (NAIVE_SBOX[(x >>> n) & 0xff]! << n)) >>> 0, 0);

/** rk_0 … rk_31. @standard GB/T 32907-2016 §7.3 */
export function naiveRoundKeys(key: Uint8Array): number[] {
  const k = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc].map((fk, i) => (fk ^ word(key, 4 * i)) >>> 0);
  for (let i = 0; i < 32; i++) {
    const ck = [0, 1, 2, 3].reduce((sum, j) => sum * 256 + (((4 * i + j) * 7) % 256), 0);
    const b = tau((k[i + 1]! ^ k[i + 2]! ^ k[i + 3]! ^ ck) >>> 0);
    k.push((k[i]! ^ b ^ rotl(b, 13) ^ rotl(b, 23)) >>> 0);
  }
  return k.slice(4);
}

/** One block under round keys in the order of use. @standard GB/T 32907-2016 §7.1 */
export function naiveBlock(roundKeys: readonly number[], block: Uint8Array): Uint8Array {
  const x = [0, 4, 8, 12].map((at) => word(block, at));
  for (let i = 0; i < 32; i++) {
    const b = tau((x[i + 1]! ^ x[i + 2]! ^ x[i + 3]! ^ roundKeys[i]!) >>> 0);
    x.push((x[i]! ^ b ^ rotl(b, 2) ^ rotl(b, 10) ^ rotl(b, 18) ^ rotl(b, 24)) >>> 0);
  }
  const out = new Uint8Array(16);
  [35, 34, 33, 32].forEach((i, w) => {
    new DataView(out.buffer).setUint32(4 * w, x[i]!);
  });
  return out;
}

/** Adds one to the last `bytes` bytes, big-endian, without a carry beyond them. */
function naiveIncrement(counter: Uint8Array, bytes: number): void {
  for (let at = 15; at >= 16 - bytes; at--) {
    counter[at] = (counter[at]! + 1) & 0xff;
    if (counter[at] !== 0) return;
  }
}

/** CTR of which the last `bytes` bytes count; moves `counter` on. @standard GB/T 17964-2021 §9 */
export function naiveCtr(key: Uint8Array, counter: Uint8Array, data: Uint8Array, bytes: 4 | 16): Uint8Array {
  const rk = naiveRoundKeys(key);
  const out = Uint8Array.from(data);
  for (let at = 0; at < out.length; at += 16) {
    const stream = naiveBlock(rk, counter);
    for (let i = 0; i < 16 && at + i < out.length; i++) out[at + i]! ^= stream[i]!;
    naiveIncrement(counter, bytes);
  }
  return out;
}

/** y continued over `data`, the last block padded with zeros. @standard GB/T 36624-2018 §8 */
export function naiveGhash(h: Uint8Array, y: Uint8Array, data: Uint8Array): Uint8Array {
  let sum = Uint8Array.from(y);
  for (let at = 0; at < data.length; at += 16) {
    for (let i = 0; i < 16 && at + i < data.length; i++) sum[i]! ^= data[at + i]!;
    // The product bit by bit: bit 0 is the top bit of byte 0, v runs through h·x^i.
    const v = Uint8Array.from(h);
    const z = new Uint8Array(16);
    for (let bit = 0; bit < 128; bit++) {
      if ((sum[bit >> 3]! >> (7 - (bit & 7))) & 1) for (let i = 0; i < 16; i++) z[i]! ^= v[i]!;
      const out = v[15]! & 1;
      for (let i = 15; i >= 0; i--) v[i] = (v[i]! >> 1) | (i > 0 ? (v[i - 1]! & 1) << 7 : 0);
      if (out === 1) v[0]! ^= 0xe1;
    }
    sum = z;
  }
  return sum;
}
