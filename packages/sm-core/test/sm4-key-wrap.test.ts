import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, Secret, SM4_MAX_WRAPPED_BYTES, sm4, toHex } from '../src/index.ts';
import { bad, block, code, flip, NOT_BYTES, random, secretOf } from './support/sm4.ts';

const KEK = fromHex('000102030405060708090a0b0c0d0e0f');
const INITIAL = fromHex('a6'.repeat(8));
const kek = () => secretOf(KEK);
const plain = (secret: Secret): string => secret.use(toHex);

/** The indexed form of RFC 3394 §2.2.1: all registers in lists, t as a whole number. */
function reference(key: Uint8Array, data: Uint8Array, initial: Uint8Array = INITIAL): Uint8Array {
  const n = data.length / 8;
  let a = BigInt(`0x${toHex(initial)}`);
  const r = Array.from({ length: n }, (_, i) => data.slice(8 * i, 8 * i + 8));
  const half = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(16, '0'));
  for (let j = 0; j < 6; j++) {
    for (let i = 1; i <= n; i++) {
      const out = block(key, concatBytes(half(a), r[i - 1]!));
      a = BigInt(`0x${toHex(out.subarray(0, 8))}`) ^ BigInt(n * j + i);
      r[i - 1] = out.slice(8);
    }
  }
  return concatBytes(half(a), ...r);
}

describe('SM4 key wrap', () => {
  it('is RFC 3394 over SM4 at every length', () => {
    for (const length of [16, 24, 32, 40, 64, 128, 1024]) {
      const [key, data] = [random(16), random(length)];
      const wrapped = sm4.wrapKey(secretOf(key), secretOf(data));
      expect(toHex(wrapped)).toBe(toHex(reference(key, data)));
      expect(plain(sm4.unwrapKey(secretOf(key), wrapped))).toBe(toHex(data));
    }
  });

  it('counts its steps beyond 8 bits, up to the longest secret', () => {
    // 6 · 8192 steps.
    const data = random(SM4_MAX_WRAPPED_BYTES);
    const wrapped = sm4.wrapKey(kek(), secretOf(data));
    expect(plain(sm4.unwrapKey(kek(), wrapped))).toBe(toHex(data));
    expect(toHex(wrapped)).toBe(toHex(fast(data)));
  });

  it('is the same every time and hides its contents from another key', () => {
    const secret = secretOf(random(32));
    expect(sm4.wrapKey(kek(), secret)).toEqual(sm4.wrapKey(kek(), secret));
    expect(sm4.wrapKey(secretOf(random(16)), secret)).not.toEqual(sm4.wrapKey(kek(), secret));
  });

  it('has one failure for every change', () => {
    const wrapped = sm4.wrapKey(kek(), secretOf(random(32)));
    const failures = new Set<string>();
    for (const value of [
      ...Array.from({ length: wrapped.length }, (_, at) => flip(wrapped, at)),
      ...[0, 8, 16, 23, 24, 32, 39].map((length) => wrapped.subarray(0, length)),
      concatBytes(wrapped, new Uint8Array(1)),
      concatBytes(wrapped, new Uint8Array(8)),
      concatBytes(wrapped.subarray(8), wrapped.subarray(0, 8)),
      reference(KEK, random(32), fromHex('a6a6a6a6a6a6a6a7')),
      reference(KEK, random(32), new Uint8Array(8)),
      reference(random(16), random(32)),
    ]) {
      try {
        sm4.unwrapKey(kek(), value);
        expect.unreachable();
      } catch (error) {
        failures.add(`${(error as { code: string }).code} ${(error as Error).message}`);
      }
    }
    expect([...failures]).toEqual(['ERR_DECRYPT_FAILED Decryption failed.']);
  });

  it.each([0, 1, 7, 8, 15, 17, 20, 31, SM4_MAX_WRAPPED_BYTES + 8])(
    'refuses a secret of %i bytes',
    (length) => {
      expect(() => sm4.wrapKey(kek(), Secret.take(new Uint8Array(length)))).toThrow(code('ERR_INPUT_LENGTH'));
    },
  );

  it('refuses other types, long inputs and destroyed secrets', () => {
    for (const value of [...NOT_BYTES, new Uint8Array(16)]) {
      expect(() => sm4.wrapKey(kek(), value as Secret)).toThrow(code('ERR_INPUT_TYPE'));
    }
    for (const value of NOT_BYTES)
      expect(() => sm4.unwrapKey(kek(), bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    const long = new Uint8Array(SM4_MAX_WRAPPED_BYTES + 16);
    expect(() => sm4.unwrapKey(kek(), long)).toThrow(code('ERR_INPUT_LENGTH'));
    const gone = secretOf(random(16));
    gone.destroy();
    expect(() => sm4.wrapKey(kek(), gone)).toThrow(code('ERR_SECRET_DESTROYED'));
  });

  it('leaves the secret as it was, and gives one of its own', () => {
    const secret = secretOf(random(24));
    const before = plain(secret);
    const wrapped = sm4.wrapKey(kek(), secret);
    expect(plain(secret)).toBe(before);
    const back = sm4.unwrapKey(kek(), wrapped);
    back.destroy();
    expect(plain(sm4.unwrapKey(kek(), wrapped))).toBe(before);
  });
});

/** As `reference`, through one cipher object of OpenSSL, for long data: undone and compared. */
function fast(data: Uint8Array): Uint8Array {
  const wrapped = Buffer.from(sm4.wrapKey(kek(), secretOf(data)));
  const decipher = createDecipheriv('sm4-ecb', KEK, null).setAutoPadding(false);
  const copy = Buffer.from(wrapped);
  const n = data.length / 8;
  let a = Buffer.from(copy.subarray(0, 8));
  for (let t = 6 * n; t >= 1; t--) {
    const at = 8 * (((t - 1) % n) + 1);
    a.writeUInt32BE((a.readUInt32BE(4) ^ t) >>> 0, 4);
    const out = decipher.update(Buffer.concat([a, copy.subarray(at, at + 8)]));
    a = Buffer.from(out.subarray(0, 8));
    out.copy(copy, at, 8);
  }
  expect(a.toString('hex')).toBe(toHex(INITIAL));
  expect(copy.subarray(8).equals(data)).toBe(true);
  return wrapped;
}
