/* The symmetric part of SM2 encryption, for messages that fit into the exchange area. */
#include "sm3.h"

/* C3 = SM3(x2‖M‖y2). GB/T 32918.4-2016 §6.1 A7 */
static void tag(u8 *c3, const u8 *shared, const u8 *message, usize n) {
  sm3_ctx c;
  sm3_begin(&c);
  sm3_update(&c, shared, 32);
  sm3_update(&c, message, n);
  sm3_update(&c, shared + 32, 32);
  sm3_end(&c, c3);
}

/*
 * data ^= t with t = KDF(x2‖y2, n) and c3 = C3 of the plaintext, which is `data` before
 * (opening = 0) or after (opening = 1). 0 if t is all zero. The key stream stands at
 * `stream`, n bytes, for the caller to wipe. GB/T 32918.4-2016 §6.1 A5 to A7, §7.1 B4 to B6
 */
EXPORT("sm2_mask")
u32 sm2_mask(u8 *c3, const u8 *shared, u8 *data, u8 *stream, usize n, u32 opening) {
  sm3_ctx z;
  u32 any = 0;
  sm3_begin(&z);
  sm3_update(&z, shared, 64);
  sm3_kdf(stream, n, &z);
  if (!opening) tag(c3, shared, data, n);
  for (usize i = 0; i < n; i++) {
    any |= stream[i];
    data[i] ^= stream[i];
  }
  if (opening) tag(c3, shared, data, n);
  return any != 0;
}
