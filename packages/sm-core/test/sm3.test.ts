import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  concatBytes,
  createSm3,
  defaultEngine,
  fromHex,
  hkdfSm3,
  hmacSm3,
  Secret,
  sm3,
  sm3Hash,
  toHex,
  utf8,
} from '../src/index.ts';
import { KAT_HMAC_SM3, KAT_SM3_ABC, KAT_SM3_ABCD16 } from '../src/spec/v1/known-answers.ts';
import { seededBytes } from './support/seeded.ts';

const random = seededBytes('sm3');
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

describe('many messages', () => {
  const f = createSm3(defaultEngine);
  const alone = createSm3({
    ...defaultEngine,
    capabilities: new Set(['sm3']),
    sm3Many: () => {
      throw new Error('not to be called');
    },
  });

  it('have the digests that they have one by one, also on an engine that does one by one', () => {
    for (let count = 0; count <= 9; count++) {
      const messages = Array.from({ length: count }, () => random(random(1)[0]!));
      const expected = messages.map((message) => toHex(sm3(message)));
      expect(f.sm3Many(messages).map(toHex)).toEqual(expected);
      expect(alone.sm3Many(messages).map(toHex)).toEqual(expected);
    }
  });

  it('are the leaves of the tree of RFC 9162', () => {
    const prefixed = (first: number, ...parts: readonly Uint8Array[]) =>
      sm3(concatBytes(Uint8Array.of(first), ...parts));
    /** MTH of §2.1.1: the left side holds the largest power of two below the number of leaves. */
    const root = (leaves: readonly Uint8Array[]): Uint8Array => {
      if (leaves.length === 0) return sm3(new Uint8Array(0));
      if (leaves.length === 1) return prefixed(0, leaves[0]!);
      let k = 1;
      while (2 * k < leaves.length) k *= 2;
      return prefixed(1, root(leaves.slice(0, k)), root(leaves.slice(k)));
    };
    for (let count = 0; count <= 20; count++) {
      const leaves = Array.from({ length: count }, () => random(random(1)[0]!));
      expect(toHex(f.sm3TreeRoot(leaves)), `${count} leaves`).toBe(toHex(root(leaves)));
      expect(toHex(alone.sm3TreeRoot(leaves)), `${count} leaves`).toBe(toHex(root(leaves)));
    }
  });

  it('of a tree count in every bit, in their order and in their number', () => {
    const leaves = [1, 2, 3, 4, 5].map((length) => random(length));
    const others = leaves.map((_, i) => leaves.map((leaf, j) => (i === j ? leaf.map((x) => x ^ 1) : leaf)));
    const node = concatBytes(Uint8Array.of(1), ...f.sm3Many(leaves.slice(0, 2)));
    const all = [
      leaves,
      ...others,
      [...leaves].reverse(),
      leaves.slice(1),
      [...leaves, leaves[4]!],
      [node.subarray(1), ...leaves.slice(2)],
      [node, ...leaves.slice(2)],
    ].map((item) => toHex(f.sm3TreeRoot(item)));
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    undefined,
    null,
    'text',
    new Uint8Array(4),
    { length: 1 },
    [new Uint8Array(1), 'text'],
    new Array(2),
  ])('are a list of bytes and nothing else: %s', (value) => {
    for (const call of [f.sm3Many, f.sm3TreeRoot]) {
      expect(() => call(value as unknown as Uint8Array[])).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('are refused by an engine without SM3 [part of EDGE-011]', () => {
    const none = createSm3({ ...defaultEngine, capabilities: new Set() });
    expect(() => none.sm3Many([])).toThrow(/capability=sm3/);
    expect(() => none.sm3TreeRoot([])).toThrow(/capability=sm3/);
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
