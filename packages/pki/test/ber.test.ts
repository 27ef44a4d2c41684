import { concatBytes, derElement, fromHex, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { readImplicitOctets, toDer } from '../src/internal/ber.ts';
import { DerProblem, readAll, readOne } from '../src/internal/tlv.ts';

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(' ', ''));
const der = (text: string) => {
  const result = toDer(hex(text));
  return { der: toHex(result.der), wasBer: result.wasBer };
};

describe('BER to DER', () => {
  it('gives DER back as the same bytes', () => {
    for (const text of ['3000', '3003020105', '300a04020102a00404020304', '020100', '0500']) {
      const input = hex(text);
      expect(toDer(input)).toEqual({ der: input, wasBer: false });
    }
  });

  const rows: readonly (readonly [string, string, string])[] = [
    ['the indefinite form', '3080 020105 0000', '3003020105'],
    ['an empty one', '3080 0000', '3000'],
    ['one inside of another', '3080 a080 020105 0000 0000', '3005a003020105'],
    ['one inside of the definite form', '3007 a080 020105 0000', '3005a003020105'],
    ['a long form of a short length', '308103 020105', '3003020105'],
    ['a length with zeros before it', '30820003 020105', '3003020105'],
    ['a string in pieces', '2480 040101 040102 0000', '04020102'],
    ['a definite string in pieces', '2406 040101 040102', '04020102'],
    ['pieces in pieces', '2480 2480 040101 0000 040102 0000', '04020102'],
    ['a piece with a long length', '2480 04810101 0000', '040101'],
    ['a string in no pieces', '2480 0000', '0400'],
    ['a UTF-8 string in pieces', '2c80 0c0141 0c0142 0000', '0c024142'],
  ];
  it.each(rows)('reads %s', (_, from, to) => {
    expect(der(from)).toEqual({ der: to, wasBer: true });
  });

  it('leaves the definite parts of a message as they are', () => {
    const signed = derElement(0x30, derElement(0x31, hex('020102'), hex('020101')));
    const outer = concatBytes(hex('3080'), signed, hex('0000'));
    expect(toDer(outer).der).toEqual(derElement(0x30, signed));
  });

  it('refuses what is no BER', () => {
    const bad = [
      '',
      '30',
      '3080',
      '3080 0000 00',
      '3080 020105',
      '3080 020105 00',
      '3003 0201',
      '3003 020105 00',
      '0280 0000',
      '3009 a080 020105 0000',
      '3085 0000000003 020105',
      '1f8101 00',
      '2480 020101 0000',
      '2480 2480 020101 0000 0000',
      '84ffffffff00',
    ];
    for (const text of bad) expect(() => der(text), text).toThrow(DerProblem);
  });

  it('bounds depth and number of elements', () => {
    const nested = (depth: number) => {
      let inner = hex('0500');
      for (let i = 0; i < depth; i++) inner = derElement(0x30, inner);
      return inner;
    };
    expect(toDer(nested(32)).wasBer).toBe(false);
    expect(() => toDer(nested(33))).toThrow(DerProblem);
    const many = derElement(0x30, ...Array.from({ length: 100 }, () => hex('0500')));
    expect(toDer(many, { maxElements: 101 }).wasBer).toBe(false);
    expect(() => toDer(many, { maxElements: 100 })).toThrow(DerProblem);
    // Endless openings in 2 MiB end at the depth, not at the end of the stack.
    expect(() =>
      toDer(new Uint8Array(1 << 21).fill(0x30).map((_, i) => (i % 2 === 0 ? 0x30 : 0x80))),
    ).toThrow(DerProblem);
  });
});

describe('implicit octets', () => {
  const read = (text: string) => {
    let pieces = 0;
    const element = readOne(hex(text), hex(text)[0]!);
    return { value: toHex(readImplicitOctets(element, 0, () => pieces++)), pieces };
  };

  it('come whole or in pieces, which is told', () => {
    expect(read('80020102')).toEqual({ value: '0102', pieces: 0 });
    expect(read('a006040101040102')).toEqual({ value: '0102', pieces: 1 });
    expect(read('a000')).toEqual({ value: '', pieces: 1 });
  });

  it('come in as many pieces as a stream of megabytes has', () => {
    const pieces = concatBytes(...Array.from({ length: 20_000 }, () => hex('040101')));
    const element = readOne(derElement(0xa0, pieces), 0xa0);
    expect(readImplicitOctets(element, 0, () => {})).toHaveLength(20_000);
    const many = derElement(0xa0, concatBytes(...Array.from({ length: 65_537 }, () => hex('0400'))));
    expect(() => readImplicitOctets(readOne(many, 0xa0), 0, () => {})).toThrow(DerProblem);
  });

  it('are refused when they are something else', () => {
    for (const text of ['81020102', 'a003020101', '040101', 'a1030401aa']) {
      expect(() => read(text), text).toThrow(DerProblem);
    }
    expect(() => readImplicitOctets(undefined, 0, () => {})).toThrow(DerProblem);
    expect(readAll(new Uint8Array(0))).toEqual([]);
  });
});
