/*
 * GHASH (GB/T 36624-2018 §8) without SIMD128: products of polynomials out of integer
 * products. Numbers with one bit in four have products whose columns never reach the next
 * used bit below 2^64, so four by four such products and masks give the low 64 bits of a
 * product without carries; the high bits are the low bits of the mirrored numbers' product.
 * Multiplication takes the same time for all numbers on the processors in question.
 */
#include "sm4.h"
#if !SIMD

#define EVERY4 0x1111111111111111ull

static __attribute__((noinline)) u64 product(u64 x, u64 y) {
  u64 z = 0;
  for (int sum = 0; sum < 4; sum++) {
    u64 column = 0;
    for (int i = 0; i < 4; i++) column ^= (x & EVERY4 << i) * (y & EVERY4 << ((sum - i) & 3));
    z |= column & EVERY4 << sum;
  }
  return z;
}

static __attribute__((noinline)) u64 mirror(u64 x) {
  x = (x & 0x5555555555555555ull) << 1 | (x >> 1 & 0x5555555555555555ull);
  x = (x & 0x3333333333333333ull) << 2 | (x >> 2 & 0x3333333333333333ull);
  x = (x & 0x0f0f0f0f0f0f0f0full) << 4 | (x >> 4 & 0x0f0f0f0f0f0f0f0full);
  return __builtin_bswap64(x);
}

void ghash_setup(const u8 *h) { __builtin_memcpy(SM4_GHASH_KEY, h, 16); }

void ghash_blocks(u8 *y, const u8 *data, u32 blocks) {
  const u64 h1 = sm4_get(SM4_GHASH_KEY), h0 = sm4_get(SM4_GHASH_KEY + 8);
  const u64 m1 = mirror(h1), m0 = mirror(h0);
  u64 y1 = sm4_get(y), y0 = sm4_get(y + 8);
  for (; blocks; blocks--, data += 16) {
    y1 ^= sm4_get(data);
    y0 ^= sm4_get(data + 8);
    const u64 r1 = mirror(y1), r0 = mirror(y0);
    // Three products of 64 by 64 bits (Karatsuba), low and mirrored high half each.
    const u64 low0 = product(y0, h0), low1 = product(y1, h1);
    const u64 high0 = mirror(product(r0, m0)) >> 1, high1 = mirror(product(r1, m1)) >> 1;
    const u64 middle0 = product(y0 ^ y1, h0 ^ h1) ^ low0 ^ low1;
    const u64 middle1 = (mirror(product(r0 ^ r1, m0 ^ m1)) >> 1) ^ high0 ^ high1;
    // The bits are mirrored, so the product of 255 bits has to move up by one.
    u64 v0 = low0, v1 = high0 ^ middle0, v2 = low1 ^ middle1, v3 = high1;
    v3 = v3 << 1 | v2 >> 63;
    v2 = v2 << 1 | v1 >> 63;
    v1 = v1 << 1 | v0 >> 63;
    v0 <<= 1;
    // x^128 = 1 + x + x^2 + x^7.
    v2 ^= v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7;
    v1 ^= v0 << 63 ^ v0 << 62 ^ v0 << 57;
    y1 = v3 ^ v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7;
    y0 = v2 ^ v1 << 63 ^ v1 << 62 ^ v1 << 57;
  }
  sm4_put(y, y1);
  sm4_put(y + 8, y0);
}
#endif
