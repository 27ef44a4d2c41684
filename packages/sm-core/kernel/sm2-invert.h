/* Inversion modulo an odd number of 256 bits, in constant time. */
#ifndef CSSI_SM2_INVERT_H
#define CSSI_SM2_INVERT_H

#include "kernel.h"

/* A modulus in nine limbs of 30 bits, and its inverse mod 2^30. */
typedef struct {
  i32 l[9];
  u32 inverse;
} modulus30;

/* out = in^-1 mod m, and 0 for 0; eight words, least first; in < m. They may be the same array. */
void invert_words(u32 out[8], const u32 in[8], const modulus30 *m);

#endif
