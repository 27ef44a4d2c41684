/* A running SM3 computation inside the module, and the KDF on it. */
#include "sm3.h"

void sm3_begin(sm3_ctx *c) {
  sm3_start(c->state);
  c->length = 0;
}

void sm3_update(sm3_ctx *c, const u8 *data, usize n) {
  usize held = (usize)c->length & 63;
  c->length += n;
  if (held != 0) {
    usize room = 64 - held;
    if (n < room) {
      __builtin_memcpy(c->pending + held, data, n);
      return;
    }
    __builtin_memcpy(c->pending + held, data, room);
    sm3_compress(c->state, c->pending, 1);
    data += room;
    n -= room;
  }
  sm3_compress(c->state, data, n / 64);
  __builtin_memcpy(c->pending, data + (n & ~(usize)63), n & 63);
}

void sm3_end(sm3_ctx *c, u8 *out) {
  usize blocks = sm3_pad(c->pending, (usize)c->length & 63, c->length);
  sm3_compress(c->state, c->pending, blocks);
  sm3_store(out, c->state);
  wipe(c, sizeof *c);
}

void sm3_kdf(u8 *out, usize n, const sm3_ctx *z) {
  u8 counter[4];
  u8 digest[32];
  u32 ct = 1;
  while (n != 0) {
    usize take = n < 32 ? n : 32;
    sm3_ctx c = *z;
    store32(counter, ct++);
    sm3_update(&c, counter, 4);
    sm3_end(&c, digest);
    __builtin_memcpy(out, digest, take);
    out += take;
    n -= take;
  }
  wipe(digest, sizeof digest);
}
