/* Tables without doublings, and k G; see sm2-multiply.h. */
#include "sm2-multiply.h"

SMALL_CODE

#define BASE_ENTRIES (1 << (BASE_WINDOW - 1))

/* Multiples of the base point: nothing secret. */
static u32 BASE[BASE_ROWS * BASE_ENTRIES * ENTRY_WORDS] __attribute__((aligned(16)));
static u32 base_ready;

/* Points with one common inversion to packed affine coordinates. */
static void pack_row(u32 *row, const jacobian *p, int count) {
  fe product[BASE_ENTRIES], inverse, z, t;
  product[0] = p[0].z;
  for (int i = 1; i < count; i++) fe_mul(&product[i], &product[i - 1], &p[i].z);
  fe_invert(&inverse, &product[count - 1]);
  for (int i = count - 1; i >= 0; i--) {
    z = inverse;
    if (i > 0) fe_mul2(&z, &inverse, &product[i - 1], &inverse, &inverse, &p[i].z);
    fe_sqr(&t, &z);
    fe_mul2(&z, &z, &t, &t, &t, &p[i].x);
    fe_pack(row + i * ENTRY_WORDS, &t);
    fe_mul(&t, &z, &p[i].y);
    fe_pack(row + i * ENTRY_WORDS + 8, &t);
  }
}

/*
 * (2 j - 1) B + 2 B is never a sum of equal or opposite points, for the order n of B is
 * far above 2^w.
 */
void build_table(u32 *table, const affine *p, int rows, int window) {
  jacobian points[BASE_ENTRIES], base;
  cached twice;
  const int entries = 1 << (window - 1);
  jacobian_from_affine(&base, p);
  for (int i = 0; i < rows; i++) {
    points[0] = base;
    jacobian_double(&base, &base);
    to_cached(&twice, &base);
    for (int j = 1; j < entries; j++) jacobian_add(&points[j], &points[j - 1], &twice);
    pack_row(table + i * entries * ENTRY_WORDS, points, entries);
    for (int j = 1; j < window; j++) jacobian_double(&base, &base);
  }
}

const u32 *base_table(void) {
  if (!base_ready) {
    build_table(BASE, &SM2_G, BASE_ROWS, BASE_WINDOW);
    base_ready = 1;
  }
  return BASE;
}

/*
 * The sum over i of d(i) 64^i G, with odd digits |d(i)| <= 63 and a last digit d(42) of at
 * most 15. Let s(i) be the sum of the digits below i: it is odd, so not 0, and
 * |s(i)| < 64^i. The plain addition fails only for s(i) = ±d(i) 64^i mod n, and for i < 42
 * both sides together are below 2^252 + 2^252 < n, while |s(i)| < 64^i <= |d(i) 64^i|:
 * it cannot happen. For i = 42 it can, s(42) = 15 * 2^252 - n, so that addition is complete.
 */
void multiply_base(extended *r, const sc *k) {
  const u32 *row = base_table();
  affine point;
  sc odd;
  const u32 negative = odd_of(&odd, k);
  for (int i = 0; i < BASE_ROWS; i++, row += BASE_ENTRIES * ENTRY_WORDS) {
    const i32 digit = odd_digit(&odd, i, BASE_ROWS, BASE_WINDOW);
    table_select(&point, row, BASE_ENTRIES, digit_index(digit));
    fe_negate_if(&point.y, digit_sign(digit));
    if (i == 0) extended_from_affine(r, &point);
    else if (i < BASE_ROWS - 1) extended_add(r, r, &point);
    else extended_add_complete(r, r, &point);
  }
  fe_negate_if(&r->y, negative);
}

END_SMALL_CODE
