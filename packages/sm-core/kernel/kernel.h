/*
 * What every file of the kernel shares. The kernel is one WebAssembly module without
 * imports: it computes on its own linear memory and never allocates.
 */
#ifndef CSSI_KERNEL_H
#define CSSI_KERNEL_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;
typedef unsigned long usize;

/* Makes a function part of the module's interface. */
#define EXPORT(name) __attribute__((export_name(name), visibility("default")))
#define INLINE static inline __attribute__((always_inline))

/*
 * The exchange area: the caller writes arguments here, the kernel writes results here,
 * and the caller zeroes what it used. Nothing in it outlives a call.
 */
#define IO_BYTES (72 * 1024)
extern u8 IO[IO_BYTES];

/* Big-endian loads and stores at any address. */
INLINE u32 load32(const u8 *p) {
  u32 v;
  __builtin_memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}
INLINE void store32(u8 *p, u32 v) {
  v = __builtin_bswap32(v);
  __builtin_memcpy(p, &v, 4);
}
INLINE u64 load64(const u8 *p) {
  u64 v;
  __builtin_memcpy(&v, p, 8);
  return __builtin_bswap64(v);
}
INLINE void store64(u8 *p, u64 v) {
  v = __builtin_bswap64(v);
  __builtin_memcpy(p, &v, 8);
}
INLINE u32 rotl32(u32 x, int n) { return (x << n) | (x >> (32 - n)); }

/* Overwrites `n` bytes with zeros in a way the compiler keeps. */
INLINE void wipe(void *p, usize n) {
  volatile u64 *q = (volatile u64 *)p;
  usize i;
  for (i = 0; i < n / 8; i++) q[i] = 0;
  for (i = n & ~(usize)7; i < n; i++) ((volatile u8 *)p)[i] = 0;
}

#endif
