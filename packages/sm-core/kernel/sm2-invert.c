/*
 * Inversion by division steps (the paper "Fast constant-time gcd computation and modular
 * inversion", 2019). 590 steps are enough for 256 bits when the
 * steps start from delta = 1/2; we take 20 rounds of 30. Each round runs on the low 30
 * bits of f and g and collects a matrix of four small numbers, which is then applied to
 * f, g and to the coefficients d, e with d x = f and e x = g (mod m).
 */
#include "sm2-invert.h"

#define M30 0x3fffffff
#define ROUNDS 20

/* Nine limbs of 30 bits; the top limb carries the sign, the others are in [0, 2^30). */
typedef struct {
  i32 l[9];
} signed30;

/* (u v; q r), scaled by 2^30 */
typedef struct {
  i32 u, v, q, r;
} matrix;

/*
 * 30 division steps. zeta is -(delta + 1/2). The pairs (u, v) and (q, r) are held in one
 * 64-bit number each, u + 2^32 v: what is done to them is linear, and |u| + |v| <= 2^30.
 */
static i32 steps(i32 zeta, u32 f, u32 g, matrix *t) {
  i64 uv = 1, qr = 1ll << 32;
  for (int i = 0; i < 30; i++) {
    const i32 odd = -(i32)(g & 1);
    i32 swap = zeta >> 31;
    /* g += (zeta < 0 ? -f : f) if g is odd */
    g += ((f ^ (u32)swap) - (u32)swap) & (u32)odd;
    qr += ((uv ^ (i64)swap) - (i64)swap) & (i64)odd;
    /* and if zeta < 0 as well, f becomes the old g = new g + f */
    swap &= odd;
    zeta = (zeta ^ swap) - 1;
    f += g & (u32)swap;
    uv += qr & (i64)swap;
    g >>= 1;
    uv = (i64)((u64)uv << 1);
  }
  t->u = (i32)uv;
  t->v = (i32)((uv - (i64)t->u) >> 32);
  t->q = (i32)qr;
  t->r = (i32)((qr - (i64)t->q) >> 32);
  return zeta;
}

/* (f, g) = matrix (f, g) / 2^30, exact. */
static void apply_exact(signed30 *f, signed30 *g, const matrix *t) {
  const i64 u = t->u, v = t->v, q = t->q, r = t->r;
  i64 cf = u * f->l[0] + v * g->l[0];
  i64 cg = q * f->l[0] + r * g->l[0];
  cf >>= 30;
  cg >>= 30;
  for (int i = 1; i < 9; i++) {
    cf += u * f->l[i] + v * g->l[i];
    cg += q * f->l[i] + r * g->l[i];
    f->l[i - 1] = (i32)cf & M30;
    g->l[i - 1] = (i32)cg & M30;
    cf >>= 30;
    cg >>= 30;
  }
  f->l[8] = (i32)cf;
  g->l[8] = (i32)cg;
}

/* (d, e) = matrix (d, e) / 2^30 mod m; d and e stay in (-2m, m). */
static void apply_mod(signed30 *d, signed30 *e, const matrix *t, const modulus30 *m) {
  const i64 u = t->u, v = t->v, q = t->q, r = t->r;
  const i32 sd = d->l[8] >> 31, se = e->l[8] >> 31;
  /* m once more for each negative operand, so that the result does not grow downwards */
  i32 md = (t->u & sd) + (t->v & se);
  i32 me = (t->q & sd) + (t->r & se);
  i64 cd = u * d->l[0] + v * e->l[0];
  i64 ce = q * d->l[0] + r * e->l[0];
  /* and so often that the low 30 bits become zero */
  md -= (i32)((m->inverse * (u32)cd + (u32)md) & M30);
  me -= (i32)((m->inverse * (u32)ce + (u32)me) & M30);
  cd += (i64)m->l[0] * md;
  ce += (i64)m->l[0] * me;
  cd >>= 30;
  ce >>= 30;
  for (int i = 1; i < 9; i++) {
    cd += u * d->l[i] + v * e->l[i] + (i64)m->l[i] * md;
    ce += q * d->l[i] + r * e->l[i] + (i64)m->l[i] * me;
    d->l[i - 1] = (i32)cd & M30;
    e->l[i - 1] = (i32)ce & M30;
    cd >>= 30;
    ce >>= 30;
  }
  d->l[8] = (i32)cd;
  e->l[8] = (i32)ce;
}

/* a = (a ^ negate) - negate + (m & add), carried; masks are 0 or -1. */
static void negate_and_add(signed30 *a, i32 negate, i32 add, const modulus30 *m) {
  i32 carry = 0;
  for (int i = 0; i < 8; i++) {
    carry += ((a->l[i] ^ negate) - negate) + (m->l[i] & add);
    a->l[i] = carry & M30;
    carry >>= 30;
  }
  a->l[8] = ((a->l[8] ^ negate) - negate) + (m->l[8] & add) + carry;
}

void invert_words(u32 out[8], const u32 in[8], const modulus30 *m) {
  signed30 f, g, d, e;
  matrix t;
  i32 zeta = -1;
  for (int i = 0; i < 9; i++) {
    const int bit = 30 * i, word = bit / 32, shift = bit % 32;
    u64 pair = in[word];
    if (word < 7) pair |= (u64)in[word + 1] << 32;
    g.l[i] = (i32)(pair >> shift) & M30;
    f.l[i] = m->l[i];
    d.l[i] = 0;
    e.l[i] = i == 0;
  }
  for (int round = 0; round < ROUNDS; round++) {
    zeta = steps(zeta, (u32)f.l[0] | (u32)f.l[1] << 30, (u32)g.l[0] | (u32)g.l[1] << 30, &t);
    apply_mod(&d, &e, &t, m);
    apply_exact(&f, &g, &t);
  }
  /* Now g = 0 and f = 1 or -1 (or, for 0, f = m and d = 0); d is in (-2m, m). */
  negate_and_add(&d, 0, d.l[8] >> 31, m);
  negate_and_add(&d, f.l[8] >> 31, 0, m);
  negate_and_add(&d, 0, d.l[8] >> 31, m);
  for (int i = 0; i < 8; i++) {
    const int bit = 32 * i, limb = bit / 30, shift = bit % 30;
    u64 pair = (u64)(u32)d.l[limb] | (u64)(u32)d.l[limb + 1] << 30;
    if (limb < 7) pair |= (u64)(u32)d.l[limb + 2] << 60;
    out[i] = (u32)(pair >> shift);
  }
}
