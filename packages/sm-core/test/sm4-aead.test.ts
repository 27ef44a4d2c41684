import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  concatBytes,
  createSm4,
  fromHex,
  type RandomSource,
  SM4_MAX_RANDOM_NONCES,
  type Sm4BatchResult,
  type Sm4SealItem,
  type SmError,
  sm4,
  toHex,
  utf8,
} from '../src/index.ts';
import { bad, code, flip, NOT_BYTES, random, secretOf } from './support/sm4.ts';

const KEY = fromHex('0123456789abcdeffedcba9876543210');
const CONTEXT = utf8('record 7');
const DATA = utf8('a secret of some length');
const aead = () => sm4.aead(secretOf(KEY));
const gcm = () => sm4.gcm(secretOf(KEY));

/** Nonces 01…, 02…, …; and how long the ones were that were asked for. */
class Counted implements RandomSource {
  readonly asked: number[] = [];

  fill(out: Uint8Array): void {
    this.asked.push(out.length);
    out.fill(this.asked.length);
  }
}

const OPENERS = {
  aead: (box: Uint8Array, context: Uint8Array) => aead().open(box, context),
  openBox: (box: Uint8Array, context: Uint8Array) => gcm().openBox(box, context),
};

describe('SM4 AEAD', () => {
  it('opens what it sealed and nothing else', () => {
    for (const length of [0, 1, 15, 16, 17, 1000]) {
      const data = random(length);
      const box = aead().seal(data, CONTEXT);
      expect(box).toHaveLength(28 + length);
      for (const open of Object.values(OPENERS)) expect(toHex(open(box, CONTEXT))).toBe(toHex(data));
    }
    expect(aead().open(aead().seal(DATA))).toEqual(DATA);
  });

  it('writes the boxes that sealBox writes', () => {
    const make = () => createSm4(nobleEngine, new Counted());
    const box = make().aead(secretOf(KEY)).seal(DATA, CONTEXT);
    expect(toHex(box)).toBe(toHex(make().gcm(secretOf(KEY)).sealBox(DATA, CONTEXT)));
    expect(toHex(box.subarray(0, 12))).toBe('01'.repeat(12));
    expect(toHex(box.subarray(12))).toBe(toHex(gcm().seal(box.subarray(0, 12), DATA, CONTEXT)));
    expect(aead().open(gcm().sealBox(DATA, CONTEXT), CONTEXT)).toEqual(DATA);
  });

  it.each(Object.entries(OPENERS))('has one failure for every change: %s', (_name, open) => {
    const [box, other] = [aead().seal(DATA, CONTEXT), aead().seal(DATA, CONTEXT)];
    const changed = [
      ...Array.from({ length: box.length }, (_, at) => flip(box, at)),
      ...[0, 1, 12, 27, box.length - 1].map((length) => box.subarray(0, length)),
      concatBytes(box, new Uint8Array(1)),
      concatBytes(other.subarray(0, 12), box.subarray(12)),
      concatBytes(box.subarray(12), box.subarray(0, 12)),
    ];
    const failures = new Set<string>();
    for (const attempt of [
      ...changed.map((value) => () => open(value, CONTEXT)),
      () => open(box, utf8('record 8')),
      () => open(box, new Uint8Array(0)),
    ]) {
      try {
        attempt();
        expect.unreachable();
      } catch (error) {
        failures.add(`${(error as SmError).code} ${(error as SmError).message}`);
      }
    }
    expect([...failures]).toEqual(['ERR_DECRYPT_FAILED Decryption failed.']);
  });

  it('draws a fresh nonce of 96 bits for each box and counts them', () => {
    const source = new Counted();
    const one = createSm4(nobleEngine, source).aead(secretOf(KEY));
    const boxes = [one.seal(DATA), one.seal(DATA), one.seal(DATA)];
    expect(source.asked).toEqual([12, 12, 12]);
    expect(one.used).toBe(3);
    expect(new Set(boxes.map((box) => toHex(box.subarray(0, 12)))).size).toBe(3);
    one.open(boxes[0]!);
    expect(one.used).toBe(3);
  });

  it('stops when the key has sealed 2^32 boxes, but still opens', () => {
    const one = sm4.aead(secretOf(KEY), { used: SM4_MAX_RANDOM_NONCES - 2 });
    const box = one.seal(DATA);
    one.seal(DATA);
    expect(one.used).toBe(SM4_MAX_RANDOM_NONCES);
    expect(() => one.seal(DATA)).toThrow(code('ERR_KEY_EXHAUSTED'));
    expect(one.sealMany([{ plaintext: DATA }]).map(outcome)).toEqual(['ERR_KEY_EXHAUSTED']);
    expect(one.open(box)).toEqual(DATA);
  });

  it.each([-1, 0.5, SM4_MAX_RANDOM_NONCES + 1, Number.NaN, '0', ''])(
    'refuses %s as a number of boxes',
    (value) => {
      expect(() => sm4.aead(secretOf(KEY), { used: value as number })).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it('seals nothing with a source of random bytes that fails', () => {
    const source: RandomSource = {
      fill() {
        throw new Error('no random bytes');
      },
    };
    const on = createSm4(nobleEngine, source);
    expect(() => on.aead(secretOf(KEY)).seal(DATA)).toThrow('no random bytes');
    expect(() => on.gcm(secretOf(KEY)).sealBox(DATA, CONTEXT)).toThrow('no random bytes');
  });

  it('refuses other types', () => {
    for (const value of NOT_BYTES) {
      expect(() => aead().seal(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => aead().open(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().sealBox(bad(value), CONTEXT)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().openBox(bad(value), CONTEXT)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => gcm().sealBox(DATA, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      if (value === undefined) continue;
      expect(() => aead().seal(DATA, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => aead().open(new Uint8Array(40), bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('has boxes for nonces of 12 bytes only', () => {
    const other = sm4.gcm(secretOf(KEY), { nonceBytes: 16 });
    expect(() => other.sealBox(DATA, CONTEXT)).toThrow(code('ERR_INPUT_VALUE'));
    expect(() => other.openBox(new Uint8Array(60), CONTEXT)).toThrow(code('ERR_INPUT_VALUE'));
  });

  it('outlives its key but not destroy', () => {
    const [keyOne, keyTwo] = [secretOf(KEY), secretOf(KEY)];
    const [one, two] = [sm4.aead(keyOne), sm4.gcm(keyTwo)];
    keyOne.destroy();
    keyTwo.destroy();
    const [box, nonce] = [one.seal(DATA, CONTEXT), new Uint8Array(12)];
    expect(two.openBox(box, CONTEXT)).toEqual(DATA);
    const stream = two.encryptor(nonce);
    const ending = two.encryptor(Uint8Array.from(nonce).fill(1));
    for (let i = 0; i < 2; i++) {
      one.destroy();
      two.destroy();
    }
    for (const call of [
      () => one.seal(DATA, CONTEXT),
      () => one.open(box, CONTEXT),
      () => one.sealMany([]),
      () => one.openMany([]),
      () => two.seal(nonce, DATA),
      () => two.open(nonce, DATA),
      () => two.sealBox(DATA, CONTEXT),
      () => two.openBox(box, CONTEXT),
      () => two.encryptor(nonce),
      () => stream.update(DATA),
      () => ending.final(),
    ]) {
      expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
    }
    expect(() => stream.final()).toThrow(code('ERR_CIPHER_FINISHED'));
  });
});

/** `ok`, or the code of the error. */
const outcome = (result: Sm4BatchResult): string => (result.ok ? 'ok' : result.error.code);

describe('SM4 AEAD in batches', () => {
  it('gives results in order, each a box of its own [part of EDGE-029]', () => {
    const one = aead();
    const items = Array.from({ length: 40 }, (_, i) => ({
      plaintext: random(i),
      associatedData: utf8(`${i}`),
    }));
    const sealed = one.sealMany(items);
    expect(sealed.map(outcome)).toEqual(items.map(() => 'ok'));
    const boxes = sealed.map((result) => (result.ok ? result.data : new Uint8Array(0)));
    boxes.forEach((box, i) => {
      expect(toHex(one.open(box, items[i]!.associatedData))).toBe(toHex(items[i]!.plaintext));
    });
    const opened = one.openMany(boxes.map((box, i) => ({ box, associatedData: items[i]!.associatedData })));
    expect(opened.map((result) => (result.ok ? toHex(result.data) : ''))).toEqual(
      items.map(({ plaintext }) => toHex(plaintext)),
    );
    expect(one.used).toBe(40);
    expect([one.sealMany([]), one.openMany([])]).toEqual([[], []]);
  });

  it('reports an item that fails and loses no other [part of EDGE-029]', () => {
    const one = aead();
    const good = { plaintext: DATA };
    const items = [
      good,
      null,
      good,
      { plaintext: 'text' },
      undefined,
      good,
      {},
      7,
    ] as unknown as Sm4SealItem[];
    expect(one.sealMany(items).map(outcome)).toEqual([
      'ok',
      'ERR_INPUT_TYPE',
      'ok',
      'ERR_INPUT_TYPE',
      'ERR_INPUT_TYPE',
      'ok',
      'ERR_INPUT_TYPE',
      'ERR_INPUT_TYPE',
    ]);
    const box = one.seal(DATA);
    const boxes = [box, flip(box, 20), box.subarray(0, 5), box, flip(box, 0)].map((value) => ({
      box: value,
    }));
    const opened = one.openMany(boxes);
    expect(opened.map(outcome)).toEqual([
      'ok',
      'ERR_DECRYPT_FAILED',
      'ERR_DECRYPT_FAILED',
      'ok',
      'ERR_DECRYPT_FAILED',
    ]);
    expect(opened[3]).toEqual({ ok: true, data: DATA });
  });

  it.each([undefined, null, 'text', { length: 1 }, 5])('refuses %s for a list', (value) => {
    expect(() => aead().sealMany(value as unknown as Sm4SealItem[])).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => aead().openMany(value as never)).toThrow(code('ERR_INPUT_TYPE'));
  });

  it('does not hide a broken engine behind an item', () => {
    const on = createSm4({
      ...nobleEngine,
      sm4Gcm: (key) => ({
        ...nobleEngine.sm4Gcm(key),
        encryptBlocks() {
          throw new TypeError('broken engine');
        },
      }),
    });
    expect(() => on.aead(secretOf(KEY)).sealMany([{ plaintext: DATA }])).toThrow('broken engine');
  });
});
