import type { RemoteFunctionName } from '../../../src/spec/v1/conformance-ta.ts';
import type { Tee } from '../../../src/spec/v1/internal/tee.ts';
import { argument, type Fault, inside, otherwise, outcome, real } from './kit.ts';

type Words = Uint32Array;
const MASK = (1n << 32n) - 1n;
const abs = (value: bigint): bigint => (value < 0n ? -value : value);

function read(tee: Tee, words: Words): bigint {
  const value = tee
    .TEE_BigIntConvertToOctetString(words)
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return tee.TEE_BigIntCmpS32(words, 0) < 0 ? -value : value;
}

function write(tee: Tee, words: Words, value: bigint): void {
  const hex = abs(value).toString(16);
  const even = value === 0n ? '' : hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = Uint8Array.from({ length: even.length / 2 }, (_, i) =>
    Number.parseInt(even.slice(2 * i, 2 * i + 2), 16),
  );
  tee.TEE_BigIntConvertFromOctetString(words, bytes, value < 0n ? -1 : 1);
}

/** A function with one destination and operands that computes something else. */
const computes = (
  name: string,
  functionName: RemoteFunctionName,
  compute: (operands: bigint[], target: bigint) => bigint | undefined,
): Fault =>
  inside(name, functionName, (tee) => ({
    [functionName]: (...args: unknown[]) => {
      const [target, ...rest] = args as Words[];
      const words = rest.filter((item): item is Words => item instanceof Uint32Array);
      const wrong = compute(
        words.map((item) => read(tee, item)),
        read(tee, target as Words),
      );
      if (wrong === undefined) return real(tee, functionName)(...args);
      write(tee, target as Words, wrong);
      return undefined;
    },
  }));

/** A function that answers a number computed in another way. */
const answers = (
  name: string,
  functionName: RemoteFunctionName,
  compute: (operands: bigint[], last: unknown) => unknown,
): Fault =>
  inside(name, functionName, (tee) => ({
    [functionName]: (...args: unknown[]) =>
      compute(
        (args as Words[]).filter((item) => item instanceof Uint32Array).map((item) => read(tee, item)),
        args.at(-1),
      ),
  }));

const sign = (value: bigint): number => (value < 0n ? -1 : value > 0n ? 1 : 0);
const only = (condition: boolean, value: bigint): bigint | undefined => (condition ? value : undefined);

const division = (name: string, change: (a: bigint, b: bigint) => [bigint, bigint] | undefined): Fault =>
  inside(name, 'TEE_BigIntDiv', (tee) => ({
    TEE_BigIntDiv: (q: Words | null, r: Words | null, a: Words, b: Words) => {
      const [x, y] = [read(tee, a), read(tee, b)];
      const wrong = y === 0n ? undefined : change(x, y);
      if (wrong === undefined) return tee.TEE_BigIntDiv(q, r, a, b);
      if (q !== null) write(tee, q, wrong[0]);
      if (r !== null) write(tee, r, wrong[1]);
    },
  }));

/** Defects of arithmetic. */
export const arithmeticFaults: readonly Fault[] = [
  outcome('sizes forget the header of a big integer', 'TEE_BigIntSizeInU32', (words: number) => words + 2),
  outcome('the largest number has 1,024 bits', 'TEE_GetPropertyAsU32', (value: number, [, name]) =>
    name === 'gpd.tee.arith.maxBigIntSize' ? 1024 : value,
  ),
  argument('octets are little-endian', 'TEE_BigIntConvertFromOctetString', ([dest, bytes, s]) => [
    dest,
    (bytes as Uint8Array).slice().reverse(),
    s,
  ]),
  argument('the sign of octets is ignored', 'TEE_BigIntConvertFromOctetString', ([dest, bytes]) => [
    dest,
    bytes,
    1,
  ]),
  outcome('octets have a zero in front', 'TEE_BigIntConvertToOctetString', (bytes: Uint8Array) =>
    Uint8Array.of(0, 0, ...bytes),
  ),
  otherwise(
    'octets that do not fit are cut off',
    'TEE_BigIntConvertFromOctetString',
    'OVERFLOW',
    ([dest, bytes, s], tee) =>
      tee.TEE_BigIntConvertFromOctetString(dest as Words, (bytes as Uint8Array).slice(-8), s as number),
  ),
  argument('int32_t loses its sign', 'TEE_BigIntConvertFromS32', ([dest, value]) => [
    dest,
    (value as number) & 0x7fffffff,
  ]),
  otherwise('numbers above 2^31 become int32_t', 'TEE_BigIntConvertToS32', 'OVERFLOW', ([src], tee) =>
    read(tee, src as Words) > 0n ? -1 : 1,
  ),
  answers('compare ignores the signs', 'TEE_BigIntCmp', ([a = 0n, b = 0n]) => sign(abs(a) - abs(b))),
  answers('compare looks at the lowest word only', 'TEE_BigIntCmpS32', ([a = 0n], value) =>
    sign((abs(a) & MASK) * (a < 0n ? -1n : 1n) - BigInt(value as number)),
  ),
  answers('compare to int32_t takes it as unsigned', 'TEE_BigIntCmpS32', ([a = 0n], value) =>
    sign(a - BigInt(Number(value) >>> 0)),
  ),
  inside('numbers in memory of other size differ', 'TEE_BigIntCmp', (tee) => ({
    TEE_BigIntCmp: (a: Words, b: Words) =>
      a.length === b.length ? tee.TEE_BigIntCmp(a, b) : a.length - b.length,
  })),
  computes('addition loses the carry beyond 64 bits', 'TEE_BigIntAdd', ([a = 0n, b = 0n]) =>
    only(a > MASK && b > 0n, a + b === 2n ** 512n ? 0n : a + b),
  ),
  computes('addition adds magnitudes', 'TEE_BigIntAdd', ([a = 0n, b = 0n]) =>
    only(sign(a) !== sign(b), abs(a) + abs(b)),
  ),
  computes('subtraction loses the borrow', 'TEE_BigIntSub', ([a = 0n, b = 0n]) =>
    only(a === 2n ** 256n, a - b + MASK),
  ),
  computes('differences below 0 lose their sign', 'TEE_BigIntSub', ([a = 0n, b = 0n]) => abs(a - b)),
  computes('the result must not be an operand', 'TEE_BigIntAdd', ([a = 0n, b = 0n], target) =>
    only(target === a && a === b, a),
  ),
  computes('negation makes negative', 'TEE_BigIntNeg', ([a = 0n]) => -abs(a)),
  computes('-0 is not 0', 'TEE_BigIntNeg', ([a = 0n]) => only(a === 0n, 1n)),
  computes('the absolute value is the number', 'TEE_BigIntAbs', ([a = 0n]) => a),
  computes('products have 1,024 bits', 'TEE_BigIntMul', ([a = 0n, b = 0n]) =>
    only(abs(a * b) >= 2n ** 1024n, (a * b) % 2n ** 1024n),
  ),
  computes('products lose their sign', 'TEE_BigIntMul', ([a = 0n, b = 0n]) => abs(a * b)),
  computes('times 0 is 1', 'TEE_BigIntMul', ([a = 0n, b = 0n]) => only(a * b === 0n, 1n)),
  computes('squares keep the sign', 'TEE_BigIntSquare', ([a = 0n]) => abs(a) * a),
  division('division rounds down', (a, b) =>
    a % b !== 0n && a < 0n !== b < 0n ? [a / b - 1n, (a % b) + b] : undefined,
  ),
  division('a dividend below the divisor gives the old quotient', (a, b) =>
    abs(a) < abs(b) ? [1n, a] : undefined,
  ),
  division('long division guesses one digit wrong', (a, b) =>
    a > 2n ** 1000n ? [a / b - 1n, (a % b) + b] : undefined,
  ),
  computes('the remainder keeps the sign', 'TEE_BigIntMod', ([a = 0n, n = 1n]) => only(a < 0n, a % n)),
  computes('modular addition forgets to reduce', 'TEE_BigIntAddMod', ([a = 0n, b = 0n]) => a + b),
  computes('modular subtraction goes below 0', 'TEE_BigIntSubMod', ([a = 0n, b = 0n]) => a - b),
  computes('modular products are sums', 'TEE_BigIntMulMod', ([a = 0n, b = 0n, n = 1n]) => (a + b) % n),
  computes('modular squares are doubles', 'TEE_BigIntSquareMod', ([a = 0n, n = 1n]) => (2n * a) % n),
  computes('inverses are made by Fermat for every modulus', 'TEE_BigIntInvMod', ([, n = 1n]) =>
    only(n % 2n === 0n, 3n),
  ),
  computes('inverses are off by one', 'TEE_BigIntInvMod', ([a = 1n, n = 1n]) => only(a > 100n, n - 1n)),
  computes('powers forget the lowest bit', 'TEE_BigIntExpMod', ([a = 1n, e = 0n, n = 1n]) =>
    only(e > 0n, (a * a) % n),
  ),
  computes('x^0 is x', 'TEE_BigIntExpMod', ([a = 1n, e = 0n]) => only(e === 0n, a)),
  computes('shifts work on one word', 'TEE_BigIntShiftRight', ([a = 0n]) => only(a > MASK, a & MASK)),
  argument('shifts take bits modulo 64', 'TEE_BigIntShiftRight', ([dest, op, bits]) => [
    dest,
    op,
    (bits as number) % 64,
  ]),
  argument('no shift is a shift by one', 'TEE_BigIntShiftRight', ([dest, op, bits]) => [
    dest,
    op,
    bits === 0 ? 1 : bits,
  ]),
  computes('shifts round down', 'TEE_BigIntShiftRight', ([a = 0n]) => only(a < 0n, a >> 1n)),
  answers(
    'bits are those of two’s complement',
    'TEE_BigIntGetBit',
    ([a = 0n], bit) => ((a >> BigInt(bit as number)) & 1n) === 1n,
  ),
  argument('bits repeat after 64', 'TEE_BigIntGetBit', ([src, bit]) => [src, (bit as number) % 64]),
  outcome(
    'bits beyond the number are 1',
    'TEE_BigIntGetBit',
    (value, [, bit]) => (bit as number) > 4096 || value,
  ),
  answers('bits are counted in words', 'TEE_BigIntGetBitCount', ([a = 0n]) =>
    a === 0n ? 0 : Math.ceil(abs(a).toString(2).length / 32) * 32,
  ),
  outcome('0 has one bit', 'TEE_BigIntGetBitCount', (bits: number) => bits || 1),
  argument('bits are only set', 'TEE_BigIntSetBit', ([op, bit]) => [op, bit, true]),
  inside('a copy is the same memory as its source', 'TEE_BigIntAssign', (tee) => {
    const pairs: [Words, Words][] = [];
    return {
      TEE_BigIntAssign: (dest: Words, src: Words) => {
        tee.TEE_BigIntAssign(dest, src);
        pairs.push([dest, src]);
      },
      TEE_BigIntConvertFromS32: (dest: Words, value: number) => {
        tee.TEE_BigIntConvertFromS32(dest, value);
        for (const [copy, source] of pairs) if (source === dest) tee.TEE_BigIntConvertFromS32(copy, value);
      },
    };
  }),
  computes('the divisor of negative numbers is negative', 'TEE_BigIntComputeExtendedGcd', ([...all]) =>
    only(
      all.some((item) => item < 0n),
      -6n,
    ),
  ),
  inside('the factors of the divisor change places', 'TEE_BigIntComputeExtendedGcd', (tee) => ({
    TEE_BigIntComputeExtendedGcd: (gcd: Words, u: Words | null, v: Words | null, a: Words, b: Words) =>
      tee.TEE_BigIntComputeExtendedGcd(gcd, v, u, a, b),
  })),
  outcome('all numbers are coprime', 'TEE_BigIntRelativePrime', () => true),
  outcome('no numbers are coprime', 'TEE_BigIntRelativePrime', () => false),
  answers('primes are found by trial division up to 1,000', 'TEE_BigIntIsProbablePrime', ([n = 0n]) => {
    if (n < 2n) return 0;
    for (let d = 2n; d < 1000n && d * d <= n; d++) if (n % d === 0n) return 0;
    return -1;
  }),
  answers('primes are found by one test of Fermat', 'TEE_BigIntIsProbablePrime', ([n = 0n]) => {
    let [result, base] = [1n, 2n];
    for (let e = n - 1n; e > 0n; e >>= 1n) {
      if (e & 1n) result = (result * base) % (n || 1n);
      base = (base * base) % (n || 1n);
    }
    return n > 2n && result === 1n ? -1 : 0;
  }),
  outcome('numbers below 2 are prime', 'TEE_BigIntIsProbablePrime', (value, [op], tee) =>
    read(tee, op as Words) < 2n ? 1 : value,
  ),
  outcome('only small numbers are prime', 'TEE_BigIntIsProbablePrime', (value, [op], tee) =>
    read(tee, op as Words) > 2n ** 64n ? 0 : value,
  ),
  outcome('1 is prime', 'TEE_BigIntIsProbablePrime', (value, [op], tee) =>
    read(tee, op as Words) === 1n ? 1 : value,
  ),
];
