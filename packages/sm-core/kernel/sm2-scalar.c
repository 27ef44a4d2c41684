/* Numbers mod n; see sm2-scalar.h. */
#include "sm2-scalar.h"
#include "sm2-invert.h"

#define M29 0x1fffffff
/* -n^-1 mod 2^29 */
#define N_NEGATIVE_INVERSE 0x12350975u

static const sc N = {{0x19d54123, 0x1ddfa049, 0x11814ad4, 0x7bed643, 0x1ffff720, 0x1fffffff, 0x1fffffff,
                      0x1fdfffff, 0xffffff}};
/* 2^522 mod n */
static const sc R2 = {{0x159b7552, 0x15c38c55, 0xb5ce697, 0x1164d74c, 0x151153b6, 0x1875ffc1, 0x1620fc84,
                       0x559e9d, 0xd7904b}};
static const modulus30 N30 = {
    {0x39d54123, 0xeefd024, 0x1c6052b5, 0xf7dac8, 0x3fffff72, 0x3fffffff, 0x3fffffff, 0x3fffbfff, 0xffff},
    0xdcaf68b};

#pragma clang attribute push(__attribute__((minsize)), apply_to = function)

static void from_words(sc *r, const u32 w[8]) {
  for (int i = 0; i < 9; i++) {
    const int word = 29 * i / 32, shift = 29 * i % 32;
    u64 pair = w[word];
    if (word < 7) pair |= (u64)w[word + 1] << 32;
    r->l[i] = (i32)((u32)(pair >> shift) & M29);
  }
}

static void to_words(u32 w[8], const sc *a) {
  for (int i = 0; i < 8; i++) {
    const int limb = 32 * i / 29, shift = 32 * i % 29;
    u64 pair = (u64)(u32)a->l[limb] | (u64)(u32)a->l[limb + 1] << 29;
    if (limb < 7) pair |= (u64)(u32)a->l[limb + 2] << 58;
    w[i] = (u32)(pair >> shift);
  }
}

void sc_load(sc *r, const u8 *in) {
  u32 w[8];
  for (int i = 0; i < 8; i++) w[i] = load32(in + 28 - 4 * i);
  from_words(r, w);
}

void sc_store(u8 *out, const sc *a) {
  u32 w[8];
  to_words(w, a);
  for (int i = 0; i < 8; i++) store32(out + 28 - 4 * i, w[i]);
}

/* r = a + x b + y n with small x and y, carried; the top limb keeps the sign. */
static __attribute__((noinline)) void combine(sc *r, const sc *a, const sc *b, i32 x, i32 y) {
  i32 carry = 0;
  for (int i = 0; i < 9; i++) {
    carry += a->l[i] + x * b->l[i] + y * N.l[i];
    r->l[i] = i < 8 ? carry & M29 : carry;
    carry >>= 29;
  }
}

static void add_n_if_negative(sc *r) { combine(r, r, r, 0, -(r->l[8] >> 31)); }

u32 sc_is_zero(const sc *a) {
  u32 any = 0;
  for (int i = 0; i < 9; i++) any |= (u32)a->l[i];
  return is_zero(any);
}

u32 sc_in_range(const u8 *in) {
  sc a, t;
  sc_load(&a, in);
  combine(&t, &a, &a, 0, -1);
  return ((u32)t.l[8] >> 31) & (sc_is_zero(&a) ^ 1);
}

void sc_reduce(sc *r, const sc *a) {
  combine(r, a, a, 0, -1);
  add_n_if_negative(r);
}

void sc_add(sc *r, const sc *a, const sc *b) {
  combine(r, a, b, 1, -1);
  add_n_if_negative(r);
}

void sc_sub(sc *r, const sc *a, const sc *b) {
  combine(r, a, b, -1, 0);
  add_n_if_negative(r);
}

void sc_negate(sc *r, const sc *a) {
  static const sc zero;
  sc_sub(r, &zero, a);
}

/*
 * Row by row, a row being one limb of b and one quotient digit: a column takes at most
 * 18 products below 2^58 and carries, below 2^63. The result is below a b / 2^261 + n,
 * with a b < 2^517 below 2n.
 */
void sc_mul(sc *r, const sc *a, const sc *b) {
  u64 t[10] = {0};
  for (int i = 0; i < 9; i++) {
    const u64 y = (u32)b->l[i];
    const u64 low = t[0] + (u32)a->l[0] * y;
    const u64 q = ((u32)low * N_NEGATIVE_INVERSE) & M29;
    u64 carry = (low + q * (u32)N.l[0]) >> 29;
    for (int j = 1; j < 9; j++) {
      t[j - 1] = t[j] + (u32)a->l[j] * y + q * (u32)N.l[j] + carry;
      carry = 0;
    }
    t[8] = 0;
  }
  u64 carry = 0;
  for (int i = 0; i < 9; i++) {
    carry += t[i];
    r->l[i] = (i32)(i < 8 ? carry & M29 : carry);
    carry >>= 29;
  }
  sc_reduce(r, r);
}

void sc_to_mont(sc *r, const sc *a) { sc_mul(r, a, &R2); }

/* a^-1 2^522 / 2^261 */
void sc_invert_to_mont(sc *r, const sc *a) {
  u32 w[8];
  to_words(w, a);
  invert_words(w, w, &N30);
  from_words(r, w);
  sc_mul(r, r, &R2);
}

void sc_select(sc *r, const sc *a, u32 mask) {
  for (int i = 0; i < 9; i++) r->l[i] ^= (r->l[i] ^ a->l[i]) & (i32)mask;
}

u32 sc_bits(const sc *a, int at, int width) {
  const int limb = at / 29, shift = at % 29;
  u64 pair = limb < 9 ? (u32)a->l[limb] : 0;
  if (limb < 8) pair |= (u64)(u32)a->l[limb + 1] << 29;
  return (u32)(pair >> shift) & ((1u << width) - 1);
}

#pragma clang attribute pop
