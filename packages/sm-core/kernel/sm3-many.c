/*
 * SM3 of four independent messages side by side: one message in each 32-bit lane of the
 * SIMD registers. Without SIMD the same functions hash them one after the other.
 */
#include "sm3.h"
#if SIMD
#include <wasm_simd128.h>
#endif

/* As in src/adapters/wasm/sm3.ts: where each message stands, and the states behind them. */
#define LANE_BYTES (16 * 1024 + 128)
#define LANE(i) (IO + (i) * LANE_BYTES)
#define STATE(i) ((u32 *)(IO + 4 * LANE_BYTES + (i) * 32))

#if SIMD
#define ADD wasm_i32x4_add
#define XOR wasm_v128_xor
#define AND wasm_v128_and
#define OR wasm_v128_or
#define ROTL(x, n) OR(wasm_i32x4_shl(x, n), wasm_u32x4_shr(x, 32 - (n)))
/* A rotation by whole bytes is one shuffle. */
#define ROTL8(x) wasm_i8x16_shuffle(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)
#define SWAP(x) wasm_i8x16_shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)

/* §4.4: x ^ (x <<< 9) ^ (x <<< 17), where the two rotations are 8 bits apart; P1 likewise. */
#define P0(x) XOR(x, ROTL(XOR(x, ROTL8(x)), 9))
#define P1(x) XOR(x, ROTL(XOR(x, ROTL8(x)), 15))
/* §4.3 */
#define PARITY(x, y, z) XOR(XOR(x, y), z)
#define FF1(x, y, z) OR(AND(x, y), AND(OR(x, y), z))
#define GG1(x, y, z) XOR(AND(XOR(y, z), x), z)

/* §5.3.3, one round on four messages. */
#define ROUND(FF, GG, a, b, c, d, e, f, g, h, j)           \
  do {                                                     \
    v128_t wj = w[j];                                      \
    v128_t a12 = ROTL(a, 12);                              \
    v128_t sum = ADD(ADD(a12, wasm_i32x4_splat((i32)t[j])), e); \
    v128_t ss1 = ROTL(sum, 7);                             \
    d = ADD(ADD(ADD(d, XOR(wj, w[(j) + 4])), FF(a, b, c)), XOR(ss1, a12)); \
    h = ADD(ADD(ADD(h, wj), GG(e, f, g)), ss1);            \
    b = ROTL(b, 9);                                        \
    f = ROTL(f, 19);                                       \
    h = P0(h);                                             \
  } while (0)
#define ROUNDS4(FF, GG)                        \
  ROUND(FF, GG, a, b, c, d, e, f, g, h, 0);    \
  ROUND(FF, GG, d, a, b, c, h, e, f, g, 1);    \
  ROUND(FF, GG, c, d, a, b, g, h, e, f, 2);    \
  ROUND(FF, GG, b, c, d, a, f, g, h, e, 3);    \
  w += 4, t += 4

/* Lane i of row j becomes lane j of row i. */
INLINE void transpose(v128_t r[4]) {
  v128_t x0 = wasm_i32x4_shuffle(r[0], r[1], 0, 4, 1, 5);
  v128_t x1 = wasm_i32x4_shuffle(r[2], r[3], 0, 4, 1, 5);
  v128_t x2 = wasm_i32x4_shuffle(r[0], r[1], 2, 6, 3, 7);
  v128_t x3 = wasm_i32x4_shuffle(r[2], r[3], 2, 6, 3, 7);
  r[0] = wasm_i64x2_shuffle(x0, x1, 0, 2);
  r[1] = wasm_i64x2_shuffle(x0, x1, 1, 3);
  r[2] = wasm_i64x2_shuffle(x2, x3, 0, 2);
  r[3] = wasm_i64x2_shuffle(x2, x3, 1, 3);
}

/* The expanded words of one block of each message; wiped after each use. */
static v128_t W[68];
/* The working registers between calls of the compression, one row for each word. */
static v128_t S[8];

/* Block `at / 64` of each lane. */
static void compress4(usize at) {
  v128_t a = S[0], b = S[1], c = S[2], d = S[3], e = S[4], f = S[5], g = S[6], h = S[7];
  const u32 *t = SM3_T;
  const v128_t *w = W;
  int i, j;
#pragma clang loop unroll(disable)
  for (i = 0; i < 16; i += 4) {
    v128_t r[4];
    for (j = 0; j < 4; j++) r[j] = SWAP(wasm_v128_load(LANE(j) + at + 4 * i));
    transpose(r);
    for (j = 0; j < 4; j++) W[i + j] = r[j];
  }
  /* §5.3.2 */
#pragma clang loop unroll_count(4)
  for (i = 16; i < 68; i++) {
    v128_t x = PARITY(W[i - 16], W[i - 9], ROTL(W[i - 3], 15));
    W[i] = PARITY(P1(x), ROTL(W[i - 13], 7), W[i - 6]);
  }
#pragma clang loop unroll(disable)
  for (i = 0; i < 16; i += 4) {
    ROUNDS4(PARITY, PARITY);
  }
#pragma clang loop unroll(disable)
  for (; i < 64; i += 4) {
    ROUNDS4(FF1, GG1);
  }
  S[0] = XOR(S[0], a), S[1] = XOR(S[1], b), S[2] = XOR(S[2], c), S[3] = XOR(S[3], d);
  S[4] = XOR(S[4], e), S[5] = XOR(S[5], f), S[6] = XOR(S[6], g), S[7] = XOR(S[7], h);
}

/* The states of the four lanes into S, or back; the transposition is its own inverse. */
static void move_states(int out) {
  int half, i;
#pragma clang loop unroll(disable)
  for (half = 0; half < 2; half++) {
    v128_t r[4];
    for (i = 0; i < 4; i++) r[i] = out ? S[4 * half + i] : wasm_v128_load(STATE(i) + 4 * half);
    transpose(r);
    for (i = 0; i < 4; i++) {
      if (out) wasm_v128_store(STATE(i) + 4 * half, r[i]);
      else S[4 * half + i] = r[i];
    }
  }
}
#endif

/* `blocks` blocks from the front of each lane. */
EXPORT("sm3_lanes") void sm3_lanes(usize blocks) {
  usize i;
#if SIMD
  if (blocks == 0) return;
  move_states(0);
  for (i = 0; i < blocks; i++) compress4(64 * i);
  move_states(1);
  wipe(W, sizeof W);
  wipe(S, sizeof S);
#else
  for (i = 0; i < 4; i++) sm3_compress(STATE(i), LANE(i), blocks);
#endif
}

EXPORT("sm3_lanes_reset") void sm3_lanes_reset(void) {
  usize i;
  for (i = 0; i < 4; i++) sm3_start(STATE(i));
}

/*
 * The last n_i bytes of each message, which had `before` blocks already; the four
 * digests replace the states. The lanes are zero afterwards.
 */
EXPORT("sm3_lanes_finish") void sm3_lanes_finish(usize n0, usize n1, usize n2, usize n3, usize before) {
  usize n[4] = {n0, n1, n2, n3};
  usize blocks[4];
  usize common = ~(usize)0;
  usize i;
#pragma clang loop unroll(disable)
  for (i = 0; i < 4; i++) {
    usize whole = n[i] / 64;
    blocks[i] = whole + sm3_pad(LANE(i) + 64 * whole, n[i] % 64, 64 * (u64)before + n[i]);
    if (blocks[i] < common) common = blocks[i];
  }
  sm3_lanes(common);
#pragma clang loop unroll(disable)
  for (i = 0; i < 4; i++) {
    sm3_compress(STATE(i), LANE(i) + 64 * common, blocks[i] - common);
    sm3_store((u8 *)STATE(i), STATE(i));
    wipe(LANE(i), 64 * blocks[i]);
  }
}
