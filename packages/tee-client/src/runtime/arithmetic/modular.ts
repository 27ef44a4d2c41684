import type { TEE_BigInt, TeeArithmetic } from '../../spec/v1/internal/tee.ts';
import { wordsFor } from './converters.ts';
import { KIND, type NumberFormat } from './format.ts';
import { inverseModulo, modulo, powerModulo } from './numbers.ts';

/** Arithmetic modulo n, and fast modular multiplication (FMM). */
export type ModularArithmetic = Pick<
  TeeArithmetic,
  | 'TEE_BigIntFMMSizeInU32'
  | 'TEE_BigIntFMMContextSizeInU32'
  | 'TEE_BigIntInitFMMContext1'
  | 'TEE_BigIntInitFMM'
  | 'TEE_BigIntMod'
  | 'TEE_BigIntAddMod'
  | 'TEE_BigIntSubMod'
  | 'TEE_BigIntMulMod'
  | 'TEE_BigIntSquareMod'
  | 'TEE_BigIntInvMod'
  | 'TEE_BigIntExpMod'
  | 'TEE_BigIntConvertToFMM'
  | 'TEE_BigIntConvertFromFMM'
  | 'TEE_BigIntComputeFMM'
>;

/** @standard GPD_SPE_010 v1.3.1 §8.8, §8.10 */
export function modularArithmetic(format: NumberFormat): ModularArithmetic {
  const read = (words: TEE_BigInt): bigint => format.read(words);
  const modulus = (n: TEE_BigInt): bigint => {
    const value = read(n);
    if (value < 2n) format.panic('modulus is below 2');
    return value;
  };
  /** The modulus of an FMM call: that of its context, nothing else. */
  const fmmModulus = (n: TEE_BigInt, context: Uint32Array): bigint => {
    const value = modulus(n);
    if (format.read(context, KIND.FMM_CONTEXT) !== value) format.panic('context is for another modulus');
    return value;
  };
  /** An operand in FMM form: a residue. */
  const residue = (words: Uint32Array, n: bigint): bigint => {
    const value = format.read(words, KIND.FMM);
    if (value < 0n || value >= n) format.panic('operand is not in the form of this modulus');
    return value;
  };

  return {
    TEE_BigIntFMMSizeInU32: (bits) => wordsFor(format, bits),
    TEE_BigIntFMMContextSizeInU32: (bits) => wordsFor(format, bits),
    TEE_BigIntInitFMMContext1: (context, len, n) => {
      const value = read(n);
      if (value <= 2n) format.panic('modulus is not above 2');
      format.initialise(context, len, KIND.FMM_CONTEXT);
      format.write(context, value, KIND.FMM_CONTEXT);
    },
    TEE_BigIntInitFMM: (bigIntFMM, len) => format.initialise(bigIntFMM, len, KIND.FMM),
    TEE_BigIntMod: (dest, op, n) => format.write(dest, modulo(read(op), modulus(n))),
    TEE_BigIntAddMod: (dest, op1, op2, n) => format.write(dest, modulo(read(op1) + read(op2), modulus(n))),
    TEE_BigIntSubMod: (dest, op1, op2, n) => format.write(dest, modulo(read(op1) - read(op2), modulus(n))),
    TEE_BigIntMulMod: (dest, op1, op2, n) => format.write(dest, modulo(read(op1) * read(op2), modulus(n))),
    TEE_BigIntSquareMod: (dest, op, n) => {
      const value = read(op);
      format.write(dest, modulo(value * value, modulus(n)));
    },
    TEE_BigIntInvMod: (dest, op, n) => {
      const inverse = inverseModulo(read(op), modulus(n));
      if (inverse === undefined) return format.panic('operand has no inverse');
      format.write(dest, inverse);
    },
    TEE_BigIntExpMod: (dest, op1, op2, n, context) => {
      format.readBounded(n);
      const value = context === null ? modulus(n) : fmmModulus(n, context);
      const exponent = format.readBounded(op2);
      if (exponent < 0n) format.panic('exponent is negative');
      format.write(dest, powerModulo(read(op1), exponent, value));
    },
    TEE_BigIntConvertToFMM: (dest, src, n, context) =>
      format.write(dest, modulo(read(src), fmmModulus(n, context)), KIND.FMM),
    TEE_BigIntConvertFromFMM: (dest, src, n, context) =>
      format.write(dest, residue(src, fmmModulus(n, context))),
    TEE_BigIntComputeFMM: (dest, op1, op2, n, context) => {
      const value = fmmModulus(n, context);
      format.write(dest, (residue(op1, value) * residue(op2, value)) % value, KIND.FMM);
    },
  };
}
