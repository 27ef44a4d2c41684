import { describe, expect, it } from 'vitest';
import { ZUC_CASES } from '../src/conformance/engine/zuc.ts';
import { runSuite } from '../src/conformance/index.ts';
import { createZuc, fromHex, Secret, toHex, type ZucFrame } from '../src/index.ts';
import { TEST_ENGINES, wasmScalar, wasmSimd } from './support/engines.ts';
import { seededBytes, TEST_SEED } from './support/seeded.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const random = seededBytes('zuc');
const ENGINES = TEST_ENGINES.filter(([, engine]) => engine.capabilities.has('zuc'));
const [, engine] = ENGINES[0]!;
const zuc = createZuc(engine);
const KEY = fromHex('173d14ba5003731d7a60049470f00a29');
const FRAME: ZucFrame = { key: KEY, count: 0x66035492, bearer: 15, direction: 0 };
const runCases = (item: (typeof ENGINES)[number][1]) =>
  runSuite(
    { name: 'zuc', specVersion: '1', packageVersion: '0', cases: ZUC_CASES },
    { name: item.name, capabilities: item.capabilities, subject: item },
    { seed: TEST_SEED, now: new Date('2026-12-01T00:00:00Z') },
  );

/** Key, COUNT, BEARER, DIRECTION, bits, message, MAC. @standard GB/T 33133.3-2021 Annex */
const MACS: readonly (readonly [string, number, number, 0 | 1, number, string, string])[] = [
  ['00000000000000000000000000000000', 0, 0, 0, 1, '00', 'c8a9595e'],
  ['47054125561eb2dda94059da05097850', 0x561eb2dd, 0x14, 0, 90, '000000000000000000000000', '6719a088'],
  [
    'c9e6cec4607c72db000aefa88385ab0a',
    0xa94059da,
    0x0a,
    1,
    577,
    '983b41d47d780c9e1ad11d7eb70391b1de0b35da2dc62f83e7b78d6306ca0ea07e941b7be91348f9fcb170e2217fecd97f9f68ad' +
      'b16e5d7d21e569d280ed775cebde3f4093c5388100',
    'fae8ff0b',
  ],
];

describe.each(ENGINES)('ZUC on %s', (_name, item) => {
  const functions = createZuc(item);

  it('passes the ZUC cases of the conformance suite', async () => {
    const { results } = await runCases(item);
    expect(results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });

  it.each(MACS)(
    'gives the MACs of the standard: key %s',
    (key, count, bearer, direction, bits, data, mac) => {
      const frame = { key: Secret.take(fromHex(key)), count, bearer, direction };
      // The standard's messages may be followed by words of zeros.
      const message = fromHex(data).subarray(0, Math.ceil(bits / 8));
      expect(toHex(functions.eia3(frame, message, bits))).toBe(mac);
      expect(functions.verifyEia3(frame, message, fromHex(mac), bits)).toBe(true);
    },
  );

  it('encrypts the first message of the standard', () => {
    const plain = fromHex('6cf65340735552ab0c9752fa6f9025fe0bd675d9005875b2');
    const cipher = 'a6c85fc66afb8533aafc2518dfe784940ee1e4b030238cc8';
    expect(toHex(functions.eea3(FRAME, plain))).toBe(cipher);
    expect(toHex(functions.eea3(FRAME, plain, 192))).toBe(cipher);
    expect(toHex(functions.eea3(FRAME, fromHex(cipher)))).toBe(toHex(plain));
    // 193 bits of a longer message: one bit of the last byte, and seven that are zero.
    const longer = functions.eea3(FRAME, new Uint8Array([...plain, 0x7f]), 193);
    expect(toHex(longer.subarray(0, 24))).toBe(cipher);
    expect(longer[24]! & 0x7f).toBe(0);
  });
});

it('the three ways of computing ZUC agree on random inputs', () => {
  const all = [...ENGINES.map(([, item]) => item), wasmSimd, wasmScalar].map((item) => createZuc(item));
  for (let round = 0; round < 60; round++) {
    const [a, b, c] = random(3);
    const frame: ZucFrame = {
      key: random(16),
      count: a! * 16777259,
      bearer: b! % 32,
      direction: c! % 2 === 0 ? 0 : 1,
    };
    const data = random(1 + (a! % 200) + (round === 7 ? 20_000 : 0));
    const bits = 8 * data.length - (b! % 8);
    const results = all.map((item) =>
      [item.eea3(frame, data, bits), item.eia3(frame, data, bits)].map(toHex).join(' '),
    );
    expect(new Set(results).size).toBe(1);
  }
});

describe('EEA3 and EIA3', () => {
  it('give the same for every bit length as for the bits in front', () => {
    const data = random(24);
    const whole = zuc.eea3(FRAME, data);
    for (let bits = 1; bits <= 192; bits++) {
      const part = data.subarray(0, Math.ceil(bits / 8));
      const expected = Uint8Array.from(whole.subarray(0, part.length));
      expected[part.length - 1]! &= 0xff << (8 * part.length - bits);
      expect(toHex(zuc.eea3(FRAME, part, bits)), `${bits} bits`).toBe(toHex(expected));
      // Spare bits count for nothing, the last bit counts.
      const spare = Uint8Array.from(part);
      spare[part.length - 1]! ^= (1 << (8 * part.length - bits)) - 1;
      expect(toHex(zuc.eea3(FRAME, spare, bits))).toBe(toHex(expected));
      expect(toHex(zuc.eia3(FRAME, spare, bits))).toBe(toHex(zuc.eia3(FRAME, part, bits)));
      const other = Uint8Array.from(part);
      other[part.length - 1]! ^= 1 << (8 * part.length - bits);
      expect(toHex(zuc.eia3(FRAME, other, bits))).not.toBe(toHex(zuc.eia3(FRAME, part, bits)));
    }
  });

  it('depend on key, count, bearer and direction', () => {
    const data = random(40);
    const frames: readonly ZucFrame[] = [
      FRAME,
      { ...FRAME, key: fromHex('173d14ba5003731d7a60049470f00a28') },
      { ...FRAME, count: FRAME.count + 1 },
      { ...FRAME, bearer: 14 },
      { ...FRAME, direction: 1 },
    ];
    expect(new Set(frames.map((frame) => toHex(zuc.eea3(frame, data)))).size).toBe(frames.length);
    expect(new Set(frames.map((frame) => toHex(zuc.eia3(frame, data)))).size).toBe(frames.length);
  });

  it('tell a MAC that is wrong in any bit', () => {
    const data = random(40);
    const mac = zuc.eia3(FRAME, data);
    for (let bit = 0; bit < 32; bit++) {
      const wrong = Uint8Array.from(mac);
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      expect(zuc.verifyEia3(FRAME, data, wrong)).toBe(false);
    }
    expect(zuc.verifyEia3({ ...FRAME, direction: 1 }, data, mac)).toBe(false);
  });

  it('refuse frames that are none', () => {
    const data = random(4);
    const calls = (frame: unknown) => [
      () => zuc.eea3(frame as ZucFrame, data),
      () => zuc.eia3(frame as ZucFrame, data),
      () => zuc.verifyEia3(frame as ZucFrame, data, data),
    ];
    const wrong = (change: object): unknown => ({ ...FRAME, ...change });
    for (const frame of [undefined, null, 'frame', 7]) {
      for (const call of calls(frame)) expect(call).toThrow(code('ERR_INPUT_TYPE'));
    }
    for (const change of [
      { count: -1 },
      { count: 2 ** 32 },
      { count: 0.5 },
      { count: undefined },
      { count: '1' },
      { bearer: 32 },
      { bearer: -1 },
      { bearer: Number.NaN },
      { direction: 2 },
      { direction: true },
      { direction: undefined },
    ]) {
      for (const call of calls(wrong(change))) expect(call).toThrow(code('ERR_INPUT_VALUE'));
    }
    for (const call of calls(wrong({ key: 'key' }))) expect(call).toThrow(code('ERR_INPUT_TYPE'));
    for (const length of [0, 15, 17, 32]) {
      for (const call of calls(wrong({ key: random(length) })))
        expect(call).toThrow(code('ERR_INPUT_LENGTH'));
      const secret = Secret.take(random(length));
      for (const call of calls(wrong({ key: secret }))) expect(call).toThrow(code('ERR_INPUT_LENGTH'));
    }
    const destroyed = Secret.take(random(16));
    destroyed.destroy();
    for (const call of calls(wrong({ key: destroyed }))) expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
  });

  it('refuse messages and MACs of other lengths and types', () => {
    for (const bits of [0, -1, 24, 33, 31.5, Number.NaN, 2 ** 32, '32' as unknown as number]) {
      expect(() => zuc.eea3(FRAME, random(4), bits)).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => zuc.eia3(FRAME, random(4), bits)).toThrow(code('ERR_INPUT_LENGTH'));
    }
    expect(() => zuc.eea3(FRAME, new Uint8Array(0))).toThrow(code('ERR_INPUT_LENGTH'));
    for (const data of [undefined, 'text', [1], new Uint32Array(1)]) {
      expect(() => zuc.eea3(FRAME, data as unknown as Uint8Array)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => zuc.eia3(FRAME, data as unknown as Uint8Array)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => zuc.verifyEia3(FRAME, random(4), data as unknown as Uint8Array)).toThrow(
        code('ERR_INPUT_TYPE'),
      );
    }
    for (const length of [0, 3, 5]) {
      expect(() => zuc.verifyEia3(FRAME, random(4), random(length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });
});

describe('the key stream', () => {
  it('refuses other types and lengths, and an end is an end', () => {
    for (const length of [0, 15, 17]) {
      expect(() => zuc.stream(random(length), random(16))).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => zuc.stream(random(16), random(length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
    expect(() => zuc.stream('key' as unknown as Uint8Array, random(16))).toThrow(code('ERR_INPUT_TYPE'));
    const stream = zuc.stream(Secret.take(random(16)), random(16));
    for (const out of [undefined, new Uint8Array(4), [0], new Int32Array(4)]) {
      expect(() => stream.words(out as unknown as Uint32Array)).toThrow(code('ERR_INPUT_TYPE'));
    }
    stream.words(new Uint32Array(0));
    stream.destroy();
    expect(() => stream.words(new Uint32Array(1))).toThrow(code('ERR_SECRET_DESTROYED'));
  });

  it('is refused by name where the engine lacks it [part of EDGE-011]', () => {
    const none = createZuc({ ...engine, capabilities: new Set() });
    expect(() => none.stream(random(16), random(16))).toThrow(/capability=zuc/);
    expect(() => none.eea3(FRAME, random(1))).toThrow(/capability=zuc/);
    expect(() => none.eia3(FRAME, random(1))).toThrow(/capability=zuc/);
  });
});
