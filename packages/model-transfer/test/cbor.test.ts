import { concatBytes, fromHex, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { flipped } from '../src/conformance/forge.ts';
import { decodeHeader } from '../src/index.ts';
import { CBOR_MAX_DEPTH, type CborValue, decodeCbor, encodeCbor } from '../src/spec/v1/cbor.ts';
import { codeOf, pack, seeded, seededNumbers } from './support.ts';

const decodeHex = (hex: string) => decodeCbor(fromHex(hex), 1024);

describe('deterministic CBOR', () => {
  it('writes the forms of RFC 8949 appendix A', () => {
    const examples: readonly (readonly [CborValue, string])[] = [
      [0, '00'],
      [23, '17'],
      [24, '1818'],
      [1000, '1903e8'],
      [1_000_000, '1a000f4240'],
      [1_000_000_000_000, '1b000000e8d4a51000'],
      [-1, '20'],
      [false, 'f4'],
      [null, 'f6'],
      [fromHex('01020304'), '4401020304'],
      ['IETF', '6449455446'],
      [[1, [2, 3]], '8201820203'],
      [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
    ];
    for (const [value, hex] of examples) {
      expect(toHex(encodeCbor(value))).toBe(hex);
      expect(decodeHex(hex)).toEqual(value);
    }
  });

  it('orders keys by their encoding, short ones first', () => {
    expect(toHex(encodeCbor({ bb: 1, a: 2 }))).toBe('a261610262626201');
  });

  it.each([
    ['empty input', ''],
    ['integer in a longer form', '1817'],
    ['length in a longer form', '5801ff'],
    ['array of indefinite length', '9f01ff'],
    ['map of indefinite length', 'bf616101ff'],
    ['text of indefinite length', '7f6161ff'],
    ['bytes of indefinite length', '5f4101ff'],
    ['tag', 'c100'],
    ['tag inside', '81c24101'],
    ['half float', 'f93c00'],
    ['double', 'fb3ff199999999999a'],
    ['NaN', 'f97e00'],
    ['undefined', 'f7'],
    ['undefined inside', '81f7'],
    ['simple value', 'e0'],
    ['reserved simple value', 'f8ff'],
    ['lone break', 'ff'],
    ['integer beyond 2^53', '1b0020000000000000'],
    ['key twice', 'a2616101616102'],
    ['keys out of order', 'a2616201616102'],
    ['long key before short one', 'a262616101616202'],
    ['integer key', 'a10102'],
    ['array as key', 'a1800102'],
    ['trailing byte', '0000'],
    ['array that is too short', '820'.padEnd(4, '1')],
    ['array of 2^32 items', '9b0000000100000000'],
    ['map of 2^31 items', 'ba80000000'],
    ['bytes longer than the input', '5a7fffffff00'],
    ['text longer than the input', '7b001fffffffffffff'],
    ['ill-formed UTF-8', '62c328'],
    ['surrogate in UTF-8', '63eda080'],
    ['overlong UTF-8', '62c0af'],
    ['reserved length', '1c'],
  ])('refuses %s', async (_name, hex) => {
    expect(await codeOf(() => decodeHex(hex))).toBe('ERR_MODEL_CBOR_MALFORMED');
  });

  it('refuses deep nesting without using the stack', async () => {
    const nested = (depth: number) => concatBytes(new Uint8Array(depth).fill(0x81), Uint8Array.of(0));
    expect(decodeCbor(nested(CBOR_MAX_DEPTH), 100)).toBeDefined();
    expect(await codeOf(() => decodeCbor(nested(CBOR_MAX_DEPTH + 1), 100))).toBe('ERR_MODEL_CBOR_MALFORMED');
    expect(await codeOf(() => decodeCbor(nested(300_000), 1 << 20))).toBe('ERR_MODEL_CBOR_MALFORMED');
  });

  it('refuses input over the limit, and what is not bytes', async () => {
    expect(await codeOf(() => decodeCbor(encodeCbor('x'.repeat(100)), 100))).toBe('ERR_MODEL_CBOR_MALFORMED');
    expect(await codeOf(() => decodeCbor('00' as unknown as Uint8Array, 100))).toBe('ERR_INPUT_TYPE');
  });

  it('answers random input with a coded error or a canonical value', async () => {
    for (let i = 0; i < 3000; i++) {
      const bytes = seeded(`cbor ${i}`, 1 + (i % 40));
      let value: CborValue;
      try {
        value = decodeCbor(bytes, 64);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_MODEL_CBOR_MALFORMED' });
        continue;
      }
      expect(toHex(encodeCbor(value))).toBe(toHex(bytes));
    }
  });

  it('reads a header with random damage as another header or not at all', async () => {
    const { header, manifest } = await pack();
    for (const place of seededNumbers('header', 400, header.length)) {
      let digest: string;
      try {
        digest = toHex(decodeHeader(flipped(header, place)).manifest.digest);
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^ERR_MODEL_/);
        continue;
      }
      // Outside of the manifest only signature and certificate are left.
      if (digest === toHex(manifest.digest)) expect(place).toBeGreaterThan(header.length - 1000);
    }
  });
});
