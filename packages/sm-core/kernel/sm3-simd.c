/*
 * The compression function of SM3 (GB/T 32905-2016 §5.3): rounds in general registers,
 * message expansion in SIMD registers beside them, four words at a time.
 */
#include "sm3-rounds.h"

#if SIMD
#include <wasm_simd128.h>

#define XOR wasm_v128_xor
#define ROTL(x, n) wasm_v128_or(wasm_i32x4_shl(x, n), wasm_u32x4_shr(x, 32 - (n)))
#define SWAP(x) wasm_i8x16_shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
#define ROTL8(x) wasm_i8x16_shuffle(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)
/* P1: the two rotations are 8 bits apart. */
#define P1_4(x) XOR(x, ROTL(XOR(x, ROTL8(x)), 15))

/* §5.3.2: W[j..j+3] of the sixteen words before them. */
INLINE v128_t expand(v128_t a, v128_t b, v128_t c, v128_t d) {
  const v128_t zero = wasm_i32x4_splat(0);
  v128_t w9 = wasm_i32x4_shuffle(b, c, 3, 4, 5, 6);
  v128_t w3 = wasm_i32x4_shuffle(d, zero, 1, 2, 3, 4);
  v128_t w13 = wasm_i32x4_shuffle(a, b, 3, 4, 5, 6);
  v128_t w6 = wasm_i32x4_shuffle(c, d, 2, 3, 4, 5);
  v128_t x = XOR(XOR(a, w9), ROTL(w3, 15));
  v128_t r = XOR(XOR(P1_4(x), ROTL(w13, 7)), w6);
  /* W[j+3] lacks P1(W[j] <<< 15) still: P1 is linear. */
  v128_t y = wasm_i32x4_shuffle(zero, r, 0, 1, 2, 4);
  y = ROTL(y, 15);
  return XOR(r, P1_4(y));
}

/* W and W' of sixteen rounds on their way from one kind of register to the other; wiped after each use. */
static u32 PASS[32] __attribute__((aligned(16)));
#define PUT(n, x, y) wasm_v128_store(PASS + 8 * n, x), wasm_v128_store(PASS + 8 * n + 4, XOR(x, y))
#define STEP(FF, GG, a, b, c, d, e, f, g, h, at, t) \
  ROUND(FF, GG, a, b, c, d, e, f, g, h, PASS[at], PASS[(at) + 4], t)
/* Four rounds bring the names back to where they were. */
#define FIRST(n)                                                    \
  STEP(FF0, GG0, a, b, c, d, e, f, g, h, 8 * n, T0(4 * n));         \
  STEP(FF0, GG0, d, a, b, c, h, e, f, g, 8 * n + 1, T0(4 * n + 1)); \
  STEP(FF0, GG0, c, d, a, b, g, h, e, f, 8 * n + 2, T0(4 * n + 2)); \
  STEP(FF0, GG0, b, c, d, a, f, g, h, e, 8 * n + 3, T0(4 * n + 3))
#define LATER(n)                                                        \
  STEP(FF1, GG1, a, b, c, d, e, f, g, h, 8 * n, T1(j + 4 * n));         \
  STEP(FF1, GG1, d, a, b, c, h, e, f, g, 8 * n + 1, T1(j + 4 * n + 1)); \
  STEP(FF1, GG1, c, d, a, b, g, h, e, f, 8 * n + 2, T1(j + 4 * n + 2)); \
  STEP(FF1, GG1, b, c, d, a, f, g, h, e, 8 * n + 3, T1(j + 4 * n + 3))

void sm3_compress(u32 state[8], const u8 *data, usize blocks) {
  u32 a = state[0], b = state[1], c = state[2], d = state[3];
  u32 e = state[4], f = state[5], g = state[6], h = state[7];
  for (; blocks != 0; blocks--, data += 64) {
    v128_t x0 = SWAP(wasm_v128_load(data));
    v128_t x1 = SWAP(wasm_v128_load(data + 16));
    v128_t x2 = SWAP(wasm_v128_load(data + 32));
    v128_t x3 = SWAP(wasm_v128_load(data + 48));
    int j;
    PUT(0, x0, x1);
    x0 = expand(x0, x1, x2, x3);
    FIRST(0);
    PUT(1, x1, x2);
    x1 = expand(x1, x2, x3, x0);
    FIRST(1);
    PUT(2, x2, x3);
    x2 = expand(x2, x3, x0, x1);
    FIRST(2);
    PUT(3, x3, x0);
    x3 = expand(x3, x0, x1, x2);
    FIRST(3);
    /* Unrolled: as a loop this is a quarter slower. */
#pragma clang loop unroll(full)
    for (j = 16; j < 64; j += 16) {
      PUT(0, x0, x1);
      x0 = expand(x0, x1, x2, x3);
      LATER(0);
      PUT(1, x1, x2);
      x1 = expand(x1, x2, x3, x0);
      LATER(1);
      PUT(2, x2, x3);
      x2 = expand(x2, x3, x0, x1);
      LATER(2);
      PUT(3, x3, x0);
      x3 = expand(x3, x0, x1, x2);
      LATER(3);
    }
    a = state[0] ^= a;
    b = state[1] ^= b;
    c = state[2] ^= c;
    d = state[3] ^= d;
    e = state[4] ^= e;
    f = state[5] ^= f;
    g = state[6] ^= g;
    h = state[7] ^= h;
  }
  wipe(PASS, sizeof PASS);
}
#endif
