/** Bytes of one operation in all rows of SM4. */
export const SM4_BYTES: number = 1 << 14;

/** What all rows of SM4 have in common. */
export const sm4Rate = {
  unit: 'Mbit/s',
  better: 'higher',
  perOperation: (8 * SM4_BYTES) / 1e6,
  goal: 650,
  requirements: ['TCCIA-037'],
} as const;
