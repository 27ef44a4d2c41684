/* The compression function of SM3 (GB/T 32905-2016 §5.3) without SIMD. */
#include "sm3-rounds.h"

#if !SIMD
#define FIRST(a, b, c, d, e, f, g, h, j, wj, wj4) ROUND(FF0, GG0, a, b, c, d, e, f, g, h, wj, (wj ^ wj4), T0(j))
#define LATER(a, b, c, d, e, f, g, h, t, wj, wj4) ROUND(FF1, GG1, a, b, c, d, e, f, g, h, wj, (wj ^ wj4), t)
/* §5.3.2: W[j+4] takes the place of W[j-12]. */
#define EXPAND(w16, w9, w3, w13, w6)   \
  do {                                 \
    u32 x = w16 ^ w9 ^ rotl32(w3, 15); \
    w16 = P1(x) ^ rotl32(w13, 7) ^ w6; \
  } while (0)

/* The window W[j..j+15] and the working registers are locals: nothing is left in memory. */
void sm3_compress(u32 state[8], const u8 *data, usize blocks) {
  u32 a = state[0], b = state[1], c = state[2], d = state[3];
  u32 e = state[4], f = state[5], g = state[6], h = state[7];
  for (; blocks != 0; blocks--, data += 64) {
    u32 w0 = load32(data + 0);
    u32 w1 = load32(data + 4);
    u32 w2 = load32(data + 8);
    u32 w3 = load32(data + 12);
    u32 w4 = load32(data + 16);
    u32 w5 = load32(data + 20);
    u32 w6 = load32(data + 24);
    u32 w7 = load32(data + 28);
    u32 w8 = load32(data + 32);
    u32 w9 = load32(data + 36);
    u32 w10 = load32(data + 40);
    u32 w11 = load32(data + 44);
    u32 w12 = load32(data + 48);
    u32 w13 = load32(data + 52);
    u32 w14 = load32(data + 56);
    u32 w15 = load32(data + 60);
    const u32 *t = SM3_T + 16;
    int i;
    FIRST(a, b, c, d, e, f, g, h, 0, w0, w4);
    FIRST(d, a, b, c, h, e, f, g, 1, w1, w5);
    FIRST(c, d, a, b, g, h, e, f, 2, w2, w6);
    FIRST(b, c, d, a, f, g, h, e, 3, w3, w7);
    FIRST(a, b, c, d, e, f, g, h, 4, w4, w8);
    FIRST(d, a, b, c, h, e, f, g, 5, w5, w9);
    FIRST(c, d, a, b, g, h, e, f, 6, w6, w10);
    FIRST(b, c, d, a, f, g, h, e, 7, w7, w11);
    FIRST(a, b, c, d, e, f, g, h, 8, w8, w12);
    FIRST(d, a, b, c, h, e, f, g, 9, w9, w13);
    FIRST(c, d, a, b, g, h, e, f, 10, w10, w14);
    FIRST(b, c, d, a, f, g, h, e, 11, w11, w15);
    EXPAND(w0, w7, w13, w3, w10);
    FIRST(a, b, c, d, e, f, g, h, 12, w12, w0);
    EXPAND(w1, w8, w14, w4, w11);
    FIRST(d, a, b, c, h, e, f, g, 13, w13, w1);
    EXPAND(w2, w9, w15, w5, w12);
    FIRST(c, d, a, b, g, h, e, f, 14, w14, w2);
    EXPAND(w3, w10, w0, w6, w13);
    FIRST(b, c, d, a, f, g, h, e, 15, w15, w3);
#pragma clang loop unroll(disable)
    for (i = 0; i < 3; i++, t += 16) {
      EXPAND(w4, w11, w1, w7, w14);
      LATER(a, b, c, d, e, f, g, h, t[0], w0, w4);
      EXPAND(w5, w12, w2, w8, w15);
      LATER(d, a, b, c, h, e, f, g, t[1], w1, w5);
      EXPAND(w6, w13, w3, w9, w0);
      LATER(c, d, a, b, g, h, e, f, t[2], w2, w6);
      EXPAND(w7, w14, w4, w10, w1);
      LATER(b, c, d, a, f, g, h, e, t[3], w3, w7);
      EXPAND(w8, w15, w5, w11, w2);
      LATER(a, b, c, d, e, f, g, h, t[4], w4, w8);
      EXPAND(w9, w0, w6, w12, w3);
      LATER(d, a, b, c, h, e, f, g, t[5], w5, w9);
      EXPAND(w10, w1, w7, w13, w4);
      LATER(c, d, a, b, g, h, e, f, t[6], w6, w10);
      EXPAND(w11, w2, w8, w14, w5);
      LATER(b, c, d, a, f, g, h, e, t[7], w7, w11);
      EXPAND(w12, w3, w9, w15, w6);
      LATER(a, b, c, d, e, f, g, h, t[8], w8, w12);
      EXPAND(w13, w4, w10, w0, w7);
      LATER(d, a, b, c, h, e, f, g, t[9], w9, w13);
      EXPAND(w14, w5, w11, w1, w8);
      LATER(c, d, a, b, g, h, e, f, t[10], w10, w14);
      EXPAND(w15, w6, w12, w2, w9);
      LATER(b, c, d, a, f, g, h, e, t[11], w11, w15);
      EXPAND(w0, w7, w13, w3, w10);
      LATER(a, b, c, d, e, f, g, h, t[12], w12, w0);
      EXPAND(w1, w8, w14, w4, w11);
      LATER(d, a, b, c, h, e, f, g, t[13], w13, w1);
      EXPAND(w2, w9, w15, w5, w12);
      LATER(c, d, a, b, g, h, e, f, t[14], w14, w2);
      EXPAND(w3, w10, w0, w6, w13);
      LATER(b, c, d, a, f, g, h, e, t[15], w15, w3);
    }
    a = state[0] ^= a;
    b = state[1] ^= b;
    c = state[2] ^= c;
    d = state[3] ^= d;
    e = state[4] ^= e;
    f = state[5] ^= f;
    g = state[6] ^= g;
    h = state[7] ^= h;
  }
}
#endif
