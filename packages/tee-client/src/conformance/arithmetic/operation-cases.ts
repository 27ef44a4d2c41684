import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { expectEqual, inside, panics } from '../support.ts';
import { fromOctets, number, read, room } from './numbers.ts';

const COMPARE = 'xtest 4104; GPD_SPE_010 §8.7';
const ADD = 'xtest 4105; GPD_SPE_010 §8.8';
const NEG = 'xtest 4106; GPD_SPE_010 §8.8.3 TEE_BigIntNeg';
const MUL = 'xtest 4107; GPD_SPE_010 §8.8';
const DIV = 'xtest 4108; GPD_SPE_010 §8.8.6 TEE_BigIntDiv';

/** Comparison, addition, multiplication and division. */
export const operationCases: readonly ConformanceCase<TeeClient>[] = [
  inside('arith.compare.order', COMPARE, async (t) => {
    const [small, large] = [await number(t, 2n ** 96n), await number(t, 2n ** 96n + 1n)];
    expectTrue((await t.TEE_BigIntCmp(small, large)) < 0, 'the smaller one first');
    expectTrue((await t.TEE_BigIntCmp(large, small)) > 0, 'the larger one first');
  }),
  inside('arith.compare.signs', COMPARE, async (t) => {
    const [minus, plus] = [await number(t, -(2n ** 99n)), await number(t, 3n)];
    expectTrue((await t.TEE_BigIntCmp(minus, plus)) < 0, 'a negative number is smaller');
    const less = await number(t, -(2n ** 100n));
    expectTrue(
      (await t.TEE_BigIntCmp(less, minus)) < 0,
      'of two negative ones that of the larger magnitude is',
    );
  }),
  inside('arith.compare.room-does-not-count', COMPARE, async (t) => {
    const [narrow, wide] = [await number(t, 99n, 64), await number(t, 99n, 2048)];
    expectEqual(await t.TEE_BigIntCmp(narrow, wide), 0, 'equal numbers in memory of different size');
  }),
  inside('arith.compare-s32.order', COMPARE, async (t) => {
    const handle = await number(t, -7n);
    expectTrue((await t.TEE_BigIntCmpS32(handle, -6)) < 0, '-7 and -6');
    expectTrue((await t.TEE_BigIntCmpS32(handle, -8)) > 0, '-7 and -8');
    expectEqual(await t.TEE_BigIntCmpS32(handle, -7), 0, '-7 and -7');
  }),
  inside('arith.compare-s32.large', COMPARE, async (t) => {
    // 2^32 + 5 would be 5 if only its lowest word counted.
    expectTrue((await t.TEE_BigIntCmpS32(await number(t, 2n ** 32n + 5n), 5)) > 0, '2^32 + 5 and 5');
  }),
  inside('arith.add.carry', ADD, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntAdd(target, await number(t, 2n ** 512n - 1n), await number(t, 1n));
    expectTrue((await read(t, target)) === 2n ** 512n, 'the carry goes through all words');
  }),
  inside('arith.add.signs', ADD, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntAdd(target, await number(t, -(2n ** 64n)), await number(t, 2n ** 64n - 3n));
    expectTrue((await read(t, target)) === -3n, 'numbers of different sign');
  }),
  inside('arith.add.onto-itself', ADD, async (t, { bytes }) => {
    const value = fromOctets(bytes('value', 32));
    const handle = await number(t, value);
    await t.TEE_BigIntAdd(handle, handle, handle);
    expectTrue((await read(t, handle)) === 2n * value, 'the result may be an operand');
  }),
  panics('arith.add.no-room', ADD, '33 bits into 32', async (t) => {
    const [target, operand] = [await room(t, 32), await number(t, 2n ** 32n - 1n)];
    return () => t.TEE_BigIntAdd(target, operand, operand);
  }),
  inside('arith.sub.borrow', ADD, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntSub(target, await number(t, 2n ** 256n), await number(t, 1n));
    expectTrue((await read(t, target)) === 2n ** 256n - 1n, 'the borrow goes through all words');
  }),
  inside('arith.sub.negative', ADD, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntSub(target, await number(t, 5n), await number(t, 2n ** 40n));
    expectTrue((await read(t, target)) === 5n - 2n ** 40n, 'a difference below 0');
  }),
  inside('arith.sub.itself', ADD, async (t) => {
    const [target, operand] = [await room(t), await number(t, -(2n ** 77n))];
    await t.TEE_BigIntSub(target, operand, operand);
    expectEqual(await t.TEE_BigIntCmpS32(target, 0), 0, 'a number minus itself');
  }),
  inside('arith.neg.both-ways', NEG, async (t) => {
    const [target, operand] = [await room(t), await number(t, 2n ** 70n)];
    await t.TEE_BigIntNeg(target, operand);
    expectTrue((await read(t, target)) === -(2n ** 70n), 'the negative of a positive number');
    await t.TEE_BigIntNeg(target, target);
    expectTrue((await read(t, target)) === 2n ** 70n, 'and back');
  }),
  inside('arith.neg.zero', NEG, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntNeg(target, await room(t));
    expectEqual(await t.TEE_BigIntCmp(target, await room(t)), 0, '-0 is 0');
  }),
  inside('arith.mul.large', MUL, async (t, { bytes }) => {
    const [a, b] = [fromOctets(bytes('a', 128)), fromOctets(bytes('b', 128))];
    const target = await room(t);
    await t.TEE_BigIntMul(target, await number(t, a), await number(t, b));
    expectTrue((await read(t, target)) === a * b, 'a product of 2,048 bits');
  }),
  inside('arith.mul.signs', MUL, async (t) => {
    const target = await room(t);
    await t.TEE_BigIntMul(target, await number(t, -(2n ** 40n)), await number(t, 3n));
    expectTrue((await read(t, target)) === -3n * 2n ** 40n, 'minus times plus');
    await t.TEE_BigIntMul(target, target, await number(t, -1n));
    expectTrue((await read(t, target)) === 3n * 2n ** 40n, 'minus times minus');
  }),
  inside('arith.mul.zero', MUL, async (t) => {
    const target = await number(t, 9n);
    await t.TEE_BigIntMul(target, await number(t, -(2n ** 40n)), await room(t));
    expectEqual(await t.TEE_BigIntCmpS32(target, 0), 0, 'times 0');
  }),
  panics('arith.mul.no-room', MUL, '65 bits into 64', async (t) => {
    const [target, operand] = [await room(t, 64), await number(t, 2n ** 32n)];
    return () => t.TEE_BigIntMul(target, operand, operand);
  }),
  inside('arith.square', MUL, async (t, { bytes }) => {
    const value = -fromOctets(bytes('value', 100));
    const target = await room(t);
    await t.TEE_BigIntSquare(target, await number(t, value));
    expectTrue((await read(t, target)) === value * value, 'the square of a negative number');
  }),
  inside('arith.div.both', DIV, async (t, { bytes }) => {
    const [a, b] = [fromOctets(bytes('a', 200)), fromOctets(bytes('b', 60)) + 1n];
    const [quotient, remainder] = [await room(t), await room(t)];
    await t.TEE_BigIntDiv(quotient, remainder, await number(t, a), await number(t, b));
    expectTrue((await read(t, quotient)) === a / b, 'the quotient');
    expectTrue((await read(t, remainder)) === a % b, 'the remainder');
  }),
  inside('arith.div.signs', DIV, async (t) => {
    // §8.8.6: 53 / 7 → 7, 4; -53 / 7 → -7, -4; 53 / -7 → -7, 4; -53 / -7 → 7, -4
    for (const [a, b] of [
      [53n, 7n],
      [-53n, 7n],
      [53n, -7n],
      [-53n, -7n],
    ] as const) {
      const [quotient, remainder] = [await room(t), await room(t)];
      await t.TEE_BigIntDiv(quotient, remainder, await number(t, a), await number(t, b));
      expectTrue((await read(t, quotient)) === a / b, `the quotient of ${a} and ${b}`);
      expectTrue((await read(t, remainder)) === a % b, `the remainder of ${a} and ${b}`);
    }
  }),
  inside('arith.div.quotient-only', DIV, async (t) => {
    const quotient = await room(t);
    await t.TEE_BigIntDiv(quotient, null, await number(t, 2n ** 90n), await number(t, 2n ** 20n));
    expectTrue((await read(t, quotient)) === 2n ** 70n, 'without a remainder asked for');
  }),
  inside('arith.div.remainder-only', DIV, async (t) => {
    const remainder = await room(t);
    await t.TEE_BigIntDiv(null, remainder, await number(t, 2n ** 90n + 3n), await number(t, 2n ** 20n));
    expectTrue((await read(t, remainder)) === 3n, 'without a quotient asked for');
  }),
  inside('arith.div.smaller-dividend', DIV, async (t) => {
    const [quotient, remainder] = [await number(t, 1n), await room(t)];
    await t.TEE_BigIntDiv(quotient, remainder, await number(t, 6n), await number(t, 2n ** 80n));
    expectEqual(await t.TEE_BigIntCmpS32(quotient, 0), 0, 'the quotient');
    expectTrue((await read(t, remainder)) === 6n, 'the remainder');
  }),
  panics('arith.div.by-zero', DIV, 'division by 0', async (t) => {
    const [target, dividend, zero] = [await room(t), await number(t, 6n), await room(t)];
    return () => t.TEE_BigIntDiv(target, null, dividend, zero);
  }),
];
