/* k P in constant time, and s G + t P in variable time; see sm2-multiply.h. */
#include "sm2-multiply.h"

SMALL_CODE

#define ENTRIES KEY_ENTRIES

/* P, 3 P, 5 P, ...: no sum of equal or opposite points (see build_table). */
static void odd_multiples(cached *table, const affine *p, int count) {
  jacobian point, sum;
  cached twice;
  jacobian_from_affine(&sum, p);
  jacobian_double(&point, &sum);
  to_cached(&twice, &point);
  to_cached(&table[0], &sum);
  for (int i = 1; i < count; i++) {
    jacobian_add(&sum, &sum, &twice);
    to_cached(&table[i], &sum);
  }
}

/*
 * From the top: the last of the 52 digits is 1, then 51 times A -> 32 A + d with odd
 * |d| <= 31. A is always odd and positive. The plain addition fails only for
 * 32 A = ±d mod n. Before the last step 32 <= 32 A < 2^252 < n - 31, so it cannot be. In
 * the last step 32 A = -d would mean k = 0, but 32 A = d is possible: 32 A = n - 3 with
 * d = -3, for k = n - 6. So that addition is complete.
 */
void multiply(jacobian *r, const sc *k, const affine *p) {
  cached table[ENTRIES], point;
  sc odd;
  const u32 negative = odd_of(&odd, k);
  odd_multiples(table, p, ENTRIES);
  jacobian_from_affine(r, p);
  for (int i = KEY_ROWS - 2; i >= 0; i--) {
    const i32 digit = odd_digit(&odd, i, KEY_ROWS, KEY_WINDOW);
    for (int j = 0; j < KEY_WINDOW; j++) jacobian_double(r, r);
    cached_select(&point, table, digit_index(digit));
    fe_negate_if(&point.y, digit_sign(digit));
    if (i > 0) jacobian_add(r, r, &point);
    else jacobian_add_complete(r, r, &point);
  }
  fe_negate_if(&r->y, negative);
}

#define PUBLIC_WINDOW 5
#define BASE_PUBLIC_WINDOW (BASE_WINDOW + 1)
#define DIGITS 264

/* Digits 0 or odd with |d| < 2^(w-1), of which at most one in w is not 0. */
static int sparse_digits(signed char *out, const sc *k, int window) {
  int top = 0;
  u32 carry = 0;
  for (int i = 0; i < DIGITS; i++) out[i] = 0;
  for (int i = 0; i <= 256;) {
    if (sc_bits(k, i, 1) == carry) {
      i++;
      continue;
    }
    const u32 bits = sc_bits(k, i, window) + carry;
    carry = (bits >> (window - 1)) & 1;
    out[i] = (signed char)((i32)bits - (i32)(carry << window));
    top = i + 1;
    i += window;
  }
  return top;
}

void multiply_two_public(jacobian *r, const sc *s, const sc *t, const affine *p) {
  cached table[1 << (PUBLIC_WINDOW - 2)];
  signed char ds[DIGITS], dt[DIGITS];
  const u32 *base = base_table();
  const int top_s = sparse_digits(ds, s, BASE_PUBLIC_WINDOW), top_t = sparse_digits(dt, t, PUBLIC_WINDOW);
  odd_multiples(table, p, 1 << (PUBLIC_WINDOW - 2));
  *r = (jacobian){FE_ONE, FE_ONE, {{0}}};
  for (int i = (top_s > top_t ? top_s : top_t) - 1; i >= 0; i--) {
    jacobian_double(r, r);
    if (dt[i] != 0) {
      cached point = table[digit_index(dt[i])];
      fe_negate_if(&point.y, digit_sign(dt[i]));
      jacobian_add_public(r, r, &point);
    }
    if (ds[i] != 0) {
      affine point;
      table_entry(&point, base, digit_index(ds[i]));
      fe_negate_if(&point.y, digit_sign(ds[i]));
      jacobian_add_affine_public(r, r, &point);
    }
  }
}

static void add_rows_public(extended *r, const sc *k, const u32 *table, int rows, int window) {
  sc odd;
  if (sc_is_zero(k)) return;
  const u32 negative = odd_of(&odd, k);
  const u32 row = (1u << (window - 1)) * ENTRY_WORDS;
  for (int i = 0; i < rows; i++) {
    const i32 digit = odd_digit(&odd, i, rows, window);
    affine point;
    table_entry(&point, table + (u32)i * row, digit_index(digit));
    fe_negate_if(&point.y, digit_sign(digit) ^ negative);
    extended_add_public(r, r, &point);
  }
}

void multiply_tables_public(extended *r, const sc *s, const sc *t, const u32 *table) {
  *r = (extended){FE_ONE, FE_ONE, {{0}}, {{0}}};
  add_rows_public(r, s, base_table(), BASE_ROWS, BASE_WINDOW);
  add_rows_public(r, t, table, KEY_ROWS, KEY_WINDOW);
}

END_SMALL_CODE
