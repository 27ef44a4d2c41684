import { equalBytes, SmError, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  CBOR_MAX_DEPTH,
  CBOR_MAX_ITEMS,
  CborTagged,
  type CborValue,
  decodeCbor,
  encodeCbor,
} from '../../../src/evidence/cbor/index.ts';
import { flipped, hex, refusal, seeded } from './support.ts';

const MAX = { maxBytes: 65_536 };
const read = (text: string): CborValue => decodeCbor(hex(text), MAX);
const readIndefinite = (text: string): CborValue => decodeCbor(hex(text), { ...MAX, indefinite: true });

describe('[part of CC-006] CBOR of evidence', () => {
  it.each<[string, CborValue]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['1b0020000000000000', 2n ** 53n],
    ['1bffffffffffffffff', 2n ** 64n - 1n],
    ['20', -1],
    ['3863', -100],
    ['3bffffffffffffffff', -(2n ** 64n)],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['40', new Uint8Array(0)],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['60', ''],
    ['62c3bc', '\u00fc'],
    ['63e6b0b4', '水'],
    ['80', []],
    ['83010203', [1, 2, 3]],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a0', new Map()],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    [
      'a26161016162820203',
      new Map<string, CborValue>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
  ])('reads %s and writes it again', (text, value) => {
    expect(read(text)).toEqual(value);
    expect(encodeCbor(value)).toEqual(hex(text));
  });

  it('reads tags', () => {
    const value = read('d9018fa119acca40');
    expect(value).toBeInstanceOf(CborTagged);
    expect((value as CborTagged).tag).toBe(399);
    expect((value as CborTagged).value).toEqual(new Map([[44_234, new Uint8Array(0)]]));
    expect(encodeCbor(value)).toEqual(hex('d9018fa119acca40'));
  });

  it('reads arrays and maps of indefinite length where they are allowed', () => {
    expect(readIndefinite('9f0102ff')).toEqual([1, 2]);
    expect(readIndefinite('bf0102039f04ffff')).toEqual(
      new Map<number, CborValue>([
        [1, 2],
        [3, [4]],
      ]),
    );
    expect(refusal(() => read('9f0102ff'))).toBe('cbor-syntax');
    expect(refusal(() => read('bf0102ff'))).toBe('cbor-syntax');
  });

  it('writes maps in the order of the encoded keys', () => {
    const map = new Map<number | string, CborValue>([
      ['b', 1],
      [-1, 2],
      [100, 3],
      [1, 4],
    ]);
    expect(encodeCbor(map)).toEqual(hex('a4 01 04 1864 03 20 02 6162 01'));
  });

  it('gives byte strings as views of the input', () => {
    const input = hex('824201024103');
    const [first] = decodeCbor(input, MAX) as [Uint8Array];
    expect(first.buffer).toBe(input.buffer);
    expect(equalBytes(first, Uint8Array.of(1, 2))).toBe(true);
  });

  it.each([
    ['nothing', '', 'cbor-truncated'],
    ['a second value', '0000', 'cbor-trailing'],
    ['an integer longer than needed', '1817', 'cbor-syntax'],
    ['a length longer than needed', '5801ff', 'cbor-syntax'],
    ['a count longer than needed', '980100', 'cbor-syntax'],
    ['a tag longer than needed', 'd81100', 'cbor-syntax'],
    ['a half float', 'f90000', 'cbor-type'],
    ['a float', 'fa47c35000', 'cbor-type'],
    ['a double', 'fb3ff199999999999a', 'cbor-type'],
    ['not a number', 'f97e00', 'cbor-syntax'],
    ['undefined', 'f7', 'cbor-syntax'],
    ['a simple value', 'f0', 'cbor-syntax'],
    ['a reserved head', '1c', 'cbor-syntax'],
    ['a byte string cut short', '4401', 'cbor-syntax'],
    ['a text cut short', '6261', 'cbor-syntax'],
    ['a text that is no UTF-8', '61ff', 'cbor-text'],
    ['a text with half a surrogate', '63eda080', 'cbor-text'],
    ['an array cut short', '8201', 'cbor-truncated'],
    ['a count that is a lie', '9a00ffffff', 'cbor-count'],
    ['a count of 2^63', '9b8000000000000000', 'cbor-syntax'],
    ['a map count that is a lie', 'ba00ffffff', 'cbor-count'],
    ['a map without its last value', 'a101', 'cbor-truncated'],
    ['a key twice', 'a201000101', 'cbor-key-repeated'],
    ['a text key twice', 'a2616100616101', 'cbor-key-repeated'],
    ['a byte string as key', 'a1410000', 'cbor-key-type'],
    ['an array as key', 'a18000', 'cbor-key-type'],
    ['a map as key', 'a1a000', 'cbor-key-type'],
    ['null as key', 'a1f600', 'cbor-key-type'],
    ['a key over 2^53', 'a11b002000000000000000', 'cbor-key-type'],
    ['a break alone', 'ff', 'cbor-break'],
    ['a break in an array of definite length', '8201ff', 'cbor-break'],
    ['a break in a map of definite length', 'a1ff', 'cbor-break'],
    ['a break in place of a value', 'bf01ff', 'cbor-break'],
    ['a break below a tag', 'c1ff', 'cbor-break'],
    ['an array without its break', '9f01', 'cbor-truncated'],
    ['bytes of indefinite length', '5f4101ff', 'cbor-syntax'],
    ['a text of indefinite length', '7f6161ff', 'cbor-syntax'],
    ['a tag without a value', 'd2', 'cbor-truncated'],
    ['a tag of 2^63', 'db800000000000000000', 'cbor-tag'],
  ])('refuses %s', (_, text, reason) => {
    expect(refusal(() => readIndefinite(text))).toBe(reason);
  });

  it('refuses nesting one deeper than the limit, of arrays, maps and tags', () => {
    for (const head of ['81', 'a100', 'c1', '9f']) {
      const end = head === '9f' ? 'ff' : '';
      const nest = (depth: number) => readIndefinite(`${head.repeat(depth)}00${end.repeat(depth)}`);
      expect(() => nest(CBOR_MAX_DEPTH)).not.toThrow();
      expect(refusal(() => nest(CBOR_MAX_DEPTH + 1))).toBe('cbor-depth');
      expect(refusal(() => nest(20_000))).toBe('cbor-depth');
    }
  });

  it('counts depth, not how often something nests', () => {
    expect(read(`9864${'8100'.repeat(100)}`)).toHaveLength(100);
    expect(read(`9864${'a10000'.repeat(100)}`)).toHaveLength(100);
    expect(read(`9864${'c100'.repeat(100)}`)).toHaveLength(100);
  });

  it('counts items, those of several arrays together', () => {
    const items = (count: number) =>
      `82${`99${(count - 1000).toString(16).padStart(4, '0')}`}${'00'.repeat(count - 1000)}9903e8${'00'.repeat(1000)}`;
    expect(() => read(items(CBOR_MAX_ITEMS - 3))).not.toThrow();
    expect(refusal(() => read(items(CBOR_MAX_ITEMS - 2)))).toBe('cbor-items');
  });

  it('refuses input over the limit of the caller', () => {
    expect(refusal(() => decodeCbor(hex('830102'), { maxBytes: 2 }))).toBe('cbor-length');
    expect(decodeCbor(hex('8101'), { maxBytes: 2 })).toEqual([1]);
  });

  it('refuses what is no Uint8Array as a mistake of the caller', () => {
    expect(() => decodeCbor('00' as never, MAX)).toThrowError(SmError);
    expect(() => new CborTagged(-1, null)).toThrowError(RangeError);
    expect(() => new CborTagged(1.5, null)).toThrowError(RangeError);
  });

  it('never throws anything but the one code, and writes again what it read of definite length', () => {
    const random = seeded('cbor');
    const base = encodeCbor(
      new Map<number | string, CborValue>([
        [1, -35],
        ['list', [1, 2n ** 60n, 'text', utf8('bytes'), null, true]],
        [44_234, new CborTagged(18, [new Uint8Array(40), new Map([[4, utf8('kid')]]), null, ''])],
      ]),
    );
    let accepted = 0;
    for (let round = 0; round < 5000; round++) {
      let input = base;
      for (let change = 0; change <= random(3); change++) {
        input = flipped(input, random(input.length), random(8));
      }
      if (random(4) === 0) input = input.subarray(0, random(input.length));
      let value: CborValue;
      try {
        value = decodeCbor(input, MAX);
      } catch (error) {
        expect((error as SmError).code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
        continue;
      }
      accepted++;
      // Order of keys is free, so that only the length has to be the same.
      expect(encodeCbor(value).length).toBe(input.length);
    }
    expect(accepted).toBeGreaterThan(100);
  });
});
