import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { decodeCiphertext, encodeCiphertext } from '../src/encoding/sm2.ts';
import {
  concatBytes,
  createSm2,
  derElement,
  derUnsigned,
  fromHex,
  HealthCheckedRandom,
  randomBytes,
  Secret,
  SM2_MAX_MESSAGE_BYTES,
  sm2,
  toHex,
} from '../src/index.ts';
import { KAT_SM2_ENCRYPT } from '../src/spec/v1/known-answers.ts';
import { encode, fromBig } from './support/affine.ts';
import { seededBytes } from './support/seeded.ts';
import { always, annex, bad, code, failing, MESSAGE, NOT_BYTES, scripted } from './support/sm2-fixtures.ts';

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
      const ciphertext = sm2.encrypt(fromHex(publicKey), fromHex(message), { format, random: always(k) });
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
    const random = scripted(toHex(fromBig(470n)), KAT_SM2_ENCRYPT.k);
    const { publicKey } = annex();
    const ciphertext = sm2.encrypt(publicKey, Uint8Array.of(0x5a), { format: 'c1c3c2', random });
    expect(random.left).toBe(0);
    expect(toHex(ciphertext.subarray(0, 65))).toBe(KAT_SM2_ENCRYPT.c1);
  });

  it('is not made when the source fails', () => {
    expect(() => sm2.encrypt(annex().publicKey, MESSAGE, { random: failing })).toThrow('no entropy');
    for (const random of [null, 7, {}, { fill: 'bytes' }]) {
      const options = { random: random as never };
      expect(() => sm2.encrypt(annex().publicKey, MESSAGE, options)).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('has one array for its DER, the same as from DER elements', () => {
    const bytes = seededBytes('ciphertext encoding');
    for (const length of [1, 10, 23, 24, 100, 150, 151, 152, 153, 300, 65_400, 65_436, 65_500]) {
      const c1c3c2 = bytes(97 + length);
      c1c3c2[0] = 4;
      c1c3c2.fill(0, 1, 1 + (length % 33));
      const der = encodeCiphertext(c1c3c2, 'der');
      const part = (from: number, to?: number) => c1c3c2.subarray(from, to);
      const numbers = [derUnsigned(part(1, 33)), derUnsigned(part(33, 65))];
      const octets = [derElement(4, part(65, 97)), derElement(4, part(97))];
      expect(toHex(der)).toBe(toHex(derElement(0x30, ...numbers, ...octets)));
      for (const format of ['der', 'c1c3c2', 'c1c2c3'] as const) {
        const encoded = encodeCiphertext(c1c3c2, format);
        expect(toHex(decodeCiphertext(encoded, format))).toBe(toHex(c1c3c2));
      }
    }
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

  it('says what is no ciphertext at all, and does not hide a fault of the engine', () => {
    const { privateKey } = annex();
    for (const value of NOT_BYTES) {
      expect(() => sm2.decrypt(privateKey, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
    const sm2Decrypt = () => {
      throw new RangeError('broken engine');
    };
    const broken = createSm2({ ...nobleEngine, sm2Decrypt });
    expect(() => broken.decrypt(privateKey, new Uint8Array(120), { format: 'c1c3c2' })).toThrow(
      'broken engine',
    );
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
    const { publicKey, privateKey } = pair;
    const random = new HealthCheckedRandom();
    const exchange = { role: 'initiator', pair, peerPublicKey: publicKey, keyLength: 16 } as const;
    expect(() => lacking('sm2.keygen').generateKeyPair()).toThrow(refused);
    expect(() => lacking('sm2.keygen').keyExchange(exchange)).toThrow(refused);
    expect(() => lacking('sm2.sign').signWith(pair, MESSAGE)).toThrow(/capability=sm2.sign/);
    expect(() => lacking('sm2.sign').signer(pair)).toThrow(/capability=sm2.sign/);
    expect(() => lacking('sm2.verify').verify(publicKey, MESSAGE, new Uint8Array(64))).toThrow(refused);
    expect(() => lacking('sm2.verify').verifier(publicKey)).toThrow(refused);
    expect(() => lacking('sm2.encrypt').encrypt(publicKey, MESSAGE)).toThrow(refused);
    expect(() => lacking('sm2.decrypt').decrypt(privateKey, MESSAGE)).toThrow(refused);
    expect(() => lacking('sm2.multiply').ecdh(privateKey, publicKey)).toThrow(/capability=sm2.multiply/);
    expect(() => lacking('sm2.exchange').keyExchange(exchange)).toThrow(/capability=sm2.exchange/);
    expect(() => lacking('sm2.decompress').publicKey(sm2.compress(publicKey))).toThrow(refused);
    expect(() => lacking('sm3').z(publicKey)).toThrow(refused);
    expect(() => lacking('sm2.random').signWith(pair, MESSAGE, { random })).toThrow(refused);
    expect(() => lacking('sm2.random').signer(pair, { random })).toThrow(refused);
    expect(() => lacking('sm2.random').encrypt(publicKey, MESSAGE, { random })).toThrow(refused);
    expect(lacking('sm2.random').signWith(pair, MESSAGE).length).toBeGreaterThan(60);
  });
});
