import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { createSm3, fromHex, hkdfSm3, hmacSm3, Secret, sm3, sm3Hash, toHex, utf8 } from '../src/index.ts';
import { KAT_HMAC_SM3, KAT_SM3_ABC, KAT_SM3_ABCD16 } from '../src/spec/v1/known-answers.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bad = (value: unknown) => value as Uint8Array;
const NOT_BYTES = [undefined, null, 'text', 7, [1, 2], new Uint16Array(2)];
const { kdfSm3 } = createSm3(nobleEngine);

describe('SM3', () => {
  it('is that of the annex [part of EDGE-010]', () => {
    for (const { message, digest } of [KAT_SM3_ABC, KAT_SM3_ABCD16]) {
      expect(toHex(sm3(fromHex(message)))).toBe(digest);
      expect(toHex(sm3Hash().update(fromHex(message)).digest())).toBe(digest);
    }
  });

  it('cannot be used after the digest', () => {
    const hash = sm3Hash().update(utf8('abc'));
    hash.digest();
    for (const call of [() => hash.update(utf8('d')), () => hash.digest(), () => hash.clone()]) {
      expect(call).toThrow(code('ERR_HASH_FINISHED'));
    }
  });

  it('gives clones of their own', () => {
    const hash = sm3Hash().update(utf8('ab'));
    const clone = hash.clone().update(utf8('c'));
    hash.update(utf8('x')).digest();
    expect(toHex(clone.digest())).toBe(KAT_SM3_ABC.digest);
  });

  it.each(NOT_BYTES)('takes no other types: %s', (value) => {
    expect(() => sm3(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm3Hash().update(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => hmacSm3(bad(value), utf8('m'))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => hmacSm3(utf8('k'), utf8('m'), bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => hkdfSm3(bad(value), utf8('s'), utf8('i'), 32)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => hkdfSm3(utf8('k'), bad(value), utf8('i'), 32)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => hkdfSm3(utf8('k'), utf8('s'), bad(value), 32)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => kdfSm3(bad(value), 32)).toThrow(code('ERR_INPUT_TYPE'));
  });
});

describe('HMAC-SM3', () => {
  const { key, message, tag } = KAT_HMAC_SM3;

  it('is that of GM/T 0042, for keys in and out of a Secret and messages in parts', () => {
    const [head, tail] = [fromHex(message).subarray(0, 9), fromHex(message).subarray(9)];
    expect(toHex(hmacSm3(fromHex(key), fromHex(message)))).toBe(tag);
    expect(toHex(hmacSm3(Secret.take(fromHex(key)), head, tail))).toBe(tag);
  });

  it('depends on every bit of key and message', () => {
    const k = fromHex(key);
    k[31]! ^= 1;
    const m = fromHex(message);
    m[0]! ^= 0x80;
    expect(toHex(hmacSm3(k, fromHex(message)))).not.toBe(tag);
    expect(toHex(hmacSm3(fromHex(key), m))).not.toBe(tag);
  });

  it('hashes keys longer than a block, and a destroyed key gives nothing', () => {
    const long = new Uint8Array(65).fill(7);
    expect(toHex(hmacSm3(long, utf8('m')))).toBe(toHex(hmacSm3(sm3(long), utf8('m'))));
    const secret = Secret.take(new Uint8Array(16));
    secret.destroy();
    expect(() => hmacSm3(secret, utf8('m'))).toThrow(code('ERR_SECRET_DESTROYED'));
  });
});

describe('key derivation', () => {
  it('of RFC 5869 has no more than 255 blocks', () => {
    expect(hkdfSm3(utf8('k'), utf8('s'), utf8('i'), 8160)).toHaveLength(8160);
    expect(hkdfSm3(utf8('k'), utf8('s'), utf8('i'), 0)).toHaveLength(0);
    for (const length of [8161, -1, 1.5, Number.NaN, '32' as unknown as number]) {
      expect(() => hkdfSm3(utf8('k'), utf8('s'), utf8('i'), length)).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });

  it('of RFC 5869 is front parts of one stream, apart for each info and salt', () => {
    const derive = (salt: string, info: string, length: number) =>
      toHex(hkdfSm3(Secret.copy(utf8('ikm')), utf8(salt), utf8(info), length));
    expect(derive('s', 'i', 100).startsWith(derive('s', 'i', 33))).toBe(true);
    expect(new Set([derive('s', 'i', 32), derive('s', 'j', 32), derive('t', 'i', 32)]).size).toBe(3);
    expect(derive('', 'i', 32)).toBe(toHex(hkdfSm3(utf8('ikm'), new Uint8Array(32), utf8('i'), 32)));
  });

  it('of the SM2 standard counts from one', () => {
    const z = utf8('z');
    const first = sm3(fromHex('7a00000001'));
    const second = sm3(fromHex('7a00000002'));
    expect(toHex(kdfSm3(z, 40))).toBe(toHex(first) + toHex(second.subarray(0, 8)));
    expect(kdfSm3(z, 0)).toHaveLength(0);
    for (const length of [-1, 0.5, (1 << 20) + 1]) {
      expect(() => kdfSm3(z, length)).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });
});

describe('SM3 capabilities', () => {
  it('that an engine lacks are refused by name [part of EDGE-011]', () => {
    const none = createSm3({ ...nobleEngine, capabilities: new Set() });
    expect(() => none.sm3(utf8('a'))).toThrow(/engine=noble capability=sm3/);
    expect(() => none.sm3Hash()).toThrow(code('ERR_ENGINE_CAPABILITY'));
    const noHmac = createSm3({ ...nobleEngine, capabilities: new Set(['sm3']) });
    expect(() => noHmac.hmacSm3(utf8('k'), utf8('m'))).toThrow(/capability=hmac-sm3/);
    expect(() => noHmac.hkdfSm3(utf8('k'), utf8('s'), utf8('i'), 1)).toThrow(/capability=hmac-sm3/);
  });
});
