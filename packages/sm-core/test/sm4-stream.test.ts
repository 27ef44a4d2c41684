import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  concatBytes,
  createSm4,
  fromHex,
  SM4_MAX_BYTES,
  type Sm4Key,
  type Sm4Stream,
  type Sm4StreamMode,
  sm4,
  toHex,
} from '../src/index.ts';
import { bad, code, flip, NOT_BYTES, random, secretOf } from './support/sm4.ts';

const KEY = fromHex('0123456789abcdeffedcba9876543210');
const IV = fromHex('000102030405060708090a0b0c0d0e0f');
const NONE = { padding: 'none' } as const;
const key = () => secretOf(KEY);

/** The whole message through `stream`, cut at `sizes` in turn. */
function inPieces(stream: Sm4Stream, data: Uint8Array, sizes: readonly number[]): Uint8Array {
  const out: Uint8Array[] = [];
  for (let at = 0, i = 0; at < data.length; i++) {
    const end = at + sizes[i % sizes.length]!;
    out.push(stream.update(data.subarray(at, end)));
    at = end;
  }
  return concatBytes(...out, stream.final());
}

const CUTS = [[1], [3, 0, 40], [15], [16], [17], [64, 1], [1000], [16_384, 5], [100_000]];
const LENGTHS = [0, 1, 15, 16, 17, 31, 32, 33, 100, 272];

/** One-shot and streaming form of each mode, by direction. */
const FORMS = {
  'cbc encrypt': [
    (data: Uint8Array) => sm4.cbcEncrypt(key(), IV, data),
    () => sm4.encryptor('cbc', key(), IV),
    1,
  ],
  'cbc decrypt': [
    (data: Uint8Array) => sm4.cbcDecrypt(key(), IV, data),
    () => sm4.decryptor('cbc', key(), IV),
    0,
  ],
  'cbc none encrypt': [
    (data: Uint8Array) => sm4.cbcEncrypt(key(), IV, data, NONE),
    () => sm4.encryptor('cbc', key(), IV, NONE),
    16,
  ],
  'cbc none decrypt': [
    (data: Uint8Array) => sm4.cbcDecrypt(key(), IV, data, NONE),
    () => sm4.decryptor('cbc', key(), IV, NONE),
    16,
  ],
  'ctr encrypt': [(data: Uint8Array) => sm4.ctr(key(), IV, data), () => sm4.encryptor('ctr', key(), IV), 1],
  'ctr decrypt': [(data: Uint8Array) => sm4.ctr(key(), IV, data), () => sm4.decryptor('ctr', key(), IV), 1],
  'cfb encrypt': [
    (data: Uint8Array) => sm4.cfbEncrypt(key(), IV, data),
    () => sm4.encryptor('cfb', key(), IV),
    1,
  ],
  'cfb decrypt': [
    (data: Uint8Array) => sm4.cfbDecrypt(key(), IV, data),
    () => sm4.decryptor('cfb', key(), IV),
    1,
  ],
  'cfb8 encrypt': [
    (data: Uint8Array) => sm4.cfb8Encrypt(key(), IV, data),
    () => sm4.encryptor('cfb8', key(), IV),
    1,
  ],
  'cfb8 decrypt': [
    (data: Uint8Array) => sm4.cfb8Decrypt(key(), IV, data),
    () => sm4.decryptor('cfb8', key(), IV),
    1,
  ],
  'ofb encrypt': [(data: Uint8Array) => sm4.ofb(key(), IV, data), () => sm4.encryptor('ofb', key(), IV), 1],
  'ofb decrypt': [(data: Uint8Array) => sm4.ofb(key(), IV, data), () => sm4.decryptor('ofb', key(), IV), 1],
  gcm: [
    (data: Uint8Array) => sm4.gcm(key()).seal(IV.subarray(4), data, IV),
    () => sm4.gcm(key()).encryptor(IV.subarray(4), IV),
    1,
  ],
} as const;
const NAMES = Object.keys(FORMS) as (keyof typeof FORMS)[];

describe.each(NAMES)('streaming SM4: %s', (name) => {
  const [oneShot, open, unit] = FORMS[name];
  // What is decrypted with padding must have been encrypted with it.
  const input = (length: number): Uint8Array =>
    unit === 0 ? sm4.cbcEncrypt(key(), IV, random(length)) : random(unit === 1 ? length : length & -16);

  it('gives what the one-shot form gives, however it is cut', () => {
    for (const length of [...LENGTHS, 40_000]) {
      const data = input(length);
      const expected = toHex(oneShot(data));
      for (const sizes of length > 1000 ? CUTS.slice(6) : CUTS) {
        expect(toHex(inPieces(open(), data, sizes)), `${length} bytes in ${sizes}`).toBe(expected);
      }
    }
  });

  it('holds back one block at most', () => {
    const stream = open();
    const data = input(272);
    let given = 0;
    for (let at = 0; at < data.length; at++) {
      given += stream.update(data.subarray(at, at + 1)).length;
      expect(at + 1 - given).toBeLessThanOrEqual(16);
      expect(given % 16).toBe(0);
    }
  });

  it('is finished after final and after destroy', () => {
    const finished = open();
    finished.update(input(32));
    finished.final();
    const given = open();
    given.update(input(16));
    given.destroy();
    for (const stream of [finished, given]) {
      expect(() => stream.update(IV)).toThrow(code('ERR_CIPHER_FINISHED'));
      expect(() => stream.update(new Uint8Array(0))).toThrow(code('ERR_CIPHER_FINISHED'));
      expect(() => stream.final()).toThrow(code('ERR_CIPHER_FINISHED'));
      stream.destroy();
    }
  });

  it('refuses other types and goes on', () => {
    const stream = open();
    const data = input(48);
    const first = stream.update(data.subarray(0, 20));
    for (const value of NOT_BYTES) expect(() => stream.update(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    const all = concatBytes(first, stream.update(data.subarray(20)), stream.final());
    expect(toHex(all)).toBe(toHex(oneShot(data)));
  });

  it('gives arrays that are the caller’s, and keeps none of the input', () => {
    const stream = open();
    const data = input(100);
    const expected = toHex(oneShot(data));
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < data.length; at += 7) {
      const piece = data.slice(at, at + 7);
      pieces.push(stream.update(piece));
      piece.fill(0xee);
    }
    pieces.push(stream.final());
    expect(toHex(concatBytes(...pieces))).toBe(expected);
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(pieces.length);
  });
});

describe('streaming SM4-CBC', () => {
  it('refuses a wrong padding with one failure', () => {
    const ciphertext = sm4.cbcEncrypt(key(), IV, random(40));
    const wrong = [
      flip(ciphertext, 47),
      flip(ciphertext, 31),
      ciphertext.subarray(0, 47),
      ciphertext.subarray(0, 32),
      ciphertext.subarray(0, 33),
      new Uint8Array(0),
      new Uint8Array(15),
    ];
    for (const data of wrong) {
      const stream = sm4.decryptor('cbc', key(), IV);
      stream.update(data);
      expect(() => stream.final()).toThrow(code('ERR_DECRYPT_FAILED'));
      expect(() => stream.final()).toThrow(code('ERR_CIPHER_FINISHED'));
    }
  });

  it('without padding refuses a message that is not whole blocks', () => {
    const encryptor = sm4.encryptor('cbc', key(), IV, NONE);
    encryptor.update(random(17));
    expect(() => encryptor.final()).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => encryptor.update(IV)).toThrow(code('ERR_CIPHER_FINISHED'));
    const decryptor = sm4.decryptor('cbc', key(), IV, NONE);
    decryptor.update(random(17));
    expect(() => decryptor.final()).toThrow(code('ERR_DECRYPT_FAILED'));
  });
});

describe('streaming SM4', () => {
  it.each(['gcm', 'ecb', 'xts', 'CBC', '', 'toString', null, undefined, 7])(
    'refuses the mode %s [part of EDGE-011]',
    (value) => {
      const mode = value as Sm4StreamMode;
      expect(() => sm4.encryptor(mode, key(), IV)).toThrow(code('ERR_INPUT_VALUE'));
      expect(() => sm4.decryptor(mode, key(), IV)).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it.each(['ctr', 'cfb', 'cfb8', 'ofb'] as const)('has no padding for %s', (mode) => {
    expect(() => sm4.encryptor(mode, key(), IV, { padding: 'pkcs7' })).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => sm4.decryptor(mode, key(), IV, { padding: 'pkcs7' })).toThrow(code('ERR_INPUT_VALUE'));
  });

  it.each(['cbc', 'ctr', 'cfb', 'cfb8', 'ofb'] as const)('refuses other IVs for %s', (mode) => {
    for (const call of [sm4.encryptor, sm4.decryptor]) {
      for (const length of [0, 12, 15, 17]) {
        expect(() => call(mode, key(), new Uint8Array(length))).toThrow(code('ERR_INPUT_LENGTH'));
      }
      for (const value of NOT_BYTES) {
        expect(() => call(mode, key(), bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      }
    }
  });

  it('refuses a piece of more than 1 GiB', () => {
    const stream = sm4.encryptor('ctr', key(), IV);
    const long = Object.defineProperty(new Uint8Array(1), 'length', { value: SM4_MAX_BYTES + 1 });
    expect(() => stream.update(long)).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it('keeps its own key schedule and IV', () => {
    const [secret, iv, data] = [key(), Uint8Array.from(IV), random(50)];
    const stream = sm4.encryptor('cfb', secret, iv);
    secret.destroy();
    iv.fill(0);
    expect(inPieces(stream, data, [9])).toEqual(sm4.cfbEncrypt(key(), IV, data));
  });

  it('is over when the engine fails half-way', () => {
    let calls = 0;
    const sm4Key = (bytes: Uint8Array): Sm4Key => {
      const inner = nobleEngine.sm4(bytes);
      const cbcEncrypt: Sm4Key['cbcEncrypt'] = (iv, input, output) => {
        if (++calls === 2) throw new Error('broken engine');
        inner.cbcEncrypt(iv, input, output);
      };
      return Object.assign(Object.create(inner) as Sm4Key, { cbcEncrypt, destroy: () => inner.destroy() });
    };
    const stream = createSm4({ ...nobleEngine, sm4: sm4Key }).encryptor('cbc', key(), IV);
    stream.update(random(5));
    expect(() => stream.update(random(50))).toThrow('broken engine');
    expect(() => stream.update(random(1))).toThrow(code('ERR_CIPHER_FINISHED'));
    expect(() => stream.final()).toThrow(code('ERR_CIPHER_FINISHED'));
  });
});
