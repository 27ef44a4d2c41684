/* Scalar multiplication; see the .c files for why no case is missed. */
#ifndef CSSI_SM2_MULTIPLY_H
#define CSSI_SM2_MULTIPLY_H

#include "sm2-point.h"
#include "sm2-scalar.h"

/*
 * A table for sums without doublings: row i holds (2 j + 1) 2^(w i) P for j < 2^(w-1), as
 * packed x and y of 32 bytes each.
 */
#define ENTRY_WORDS 16
#define BASE_WINDOW 6
#define BASE_ROWS 43
#define KEY_WINDOW 5
#define KEY_ROWS 52
#define KEY_ENTRIES (1 << (KEY_WINDOW - 1))
#define KEY_TABLE_WORDS (KEY_ROWS * KEY_ENTRIES * ENTRY_WORDS)

/* Fills a table; constant time is not needed. P is not infinity. */
void build_table(u32 *table, const affine *p, int rows, int window);
/* The table of the base point G; made at the first call. */
const u32 *base_table(void);

/* k G in constant time for 1 <= k <= n-1. */
void multiply_base(extended *r, const sc *k);
/* k P in constant time for 1 <= k <= n-1 and P not infinity. */
void multiply(jacobian *r, const sc *k, const affine *p);

/* s G + t P in variable time, for any s and t below 2^256: public values only. */
void multiply_two_public(jacobian *r, const sc *s, const sc *t, const affine *p);
/* The same with the table of P. */
void multiply_tables_public(extended *r, const sc *s, const sc *t, const u32 *table);

/* In sm2-digits.c. The odd one of k and n-k; all ones if that is n-k, else 0. k is in [1, n-1]. */
u32 odd_of(sc *r, const sc *k);
/* Digit i of an odd k in base 2^w, odd and between -2^w and 2^w; `rows` digits in all. */
i32 odd_digit(const sc *k, int i, int rows, int window);
/* |digit| / 2, and all ones for a negative digit. */
u32 digit_index(i32 digit);
u32 digit_sign(i32 digit);
/* Row entry `index`, every entry of the row being read. */
void table_select(affine *r, const u32 *row, u32 entries, u32 index);
/* One of KEY_ENTRIES points, all of them being read. */
void cached_select(cached *r, const cached *table, u32 index);
/* Row entry `index`, alone: for public values. */
void table_entry(affine *r, const u32 *row, u32 index);

#endif
