/*
 * CBC encryption with tables in memory: NOT constant-time. Which lines of the tables are in
 * the cache after a block depends on key and data, so whoever shares the cache can learn
 * from it. It is there, behind an option, because CBC encryption is serial: a block cannot
 * begin before the one before it ends, the table-free round is a chain of swizzles, and a
 * table look-up is a chain of one load. Everything that is not serial stays table-free.
 */
#include "sm4.h"

/* L(S(x) in byte p) for p = 0 (the most significant) to 3; public, made at first use. */
static u32 T[4][256];

/*
 * Words are used as they lie in memory, so what the standard calls the most significant
 * byte is in the lowest place: the table is made in its order and then turned around.
 */
static __attribute__((noinline)) void make_tables(void) {
  ROLLED for (u32 x = 0; x < 256; x++) {
    const u32 b = sm4_sbox(x) << 24;
    const u32 t = b ^ rotl32(b, 2) ^ rotl32(b, 10) ^ rotl32(b, 18) ^ rotl32(b, 24);
    ROLLED for (int p = 0; p < 4; p++) T[p][x] = rotl32(__builtin_bswap32(t), 8 * p);
  }
}

INLINE u32 word(const u8 *p) {
  u32 v;
  __builtin_memcpy(&v, p, 4);
  return v;
}
#define ROUND(a, b, c, d, n)                  \
  x = b ^ c ^ d ^ word(SM4_ROUND_KEYS + 4 * (n)); \
  a ^= T[0][x & 0xff] ^ T[1][x >> 8 & 0xff] ^ T[2][x >> 16 & 0xff] ^ T[3][x >> 24];

/* As sm4_cbc_encrypt. GB/T 17964-2021 §6 */
EXPORT("sm4_cbc_encrypt_tables") void sm4_cbc_encrypt_tables(u32 bytes) {
  u32 x, c[4];
  if (T[0][0] == 0) make_tables();
  __builtin_memcpy(c, SM4_STATE, 16);
  for (u8 *p = SM4_DATA; p < SM4_DATA + bytes; p += SM4_BLOCK) {
    u32 c0 = c[0] ^ word(p), c1 = c[1] ^ word(p + 4), c2 = c[2] ^ word(p + 8), c3 = c[3] ^ word(p + 12);
    ROLLED for (int r = 0; r < 32; r += 4) {
      ROUND(c0, c1, c2, c3, r)
      ROUND(c1, c2, c3, c0, r + 1)
      ROUND(c2, c3, c0, c1, r + 2)
      ROUND(c3, c0, c1, c2, r + 3)
    }
    c[0] = c3;
    c[1] = c2;
    c[2] = c1;
    c[3] = c0;
    __builtin_memcpy(p, c, SM4_BLOCK);
  }
  __builtin_memcpy(SM4_STATE, c, SM4_BLOCK);
}
