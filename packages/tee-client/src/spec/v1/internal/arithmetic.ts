/** A big integer in the application's memory. @standard GPD_SPE_010 v1.3.1 §8.3 @group Internal Core API */
export type TEE_BigInt = Uint32Array;
/** @group Internal Core API */
export type TEE_BigIntFMM = Uint32Array;
/** @group Internal Core API */
export type TEE_BigIntFMMContext = Uint32Array;

/** Arithmetic (大数运算). @standard GPD_SPE_010 v1.3.1 §8 @group Internal Core API */
export interface TeeArithmetic {
  TEE_BigIntSizeInU32(sizeInBits: number): number;
  TEE_BigIntFMMSizeInU32(modulusSizeInBits: number): number;
  TEE_BigIntFMMContextSizeInU32(modulusSizeInBits: number): number;
  TEE_BigIntInit(bigInt: TEE_BigInt, len: number): void;
  TEE_BigIntInitFMMContext1(context: TEE_BigIntFMMContext, len: number, modulus: TEE_BigInt): void;
  TEE_BigIntInitFMM(bigIntFMM: TEE_BigIntFMM, len: number): void;
  TEE_BigIntConvertFromOctetString(dest: TEE_BigInt, buffer: Uint8Array, sign: number): void;
  TEE_BigIntConvertToOctetString(bigInt: TEE_BigInt, size?: number): Uint8Array;
  TEE_BigIntConvertFromS32(dest: TEE_BigInt, shortVal: number): void;
  TEE_BigIntConvertToS32(src: TEE_BigInt): number;
  TEE_BigIntCmp(op1: TEE_BigInt, op2: TEE_BigInt): number;
  TEE_BigIntCmpS32(op: TEE_BigInt, shortVal: number): number;
  TEE_BigIntShiftRight(dest: TEE_BigInt, op: TEE_BigInt, bits: number): void;
  TEE_BigIntGetBit(src: TEE_BigInt, bitIndex: number): boolean;
  TEE_BigIntGetBitCount(src: TEE_BigInt): number;
  TEE_BigIntSetBit(op: TEE_BigInt, bitIndex: number, value: boolean): void;
  TEE_BigIntAssign(dest: TEE_BigInt, src: TEE_BigInt): void;
  TEE_BigIntAbs(dest: TEE_BigInt, src: TEE_BigInt): void;
  TEE_BigIntAdd(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntSub(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntNeg(dest: TEE_BigInt, op: TEE_BigInt): void;
  TEE_BigIntMul(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntSquare(dest: TEE_BigInt, op: TEE_BigInt): void;
  TEE_BigIntDiv(dest_q: TEE_BigInt | null, dest_r: TEE_BigInt | null, op1: TEE_BigInt, op2: TEE_BigInt): void;
  TEE_BigIntMod(dest: TEE_BigInt, op: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntAddMod(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntSubMod(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntMulMod(dest: TEE_BigInt, op1: TEE_BigInt, op2: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntSquareMod(dest: TEE_BigInt, op: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntInvMod(dest: TEE_BigInt, op: TEE_BigInt, n: TEE_BigInt): void;
  TEE_BigIntExpMod(
    dest: TEE_BigInt,
    op1: TEE_BigInt,
    op2: TEE_BigInt,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext | null,
  ): void;
  TEE_BigIntRelativePrime(op1: TEE_BigInt, op2: TEE_BigInt): boolean;
  TEE_BigIntComputeExtendedGcd(
    gcd: TEE_BigInt,
    u: TEE_BigInt | null,
    v: TEE_BigInt | null,
    op1: TEE_BigInt,
    op2: TEE_BigInt,
  ): void;
  /** -1 probably prime, 0 composite, 1 prime for certain. */
  TEE_BigIntIsProbablePrime(op: TEE_BigInt, confidenceLevel: number): number;
  TEE_BigIntConvertToFMM(
    dest: TEE_BigIntFMM,
    src: TEE_BigInt,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext,
  ): void;
  TEE_BigIntConvertFromFMM(
    dest: TEE_BigInt,
    src: TEE_BigIntFMM,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext,
  ): void;
  TEE_BigIntComputeFMM(
    dest: TEE_BigIntFMM,
    op1: TEE_BigIntFMM,
    op2: TEE_BigIntFMM,
    n: TEE_BigInt,
    context: TEE_BigIntFMMContext,
  ): void;
}
