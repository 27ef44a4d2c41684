import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, sm4, toHex } from '../src/index.ts';
import { KAT_SM4_BLOCK, KAT_SM4_CBC, KAT_SM4_CTR } from '../src/spec/v1/known-answers.ts';
import { bad, block, code, flip, NOT_BYTES, openssl, random, secretOf } from './support/sm4.ts';

const KEY = fromHex(KAT_SM4_CBC.key);
const IV = fromHex(KAT_SM4_CBC.iv);
const key = () => secretOf(KEY);
/** Lengths around blocks and around the 16 KiB that modes handle at a time. */
const LENGTHS = [0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 16_383, 16_384, 16_385, 33_000];

/** CFB with 8 bits of feedback, written down as the standard says it, on OpenSSL's block cipher. */
function cfb8(raw: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  let register = Uint8Array.from(iv);
  return data.map((byte) => {
    const out = byte ^ block(raw, register)[0]!;
    register = concatBytes(register.subarray(1), Uint8Array.of(out)) as Uint8Array<ArrayBuffer>;
    return out;
  });
}

describe('SM4-ECB as a building block', () => {
  it('is that of the standard and of OpenSSL [part of EDGE-010]', () => {
    const plaintext = fromHex(KAT_SM4_BLOCK.plaintext);
    expect(toHex(sm4.ecbEncryptBlocks(secretOf(fromHex(KAT_SM4_BLOCK.key)), plaintext))).toBe(
      KAT_SM4_BLOCK.ciphertext,
    );
    for (const blocks of [0, 1, 2, 7, 16, 33]) {
      const [raw, data] = [random(16), random(16 * blocks)];
      const ciphertext = sm4.ecbEncryptBlocks(secretOf(raw), data);
      expect(ciphertext).toEqual(openssl('ecb', raw, null, data));
      expect(sm4.ecbDecryptBlocks(secretOf(raw), ciphertext)).toEqual(data);
    }
  });

  it.each([1, 15, 17, 31])('refuses %i bytes', (length) => {
    expect(() => sm4.ecbEncryptBlocks(key(), new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm4.ecbDecryptBlocks(key(), new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it.each(NOT_BYTES)('refuses %s', (value) => {
    expect(() => sm4.ecbEncryptBlocks(key(), bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm4.ecbDecryptBlocks(key(), bad(value))).toThrow(code('ERR_INPUT_TYPE'));
  });
});

const STREAMS = {
  ctr: [sm4.ctr, sm4.ctr],
  cfb: [sm4.cfbEncrypt, sm4.cfbDecrypt],
  ofb: [sm4.ofb, sm4.ofb],
} as const;

describe.each(['ctr', 'cfb', 'ofb'] as const)('SM4-%s', (mode) => {
  const [encrypt, decrypt] = STREAMS[mode];

  it('is that of OpenSSL at every length [part of EDGE-010]', () => {
    for (const length of LENGTHS) {
      const [raw, iv, data] = [random(16), random(16), random(length)];
      const ivBefore = toHex(iv);
      const ciphertext = encrypt(secretOf(raw), iv, data);
      expect(toHex(ciphertext), `${length} bytes`).toBe(toHex(openssl(mode, raw, iv, data)));
      expect(toHex(decrypt(secretOf(raw), iv, ciphertext)), `${length} bytes`).toBe(toHex(data));
      expect(toHex(iv)).toBe(ivBefore);
    }
  });

  it('takes inputs that lie anywhere in memory', () => {
    const room = random(400);
    for (const at of [0, 1, 2, 3, 5, 8]) {
      const data = room.subarray(at, at + 300);
      expect(encrypt(key(), IV, data)).toEqual(openssl(mode, KEY, IV, data));
      expect(decrypt(key(), IV, data)).toEqual(decrypt(key(), IV, Uint8Array.from(data)));
    }
  });

  it('refuses IVs of another length and other types', () => {
    for (const call of [encrypt, decrypt]) {
      for (const length of [0, 8, 12, 15, 17, 32]) {
        expect(() => call(key(), new Uint8Array(length), IV)).toThrow(code('ERR_INPUT_LENGTH'));
      }
      for (const value of NOT_BYTES) {
        expect(() => call(key(), bad(value), IV)).toThrow(code('ERR_INPUT_TYPE'));
        expect(() => call(key(), IV, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      }
    }
  });
});

describe('SM4-CTR', () => {
  it('is that of the annex in both directions [part of EDGE-010]', () => {
    const { counter, plaintext, ciphertext } = KAT_SM4_CTR;
    expect(toHex(sm4.ctr(key(), fromHex(counter), fromHex(plaintext)))).toBe(ciphertext);
    expect(toHex(sm4.ctr(key(), fromHex(counter), fromHex(ciphertext)))).toBe(plaintext);
  });

  it('carries through all 128 bits of the counter', () => {
    for (const counter of ['ff'.repeat(16), `${'00'.repeat(8)}${'ff'.repeat(8)}`, `00${'ff'.repeat(15)}`]) {
      const data = random(80);
      expect(sm4.ctr(key(), fromHex(counter), data)).toEqual(openssl('ctr', KEY, fromHex(counter), data));
    }
  });
});

describe('SM4-CFB8', () => {
  it('is that of the standard', () => {
    for (const length of [0, 1, 2, 15, 16, 17, 40]) {
      const [raw, iv, data] = [random(16), random(16), random(length)];
      const ciphertext = sm4.cfb8Encrypt(secretOf(raw), iv, data);
      expect(ciphertext).toEqual(cfb8(raw, iv, data));
      expect(sm4.cfb8Decrypt(secretOf(raw), iv, ciphertext)).toEqual(data);
    }
    const long = random(2100);
    expect(sm4.cfb8Decrypt(key(), IV, sm4.cfb8Encrypt(key(), IV, long))).toEqual(long);
  });

  it('finds its way back after sixteen bytes behind an error', () => {
    const data = random(60);
    const out = sm4.cfb8Decrypt(key(), IV, flip(sm4.cfb8Encrypt(key(), IV, data), 10));
    expect(out.subarray(0, 10)).toEqual(data.subarray(0, 10));
    expect(out.subarray(27)).toEqual(data.subarray(27));
    expect(out.subarray(10, 27)).not.toEqual(data.subarray(10, 27));
  });

  it('refuses IVs of another length and other types', () => {
    for (const call of [sm4.cfb8Encrypt, sm4.cfb8Decrypt]) {
      expect(() => call(key(), new Uint8Array(15), IV)).toThrow(code('ERR_INPUT_LENGTH'));
      for (const value of NOT_BYTES) {
        expect(() => call(key(), bad(value), IV)).toThrow(code('ERR_INPUT_TYPE'));
        expect(() => call(key(), IV, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      }
    }
  });
});
