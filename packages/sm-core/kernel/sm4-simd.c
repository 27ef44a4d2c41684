/*
 * SM4 block function with SIMD128 and without tables indexed by secrets in memory: all
 * look-ups are i8x16.swizzle, that is in registers. sm4-tables.mjs derives the tables and
 * says how a round is computed in tower form; the names here are those used there.
 */
#include "sm4.h"
#if SIMD
#include <wasm_simd128.h>

#include "sm4-tables.h"

typedef v128_t V;
#define XOR wasm_v128_xor
#define SWIZZLE wasm_i8x16_swizzle
#define LOAD wasm_v128_load
#define STORE wasm_v128_store
/* Fixes the place of a value in the chain: the compiler may not regroup sums across it. */
#define HOLD(x) __asm__("" : "+r"(x))
#define UNROLL _Pragma("clang loop unroll(full)")

/* Words or byte planes of one group; wiped by sm4_wipe. */
static V STATE[16];
/* The 32 round keys for sm4_cbc_serial, one byte in each 32-bit lane; wiped by sm4_wipe. */
static V LANE_KEYS[33];
static u32 lane_keys_used;

INLINE V low(V x) { return wasm_v128_and(x, wasm_i8x16_splat(15)); }
INLINE V high(V x) { return wasm_v128_and(wasm_u16x8_shr(x, 4), wasm_i8x16_splat(15)); }
INLINE V linear(V x, const u8 *of_low, const u8 *of_high) {
  return XOR(SWIZZLE(LOAD(of_low), low(x)), SWIZZLE(LOAD(of_high), high(x)));
}
INLINE V tower(V x) { return linear(x, TOWER_LO, TOWER_HI); }
INLINE V plain(V x) { return linear(x, PLAIN_LO, PLAIN_HI); }

/* io and jo of each byte. */
#define INVERT(k, i)                                           \
  const V j = XOR(i, k);                                       \
  const V ak = SWIZZLE(LOAD(INVA), k);                         \
  const V iak = XOR(SWIZZLE(LOAD(INV), i), ak);                \
  const V jak = XOR(SWIZZLE(LOAD(INV), j), ak);                \
  const V io = XOR(SWIZZLE(LOAD(INV), iak), j);                \
  const V jo = XOR(SWIZZLE(LOAD(INV), jak), i);

/* f and h of each byte. */
typedef struct {
  V f, h;
} FH;
INLINE FH lookup(V x) {
  const V k = low(x), i = high(x);
  INVERT(k, i)
  const FH r = {XOR(SWIZZLE(LOAD(F1), io), SWIZZLE(LOAD(F2), jo)),
                XOR(SWIZZLE(LOAD(H1), io), SWIZZLE(LOAD(H2), jo))};
  return r;
}

/* One perfect shuffle of the 256 bytes; four of them transpose 16 rows of 16 bytes. */
INLINE void shuffle(V *r) {
  V t[16];
  UNROLL for (int i = 0; i < 8; i++) {
    t[2 * i] = wasm_i8x16_shuffle(r[i], r[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    t[2 * i + 1] =
        wasm_i8x16_shuffle(r[i], r[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
  UNROLL for (int i = 0; i < 16; i++) r[i] = t[i];
}

void sm4_transpose(u8 *to, const u8 *from);
__attribute__((noinline)) void sm4_transpose(u8 *to, const u8 *from) {
  V r[16];
  UNROLL for (int i = 0; i < 16; i++) r[i] = LOAD(from + 16 * i);
  shuffle(r);
  shuffle(r);
  shuffle(r);
  shuffle(r);
  UNROLL for (int i = 0; i < 16; i++) STORE(to + 16 * i, r[i]);
}

#define KEY(p) wasm_v128_load8_splat(rk + p)
#define SUM(p) XOR(XOR(b[p], c[p]), XOR(d[p], KEY(p)))

/*
 * 32 rounds on 16 blocks; plane 4w + p holds byte p of word w of each. The order of the
 * four look-ups, each used up before the next but one, is what V8 allocates best.
 */
static void rounds16(const u8 *rk, i32 step) {
  V *a = STATE, *b = STATE + 4, *c = STATE + 8, *d = STATE + 12;
  ROLLED for (int r = 0; r < 32; r++, rk += step) {
    const FH q3 = lookup(SUM(3));
    const FH q0 = lookup(SUM(0));
    const V e0 = XOR(q0.h, q3.f);
    const FH q1 = lookup(SUM(1));
    const V e1 = XOR(q1.h, q0.f);
    const FH q2 = lookup(SUM(2));
    const V e2 = XOR(q2.h, q1.f);
    const V e3 = XOR(q3.h, q2.f);
    const V all = XOR(XOR(e0, e1), XOR(e2, e3));
    a[0] = XOR(a[0], XOR(e0, all));
    a[1] = XOR(a[1], XOR(e1, all));
    a[2] = XOR(a[2], XOR(e2, all));
    a[3] = XOR(a[3], XOR(e3, all));
    V *t = a;
    a = b;
    b = c;
    c = d;
    d = t;
  }
}

static void crypt16(u8 *to, const u8 *from, const u8 *rk, i32 step) {
  ROLLED for (int i = 0; i < 16; i++) STATE[i] = tower(LOAD(from + 16 * i));
  sm4_transpose((u8 *)STATE, (const u8 *)STATE);
  rounds16(rk, step);
  // §7.1 the reverse transformation R: (X_35, X_34, X_33, X_32).
  ROLLED for (int i = 0; i < 4; i++) {
    V t = STATE[i];
    STATE[i] = STATE[12 + i];
    STATE[12 + i] = t;
    t = STATE[4 + i];
    STATE[4 + i] = STATE[8 + i];
    STATE[8 + i] = t;
  }
  sm4_transpose((u8 *)STATE, (const u8 *)STATE);
  ROLLED for (int i = 0; i < 16; i++) STORE(to + 16 * i, plain(STATE[i]));
}

/* Rotates each 32-bit word, taken as big-endian, to the left by 8, 16 or 24 bits. */
INLINE V rotate8(V x) {
  return SWIZZLE(x, wasm_u8x16_make(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
}
INLINE V rotate16(V x) {
  return SWIZZLE(x, wasm_u8x16_make(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}
INLINE V rotate24(V x) {
  return SWIZZLE(x, wasm_u8x16_make(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
}

/* 4x4 transposition of 32-bit words. */
INLINE void transpose4(V *x) {
  const V t0 = wasm_i32x4_shuffle(x[0], x[1], 0, 4, 1, 5), t1 = wasm_i32x4_shuffle(x[0], x[1], 2, 6, 3, 7);
  const V t2 = wasm_i32x4_shuffle(x[2], x[3], 0, 4, 1, 5), t3 = wasm_i32x4_shuffle(x[2], x[3], 2, 6, 3, 7);
  x[0] = wasm_i64x2_shuffle(t0, t2, 0, 2);
  x[1] = wasm_i64x2_shuffle(t0, t2, 1, 3);
  x[2] = wasm_i64x2_shuffle(t1, t3, 0, 2);
  x[3] = wasm_i64x2_shuffle(t1, t3, 1, 3);
}

/* Four blocks, one word of each in a register: for what is too short for crypt16. */
static __attribute__((noinline)) void crypt4(u8 *to, const u8 *from, const u8 *rk, i32 step) {
  V x[4];
  UNROLL for (int w = 0; w < 4; w++) x[w] = tower(LOAD(from + 16 * w));
  transpose4(x);
  ROLLED for (int r = 0; r < 32; r++, rk += step) {
    const FH q = lookup(XOR(XOR(x[1], x[2]), XOR(x[3], wasm_v128_load32_splat(rk))));
    const V e = XOR(q.h, rotate24(q.f)), g = rotate16(e);
    const V next = XOR(XOR(x[0], g), rotate8(XOR(e, g)));
    x[0] = x[1];
    x[1] = x[2];
    x[2] = x[3];
    x[3] = next;
  }
  V y[4] = {x[3], x[2], x[1], x[0]};
  transpose4(y);
  UNROLL for (int w = 0; w < 4; w++) STORE(to + 16 * w, plain(y[w]));
}

void sm4_crypt(u8 *to, const u8 *from, u32 blocks, u32 decrypt) {
  const u8 *rk = SM4_TOWER_KEYS + (decrypt ? 124 : 0);
  const i32 step = decrypt ? -4 : 4;
  if (blocks > 8) {
    crypt16(to, from, rk, step);
  } else {
    crypt4(to, from, rk, step);
    if (blocks > 4) crypt4(to + 64, from + 64, rk, step);
  }
}

/* Bytes 4w .. 4w+3 of `x`, one in each 32-bit lane, the rest zero. */
#define LANES(x, w)                                                                                          \
  SWIZZLE(x, wasm_u8x16_make(4 * w, 99, 99, 99, 4 * w + 1, 99, 99, 99, 4 * w + 2, 99, 99, 99, 4 * w + 3, 99, 99, 99))
#define TURN(x, a, b, c, d) wasm_i32x4_shuffle(x, x, a, b, c, d)

/*
 * One round for a single block. With one byte in each lane a rotation is a shuffle of
 * lanes, and the zeros above the byte make a mask after the shift needless; S of such a
 * zero is zero in tower form. With g = f + h, byte p of L is f_p + g_(p+1) + g_(p+2) +
 * h_(p+3), a shorter chain than the form of the other rounds. `x` is the sum that enters,
 * `a` the word that changes; the sum for the next round, with its `key`, is made before
 * the word, which is that sum without the two others.
 */
#define SERIAL_ROUND(a, c, d, key)                                              \
  {                                                                             \
    const V k = wasm_v128_and(x, mask), i = wasm_u32x4_shr(x, 4);               \
    INVERT(k, i)                                                                \
    const V g = XOR(SWIZZLE(g1, io), SWIZZLE(g2, jo));                          \
    const V h = XOR(SWIZZLE(LOAD(H1), io), SWIZZLE(LOAD(H2), jo));              \
    V q = XOR(XOR(c, d), key), u = XOR(TURN(g, 1, 2, 3, 0), TURN(g, 2, 3, 0, 1));\
    HOLD(q);                                                                    \
    HOLD(u);                                                                    \
    V p = XOR(q, a), v = XOR(XOR(g, h), TURN(h, 3, 0, 1, 2));                   \
    HOLD(p);                                                                    \
    HOLD(v);                                                                    \
    p = XOR(p, u);                                                              \
    HOLD(p);                                                                    \
    x = XOR(p, v);                                                              \
    HOLD(x);                                                                    \
    a = XOR(x, q);                                                              \
  }

void sm4_cbc_serial(u8 *iv, u8 *data, u32 bytes) {
  const V mask = wasm_i32x4_splat(15);
  const V g1 = XOR(LOAD(F1), LOAD(H1)), g2 = XOR(LOAD(F2), LOAD(H2));
  ROLLED for (int r = 0; r < 32; r++) LANE_KEYS[r] = LANES(wasm_v128_load32_zero(SM4_TOWER_KEYS + 4 * r), 0);
  LANE_KEYS[32] = LANE_KEYS[0];
  lane_keys_used = 1;
  // The chaining value stays in tower form; only what goes out is converted.
  V m = tower(LOAD(iv));
  V a = LANES(m, 0), b = LANES(m, 1), c = LANES(m, 2), d = LANES(m, 3);
  V out = LOAD(iv);
  for (u8 *p = data; p < data + bytes; p += 16) {
    m = tower(LOAD(p));
    a = XOR(a, LANES(m, 0));
    b = XOR(b, LANES(m, 1));
    c = XOR(c, LANES(m, 2));
    d = XOR(d, LANES(m, 3));
    V x = XOR(XOR(b, c), XOR(d, LANE_KEYS[0]));
    ROLLED for (int r = 0; r < 32; r++) {
      SERIAL_ROUND(a, c, d, LANE_KEYS[r + 1])
      V t = a;
      a = b;
      b = c;
      c = d;
      d = t;
    }
    V t = a;
    a = d;
    d = t;
    t = b;
    b = c;
    c = t;
    t = XOR(XOR(a, wasm_i32x4_shl(b, 8)), XOR(wasm_i32x4_shl(c, 16), wasm_i32x4_shl(d, 24)));
    out = plain(SWIZZLE(t, wasm_u8x16_make(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));
    STORE(p, out);
  }
  STORE(iv, out);
}

u32 sm4_sbox(u32 word) {
  const V x = XOR(tower(wasm_i32x4_splat((i32)word)), wasm_i8x16_splat((signed char)TOWER_C));
  const V k = low(x), i = high(x);
  INVERT(k, i)
  const V s = XOR(SWIZZLE(LOAD(S1), io), SWIZZLE(LOAD(S2), jo));
  return (u32)wasm_i32x4_extract_lane(s, 0) ^ SBOX_C * 0x01010101u;
}

void sm4_tower_keys(void) {
  // Of each eight rounds, those whose sum lacks an odd number of constants: 1, 3, 4, 6.
  const V delta[2] = {wasm_i32x4_make(0, 0x01010101 * KEY_DELTA, 0, 0x01010101 * KEY_DELTA),
                      wasm_i32x4_make(0x01010101 * KEY_DELTA, 0, 0x01010101 * KEY_DELTA, 0)};
  ROLLED for (int i = 0; i < 8; i++) {
    const V x = tower(XOR(LOAD(SM4_ROUND_KEYS + 16 * i), delta[i & 1]));
    STORE(SM4_TOWER_KEYS + 16 * i, XOR(x, wasm_i8x16_splat((signed char)TOWER_C)));
  }
}

void sm4_wipe(void) {
  sm4_clear(STATE, sizeof STATE);
  if (lane_keys_used) {
    sm4_clear(LANE_KEYS, sizeof LANE_KEYS);
    lane_keys_used = 0;
  }
}
#endif
