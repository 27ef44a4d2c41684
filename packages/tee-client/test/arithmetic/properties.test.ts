import { describe, expect, it } from 'vitest';
import { TeePanic } from '../../src/spec/v1/internal/error.ts';
import type { TEE_BigInt as Words } from '../../src/spec/v1/internal/tee.ts';
import { fmm, integerOf, number, panicOf, SeededNumbers, tee } from './support.ts';

const SEED = 0x5eed_0004_1010_0005n;
console.info(`seed: ${SEED}`);
const ROUNDS = 150;
const BITS = 1024;

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
const modulo = (value: bigint, n: bigint): bigint => ((value % n) + n) % n;
function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? absolute(a) : gcd(b, a % b);
}
/** Square and multiply from the lowest bit: another way than the one under test. */
function power(base: bigint, exponent: bigint, n: bigint): bigint {
  let [result, square] = [1n % n, modulo(base, n)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % n;
    square = (square * square) % n;
  }
  return result;
}

/** Runs `check` with seeded numbers; a failure names its round. */
function property(name: string, check: (numbers: SeededNumbers) => void, rounds = ROUNDS): void {
  it(name, () => {
    for (let round = 0; round < rounds; round++) {
      try {
        check(new SeededNumbers(SEED + BigInt(round)));
      } catch (error) {
        throw new Error(`seed ${SEED} round ${round}`, { cause: error });
      }
    }
  });
}

/** Runs a function whose destination is its operand number `at`; gives the destination. */
function placed(
  run: (dest: Words, op1: Words, op2: Words, n: Words) => void,
  op1: Words,
  op2: Words,
  n: Words,
  at: number,
): Words {
  const dest = [op1, op2, n][at] as Words;
  run(dest, op1, op2, n);
  return dest;
}

type Binary = 'TEE_BigIntAdd' | 'TEE_BigIntSub' | 'TEE_BigIntMul';

describe('arithmetic against native integers [part of CC-002]', () => {
  property('octet strings (xtest 4102)', (numbers) => {
    const value = numbers.signed(BITS);
    const words = number(value);
    expect(integerOf(words)).toBe(value);
    const octets = tee.TEE_BigIntConvertToOctetString(words);
    expect(octets[0]).not.toBe(0);
    const padded = new Uint8Array(octets.length + 5);
    padded.set(octets, 5);
    tee.TEE_BigIntConvertFromOctetString(words, padded, -1);
    expect(integerOf(words)).toBe(-absolute(value));
  });

  property('32-bit numbers (xtest 4103)', (numbers) => {
    const value = Number(BigInt.asIntN(32, numbers.next64()));
    const words = number(0n, 32);
    tee.TEE_BigIntConvertFromS32(words, value);
    expect([integerOf(words), tee.TEE_BigIntConvertToS32(words)]).toEqual([BigInt(value), value]);
  });

  property('comparison (xtest 4104)', (numbers) => {
    const [a, b] = [numbers.signed(80), numbers.below(3) === 0 ? numbers.signed(80) : numbers.signed(33)];
    const expected = a < b ? -1 : a > b ? 1 : 0;
    expect(tee.TEE_BigIntCmp(number(a), number(b))).toBe(expected);
    const short = Number(BigInt.asIntN(32, b));
    expect(Math.sign(tee.TEE_BigIntCmpS32(number(a), short))).toBe(
      a < BigInt(short) ? -1 : a > BigInt(short) ? 1 : 0,
    );
  });

  for (const [name, run] of [
    ['TEE_BigIntAdd', (a, b) => a + b],
    ['TEE_BigIntSub', (a, b) => a - b],
    ['TEE_BigIntMul', (a, b) => a * b],
  ] as readonly (readonly [Binary, (a: bigint, b: bigint) => bigint])[]) {
    property(`${name}, in place too (xtest 4105, 4106)`, (numbers) => {
      const [a, b] = [numbers.signed(BITS), numbers.signed(BITS)];
      const expected = run(a, b);
      const [dest, op1, op2] = [number(7n), number(a), number(b)];
      tee[name](dest, op1, op2);
      expect([integerOf(dest), integerOf(op1), integerOf(op2)]).toEqual([expected, a, b]);
      tee[name](op1, op1, op2);
      expect(integerOf(op1)).toBe(expected);
      const other = number(a);
      tee[name](op2, other, op2);
      expect(integerOf(op2)).toBe(expected);
      tee[name](other, other, other);
      expect(integerOf(other)).toBe(run(a, a));
    });
  }

  property('negation, magnitude, square (xtest 4106)', (numbers) => {
    const a = numbers.signed(BITS);
    const words = number(a);
    const dest = number(1n);
    tee.TEE_BigIntNeg(dest, words);
    expect(integerOf(dest)).toBe(-a);
    tee.TEE_BigIntAbs(dest, words);
    expect(integerOf(dest)).toBe(absolute(a));
    tee.TEE_BigIntSquare(dest, words);
    expect(integerOf(dest)).toBe(a * a);
    tee.TEE_BigIntAssign(dest, words);
    expect([integerOf(dest), integerOf(words)]).toEqual([a, a]);
  });

  property('division (xtest 4107)', (numbers) => {
    const a = numbers.signed(BITS);
    const b = numbers.signed(numbers.below(2) === 0 ? BITS : 96) || 1n;
    const [q, r] = [number(0n), number(0n)];
    tee.TEE_BigIntDiv(q, r, number(a), number(b));
    expect([integerOf(q), integerOf(r)]).toEqual([a / b, a % b]);
    expect(integerOf(q) * b + integerOf(r)).toBe(a);
    const [op1, op2] = [number(a), number(b)];
    tee.TEE_BigIntDiv(op2, op1, op1, op2);
    expect([integerOf(op2), integerOf(op1)]).toEqual([a / b, a % b]);
    tee.TEE_BigIntDiv(q, null, number(a), number(b));
    tee.TEE_BigIntDiv(null, r, number(b), number(a === 0n ? 1n : a));
    expect(integerOf(q)).toBe(a / b);
  });

  property('shifts and bits (xtest 4110, 4111)', (numbers) => {
    const a = numbers.signed(BITS);
    const bits = numbers.below(BITS + 100);
    const dest = number(3n);
    tee.TEE_BigIntShiftRight(dest, number(a), bits);
    const shifted = absolute(a) >> BigInt(bits);
    expect(integerOf(dest)).toBe(a < 0n ? -shifted : shifted);
    expect(tee.TEE_BigIntGetBit(number(a), bits)).toBe(((absolute(a) >> BigInt(bits)) & 1n) === 1n);
    expect(tee.TEE_BigIntGetBitCount(number(a))).toBe(a === 0n ? 0 : absolute(a).toString(2).length);
    const words = number(a);
    const bit = numbers.below(2) === 1;
    tee.TEE_BigIntSetBit(words, bits, bit);
    const mask = 1n << BigInt(bits);
    const set = bit ? absolute(a) | mask : absolute(a) & ~mask;
    expect(integerOf(words)).toBe(a < 0n ? -set : set);
  });

  property('modular operations (xtest 4108, 4109)', (numbers) => {
    const n = numbers.modulus(BITS);
    const [a, b] = [modulo(numbers.signed(BITS), n), modulo(numbers.signed(BITS), n)];
    const [dest, op1, op2, m] = [number(0n), number(a), number(b), number(n)];
    tee.TEE_BigIntAddMod(dest, op1, op2, m);
    expect(integerOf(dest)).toBe(modulo(a + b, n));
    tee.TEE_BigIntSubMod(dest, op1, op2, m);
    expect(integerOf(dest)).toBe(modulo(a - b, n));
    tee.TEE_BigIntMulMod(dest, op1, op2, m);
    expect(integerOf(dest)).toBe(modulo(a * b, n));
    tee.TEE_BigIntSquareMod(dest, op1, m);
    expect(integerOf(dest)).toBe(modulo(a * a, n));
    tee.TEE_BigIntMulMod(op1, op1, op2, m);
    expect(integerOf(op1)).toBe(modulo(a * b, n));
    const wide = numbers.signed(2 * BITS);
    tee.TEE_BigIntMod(m, number(wide), m);
    expect(integerOf(m)).toBe(modulo(wide, n));
  });

  property(
    'powers (GlobalPlatform 1.3.1)',
    (numbers) => {
      const n = numbers.modulus(512);
      const [a, e] = [numbers.signed(512), absolute(numbers.signed(200))];
      const dest = number(0n);
      tee.TEE_BigIntExpMod(dest, number(a), number(e), number(n), null);
      expect(integerOf(dest)).toBe(power(a, e, n));
      const context = new Uint32Array(tee.TEE_BigIntFMMContextSizeInU32(512));
      tee.TEE_BigIntInitFMMContext1(context, context.length, number(n));
      tee.TEE_BigIntExpMod(dest, number(a), number(e), number(n), context);
      expect(integerOf(dest)).toBe(power(a, e, n));
    },
    60,
  );

  property('inverses and common divisors (xtest 4112, 4113, 4114)', (numbers) => {
    const [a, b] = [numbers.signed(300), numbers.signed(300)];
    const [d, u, v] = [number(0n), number(0n), number(0n)];
    tee.TEE_BigIntComputeExtendedGcd(d, u, v, number(a), number(b));
    expect(integerOf(d)).toBe(gcd(a, b));
    expect(integerOf(u) * a + integerOf(v) * b).toBe(gcd(a, b));
    tee.TEE_BigIntComputeExtendedGcd(u, null, null, number(a), number(b));
    expect(integerOf(u)).toBe(gcd(a, b));
    expect(tee.TEE_BigIntRelativePrime(number(a), number(b))).toBe(gcd(a, b) === 1n);
    const n = absolute(b);
    if (n < 2n || gcd(a, n) !== 1n) return;
    const inverse = number(a);
    tee.TEE_BigIntInvMod(inverse, inverse, number(n));
    expect(modulo(integerOf(inverse) * a, n)).toBe(1n % n);
    expect(integerOf(inverse) >= 0n && integerOf(inverse) < n).toBe(true);
  });

  property('fast modular multiplication (xtest 4116)', (numbers) => {
    const n = numbers.modulus(BITS);
    const [a, b] = [numbers.signed(BITS), numbers.signed(BITS)];
    const m = number(n);
    const context = new Uint32Array(tee.TEE_BigIntFMMContextSizeInU32(BITS));
    tee.TEE_BigIntInitFMMContext1(context, context.length, m);
    const [x, y, z] = [fmm(BITS), fmm(BITS), fmm(BITS)];
    tee.TEE_BigIntConvertToFMM(x, number(a), m, context);
    tee.TEE_BigIntConvertToFMM(y, number(b), m, context);
    tee.TEE_BigIntComputeFMM(z, x, y, m, context);
    const dest = number(0n);
    tee.TEE_BigIntConvertFromFMM(dest, z, m, context);
    expect(integerOf(dest)).toBe(modulo(a * b, n));
    tee.TEE_BigIntComputeFMM(x, x, x, m, context);
    tee.TEE_BigIntConvertFromFMM(dest, x, m, context);
    expect(integerOf(dest)).toBe(modulo(a * a, n));
  });
});

describe('operands that are outputs too', () => {
  property('in every modular function and place', (numbers) => {
    const n = numbers.modulus(256);
    const [a, b] = [modulo(numbers.signed(256), n), modulo(numbers.signed(256), n)];
    const cases: readonly (readonly [bigint, (op1: Words, op2: Words, m: Words, at: number) => Words])[] = [
      [modulo(a + b, n), (x, y, m, at) => placed(tee.TEE_BigIntAddMod, x, y, m, at)],
      [modulo(a - b, n), (x, y, m, at) => placed(tee.TEE_BigIntSubMod, x, y, m, at)],
      [modulo(a * b, n), (x, y, m, at) => placed(tee.TEE_BigIntMulMod, x, y, m, at)],
      [
        power(a, b, n),
        (x, y, m, at) => placed((d, p, q, r) => tee.TEE_BigIntExpMod(d, p, q, r, null), x, y, m, at),
      ],
    ];
    for (const [expected, run] of cases) {
      for (let at = 0; at < 3; at++) {
        expect(integerOf(run(number(a, 256), number(b, 256), number(n, 256), at))).toBe(expected);
      }
    }
    const both = number(a, 256);
    tee.TEE_BigIntAddMod(both, both, both, number(n, 256));
    expect(integerOf(both)).toBe(modulo(2n * a, n));
    const square = number(n, 256);
    tee.TEE_BigIntSquareMod(square, number(a, 256), square);
    expect(integerOf(square)).toBe(modulo(a * a, n));
    if (gcd(a, n) !== 1n) return;
    const inverse = number(n, 256);
    tee.TEE_BigIntInvMod(inverse, number(a, 256), inverse);
    expect(modulo(integerOf(inverse) * a, n)).toBe(1n);
  });

  property('in the greatest common divisor and shifts', (numbers) => {
    const [a, b] = [numbers.signed(300), numbers.signed(300)];
    const [x, y, z] = [number(a, 320), number(b, 320), number(0n, 320)];
    tee.TEE_BigIntComputeExtendedGcd(z, y, x, x, y);
    expect(integerOf(z)).toBe(gcd(a, b));
    expect(integerOf(y) * a + integerOf(x) * b).toBe(gcd(a, b));
    const shifted = number(a, 320);
    tee.TEE_BigIntShiftRight(shifted, shifted, 13);
    expect(integerOf(shifted)).toBe(a < 0n ? -(-a >> 13n) : a >> 13n);
    for (const bits of [320, 0x7fffffff, 0xffffffff]) {
      tee.TEE_BigIntShiftRight(shifted, number(a, 320), bits);
      expect(integerOf(shifted)).toBe(0n);
    }
  });

  property('with a destination of exactly the size needed', (numbers) => {
    const [a, b] = [numbers.signed(500), numbers.signed(500)];
    const product = absolute(a * b);
    const words = Math.ceil(product.toString(16).length / 8) * (product === 0n ? 0 : 1);
    const exact = number(0n, 32 * words);
    tee.TEE_BigIntMul(exact, number(a), number(b));
    expect(integerOf(exact)).toBe(a * b);
    if (words > 0) {
      const short = number(0n, 32 * (words - 1));
      expect(panicOf(() => tee.TEE_BigIntMul(short, number(a), number(b)))).toMatch('too small');
    }
  });
});

describe('numbers whose memory the application wrote to itself', () => {
  property(
    'are read as some number or panic, and nothing else happens',
    (numbers) => {
      const noise = (): Words => {
        const words = number(numbers.signed(200), 256);
        for (let i = 0; i <= numbers.below(3); i++) {
          const at = numbers.below(3) === 0 ? numbers.below(words.length) : numbers.below(2);
          words[at] = (words[at] as number) ^ (1 << numbers.below(32));
        }
        return words;
      };
      const calls: readonly (() => unknown)[] = [
        () => tee.TEE_BigIntAdd(noise(), noise(), noise()),
        () => tee.TEE_BigIntMul(noise(), noise(), noise()),
        () => tee.TEE_BigIntDiv(noise(), noise(), noise(), noise()),
        () => tee.TEE_BigIntExpMod(noise(), noise(), noise(), noise(), null),
        () => tee.TEE_BigIntInvMod(noise(), noise(), noise()),
        () => tee.TEE_BigIntConvertToOctetString(noise()),
        () => tee.TEE_BigIntCmp(noise(), noise()),
        () => tee.TEE_BigIntShiftRight(noise(), noise(), 7),
        () => tee.TEE_BigIntComputeFMM(noise(), noise(), noise(), noise(), noise()),
      ];
      for (const call of calls) {
        try {
          call();
        } catch (error) {
          expect(error).toBeInstanceOf(TeePanic);
        }
      }
      const zero = number(0n, 256);
      zero[0] = 0x80000000;
      expect(tee.TEE_BigIntCmpS32(zero, 0)).toBe(0);
    },
    300,
  );
});

describe('primes (xtest 4115)', () => {
  const isPrime = (value: bigint, confidence = 80) =>
    tee.TEE_BigIntIsProbablePrime(number(value), confidence);

  it('below 10,000 are exactly those of the sieve', () => {
    const composite = new Set<number>();
    for (let i = 2; i * i < 10_000; i++) for (let j = i * i; j < 10_000; j += i) composite.add(j);
    for (let i = 0; i < 10_000; i++) {
      expect([i, isPrime(BigInt(i))]).toEqual([i, i > 1 && !composite.has(i) ? 1 : 0]);
    }
  });

  it.each([
    ['2^61 - 1', 2n ** 61n - 1n, 1],
    ['2^127 - 1', 2n ** 127n - 1n, -1],
    ['2^521 - 1', 2n ** 521n - 1n, -1],
    ['the prime of the SM2 curve', 2n ** 256n - 2n ** 224n - 2n ** 96n + 2n ** 64n - 1n, -1],
    ['2^67 - 1 = 193707721 × 761838257287', 2n ** 67n - 1n, 0],
    ['the square of 2^127 - 1', (2n ** 127n - 1n) ** 2n, 0],
    ['the Carmichael number 561', 561n, 0],
    ['the Carmichael number 9746347772161', 9746347772161n, 0],
    ['the pseudoprime to the bases 2, 3, 5 and 7 3215031751', 3215031751n, 0],
    [
      'the 397 digits of F. Arnault (1995), which pass Miller-Rabin with every base below 307',
      (() => {
        const p =
          29674495668685510550154174642905332730771991799853043350995075531276838753171770199594238596428121188033664754218345562493168782883n;
        return p * (313n * (p - 1n) + 1n) * (353n * (p - 1n) + 1n);
      })(),
      0,
    ],
    ['a negative prime', -7n, 0],
  ] as const)('%s: %i', (_, value, expected) => {
    expect(isPrime(value)).toBe(expected);
    expect(isPrime(value, 0)).toBe(expected);
    expect(isPrime(value, 0xffffffff)).toBe(expected);
  });
});
