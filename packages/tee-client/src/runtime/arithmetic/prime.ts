import { randomBytes } from '@cssi/sm-core';
import { bitLength, powerModulo } from './numbers.ts';

const SMALL_PRIMES: readonly bigint[] = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
  107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223,
  227, 229, 233, 239, 241, 251,
].map(BigInt);

/** Below this, the bases 2 to 37 decide (Sorenson and Webster 2015). */
const CERTAIN_BELOW = 318_665_857_834_031_151_167_461n;
const CERTAIN_BASES = 12;

/** Confidence GlobalPlatform asks for at least, in bits, and where more stops to mean anything. */
const MIN_CONFIDENCE = 80;
const MAX_CONFIDENCE = 256;

/** True when `base` does not prove the odd number `n` composite. */
function passes(n: bigint, base: bigint, oddPart: bigint, twos: number): boolean {
  let x = powerModulo(base, oddPart, n);
  if (x === 1n || x === n - 1n) return true;
  for (let i = 1; i < twos; i++) {
    x = (x * x) % n;
    if (x === n - 1n) return true;
  }
  return false;
}

/** A base from 2 to n - 2. 64 bits more than n has make the residues even enough. */
function randomBase(n: bigint): bigint {
  const bytes = randomBytes(Math.ceil(bitLength(n) / 8) + 8);
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return (value % (n - 3n)) + 2n;
}

/**
 * 0 composite, 1 prime, -1 prime with a probability of failure of at most 2^-confidence (2^-256 for more).
 *
 * Miller-Rabin with random bases, so that a number made to fool fixed ones does not pass.
 */
export function probablePrime(n: bigint, confidence: number): -1 | 0 | 1 {
  if (n < 2n) return 0;
  for (const prime of SMALL_PRIMES) {
    if (n % prime === 0n) return n === prime ? 1 : 0;
  }
  let oddPart = n - 1n;
  let twos = 0;
  for (; (oddPart & 1n) === 0n; twos++) oddPart >>= 1n;
  if (n < CERTAIN_BELOW) {
    return SMALL_PRIMES.slice(0, CERTAIN_BASES).every((base) => passes(n, base, oddPart, twos)) ? 1 : 0;
  }
  // Each base leaves a composite number one chance in four.
  const rounds = Math.ceil(Math.min(Math.max(confidence, MIN_CONFIDENCE), MAX_CONFIDENCE) / 2);
  for (let round = 0; round < rounds; round++) {
    if (!passes(n, randomBase(n), oddPart, twos)) return 0;
  }
  return -1;
}
