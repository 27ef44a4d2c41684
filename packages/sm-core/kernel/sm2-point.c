/* Doubling and addition; see sm2-point.h. */
#include "sm2-point.h"

const affine SM2_G = {
    {{0x30053d2, 0x128990f4, 0x16027e89, 0x7b9b29, 0x7867cf3, 0x199ac24c, 0x2eb50f6, 0x1dc704ec, 0x22cf4b}},
    {{0x5a1bbac, 0x154e593c, 0x14afd309, 0x195e3b4c, 0x11f183eb, 0x1066e2a4, 0x1ec6a67d, 0x13875cd6,
      0x79acba}},
};

/*
 * With delta = Z^2 and gamma = Y^2: alpha = 3 (X - delta) (X + delta), beta = X gamma,
 * X' = alpha^2 - 8 beta, Y' = alpha (4 beta - X') - 8 gamma^2, Z' = 2 Y Z.
 */
void jacobian_double(jacobian *r, const jacobian *a) {
  fe delta, gamma, beta, alpha, t, u;
  fe_sqr2(&delta, &a->z, &gamma, &a->y);
  fe_sub(&t, &a->x, &delta); /* size 1.1 */
  fe_add(&u, &a->x, &delta); /* size 2.1 */
  fe_twice(&gamma, &gamma); /* 2 gamma */
  fe_mul2(&beta, &a->x, &gamma, &alpha, &t, &u); /* 2 beta, alpha / 3 */
  fe_add(&t, &alpha, &alpha);
  fe_add(&alpha, &alpha, &t); /* 3 * 2^29 < 2^31 */
  fe_carry(&alpha);
  fe_sqr2(&t, &alpha, &gamma, &gamma); /* alpha^2, 4 gamma^2 */
  fe_sub_shifted(&t, &t, &beta, 2); /* at least -4 (2^29 - 1) >= -2^31 */
  fe_carry(&t); /* X' */
  fe_add(&beta, &beta, &beta);
  fe_sub(&beta, &beta, &t); /* 4 beta - X', size 2.1 */
  r->x = t;
  fe_add(&t, &a->y, &a->y); /* size 2.2 */
  fe_mul2(&u, &alpha, &beta, &r->z, &t, &a->z);
  fe_sub_shifted(&r->y, &u, &gamma, 1);
  fe_carry(&r->y);
}

/* A necessary condition for a product, which is in (-p/2, 2p), to be 0 mod p: it is 0 or p. */
INLINE u32 maybe_zero(const fe *product) {
  const u32 low = (u32)product->l[0];
  return low == 0 || low == M29 ? SUM_SAME_X : SUM_PLAIN;
}

/*
 * The common end of the additions: with U1, S1 of the first operand scaled to the
 * second's denominator, H = U2 - U1 and R = S2 - S1, both of size at most 1.1,
 *   X' = R^2 - H^3 - 2 U1 H^2,  Y' = R (U1 H^2 - X') - S1 H^3.
 * hh and hhh are given back for the new denominators. u1 and s1 are of size at most 1.1.
 */
INLINE u32 finish_sum(fe *x, fe *y, fe *hh, fe *hhh, const fe *h, const fe *r, const fe *u1, const fe *s1) {
  fe rr, v, t;
  fe_sqr2(hh, h, &rr, r);
  fe_mul2(hhh, h, hh, &v, u1, hh);
  fe_sub(&t, &rr, hhh);
  fe_sub_shifted(&t, &t, &v, 1); /* in (-3 * 2^29, 2^29) */
  fe_carry(&t);
  fe_sub(&v, &v, &t); /* size 1.1 */
  fe_mul2(&v, r, &v, &rr, s1, hhh);
  *x = t;
  fe_sub(y, &v, &rr); /* exact - exact: size 1 */
  return maybe_zero(hh);
}

u32 jacobian_add(jacobian *r, const jacobian *a, const cached *b) {
  fe zz, t, u1, s1, u2, s2, h;
  fe_sqr(&zz, &a->z);
  fe_mul2(&u1, &a->x, &b->zz, &s1, &a->y, &b->zzz);
  fe_mul2(&u2, &b->x, &zz, &t, &b->y, &a->z);
  fe_mul2(&s2, &t, &zz, &t, &a->z, &b->z);
  fe_sub(&h, &u2, &u1);
  fe_sub(&s2, &s2, &s1);
  fe_mul(&r->z, &t, &h);
  return finish_sum(&r->x, &r->y, &u2, &t, &h, &s2, &u1, &s1);
}

u32 jacobian_add_affine(jacobian *r, const jacobian *a, const affine *b) {
  fe zz, t, u2, s2, h;
  const fe x = a->x, y = a->y;
  fe_mul2(&zz, &a->z, &a->z, &t, &b->y, &a->z);
  fe_mul2(&u2, &b->x, &zz, &s2, &t, &zz);
  fe_sub(&h, &u2, &x);
  fe_sub(&s2, &s2, &y); /* size 2.1, its square would be too much */
  fe_carry(&s2);
  fe_mul(&r->z, &a->z, &h);
  return finish_sum(&r->x, &r->y, &u2, &t, &h, &s2, &x, &y);
}

u32 extended_add(extended *r, const extended *a, const affine *b) {
  fe h, s2, hh, hhh;
  fe_mul2(&h, &b->x, &a->zz, &s2, &b->y, &a->zzz);
  fe_sub(&h, &h, &a->x);
  fe_sub(&s2, &s2, &a->y); /* as above */
  fe_carry(&s2);
  const fe x = a->x, y = a->y;
  const u32 state = finish_sum(&r->x, &r->y, &hh, &hhh, &h, &s2, &x, &y);
  fe_mul2(&r->zz, &a->zz, &hh, &r->zzz, &a->zzz, &hhh);
  return state;
}

/* Doubling with Z = 1, then ZZ = Z^2 and ZZZ = Z^3. */
void extended_double_affine(extended *r, const affine *a) {
  jacobian t;
  jacobian_from_affine(&t, a);
  jacobian_double(&t, &t);
  r->x = t.x;
  r->y = t.y;
  fe_sqr(&r->zz, &t.z);
  fe_mul(&r->zzz, &r->zz, &t.z);
}

void to_cached(cached *r, const jacobian *a) {
  r->x = a->x;
  r->y = a->y;
  r->z = a->z;
  fe_sqr(&r->zz, &a->z);
  fe_mul(&r->zzz, &r->zz, &a->z);
}

void jacobian_from_affine(jacobian *r, const affine *a) {
  r->x = a->x;
  r->y = a->y;
  r->z = FE_ONE;
}

void extended_from_affine(extended *r, const affine *a) {
  r->x = a->x;
  r->y = a->y;
  r->zz = FE_ONE;
  r->zzz = FE_ONE;
}

void affine_load(affine *r, const u8 *in) {
  fe_from_bytes(&r->x, in);
  fe_from_bytes(&r->y, in + 32);
}

void curve_right_side(fe *r, const fe *x) {
  fe t, u;
  fe_sqr(&t, x);
  fe_mul(&u, &t, x);
  fe_sub_shifted(&u, &u, x, 1); /* in (-2 * 2^29, 2^29) */
  fe_sub(&t, &FE_B, x);
  fe_add(&u, &u, &t);
  fe_carry(&u);
  *r = u;
}

u32 affine_load_checked(affine *r, const u8 *in) {
  fe left, right;
  if (!(fe_bytes_reduced(in) & fe_bytes_reduced(in + 32))) return 0;
  affine_load(r, in);
  fe_sqr(&left, &r->y);
  curve_right_side(&right, &r->x);
  fe_sub(&left, &left, &right);
  return fe_is_zero(&left);
}

void jacobian_store(u8 *out, const jacobian *a, const fe *z_inverse) {
  fe t, u;
  fe_sqr(&t, z_inverse);
  fe_mul2(&t, &t, z_inverse, &u, &a->x, &t);
  fe_to_bytes(out, &u);
  fe_mul(&t, &t, &a->y);
  fe_to_bytes(out + 32, &t);
}

/* ZZZ^-1 gives y at once, and ZZ^-1 = (ZZ ZZZ^-1)^2. */
void extended_store(u8 *out, const extended *a, const fe *zzz_inverse) {
  fe t, u;
  fe_mul2(&t, &a->zz, zzz_inverse, &u, &a->y, zzz_inverse);
  fe_to_bytes(out + 32, &u);
  fe_sqr(&t, &t);
  fe_mul(&t, &t, &a->x);
  fe_to_bytes(out, &t);
}
