/* Masks of all ones or all zeros made from secret bits. */
#ifndef CSSI_SM2_MASK_H
#define CSSI_SM2_MASK_H

#include "kernel.h"

/*
 * A compiler that knows a mask to be 0 or -1 turns `x & mask` into a `select`, which an
 * engine may turn into a branch. The empty statement hides where the value comes from.
 */
INLINE u32 hide32(u32 x) {
  __asm__("" : "+r"(x));
  return x;
}
INLINE u64 hide64(u64 x) {
  __asm__("" : "+r"(x));
  return x;
}

/* All ones for 1, 0 for 0. */
INLINE u32 mask_of(u32 bit) { return hide32(0u - bit); }

/* 1 if x is 0, else 0. */
INLINE u32 is_zero(u32 x) { return ((x | (0u - x)) >> 31) ^ 1; }

#endif
