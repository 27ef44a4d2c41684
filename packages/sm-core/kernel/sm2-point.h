/*
 * Points of y^2 = x^3 - 3 x + b (GB/T 32918.1-2016 §4.1, Annex A) in two projective forms:
 *  - jacobian: x = X / Z^2, y = Y / Z^3; for scalar multiplication with doublings;
 *  - extended: x = X / ZZ, y = Y / ZZZ with ZZ^3 = ZZZ^2; for sums without doublings.
 * Z = 0 or ZZ = 0 is the point at infinity.
 *
 * Sizes (sm2-field.h) of the coordinates between calls: X is carried, Y is of size 1.1,
 * Z, ZZ and ZZZ are exact. Affine coordinates are exact, y possibly negated limb by limb.
 */
#ifndef CSSI_SM2_POINT_H
#define CSSI_SM2_POINT_H

#include "sm2-field.h"

typedef struct {
  fe x, y;
} affine;

typedef struct {
  fe x, y, z;
} jacobian;

/* A jacobian point with Z^2 and Z^3, as an operand of many additions. */
typedef struct {
  fe x, y, z, zz, zzz;
} cached;

typedef struct {
  fe x, y, zz, zzz;
} extended;

extern const affine SM2_G;

/* How an addition met its operands; only code on public values asks. */
#define SUM_PLAIN 0
#define SUM_SAME_X 1

/* r = 2 a. Right for all points: infinity stays infinity, and no point has order 2. */
void jacobian_double(jacobian *r, const jacobian *a);
/*
 * r = a + b for a and b not infinity and a != b; for a = -b the result is infinity.
 * Returns SUM_SAME_X if it may be that a = b or a = -b.
 */
u32 jacobian_add(jacobian *r, const jacobian *a, const cached *b);
/* The same with an affine operand. */
u32 jacobian_add_affine(jacobian *r, const jacobian *a, const affine *b);
/* The same for the extended form. */
u32 extended_add(extended *r, const extended *a, const affine *b);
/* r = 2 a for an affine a. */
void extended_double_affine(extended *r, const affine *a);

/* r = a + b for all points, in constant time. */
void jacobian_add_complete(jacobian *r, const jacobian *a, const cached *b);
void extended_add_complete(extended *r, const extended *a, const affine *b);

/* r = a + b for all points, in variable time: for public values only. */
void jacobian_add_public(jacobian *r, const jacobian *a, const cached *b);
void jacobian_add_affine_public(jacobian *r, const jacobian *a, const affine *b);
void extended_add_public(extended *r, const extended *a, const affine *b);

void to_cached(cached *r, const jacobian *a);
void jacobian_from_affine(jacobian *r, const affine *a);
void extended_from_affine(extended *r, const affine *a);

/* x‖y, 64 bytes, big-endian. */
void affine_load(affine *r, const u8 *in);
/* 1 if both coordinates are below p and the point is on the curve. GB/T 32918.1-2016 §6.2.1 */
u32 affine_load_checked(affine *r, const u8 *in);
/* x^3 - 3 x + b */
void curve_right_side(fe *r, const fe *x);
/* 64 bytes of a point given z^-1 */
void jacobian_store(u8 *out, const jacobian *a, const fe *z_inverse);
/* 64 bytes of a point given ZZZ^-1 */
void extended_store(u8 *out, const extended *a, const fe *zzz_inverse);

#endif
