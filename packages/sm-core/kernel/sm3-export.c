/*
 * SM3 for the adapter. Message bytes and digests stand at the front of the exchange
 * area, the state of a running computation at STATE; the caller wipes what it wrote
 * and what it got, this file what it made of it.
 */
#include "sm3.h"

/* As in src/adapters/wasm/sm3.ts. */
#define STATE ((u32 *)(IO + IO_BYTES - 64))

/* One-way: `blocks` blocks from the front of the exchange area into the state. */
EXPORT("sm3_blocks") void sm3_blocks(usize blocks) { sm3_compress(STATE, IO, blocks); }

EXPORT("sm3_reset") void sm3_reset(void) { sm3_start(STATE); }

/*
 * The last `n` bytes of a message of high * 2^32 + low bytes; the digest replaces their
 * front, and everything else is zero afterwards, the state too.
 */
EXPORT("sm3_finish") void sm3_finish(usize n, u32 low, u32 high) {
  usize whole = n / 64;
  usize blocks = whole + sm3_pad(IO + 64 * whole, n % 64, (u64)high << 32 | low);
  sm3_compress(STATE, IO, blocks);
  wipe(IO, 64 * blocks);
  sm3_store(IO, STATE);
  wipe(STATE, 32);
}

/* A whole message of `n` bytes, at most 64 KiB. */
EXPORT("sm3_digest") void sm3_digest(usize n) {
  sm3_reset();
  sm3_finish(n, n, 0);
}
