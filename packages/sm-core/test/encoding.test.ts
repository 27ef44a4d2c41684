import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  checkBytes,
  concatBytes,
  DerReader,
  derElement,
  derUnsigned,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  type JsonValue,
  parseJson,
  toBase64,
  toHex,
  utf8,
} from '../src/index.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const hexDer = (text: string) => new DerReader(fromHex(text));

describe('hex', () => {
  it('reads either case and writes lower case', () => {
    expect(toHex(fromHex('00aAfF'))).toBe('00aaff');
    expect(fromHex('')).toHaveLength(0);
  });

  it.each(['0', 'zz', '0g', 'aa bb', 'aabb\n', '0x00', 'aaé0', '-1'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(code('ERR_INPUT_ENCODING'));
  });

  it.each([undefined, null, 12, new Uint8Array(1)])('refuses what is not a text: %s', (value) => {
    expect(() => fromHex(value as unknown as string)).toThrow(code('ERR_INPUT_TYPE'));
  });
});

describe('base64', () => {
  it('is the canonical form in both directions', () => {
    for (const length of [0, 1, 2, 3, 4, 255]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
      expect(equalBytes(fromBase64(toBase64(bytes)), bytes)).toBe(true);
    }
  });

  it.each([
    'A',
    'AA',
    'AAA',
    'AA=',
    'AAAA=',
    'AB==',
    'AAB=',
    'AA==AA==',
    'A-_A',
    'AA ==',
    'AAAA\n',
    '====',
    ' ',
  ])('refuses %j', (text) => {
    expect(() => fromBase64(text)).toThrow(code('ERR_INPUT_ENCODING'));
  });

  it('refuses what is not a text', () => {
    expect(() => fromBase64(undefined as unknown as string)).toThrow(code('ERR_INPUT_TYPE'));
  });

  it('reads texts of many megabytes', () => {
    const text = toBase64(new Uint8Array(24 << 20));
    expect(fromBase64(text)).toHaveLength(24 << 20);
  });
});

describe('UTF-8', () => {
  it('reads and writes', () => {
    expect(fromUtf8(utf8('机密计算 a'))).toBe('机密计算 a');
  });

  it('keeps a byte order mark, so that two byte strings never read as one text', () => {
    expect(fromUtf8(fromHex('efbbbf61'))).toBe('\ufeffa');
  });

  it.each(['ff', 'c0af', 'e28280ff', 'eda080', 'f8888080'])('refuses %s', (text) => {
    expect(() => fromUtf8(fromHex(text))).toThrow(code('ERR_INPUT_ENCODING'));
  });

  it('refuses what are not bytes', () => {
    expect(() => fromUtf8('a' as unknown as Uint8Array)).toThrow(code('ERR_INPUT_TYPE'));
  });
});

describe('bytes', () => {
  it('compares contents and lengths', () => {
    expect(equalBytes(fromHex('0102'), fromHex('0102'))).toBe(true);
    expect(equalBytes(fromHex('0102'), fromHex('0103'))).toBe(false);
    expect(equalBytes(fromHex('0102'), fromHex('010200'))).toBe(false);
  });

  it('checks type and length', () => {
    expect(checkBytes(new Uint8Array(3), 'x', 3)).toHaveLength(3);
    expect(() => checkBytes(new Uint8Array(2), 'x', 3)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => checkBytes(new Uint8Array(5), 'x', 3, 4)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => checkBytes([1, 2, 3], 'x', 3)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => checkBytes(new Uint16Array(3), 'x', 3)).toThrow(code('ERR_INPUT_TYPE'));
  });
});

describe('DER', () => {
  it('reads what it writes', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_536]) {
      const element = derElement(0x04, new Uint8Array(length));
      const reader = new DerReader(element);
      expect(reader.element(0x04)).toHaveLength(length);
      reader.end();
    }
  });

  it('writes minimal integers', () => {
    expect(toHex(derUnsigned(fromHex('0000')))).toBe('020100');
    expect(toHex(derUnsigned(fromHex('007f')))).toBe('02017f');
    expect(toHex(derUnsigned(fromHex('80')))).toBe('02020080');
    expect(toHex(derUnsigned(new Uint8Array(0)))).toBe('020100');
  });

  it.each([
    ['another tag', '0500'],
    ['nothing', ''],
    ['a tag alone', '04'],
    ['too few contents', '040201'],
    ['an indefinite length', '048001020000'],
    ['a long form for a short length', '04810101'],
    ['a length with a leading zero', `04820080${'00'.repeat(128)}`],
    ['a length of five bytes', '0485000000000101'],
    ['a length beyond the data', '0484ffffffff00'],
  ])('refuses %s', (_name, text) => {
    expect(() => hexDer(text).element(0x04)).toThrow(code('ERR_DER_MALFORMED'));
  });

  it.each([
    ['a negative integer', '0201ff'],
    ['a leading zero', '02020001'],
    ['an empty integer', '0200'],
    ['too many bytes', '02050100000000'],
  ])('refuses %s', (_name, text) => {
    expect(() => hexDer(text).unsigned(4)).toThrow(code('ERR_DER_MALFORMED'));
  });

  it('refuses trailing bytes and other types', () => {
    const reader = hexDer('040100ff');
    reader.element(0x04);
    expect(() => reader.end()).toThrow(code('ERR_DER_MALFORMED'));
    expect(() => new DerReader('30' as unknown as Uint8Array)).toThrow(code('ERR_INPUT_TYPE'));
  });
});

describe('JSON', () => {
  it('has one canonical form', () => {
    expect(fromUtf8(canonicalJson({ b: [1, null, true], a: { d: 'é', c: -5 } }))).toBe(
      '{"a":{"c":-5,"d":"é"},"b":[1,null,true]}',
    );
    expect(fromUtf8(canonicalJson(-0))).toBe('0');
  });

  it.each([
    ['a fraction', 1.5],
    ['an unsafe integer', 2 ** 53],
    ['not a number', Number.NaN],
    ['undefined inside', [undefined]],
    ['a hole', Array(1)],
    ['bytes', new Uint8Array(2)],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['a symbol', Symbol('x')],
  ])('refuses to write %s', (_name, value) => {
    expect(() => canonicalJson({ value: value as JsonValue })).toThrow(code('ERR_JSON_MALFORMED'));
  });

  it('refuses to write a loop', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(() => canonicalJson(loop as JsonValue)).toThrow(code('ERR_JSON_MALFORMED'));
  });

  it.each([
    ['no text', ''],
    ['a comma too many', '[1,]'],
    ['two values', '{} {}'],
    ['single quotes', "{'a':1}"],
    ['a byte order mark', '\ufeff{}'],
    ['a prototype', '{"__proto__":{"admin":true}}'],
    ['an escaped prototype', '{"a":[{"\\u005f_proto__":1}]}'],
    ['nesting', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['deep nesting', '['.repeat(200_000)],
  ])('refuses to read %s', (_name, text) => {
    expect(() => parseJson(text, 1 << 20)).toThrow(code('ERR_JSON_MALFORMED'));
    expect(() => parseJson(utf8(text), 1 << 20)).toThrow(code('ERR_JSON_MALFORMED'));
  });

  it('reads brackets inside texts and escapes at no cost of depth', () => {
    const text = JSON.stringify({ a: '['.repeat(100), b: '\\"[[[', c: '\u4e2d' });
    expect(parseJson(text, 1000)).toEqual(JSON.parse(text));
  });

  it('is bounded, and quotes nothing of the input', () => {
    expect(() => parseJson('"12345"', 6)).toThrow(code('ERR_JSON_MALFORMED'));
    try {
      parseJson('{"password":"hunter2"', 100);
      expect.unreachable();
    } catch (error) {
      expect(String(error) + String((error as Error).cause)).not.toContain('hunter2');
    }
  });

  it('refuses what is neither text nor bytes, and bad UTF-8', () => {
    expect(() => parseJson(undefined as unknown as string, 10)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => parseJson(concatBytes(utf8('"'), fromHex('ff'), utf8('"')), 10)).toThrow(
      code('ERR_INPUT_ENCODING'),
    );
  });

  it.each([Number.NaN, undefined, -1, 1.5, Number.POSITIVE_INFINITY, '10'])(
    'refuses a limit of %s',
    (limit) => {
      for (const input of ['{}', utf8('{}')]) {
        expect(() => parseJson(input, limit as number)).toThrow(code('ERR_INPUT_VALUE'));
      }
    },
  );
});

describe('input', () => {
  it.each([5, undefined, null, ['a'], {}])('%o is no text', (value) => {
    expect(() => utf8(value as string)).toThrow(code('ERR_INPUT_TYPE'));
  });
});
