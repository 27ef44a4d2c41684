import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, SM4_PARAMETERS, type Sm4NonceCheck, sm4, toHex } from '../src/index.ts';
import { bad, block, code, flip, NOT_BYTES, openssl, random, secretOf } from './support/sm4.ts';

const KEY = fromHex('0123456789abcdeffedcba9876543210');
const NONCE = fromHex('00001234567800000000abcd');
const AAD = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
const DATA = Uint8Array.from({ length: 64 }, (_, i) => i);
const ccm = () => sm4.ccm(secretOf(KEY));
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const padded = (data: Uint8Array): Uint8Array => concatBytes(data, zeros(-data.length & 15));

/** A number as `length` bytes. */
const number = (value: number, length: number): Uint8Array =>
  fromHex(value.toString(16).padStart(2 * length, '0'));

/** CCM after RFC 3610 on OpenSSL's CBC and block cipher. */
function reference(
  key: Uint8Array,
  nonce: Uint8Array,
  data: Uint8Array,
  aad: Uint8Array,
  tagBytes: number,
): Uint8Array {
  const q = 15 - nonce.length;
  const first = Uint8Array.of((aad.length > 0 ? 64 : 0) + 4 * (tagBytes - 2) + q - 1);
  const aadLength =
    aad.length < 65_280 ? number(aad.length, 2) : concatBytes(fromHex('fffe'), number(aad.length, 4));
  const blocks = concatBytes(
    first,
    nonce,
    number(data.length, q),
    aad.length > 0 ? padded(concatBytes(aadLength, aad)) : aad,
    padded(data),
  );
  const mac = openssl('cbc', key, zeros(16), blocks).slice(-16);
  const counter = (i: number): Uint8Array => concatBytes(Uint8Array.of(q - 1), nonce, number(i, q));
  const ciphertext = openssl('ctr', key, counter(1), data);
  const mask = block(key, counter(0));
  return concatBytes(ciphertext, mac.map((byte, i) => byte ^ mask[i]!).subarray(0, tagBytes));
}

describe('SM4-CCM', () => {
  it('is that of RFC 3610 for all lengths of nonce, tag, data and associated data', () => {
    for (let nonceBytes = 7; nonceBytes <= 13; nonceBytes++) {
      for (const tagBytes of SM4_PARAMETERS.ccm.tagBytes) {
        const [key, nonce] = [random(16), random(nonceBytes)];
        const [data, aad] = [random((nonceBytes * tagBytes) % 50), random((nonceBytes + 5 * tagBytes) % 41)];
        const one = () => sm4.ccm(secretOf(key), { nonceBytes, tagBytes });
        const sealed = one().seal(nonce, data, aad);
        expect(toHex(sealed)).toBe(toHex(reference(key, nonce, data, aad, tagBytes)));
        expect(toHex(one().open(nonce, sealed, aad))).toBe(toHex(data));
      }
    }
  });

  it('is that of RFC 3610 at the borders of its encodings', () => {
    for (const [dataBytes, aadBytes] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [16, 14],
      [17, 13],
      [33, 65_279],
      [31, 65_280],
      [5, 65_537],
      [70_000, 30],
    ] as const) {
      const [nonce, data, aad] = [random(12), random(dataBytes), random(aadBytes)];
      const sealed = ccm().seal(nonce, data, aad);
      expect(toHex(sealed)).toBe(toHex(reference(KEY, nonce, data, aad, 16)));
      expect(toHex(ccm().open(nonce, sealed, aad))).toBe(toHex(data));
    }
  });

  it('has one failure for every change and gives no plaintext', () => {
    const sealed = ccm().seal(NONCE, DATA, AAD);
    const attempts: (() => unknown)[] = [
      ...Array.from({ length: sealed.length }, (_, at) => () => ccm().open(NONCE, flip(sealed, at), AAD)),
      ...Array.from({ length: AAD.length }, (_, at) => () => ccm().open(NONCE, sealed, flip(AAD, at))),
      ...Array.from({ length: NONCE.length }, (_, at) => () => ccm().open(flip(NONCE, at), sealed, AAD)),
      () => ccm().open(NONCE, sealed),
      () => ccm().open(NONCE, sealed, concatBytes(AAD, zeros(1))),
      () => ccm().open(NONCE, sealed.subarray(0, -1), AAD),
      () => ccm().open(NONCE, sealed.subarray(0, 15), AAD),
      () => ccm().open(NONCE, zeros(0), AAD),
      () => sm4.ccm(secretOf(KEY), { tagBytes: 14 }).open(NONCE, sealed.subarray(0, -2), AAD),
      () => sm4.ccm(secretOf(zeros(16))).open(NONCE, sealed, AAD),
    ];
    const texts = new Set<string>();
    for (const attempt of attempts) {
      try {
        attempt();
        expect.unreachable();
      } catch (error) {
        texts.add(`${(error as { code: string }).code} ${(error as Error).message}`);
      }
    }
    expect([...texts]).toEqual(['ERR_DECRYPT_FAILED Decryption failed.']);
  });

  it('bounds the message by the length of the nonce', () => {
    const short = () => sm4.ccm(secretOf(KEY), { nonceBytes: 13 });
    expect(short().seal(zeros(13), zeros(65_535))).toHaveLength(65_551);
    expect(() => short().seal(zeros(13), zeros(65_536))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => short().open(zeros(13), zeros(65_552))).toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it.each([0, 6, 14, 16, 12.5, Number.NaN, '12', null])(
    'refuses %s as the length of nonces [part of EDGE-011]',
    (value) => {
      expect(() => sm4.ccm(secretOf(KEY), { nonceBytes: value as number })).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it.each([0, 2, 3, 5, 7, 13, 15, 17, 32, '16', null])(
    'refuses %s as the length of tags [part of EDGE-011]',
    (value) => {
      expect(() => sm4.ccm(secretOf(KEY), { tagBytes: value as number })).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it('refuses a nonce twice, and other nonces than it was made for', () => {
    const one = ccm();
    one.seal(NONCE, DATA);
    expect(() => one.seal(NONCE, DATA)).toThrow(code('ERR_NONCE_REUSED'));
    for (const length of [0, 7, 11, 13]) {
      expect(() => one.seal(zeros(length), DATA)).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => one.open(zeros(length), DATA)).toThrow(code('ERR_INPUT_LENGTH'));
    }
    expect(() => sm4.ccm(secretOf(KEY), { nonceCheck: 'never' as Sm4NonceCheck })).toThrow(
      code('ERR_INPUT_VALUE'),
    );
  });

  it('refuses other types, and everything after destroy', () => {
    const one = ccm();
    for (const value of NOT_BYTES) {
      expect(() => one.seal(bad(value), DATA)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => one.seal(NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => one.open(NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      if (value !== undefined)
        expect(() => one.seal(NONCE, DATA, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
    one.destroy();
    one.destroy();
    expect(() => one.seal(NONCE, DATA)).toThrow(code('ERR_SECRET_DESTROYED'));
    expect(() => one.open(NONCE, DATA)).toThrow(code('ERR_SECRET_DESTROYED'));
  });
});
