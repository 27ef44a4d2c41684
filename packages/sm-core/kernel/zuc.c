/*
 * ZUC-128 key stream (GB/T 33133.1-2016). The S-boxes are computed or picked out of
 * whole tables, never looked up: no address depends on the state.
 */
#include "kernel.h"
#if SIMD
#include <wasm_simd128.h>
#endif

/* As in src/adapters/wasm/zuc.ts: the state at the front of the exchange area, the words behind it. */
#define STATE ((u32 *)IO)
#define WORDS ((u32 *)(IO + 128))
/* Steps between two moves of the register. */
#define RUN 64

/* Size counts more than speed here. */
#define NOINLINE __attribute__((noinline))
#define ROLLED _Pragma("clang loop unroll(disable)")

/* §5.5 constants d_i of key loading. */
static const unsigned short D[16] = {0x44d7, 0x26bc, 0x626b, 0x135e, 0x5789, 0x35e2, 0x7135, 0x09af,
                          0x4d78, 0x2f13, 0x6bc4, 0x1af1, 0x5e26, 0x3c4d, 0x789a, 0x47ac};

/*
 * §5.4: bytes 3 and 1 of a word go through S0, bytes 2 and 0 through S1. S0 is three
 * rounds of nibble permutations and a rotation by 5 bits; S1 is an affine image of the
 * inverse modulo x^8 + x^7 + x^3 + x + 1 (evaluation report of the algorithm, §3.4).
 */
#if SIMD
static const u8 S1[256] __attribute__((aligned(16))) = {
    0x55, 0xc2, 0x63, 0x71, 0x3b, 0xc8, 0x47, 0x86, 0x9f, 0x3c, 0xda, 0x5b, 0x29, 0xaa, 0xfd, 0x77,
    0x8c, 0xc5, 0x94, 0x0c, 0xa6, 0x1a, 0x13, 0x00, 0xe3, 0xa8, 0x16, 0x72, 0x40, 0xf9, 0xf8, 0x42,
    0x44, 0x26, 0x68, 0x96, 0x81, 0xd9, 0x45, 0x3e, 0x10, 0x76, 0xc6, 0xa7, 0x8b, 0x39, 0x43, 0xe1,
    0x3a, 0xb5, 0x56, 0x2a, 0xc0, 0x6d, 0xb3, 0x05, 0x22, 0x66, 0xbf, 0xdc, 0x0b, 0xfa, 0x62, 0x48,
    0xdd, 0x20, 0x11, 0x06, 0x36, 0xc9, 0xc1, 0xcf, 0xf6, 0x27, 0x52, 0xbb, 0x69, 0xf5, 0xd4, 0x87,
    0x7f, 0x84, 0x4c, 0xd2, 0x9c, 0x57, 0xa4, 0xbc, 0x4f, 0x9a, 0xdf, 0xfe, 0xd6, 0x8d, 0x7a, 0xeb,
    0x2b, 0x53, 0xd8, 0x5c, 0xa1, 0x14, 0x17, 0xfb, 0x23, 0xd5, 0x7d, 0x30, 0x67, 0x73, 0x08, 0x09,
    0xee, 0xb7, 0x70, 0x3f, 0x61, 0xb2, 0x19, 0x8e, 0x4e, 0xe5, 0x4b, 0x93, 0x8f, 0x5d, 0xdb, 0xa9,
    0xad, 0xf1, 0xae, 0x2e, 0xcb, 0x0d, 0xfc, 0xf4, 0x2d, 0x46, 0x6e, 0x1d, 0x97, 0xe8, 0xd1, 0xe9,
    0x4d, 0x37, 0xa5, 0x75, 0x5e, 0x83, 0x9e, 0xab, 0x82, 0x9d, 0xb9, 0x1c, 0xe0, 0xcd, 0x49, 0x89,
    0x01, 0xb6, 0xbd, 0x58, 0x24, 0xa2, 0x5f, 0x38, 0x78, 0x99, 0x15, 0x90, 0x50, 0xb8, 0x95, 0xe4,
    0xd0, 0x91, 0xc7, 0xce, 0xed, 0x0f, 0xb4, 0x6f, 0xa0, 0xcc, 0xf0, 0x02, 0x4a, 0x79, 0xc3, 0xde,
    0xa3, 0xef, 0xea, 0x51, 0xe6, 0x6b, 0x18, 0xec, 0x1b, 0x2c, 0x80, 0xf7, 0x74, 0xe7, 0xff, 0x21,
    0x5a, 0x6a, 0x54, 0x1e, 0x41, 0x31, 0x92, 0x35, 0xc4, 0x33, 0x07, 0x0a, 0xba, 0x7e, 0x0e, 0x34,
    0x88, 0xb1, 0x98, 0x7c, 0xf3, 0x3d, 0x60, 0x6c, 0x7b, 0xca, 0xd3, 0x1f, 0x32, 0x65, 0x04, 0x28,
    0x64, 0xbe, 0x85, 0x9b, 0x2f, 0x59, 0x8a, 0xd7, 0xb0, 0x25, 0xac, 0xaf, 0x12, 0x03, 0xe2, 0xf2,
};

/* The words y‖x at once. */
INLINE u64 substitute(u64 words) {
  const v128_t p1 = wasm_u8x16_const(9, 15, 0, 14, 15, 15, 2, 10, 0, 4, 0, 12, 7, 5, 3, 9);
  const v128_t p2 = wasm_u8x16_const(8, 13, 6, 5, 7, 0, 12, 4, 11, 1, 14, 10, 15, 3, 9, 2);
  const v128_t p3 = wasm_u8x16_const(2, 6, 10, 6, 0, 13, 10, 15, 3, 3, 13, 5, 0, 9, 12, 13);
  v128_t in = wasm_i64x2_splat((i64)words);
  v128_t high = wasm_u8x16_shr(in, 4);
  v128_t low = wasm_v128_and(in, wasm_i8x16_splat(15));
  v128_t s1 = wasm_i8x16_splat(0);
  v128_t at = in;
  v128_t quarter = in;
  v128_t sixteen = wasm_i8x16_splat(16);
  v128_t sixty_four = wasm_i8x16_splat(64);
  v128_t s0;
  int i;
  __asm__("" : "+r"(sixteen), "+r"(sixty_four)); /* else they become fifteen constants of 16 bytes */
  /* An index outside 0..15 gives zero, so that one of the sixteen rows answers. */
#pragma clang loop unroll(full)
  for (i = 0; i < 16; i++) {
    s1 = wasm_v128_or(s1, wasm_i8x16_swizzle(wasm_v128_load(S1 + 16 * i), at));
    if (i % 4 == 3) at = quarter = wasm_i8x16_sub(quarter, sixty_four);
    else at = wasm_i8x16_sub(at, sixteen);
  }
  high = wasm_v128_xor(high, wasm_i8x16_swizzle(p1, low));
  low = wasm_v128_xor(low, wasm_i8x16_swizzle(p2, high));
  high = wasm_v128_xor(high, wasm_i8x16_swizzle(p3, low));
  /* (high‖low) <<< 5 */
  s0 = wasm_v128_or(wasm_i8x16_shl(low, 5), wasm_v128_or(wasm_u8x16_shr(low, 3), wasm_i8x16_shl(high, 1)));
  s0 = wasm_v128_bitselect(s0, s1, wasm_i16x8_splat((short)0xff00));
  return (u64)wasm_i64x2_extract_lane(s0, 0);
}
#else
#define ONES 0x01010101u
/* Four bytes under one linear map; column i is the image of bit i. */
#define LINEAR(x, c0, c1, c2, c3, c4, c5, c6, c7)                                             \
  ((((x) & ONES) * (c0)) ^ (((x) >> 1 & ONES) * (c1)) ^ (((x) >> 2 & ONES) * (c2)) ^          \
   (((x) >> 3 & ONES) * (c3)) ^ (((x) >> 4 & ONES) * (c4)) ^ (((x) >> 5 & ONES) * (c5)) ^     \
   (((x) >> 6 & ONES) * (c6)) ^ (((x) >> 7 & ONES) * (c7)))

/* Products of four pairs of bytes. */
NOINLINE static u32 multiply(u32 a, u32 b) {
  u32 r = 0;
  int i;
  ROLLED for (i = 0; i < 8; i++) {
    r ^= a & ((b >> i & ONES) * 255);
    a = ((a & 0x7f7f7f7f) << 1) ^ ((a >> 7 & ONES) * 0x8b);
  }
  return r;
}
NOINLINE static u32 square(u32 x) { return LINEAR(x, 0x01, 0x04, 0x10, 0x40, 0x8b, 0xb1, 0x59, 0xef); }

static u32 s1(u32 x) {
  u32 x2 = square(x);
  u32 x3 = multiply(x2, x);
  u32 x12 = square(square(x3));
  u32 x15 = multiply(x12, x3);
  u32 x240 = square(square(square(square(x15))));
  u32 x254 = multiply(multiply(x240, x12), x2); /* the inverse */
  return 0x55555555 ^ LINEAR(x254, 0x97, 0x3e, 0x6d, 0xcb, 0xee, 0xdd, 0xbb, 0x77);
}

/* Entry `i` < 16 of a table of nibbles, the first one lowest. */
INLINE u32 nibble(u64 table, u32 i) { return (u32)(table >> (4 * i)) & 15; }

NOINLINE static u32 s0(u32 x) {
  u32 high = x >> 4;
  u32 low = x & 15;
  high ^= nibble(0x9357c040a2ffe0f9, low);
  low ^= nibble(0x293fae1b4c0756d8, high);
  high ^= nibble(0xdc905d33fad06a62, low);
  return (low << 5 | low >> 3 | high << 1) & 255;
}

NOINLINE static u64 substitute(u64 words) {
  u32 x = (u32)words;
  u32 y = (u32)(words >> 32);
  /* The four bytes for S1, those of y above those of x. */
  u32 inner = s1((x & 0x00ff00ff) | (y & 0x00ff00ff) << 8);
  x = s0(x >> 24) << 24 | s0(x >> 8 & 255) << 8 | (inner & 0x00ff00ff);
  y = s0(y >> 24) << 24 | s0(y >> 8 & 255) << 8 | (inner >> 8 & 0x00ff00ff);
  return (u64)y << 32 | x;
}
#endif

/* §5.3: the words X0..X2 of the register, then the nonlinear function F. */
INLINE u32 step_f(const u32 *s, u32 *r1, u32 *r2) {
  u32 x0 = (s[15] << 1 & 0xffff0000) | (s[14] & 0xffff);
  u32 x1 = s[11] << 16 | s[9] >> 15;
  u32 x2 = s[7] << 16 | s[5] >> 15;
  u32 w = (x0 ^ *r1) + *r2;
  u32 w1 = *r1 + x1;
  u32 w2 = *r2 ^ x2;
  u32 u = w1 << 16 | w2 >> 16;
  u32 v = w2 << 16 | w1 >> 16;
  u64 words;
  u ^= rotl32(u, 2) ^ rotl32(u, 10) ^ rotl32(u, 18) ^ rotl32(u, 24); /* L1 */
  v ^= rotl32(v, 8) ^ rotl32(v, 14) ^ rotl32(v, 22) ^ rotl32(v, 30); /* L2 */
  words = substitute((u64)v << 32 | u);
  *r1 = (u32)words;
  *r2 = (u32)(words >> 32);
  return w;
}

/*
 * §5.2: the next cell modulo 2^31 - 1. The sum is positive and below 2^54, so that two
 * foldings give 1..2^31-1, as the standard has it.
 */
INLINE u32 step_lfsr(const u32 *s, u32 add) {
  u64 v = ((u64)s[15] << 15) + ((u64)s[13] << 17) + ((u64)s[10] << 21) + ((u64)s[4] << 20) +
          ((u64)s[0] << 8) + s[0] + add;
  v = (v & 0x7fffffff) + (v >> 31);
  return (u32)(v & 0x7fffffff) + (u32)(v >> 31);
}

/* The register, with room for RUN steps; wiped after each use. */
static u32 S[16 + RUN];
NOINLINE static void wipe_register(void) { wipe(S, sizeof S); }

/* `n` steps from STATE on, at most RUN; in initialisation mode (`mask` all ones) F feeds back. */
NOINLINE static void run(u32 *out, usize n, u32 mask) {
  u32 r1 = STATE[16], r2 = STATE[17];
  usize i;
  __builtin_memcpy(S, STATE, 64);
  ROLLED for (i = 0; i < n; i++) {
    u32 x3 = S[i + 2] << 16 | S[i] >> 15;
    u32 w = step_f(S + i, &r1, &r2);
    out[i] = w ^ x3;
    S[16 + i] = step_lfsr(S + i, w >> 1 & mask);
    __asm__ volatile("" ::: "memory"); /* else the loop is built twice, for an `out` in S too */
  }
  __builtin_memcpy(STATE, S + n, 64);
  STATE[16] = r1;
  STATE[17] = r2;
}

/*
 * Key and initial vector, 16 bytes each, at the front of the exchange area become the
 * state. The words of 33 steps stand behind it and are of no use to anybody.
 */
EXPORT("zuc_start") void zuc_start(void) {
  usize i;
  /* §5.5, §5.6.1: s_i = k_i‖d_i‖iv_i, R1 = R2 = 0. */
  for (i = 0; i < 16; i++) S[i] = (u32)IO[i] << 23 | (u32)D[i] << 8 | IO[16 + i];
  __builtin_memcpy(STATE, S, 64);
  STATE[16] = STATE[17] = 0;
  run(WORDS, 32, ~(u32)0);
  /* §5.6.2: one step whose word is thrown away. */
  run(WORDS, 1, 0);
  wipe_register();
}

/* The next `n` key words, as this machine stores words. */
EXPORT("zuc_words") void zuc_words(usize n) {
  u32 *out = WORDS;
  for (; n > RUN; n -= RUN, out += RUN) run(out, RUN, 0);
  run(out, n, 0);
  wipe_register();
}
