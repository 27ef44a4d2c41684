import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import type { RemoteTee, RemoteWords } from '../remote.ts';
import { expectEqual, inside, panics } from '../support.ts';
import { fromOctets, number, PRIME_N, PRIME_P, power, read, room } from './numbers.ts';

const MOD = 'xtest 4109; GPD_SPE_010 §8.9.1 TEE_BigIntMod';
const MODULAR = 'xtest 4110; GPD_SPE_010 §8.9';
const FMM = 'xtest 4111; GPD_SPE_010 §8.11';
const PRIME = 'xtest 4112; GPD_SPE_010 §8.10.3 TEE_BigIntIsProbablePrime';
const GCD = 'xtest 4114; GPD_SPE_010 §8.10.2 TEE_BigIntComputeExtendedGcd';
const COPRIME = 'GPD_SPE_010 §8.10.1 TEE_BigIntRelativePrime';

type Modular = 'TEE_BigIntAddMod' | 'TEE_BigIntSubMod' | 'TEE_BigIntMulMod';

/** Two random operands below the prime through `name`, compared with `compute`. */
const modular = (
  id: string,
  name: Modular,
  compute: (a: bigint, b: bigint) => bigint,
): ConformanceCase<TeeClient> =>
  inside(id, `${MODULAR} ${name}`, async (t, { bytes }) => {
    const [a, b] = [fromOctets(bytes('a', 31)), fromOctets(bytes('b', 31))];
    const [target, n] = [await room(t), await number(t, PRIME_P)];
    await t[name](target, await number(t, a), await number(t, b), n);
    const expected = ((compute(a, b) % PRIME_P) + PRIME_P) % PRIME_P;
    expectTrue((await read(t, target)) === expected, `the result of ${name}`);
  });

async function fmm(
  t: RemoteTee,
  n: RemoteWords,
): Promise<{ context: RemoteWords; make(): Promise<RemoteWords> }> {
  const size = await t.TEE_BigIntFMMContextSizeInU32(256);
  const context = await t.newWords(size);
  await t.TEE_BigIntInitFMMContext1(context, size, n);
  const words = await t.TEE_BigIntFMMSizeInU32(256);
  return {
    context,
    make: async () => {
      const handle = await t.newWords(words);
      await t.TEE_BigIntInitFMM(handle, words);
      return handle;
    },
  };
}

const isPrime = (id: string, what: string, value: bigint, prime: boolean): ConformanceCase<TeeClient> =>
  inside(id, PRIME, async (t) => {
    const answer = await t.TEE_BigIntIsProbablePrime(await number(t, value), 80);
    expectTrue(prime ? answer === 1 || answer === -1 : answer === 0, `${what}: answer ${answer}`);
  });

/** Modular arithmetic, primes, greatest common divisors and fast multiplication. */
export const modularCases: readonly ConformanceCase<TeeClient>[] = [
  inside('arith.mod.positive', MOD, async (t, { bytes }) => {
    const value = fromOctets(bytes('value', 128));
    const target = await room(t);
    await t.TEE_BigIntMod(target, await number(t, value), await number(t, PRIME_N));
    expectTrue((await read(t, target)) === value % PRIME_N, 'the remainder');
  }),
  inside('arith.mod.negative', MOD, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntMod(target, await number(t, -53n), await number(t, 7n));
    expectTrue((await read(t, target)) === 3n, '-53 mod 7 is between 0 and 7');
  }),
  panics('arith.mod.one', MOD, 'a modulus of 1', async (t) => {
    const [target, operand, one] = [await room(t), await number(t, 5n), await number(t, 1n)];
    return () => t.TEE_BigIntMod(target, operand, one);
  }),
  modular('arith.add-mod', 'TEE_BigIntAddMod', (a, b) => a + b),
  modular('arith.sub-mod', 'TEE_BigIntSubMod', (a, b) => a - b),
  modular('arith.mul-mod', 'TEE_BigIntMulMod', (a, b) => a * b),
  inside('arith.add-mod.wraps', `${MODULAR} TEE_BigIntAddMod`, async (t) => {
    const [target, last] = [await room(t), await number(t, PRIME_P - 1n)];
    await t.TEE_BigIntAddMod(target, last, await number(t, 1n), await number(t, PRIME_P));
    expectEqual(await t.TEE_BigIntCmpS32(target, 0), 0, 'p - 1 + 1 mod p');
  }),
  inside('arith.sub-mod.below-zero', `${MODULAR} TEE_BigIntSubMod`, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntSubMod(target, await number(t, 3n), await number(t, 5n), await number(t, PRIME_P));
    expectTrue((await read(t, target)) === PRIME_P - 2n, '3 - 5 mod p');
  }),
  inside('arith.square-mod', `${MODULAR} TEE_BigIntSquareMod`, async (t, { bytes }) => {
    const value = fromOctets(bytes('value', 32)) % PRIME_N;
    const target = await room(t);
    await t.TEE_BigIntSquareMod(target, await number(t, value), await number(t, PRIME_N));
    expectTrue((await read(t, target)) === (value * value) % PRIME_N, 'the square');
  }),
  inside('arith.inv-mod', `${MODULAR} TEE_BigIntInvMod`, async (t, { bytes }) => {
    const value = (fromOctets(bytes('value', 31)) % PRIME_N) + 1n;
    const target = await room(t);
    await t.TEE_BigIntInvMod(target, await number(t, value), await number(t, PRIME_N));
    expectTrue(((await read(t, target)) * value) % PRIME_N === 1n, 'a number times its inverse');
  }),
  inside('arith.inv-mod.composite', `${MODULAR} TEE_BigIntInvMod`, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntInvMod(target, await number(t, 7n), await number(t, 2n ** 40n));
    expectTrue(((await read(t, target)) * 7n) % 2n ** 40n === 1n, 'the inverse of 7 mod 2^40');
  }),
  panics('arith.inv-mod.none', `${MODULAR} TEE_BigIntInvMod`, 'the inverse of 6 mod 9', async (t) => {
    const [target, six, nine] = [await room(t), await number(t, 6n), await number(t, 9n)];
    return () => t.TEE_BigIntInvMod(target, six, nine);
  }),
  panics('arith.inv-mod.zero', `${MODULAR} TEE_BigIntInvMod`, 'the inverse of 0', async (t) => {
    const [target, zero, n] = [await room(t), await room(t), await number(t, PRIME_N)];
    return () => t.TEE_BigIntInvMod(target, zero, n);
  }),
  inside('arith.exp-mod', 'GPD_SPE_010 §8.9.7 TEE_BigIntExpMod', async (t, { bytes }) => {
    const [base, exponent] = [fromOctets(bytes('base', 32)), fromOctets(bytes('exponent', 32))];
    const [target, n] = [await room(t), await number(t, PRIME_P)];
    await t.TEE_BigIntExpMod(target, await number(t, base % PRIME_P), await number(t, exponent), n, null);
    expectTrue((await read(t, target)) === power(base, exponent, PRIME_P), 'the power');
  }),
  inside('arith.exp-mod.zero', 'GPD_SPE_010 §8.9.7 TEE_BigIntExpMod', async (t) => {
    const [target, n] = [await room(t), await number(t, PRIME_P)];
    await t.TEE_BigIntExpMod(target, await number(t, 12345n), await room(t), n, null);
    expectTrue((await read(t, target)) === 1n, 'a number to the power of 0');
  }),
  inside('arith.fmm.round-trip', FMM, async (t, { bytes }) => {
    const value = fromOctets(bytes('value', 31));
    const n = await number(t, PRIME_P, 256);
    const { context, make } = await fmm(t, n);
    const [fast, back] = [await make(), await room(t, 256)];
    await t.TEE_BigIntConvertToFMM(fast, await number(t, value, 256), n, context);
    await t.TEE_BigIntConvertFromFMM(back, fast, n, context);
    expectTrue((await read(t, back)) === value, 'to the fast form and back');
  }),
  inside('arith.fmm.multiply', FMM, async (t, { bytes }) => {
    const [a, b] = [fromOctets(bytes('a', 31)), fromOctets(bytes('b', 31))];
    const n = await number(t, PRIME_P, 256);
    const { context, make } = await fmm(t, n);
    const [x, y, product, back] = [await make(), await make(), await make(), await room(t, 256)];
    await t.TEE_BigIntConvertToFMM(x, await number(t, a, 256), n, context);
    await t.TEE_BigIntConvertToFMM(y, await number(t, b, 256), n, context);
    await t.TEE_BigIntComputeFMM(product, x, y, n, context);
    await t.TEE_BigIntConvertFromFMM(back, product, n, context);
    expectTrue((await read(t, back)) === (a * b) % PRIME_P, 'the product');
  }),
  inside('arith.gcd', GCD, async (t, { bytes }) => {
    const common = fromOctets(bytes('common', 16)) + 2n;
    const [target, a] = [await room(t), await number(t, common * PRIME_P)];
    await t.TEE_BigIntComputeExtendedGcd(target, null, null, a, await number(t, common * 7n));
    expectTrue((await read(t, target)) === common, 'the greatest common divisor');
  }),
  inside('arith.gcd.extended', GCD, async (t) => {
    const [a, b] = [2n ** 60n - 1n, 2n ** 40n - 1n];
    const [gcd, u, v] = [await room(t), await room(t), await room(t)];
    await t.TEE_BigIntComputeExtendedGcd(gcd, u, v, await number(t, a), await number(t, b));
    expectTrue((await read(t, gcd)) === 2n ** 20n - 1n, 'the divisor');
    const sum = a * (await read(t, u)) + b * (await read(t, v));
    expectTrue(sum === 2n ** 20n - 1n, 'u·a + v·b is the divisor');
  }),
  inside('arith.gcd.negative', GCD, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntComputeExtendedGcd(target, null, null, await number(t, -12n), await number(t, 18n));
    expectTrue((await read(t, target)) === 6n, 'the divisor is positive');
  }),
  inside('arith.coprime.yes', COPRIME, async (t) => {
    const [a, b] = [await number(t, PRIME_P), await number(t, PRIME_N)];
    expectEqual(await t.TEE_BigIntRelativePrime(a, b), true, 'two primes');
  }),
  inside('arith.coprime.no', COPRIME, async (t) => {
    const [a, b] = [await number(t, 3n * PRIME_P), await number(t, 3n * PRIME_N)];
    expectEqual(await t.TEE_BigIntRelativePrime(a, b), false, 'two multiples of 3');
  }),
  isPrime('arith.prime.small', '65537', 65537n, true),
  isPrime('arith.prime.large', 'the prime of SM2', PRIME_P, true),
  isPrime('arith.prime.product', 'a product of two primes', PRIME_P * PRIME_N, false),
  isPrime('arith.prime.carmichael', '561, which passes Fermat tests', 561n, false),
  isPrime('arith.prime.strong-pseudoprime', '3215031751, strong to 2, 3, 5 and 7', 3215031751n, false),
  isPrime('arith.prime.one', '1', 1n, false),
  isPrime('arith.prime.zero', '0', 0n, false),
];
