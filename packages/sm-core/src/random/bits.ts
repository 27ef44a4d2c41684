/** Number of ones in 32 bits, without a table or a branch. */
export function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  x = (x + (x >>> 4)) & 0x0f0f0f0f;
  return Math.imul(x, 0x01010101) >>> 24;
}

/** How many standard deviations `ones` of `bits` fair bits lie from the middle. */
export function deviation(ones: number, bits: number): number {
  return (2 * ones - bits) / Math.sqrt(bits);
}
