/** Most bytes of one byte string in a frame, and so of one memory parameter. */
export const MAX_BLOCK_BYTES: number = 16 << 20;
/** Most bytes of a frame: four parameters of the largest size. */
export const MAX_FRAME_BYTES: number = 4 * MAX_BLOCK_BYTES + 4096;
/** Most bytes one socket call of an application moves. */
export const MAX_SOCKET_BYTES: number = 1 << 20;
