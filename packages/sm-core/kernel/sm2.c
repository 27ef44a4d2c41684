/*
 * SM2 for the adapter: numbers are 32 bytes and points 64 bytes x‖y, big-endian, at
 * addresses in the exchange area. What a function is given may be secret and stays on
 * the stack, which the caller wipes afterwards (wipe_stack).
 */
#include "sm2-multiply.h"

SMALL_CODE

/* Tables of public keys that are in use: public data, so it may stay here between calls. */
#define SLOTS 4
static u32 slots[SLOTS][KEY_TABLE_WORDS] __attribute__((aligned(16)));

/* Address of a slot; length of a table in bytes; how many slots there are. */
EXPORT("sm2_slot") u32 *sm2_slot(u32 i) { return slots[i]; }
EXPORT("sm2_table_bytes") u32 sm2_table_bytes(void) { return KEY_TABLE_WORDS * 4; }
EXPORT("sm2_slots") u32 sm2_slots(void) { return SLOTS; }

/* out = d G. GB/T 32918.1-2016 §6.1 */
EXPORT("sm2_public_key") void sm2_public_key(u8 *out, const u8 *d) {
  extended point;
  sc k;
  fe inverse;
  sc_load(&k, d);
  multiply_base(&point, &k);
  fe_invert(&inverse, &point.zzz);
  extended_store(out, &point, &inverse);
}

/* 1 if the point is on the curve. GB/T 32918.1-2016 §6.2.1 */
EXPORT("sm2_is_point") u32 sm2_is_point(const u8 *point) {
  affine p;
  return affine_load_checked(&p, point);
}

/* out = the point with this x and the parity of y; 0 if there is none. GB/T 32918.1-2016 §4.2.9 */
EXPORT("sm2_decompress") u32 sm2_decompress(u8 *out, const u8 *x, u32 parity) {
  fe fx, right, y, t;
  if (!fe_bytes_reduced(x)) return 0;
  fe_from_bytes(&fx, x);
  curve_right_side(&right, &fx);
  fe_sqrt(&y, &right);
  fe_sqr(&t, &y);
  fe_sub(&t, &t, &right);
  if (!fe_is_zero(&t)) return 0;
  fe_to_bytes(out + 32, &y);
  fe_negate_if(&y, mask_of((out[63] ^ parity) & 1));
  fe_to_bytes(out, &fx);
  fe_to_bytes(out + 32, &y);
  return 1;
}

/* out = (1+d)^-1 in Montgomery form; 0 for d = n-1. */
EXPORT("sm2_prepare_private") u32 sm2_prepare_private(u8 *out, const u8 *d) {
  static const sc one = {{1}};
  sc a;
  sc_load(&a, d);
  sc_add(&a, &a, &one);
  const u32 ok = sc_is_zero(&a) ^ 1;
  sc_invert_to_mont(&a, &a);
  sc_store(out, &a);
  return ok;
}

/*
 * out = r‖s with (1+d)^-1 prepared; 0 if another k is needed, which is so too when k is
 * not in [1, n-1].
 * GB/T 32918.2-2016 §6.1 A4 to A6, with s = (1+d)^-1 (k - r d) = (1+d)^-1 (k + r) - r.
 */
EXPORT("sm2_sign") u32 sm2_sign(u8 *out, const u8 *prepared, const u8 *e, const u8 *nonce) {
  extended point;
  fe inverse;
  sc k, r, s, t;
  u8 xy[64];
  if (!sc_in_range(nonce)) return 0; /* A3 */
  sc_load(&k, nonce);
  multiply_base(&point, &k); /* A4 */
  fe_invert(&inverse, &point.zzz);
  extended_store(xy, &point, &inverse);
  sc_load(&r, xy);
  sc_load(&t, e);
  sc_reduce(&r, &r);
  sc_reduce(&t, &t);
  sc_add(&r, &r, &t); /* A5 */
  sc_add(&t, &r, &k);
  u32 bad = sc_is_zero(&r) | sc_is_zero(&t);
  sc_load(&s, prepared);
  sc_mul(&s, &s, &t);
  sc_sub(&s, &s, &r); /* A6 */
  bad |= sc_is_zero(&s);
  sc_store(out, &r);
  sc_store(out + 32, &s);
  return bad ^ 1;
}

/* r, s and t = r + s of a signature; 0 if one of them is out of range. §7.1 B1, B2, B5 */
static u32 load_signature(sc *r, sc *s, sc *t, const u8 *signature) {
  if (!(sc_in_range(signature) & sc_in_range(signature + 32))) return 0;
  sc_load(r, signature);
  sc_load(s, signature + 32);
  sc_add(t, r, s);
  return sc_is_zero(t) ^ 1;
}

/*
 * Is (e + x) mod n = r for the x = X / zz of a point? Then x = v or x = v + n with
 * v = (r - e) mod n, as far as that is below p. §7.1 B6, B7
 */
static u32 matches(const fe *x, const fe *zz, const sc *r, const u8 *e) {
  /* n, big-endian */
  static const u8 N_BYTES[32] = {0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                 0xff, 0xff, 0xff, 0xff, 0xff, 0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6,
                                 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23};
  sc v;
  fe t, u;
  u8 bytes[32];
  if (fe_is_zero(zz)) return 0;
  sc_load(&v, e);
  sc_reduce(&v, &v);
  sc_sub(&v, r, &v);
  sc_store(bytes, &v);
  fe_from_bytes(&t, bytes);
  fe_mul(&u, &t, zz);
  fe_sub(&u, &u, x);
  if (fe_is_zero(&u)) return 1;
  u32 carry = 0;
  for (int i = 31; i >= 0; i--) {
    carry += (u32)bytes[i] + N_BYTES[i];
    bytes[i] = (u8)carry;
    carry >>= 8;
  }
  if (carry || !fe_bytes_reduced(bytes)) return 0;
  fe_from_bytes(&t, bytes);
  fe_mul(&u, &t, zz);
  fe_sub(&u, &u, x);
  return fe_is_zero(&u);
}

/* GB/T 32918.2-2016 §7.1; 0 also for a point that is not on the curve. */
EXPORT("sm2_verify") u32 sm2_verify(const u8 *public_key, const u8 *e, const u8 *signature) {
  affine p;
  jacobian sum;
  fe zz;
  sc r, s, t;
  if (!affine_load_checked(&p, public_key) || !load_signature(&r, &s, &t, signature)) return 0;
  multiply_two_public(&sum, &s, &t, &p);
  fe_sqr(&zz, &sum.z);
  return matches(&sum.x, &zz, &r, e);
}

/* Fills a slot with the table of a point; 0 if it is not on the curve. */
EXPORT("sm2_prepare_public") u32 sm2_prepare_public(u32 *table, const u8 *public_key) {
  affine p;
  if (!affine_load_checked(&p, public_key)) return 0;
  build_table(table, &p, KEY_ROWS, KEY_WINDOW);
  return 1;
}

/* As sm2_verify, with the table of the point. */
EXPORT("sm2_verify_prepared") u32 sm2_verify_prepared(const u32 *table, const u8 *e, const u8 *signature) {
  extended sum;
  sc r, s, t;
  if (!load_signature(&r, &s, &t, signature)) return 0;
  multiply_tables_public(&sum, &s, &t, table);
  return matches(&sum.x, &sum.zz, &r, e);
}

/* out = d P for d in [1, n-1]; 0 if P is not on the curve. */
EXPORT("sm2_multiply") u32 sm2_multiply(u8 *out, const u8 *d, const u8 *point) {
  affine p;
  jacobian q;
  fe inverse;
  sc k;
  if (!affine_load_checked(&p, point)) return 0;
  sc_load(&k, d);
  multiply(&q, &k, &p);
  fe_invert(&inverse, &q.z);
  jacobian_store(out, &q, &inverse);
  return 1;
}

/*
 * out = k G‖k P, with one inversion for both; 0 if P is not on the curve or k not in
 * [1, n-1]. GB/T 32918.4-2016 §6.1 A2, A4
 */
EXPORT("sm2_multiply_both") u32 sm2_multiply_both(u8 *out, const u8 *nonce, const u8 *point) {
  affine p;
  jacobian q;
  extended c;
  fe product, inverse, one_inverse;
  sc k;
  if (!(affine_load_checked(&p, point) & sc_in_range(nonce))) return 0;
  sc_load(&k, nonce);
  multiply_base(&c, &k);
  multiply(&q, &k, &p);
  fe_mul(&product, &c.zzz, &q.z);
  fe_invert(&inverse, &product);
  fe_mul(&one_inverse, &inverse, &q.z);
  extended_store(out, &c, &one_inverse);
  fe_mul(&one_inverse, &inverse, &c.zzz);
  jacobian_store(out + 64, &q, &one_inverse);
  return 1;
}

/* 2^127 + (x mod 2^127). GB/T 32918.3-2016 §6.1 A4 */
static void load_half(sc *r, const u8 *x) {
  u8 bytes[32] = {0};
  for (int i = 16; i < 32; i++) bytes[i] = x[i];
  bytes[16] |= 0x80;
  sc_load(r, bytes);
}

/*
 * out = [t](P + [x̄2] R2) with t = (d + x̄1 r) mod n, for x1 of the own ephemeral key;
 * 0 if that is infinity, 2 if a point is not on the curve. The sum in brackets is public.
 * GB/T 32918.3-2016 §6.1 A4 to A7
 */
EXPORT("sm2_exchange")
u32 sm2_exchange(u8 *out, const u8 *d, const u8 *r, const u8 *x1, const u8 *point, const u8 *ephemeral) {
  static const sc zero;
  affine p, e;
  jacobian q;
  fe inverse, t, u;
  sc half, a, b;
  if (!(affine_load_checked(&p, point) & affine_load_checked(&e, ephemeral))) return 2;
  load_half(&half, ephemeral);
  multiply_two_public(&q, &zero, &half, &e);
  jacobian_add_affine_public(&q, &q, &p);
  if (fe_is_zero(&q.z)) return 0;
  /* Affine again, for the constant-time multiplication. */
  fe_invert(&inverse, &q.z);
  fe_sqr(&t, &inverse);
  fe_mul2(&u, &t, &inverse, &p.x, &q.x, &t);
  fe_mul(&p.y, &q.y, &u);
  load_half(&half, x1);
  sc_load(&a, r);
  sc_to_mont(&a, &a);
  sc_mul(&a, &a, &half);
  sc_load(&b, d);
  sc_add(&a, &a, &b);
  if (sc_is_zero(&a)) return 0;
  multiply(&q, &a, &p);
  fe_invert(&inverse, &q.z);
  jacobian_store(out, &q, &inverse);
  return 1;
}

END_SMALL_CODE
