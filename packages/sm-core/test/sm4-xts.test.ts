import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, SM4_XTS_MAX_BYTES, sm4, toHex } from '../src/index.ts';
import { bad, block, code, flip, NOT_BYTES, random, secretOf } from './support/sm4.ts';

const big = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
const bytes = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(32, '0'));
const reversed = (value: Uint8Array): Uint8Array => Uint8Array.from(value).reverse();
const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i]!);
const ALL = (1n << 128n) - 1n;

/** tweak·α, in the two orders of bits, on whole numbers. */
const STEP = {
  Gb: (tweak: Uint8Array): Uint8Array => {
    const value = big(tweak);
    return bytes((value >> 1n) ^ (value & 1n ? 0xe1n << 120n : 0n));
  },
  Ieee: (tweak: Uint8Array): Uint8Array => {
    const value = big(reversed(tweak));
    return reversed(bytes(((value << 1n) & ALL) ^ (value >> 127n ? 0x87n : 0n)));
  },
};

/** XTS encryption as the standards write it, block by block on OpenSSL. */
function reference(form: 'Gb' | 'Ieee', key: Uint8Array, tweak: Uint8Array, data: Uint8Array): Uint8Array {
  const k1 = key.subarray(0, 16);
  let value = block(key.subarray(16), tweak);
  const one = (input: Uint8Array): Uint8Array => xor(block(k1, xor(input, value)), value);
  const out: Uint8Array[] = [];
  const whole = Math.floor(data.length / 16);
  for (let i = 0; i < whole; i++) {
    out.push(one(data.subarray(16 * i, 16 * i + 16)));
    value = STEP[form](value);
  }
  const rest = data.subarray(16 * whole);
  if (rest.length > 0) {
    const before = out.pop()!;
    out.push(one(concatBytes(rest, before.subarray(rest.length))), before.subarray(0, rest.length));
  }
  return concatBytes(...out);
}

const FORMS = {
  Gb: [sm4.xtsGbEncrypt, sm4.xtsGbDecrypt],
  Ieee: [sm4.xtsIeeeEncrypt, sm4.xtsIeeeDecrypt],
} as const;
const KEY = fromHex('2b7e151628aed2a6abf7158809cf4f3c000102030405060708090a0b0c0d0e0f');
const TWEAK = fromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');
const key = () => secretOf(KEY);

describe.each(['Gb', 'Ieee'] as const)('SM4-XTS %s', (form) => {
  const [encrypt, decrypt] = FORMS[form];

  it('is that of the standard at every length, with ciphertext stealing', () => {
    for (const length of [...Array.from({ length: 50 }, (_, i) => 16 + i), 255, 256, 271, 16_384, 16_401]) {
      const [raw, tweak, data] = [random(32), random(16), random(length)];
      const out = encrypt(secretOf(raw), tweak, data);
      if (length < 300) expect(toHex(out), `${length} bytes`).toBe(toHex(reference(form, raw, tweak, data)));
      expect(toHex(decrypt(secretOf(raw), tweak, out)), `${length} bytes`).toBe(toHex(data));
    }
  });

  it('carries out of the tweak', () => {
    // The encrypted tweak is all ones: every step has a carry.
    const decipher = createDecipheriv('sm4-ecb', KEY.subarray(16), null).setAutoPadding(false);
    const tweak = new Uint8Array(decipher.update(new Uint8Array(16).fill(0xff)));
    const data = random(200);
    expect(encrypt(key(), tweak, data)).toEqual(reference(form, KEY, tweak, data));
  });

  it.each([0, 1, 15])('refuses %i bytes of data', (length) => {
    expect(() => encrypt(key(), TWEAK, new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => decrypt(key(), TWEAK, new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it('refuses a data unit of more than 2^20 blocks', () => {
    const long = new Uint8Array(SM4_XTS_MAX_BYTES + 1);
    expect(() => encrypt(key(), TWEAK, long)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => decrypt(key(), TWEAK, long)).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it('refuses two equal keys', () => {
    const equal = () => secretOf(concatBytes(KEY.subarray(0, 16), KEY.subarray(0, 16)));
    expect(() => encrypt(equal(), TWEAK, TWEAK)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => decrypt(equal(), TWEAK, TWEAK)).toThrow(code('ERR_INPUT_VALUE'));
  });

  it('refuses tweaks of another length and other types', () => {
    for (const call of [encrypt, decrypt]) {
      for (const length of [0, 8, 15, 17]) {
        expect(() => call(key(), new Uint8Array(length), TWEAK)).toThrow(code('ERR_INPUT_LENGTH'));
      }
      for (const value of NOT_BYTES) {
        expect(() => call(key(), bad(value), TWEAK)).toThrow(code('ERR_INPUT_TYPE'));
        expect(() => call(key(), TWEAK, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      }
    }
  });

  it('depends on every byte of key and tweak', () => {
    const data = random(48);
    const out = toHex(encrypt(key(), TWEAK, data));
    for (let at = 0; at < 32; at++) {
      expect(toHex(encrypt(secretOf(flip(KEY, at)), TWEAK, data))).not.toBe(out);
      if (at < 16) expect(toHex(encrypt(key(), flip(TWEAK, at), data))).not.toBe(out);
    }
  });
});

describe('the two forms of XTS', () => {
  it('agree in the first block of a data unit and nowhere else', () => {
    const data = random(64);
    const [gb, ieee] = [sm4.xtsGbEncrypt(key(), TWEAK, data), sm4.xtsIeeeEncrypt(key(), TWEAK, data)];
    expect(gb.subarray(0, 16)).toEqual(ieee.subarray(0, 16));
    for (const at of [16, 32, 48]) {
      expect(gb.subarray(at, at + 16)).not.toEqual(ieee.subarray(at, at + 16));
    }
    expect(sm4.xtsIeeeDecrypt(key(), TWEAK, gb)).not.toEqual(data);
  });
});
