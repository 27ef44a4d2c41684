/** Longest head, and longest tail (certificates, CRLs, signers), of a signed stream in bytes. */
export const MAX_HEAD_BYTES = 16_384;
export const MAX_TAIL_BYTES = 8_388_608;
/** Content goes in and out in blocks of this many bytes. */
export const BLOCK_BYTES = 65_536;
