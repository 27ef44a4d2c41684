import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  concatBytes,
  createSm2,
  fromHex,
  HealthCheckedRandom,
  randomBytes,
  Secret,
  SM2_MAX_MESSAGE_BYTES,
  sm2,
  toHex,
  utf8,
} from '../src/index.ts';
import { KAT_SM2_ENCRYPT, KAT_SM2_SIGN } from '../src/spec/v1/known-answers.ts';
import { encode, fromBig, N } from './support/affine.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const MESSAGE = utf8('message digest');
const annex = () => sm2.keyPair(Secret.take(fromHex(KAT_SM2_SIGN.d)));
const once = (k: string) => ({ fill: (out: Uint8Array) => out.set(fromHex(k)) });
const NOT_BYTES = [undefined, null, 'text', 7, [1, 2], {}] as const;
const bad = (value: unknown) => value as Uint8Array;

describe('SM2 keys', () => {
  it('come from the whole range of private keys', () => {
    for (const d of [1n, 2n, N - 2n]) sm2.keyPair(Secret.take(fromBig(d)));
    const pair = sm2.generateKeyPair();
    expect(toHex(sm2.publicKey(pair.publicKey))).toBe(toHex(pair.publicKey));
  });

  it.each([0n, N - 1n, N, N + 1n, 2n ** 256n - 1n])('are not made of d = %s', (d) => {
    expect(() => sm2.keyPair(Secret.take(fromBig(d)))).toThrow(code('ERR_SM2_PRIVATE_KEY_INVALID'));
  });

  it.each([0, 1, 31, 33, 64])('are not made of %i bytes', (length) => {
    expect(() => sm2.keyPair(Secret.take(new Uint8Array(length).fill(1)))).toThrow(
      code('ERR_SM2_PRIVATE_KEY_INVALID'),
    );
  });

  it.each([undefined, null, new Uint8Array(32).fill(1), { use: () => 1 }])(
    'are not made of what is not a Secret: %s',
    (value) => {
      const key = value as unknown as Secret;
      const digest = new Uint8Array(32);
      for (const call of [
        () => sm2.keyPair(key),
        () => sm2.sign(key, MESSAGE),
        () => sm2.signDigest(key, digest),
        () => sm2.decrypt(key, digest),
        () => sm2.signWith({ privateKey: key, publicKey: annex().publicKey }, MESSAGE),
      ]) {
        expect(call).toThrow(code('ERR_INPUT_TYPE'));
      }
    },
  );

  it('are not used after destroy', () => {
    const pair = annex();
    pair.privateKey.destroy();
    expect(() => sm2.signWith(pair, MESSAGE)).toThrow(code('ERR_SECRET_DESTROYED'));
  });

  it.each([
    ['infinity', Uint8Array.of(0)],
    ['zero coordinates', concatBytes(Uint8Array.of(4), new Uint8Array(64))],
    ['a point off the curve', encode({ x: 5n, y: 7n })],
    ['a compressed point', concatBytes(Uint8Array.of(3), fromHex(KAT_SM2_SIGN.publicKey).subarray(1, 33))],
    ['64 bytes', fromHex(KAT_SM2_SIGN.publicKey).subarray(1)],
    ['66 bytes', concatBytes(fromHex(KAT_SM2_SIGN.publicKey), Uint8Array.of(0))],
    ['a text', bad(KAT_SM2_SIGN.publicKey)],
    ['nothing', bad(undefined)],
  ])('of %s are refused everywhere', (_name, key) => {
    const signature = new Uint8Array(64);
    for (const call of [
      () => sm2.publicKey(key),
      () => sm2.z(key),
      () => sm2.verify(key, MESSAGE, signature, { format: 'raw' }),
      () => sm2.verifyDigest(key, new Uint8Array(32), signature, { format: 'raw' }),
      () => sm2.encrypt(key, MESSAGE),
      () => sm2.signWith({ privateKey: annex().privateKey, publicKey: key }, MESSAGE),
    ]) {
      expect(call).toThrow(code('ERR_SM2_PUBLIC_KEY_INVALID'));
    }
  });

  it('are copied by the check', () => {
    const encoded = fromHex(KAT_SM2_SIGN.publicKey);
    const checked = sm2.publicKey(encoded);
    encoded.fill(0);
    expect(toHex(checked)).toBe(KAT_SM2_SIGN.publicKey);
  });
});

describe('SM2 signatures', () => {
  it('are those of the annex, Z_A and e included [part of EDGE-010]', () => {
    const { id, k, message, publicKey, r, s, z } = KAT_SM2_SIGN;
    const pair = annex();
    expect(toHex(pair.publicKey)).toBe(publicKey);
    expect(toHex(sm2.z(pair.publicKey, fromHex(id)))).toBe(z);
    const raw = sm2.sign(pair.privateKey, fromHex(message), { format: 'raw', random: once(k) });
    expect(toHex(raw)).toBe(r + s);
    const der = sm2.signWith(pair, fromHex(message), { random: once(k) });
    expect(toHex(der)).toBe(`3046022100${r}022100${s}`);
    expect(sm2.verify(pair.publicKey, fromHex(message), der)).toBe(true);
  });

  it('bind the signer ID, an empty one too', () => {
    const pair = sm2.generateKeyPair();
    const ids = [undefined, new Uint8Array(0), utf8('ALICE123@YAHOO.COM'), new Uint8Array(8191)];
    const options = (id: Uint8Array | undefined) => (id === undefined ? {} : { id });
    for (const [i, id] of ids.entries()) {
      const signature = sm2.signWith(pair, MESSAGE, options(id));
      for (const [j, other] of ids.entries()) {
        expect(sm2.verify(pair.publicKey, MESSAGE, signature, options(other))).toBe(i === j);
      }
    }
  });

  it('do not verify for another message, key or digest', () => {
    const pair = sm2.generateKeyPair();
    const signature = sm2.signWith(pair, MESSAGE);
    expect(sm2.verify(pair.publicKey, utf8('message digesu'), signature)).toBe(false);
    expect(sm2.verify(pair.publicKey, new Uint8Array(0), signature)).toBe(false);
    expect(sm2.verify(sm2.generateKeyPair().publicKey, MESSAGE, signature)).toBe(false);
    expect(sm2.verifyDigest(pair.publicKey, new Uint8Array(32), signature)).toBe(false);
  });

  it.each([
    ['no bytes', ''],
    ['an empty sequence', '3000'],
    ['r alone', '3003020101'],
    ['a third integer', '3009020101020101020101'],
    ['a trailing byte', '300602010102010100'],
    ['a trailing byte inside', '300702010102010100'],
    ['a long length', '308106020101020101'],
    ['a negative r', '3006020181020101'],
    ['a padded r', '300702020001020101'],
    ['r of 33 bytes', `3026022101${'00'.repeat(32)}020101`],
    ['a set', '3106020101020101'],
    ['r‖s', '11'.repeat(64)],
  ])('in DER are refused with %s [part of SEAL-018]', (_name, text) => {
    expect(() => sm2.verify(annex().publicKey, MESSAGE, fromHex(text))).toThrow(
      code('ERR_SM2_SIGNATURE_MALFORMED'),
    );
  });

  it.each([0, 63, 65, 128])('as r‖s are refused with %i bytes', (length) => {
    expect(() => sm2.verify(annex().publicKey, MESSAGE, new Uint8Array(length), { format: 'raw' })).toThrow(
      code('ERR_SM2_SIGNATURE_MALFORMED'),
    );
  });

  it.each(NOT_BYTES)('take no other types: %s', (value) => {
    const pair = annex();
    const signature = sm2.signWith(pair, MESSAGE);
    expect(() => sm2.signWith(pair, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm2.signDigest(pair.privateKey, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm2.verify(pair.publicKey, bad(value), signature)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm2.verify(pair.publicKey, MESSAGE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    if (value === undefined) return;
    expect(() => sm2.verify(pair.publicKey, MESSAGE, signature, { id: bad(value) })).toThrow(
      code('ERR_SM2_ID_INVALID'),
    );
  });

  it('take no ID of 8,192 bytes and no digest of another length', () => {
    const pair = annex();
    expect(() => sm2.z(pair.publicKey, new Uint8Array(8192))).toThrow(code('ERR_SM2_ID_INVALID'));
    expect(() => sm2.signDigest(pair.privateKey, new Uint8Array(31))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm2.verifyDigest(pair.publicKey, new Uint8Array(33), new Uint8Array(64))).toThrow(
      code('ERR_INPUT_LENGTH'),
    );
  });

  it.each(['DER', 'asn1', '', 'raw ', null, 0])('take no format %j [part of EDGE-011]', (format) => {
    const pair = annex();
    const options = { format: format as 'der' };
    expect(() => sm2.signWith(pair, MESSAGE, options)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => sm2.verify(pair.publicKey, MESSAGE, new Uint8Array(64), options)).toThrow(
      code('ERR_INPUT_VALUE'),
    );
    expect(() => sm2.encrypt(pair.publicKey, MESSAGE, options)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => sm2.decrypt(pair.privateKey, new Uint8Array(98), options)).toThrow(code('ERR_INPUT_VALUE'));
  });
});

describe('SM2 encryption', () => {
  it('is that of the annex, in its three encodings [part of EDGE-010, SEAL-018]', () => {
    const { c1, c2, c3, d, k, message, publicKey } = KAT_SM2_ENCRYPT;
    const [x, y] = [c1.slice(2, 66), c1.slice(66)];
    const expected = {
      c1c3c2: c1 + c3 + c2,
      c1c2c3: c1 + c2 + c3,
      der: `307c0220${x}022100${y}0420${c3}0413${c2}`,
    };
    for (const format of ['c1c3c2', 'c1c2c3', 'der'] as const) {
      const ciphertext = sm2.encrypt(fromHex(publicKey), fromHex(message), { format, random: once(k) });
      expect(toHex(ciphertext)).toBe(expected[format]);
      expect(toHex(sm2.decrypt(Secret.take(fromHex(d)), ciphertext, { format }))).toBe(message);
    }
  });

  it('carries any length, and gives plain bytes back', () => {
    const pair = sm2.generateKeyPair();
    for (const length of [1, 31, 32, 33, 1000]) {
      const message = randomBytes(length);
      const ciphertext = Buffer.from(sm2.encrypt(pair.publicKey, Buffer.from(message)));
      const plaintext = sm2.decrypt(pair.privateKey, ciphertext);
      expect(toHex(plaintext)).toBe(toHex(message));
      expect(plaintext.constructor).toBe(Uint8Array);
    }
  });

  it('takes 1 byte to 1 MiB', () => {
    const { publicKey } = annex();
    expect(() => sm2.encrypt(publicKey, new Uint8Array(0))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm2.encrypt(publicKey, new Uint8Array(SM2_MAX_MESSAGE_BYTES + 1))).toThrow(
      code('ERR_INPUT_LENGTH'),
    );
    for (const value of NOT_BYTES) {
      expect(() => sm2.encrypt(publicKey, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('draws another nonce when the key stream is zero', () => {
    // With k = 470 the KDF gives 00 for the annex key.
    const nonces = [fromBig(470n), fromHex(KAT_SM2_ENCRYPT.k)];
    const random = { fill: (out: Uint8Array) => out.set(nonces.shift() ?? expect.unreachable()) };
    const { publicKey } = annex();
    const ciphertext = sm2.encrypt(publicKey, Uint8Array.of(0x5a), { format: 'c1c3c2', random });
    expect(nonces).toHaveLength(0);
    expect(toHex(ciphertext.subarray(0, 65))).toBe(KAT_SM2_ENCRYPT.c1);
  });

  it('gives up on a source whose every nonce gives a zero key stream', () => {
    const random = { fill: (out: Uint8Array) => out.set(fromBig(470n)) };
    expect(() => sm2.encrypt(annex().publicKey, Uint8Array.of(1), { random })).toThrow(
      code('ERR_RANDOM_UNHEALTHY'),
    );
  });

  it('has one failure for every bad ciphertext', () => {
    const pair = annex();
    const { c1, c2, c3 } = KAT_SM2_ENCRYPT;
    const genuine = fromHex(c1 + c3 + c2);
    const changed = (at: number) => genuine.map((byte, i) => (i === at ? byte ^ 1 : byte));
    const cases = [
      ...[0, 1, 33, 65, 96, 97, genuine.length - 1].map(changed),
      genuine.subarray(0, 97),
      genuine.subarray(0, 10),
      genuine.subarray(1),
      new Uint8Array(0),
      new Uint8Array(SM2_MAX_MESSAGE_BYTES + 257),
      concatBytes(genuine, Uint8Array.of(0)),
      concatBytes(encode({ x: 5n, y: 7n }), genuine.subarray(65)),
      bad(undefined),
      bad('00'),
    ];
    const texts = new Set<string>();
    for (const format of ['c1c3c2', 'c1c2c3', 'der'] as const) {
      for (const ciphertext of cases) {
        try {
          sm2.decrypt(pair.privateKey, ciphertext, { format });
          expect.unreachable();
        } catch (error) {
          const { code: name, message, detail, cause } = error as { [key: string]: unknown };
          texts.add(`${name} ${message} ${detail} ${cause}`);
        }
      }
    }
    expect([...texts]).toEqual(['ERR_DECRYPT_FAILED Decryption failed. undefined undefined']);
  });

  it('is refused for a DER ciphertext that is not canonical [part of SEAL-018]', () => {
    const { c1, c2, c3, d } = KAT_SM2_ENCRYPT;
    const [x, y] = [c1.slice(2, 66), c1.slice(66)];
    for (const der of [
      `307d022100${x}022100${y}0420${c3}0413${c2}`,
      `30817c0220${x}022100${y}0420${c3}0413${c2}`,
      `307c0220${x}022100${y}0420${c3}0413${c2}00`,
      `307c0220${x}022100${y}0413${c2}0420${c3}`,
      `307b0220${x}022100${y}041f${c3.slice(2)}0413${c2}`,
    ]) {
      expect(() => sm2.decrypt(Secret.take(fromHex(d)), fromHex(der))).toThrow(code('ERR_DECRYPT_FAILED'));
    }
  });
});

describe('SM2 capabilities', () => {
  const lacking = (name: string) => {
    const capabilities = new Set([...nobleEngine.capabilities].filter((item) => item !== name));
    return createSm2({ ...nobleEngine, capabilities });
  };
  const refused = code('ERR_ENGINE_CAPABILITY');

  it('that an engine lacks are refused by name [part of EDGE-011]', () => {
    const pair = annex();
    const random = new HealthCheckedRandom();
    expect(() => lacking('sm2.keygen').generateKeyPair()).toThrow(refused);
    expect(() => lacking('sm2.sign').signWith(pair, MESSAGE)).toThrow(/capability=sm2.sign/);
    expect(() => lacking('sm2.verify').verify(pair.publicKey, MESSAGE, new Uint8Array(64))).toThrow(refused);
    expect(() => lacking('sm2.encrypt').encrypt(pair.publicKey, MESSAGE)).toThrow(refused);
    expect(() => lacking('sm2.decrypt').decrypt(pair.privateKey, MESSAGE)).toThrow(refused);
    expect(() => lacking('sm3').z(pair.publicKey)).toThrow(refused);
    expect(() => lacking('sm2.random').signWith(pair, MESSAGE, { random })).toThrow(refused);
    expect(() => lacking('sm2.random').encrypt(pair.publicKey, MESSAGE, { random })).toThrow(refused);
    expect(lacking('sm2.random').signWith(pair, MESSAGE).length).toBeGreaterThan(60);
  });
});
