/* What the two forms of the compression function share. */
#ifndef CSSI_SM3_ROUNDS_H
#define CSSI_SM3_ROUNDS_H

#include "sm3.h"

/* §4.2 T_j <<< (j mod 32). */
#define ROT(x, n) (((x) << ((n) % 32)) | ((x) >> ((32 - (n) % 32) % 32)))
#define T0(j) ROT(0x79cc4519u, j)
#define T1(j) ROT(0x7a879d8au, j)

/* §4.4 permutations. */
#define P0(x) ((x) ^ rotl32((x), 9) ^ rotl32((x), 17))
#define P1(x) ((x) ^ rotl32((x), 15) ^ rotl32((x), 23))
/* §4.3 Boolean functions. */
#define FF0(x, y, z) ((x) ^ (y) ^ (z))
#define GG0(x, y, z) ((x) ^ (y) ^ (z))
#define FF1(x, y, z) (((x) & (y)) | (((x) | (y)) & (z)))
#define GG1(x, y, z) ((((y) ^ (z)) & (x)) ^ (z))

/* Keeps the order of a sum as it is written: the operand that is ready last comes last. */
#define KEEP(x) __asm__("" : "+r"(x))

/*
 * §5.3.3, one round with W_j and W_j ^ W_{j+4}; instead of moving the registers the next
 * round names them anew.
 */
#define ROUND(FF, GG, a, b, c, d, e, f, g, h, wj, wjj, t) \
  do {                                                    \
    u32 a12 = rotl32(a, 12);                              \
    u32 sum = a12 + (t);                                  \
    u32 ss1;                                              \
    d += wjj;                                          \
    KEEP(d);                                              \
    h += wj;                                              \
    KEEP(h);                                              \
    KEEP(sum);                                            \
    ss1 = rotl32(sum + e, 7);                             \
    d += FF(a, b, c);                                     \
    KEEP(d);                                              \
    h += GG(e, f, g);                                     \
    KEEP(h);                                              \
    h += ss1;                                             \
    d += ss1 ^ a12;                                       \
    b = rotl32(b, 9);                                     \
    f = rotl32(f, 19);                                    \
    h = P0(h);                                            \
  } while (0)

#endif
