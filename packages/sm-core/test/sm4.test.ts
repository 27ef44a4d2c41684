import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { concatBytes, createSm4, fromHex, randomBytes, Secret, sm4, toHex, utf8 } from '../src/index.ts';
import { KAT_SM4_CBC, KAT_SM4_CTR, KAT_SM4_GCM } from '../src/spec/v1/known-answers.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bad = (value: unknown) => value as Uint8Array;
const key = () => Secret.take(fromHex(KAT_SM4_CBC.key));
const IV = fromHex(KAT_SM4_CBC.iv);
const NONCE = fromHex(KAT_SM4_GCM.nonce);
const AAD = fromHex(KAT_SM4_GCM.associatedData);
const NOT_BYTES = [undefined, null, 'text', 7, [1, 2]];

describe('SM4 keys', () => {
  it.each([0, 8, 15, 17, 24, 32])('of %i bytes are refused [part of EDGE-011]', (length) => {
    const wrong = Secret.take(new Uint8Array(length));
    expect(() => sm4.cbcEncrypt(wrong, IV, IV)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm4.ctr(wrong, IV, IV)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm4.gcm(wrong)).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it.each([undefined, null, new Uint8Array(16), 'k'.repeat(16)])(
    'that are not a Secret are refused: %s',
    (value) => {
      const wrong = value as unknown as Secret;
      expect(() => sm4.cbcEncrypt(wrong, IV, IV)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.cbcDecrypt(wrong, IV, IV)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.ctr(wrong, IV, IV)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.gcm(wrong)).toThrow(code('ERR_INPUT_TYPE'));
    },
  );
});

describe('SM4-CBC', () => {
  it('gives its plaintext away whole when the engine answers with a Buffer', () => {
    const buffers = createSm4({
      ...nobleEngine,
      sm4Cbc: (...args) => Buffer.from(nobleEngine.sm4Cbc(...args)),
    });
    const sealed = buffers.cbcEncrypt(key(), IV, utf8('plaintext'));
    expect(toHex(buffers.cbcDecrypt(key(), IV, sealed))).toBe(toHex(utf8('plaintext')));
  });

  it('is that of the annex, with PKCS#7 padding behind it [part of EDGE-010]', () => {
    const { plaintext, ciphertext } = KAT_SM4_CBC;
    const out = sm4.cbcEncrypt(key(), IV, fromHex(plaintext));
    expect(toHex(out).slice(0, 64)).toBe(ciphertext);
    expect(out).toHaveLength(48);
    expect(toHex(sm4.cbcDecrypt(key(), IV, out))).toBe(plaintext);
  });

  it('pads every length', () => {
    for (let length = 0; length <= 33; length++) {
      const data = randomBytes(length);
      const out = sm4.cbcEncrypt(key(), IV, data);
      expect(out.length).toBe(16 * (Math.floor(length / 16) + 1));
      expect(toHex(sm4.cbcDecrypt(key(), IV, out))).toBe(toHex(data));
    }
  });

  it.each([
    '00000000000000000000000000000000',
    '00000000000000000000000000000011',
    '000000000000000000000000000000ff',
    '00000000000000000000000000000302',
    '00000000000000000000000000020303',
    '0f101010101010101010101010101010',
  ])('refuses the padding %s', (block) => {
    const ciphertext = nobleEngine.sm4Cbc(fromHex(KAT_SM4_CBC.key), IV, fromHex(block), 'encrypt');
    expect(() => sm4.cbcDecrypt(key(), IV, ciphertext)).toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it.each([0, 1, 15, 17, 31])('refuses a ciphertext of %i bytes', (length) => {
    expect(() => sm4.cbcDecrypt(key(), IV, new Uint8Array(length))).toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it('refuses other types and IVs of another length', () => {
    for (const value of NOT_BYTES) {
      expect(() => sm4.cbcEncrypt(key(), bad(value), IV)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.cbcEncrypt(key(), IV, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.cbcDecrypt(key(), IV, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
    for (const length of [0, 12, 15, 17]) {
      expect(() => sm4.cbcEncrypt(key(), new Uint8Array(length), IV)).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });
});

describe('SM4-CTR', () => {
  it('is that of the annex in both directions [part of EDGE-010]', () => {
    const { counter, plaintext, ciphertext } = KAT_SM4_CTR;
    expect(toHex(sm4.ctr(key(), fromHex(counter), fromHex(plaintext)))).toBe(ciphertext);
    expect(toHex(sm4.ctr(key(), fromHex(counter), fromHex(ciphertext)))).toBe(plaintext);
  });

  it('refuses counters of another length and other types', () => {
    expect(() => sm4.ctr(key(), new Uint8Array(12), IV)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm4.ctr(key(), bad(undefined), IV)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm4.ctr(key(), IV, bad('data'))).toThrow(code('ERR_INPUT_TYPE'));
  });
});

describe('SM4-GCM', () => {
  const gcm = () => sm4.gcm(key());

  it('is that of RFC 8998 [part of EDGE-010]', () => {
    const { plaintext, ciphertext, tag } = KAT_SM4_GCM;
    const sealed = gcm().seal(NONCE, fromHex(plaintext), AAD);
    expect(toHex(sealed)).toBe(ciphertext + tag);
    expect(toHex(gcm().open(NONCE, sealed, AAD))).toBe(plaintext);
  });

  it('has one failure for every change', () => {
    const sealed = gcm().seal(NONCE, utf8('model weights'), AAD);
    const texts = new Set<string>();
    const attempts: (() => unknown)[] = [
      ...Array.from({ length: sealed.length }, (_, at) => () => {
        gcm().open(
          NONCE,
          sealed.map((byte, i) => (i === at ? byte ^ 0x10 : byte)),
          AAD,
        );
      }),
      () => gcm().open(NONCE, sealed),
      () => gcm().open(NONCE, sealed, concatBytes(AAD, Uint8Array.of(0))),
      () => gcm().open(new Uint8Array(12), sealed, AAD),
      () => gcm().open(NONCE, sealed.subarray(0, 15), AAD),
      () => gcm().open(NONCE, new Uint8Array(0), AAD),
      () => sm4.gcm(Secret.take(new Uint8Array(16))).open(NONCE, sealed, AAD),
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

  it('refuses nonces of another length and other types [part of EDGE-011]', () => {
    for (const length of [0, 1, 11, 13, 16]) {
      expect(() => gcm().seal(new Uint8Array(length), IV)).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => gcm().open(new Uint8Array(length), new Uint8Array(32))).toThrow(code('ERR_INPUT_LENGTH'));
    }
    for (const value of NOT_BYTES) {
      expect(() => gcm().seal(bad(value), IV)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().seal(NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().open(NONCE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().openBox(bad(value), AAD)).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('boxes carry a fresh nonce each and bind their context', () => {
    const box = gcm().sealBox(utf8('key'), AAD);
    const other = gcm().sealBox(utf8('key'), AAD);
    expect(toHex(box)).not.toBe(toHex(other));
    expect(box).toHaveLength(12 + 3 + 16);
    expect(toHex(gcm().openBox(box, AAD))).toBe(toHex(utf8('key')));
    expect(() => gcm().openBox(box, utf8('another'))).toThrow(code('ERR_DECRYPT_FAILED'));
    for (const length of [0, 12, 27]) {
      expect(() => gcm().openBox(box.subarray(0, length), AAD)).toThrow(code('ERR_DECRYPT_FAILED'));
    }
    const swapped = concatBytes(other.subarray(0, 12), box.subarray(12));
    expect(() => gcm().openBox(swapped, AAD)).toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it('takes the nonces of boxes from the given source', () => {
    const nonces: number[] = [];
    const random = {
      fill(out: Uint8Array) {
        nonces.push(out.length);
        out.fill(nonces.length);
      },
    };
    const box = createSm4(nobleEngine, random).gcm(key()).sealBox(IV, AAD);
    expect(toHex(box.subarray(0, 12))).toBe('01'.repeat(12));
    expect(nonces).toEqual([12]);
  });

  it('outlives its key but not destroy', () => {
    const secret = key();
    const live = sm4.gcm(secret);
    secret.destroy();
    const box = live.sealBox(IV, AAD);
    live.destroy();
    live.destroy();
    for (const call of [
      () => live.seal(NONCE, IV, AAD),
      () => live.open(NONCE, IV, AAD),
      () => live.sealBox(IV, AAD),
      () => live.openBox(box, AAD),
    ]) {
      expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
    }
    expect(() => sm4.gcm(secret)).toThrow(code('ERR_SECRET_DESTROYED'));
  });
});

describe('SM4 capabilities', () => {
  it('that an engine lacks are refused by name [part of EDGE-011]', () => {
    const none = createSm4({ ...nobleEngine, capabilities: new Set() });
    expect(() => none.cbcEncrypt(key(), IV, IV)).toThrow(/capability=sm4.cbc/);
    expect(() => none.cbcDecrypt(key(), IV, IV)).toThrow(/capability=sm4.cbc/);
    expect(() => none.ctr(key(), IV, IV)).toThrow(/capability=sm4.ctr/);
    expect(() => none.gcm(key())).toThrow(/capability=sm4.gcm/);
  });
});
