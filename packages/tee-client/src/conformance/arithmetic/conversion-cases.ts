import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_PROPSET } from '../../spec/v1/internal/constants.ts';
import { expectEqual, expectTee, inside, refuses } from '../support.ts';
import { BITS, fromOctets, number, octets, read, room } from './numbers.ts';

const INIT = 'xtest 4101; GPD_SPE_010 §8.4';
const OCTETS = 'xtest 4102; GPD_SPE_010 §8.6';
const S32 = 'xtest 4103; GPD_SPE_010 §8.6';
const BIT = 'xtest 4113; GPD_SPE_010 §8.7';

/** Memory of big integers, their conversions and their bits. */
export const conversionCases: readonly ConformanceCase<TeeClient>[] = [
  inside('arith.init.size', INIT, async (t) => {
    // §8.4.1: ((n) + 31) / 32 + 2
    for (const [bits, words] of [
      [1, 3],
      [32, 3],
      [33, 4],
      [BITS, 66],
    ] as const) {
      expectEqual(await t.TEE_BigIntSizeInU32(bits), words, `words for ${bits} bits`);
    }
  }),
  inside('arith.init.zero', INIT, async (t) => {
    const words = await t.TEE_BigIntSizeInU32(256);
    const handle = await t.newWords(words);
    await t.TEE_BigIntInit(handle, words);
    expectEqual(await t.TEE_BigIntCmpS32(handle, 0), 0, 'memory full of ones after initialisation');
  }),
  inside('arith.init.maximum', INIT, async (t) => {
    const set = TEE_PROPSET.TEE_IMPLEMENTATION;
    const bits = await t.TEE_GetPropertyAsU32(set, 'gpd.tee.arith.maxBigIntSize');
    expectTrue(bits >= BITS, `big integers have ${bits} bits, at least ${BITS} are due`);
    const largest = (1n << BigInt(bits)) - 1n;
    expectTrue((await read(t, await number(t, largest, bits))) === largest, 'the largest number');
  }),
  inside('arith.octets.round-trip', OCTETS, async (t, { bytes }) => {
    const value = fromOctets(bytes('value', 200)) | 1n;
    const handle = await number(t, value);
    expectBytes(await t.TEE_BigIntConvertToOctetString(handle), octets(value), 'the octets');
  }),
  inside('arith.octets.negative', OCTETS, async (t) => {
    const handle = await number(t, -0x1234567890n);
    expectEqual(await t.TEE_BigIntCmpS32(handle, 0), -1, 'the sign');
    expectBytes(await t.TEE_BigIntConvertToOctetString(handle), octets(0x1234567890n), 'the absolute value');
  }),
  inside('arith.octets.leading-zeros', OCTETS, async (t) => {
    const handle = await room(t);
    await t.TEE_BigIntConvertFromOctetString(handle, Uint8Array.of(0, 0, 0, 1, 2), 1);
    expectBytes(await t.TEE_BigIntConvertToOctetString(handle), Uint8Array.of(1, 2), 'no zeros in front');
  }),
  inside('arith.octets.zero', OCTETS, async (t) => {
    const handle = await number(t, 77n);
    await t.TEE_BigIntConvertFromOctetString(handle, new Uint8Array(0), 1);
    expectEqual(await t.TEE_BigIntCmpS32(handle, 0), 0, 'no octets are 0');
    const back = await t.TEE_BigIntConvertToOctetString(handle);
    expectTrue(back.length <= 1 && fromOctets(back) === 0n, '0 gives no octets, or one of zero');
  }),
  refuses('arith.octets.overflow', OCTETS, ['OVERFLOW'], '9 octets into 64 bits', async (t) => {
    const handle = await room(t, 64);
    return () => t.TEE_BigIntConvertFromOctetString(handle, new Uint8Array(9).fill(1), 1);
  }),
  inside('arith.octets.short-buffer', OCTETS, async (t) => {
    const handle = await number(t, 0x0102030405n);
    const error = await expectTee(
      () => t.TEE_BigIntConvertToOctetString(handle, 4),
      ['SHORT_BUFFER'],
      '5 octets into 4',
    );
    expectEqual(error.required, 5, 'the size required');
  }),
  inside('arith.s32.extremes', S32, async (t) => {
    const handle = await room(t, 32);
    for (const value of [-(2 ** 31), 2 ** 31 - 1]) {
      await t.TEE_BigIntConvertFromS32(handle, value);
      expectTrue((await read(t, handle)) === BigInt(value), `${value} as big integer`);
      expectEqual(await t.TEE_BigIntConvertToS32(handle), value, 'and back');
    }
  }),
  refuses('arith.s32.overflow', S32, ['OVERFLOW'], '2^31 as int32_t', async (t) => {
    const handle = await number(t, 2n ** 31n);
    return () => t.TEE_BigIntConvertToS32(handle);
  }),
  refuses('arith.s32.underflow', S32, ['OVERFLOW'], '-2^31 - 1 as int32_t', async (t) => {
    const handle = await number(t, -(2n ** 31n) - 1n);
    return () => t.TEE_BigIntConvertToS32(handle);
  }),
  inside('arith.assign.copies', 'GPD_SPE_010 §8.7.6 TEE_BigIntAssign', async (t) => {
    const [source, target] = [await number(t, -(2n ** 99n)), await room(t)];
    await t.TEE_BigIntAssign(target, source);
    await t.TEE_BigIntConvertFromS32(source, 1);
    expectTrue((await read(t, target)) === -(2n ** 99n), 'a copy of its own');
  }),
  refuses(
    'arith.assign.overflow',
    'GPD_SPE_010 §8.7.6 TEE_BigIntAssign',
    ['OVERFLOW'],
    '65 bits into 64',
    async (t) => {
      const [source, target] = [await number(t, 2n ** 64n), await room(t, 64)];
      return () => t.TEE_BigIntAssign(target, source);
    },
  ),
  inside('arith.abs', 'GPD_SPE_010 §8.7.7 TEE_BigIntAbs', async (t) => {
    const target = await room(t);
    await t.TEE_BigIntAbs(target, await number(t, -(3n ** 100n)));
    expectTrue((await read(t, target)) === 3n ** 100n, 'the absolute value');
  }),
  refuses(
    'arith.abs.overflow',
    'GPD_SPE_010 §8.7.7 TEE_BigIntAbs',
    ['OVERFLOW'],
    '33 bits into 32',
    async (t) => {
      const [source, target] = [await number(t, -(2n ** 32n)), await room(t, 32)];
      return () => t.TEE_BigIntAbs(target, source);
    },
  ),
  inside('arith.shift.right', BIT, async (t) => {
    const [source, target] = [await number(t, 2n ** 200n + 12345n), await room(t)];
    await t.TEE_BigIntShiftRight(target, source, 137);
    expectTrue((await read(t, target)) === 2n ** 63n, 'shifted by 137 bits');
  }),
  inside('arith.shift.none', BIT, async (t) => {
    const handle = await number(t, 2n ** 70n + 5n);
    await t.TEE_BigIntShiftRight(handle, handle, 0);
    expectTrue((await read(t, handle)) === 2n ** 70n + 5n, 'shifted by 0 bits onto itself');
  }),
  inside('arith.shift.all', BIT, async (t) => {
    const [source, target] = [await number(t, 2n ** 70n - 1n), await room(t)];
    await t.TEE_BigIntShiftRight(target, source, 70);
    expectTrue((await read(t, target)) === 0n, 'shifted by all bits');
  }),
  inside('arith.shift.negative', BIT, async (t) => {
    const [source, target] = [await number(t, -5n), await room(t)];
    await t.TEE_BigIntShiftRight(target, source, 1);
    expectTrue((await read(t, target)) === -2n, 'the magnitude is shifted, the sign stays');
  }),
  inside('arith.bits.get', BIT, async (t) => {
    const handle = await number(t, 2n ** 64n + 2n);
    const bits = await Promise.all([0, 1, 63, 64].map((i) => t.TEE_BigIntGetBit(handle, i)));
    expectEqual(bits.join(), 'false,true,false,true', 'bits 0, 1, 63 and 64 of 2^64 + 2');
  }),
  inside('arith.bits.get-negative', BIT, async (t) => {
    const handle = await number(t, -4n);
    const bits = await Promise.all([0, 1, 2, 3].map((i) => t.TEE_BigIntGetBit(handle, i)));
    expectEqual(bits.join(), 'false,false,true,false', 'bits are those of the absolute value');
  }),
  inside('arith.bits.get-beyond', BIT, async (t) => {
    const handle = await number(t, 2n ** 63n, 64);
    expectEqual(await t.TEE_BigIntGetBit(handle, 5000), false, 'a bit beyond the number');
  }),
  inside('arith.bits.count', BIT, async (t) => {
    expectEqual(await t.TEE_BigIntGetBitCount(await number(t, 2n ** 513n)), 514, 'bits of 2^513');
    expectEqual(await t.TEE_BigIntGetBitCount(await number(t, -255n)), 8, 'bits of -255');
  }),
  inside('arith.bits.count-zero', BIT, async (t) => {
    expectEqual(await t.TEE_BigIntGetBitCount(await room(t)), 0, 'bits of 0');
  }),
  inside('arith.bits.set', 'GPD_SPE_010 §8.7.5 TEE_BigIntSetBit', async (t) => {
    const handle = await number(t, 1n);
    await t.TEE_BigIntSetBit(handle, 100, true);
    await t.TEE_BigIntSetBit(handle, 0, false);
    expectTrue((await read(t, handle)) === 2n ** 100n, 'bit 100 set, bit 0 cleared');
  }),
  refuses(
    'arith.bits.set-overflow',
    'GPD_SPE_010 §8.7.5 TEE_BigIntSetBit',
    ['OVERFLOW'],
    'bit 64 of 64 bits',
    async (t) => {
      const handle = await number(t, 1n, 64);
      return () => t.TEE_BigIntSetBit(handle, 64, true);
    },
  ),
];
