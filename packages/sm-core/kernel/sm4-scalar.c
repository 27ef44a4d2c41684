/*
 * SM4 block function without SIMD128: bit-sliced, so without tables. One word of sixteen
 * blocks is eight planes of 64 bits; bit 16p + n of plane b is bit b of byte p (0 the most
 * significant) of block n. Rotation by 8 bits is then rotation of the planes by 16. The
 * S-box is the circuit that sm4-tables.mjs derives.
 */
#include "sm4.h"
#if !SIMD
#include "sm4-tables.h"

typedef u64 Word[8];

/* The state; wiped by sm4_wipe. */
static Word STATE[4];

/* Transposes 8x8 bits: bit b of byte n becomes bit n of byte b. */
INLINE u64 transpose8(u64 x) {
  u64 t = (x ^ x >> 7) & 0x00aa00aa00aa00aaull;
  x ^= t ^ t << 7;
  t = (x ^ x >> 14) & 0x0000cccc0000ccccull;
  x ^= t ^ t << 14;
  t = (x ^ x >> 28) & 0x00000000f0f0f0f0ull;
  return x ^ t ^ t << 28;
}

static void to_planes(const u8 *data) {
  __builtin_memset(STATE, 0, sizeof STATE);
  ROLLED for (u32 at = 0; at < 16; at++) {
    ROLLED for (u32 half = 0; half < 2; half++) {
      u64 x = 0;
      ROLLED for (u32 n = 0; n < 8; n++) x |= (u64)data[16 * (8 * half + n) + at] << 8 * n;
      x = transpose8(x);
      ROLLED for (u32 b = 0; b < 8; b++) STATE[at / 4][b] |= (x >> 8 * b & 0xff) << (16 * (at & 3) + 8 * half);
    }
  }
}

/* The words come out in the reverse order. §7.1 R */
static void from_planes(u8 *data) {
  ROLLED for (u32 at = 0; at < 16; at++) {
    ROLLED for (u32 half = 0; half < 2; half++) {
      u64 x = 0;
      ROLLED for (u32 b = 0; b < 8; b++) x |= (STATE[3 - at / 4][b] >> (16 * (at & 3) + 8 * half) & 0xff) << 8 * b;
      x = transpose8(x);
      ROLLED for (u32 n = 0; n < 8; n++) data[16 * (8 * half + n) + at] = (u8)(x >> 8 * n);
    }
  }
}

/* Elements of GF(2^4) = GF(2)[g] with g^4 = g + 1. */
typedef struct {
  u64 x0, x1, x2, x3;
} Nibble;

INLINE Nibble multiply(Nibble a, Nibble b) {
  const u64 c4 = (a.x1 & b.x3) ^ (a.x2 & b.x2) ^ (a.x3 & b.x1), c5 = (a.x2 & b.x3) ^ (a.x3 & b.x2);
  const u64 c6 = a.x3 & b.x3;
  const Nibble r = {(a.x0 & b.x0) ^ c4, (a.x0 & b.x1) ^ (a.x1 & b.x0) ^ c4 ^ c5,
                    (a.x0 & b.x2) ^ (a.x1 & b.x1) ^ (a.x2 & b.x0) ^ c5 ^ c6,
                    (a.x0 & b.x3) ^ (a.x1 & b.x2) ^ (a.x2 & b.x1) ^ (a.x3 & b.x0) ^ c6};
  return r;
}

/* x^14, by its polynomials in the bits. */
INLINE Nibble invert(Nibble x) {
  const u64 p01 = x.x0 & x.x1, p02 = x.x0 & x.x2, p12 = x.x1 & x.x2;
  const Nibble r = {x.x0 ^ x.x1 ^ x.x2 ^ x.x3 ^ p02 ^ p12 ^ (p12 & (x.x0 ^ x.x3)),
                    p01 ^ p02 ^ p12 ^ x.x3 ^ (x.x3 & (x.x1 ^ p01)), p01 ^ p02 ^ x.x2 ^ x.x3 ^ (x.x3 & (x.x0 ^ p02)),
                    x.x1 ^ x.x2 ^ x.x3 ^ (x.x3 & (x.x0 ^ x.x1 ^ x.x2)) ^ (p12 & x.x3)};
  return r;
}

/* All ones where bit b of the constant c is set. */
#define BIT(c, b) (-(u64)((c) >> (b)&1))

/* §6.2 on eight planes. */
INLINE void sbox(u64 *w, const u64 *v) {
  const u64 x0 = v[0], x1 = v[1], x2 = v[2], x3 = v[3], x4 = v[4], x5 = v[5], x6 = v[6], x7 = v[7];
  u64 z0, z1, z2, z3, z4, z5, z6, z7, w0, w1, w2, w3, w4, w5, w6, w7;
  SBOX_INPUT
  const Nibble j = {z0 ^ BIT(TOWER_IJ_C, 0), z1 ^ BIT(TOWER_IJ_C, 1), z2 ^ BIT(TOWER_IJ_C, 2), z3 ^ BIT(TOWER_IJ_C, 3)};
  const Nibble i = {z4 ^ BIT(TOWER_IJ_C, 4), z5 ^ BIT(TOWER_IJ_C, 5), z6 ^ BIT(TOWER_IJ_C, 6), z7 ^ BIT(TOWER_IJ_C, 7)};
  // Q = (i + j)^2 + (a + 2)·i·j in characteristic 2, and a = g.
  const Nibble ij = multiply(i, j);
  const u64 k0 = i.x0 ^ j.x0, k1 = i.x1 ^ j.x1, k2 = i.x2 ^ j.x2, k3 = i.x3 ^ j.x3;
  const Nibble q = {k0 ^ k2 ^ ij.x3, k2 ^ ij.x0 ^ ij.x3, k1 ^ k3 ^ ij.x1, k3 ^ ij.x2};
  const Nibble inverse = invert(q), yi = multiply(i, inverse), yj = multiply(j, inverse);
  const u64 y0 = yj.x0, y1 = yj.x1, y2 = yj.x2, y3 = yj.x3, y4 = yi.x0, y5 = yi.x1, y6 = yi.x2, y7 = yi.x3;
  SBOX_OUTPUT
  w[0] = w0 ^ BIT(SBOX_C, 0);
  w[1] = w1 ^ BIT(SBOX_C, 1);
  w[2] = w2 ^ BIT(SBOX_C, 2);
  w[3] = w3 ^ BIT(SBOX_C, 3);
  w[4] = w4 ^ BIT(SBOX_C, 4);
  w[5] = w5 ^ BIT(SBOX_C, 5);
  w[6] = w6 ^ BIT(SBOX_C, 6);
  w[7] = w7 ^ BIT(SBOX_C, 7);
}

INLINE u64 rotr64(u64 x, int n) { return x >> n | x << (64 - n); }

/* The four bytes of a word, byte p at bit 16p. */
INLINE u64 spread(u32 word) {
  u64 x = __builtin_bswap32(word);
  x = (x | x << 16) & 0x0000ffff0000ffffull;
  return (x | x << 8) & 0x00ff00ff00ff00ffull;
}

/* §6.1, §7.1: 32 rounds. */
static void rounds(const u8 *rk, i32 step) {
  u64 *a = STATE[0], *b = STATE[1], *c = STATE[2], *d = STATE[3];
  ROLLED for (int r = 0; r < 32; r++, rk += step) {
    u64 x[8], s[8];
    const u64 key = spread(sm4_word(rk));
    for (int n = 0; n < 8; n++) x[n] = b[n] ^ c[n] ^ d[n] ^ (key >> n & 0x0001000100010001ull) * 0xffff;
    sbox(s, x);
    // L(B) = B ^ B<<<24 ^ t ^ t<<<8 ^ t<<<16 with t = B<<<2, which takes two bits from the next byte.
    for (int n = 0; n < 8; n++) {
      const u64 t = n < 2 ? rotr64(s[n + 6], 16) : s[n - 2];
      a[n] ^= s[n] ^ rotr64(s[n], 48) ^ t ^ rotr64(t, 16) ^ rotr64(t, 32);
    }
    u64 *first = a;
    a = b;
    b = c;
    c = d;
    d = first;
  }
}

u32 sm4_sbox(u32 word) {
  u64 x[8], s[8];
  u32 y = 0;
  // One block: bit 8p of plane n is bit n of byte p, counted from the least significant.
  for (int n = 0; n < 8; n++) x[n] = word >> n & 0x01010101;
  sbox(s, x);
  for (int n = 0; n < 8; n++) y |= ((u32)s[n] & 0x01010101) << n;
  return y;
}

/* §7.1 on one block: for what is too short to be worth sixteen. */
static __attribute__((noinline)) void crypt1(u8 *to, const u8 *from, const u8 *rk, i32 step) {
  u32 a = load32(from), b = load32(from + 4), c = load32(from + 8), d = load32(from + 12);
  ROLLED for (int r = 0; r < 32; r++, rk += step) {
    const u32 s = sm4_sbox(b ^ c ^ d ^ sm4_word(rk));
    const u32 next = a ^ s ^ rotl32(s, 2) ^ rotl32(s, 10) ^ rotl32(s, 18) ^ rotl32(s, 24);
    a = b;
    b = c;
    c = d;
    d = next;
  }
  store32(to, d);
  store32(to + 4, c);
  store32(to + 8, b);
  store32(to + 12, a);
}

void sm4_crypt(u8 *to, const u8 *from, u32 blocks, u32 decrypt) {
  const u8 *rk = SM4_ROUND_KEYS + (decrypt ? 124 : 0);
  const i32 step = decrypt ? -4 : 4;
  if (blocks > 4) {
    to_planes(from);
    rounds(rk, step);
    from_planes(to);
  } else {
    ROLLED for (u32 at = 0; at < blocks * SM4_BLOCK; at += SM4_BLOCK) crypt1(to + at, from + at, rk, step);
  }
}

void sm4_cbc_serial(u8 *iv, u8 *data, u32 bytes) {
  for (; bytes; bytes -= SM4_BLOCK, data += SM4_BLOCK) {
    xor_block(iv, data, iv);
    crypt1(iv, iv, SM4_ROUND_KEYS, 4);
    __builtin_memcpy(data, iv, SM4_BLOCK);
  }
}

void sm4_tower_keys(void) {}

void sm4_wipe(void) { sm4_clear(STATE, sizeof STATE); }
#endif
