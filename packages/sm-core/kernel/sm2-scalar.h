/*
 * Numbers mod n, the order of the base point (GB/T 32918.5-2017 §2), in nine limbs of 29
 * bits in [0, 2^29). Nothing here branches on a value or uses one as an address.
 */
#ifndef CSSI_SM2_SCALAR_H
#define CSSI_SM2_SCALAR_H

#include "kernel.h"
#include "sm2-mask.h"

typedef struct {
  i32 l[9];
} sc;

/* The 32 bytes as they are: a number below 2^256. */
void sc_load(sc *r, const u8 *in);
void sc_store(u8 *out, const sc *a);
/* 1 if the 32 bytes are a number in [1, n-1]. */
u32 sc_in_range(const u8 *in);
/* a mod n for a below 2^256. */
void sc_reduce(sc *r, const sc *a);
/* Operands and results in [0, n). */
void sc_add(sc *r, const sc *a, const sc *b);
void sc_sub(sc *r, const sc *a, const sc *b);
void sc_negate(sc *r, const sc *a);
/* a b / 2^261 mod n; a b < 2^517. */
void sc_mul(sc *r, const sc *a, const sc *b);
/* a 2^261 mod n */
void sc_to_mont(sc *r, const sc *a);
/* a^-1 2^261 mod n, and 0 for 0. */
void sc_invert_to_mont(sc *r, const sc *a);
/* 1 if a is 0, else 0. */
u32 sc_is_zero(const sc *a);
/* r = mask ? a : r */
void sc_select(sc *r, const sc *a, u32 mask);
/* The `width` <= 28 bits from bit `at` on; bits from 261 on are 0. Both are public. */
u32 sc_bits(const sc *a, int at, int width);

#endif
