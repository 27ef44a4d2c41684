import { createHmac, hkdfSync, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, createSm3, fromHex, Secret, type SmEngine, toHex, utf8 } from '../src/index.ts';
import { TEST_ENGINES } from './support/engines.ts';
import { seededBytes } from './support/seeded.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bad = (value: unknown) => value as Uint8Array;
const NOT_BYTES = [undefined, null, 'text', 7, [1, 2], new Uint16Array(2), new ArrayBuffer(4)];
const NOT_NUMBERS = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '8' as unknown as number];
const random = seededBytes('kdf');
const ENGINES = TEST_ENGINES.filter(([, engine]) => engine.capabilities.has('hmac-sm3'));
const [, engine] = ENGINES[0]!;
const f = createSm3(engine);

/** The engine with a record of every hash object that it gave, to see whether they were ended. */
function watched(): { readonly engine: SmEngine; readonly open: () => number } {
  let open = 0;
  const watch = (inner: ReturnType<SmEngine['sm3']>): ReturnType<SmEngine['sm3']> => {
    open++;
    const hash = {
      update(data: Uint8Array) {
        inner.update(data);
        return hash;
      },
      digest() {
        open--;
        return inner.digest();
      },
      clone: () => watch(inner.clone()),
    };
    return hash as unknown as ReturnType<SmEngine['sm3']>;
  };
  return { engine: { ...engine, sm3: () => watch(engine.sm3()) }, open: () => open };
}

describe.each(ENGINES)('key derivation on %s', (_name, item) => {
  const functions = createSm3(item);

  it('HMAC equals OpenSSL, in one call and running', () => {
    for (const keyLength of [0, 1, 31, 32, 63, 64, 65, 128, 200]) {
      for (const length of [0, 1, 55, 64, 300]) {
        const [key, message] = [random(keyLength), random(length)];
        const expected = createHmac('sm3', key).update(message).digest('hex');
        expect(toHex(functions.hmacSm3(key, message))).toBe(expected);
        const [head, tail] = [message.subarray(0, length >> 1), message.subarray(length >> 1)];
        expect(toHex(functions.hmacSm3(Secret.copy(key), head, tail))).toBe(expected);
        expect(toHex(functions.hmacSm3Hash(key).update(head).update(tail).digest())).toBe(expected);
        expect(functions.hmacSm3Hash(key).update(message).verify(fromHex(expected))).toBe(true);
      }
    }
  });

  it('HKDF equals OpenSSL, whole and as extract and expand', () => {
    for (const length of [1, 31, 32, 33, 64, 100, 8160]) {
      const [ikm, salt, info] = [random(length % 70), random(length % 3 === 0 ? 0 : 20), random(10)];
      const expected = toHex(new Uint8Array(hkdfSync('sm3', ikm, salt, info, length)));
      expect(toHex(functions.hkdfSm3(ikm, salt, info, length))).toBe(expected);
      const prk = functions.hkdfExtractSm3(Secret.copy(ikm), salt);
      expect(toHex(functions.hkdfExpandSm3(Secret.take(prk), info, length))).toBe(expected);
    }
  });

  it('PBKDF2 equals OpenSSL', () => {
    for (const [iterations, length] of [
      [1, 1],
      [1, 32],
      [2, 33],
      [3, 64],
      [100, 20],
      [257, 100],
    ] as const) {
      const [password, salt] = [random(iterations % 90), random(iterations === 3 ? 0 : 16)];
      const expected = pbkdf2Sync(password, salt, iterations, length, 'sm3').toString('hex');
      expect(toHex(functions.pbkdf2Sm3(password, salt, iterations, length))).toBe(expected);
      expect(toHex(functions.pbkdf2Sm3(Secret.copy(password), salt, iterations, length))).toBe(expected);
    }
  });

  it('the KDF of the SM2 standard is SM3 of Z and a counter', () => {
    for (const length of [1, 32, 33, 100]) {
      const z = random(length);
      const stream = [1, 2, 3, 4].map((ct) => functions.sm3(concatBytes(z, Uint8Array.of(0, 0, 0, ct))));
      const expected = toHex(concatBytes(...stream).subarray(0, length));
      expect(toHex(functions.kdfSm3(z, length))).toBe(expected);
      expect(toHex(functions.kdfSm3(Secret.copy(z), length))).toBe(expected);
    }
  });
});

describe('a running HMAC-SM3', () => {
  const key = random(32);
  const tag = f.hmacSm3(key, utf8('message'));
  const running = () => f.hmacSm3Hash(key).update(utf8('message'));

  it('tells a wrong tag', () => {
    for (let i = 0; i < 32; i++) {
      const wrong = Uint8Array.from(tag);
      wrong[i]! ^= 1;
      expect(running().verify(wrong)).toBe(false);
    }
    expect(running().update(Uint8Array.of(0)).verify(tag)).toBe(false);
  });

  it('refuses tags that are cut, longer or no bytes, and can go on then', () => {
    const hmac = running();
    for (const length of [0, 4, 16, 31]) {
      expect(() => hmac.verify(tag.subarray(0, length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
    expect(() => hmac.verify(concatBytes(tag, tag))).toThrow(code('ERR_INPUT_LENGTH'));
    for (const value of NOT_BYTES) expect(() => hmac.verify(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    for (const value of NOT_BYTES) expect(() => hmac.update(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(hmac.verify(tag)).toBe(true);
  });

  it('cannot be used after its end', () => {
    const ends = [
      ['ERR_HASH_FINISHED', (hmac: ReturnType<typeof running>) => hmac.digest()],
      ['ERR_HASH_FINISHED', (hmac: ReturnType<typeof running>) => hmac.verify(tag)],
      ['ERR_SECRET_DESTROYED', (hmac: ReturnType<typeof running>) => hmac.destroy()],
    ] as const;
    for (const [expected, end] of ends) {
      const hmac = running();
      end(hmac);
      expect(() => hmac.update(utf8('x'))).toThrow(code(expected));
      expect(() => hmac.digest()).toThrow(code(expected));
      expect(() => hmac.verify(tag)).toThrow(code(expected));
      hmac.destroy();
      hmac.destroy();
      expect(() => hmac.digest()).toThrow(code('ERR_SECRET_DESTROYED'));
    }
  });

  it('keeps no copy of the key that is not ended', () => {
    const { engine: item, open } = watched();
    const functions = createSm3(item);
    functions.hmacSm3Hash(key).update(utf8('x')).digest();
    functions.hmacSm3Hash(key).update(utf8('x')).verify(tag);
    functions.hmacSm3Hash(key).destroy();
    functions.hmacSm3(key, utf8('x'));
    functions.hkdfSm3(key, utf8('s'), utf8('i'), 100);
    functions.pbkdf2Sm3(key, utf8('s'), 5, 50);
    functions.tlsPrfSm3(key, 'label', utf8('seed'), 50);
    functions.kdfSm3(key, 50);
    expect(open()).toBe(0);
  });

  it('takes no key of another type, and none that is destroyed', () => {
    for (const value of NOT_BYTES) expect(() => f.hmacSm3Hash(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    const secret = Secret.take(random(16));
    secret.destroy();
    expect(() => f.hmacSm3Hash(secret)).toThrow(code('ERR_SECRET_DESTROYED'));
  });
});

describe('key derivation refuses', () => {
  const k = utf8('key material that is 32 bytes lon');

  it.each(NOT_BYTES)('what is not bytes: %s', (value) => {
    for (const call of [
      () => f.hkdfExtractSm3(bad(value), k),
      () => f.hkdfExtractSm3(k, bad(value)),
      () => f.hkdfExpandSm3(bad(value), k, 32),
      () => f.hkdfExpandSm3(k, bad(value), 32),
      () => f.pbkdf2Sm3(bad(value), k, 1, 32),
      () => f.pbkdf2Sm3(k, bad(value), 1, 32),
      () => f.kdfSm3(bad(value), 32),
    ]) {
      expect(call).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it.each([...NOT_NUMBERS, 8161])('HKDF-Expand to %s bytes', (length) => {
    expect(() => f.hkdfExpandSm3(k, k, length)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => f.hkdfSm3(k, k, k, length)).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it('a pseudo-random key shorter than a digest', () => {
    expect(() => f.hkdfExpandSm3(k.subarray(0, 31), k, 32)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(f.hkdfExpandSm3(k.subarray(0, 32), k, 0)).toHaveLength(0);
  });

  it.each([...NOT_NUMBERS, 0, 10_000_001])('%s iterations', (iterations) => {
    expect(() => f.pbkdf2Sm3(k, k, iterations, 32)).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it.each([...NOT_NUMBERS, 0, (1 << 20) + 1])('PBKDF2 to %s bytes', (length) => {
    expect(() => f.pbkdf2Sm3(k, k, 1, length)).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it('destroyed secrets', () => {
    const secret = Secret.take(random(32));
    secret.destroy();
    for (const call of [
      () => f.hkdfExtractSm3(secret, k),
      () => f.hkdfExpandSm3(secret, k, 1),
      () => f.pbkdf2Sm3(secret, k, 1, 1),
      () => f.kdfSm3(secret, 1),
      () => f.tlsPrfSm3(secret, 'l', k, 1),
    ]) {
      expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
    }
  });

  it('engines without HMAC, by name [part of EDGE-011]', () => {
    const none = createSm3({ ...engine, capabilities: new Set(['sm3']) });
    for (const call of [
      () => none.hmacSm3Hash(k),
      () => none.hkdfExtractSm3(k, k),
      () => none.hkdfExpandSm3(k, k, 1),
      () => none.pbkdf2Sm3(k, k, 1, 1),
      () => none.hkdfExpandLabelSm3(k, 'key', k, 1),
      () => none.deriveSecretSm3(k, 'key', k),
      () => none.tls13KeySchedule(),
      () => none.tls13TrafficKeys(k),
      () => none.tlsPrfSm3(k, 'l', k, 1),
    ]) {
      expect(call).toThrow(/capability=hmac-sm3/);
    }
  });
});
