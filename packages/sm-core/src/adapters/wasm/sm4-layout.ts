/** Where SM4 keeps what in the exchange area; `kernel/sm4.h` has the same numbers. */

/** Round keys: 128 bytes as the standard has them, 128 bytes in tower form. */
export const KEY_BYTES: number = 256;
/** Round keys and what GHASH keeps of H. */
export const GCM_KEY_BYTES: number = 1280;
/** Key, iv or counter, 16 bytes. */
export const STATE_AT: number = 1280;
/** Running GHASH value, 16 bytes. */
export const Y_AT: number = 1296;
/** Begin of the data. */
export const DATA_AT: number = 2048;
/** Data bytes that go through the exchange area at once; a multiple of 256. */
export const PIECE_BYTES: number = 32 * 1024;
