import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  concatBytes,
  createSm4,
  fromHex,
  SM4_GCM_MAX_NONCE_BYTES,
  SM4_PARAMETERS,
  type Sm4NonceCheck,
  sm4,
  toHex,
  utf8,
} from '../src/index.ts';
import { KAT_SM4_GCM } from '../src/spec/v1/known-answers.ts';
import { bad, block, code, flip, NOT_BYTES, openssl, random, secretOf } from './support/sm4.ts';

const KEY = fromHex(KAT_SM4_GCM.key);
const NONCE = fromHex(KAT_SM4_GCM.nonce);
const AAD = fromHex(KAT_SM4_GCM.associatedData);
const DATA = utf8('model weights');
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const gcm = () => sm4.gcm(secretOf(KEY));

const big = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`));
const sized = (value: bigint, length: number): Uint8Array =>
  fromHex(value.toString(16).padStart(2 * length, '0'));

/** GHASH bit by bit on whole numbers. @standard NIST SP 800-38D §6.3, §6.4 */
function ghash(h: bigint, data: Uint8Array): bigint {
  let y = 0n;
  for (let at = 0; at < data.length; at += 16) {
    const x = y ^ big(data.subarray(at, at + 16));
    y = 0n;
    for (let i = 127n, v = h; i >= 0n; i--) {
      if ((x >> i) & 1n) y ^= v;
      v = (v >> 1n) ^ (v & 1n ? 0xe1n << 120n : 0n);
    }
  }
  return y;
}

/** ciphertext ‖ tag on OpenSSL's block cipher. @standard NIST SP 800-38D §7.1 */
function reference(
  key: Uint8Array,
  nonce: Uint8Array,
  data: Uint8Array,
  aad: Uint8Array,
  tagBytes = 16,
): Uint8Array {
  const padded = (part: Uint8Array) => concatBytes(part, zeros(-part.length & 15));
  const bits = (part: Uint8Array) => sized(BigInt(8 * part.length), 8);
  const h = big(block(key, zeros(16)));
  const first =
    nonce.length === 12
      ? concatBytes(nonce, sized(1n, 4))
      : sized(ghash(h, concatBytes(padded(nonce), zeros(8), bits(nonce))), 16);
  const counter = (i: number) =>
    concatBytes(first.subarray(0, 12), sized((big(first.subarray(12)) + BigInt(i)) % 2n ** 32n, 4));
  const counters = Array.from({ length: Math.ceil(data.length / 16) }, (_, i) => counter(i + 1));
  const stream = openssl('ecb', key, null, concatBytes(...counters));
  const ciphertext = data.map((byte, i) => byte ^ stream[i]!);
  const hash = ghash(h, concatBytes(padded(aad), padded(ciphertext), bits(aad), bits(ciphertext)));
  const tag = sized(hash ^ big(block(key, first)), 16);
  return concatBytes(ciphertext, tag.subarray(0, tagBytes));
}

describe('SM4-GCM', () => {
  it('is that of RFC 8998 [part of EDGE-010]', () => {
    const { plaintext, ciphertext, tag } = KAT_SM4_GCM;
    const sealed = gcm().seal(NONCE, fromHex(plaintext), AAD);
    expect(toHex(sealed)).toBe(ciphertext + tag);
    expect(toHex(gcm().open(NONCE, sealed, AAD))).toBe(plaintext);
  });

  it('is that of the standard for all lengths of nonce and tag', () => {
    for (const nonceBytes of [1, 8, 11, 12, 13, 15, 16, 17, 31, 32, 60, 128, 257, SM4_GCM_MAX_NONCE_BYTES]) {
      for (const tagBytes of SM4_PARAMETERS.gcm.tagBytes) {
        const [key, nonce] = [random(16), random(nonceBytes)];
        const [data, aad] = [random((nonceBytes * tagBytes) % 67), random((nonceBytes + tagBytes) % 35)];
        const one = () => sm4.gcm(secretOf(key), { nonceBytes, tagBytes });
        const sealed = one().seal(nonce, data, aad);
        expect(toHex(sealed)).toBe(toHex(reference(key, nonce, data, aad, tagBytes)));
        expect(toHex(one().open(nonce, sealed, aad))).toBe(toHex(data));
      }
    }
  });

  it('has one failure for every change', () => {
    const sealed = gcm().seal(NONCE, DATA, AAD);
    const texts = new Set<string>();
    const attempts: (() => unknown)[] = [
      ...Array.from({ length: sealed.length }, (_, at) => () => gcm().open(NONCE, flip(sealed, at), AAD)),
      ...Array.from({ length: AAD.length }, (_, at) => () => gcm().open(NONCE, sealed, flip(AAD, at))),
      ...Array.from({ length: NONCE.length }, (_, at) => () => gcm().open(flip(NONCE, at), sealed, AAD)),
      () => gcm().open(NONCE, sealed),
      () => gcm().open(NONCE, sealed, concatBytes(AAD, zeros(1))),
      () => gcm().open(NONCE, sealed.subarray(0, -1), AAD),
      () => gcm().open(NONCE, sealed.subarray(0, 15), AAD),
      () => gcm().open(NONCE, zeros(0), AAD),
      () => sm4.gcm(secretOf(KEY), { tagBytes: 12 }).open(NONCE, sealed, AAD),
      () => sm4.gcm(secretOf(zeros(16))).open(NONCE, sealed, AAD),
    ];
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

  it('zeroes what it decrypted when the tag is wrong', () => {
    const outputs: Uint8Array[] = [];
    const on = createSm4({
      ...nobleEngine,
      sm4Gcm(key) {
        const inner = nobleEngine.sm4Gcm(key);
        return new Proxy(inner, {
          get(target, name) {
            if (name !== 'gcmDecrypt') return (target[name as 'ghash'] as () => void).bind(target);
            return (counter: Uint8Array, y: Uint8Array, input: Uint8Array, output: Uint8Array) => {
              target.gcmDecrypt(counter, y, input, output);
              outputs.push(output);
              expect(toHex(output)).toBe(toHex(DATA));
            };
          },
        });
      },
    });
    const sealed = gcm().seal(NONCE, DATA, AAD);
    const wrong = flip(sealed, sealed.length - 1);
    expect(() => on.gcm(secretOf(KEY)).open(NONCE, wrong, AAD)).toThrow(code('ERR_DECRYPT_FAILED'));
    expect(outputs.map(toHex)).toEqual([toHex(zeros(DATA.length))]);
  });

  it('refuses nonces of another length and other types [part of EDGE-011]', () => {
    for (const length of [0, 1, 11, 13, 16]) {
      expect(() => gcm().seal(zeros(length), DATA)).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => gcm().open(zeros(length), zeros(32))).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => gcm().encryptor(zeros(length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
    for (const value of NOT_BYTES) {
      expect(() => gcm().seal(bad(value), DATA)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().seal(NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().open(NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().encryptor(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      if (value === undefined) continue;
      expect(() => gcm().seal(NONCE, DATA, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().open(NONCE, zeros(32), bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().encryptor(NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it.each([0, 1025, -1, 12.5, Number.NaN, '12', null])(
    'refuses %s as nonce length [part of EDGE-011]',
    (value) => {
      expect(() => sm4.gcm(secretOf(KEY), { nonceBytes: value as number })).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it.each([0, 1, 2, 3, 5, 7, 9, 11, 17, 32, '16', null])(
    'refuses %s as tag length [part of EDGE-011]',
    (value) => {
      expect(() => sm4.gcm(secretOf(KEY), { tagBytes: value as number })).toThrow(code('ERR_INPUT_VALUE'));
      expect(() => sm4.gmac(secretOf(KEY), NONCE, DATA, { tagBytes: value as number })).toThrow(
        code('ERR_INPUT_VALUE'),
      );
    },
  );
});

describe('a nonce that comes twice to one SM4-GCM object', () => {
  const at = (value: number): Uint8Array => sized(BigInt(value), 12);

  it('is refused for sealing', () => {
    const one = gcm();
    one.seal(at(1), DATA);
    expect(() => one.seal(at(1), DATA)).toThrow(code('ERR_NONCE_REUSED'));
    expect(() => one.encryptor(at(1))).toThrow(code('ERR_NONCE_REUSED'));
    one.encryptor(at(2)).destroy();
    expect(() => one.seal(at(2), DATA)).toThrow(code('ERR_NONCE_REUSED'));
    one.seal(at(3), DATA);
  });

  it('is refused whatever was between, where nonces must increase', () => {
    const one = sm4.gcm(secretOf(KEY), { nonceCheck: 'increasing' });
    for (const value of [1, 2, 255, 256, 70_000]) one.seal(at(value), DATA);
    for (const value of [0, 1, 2, 256, 69_999, 70_000]) {
      expect(() => one.seal(at(value), DATA)).toThrow(code('ERR_NONCE_REUSED'));
    }
    one.seal(at(70_001), DATA);
  });

  it('does not count when the call was refused, and never for opening', () => {
    const one = gcm();
    expect(() => one.seal(at(1), bad('text'))).toThrow(code('ERR_INPUT_TYPE'));
    const sealed = one.seal(at(1), DATA);
    expect(one.open(at(1), sealed)).toEqual(one.open(at(1), sealed));
  });

  it('is not looked at where the caller says so', () => {
    const one = sm4.gcm(secretOf(KEY), { nonceCheck: 'unchecked' });
    expect(one.seal(at(1), DATA)).toEqual(one.seal(at(1), DATA));
    for (const value of ['none', '', null]) {
      expect(() => sm4.gcm(secretOf(KEY), { nonceCheck: value as Sm4NonceCheck })).toThrow(
        code('ERR_INPUT_VALUE'),
      );
    }
  });
});

describe('SM4-GMAC', () => {
  it('is the tag of GCM over nothing', () => {
    for (const nonceBytes of [1, 12, 16, 60]) {
      for (const tagBytes of SM4_PARAMETERS.gmac.tagBytes) {
        const [key, nonce, data] = [random(16), random(nonceBytes), random(3 * tagBytes)];
        const tag = sm4.gmac(secretOf(key), nonce, data, { tagBytes });
        expect(toHex(tag)).toBe(toHex(reference(key, nonce, zeros(0), data, tagBytes)));
        expect(sm4.verifyGmac(secretOf(key), nonce, data, tag, { tagBytes })).toBe(true);
        for (let i = 0; i < tagBytes; i++) {
          expect(sm4.verifyGmac(secretOf(key), nonce, data, flip(tag, i), { tagBytes })).toBe(false);
        }
        expect(sm4.verifyGmac(secretOf(key), nonce, flip(data, 1), tag, { tagBytes })).toBe(false);
        expect(sm4.verifyGmac(secretOf(key), flip(nonce, 0), data, tag, { tagBytes })).toBe(false);
      }
    }
  });

  it('refuses lengths and types that are not its own', () => {
    for (const length of [0, SM4_GCM_MAX_NONCE_BYTES + 1]) {
      expect(() => sm4.gmac(secretOf(KEY), zeros(length), DATA)).toThrow(code('ERR_INPUT_LENGTH'));
    }
    for (const length of [0, 12, 15, 17]) {
      expect(() => sm4.verifyGmac(secretOf(KEY), NONCE, DATA, zeros(length))).toThrow(
        code('ERR_INPUT_LENGTH'),
      );
    }
    for (const value of NOT_BYTES) {
      expect(() => sm4.gmac(secretOf(KEY), bad(value), DATA)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.gmac(secretOf(KEY), NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.verifyGmac(secretOf(KEY), NONCE, DATA, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
  });
});
