/*
 * Numbers mod p = 2^256 - 2^224 - 2^96 + 2^64 - 1 (GB/T 32918.5-2017 §2).
 *
 * A number is nine signed limbs of 29 bits: its value is the sum of l[i] 2^(29 i), taken
 * mod p. All numbers are in Montgomery form with R = 2^261. Nothing here branches on a
 * value or uses one as an address.
 *
 * Bounds. Write "size s" for: every |l[i]| with i < 8 is at most s 2^29, and the absolute
 * value of the whole is at most 4s p, so that |l[8]| < s 2^26.
 *  - fe_mul and its relatives take operands whose sizes have a product of at most 3.9: a
 *    column is at most eight products of two lower limbs (column 7; column 8 has seven and
 *    two with the small l[8]), and 8 * 3.9 * 2^58 + 2^54 < 2^63, the 2^54 being for the
 *    carry and for what the reduction adds. The result has limbs 0..7 in [0, 2^29)
 *    ("exact") and an absolute value of at most |a b| / R + p.
 *  - fe_carry takes any limbs that fit in 32 bits and gives size 1.1 and |value| < 1.1 p.
 *  - fe_add and fe_sub are limb by limb: exact + exact has size 2, exact - exact size 1,
 *    carried - exact size 1.1.
 *  - fe_twice takes an exact number and gives 2a - p: since the limbs of p are close to
 *    2^29 but for the third and the last, this has size 1, the third limb alone size 2.
 *    It counts as size 1.3 in products: two of the eight products have the factor 2, or 4
 *    in a square for column 4, of only five products.
 */
#ifndef CSSI_SM2_FIELD_H
#define CSSI_SM2_FIELD_H

#include "kernel.h"
#include "sm2-mask.h"
#if SIMD
#include <wasm_simd128.h>
#endif

#define M29 0x1fffffff

/* For files where the time goes into what they call: compiled for size. */
#define SMALL_CODE _Pragma("clang attribute push(__attribute__((minsize)), apply_to = function)")
#define END_SMALL_CODE _Pragma("clang attribute pop")

/* Limbs 9 to 11 are zero: the vector code works on whole groups of four. */
typedef struct {
  i32 l[12];
} __attribute__((aligned(16))) fe;

extern const fe FE_ONE;
extern const fe FE_P;
extern const fe FE_B;

void fe_mul(fe *r, const fe *a, const fe *b);
void fe_sqr(fe *r, const fe *a);
/* Two independent products at once: r = a b and s = c d. Results may overlay operands. */
void fe_mul2(fe *r, const fe *a, const fe *b, fe *s, const fe *c, const fe *d);
/* r = a^2 and s = b^2. */
void fe_sqr2(fe *r, const fe *a, fe *s, const fe *b);
/* a^-1, and 0 for 0. Operand of size 2. */
void fe_invert(fe *r, const fe *a);
/* A square root of a if there is one; else any number. */
void fe_sqrt(fe *r, const fe *a);
/* From 32 bytes, big-endian, of a number below 2^256. */
void fe_from_bytes(fe *r, const u8 *in);
/* To 32 bytes, the least non-negative remainder. Operand of size 2. */
void fe_to_bytes(u8 *out, const fe *a);
/* Limbs of the Montgomery form as eight words, least first, fully reduced: for tables. */
void fe_pack(u32 *out, const fe *a);
void fe_unpack(fe *r, const u32 *in);
/* 1 if a is 0 mod p, else 0. Operand of size 2. */
u32 fe_is_zero(const fe *a);
/* 1 if the 32 bytes are a number below p. */
u32 fe_bytes_reduced(const u8 *in);

#if SIMD

INLINE void fe_add(fe *r, const fe *a, const fe *b) {
  for (int i = 0; i < 12; i += 4)
    wasm_v128_store(r->l + i, wasm_i32x4_add(wasm_v128_load(a->l + i), wasm_v128_load(b->l + i)));
}
INLINE void fe_sub(fe *r, const fe *a, const fe *b) {
  for (int i = 0; i < 12; i += 4)
    wasm_v128_store(r->l + i, wasm_i32x4_sub(wasm_v128_load(a->l + i), wasm_v128_load(b->l + i)));
}
/* r = a - 2^n b */
INLINE void fe_sub_shifted(fe *r, const fe *a, const fe *b, int n) {
  for (int i = 0; i < 12; i += 4)
    wasm_v128_store(r->l + i, wasm_i32x4_sub(wasm_v128_load(a->l + i),
                                             wasm_i32x4_shl(wasm_v128_load(b->l + i), n)));
}
/* r = mask ? a : r, for a mask of all ones or 0 */
INLINE void fe_select(fe *r, const fe *a, u32 mask) {
  const v128_t m = wasm_i32x4_splat((i32)mask);
  for (int i = 0; i < 12; i += 4)
    wasm_v128_store(r->l + i, wasm_v128_bitselect(wasm_v128_load(a->l + i), wasm_v128_load(r->l + i), m));
}
/* r = mask ? -r : r */
INLINE void fe_negate_if(fe *r, u32 mask) {
  const v128_t m = wasm_i32x4_splat((i32)mask);
  for (int i = 0; i < 12; i += 4)
    wasm_v128_store(r->l + i, wasm_i32x4_sub(wasm_v128_xor(wasm_v128_load(r->l + i), m), m));
}

#else

void fe_add(fe *r, const fe *a, const fe *b);
void fe_sub(fe *r, const fe *a, const fe *b);
void fe_sub_shifted(fe *r, const fe *a, const fe *b, int n);
void fe_select(fe *r, const fe *a, u32 mask);
void fe_negate_if(fe *r, u32 mask);

#endif

/* r = 2 a - p */
INLINE void fe_twice(fe *r, const fe *a) {
  fe_add(r, a, a);
  fe_sub(r, r, &FE_P);
}

/*
 * Moves what a limb has above 29 bits (the top limb: above 24) one limb up, all limbs at
 * once, and what is above 2^256 down by 2^256 = 2^224 + 2^96 - 2^64 + 1 mod p.
 */
void fe_carry(fe *r);

#endif
