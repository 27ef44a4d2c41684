/* Inversion, square roots, bytes and comparisons mod p; see sm2-field.h. */
#include "sm2-field.h"
#include "sm2-invert.h"

SMALL_CODE

/* R, R^2, R^3 and b R mod p */
const fe FE_ONE = {{0x20, 0, 0x1ffff800, 0x3fff, 0, 0, 0, 0x4000000, 0}};
static const fe R2 = {{0xc00, 0x4000, 0x1fff0000, 0x17ffff, 0x400000, 0x2000000, 0, 1, 0x10}};
static const fe R3 = {{0xb0000, 0x480000, 0x1f000000, 0xeffffff, 0, 3, 0x14, 0x90, 0xd80}};
const fe FE_B = {{0x181ba844, 0x1230632b, 0x9bd5b86, 0xde6c26d, 0x1878e39e, 0x1505ea51, 0x4293cc0,
                  0x368838b, 0x81fc31}};
static const fe PLAIN_ONE = {{1}};
const fe FE_P = {{0x1fffffff, 0x1fffffff, 0x3f, 0x1ffffe00, 0x1fffffff, 0x1fffffff, 0x1fffffff, 0x1fdfffff,
                  0xffffff}};
static const modulus30 P30 = {
    {0x3fffffff, 0x3fffffff, 0xf, 0x3fffffc0, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffbfff, 0xffff},
    0x3fffffff};

/* l += p (m = -1), l -= p (m = 1), carried to limbs in [0, 2^29) below the signed top. */
static void carry_minus(i32 l[9], i32 m) {
  i32 carry = 0;
  for (int i = 0; i < 9; i++) {
    carry += l[i] - m * FE_P.l[i];
    l[i] = i < 8 ? carry & M29 : carry;
    carry >>= 29;
  }
}

/* l += p if l is negative */
static void add_if_negative(i32 l[9]) { carry_minus(l, l[8] >> 31); }

/* The least non-negative remainder of a number in [0, 2p). */
static void reduce_once(i32 l[9]) {
  carry_minus(l, 1);
  add_if_negative(l);
}

/* Eight words of a non-negative number below 2^256 in exact limbs, and back. */
static void to_words(u32 w[8], const i32 l[9]) {
  for (int i = 0; i < 8; i++) {
    const int limb = 32 * i / 29, shift = 32 * i % 29;
    u64 pair = (u64)(u32)l[limb] | (u64)(u32)l[limb + 1] << 29;
    if (limb < 7) pair |= (u64)(u32)l[limb + 2] << 58;
    w[i] = (u32)(pair >> shift);
  }
}

void fe_unpack(fe *r, const u32 *w) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 9; i++) {
    const int word = 29 * i / 32, shift = 29 * i % 32;
    u64 pair = w[word];
    if (word < 7) pair |= (u64)w[word + 1] << 32;
    r->l[i] = (i32)((u32)(pair >> shift) & M29);
  }
  r->l[9] = r->l[10] = r->l[11] = 0;
}

/*
 * The plain number: the product with 1 is (a + q p) / R with 0 <= q < R and |a| < R / 4,
 * so it is in [0, p].
 */
static void to_plain(fe *r, const fe *a) {
  fe_mul(r, a, &PLAIN_ONE);
  reduce_once(r->l);
}

void fe_pack(u32 *out, const fe *a) {
  fe t;
  to_plain(&t, a);
  fe_mul(&t, &t, &R2); /* in [0, 2p) */
  reduce_once(t.l);
  to_words(out, t.l);
}

void fe_from_bytes(fe *r, const u8 *in) {
  u32 w[8];
  for (int i = 0; i < 8; i++) w[i] = load32(in + 28 - 4 * i);
  fe_unpack(r, w);
  fe_mul(r, r, &R2);
}

void fe_to_bytes(u8 *out, const fe *a) {
  fe t;
  u32 w[8];
  to_plain(&t, a);
  to_words(w, t.l);
  for (int i = 0; i < 8; i++) store32(out + 28 - 4 * i, w[i]);
}

u32 fe_is_zero(const fe *a) {
  fe t;
  u32 any = 0;
  to_plain(&t, a);
  for (int i = 0; i < 9; i++) any |= (u32)t.l[i];
  return is_zero(any);
}

u32 fe_bytes_reduced(const u8 *in) {
  u32 w[8];
  fe t;
  for (int i = 0; i < 8; i++) w[i] = load32(in + 28 - 4 * i);
  fe_unpack(&t, w);
  carry_minus(t.l, 1);
  return (u32)t.l[8] >> 31;
}

/* (a R)^-1 R^3 / R = a^-1 R */
void fe_invert(fe *r, const fe *a) {
  u32 w[8];
  fe_pack(w, a);
  invert_words(w, w, &P30);
  fe_unpack(r, w);
  fe_mul(r, r, &R3);
}

static void sqr_times(fe *r, const fe *a, int n) {
  fe_sqr(r, a);
  while (--n > 0) fe_sqr(r, r);
}

/*
 * a^((p + 1) / 4), for p = 3 mod 4 (GB/T 32918.1-2016 Annex B.1.4). The exponent is
 * 2^62 (2^32 - 1) (2^160 - 1).
 */
void fe_sqrt(fe *r, const fe *a) {
  fe b = *a, c, t;
  /* b = a^(2^n - 1) for n = 1, 2, 4, ..., 32 */
  for (int n = 1; n < 32; n *= 2) {
    sqr_times(&t, &b, n);
    fe_mul(&b, &t, &b);
  }
  /* c = b^((2^160 - 1) / (2^32 - 1)) is a^(2^160 - 1); once more to the 2^32 - 1 */
  c = b;
  for (int i = 1; i < 5; i++) {
    sqr_times(&t, &c, 32);
    fe_mul(&c, &t, &b);
  }
  b = c;
  for (int n = 1; n < 32; n *= 2) {
    sqr_times(&t, &b, n);
    fe_mul(&b, &t, &b);
  }
  sqr_times(r, &b, 62);
}

END_SMALL_CODE
