/* Multiplication, squaring and carrying mod p; see sm2-field.h for the bounds. */
#include "sm2-field.h"

#define UNROLL _Pragma("clang loop unroll(full)")

/*
 * Column k of the product is the sum of a[i] b[k-i]. Montgomery's quotient digit of
 * column k < 9 is q[k] = column mod 2^29, because p = -1 mod 2^29. Adding q[k] p at
 * column k is adding q[k] (2^256 - 2^224 - 2^96 + 2^64) and taking q[k] away, which
 * leaves a column that 2^29 divides: 64 = 2*29 + 6, 96 = 3*29 + 9, 224 = 7*29 + 21,
 * 256 = 8*29 + 24.
 *
 * START is what a column starts with and SHIFT divides it by 2^29, rounding down.
 */
#define COLUMNS(T, START, SHIFT, SUM)                                                    \
  T q[9], acc = START(0);                                                                \
  UNROLL for (int k = 0; k < 17; k++) {                                                  \
    T s = START(k);                                                                      \
    SUM                                                                                  \
    if (k >= 2 && k - 2 < 9) s += q[k - 2] << 6;                                         \
    if (k >= 3 && k - 3 < 9) s -= q[k - 3] << 9;                                         \
    if (k >= 7 && k - 7 < 9) s -= q[k - 7] << 21;                                        \
    if (k >= 8 && k - 8 < 9) s += q[k - 8] << 24;                                        \
    acc = k == 0 ? s : s + SHIFT(acc);                                                   \
    if (k < 9) q[k < 9 ? k : 0] = acc & M29;                                             \
    else r[k >= 9 ? k - 9 : 0] = acc & M29;                                              \
  }                                                                                      \
  r[8] = SHIFT(acc);

#define SUM_OF_PRODUCTS(PRODUCT)                                                         \
  UNROLL for (int i = k > 8 ? k - 8 : 0; i <= (k < 8 ? k : 8); i++) s += PRODUCT(a[i], b[k - i]);

/* Each product of two different limbs occurs twice. */
#define SUM_OF_SQUARES(PRODUCT)                                                          \
  UNROLL for (int i = k > 8 ? k - 8 : 0; 2 * i < k; i++) s += PRODUCT(a[i], a[k - i]);   \
  s += s - START_AGAIN(k);                                                               \
  if (k % 2 == 0) s += PRODUCT(a[k / 2], a[k / 2]);

#define ZERO(k) 0
#define SHIFT_SCALAR(x) ((x) >> 29)
#define PRODUCT_SCALAR(x, y) ((i64)(x) * (i64)(y))

void fe_mul(fe *out, const fe *x, const fe *y) {
  i32 a[9], b[9];
  i64 r[9];
  UNROLL for (int i = 0; i < 9; i++) a[i] = x->l[i];
  UNROLL for (int i = 0; i < 9; i++) b[i] = y->l[i];
  COLUMNS(i64, ZERO, SHIFT_SCALAR, SUM_OF_PRODUCTS(PRODUCT_SCALAR))
  UNROLL for (int i = 0; i < 9; i++) out->l[i] = (i32)r[i];
  out->l[9] = out->l[10] = out->l[11] = 0;
}

#define START_AGAIN(k) 0
void fe_sqr(fe *out, const fe *x) {
  i32 a[9];
  i64 r[9];
  UNROLL for (int i = 0; i < 9; i++) a[i] = x->l[i];
  COLUMNS(i64, ZERO, SHIFT_SCALAR, SUM_OF_SQUARES(PRODUCT_SCALAR))
  UNROLL for (int i = 0; i < 9; i++) out->l[i] = (i32)r[i];
  out->l[9] = out->l[10] = out->l[11] = 0;
}
#undef START_AGAIN

#if SIMD

/*
 * Two products side by side in the 64-bit lanes. There is no cheap arithmetic shift of
 * 64-bit lanes, so a column carries 2^63 on top and is shifted logically; what that adds
 * to the next column, 2^34, is in the constant that column starts with. 2^34 and 2^63
 * are 0 mod 2^29 and mod 2^32, so no digit and no limb sees them.
 */
typedef u64 u64x2 __attribute__((vector_size(16)));

#define BIAS(k) (u64x2){START_OF(k), START_OF(k)}
#define START_OF(k) ((k) == 0 ? 1ull << 63 : (1ull << 63) - (1ull << 34))
#define SHIFT_LANES(x) ((x) >> 29)
#define PRODUCT_LANES(x, y) ((u64x2)wasm_i64x2_extmul_low_i32x4(x, y))

/* v[i] to v[i+3] = limbs i to i+3 of a and of b in the first two 32-bit lanes. */
INLINE void gather_four(v128_t *v, const i32 *a, const i32 *b) {
  const v128_t p = wasm_v128_load(a), q = wasm_v128_load(b);
  v[0] = wasm_i32x4_shuffle(p, q, 0, 4, 1, 5);
  v[1] = wasm_i32x4_shuffle(v[0], v[0], 2, 3, 2, 3);
  v[2] = wasm_i32x4_shuffle(p, q, 2, 6, 3, 7);
  v[3] = wasm_i32x4_shuffle(v[2], v[2], 2, 3, 2, 3);
}
INLINE void gather(v128_t v[9], const fe *a, const fe *b) {
  gather_four(v, a->l, b->l);
  gather_four(v + 4, a->l + 4, b->l + 4);
  v[8] = wasm_i32x4_shuffle(wasm_v128_load(a->l + 8), wasm_v128_load(b->l + 8), 0, 4, 1, 5);
}

/* The low halves of the 64-bit lanes back to two rows of limbs; r[0..7] are below 2^29. */
INLINE void scatter(fe *a, fe *b, const u64x2 r[9]) {
  UNROLL for (int i = 0; i < 8; i += 4) {
    const v128_t p = (v128_t)(r[i] | r[i + 1] << 32), q = (v128_t)(r[i + 2] | r[i + 3] << 32);
    wasm_v128_store(a->l + i, wasm_i64x2_shuffle(p, q, 0, 2));
    wasm_v128_store(b->l + i, wasm_i64x2_shuffle(p, q, 1, 3));
  }
  const v128_t top = wasm_v128_and((v128_t)r[8], wasm_i64x2_const(0xffffffff, 0xffffffff));
  const v128_t zero = wasm_i64x2_const(0, 0);
  wasm_v128_store(a->l + 8, wasm_i64x2_shuffle(top, zero, 0, 2));
  wasm_v128_store(b->l + 8, wasm_i64x2_shuffle(top, zero, 1, 3));
}

void fe_mul2(fe *r0, const fe *a0, const fe *b0, fe *r1, const fe *a1, const fe *b1) {
  v128_t a[9], b[9];
  u64x2 r[9];
  gather(a, a0, a1);
  gather(b, b0, b1);
  COLUMNS(u64x2, BIAS, SHIFT_LANES, SUM_OF_PRODUCTS(PRODUCT_LANES))
  scatter(r0, r1, r);
}

#define START_AGAIN(k) BIAS(k)
void fe_sqr2(fe *r0, const fe *a0, fe *r1, const fe *a1) {
  v128_t a[9];
  u64x2 r[9];
  gather(a, a0, a1);
  COLUMNS(u64x2, BIAS, SHIFT_LANES, SUM_OF_SQUARES(PRODUCT_LANES))
  scatter(r0, r1, r);
}

void fe_carry(fe *r) {
  const v128_t m = wasm_i32x4_splat(M29);
  v128_t v0 = wasm_v128_load(r->l), v1 = wasm_v128_load(r->l + 4), v2 = wasm_v128_load(r->l + 8);
  const v128_t c0 = wasm_i32x4_shr(v0, 29), c1 = wasm_i32x4_shr(v1, 29), h = wasm_i32x4_shr(v2, 24);
  const v128_t zero = wasm_i64x2_const(0, 0);
  v0 = wasm_i32x4_add(wasm_v128_and(v0, m), wasm_i32x4_shuffle(zero, c0, 3, 4, 5, 6));
  v1 = wasm_i32x4_add(wasm_v128_and(v1, m), wasm_i32x4_shuffle(c0, c1, 3, 4, 5, 6));
  v2 = wasm_i32x4_add(wasm_v128_and(v2, wasm_i32x4_const(0xffffff, 0, 0, 0)),
                      wasm_i32x4_shuffle(c1, zero, 3, 4, 4, 4));
  const v128_t all = wasm_i32x4_shuffle(h, h, 0, 0, 0, 0);
  v0 = wasm_i32x4_add(v0, wasm_i32x4_mul(all, wasm_i32x4_const(1, 0, -64, 512)));
  v1 = wasm_i32x4_add(v1, wasm_v128_and(wasm_i32x4_shl(all, 21), wasm_i32x4_const(0, 0, 0, -1)));
  wasm_v128_store(r->l, v0);
  wasm_v128_store(r->l + 4, v1);
  wasm_v128_store(r->l + 8, v2);
}

#else

void fe_add(fe *r, const fe *a, const fe *b) {
  UNROLL for (int i = 0; i < 9; i++) r->l[i] = a->l[i] + b->l[i];
}
void fe_sub(fe *r, const fe *a, const fe *b) {
  UNROLL for (int i = 0; i < 9; i++) r->l[i] = a->l[i] - b->l[i];
}
void fe_sub_shifted(fe *r, const fe *a, const fe *b, int n) {
  UNROLL for (int i = 0; i < 9; i++) r->l[i] = a->l[i] - (i32)((u32)b->l[i] << n);
}
void fe_select(fe *r, const fe *a, u32 mask) {
  UNROLL for (int i = 0; i < 9; i++) r->l[i] ^= (r->l[i] ^ a->l[i]) & (i32)mask;
}
void fe_negate_if(fe *r, u32 mask) {
  UNROLL for (int i = 0; i < 9; i++) r->l[i] = (r->l[i] ^ (i32)mask) - (i32)mask;
}

void fe_mul2(fe *r, const fe *a, const fe *b, fe *s, const fe *c, const fe *d) {
  /* The results may overlay operands of the other product. */
  fe t;
  fe_mul(&t, a, b);
  fe_mul(s, c, d);
  *r = t;
}

void fe_sqr2(fe *r, const fe *a, fe *s, const fe *b) {
  fe t;
  fe_sqr(&t, a);
  fe_sqr(s, b);
  *r = t;
}

void fe_carry(fe *r) {
  i32 l[9], c[9];
  UNROLL for (int i = 0; i < 9; i++) l[i] = r->l[i];
  UNROLL for (int i = 0; i < 8; i++) c[i] = l[i] >> 29;
  c[8] = l[8] >> 24;
  UNROLL for (int i = 1; i < 8; i++) l[i] = (l[i] & M29) + c[i - 1];
  r->l[0] = (l[0] & M29) + c[8];
  r->l[1] = l[1];
  r->l[2] = l[2] - c[8] * 64;
  r->l[3] = l[3] + c[8] * 512;
  r->l[4] = l[4];
  r->l[5] = l[5];
  r->l[6] = l[6];
  r->l[7] = l[7] + c[8] * (1 << 21);
  r->l[8] = (l[8] & 0xffffff) + c[7];
}

#endif
