/* The exchange area, the wiping of the stack, and the two helpers a C compiler calls. */
#include "kernel.h"

u8 IO[IO_BYTES] __attribute__((aligned(16)));

/* Address of the exchange area. */
EXPORT("io") u8 *io(void) { return IO; }

/* The stack lies below everything else in memory (--stack-first). */
#define STACK_BYTES (24 * 1024)

/* Zeroes the whole stack: no caller of the kernel has a frame on it. */
EXPORT("wipe_stack") void wipe_stack(void) {
  __builtin_memset((void *)16, 0, STACK_BYTES - 16);
}
