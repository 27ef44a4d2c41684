import * as core from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { TeeError } from '../../src/spec/v1/internal/error.ts';
import type { Tee } from '../../src/spec/v1/internal/tee.ts';
import {
  bigEndian,
  concat,
  fromBase64,
  fromHex,
  fromUtf8,
  readBigEndian,
  readU32,
  toBase64,
  toHex,
  u32,
  utf8,
} from '../../src/ta/bytes.ts';
import { decodeJson, encodeJson, type Json, JsonReader } from '../../src/ta/json.ts';
import { seededRandom } from './support.ts';

const random = seededRandom('helpers');
const tee = { error: (name: 'BAD_FORMAT') => new TeeError(name) } as unknown as Tee;

describe('bytes for trusted applications', () => {
  it('agree with sm-core on hex, base64 and UTF-8', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = random(length);
      expect(toHex(bytes)).toBe(core.toHex(bytes));
      expect(toBase64(bytes)).toBe(core.toBase64(bytes));
      expect(fromHex(toHex(bytes))).toEqual(bytes);
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
    expect(fromUtf8(utf8('机密 a\u{20bb7}'))).toBe('机密 a\u{20bb7}');
    expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each(['a', 'zz', 'AB', '0x', ' 00'])('know %o as no hex', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  it.each(['A', 'AA', 'AAA', 'AA=A', 'A===', 'AB==', 'AAB=', '-_-_', 'AAAA====', 'AA =', '===='])(
    'know %o as no base64',
    (text) => {
      expect(fromBase64(text)).toBeUndefined();
    },
  );

  it.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe6, 0x9c]])('know %o… as no UTF-8', (...bytes) => {
    expect(fromUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('write numbers big-endian', () => {
    for (const value of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) expect(readU32(u32(value))).toBe(value);
    for (const value of [0, 255, 256, 2 ** 32, 2 ** 47 + 5]) {
      expect(readBigEndian(bigEndian(value, 6))).toBe(value);
    }
    expect(bigEndian(258, 3)).toEqual(Uint8Array.of(0, 1, 2));
  });
});

describe('JSON for trusted applications', () => {
  it('is the canonical JSON of sm-core', () => {
    const value = { b: [1, -2, 'x"\\\n\u2028', null, true], a: { '': {}, é: [] } };
    expect(encodeJson(value)).toEqual(core.canonicalJson(value));
    expect(decodeJson(tee, encodeJson(value), 1000)).toEqual(value);
  });

  it.each([
    '',
    ' {}',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '1.5',
    '1e3',
    '-0',
    '"\\u0041"',
    '[1,]',
    '[',
    '{"a"}',
    '\ufeff1',
  ])('refuses %o', (text) => {
    expect(() => decodeJson(tee, utf8(text), 1000)).toThrow('BAD_FORMAT');
  });

  it('is bounded in size and depth', () => {
    expect(() => decodeJson(tee, utf8('"1234567"'), 8)).toThrow('EXCESS_DATA');
    expect(() => decodeJson(tee, utf8('['.repeat(40) + ']'.repeat(40)), 1000)).toThrow('BAD_FORMAT');
    expect(() => decodeJson(tee, utf8('['.repeat(50_000)), 100_000)).toThrow('BAD_FORMAT');
  });

  const reader = new JsonReader(tee);
  it.each<[string, () => unknown]>([
    ['an array for an object', () => reader.object([], ['a'])],
    ['null for an object', () => reader.object(null, [])],
    ['a missing field', () => reader.object({ a: 1 }, ['a', 'b'])],
    ['one field more', () => reader.object({ a: 1, c: 1 }, ['a'])],
    ['an inherited name', () => reader.object({ a: 1 }, ['toString'])],
    ['a text for a list', () => reader.list('ab', 0, 9)],
    ['a long list', () => reader.list([1, 2], 0, 1)],
    ['a text of another form', () => reader.text('AB', /^[a-z]*$/)],
    ['a number for a text', () => reader.text(1 as Json, /1/)],
    ['a number out of range', () => reader.integer(11, 0, 10)],
    ['a text for a number', () => reader.integer('1', 0, 10)],
    ['something else', () => reader.oneOf('c', ['a', 'b'])],
    ['something twice', () => reader.distinct(['a', 'a'], 0, 9, (item) => item as string)],
  ])('reader refuses %s', (_, read) => {
    expect(read).toThrow('BAD_FORMAT');
  });
});
