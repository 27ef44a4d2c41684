/*
 * SM4 (GB/T 32907-2016) and GHASH (GB/T 36624-2018 §8): what their files share.
 *
 * The key schedule and the GHASH tables belong to the caller, who puts them into the
 * exchange area for every call; the data are worked on in place behind them.
 */
#ifndef CSSI_SM4_H
#define CSSI_SM4_H

#include "kernel.h"

/* Layout of the exchange area; sm4-layout.ts has the same numbers. */
#define SM4_ROUND_KEYS IO /* 128 bytes: rk_0 .. rk_31, big-endian */
#define SM4_TOWER_KEYS (IO + 128) /* 128 bytes: the same in tower form (SIMD only) */
#define SM4_GHASH_KEY (IO + 256) /* 1024 bytes, laid out by ghash_setup */
#define SM4_STATE (IO + 1280) /* 16 bytes: key, iv or counter */
#define SM4_Y (IO + 1296) /* 16 bytes: running GHASH value */
#define SM4_DATA (IO + 2048)

#define SM4_BLOCK 16
/* Blocks that are worked on side by side. */
#define SM4_WIDTH 16
/* For loops that gain nothing from being unrolled: the module has to stay small. */
#define ROLLED _Pragma("clang loop unroll(disable)")

/* The S-box on each byte of a word. GB/T 32907-2016 §6.2 */
u32 sm4_sbox(u32 word);
/* SM4_TOWER_KEYS from SM4_ROUND_KEYS, where they are used. */
void sm4_tower_keys(void);
/* ECB over 1 to 16 blocks. Both buffers have room for all 16; `to` may be `from`. */
void sm4_crypt(u8 *to, const u8 *from, u32 blocks, u32 decrypt);
/* CBC encryption in place; iv moves on. */
void sm4_cbc_serial(u8 *iv, u8 *data, u32 bytes);
/* Overwrites what sm4_crypt and sm4_cbc_serial left behind. */
void sm4_wipe(void);
/* wipe() as a function: it would be unrolled wherever it is used. */
void sm4_clear(void *p, u32 n);

/* load64, store64 and load32 as functions: WebAssembly has no instruction that turns bytes around. */
u64 sm4_get(const u8 *p);
void sm4_put(u8 *p, u64 v);
u32 sm4_word(const u8 *p);

/* Fills SM4_GHASH_KEY from H. */
void ghash_setup(const u8 *h);
/* y = GHASH continued over whole blocks. */
void ghash_blocks(u8 *y, const u8 *data, u32 blocks);

/* *to = *a ^ *b over one block; `to` may be `a` or `b`. */
#if SIMD
#include <wasm_simd128.h>
INLINE void xor_block(u8 *to, const u8 *a, const u8 *b) {
  wasm_v128_store(to, wasm_v128_xor(wasm_v128_load(a), wasm_v128_load(b)));
}
#else
INLINE void xor_block(u8 *to, const u8 *a, const u8 *b) {
  u64 p[2], q[2];
  __builtin_memcpy(p, a, 16);
  __builtin_memcpy(q, b, 16);
  p[0] ^= q[0];
  p[1] ^= q[1];
  __builtin_memcpy(to, p, 16);
}
#endif

#endif
