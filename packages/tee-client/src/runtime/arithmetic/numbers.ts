/** Number theory over native integers. Not constant-time. */

export const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** The residue from 0 to n - 1. */
export function modulo(value: bigint, n: bigint): bigint {
  const rest = value % n;
  return rest < 0n ? rest + n : rest;
}

/** Bits of the magnitude; 0 for zero. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = absolute(value).toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}

/** base^exponent mod n for exponent ≥ 0, n ≥ 1; four bits of the exponent at a time. */
export function powerModulo(base: bigint, exponent: bigint, n: bigint): bigint {
  const table: bigint[] = [1n % n];
  const reduced = modulo(base, n);
  for (let i = 1; i < 16; i++) table.push(((table[i - 1] as bigint) * reduced) % n);
  let result = 1n % n;
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) result = (result * result) % n;
    result = (result * (table[Number.parseInt(digit, 16)] as bigint)) % n;
  }
  return result;
}

/** gcd ≥ 0 with u·a + v·b = gcd. */
export interface Bezout {
  readonly gcd: bigint;
  readonly u: bigint;
  readonly v: bigint;
}

/** Euclid's extended algorithm, for any signs. */
export function extendedGcd(a: bigint, b: bigint): Bezout {
  let [r0, r1] = [absolute(a), absolute(b)];
  let [u0, u1] = [1n, 0n];
  let [v0, v1] = [0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [u0, u1] = [u1, u0 - q * u1];
    [v0, v1] = [v1, v0 - q * v1];
  }
  return { gcd: r0, u: a < 0n ? -u0 : u0, v: b < 0n ? -v0 : v0 };
}

/** The inverse from 0 to n - 1, or `undefined` when there is none. */
export function inverseModulo(value: bigint, n: bigint): bigint | undefined {
  const { gcd, u } = extendedGcd(modulo(value, n), n);
  return gcd === 1n ? modulo(u, n) : undefined;
}
