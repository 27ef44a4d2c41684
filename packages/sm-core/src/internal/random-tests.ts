/** Bytes of the start-up sample: 20,000 bits, a whole number of 16-byte blocks above it. */
export const START_UP_BYTES = 2512;

/**
 * Frequency tests over one sample. The limits lie more than six standard deviations
 * from the mean, so that a good source fails less than once in 10^8 starts; what they
 * catch is a source that is stuck, biased or counting.
 */
export function looksRandom(sample: Uint8Array): boolean {
  const counts = new Uint32Array(256);
  let ones = 0;
  for (const byte of sample) {
    counts[byte]!++;
    for (let rest = byte; rest !== 0; rest &= rest - 1) ones++;
  }
  // Bits: mean 4 per byte, standard deviation sqrt(2 per byte).
  const bits = Math.abs(ones - 4 * sample.length) / Math.sqrt(2 * sample.length);
  if (bits > 6) return false;
  // Bytes: chi-square with 255 degrees of freedom; too even (a counter) is as wrong as too uneven.
  const expected = sample.length / 256;
  let chiSquare = 0;
  for (const count of counts) chiSquare += (count - expected) ** 2 / expected;
  return chiSquare > 100 && chiSquare < 440;
}
