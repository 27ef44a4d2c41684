import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, type Sm4CbcPadding, sm4, toHex } from '../src/index.ts';
import { KAT_SM4_CBC } from '../src/spec/v1/known-answers.ts';
import { bad, code, flip, NOT_BYTES, openssl, random, secretOf } from './support/sm4.ts';

const KEY = fromHex(KAT_SM4_CBC.key);
const IV = fromHex(KAT_SM4_CBC.iv);
const NONE = { padding: 'none' } as const;
const key = () => secretOf(KEY);

describe('SM4-CBC', () => {
  it('is that of the annex, with PKCS#7 padding behind it [part of EDGE-010]', () => {
    const { plaintext, ciphertext } = KAT_SM4_CBC;
    const out = sm4.cbcEncrypt(key(), IV, fromHex(plaintext));
    expect(toHex(out).slice(0, 64)).toBe(ciphertext);
    expect(out).toHaveLength(48);
    expect(toHex(sm4.cbcDecrypt(key(), IV, out))).toBe(plaintext);
    expect(toHex(sm4.cbcEncrypt(key(), IV, fromHex(plaintext), NONE))).toBe(ciphertext);
    expect(toHex(sm4.cbcDecrypt(key(), IV, fromHex(ciphertext), NONE))).toBe(plaintext);
  });

  it('pads every length as OpenSSL reads it', () => {
    for (let length = 0; length <= 33; length++) {
      const data = random(length);
      const count = 16 - (length % 16);
      const padded = concatBytes(data, new Uint8Array(count).fill(count));
      const out = sm4.cbcEncrypt(key(), IV, data);
      expect(out).toEqual(openssl('cbc', KEY, IV, padded));
      expect(toHex(sm4.cbcDecrypt(key(), IV, out))).toBe(toHex(data));
    }
  });

  it.each([
    '00000000000000000000000000000000',
    '00000000000000000000000000000011',
    '000000000000000000000000000000ff',
    '00000000000000000000000000000080',
    '00000000000000000000000000000302',
    '00000000000000000000000000020303',
    '0f101010101010101010101010101010',
    '11111111111111111111111111111111',
  ])('refuses the padding %s', (last) => {
    for (const before of [0, 16, 48]) {
      const ciphertext = openssl('cbc', KEY, IV, concatBytes(random(before), fromHex(last)));
      expect(() => sm4.cbcDecrypt(key(), IV, ciphertext)).toThrow(code('ERR_DECRYPT_FAILED'));
    }
  });

  it.each([0, 1, 15, 17, 31])('refuses a ciphertext of %i bytes', (length) => {
    expect(() => sm4.cbcDecrypt(key(), IV, new Uint8Array(length))).toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it('without padding takes whole blocks only', () => {
    for (const length of [1, 15, 17, 31]) {
      expect(() => sm4.cbcEncrypt(key(), IV, new Uint8Array(length), NONE)).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => sm4.cbcDecrypt(key(), IV, new Uint8Array(length), NONE)).toThrow(
        code('ERR_DECRYPT_FAILED'),
      );
    }
    expect(sm4.cbcEncrypt(key(), IV, new Uint8Array(0), NONE)).toHaveLength(0);
  });

  it.each(['pkcs5', 'zeros', '', 'PKCS7', 16, null])(
    'refuses the padding option %s [part of EDGE-011]',
    (value) => {
      const padding = value as Sm4CbcPadding;
      expect(() => sm4.cbcEncrypt(key(), IV, IV, { padding })).toThrow(code('ERR_INPUT_VALUE'));
      expect(() => sm4.cbcDecrypt(key(), IV, IV, { padding })).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it('refuses other types and IVs of another length', () => {
    for (const call of [sm4.cbcEncrypt, sm4.cbcDecrypt, sm4.cbcCs3Encrypt, sm4.cbcCs3Decrypt]) {
      for (const value of NOT_BYTES) {
        expect(() => call(key(), bad(value), IV)).toThrow(code('ERR_INPUT_TYPE'));
        expect(() => call(key(), IV, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      }
      for (const length of [0, 12, 15, 17]) {
        expect(() => call(key(), new Uint8Array(length), IV)).toThrow(code('ERR_INPUT_LENGTH'));
      }
    }
  });
});

/** CS3 after the words of the standard: CBC of zero-padded data, the last two blocks swapped and cut. */
function cs3(raw: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const whole = openssl('cbc', raw, iv, concatBytes(data, new Uint8Array(-data.length & 15)));
  if (data.length === 16) return whole;
  const [head, before, last] = [whole.subarray(0, -32), whole.subarray(-32, -16), whole.subarray(-16)];
  return concatBytes(head, last, before.subarray(0, ((data.length - 1) % 16) + 1));
}

describe('SM4-CBC-CS3', () => {
  it('is that of the standard at every length', () => {
    for (let length = 16; length <= 81; length++) {
      const [raw, iv, data] = [random(16), random(16), random(length)];
      const out = sm4.cbcCs3Encrypt(secretOf(raw), iv, data);
      expect(toHex(out), `${length} bytes`).toBe(toHex(cs3(raw, iv, data)));
      expect(toHex(sm4.cbcCs3Decrypt(secretOf(raw), iv, out)), `${length} bytes`).toBe(toHex(data));
    }
  });

  it.each([0, 1, 15])('refuses %i bytes', (length) => {
    expect(() => sm4.cbcCs3Encrypt(key(), IV, new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm4.cbcCs3Decrypt(key(), IV, new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it('does not hide a change', () => {
    const data = random(40);
    const out = sm4.cbcCs3Encrypt(key(), IV, data);
    for (let at = 0; at < out.length; at++) {
      expect(toHex(sm4.cbcCs3Decrypt(key(), IV, flip(out, at)))).not.toBe(toHex(data));
    }
  });
});
