import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/index.ts';
import type { Sm4GcmKey } from '../src/spec/v1/engine.ts';
import { KAT_SM4_GCM } from '../src/spec/v1/known-answers.ts';
import { naiveBlock, naiveCtr, naiveGhash, naiveRoundKeys } from './support/naive-sm4.ts';
import { seededBytes } from './support/seeded.ts';
import { code, openssl } from './support/sm4.ts';
import { areaOf, WASM_SM4 } from './support/wasm-sm4.ts';

const random = seededBytes('wasm-sm4-gcm');
const ZERO = new Uint8Array(16);
const copy = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
const hashKey = (secret: Uint8Array): Uint8Array => naiveBlock(naiveRoundKeys(secret), ZERO);
/** GHASH does not depend on the profile. */
const CASES = WASM_SM4.filter(([, { profile }]) => profile === 'constant-time');

/** All parts of one message, as the façade puts them together. */
function seal(key: Sm4GcmKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): [string, string] {
  const [y, out, first] = [copy(ZERO), new Uint8Array(plaintext.length), copy(ZERO)];
  first.set(nonce);
  first[15] = 1;
  const counter = copy(first);
  counter[15] = 2;
  key.ghash(y, aad);
  key.gcmEncrypt(counter, y, plaintext, out);
  const lengths = copy(ZERO);
  new DataView(lengths.buffer).setUint32(4, 8 * aad.length);
  new DataView(lengths.buffer).setUint32(12, 8 * plaintext.length);
  key.ghash(y, lengths);
  key.ctr(first, y, y);
  return [toHex(out), toHex(y)];
}

describe.each(CASES)('SM4-GCM of the kernel: %s', (_name, { kernel, engine }) => {
  it('gives ciphertext and tag of RFC 8998', () => {
    const key = engine.sm4Gcm(fromHex(KAT_SM4_GCM.key));
    const { nonce, associatedData, plaintext, ciphertext, tag } = KAT_SM4_GCM;
    expect(seal(key, fromHex(nonce), fromHex(associatedData), fromHex(plaintext))).toEqual([ciphertext, tag]);
  });

  it('hashes 0 to 600 bytes as the sum bit by bit does, onto any value', () => {
    const secret = random(16);
    const key = engine.sm4Gcm(secret);
    const h = hashKey(secret);
    for (let length = 0; length <= 600; length++) {
      const [y, data] = [random(16), random(length)];
      const got = copy(y);
      key.ghash(got, data);
      expect(toHex(got), `${length} bytes`).toBe(toHex(naiveGhash(h, y, data)));
    }
  });

  it('hashes 700 to 1400 bytes, where streams begin, under other keys', () => {
    for (let blocks = 44; blocks <= 88; blocks++) {
      const secret = random(16);
      const [y, data] = [random(16), random(16 * blocks - (blocks & 15))];
      const got = copy(y);
      engine.sm4Gcm(secret).ghash(got, data);
      expect(toHex(got), `${blocks} blocks`).toBe(toHex(naiveGhash(hashKey(secret), y, data)));
    }
  });

  it('hashes single bits as the standard multiplies by x^i', () => {
    const secret = random(16);
    const key = engine.sm4Gcm(secret);
    const h = hashKey(secret);
    for (let bit = 0; bit < 128; bit++) {
      const block = copy(ZERO);
      block[bit >> 3] = 0x80 >> (bit & 7);
      // Alone, and as the first of 48 blocks, where it takes the way of the streams.
      for (const data of [block, Uint8Array.from({ length: 768 }, (_, i) => block[i] ?? 0)]) {
        const got = copy(ZERO);
        key.ghash(got, data);
        expect(toHex(got), `bit ${bit}, ${data.length} bytes`).toBe(toHex(naiveGhash(h, ZERO, data)));
      }
    }
  });

  it('encrypts and decrypts 0 to 600 bytes with both values moved on', () => {
    const secret = random(16);
    const key = engine.sm4Gcm(secret);
    const h = hashKey(secret);
    for (let length = 0; length <= 600; length += length < 300 ? 1 : 7) {
      const [counter, y, data] = [random(16), random(16), random(length)];
      const at = `${length} bytes`;
      const expectedCounter = copy(counter);
      const expected = naiveCtr(secret, expectedCounter, data, 4);
      const [c1, y1, out] = [copy(counter), copy(y), new Uint8Array(length)];
      key.gcmEncrypt(c1, y1, data, out);
      expect([out, c1, y1].map(toHex), at).toEqual(
        [expected, expectedCounter, naiveGhash(h, y, expected)].map(toHex),
      );
      const [c2, y2, back] = [copy(counter), copy(y), new Uint8Array(length)];
      key.gcmDecrypt(c2, y2, out, back);
      expect([back, c2, y2].map(toHex), at).toEqual([data, c1, y1].map(toHex));
    }
  });

  it.each(['ffffffff', 'fffffffe', 'fffffff0', 'ffffffef', 'fffffff9', '00000000', '7fffffff'])(
    'lets the low 32 bits of the counter wrap at %s and nothing above them change',
    (low) => {
      const secret = random(16);
      const key = engine.sm4Gcm(secret);
      for (const high of ['ffffffffffffffffffffffff', '000000000000000000000000', toHex(random(12))]) {
        for (const length of [16, 17, 48, 256, 300, 600]) {
          const counter = fromHex(high + low);
          const data = random(length);
          const expectedCounter = copy(counter);
          const expected = naiveCtr(secret, expectedCounter, data, 4);
          const out = new Uint8Array(length);
          key.gcmEncrypt(counter, copy(ZERO), data, out);
          expect([toHex(out), toHex(counter)]).toEqual([toHex(expected), toHex(expectedCounter)]);
          expect(toHex(counter).startsWith(high)).toBe(true);
        }
      }
    },
  );

  it('works in place and in pieces as at once', () => {
    const key = engine.sm4Gcm(random(16));
    const [counter, y, data] = [random(16), random(16), random(5003)];
    const [c0, y0, sealed] = [copy(counter), copy(y), new Uint8Array(data.length)];
    key.gcmEncrypt(c0, y0, data, sealed);
    const expected = [sealed, c0, y0].map(toHex);
    const [c1, y1, buffer] = [copy(counter), copy(y), copy(data)];
    key.gcmEncrypt(c1, y1, buffer, buffer);
    expect([buffer, c1, y1].map(toHex)).toEqual(expected);
    key.gcmDecrypt(copy(counter), copy(y), buffer, buffer);
    expect(toHex(buffer)).toBe(toHex(data));
    for (let round = 0; round < 10; round++) {
      const [c2, y2, out] = [copy(counter), copy(y), new Uint8Array(data.length)];
      for (let at = 0; at < data.length; ) {
        const end = Math.min(data.length, at + 16 * (random(1)[0]! % 90));
        key.gcmEncrypt(c2, y2, data.subarray(at, end), out.subarray(at, end));
        at = end;
      }
      expect([out, c2, y2].map(toHex)).toEqual(expected);
    }
  });

  it.each([32768, 32769, 70_000])('takes %i bytes in several turns through the module', (length) => {
    const secret = random(16);
    const key = engine.sm4Gcm(secret);
    const [counter, data] = [random(16), random(length)];
    counter.set([0, 0, 0, 2], 12);
    const [y, out] = [copy(ZERO), new Uint8Array(length)];
    key.gcmEncrypt(copy(counter), y, data, out);
    expect(toHex(out)).toBe(toHex(openssl('ctr', secret, counter, data)));
    // The hash in one turn each: the naive one would take too long.
    const sum = copy(ZERO);
    for (let at = 0; at < length; at += 640) key.ghash(sum, out.subarray(at, at + 640));
    expect(toHex(y)).toBe(toHex(sum));
  });

  it('has the block modes too', () => {
    const secret = random(16);
    const key = engine.sm4Gcm(secret);
    const [iv, data, out] = [random(16), random(320), new Uint8Array(320)];
    key.encryptBlocks(data, out);
    expect(toHex(out)).toBe(toHex(openssl('ecb', secret, null, data)));
    key.cbcEncrypt(copy(iv), data, out);
    expect(toHex(out)).toBe(toHex(openssl('cbc', secret, iv, data)));
  });

  it('leaves neither data nor H in the memory of the module', () => {
    const secret = random(16);
    const key = engine.sm4Gcm(secret);
    const memory = Buffer.from(kernel.memory.buffer);
    const h = hashKey(secret);
    for (const length of [16, 100, 700, 1024, 40_000]) {
      const [data, out] = [random(length), new Uint8Array(length)];
      key.gcmEncrypt(random(16), random(16), data, out);
      key.gcmDecrypt(random(16), random(16), data, out);
      key.ghash(random(16), data);
      expect(areaOf(kernel).every((byte) => byte === 0)).toBe(true);
      for (const bytes of [h, data, out]) expect(memory.indexOf(bytes.subarray(0, 8))).toBe(-1);
    }
  });

  it('refuses every use after destroy', () => {
    const key = engine.sm4Gcm(random(16));
    const [y, bytes] = [copy(ZERO), new Uint8Array(32)];
    key.destroy();
    for (const use of [
      () => key.ghash(y, bytes),
      () => key.gcmEncrypt(copy(ZERO), y, bytes, bytes),
      () => key.gcmDecrypt(copy(ZERO), y, bytes, bytes),
      () => key.ctr(copy(ZERO), bytes, bytes),
      () => key.encryptBlocks(bytes, bytes),
    ]) {
      expect(use).toThrow(code('ERR_SECRET_DESTROYED'));
    }
    expect([...y, ...bytes].every((byte) => byte === 0)).toBe(true);
  });
});
