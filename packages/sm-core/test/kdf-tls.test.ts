import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, createSm3, Secret, toHex, utf8 } from '../src/index.ts';
import { TEST_ENGINES } from './support/engines.ts';
import { seededBytes } from './support/seeded.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bad = (value: unknown) => value as Uint8Array;
const random = seededBytes('kdf-tls');
const f = createSm3(TEST_ENGINES[0]![1]);
const hmac = (key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array => {
  const running = createHmac('sm3', key);
  for (const part of data) running.update(part);
  return new Uint8Array(running.digest());
};

/** HKDF-Expand-Label from the text of RFC 8446 §7.1 over the HMAC of OpenSSL. */
function expandLabel(secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  const name = utf8(`tls13 ${label}`);
  const info = concatBytes(
    Uint8Array.of(length >> 8, length & 255, name.length),
    name,
    Uint8Array.of(context.length),
    context,
  );
  let block: Uint8Array = new Uint8Array(0);
  let out: Uint8Array = new Uint8Array(0);
  for (let i = 1; out.length < length; i++) {
    block = hmac(secret, block, info, Uint8Array.of(i));
    out = concatBytes(out, block);
  }
  return out.subarray(0, length);
}

/** P_hash from the text of RFC 5246 §5. */
function prf(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array {
  const all = concatBytes(utf8(label), seed);
  let a: Uint8Array = all;
  let out: Uint8Array = new Uint8Array(0);
  while (out.length < length) {
    a = hmac(secret, a);
    out = concatBytes(out, hmac(secret, a, all));
  }
  return out.subarray(0, length);
}

describe('HKDF-Expand-Label', () => {
  it('is HKDF-Expand with the structure of RFC 8446 §7.1', () => {
    for (const length of [0, 1, 12, 16, 32, 33, 300]) {
      const [secret, context] = [random(32), random(length % 256)];
      const expected = toHex(expandLabel(secret, 'c hs traffic', context, length));
      expect(toHex(f.hkdfExpandLabelSm3(secret, 'c hs traffic', context, length))).toBe(expected);
      expect(toHex(f.hkdfExpandLabelSm3(Secret.copy(secret), 'c hs traffic', context, length))).toBe(
        expected,
      );
    }
  });

  it('refuses labels, contexts and lengths that the structure has no room for', () => {
    const k = random(32);
    const none = new Uint8Array(0);
    expect(f.hkdfExpandLabelSm3(k, 'x'.repeat(249), random(255), 8160)).toHaveLength(8160);
    for (const label of ['', 'x'.repeat(250)]) {
      expect(() => f.hkdfExpandLabelSm3(k, label, none, 1)).toThrow(code('ERR_INPUT_LENGTH'));
    }
    for (const label of ['schlüssel', '密钥', 'a\n', 'a\0']) {
      expect(() => f.hkdfExpandLabelSm3(k, label, none, 1)).toThrow(code('ERR_INPUT_ENCODING'));
    }
    for (const label of [undefined, null, 7, utf8('key')]) {
      expect(() => f.hkdfExpandLabelSm3(k, label as unknown as string, none, 1)).toThrow(
        code('ERR_INPUT_TYPE'),
      );
    }
    expect(() => f.hkdfExpandLabelSm3(k, 'key', random(256), 1)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => f.hkdfExpandLabelSm3(k, 'key', bad('text'), 1)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => f.hkdfExpandLabelSm3(bad('text'), 'key', none, 1)).toThrow(code('ERR_INPUT_TYPE'));
    for (const length of [-1, 0.5, 8161, Number.NaN]) {
      expect(() => f.hkdfExpandLabelSm3(k, 'key', none, length)).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });

  it('as Derive-Secret takes secrets and hashes of 32 bytes only', () => {
    const [secret, hash] = [random(32), random(32)];
    expect(toHex(f.deriveSecretSm3(secret, 'derived', hash))).toBe(
      toHex(expandLabel(secret, 'derived', hash, 32)),
    );
    for (const length of [0, 31, 33, 64]) {
      expect(() => f.deriveSecretSm3(random(length), 'derived', hash)).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => f.deriveSecretSm3(secret, 'derived', random(length))).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => f.tls13TrafficKeys(random(length))).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => f.tls13FinishedKey(random(length))).toThrow(code('ERR_INPUT_LENGTH'));
      expect(() => f.tls13NextTrafficSecret(random(length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });

  it('gives traffic keys, finished keys and the next traffic secret', () => {
    const secret = random(32);
    const none = new Uint8Array(0);
    const { key, iv } = f.tls13TrafficKeys(Secret.copy(secret));
    expect(toHex(key)).toBe(toHex(expandLabel(secret, 'key', none, 16)));
    expect(toHex(iv)).toBe(toHex(expandLabel(secret, 'iv', none, 12)));
    expect(toHex(f.tls13FinishedKey(secret))).toBe(toHex(expandLabel(secret, 'finished', none, 32)));
    expect(toHex(f.tls13NextTrafficSecret(secret))).toBe(toHex(expandLabel(secret, 'traffic upd', none, 32)));
  });
});

describe('the TLS 1.3 key schedule', () => {
  const zeros = new Uint8Array(32);
  const extract = (salt: Uint8Array, ikm: Uint8Array) => hmac(salt, ikm);
  const derived = (secret: Uint8Array) => expandLabel(secret, 'derived', f.sm3(new Uint8Array(0)), 32);

  it('is that of RFC 8446 §7.1, with and without pre-shared key and shared secret', () => {
    for (const [psk, shared] of [
      [random(32), random(32)],
      [undefined, random(32)],
      [random(16), undefined],
      [undefined, undefined],
    ] as const) {
      const hash = random(32);
      const early = extract(zeros, psk ?? zeros);
      const handshake = extract(derived(early), shared ?? zeros);
      const master = extract(derived(handshake), zeros);
      const schedule = f.tls13KeySchedule(psk && Secret.copy(psk));
      expect(schedule.stage).toBe('early');
      expect(toHex(schedule.secret())).toBe(toHex(early));
      expect(toHex(schedule.derive('res binder', hash))).toBe(
        toHex(expandLabel(early, 'res binder', hash, 32)),
      );
      schedule.toHandshake(shared);
      expect(schedule.stage).toBe('handshake');
      expect(toHex(schedule.secret())).toBe(toHex(handshake));
      expect(toHex(schedule.derive('s hs traffic', hash))).toBe(
        toHex(expandLabel(handshake, 's hs traffic', hash, 32)),
      );
      schedule.toMaster();
      expect(toHex(schedule.secret())).toBe(toHex(master));
      expect(toHex(schedule.derive('exp master', hash))).toBe(
        toHex(expandLabel(master, 'exp master', hash, 32)),
      );
    }
  });

  it('goes forward only, and gives the secrets of its stage only', () => {
    const hash = random(32);
    const schedule = f.tls13KeySchedule();
    expect(() => schedule.toMaster()).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => schedule.derive('c hs traffic', hash)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => schedule.derive('derived' as 'c e traffic', hash)).toThrow(code('ERR_INPUT_VALUE'));
    schedule.toHandshake(random(32));
    expect(() => schedule.toHandshake(random(32))).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => schedule.derive('c e traffic', hash)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => schedule.derive('c ap traffic', hash)).toThrow(code('ERR_INPUT_VALUE'));
    schedule.toMaster();
    expect(() => schedule.toMaster()).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => schedule.toHandshake()).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => schedule.derive('c hs traffic', hash)).toThrow(code('ERR_INPUT_VALUE'));
  });

  it('refuses other types and lengths and stays where it is', () => {
    expect(() => f.tls13KeySchedule(bad('psk'))).toThrow(code('ERR_INPUT_TYPE'));
    const schedule = f.tls13KeySchedule();
    const before = toHex(schedule.secret());
    expect(() => schedule.derive('c e traffic', random(31))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => schedule.derive('c e traffic', bad('hash'))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => schedule.toHandshake(bad('shared'))).toThrow(code('ERR_INPUT_TYPE'));
    const secret = Secret.take(random(32));
    secret.destroy();
    expect(() => schedule.toHandshake(secret)).toThrow(code('ERR_SECRET_DESTROYED'));
    expect(schedule.stage).toBe('early');
    expect(toHex(schedule.secret())).toBe(before);
  });

  it('gives copies, and nothing after it was destroyed', () => {
    const schedule = f.tls13KeySchedule(random(32));
    const copy = schedule.secret();
    const before = toHex(copy);
    copy.fill(0);
    expect(toHex(schedule.secret())).toBe(before);
    schedule.destroy();
    schedule.destroy();
    for (const call of [
      () => schedule.secret(),
      () => schedule.derive('c e traffic', random(32)),
      () => schedule.toHandshake(),
      () => schedule.toMaster(),
    ]) {
      expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
    }
  });
});

describe('the PRF of TLCP', () => {
  it('is P_hash over label and seed', () => {
    for (const length of [0, 1, 12, 32, 33, 48, 128, 1000]) {
      const [secret, seed] = [random(length % 100), random(64)];
      const expected = toHex(prf(secret, 'key expansion', seed, length));
      expect(toHex(f.tlsPrfSm3(secret, 'key expansion', seed, length))).toBe(expected);
      expect(toHex(f.tlsPrfSm3(Secret.copy(secret), 'key expansion', seed, length))).toBe(expected);
    }
  });

  it('refuses other types and lengths', () => {
    const k = random(48);
    for (const length of [-1, 0.5, 65_537]) {
      expect(() => f.tlsPrfSm3(k, 'l', k, length)).toThrow(code('ERR_INPUT_LENGTH'));
    }
    expect(() => f.tlsPrfSm3(k, '', k, 1)).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => f.tlsPrfSm3(k, 'ü', k, 1)).toThrow(code('ERR_INPUT_ENCODING'));
    expect(() => f.tlsPrfSm3(k, bad(k) as unknown as string, k, 1)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => f.tlsPrfSm3(bad('s'), 'l', k, 1)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => f.tlsPrfSm3(k, 'l', bad('s'), 1)).toThrow(code('ERR_INPUT_TYPE'));
  });
});

it('the foreign HKDF of these tests is that of OpenSSL', () => {
  const [ikm, salt] = [random(32), random(32)];
  const prk = hmac(salt, ikm);
  const info = concatBytes(Uint8Array.of(0, 16, 9), utf8('tls13 key'), Uint8Array.of(0));
  const expected = new Uint8Array(hkdfSync('sm3', ikm, salt, info, 16));
  expect(toHex(expandLabel(prk, 'key', new Uint8Array(0), 16))).toBe(toHex(expected));
});
