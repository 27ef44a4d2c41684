import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TEE_BigInt, TeeArithmetic } from '../../spec/v1/internal/tee.ts';
import type { NumberFormat } from './format.ts';
import { absolute, bitLength, extendedGcd } from './numbers.ts';
import { probablePrime } from './prime.ts';

/** Comparison, bits, the four operations, gcd and primes. */
export type BasicArithmetic = Pick<
  TeeArithmetic,
  | 'TEE_BigIntCmp'
  | 'TEE_BigIntCmpS32'
  | 'TEE_BigIntShiftRight'
  | 'TEE_BigIntGetBit'
  | 'TEE_BigIntGetBitCount'
  | 'TEE_BigIntSetBit'
  | 'TEE_BigIntAssign'
  | 'TEE_BigIntAbs'
  | 'TEE_BigIntAdd'
  | 'TEE_BigIntSub'
  | 'TEE_BigIntNeg'
  | 'TEE_BigIntMul'
  | 'TEE_BigIntSquare'
  | 'TEE_BigIntDiv'
  | 'TEE_BigIntRelativePrime'
  | 'TEE_BigIntComputeExtendedGcd'
  | 'TEE_BigIntIsProbablePrime'
>;

const U32_MAX = 0xffffffff;

const compare = (a: bigint, b: bigint): -1 | 0 | 1 => (a < b ? -1 : a > b ? 1 : 0);

/** @standard GPD_SPE_010 v1.3.1 §8.6, §8.7, §8.9 */
export function basicArithmetic(format: NumberFormat): BasicArithmetic {
  const { read, write } = {
    read: (words: TEE_BigInt) => format.read(words),
    write: (words: TEE_BigInt, value: bigint) => format.write(words, value),
  };
  /** For functions that answer OVERFLOW where others panic. */
  const assign = (dest: TEE_BigInt, value: bigint): void => {
    if (!format.tryWrite(dest, value)) throw new TeeError('OVERFLOW');
  };
  const distinct = (...outputs: readonly (TEE_BigInt | null)[]): void => {
    const given = outputs.filter((output) => output !== null);
    if (new Set(given).size !== given.length) format.panic('two outputs are one number');
  };

  return {
    TEE_BigIntCmp: (op1, op2) => compare(read(op1), read(op2)),
    TEE_BigIntCmpS32: (op, shortVal) => compare(read(op), format.checkS32(shortVal)),
    TEE_BigIntShiftRight: (dest, op, bits) => {
      format.checkRange(bits, U32_MAX, 'bits');
      const value = read(op);
      const shifted = absolute(value) >> BigInt(bits);
      write(dest, value < 0n ? -shifted : shifted);
    },
    TEE_BigIntGetBit: (src, bitIndex) => {
      format.checkRange(bitIndex, U32_MAX, 'bitIndex');
      return ((absolute(read(src)) >> BigInt(bitIndex)) & 1n) === 1n;
    },
    TEE_BigIntGetBitCount: (src) => bitLength(read(src)),
    TEE_BigIntSetBit: (op, bitIndex, value) => {
      format.checkRange(bitIndex, U32_MAX, 'bitIndex');
      if (bitIndex >= format.capacity(op) * 32) throw new TeeError('OVERFLOW');
      const number = read(op);
      const bit = 1n << BigInt(bitIndex);
      const magnitude = value ? absolute(number) | bit : absolute(number) & ~bit;
      assign(op, number < 0n ? -magnitude : magnitude);
    },
    TEE_BigIntAssign: (dest, src) => assign(dest, read(src)),
    TEE_BigIntAbs: (dest, src) => assign(dest, absolute(read(src))),
    TEE_BigIntAdd: (dest, op1, op2) => write(dest, read(op1) + read(op2)),
    TEE_BigIntSub: (dest, op1, op2) => write(dest, read(op1) - read(op2)),
    TEE_BigIntNeg: (dest, op) => write(dest, -read(op)),
    TEE_BigIntMul: (dest, op1, op2) => write(dest, read(op1) * read(op2)),
    TEE_BigIntSquare: (dest, op) => {
      const value = read(op);
      write(dest, value * value);
    },
    TEE_BigIntDiv: (dest_q, dest_r, op1, op2) => {
      distinct(dest_q, dest_r);
      const dividend = read(op1);
      const divisor = read(op2);
      if (divisor === 0n) format.panic('division by zero');
      // §8.7: the quotient is cut towards zero, the remainder has the sign of op1; so has BigInt.
      const quotient = dividend / divisor;
      const remainder = dividend % divisor;
      if (dest_q !== null) write(dest_q, quotient);
      if (dest_r !== null) write(dest_r, remainder);
    },
    TEE_BigIntRelativePrime: (op1, op2) => extendedGcd(read(op1), read(op2)).gcd === 1n,
    TEE_BigIntComputeExtendedGcd: (gcd, u, v, op1, op2) => {
      distinct(gcd, u, v);
      const result = extendedGcd(read(op1), read(op2));
      write(gcd, result.gcd);
      if (u !== null) write(u, result.u);
      if (v !== null) write(v, result.v);
    },
    TEE_BigIntIsProbablePrime: (op, confidenceLevel) =>
      probablePrime(format.readBounded(op), format.checkRange(confidenceLevel, U32_MAX, 'confidenceLevel')),
  };
}
