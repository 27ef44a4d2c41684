/*
 * GHASH (GB/T 36624-2018 §8) with SIMD128 and without tables indexed by secrets in memory.
 *
 * Bit 0 of a block, the coefficient of 1, is the top bit of byte 0, so that a shift to the
 * right is a multiplication by x, and byte i stands for x^(8i). The table of a constant K
 * has 32 rows of 16 entries, looked up by i8x16.swizzle: row c (row 16 + c) gives byte c of
 * the reduced product of K and the high (low) nibble of a byte. The product of K and a block
 * with the bytes y_i is then the sum of row_c(y_i)·x^(8(i+c)): 31 bytes, of which the
 * upper 15 are folded back with x^128 = 1 + x + x^2 + x^7.
 *
 * One block: all 16 bytes are looked up at once, row by row, and the rows are added one
 * byte apart. Sixteen streams with K = H^16: after a transposition register i holds byte i
 * of sixteen blocks; at the end the streams are sixteen blocks to be hashed in a row.
 */
#include "sm4.h"
#if SIMD
#include <wasm_simd128.h>

typedef v128_t V;
#define XOR wasm_v128_xor
#define SWIZZLE wasm_i8x16_swizzle
#define UNROLL _Pragma("clang loop unroll(full)")

void sm4_transpose(u8 *to, const u8 *from);

#define TABLE_H ((V *)SM4_GHASH_KEY)
#define TABLE_K ((V *)SM4_GHASH_KEY + 32)

/* The streams' values, and the nibbles and the product while they are multiplied. */
static V STREAMS[16], NIBBLES[32], PRODUCT[32];

INLINE V low(V x) { return wasm_v128_and(x, wasm_i8x16_splat(15)); }
INLINE V high(V x) { return wasm_v128_and(wasm_u16x8_shr(x, 4), wasm_i8x16_splat(15)); }

/* Of r·(1 + x + x^2 + x^7): what stays in the byte, and what goes to the next one. */
INLINE V fold_here(V r) {
  return XOR(XOR(r, wasm_u8x16_shr(r, 1)), XOR(wasm_u8x16_shr(r, 2), wasm_u8x16_shr(r, 7)));
}
INLINE V fold_next(V r) {
  const V twice = wasm_i8x16_add(r, r);
  return XOR(twice, wasm_i8x16_shl(XOR(r, twice), 6));
}
/* One byte up, and what moves out of `x` into `y`. */
#define UP(y, x) wasm_i8x16_shuffle(x, y, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)

/* y·K for one block. */
static __attribute__((noinline)) V multiply(V y, const V *table) {
  const V zero = wasm_i64x2_splat(0), nh = high(y), nl = low(y);
  V lower = zero, upper = zero;
  ROLLED for (int c = 15; c >= 0; c--) {
    upper = UP(upper, lower);
    lower = UP(lower, zero);
    lower = XOR(lower, XOR(SWIZZLE(table[c], nh), SWIZZLE(table[16 + c], nl)));
  }
  return XOR(XOR(lower, fold_here(upper)), UP(fold_next(upper), zero));
}

/* The table of K. */
static void prepare(V *table, V k) {
  // Rows n = 1, 2, 4, 8 of both nibbles: K·x^3 .. K and K·x^7 .. K·x^4.
  V *rows = PRODUCT;
  ROLLED for (int half = 0; half < 2; half++) {
    rows[0] = wasm_i64x2_splat(0);
    ROLLED for (int n = 8; n; n >>= 1) {
      rows[n] = k;
      // k·x: to the right by one bit over all bytes; what falls out comes back as e1.
      const V carry = UP(wasm_i8x16_shl(k, 7), wasm_i8x16_shl(k, 7));
      k = XOR(wasm_u8x16_shr(k, 1), carry);
      k = XOR(k, wasm_v128_and(wasm_i8x16_shr(carry, 7), wasm_i64x2_make(0x61, 0)));
    }
    ROLLED for (int n = 3; n < 16; n++) {
      if (n & (n - 1)) rows[n] = XOR(rows[n & (n - 1)], rows[n & -n]);
    }
    sm4_transpose((u8 *)(table + 16 * half), (const u8 *)rows);
  }
  sm4_clear(PRODUCT, sizeof PRODUCT);
}

void ghash_setup(const u8 *h) {
  V k = wasm_v128_load(h);
  prepare(TABLE_H, k);
  ROLLED for (int i = 1; i < 16; i++) k = multiply(k, TABLE_H);
  prepare(TABLE_K, k);
}

/* STREAMS · K. Four bytes of the input at a time slide over the sixteen rows. */
static void multiply_streams(void) {
  ROLLED for (int i = 0; i < 16; i++) {
    NIBBLES[2 * i] = high(STREAMS[i]);
    NIBBLES[2 * i + 1] = low(STREAMS[i]);
  }
  ROLLED for (int i = 0; i < 32; i++) PRODUCT[i] = wasm_i64x2_splat(0);
  ROLLED for (int i = 0; i < 16; i += 4) {
    const V h0 = NIBBLES[2 * i], l0 = NIBBLES[2 * i + 1], h1 = NIBBLES[2 * i + 2], l1 = NIBBLES[2 * i + 3];
    const V h2 = NIBBLES[2 * i + 4], l2 = NIBBLES[2 * i + 5], h3 = NIBBLES[2 * i + 6], l3 = NIBBLES[2 * i + 7];
    V *to = PRODUCT + i;
    V p0 = to[0], p1 = to[1], p2 = to[2];
    ROLLED for (int c = 0; c < 16; c++) {
      const V th = TABLE_K[c], tl = TABLE_K[16 + c];
      to[c] = XOR(p0, XOR(SWIZZLE(th, h0), SWIZZLE(tl, l0)));
      p0 = XOR(p1, XOR(SWIZZLE(th, h1), SWIZZLE(tl, l1)));
      p1 = XOR(p2, XOR(SWIZZLE(th, h2), SWIZZLE(tl, l2)));
      p2 = XOR(to[c + 3], XOR(SWIZZLE(th, h3), SWIZZLE(tl, l3)));
    }
    to[16] = p0;
    to[17] = p1;
    to[18] = p2;
  }
  V next = wasm_i64x2_splat(0);
  ROLLED for (int i = 0; i < 16; i++) {
    STREAMS[i] = XOR(XOR(PRODUCT[i], next), fold_here(PRODUCT[16 + i]));
    next = fold_next(PRODUCT[16 + i]);
  }
}

void ghash_blocks(u8 *y, const u8 *data, u32 blocks) {
  V sum = wasm_v128_load(y);
  if (blocks >= 48) {
    // The first blocks one by one, so that the rest is a multiple of sixteen.
    ROLLED for (; blocks & 15; blocks--, data += 16) sum = multiply(XOR(sum, wasm_v128_load(data)), TABLE_H);
    sm4_transpose((u8 *)STREAMS, data);
    ROLLED for (int i = 0; i < 16; i++) {
      // y belongs to the first stream, which is byte 0 of each register.
      NIBBLES[i] = wasm_i64x2_splat(0);
    }
    NIBBLES[0] = sum;
    sm4_transpose((u8 *)NIBBLES, (const u8 *)NIBBLES);
    ROLLED for (int i = 0; i < 16; i++) STREAMS[i] = XOR(STREAMS[i], NIBBLES[i]);
    ROLLED for (blocks -= 16, data += 256; blocks; blocks -= 16, data += 256) {
      multiply_streams();
      sm4_transpose((u8 *)NIBBLES, data);
      ROLLED for (int i = 0; i < 16; i++) STREAMS[i] = XOR(STREAMS[i], NIBBLES[i]);
    }
    sm4_transpose((u8 *)STREAMS, (const u8 *)STREAMS);
    sum = wasm_i64x2_splat(0);
    ROLLED for (int i = 0; i < 16; i++) sum = multiply(XOR(sum, STREAMS[i]), TABLE_H);
    sm4_clear(STREAMS, sizeof STREAMS);
    sm4_clear(NIBBLES, sizeof NIBBLES);
    sm4_clear(PRODUCT, sizeof PRODUCT);
  }
  ROLLED for (; blocks; blocks--, data += 16) sum = multiply(XOR(sum, wasm_v128_load(data)), TABLE_H);
  wasm_v128_store(y, sum);
}
#endif
