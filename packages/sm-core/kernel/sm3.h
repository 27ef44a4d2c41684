/* SM3 (GB/T 32905-2016) for the other parts of the kernel. */
#ifndef CSSI_SM3_H
#define CSSI_SM3_H

#include "kernel.h"

/* A running computation; `pending` holds `length % 64` bytes. Its owner wipes it. */
typedef struct {
  u32 state[8];
  u8 pending[128];
  u64 length;
} sm3_ctx;

/* T_j <<< (j mod 32) for j = 0..63 (§4.2). */
extern const u32 SM3_T[64];

/* Initial value (§4.1). */
void sm3_start(u32 state[8]);
/* The compression function over `blocks` blocks of 64 bytes (§5.3). */
void sm3_compress(u32 state[8], const u8 *data, usize blocks);
/* The words of the state as 32 bytes, most significant byte first. */
void sm3_store(u8 *out, const u32 state[8]);
/*
 * §5.2: pads the last `n` < 64 bytes of a message of `length` bytes in place, and
 * returns how many blocks they are now: 1, or 2 (`tail` has room for both).
 */
usize sm3_pad(u8 *tail, usize n, u64 length);

void sm3_begin(sm3_ctx *c);
void sm3_update(sm3_ctx *c, const u8 *data, usize n);
/* 32 bytes to `out`; the context is wiped. */
void sm3_end(sm3_ctx *c, u8 *out);

/*
 * KDF(Z, 8n) of GB/T 32918.4-2016 §5.4.3: `n` bytes to `out`. Z is what `z` has taken
 * so far; `z` stays as it is.
 */
void sm3_kdf(u8 *out, usize n, const sm3_ctx *z);

#endif
