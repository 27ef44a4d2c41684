/* Additions that are right for all pairs of points; see sm2-point.h. */
#include "sm2-point.h"

SMALL_CODE

/* b is never infinity in this program; a may be, and a may be b. */
void jacobian_add_complete(jacobian *r, const jacobian *a, const cached *b) {
  jacobian sum, twice;
  fe t;
  const jacobian first = *a;
  jacobian second = {b->x, b->y, b->z};
  jacobian_add(&sum, a, b);
  jacobian_double(&twice, &second);
  /* a = b exactly if x1 Z2^2 = x2 Z1^2 and y1 Z2^3 = y2 Z1^3 and neither is infinity. */
  cached c;
  fe u1, u2;
  to_cached(&c, &first);
  fe_mul2(&u1, &first.x, &b->zz, &u2, &b->x, &c.zz);
  fe_sub(&t, &u1, &u2);
  u32 same = fe_is_zero(&t);
  fe_mul2(&u1, &first.y, &b->zzz, &u2, &b->y, &c.zzz);
  fe_sub(&t, &u1, &u2);
  same &= fe_is_zero(&t);
  const u32 infinity = fe_is_zero(&first.z);
  const u32 doubled = mask_of(same & (infinity ^ 1)), taken = mask_of(infinity);
  fe_select(&sum.x, &twice.x, doubled);
  fe_select(&sum.y, &twice.y, doubled);
  fe_select(&sum.z, &twice.z, doubled);
  fe_select(&sum.x, &b->x, taken);
  fe_select(&sum.y, &b->y, taken);
  fe_select(&sum.z, &b->z, taken);
  *r = sum;
}

void extended_add_complete(extended *r, const extended *a, const affine *b) {
  extended sum, twice;
  fe u, s;
  extended_double_affine(&twice, b);
  fe_mul2(&u, &b->x, &a->zz, &s, &b->y, &a->zzz);
  fe_sub(&u, &u, &a->x);
  fe_sub(&s, &s, &a->y);
  const u32 infinity = fe_is_zero(&a->zz);
  const u32 doubled = mask_of(fe_is_zero(&u) & fe_is_zero(&s) & (infinity ^ 1));
  const u32 taken = mask_of(infinity);
  extended_add(&sum, a, b);
  fe_select(&sum.x, &twice.x, doubled);
  fe_select(&sum.y, &twice.y, doubled);
  fe_select(&sum.zz, &twice.zz, doubled);
  fe_select(&sum.zzz, &twice.zzz, doubled);
  fe_select(&sum.x, &b->x, taken);
  fe_select(&sum.y, &b->y, taken);
  fe_select(&sum.zz, &FE_ONE, taken);
  fe_select(&sum.zzz, &FE_ONE, taken);
  *r = sum;
}

/*
 * The public ones look closer only when the plain formula says that x may be the same or
 * when the first operand may be infinity, which for independent points happens once in
 * 2^27. A denominator is exact, so one that is 0 mod p is 0 or p.
 */
INLINE u32 maybe_infinity(const fe *z) {
  const u32 low = (u32)z->l[0];
  return low == 0 || low == M29;
}

void jacobian_add_public(jacobian *r, const jacobian *a, const cached *b) {
  jacobian sum;
  if (jacobian_add(&sum, a, b) == SUM_SAME_X || maybe_infinity(&a->z)) jacobian_add_complete(&sum, a, b);
  *r = sum;
}

void jacobian_add_affine_public(jacobian *r, const jacobian *a, const affine *b) {
  jacobian sum;
  if (jacobian_add_affine(&sum, a, b) == SUM_SAME_X || maybe_infinity(&a->z)) {
    jacobian second;
    cached c;
    jacobian_from_affine(&second, b);
    to_cached(&c, &second);
    jacobian_add_complete(&sum, a, &c);
  }
  *r = sum;
}

void extended_add_public(extended *r, const extended *a, const affine *b) {
  extended sum;
  if (extended_add(&sum, a, b) == SUM_SAME_X || maybe_infinity(&a->zz)) extended_add_complete(&sum, a, b);
  *r = sum;
}

END_SMALL_CODE
