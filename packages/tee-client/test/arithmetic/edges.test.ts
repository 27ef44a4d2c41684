import { describe, expect, it } from 'vitest';
import { ARITHMETIC_MAX_BITS, createArithmetic } from '../../src/runtime/arithmetic/index.ts';
import { TeeError } from '../../src/spec/v1/internal/error.ts';
import type { TEE_BigInt, TeeArithmetic } from '../../src/spec/v1/internal/tee.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { fmm, integerOf, number, panicOf, tee } from './support.ts';

const overflow = expect.objectContaining({ result: TEEC_RESULTS.OVERFLOW });

describe('sizes and initialisation (xtest 4101)', () => {
  it.each([
    [0, 2],
    [1, 3],
    [32, 3],
    [33, 4],
    [2048, 66],
    [2049, 67],
    [4096, 130],
  ])('%i bits take %i words', (bits, words) => {
    expect(tee.TEE_BigIntSizeInU32(bits)).toBe(words);
    expect(tee.TEE_BigIntFMMSizeInU32(bits)).toBe(words);
    const number = new Uint32Array(words).fill(0xffffffff);
    tee.TEE_BigIntInit(number, words);
    expect(tee.TEE_BigIntGetBitCount(number)).toBe(0);
    expect(tee.TEE_BigIntCmpS32(number, 0)).toBe(0);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('a size of %s bits panics', (bits) => {
    expect(panicOf(() => tee.TEE_BigIntSizeInU32(bits))).toMatch('size in bits');
    expect(panicOf(() => tee.TEE_BigIntFMMSizeInU32(bits))).toMatch('size in bits');
    expect(panicOf(() => tee.TEE_BigIntFMMContextSizeInU32(bits))).toMatch('size in bits');
  });

  it.each([
    ['without a header', 4, 1],
    ['beyond the memory', 4, 5],
    ['of a fraction', 4, 3.5],
    ['beyond the largest number', 1000, 600],
  ])('a length %s panics', (_, memory, length) => {
    for (const init of [tee.TEE_BigIntInit, tee.TEE_BigIntInitFMM]) {
      panicOf(() => init(new Uint32Array(memory), length));
      panicOf(() => init([] as never, length));
    }
  });

  it('the largest operand has room for its square', () => {
    const most = 2n ** BigInt(ARITHMETIC_MAX_BITS) - 1n;
    const dest = number(0n, 2 * ARITHMETIC_MAX_BITS);
    tee.TEE_BigIntSquare(dest, number(most, ARITHMETIC_MAX_BITS));
    expect(integerOf(dest)).toBe(most * most);
  });
});

describe('numbers that are none', () => {
  const none: readonly (readonly [string, () => TEE_BigInt])[] = [
    ['fresh memory', () => new Uint32Array(8)],
    ['one word', () => new Uint32Array(1)],
    ['noise', () => new Uint32Array(8).fill(0xffffffff)],
    ['bytes', () => new Uint8Array(32) as never],
    ['nothing', () => null as never],
    ['a number in FMM form', () => fmm(64)],
    ['a number cut short', () => number(2n ** 64n, 128).slice(0, 4)],
    [
      'a number that claims more words than it has',
      () => {
        const words = number(1n, 64);
        words[0] = 3;
        return words;
      },
    ],
  ];
  const unary: readonly (keyof TeeArithmetic)[] = [
    'TEE_BigIntConvertToOctetString',
    'TEE_BigIntConvertToS32',
    'TEE_BigIntGetBitCount',
  ];
  const binary: readonly (keyof TeeArithmetic)[] = [
    'TEE_BigIntCmp',
    'TEE_BigIntAssign',
    'TEE_BigIntAbs',
    'TEE_BigIntNeg',
    'TEE_BigIntSquare',
    'TEE_BigIntRelativePrime',
  ];
  const ternary: readonly (keyof TeeArithmetic)[] = [
    'TEE_BigIntAdd',
    'TEE_BigIntSub',
    'TEE_BigIntMul',
    'TEE_BigIntMod',
    'TEE_BigIntInvMod',
    'TEE_BigIntSquareMod',
  ];
  it.each(none)('%s panics wherever a number is taken', (_, make) => {
    const call = (name: keyof TeeArithmetic, ...args: unknown[]) =>
      panicOf(() => (tee[name] as (...given: unknown[]) => unknown)(...args));
    for (const name of unary) call(name, make());
    for (const name of binary) {
      call(name, make(), number(1n));
      call(name, number(1n), make());
    }
    for (const name of ternary) {
      call(name, make(), number(1n), number(5n));
      call(name, number(1n), make(), number(5n));
      call(name, number(1n), number(1n), make());
    }
    call('TEE_BigIntConvertFromOctetString', make(), new Uint8Array(1), 1);
    call('TEE_BigIntConvertFromS32', make(), 1);
    call('TEE_BigIntShiftRight', number(1n), make(), 1);
    call('TEE_BigIntSetBit', make(), 0, true);
    call('TEE_BigIntDiv', null, null, make(), number(1n));
    call('TEE_BigIntDiv', null, null, number(1n), make());
    call('TEE_BigIntIsProbablePrime', make(), 80);
    call('TEE_BigIntInitFMMContext1', new Uint32Array(8), 8, make());
  });
});

describe('conversion (xtest 4102, 4103)', () => {
  it('zero is an empty string and has no sign', () => {
    const words = number(5n, 64);
    for (const octets of [new Uint8Array(0), new Uint8Array(100)]) {
      tee.TEE_BigIntConvertFromOctetString(words, octets, -1);
      expect(tee.TEE_BigIntConvertToOctetString(words)).toEqual(new Uint8Array(0));
      expect(tee.TEE_BigIntCmpS32(words, 0)).toBe(0);
    }
  });

  it('leading zeroes take no room; one bit too much is OVERFLOW and changes nothing', () => {
    const words = number(5n, 32);
    tee.TEE_BigIntConvertFromOctetString(words, Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff), 1);
    expect(integerOf(words)).toBe(0xffffffffn);
    expect(() => tee.TEE_BigIntConvertFromOctetString(words, Uint8Array.of(1, 0, 0, 0, 0), 1)).toThrowError(
      overflow,
    );
    expect(integerOf(words)).toBe(0xffffffffn);
    expect(panicOf(() => tee.TEE_BigIntConvertFromOctetString(words, 'ff' as never, 1))).toMatch('buffer');
  });

  it('a short output is SHORT_BUFFER with the size required', () => {
    const words = number(-0x010203n);
    expect(tee.TEE_BigIntConvertToOctetString(words, 3)).toEqual(Uint8Array.of(1, 2, 3));
    expect(tee.TEE_BigIntConvertToOctetString(words, 100)).toEqual(Uint8Array.of(1, 2, 3));
    for (const size of [0, 2]) {
      expect(() => tee.TEE_BigIntConvertToOctetString(words, size)).toThrowError(
        expect.objectContaining({ result: TEEC_RESULTS.SHORT_BUFFER, required: 3 }),
      );
    }
    panicOf(() => tee.TEE_BigIntConvertToOctetString(words, -1));
  });

  it('a shorter number leaves nothing of a longer one', () => {
    const words = number(2n ** 100n - 1n, 128);
    tee.TEE_BigIntConvertFromS32(words, 1);
    expect([...words.subarray(2)]).toEqual([1, 0, 0, 0]);
  });

  it('32 bits are from -2^31 to 2^31 - 1', () => {
    expect(tee.TEE_BigIntConvertToS32(number(2n ** 31n - 1n))).toBe(2 ** 31 - 1);
    expect(tee.TEE_BigIntConvertToS32(number(-(2n ** 31n)))).toBe(-(2 ** 31));
    for (const value of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n, -(2n ** 64n)]) {
      expect(() => tee.TEE_BigIntConvertToS32(number(value))).toThrowError(overflow);
    }
    for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, '1']) {
      panicOf(() => tee.TEE_BigIntConvertFromS32(number(0n), value as number));
      panicOf(() => tee.TEE_BigIntCmpS32(number(0n), value as number));
    }
    expect(panicOf(() => tee.TEE_BigIntConvertFromS32(number(0n, 0), 1))).toMatch('too small');
    tee.TEE_BigIntConvertFromS32(number(0n, 0), 0);
  });
});

describe('room for results', () => {
  it('that panic: sum, product, shift, remainder', () => {
    const small = () => number(0n, 32);
    const most = number(0xffffffffn, 32);
    const calls = [
      () => tee.TEE_BigIntAdd(small(), most, number(1n)),
      () => tee.TEE_BigIntSub(small(), number(-1n), most),
      () => tee.TEE_BigIntMul(small(), most, number(2n)),
      () => tee.TEE_BigIntSquare(small(), number(0x10000n)),
      () => tee.TEE_BigIntNeg(small(), number(2n ** 32n)),
      () => tee.TEE_BigIntShiftRight(small(), number(2n ** 40n), 7),
      () => tee.TEE_BigIntMod(small(), number(2n ** 40n), number(2n ** 50n)),
      () => tee.TEE_BigIntDiv(small(), null, number(2n ** 40n), number(1n)),
      () => tee.TEE_BigIntDiv(null, small(), number(2n ** 40n), number(2n ** 41n)),
      () => tee.TEE_BigIntComputeExtendedGcd(small(), null, null, number(2n ** 40n), number(2n ** 40n)),
    ];
    for (const call of calls) expect(panicOf(call)).toBe('destination is too small');
    const dest = small();
    tee.TEE_BigIntShiftRight(dest, number(2n ** 40n), 9);
    expect(integerOf(dest)).toBe(2n ** 31n);
  });

  it('that answer OVERFLOW: assignment, magnitude, a bit', () => {
    const dest = number(-5n, 32);
    for (const call of [
      () => tee.TEE_BigIntAssign(dest, number(2n ** 32n)),
      () => tee.TEE_BigIntAbs(dest, number(-(2n ** 32n))),
      () => tee.TEE_BigIntSetBit(dest, 32, true),
      () => tee.TEE_BigIntSetBit(dest, 0xffffffff, false),
    ]) {
      expect(call).toThrowError(overflow);
      expect(call).toThrowError(TeeError);
    }
    expect(integerOf(dest)).toBe(-5n);
    tee.TEE_BigIntSetBit(dest, 31, true);
    expect(integerOf(dest)).toBe(-(2n ** 31n) - 5n);
    tee.TEE_BigIntSetBit(dest, 31, false);
    expect(integerOf(dest)).toBe(-5n);
  });

  it('a negative number without magnitude is zero', () => {
    const words = number(-1n, 32);
    tee.TEE_BigIntSetBit(words, 0, false);
    expect(tee.TEE_BigIntCmp(words, number(0n))).toBe(0);
    expect(words[0]).toBe(0);
  });
});

describe('outside the domain', () => {
  const calls: readonly (readonly [string, () => unknown])[] = [
    ['a division by zero', () => tee.TEE_BigIntDiv(number(0n), null, number(1n), number(0n))],
    ['the inverse of zero', () => tee.TEE_BigIntInvMod(number(0n), number(0n), number(7n))],
    ['the inverse of a divisor', () => tee.TEE_BigIntInvMod(number(0n), number(6n), number(9n))],
    [
      'a negative exponent',
      () => tee.TEE_BigIntExpMod(number(0n), number(2n), number(-1n), number(7n), null),
    ],
    ['a negative number of bits', () => tee.TEE_BigIntShiftRight(number(0n), number(1n), -1)],
    ['a bit of a fraction', () => tee.TEE_BigIntGetBit(number(0n), 0.5)],
    ['a bit below zero', () => tee.TEE_BigIntSetBit(number(0n), -1, true)],
    ['a confidence below zero', () => tee.TEE_BigIntIsProbablePrime(number(7n), -1)],
  ];
  it.each(calls)('%s panics', (_, call) => {
    panicOf(call);
  });

  it.each([1n, 0n, -7n])('the modulus %i panics', (n) => {
    const [dest, op, m] = [number(0n), number(1n), number(n)];
    const reason = 'modulus is below 2';
    expect(panicOf(() => tee.TEE_BigIntMod(dest, op, m))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntAddMod(dest, op, op, m))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntSubMod(dest, op, op, m))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntMulMod(dest, op, op, m))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntSquareMod(dest, op, m))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntInvMod(dest, op, m))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntExpMod(dest, op, op, m, null))).toBe(reason);
    panicOf(() => tee.TEE_BigIntInitFMMContext1(new Uint32Array(8), 8, m));
  });

  it('one number for two outputs panics', () => {
    const one = number(0n);
    panicOf(() => tee.TEE_BigIntDiv(one, one, number(7n), number(2n)));
    panicOf(() => tee.TEE_BigIntComputeExtendedGcd(one, one, null, number(7n), number(2n)));
    panicOf(() => tee.TEE_BigIntComputeExtendedGcd(number(0n), one, one, number(7n), number(2n)));
    tee.TEE_BigIntDiv(null, null, number(7n), number(2n));
  });

  it('the powers of the specification: x^0 = 1, 0^x = 0', () => {
    const dest = number(0n);
    tee.TEE_BigIntExpMod(dest, number(5n), number(0n), number(7n), null);
    expect(integerOf(dest)).toBe(1n);
    tee.TEE_BigIntExpMod(dest, number(0n), number(5n), number(7n), null);
    expect(integerOf(dest)).toBe(0n);
    tee.TEE_BigIntExpMod(dest, number(-3n), number(3n), number(10n), null);
    expect(integerOf(dest)).toBe(3n);
  });
});

describe('time', () => {
  it('is bounded: powers and primes above the largest operand panic', () => {
    const large = number(2n ** BigInt(ARITHMETIC_MAX_BITS) + 1n, 2 * ARITHMETIC_MAX_BITS);
    const [dest, op, n] = [number(0n), number(3n), number(7n)];
    const reason = 'operand is too large';
    expect(panicOf(() => tee.TEE_BigIntExpMod(dest, op, large, n, null))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntExpMod(dest, op, op, large, null))).toBe(reason);
    expect(panicOf(() => tee.TEE_BigIntIsProbablePrime(large, 80))).toBe(reason);
    // The base is reduced first.
    tee.TEE_BigIntExpMod(dest, large, op, n, null);
    expect(integerOf(dest)).toBe((2n ** BigInt(ARITHMETIC_MAX_BITS) + 1n) ** 3n % 7n);
    // A largest composite with a small factor and one without.
    const most = 2n ** BigInt(ARITHMETIC_MAX_BITS) - 1n;
    expect(tee.TEE_BigIntIsProbablePrime(number(most), 0xffffffff)).toBe(0);
    expect(tee.TEE_BigIntIsProbablePrime(number((2n ** 2039n - 19n) * (2n ** 2048n - 1942289n)), 80)).toBe(0);
  });
});

describe('fast modular multiplication (xtest 4116)', () => {
  const start = (n = 1009n) => {
    const m = number(n);
    const context = new Uint32Array(tee.TEE_BigIntFMMContextSizeInU32(64));
    tee.TEE_BigIntInitFMMContext1(context, context.length, m);
    return { m, context };
  };

  it('serves its own modulus only', () => {
    const { context } = start();
    const other = number(1013n);
    expect(panicOf(() => tee.TEE_BigIntConvertToFMM(fmm(64), number(1n), other, context))).toMatch(
      'another modulus',
    );
    expect(panicOf(() => tee.TEE_BigIntComputeFMM(fmm(64), fmm(64), fmm(64), other, context))).toMatch(
      'another',
    );
    expect(panicOf(() => tee.TEE_BigIntConvertFromFMM(number(0n), fmm(64), other, context))).toMatch(
      'another',
    );
    expect(panicOf(() => tee.TEE_BigIntExpMod(number(0n), number(2n), number(2n), other, context))).toMatch(
      'another',
    );
  });

  it('keeps kinds of numbers apart', () => {
    const { m, context } = start();
    for (const call of [
      () => tee.TEE_BigIntConvertToFMM(number(0n) as never, number(1n), m, context),
      () => tee.TEE_BigIntConvertToFMM(fmm(64), fmm(64), m, context),
      () => tee.TEE_BigIntConvertFromFMM(fmm(64), fmm(64), m, context),
      () => tee.TEE_BigIntComputeFMM(fmm(64), number(1n), fmm(64), m, context),
      () => tee.TEE_BigIntComputeFMM(fmm(64), fmm(64), fmm(64), m, number(1009n)),
      () => tee.TEE_BigIntComputeFMM(fmm(64), fmm(64), fmm(64), m, new Uint32Array(8)),
    ]) {
      expect(panicOf(call)).toBe('number is not initialised');
    }
  });

  it('takes no number of a larger modulus, and no context that is too small', () => {
    const large = start(2n ** 40n);
    const x = fmm(64);
    tee.TEE_BigIntConvertToFMM(x, number(2n ** 39n), large.m, large.context);
    const small = start(1009n);
    expect(panicOf(() => tee.TEE_BigIntComputeFMM(fmm(64), x, x, small.m, small.context))).toMatch('form');
    expect(panicOf(() => tee.TEE_BigIntInitFMMContext1(new Uint32Array(3), 3, number(2n ** 32n)))).toMatch(
      'too small',
    );
    expect(panicOf(() => tee.TEE_BigIntInitFMMContext1(new Uint32Array(8), 8, number(2n)))).toMatch(
      'above 2',
    );
    expect(
      panicOf(() => tee.TEE_BigIntConvertToFMM(fmm(32), number(2n ** 39n), large.m, large.context)),
    ).toMatch('too small');
  });
});

describe('what was not declared', () => {
  it('is refused for every function before an argument is looked at', () => {
    const asked: string[] = [];
    const refused = new TeeError('ACCESS_DENIED');
    const arithmetic = createArithmetic({
      panic: () => {
        throw new Error('looked at an argument');
      },
      require: (api, name) => {
        asked.push(`${api} ${name}`);
        throw refused;
      },
    });
    const names = Object.keys(arithmetic) as (keyof TeeArithmetic)[];
    expect(names).toHaveLength(37);
    for (const name of names) {
      expect(() => (arithmetic[name] as () => unknown)()).toThrowError(refused);
    }
    expect(asked).toEqual(names.map((name) => `arithmetic ${name}`));
    expect(Object.isFrozen(arithmetic)).toBe(true);
  });
});
