/* SM3 (GB/T 32905-2016): constants, padding and output. The compression functions stand beside it. */
#include "sm3-rounds.h"

#define T4(T, j) T(j), T((j) + 1), T((j) + 2), T((j) + 3)
#define T16(j) T4(T1, j), T4(T1, (j) + 4), T4(T1, (j) + 8), T4(T1, (j) + 12)
const u32 SM3_T[64] = {T4(T0, 0), T4(T0, 4), T4(T0, 8), T4(T0, 12), T16(16), T16(32), T16(48)};

void sm3_start(u32 state[8]) {
  /* §4.1 */
  static const u32 IV[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                            0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};
  int i;
  for (i = 0; i < 8; i++) state[i] = IV[i];
}

void sm3_store(u8 *out, const u32 state[8]) {
  int i;
  for (i = 0; i < 8; i++) store32(out + 4 * i, state[i]);
}

usize sm3_pad(u8 *tail, usize n, u64 length) {
  usize end = n < 56 ? 64 : 128;
  usize i;
  tail[n] = 0x80;
  for (i = n + 1; i % 8 != 0; i++) tail[i] = 0;
  for (; i < end - 8; i += 8) store64(tail + i, 0);
  store64(tail + end - 8, length << 3);
  return end / 64;
}
