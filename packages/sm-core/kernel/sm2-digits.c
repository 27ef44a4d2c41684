/* Signed odd digits and reading of tables; see sm2-multiply.h. */
#include "sm2-multiply.h"

u32 odd_of(sc *r, const sc *k) {
  const u32 even = mask_of(((u32)k->l[0] & 1) ^ 1);
  sc other;
  sc_negate(&other, k);
  *r = *k;
  sc_select(r, &other, even);
  return even;
}

/*
 * For an odd k let u = k mod 2^(w+1). The digit u - 2^w is odd, and what is left,
 * (k - u + 2^w) / 2^w, is k / 2^w rounded down with its lowest bit set: odd again. The
 * last digit is what is left then.
 */
i32 odd_digit(const sc *k, int i, int rows, int window) {
  const i32 bits = (i32)(sc_bits(k, window * i, window + 1) | 1);
  return i == rows - 1 ? bits : bits - (1 << window);
}

u32 digit_sign(i32 digit) { return hide32((u32)(digit >> 31)); }

u32 digit_index(i32 digit) {
  const i32 sign = (i32)digit_sign(digit);
  return (u32)((digit ^ sign) - sign) >> 1;
}

void table_entry(affine *r, const u32 *row, u32 index) {
  fe_unpack(&r->x, row + index * ENTRY_WORDS);
  fe_unpack(&r->y, row + index * ENTRY_WORDS + 8);
}

#if SIMD
void table_select(affine *r, const u32 *row, u32 entries, u32 index) {
  v128_t v0 = wasm_i64x2_const(0, 0), v1 = v0, v2 = v0, v3 = v0;
  v128_t at = v0;
  const v128_t wanted = wasm_i32x4_splat((i32)index), one = wasm_i32x4_const(1, 1, 1, 1);
  u32 words[ENTRY_WORDS];
  for (u32 i = 0; i < entries; i++, row += ENTRY_WORDS) {
    const v128_t mask = wasm_i32x4_eq(at, wanted);
    v0 = wasm_v128_or(v0, wasm_v128_and(mask, wasm_v128_load(row)));
    v1 = wasm_v128_or(v1, wasm_v128_and(mask, wasm_v128_load(row + 4)));
    v2 = wasm_v128_or(v2, wasm_v128_and(mask, wasm_v128_load(row + 8)));
    v3 = wasm_v128_or(v3, wasm_v128_and(mask, wasm_v128_load(row + 12)));
    at = wasm_i32x4_add(at, one);
  }
  wasm_v128_store(words, v0);
  wasm_v128_store(words + 4, v1);
  wasm_v128_store(words + 8, v2);
  wasm_v128_store(words + 12, v3);
  table_entry(r, words, 0);
}

void cached_select(cached *r, const cached *table, u32 index) {
  const usize vectors = sizeof(cached) / 16;
  v128_t mask[KEY_ENTRIES];
  const v128_t wanted = wasm_i32x4_splat((i32)index);
  for (i32 i = 0; i < KEY_ENTRIES; i++) mask[i] = wasm_i32x4_eq(wasm_i32x4_splat(i), wanted);
  for (usize j = 0; j < vectors; j++) {
    v128_t v = wasm_i64x2_const(0, 0);
#pragma clang loop unroll(full)
    for (int i = 0; i < KEY_ENTRIES; i++)
      v = wasm_v128_or(v, wasm_v128_and(mask[i], wasm_v128_load((const v128_t *)&table[i] + j)));
    wasm_v128_store((v128_t *)r + j, v);
  }
}
#else
void table_select(affine *r, const u32 *row, u32 entries, u32 index) {
  u64 v[8] = {0};
  const u64 *p = (const u64 *)row;
  for (u32 i = 0; i < entries; i++, p += 8) {
    const u64 mask = hide64(0ull - hide32(is_zero(i ^ index)));
#pragma clang loop unroll(full)
    for (int j = 0; j < 8; j++) v[j] |= p[j] & mask;
  }
  table_entry(r, (const u32 *)v, 0);
}

void cached_select(cached *r, const cached *table, u32 index) {
  const usize words = sizeof(cached) / 8;
  u64 mask[KEY_ENTRIES];
  for (u32 i = 0; i < KEY_ENTRIES; i++) mask[i] = hide64(0ull - hide32(is_zero(i ^ index)));
  for (usize j = 0; j < words; j++) {
    u64 v = 0;
#pragma clang loop unroll(full)
    for (int i = 0; i < KEY_ENTRIES; i++) v |= mask[i] & ((const u64 *)&table[i])[j];
    ((u64 *)r)[j] = v;
  }
}
#endif
