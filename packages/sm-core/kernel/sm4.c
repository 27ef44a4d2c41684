/*
 * SM4 modes of operation (GB/T 17964-2021) and the two halves of GCM (GB/T 36624-2018),
 * in place on the exchange area, over the block function of sm4-simd.c or sm4-scalar.c.
 */
#include "sm4.h"

/* Key stream or decrypted blocks of one group; wiped before every return. */
static u8 WORK[SM4_BLOCK * SM4_WIDTH] __attribute__((aligned(16)));

static __attribute__((noinline)) void clean(void) {
  sm4_clear(WORK, sizeof WORK);
  sm4_wipe();
}

__attribute__((noinline)) void sm4_clear(void *p, u32 n) {
  volatile u64 *q = p;
  ROLLED for (u32 i = 0; i < n / 8; i++) q[i] = 0;
}

INLINE u32 group_of(u32 bytes) {
  return bytes < sizeof WORK ? (bytes + SM4_BLOCK - 1) / SM4_BLOCK : SM4_WIDTH;
}

__attribute__((noinline)) u64 sm4_get(const u8 *p) { return load64(p); }
__attribute__((noinline)) void sm4_put(u8 *p, u64 v) { store64(p, v); }
__attribute__((noinline)) u32 sm4_word(const u8 *p) { return load32(p); }

/* Round keys from the key in SM4_STATE. GB/T 32907-2016 §7.3 */
EXPORT("sm4_setup") void sm4_setup(void) {
  static const u32 FK[4] = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};
  u32 k0 = sm4_word(SM4_STATE) ^ FK[0], k1 = sm4_word(SM4_STATE + 4) ^ FK[1];
  u32 k2 = sm4_word(SM4_STATE + 8) ^ FK[2], k3 = sm4_word(SM4_STATE + 12) ^ FK[3];
  for (u32 i = 0; i < 32; i++) {
    u32 ck = 0;
    for (u32 j = 0; j < 4; j++) ck = ck << 8 | ((4 * i + j) * 7 & 0xff);
    // K_(i+4) = K_i ^ L'(S(K_(i+1) ^ K_(i+2) ^ K_(i+3) ^ CK_i))
    const u32 s = sm4_sbox(k1 ^ k2 ^ k3 ^ ck), next = k0 ^ s ^ rotl32(s, 13) ^ rotl32(s, 23);
    store32(SM4_ROUND_KEYS + 4 * i, next);
    k0 = k1;
    k1 = k2;
    k2 = k3;
    k3 = next;
  }
  sm4_tower_keys();
}

/* H = E(0) and what GHASH keeps of it. GB/T 36624-2018 §8 */
EXPORT("sm4_gcm_setup") void sm4_gcm_setup(void) {
  sm4_clear(WORK, sizeof WORK);
  sm4_crypt(WORK, WORK, 1, 0);
  ghash_setup(WORK);
  clean();
}

/* ECB over whole blocks. GB/T 32907-2016 §7 */
EXPORT("sm4_ecb") void sm4_ecb(u32 bytes, u32 decrypt) {
  u8 *p = SM4_DATA;
  for (; bytes >= sizeof WORK; bytes -= sizeof WORK, p += sizeof WORK) sm4_crypt(p, p, SM4_WIDTH, decrypt);
  if (bytes) {
    sm4_crypt(WORK, p, bytes / SM4_BLOCK, decrypt);
    __builtin_memcpy(p, WORK, bytes);
  }
  clean();
}

/* CBC encryption over whole blocks. GB/T 17964-2021 §6 */
EXPORT("sm4_cbc_encrypt") void sm4_cbc_encrypt(u32 bytes) {
  sm4_cbc_serial(SM4_STATE, SM4_DATA, bytes);
  clean();
}

/* CBC decryption over whole blocks: P_i = D(C_i) ^ C_(i-1). GB/T 17964-2021 §6 */
EXPORT("sm4_cbc_decrypt") void sm4_cbc_decrypt(u32 bytes) {
  u8 last[SM4_BLOCK] __attribute__((aligned(8)));
  for (u8 *p = SM4_DATA; bytes;) {
    const u32 blocks = group_of(bytes), n = blocks * SM4_BLOCK;
    sm4_crypt(WORK, p, blocks, 1);
    __builtin_memcpy(last, p + n - SM4_BLOCK, SM4_BLOCK);
    // From the end, so that each ciphertext block is still there when it is needed.
    ROLLED for (u32 at = n - SM4_BLOCK; at; at -= SM4_BLOCK) xor_block(p + at, WORK + at, p + at - SM4_BLOCK);
    xor_block(p, WORK, SM4_STATE);
    __builtin_memcpy(SM4_STATE, last, SM4_BLOCK);
    p += n;
    bytes -= n;
  }
  sm4_clear(last, sizeof last);
  clean();
}

/* The counter block `high` ‖ `low`. */
INLINE void store_counter(u8 *to, u64 high, u64 low) {
#if SIMD
  const v128_t x = wasm_i64x2_make((i64)low, (i64)high);
  wasm_v128_store(to, wasm_i8x16_swizzle(x, wasm_u8x16_make(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
#else
  sm4_put(to, high);
  sm4_put(to + 8, low);
#endif
}

/*
 * CTR; the counter moves on by one for each block begun. `wide` says that all 128 bits
 * count, else the low 32. The last block of the area is filled up with key stream.
 */
static __attribute__((noinline)) void ctr(u32 bytes, u32 wide) {
  u64 high = sm4_get(SM4_STATE), low = sm4_get(SM4_STATE + 8);
  const u64 fixed = wide ? 0 : 0xffffffff00000000;
  for (u8 *p = SM4_DATA; bytes;) {
    const u32 blocks = group_of(bytes), n = blocks * SM4_BLOCK;
    ROLLED for (u32 i = 0; i < n; i += SM4_BLOCK) {
      store_counter(WORK + i, high, low);
      low = (low & fixed) | ((low + 1) & ~fixed);
      high += wide & (low == 0);
    }
    sm4_crypt(WORK, WORK, blocks, 0);
    ROLLED for (u32 at = 0; at < n; at += SM4_BLOCK) xor_block(p + at, p + at, WORK + at);
    p += n;
    bytes -= bytes < n ? bytes : n;
  }
  store_counter(SM4_STATE, high, low);
}

/* GHASH of `bytes` bytes of the area, the last block padded with zeros there. */
static __attribute__((noinline)) void ghash(u32 bytes) {
  const u32 blocks = (bytes + SM4_BLOCK - 1) / SM4_BLOCK;
  __builtin_memset(SM4_DATA + bytes, 0, blocks * SM4_BLOCK - bytes);
  ghash_blocks(SM4_Y, SM4_DATA, blocks);
}

/* CTR with a 128-bit counter. GB/T 17964-2021 §9 */
EXPORT("sm4_ctr") void sm4_ctr(u32 bytes) {
  ctr(bytes, 1);
  clean();
}

/* y = GHASH continued. GB/T 36624-2018 §8 */
EXPORT("sm4_ghash") void sm4_ghash(u32 bytes) { ghash(bytes); }

/* CTR with a 32-bit counter, and GHASH of the ciphertext. GB/T 36624-2018 §8 */
EXPORT("sm4_gcm") void sm4_gcm(u32 bytes, u32 decrypt) {
  if (decrypt) ghash(bytes);
  ctr(bytes, 0);
  if (!decrypt) ghash(bytes);
  clean();
}
