import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  createSm2,
  fromHex,
  type Sm2VerifyItem,
  type SmEngine,
  SmError,
  sm2,
  toHex,
  utf8,
} from '../src/index.ts';
import { KAT_SM2_SIGN } from '../src/spec/v1/known-answers.ts';
import { annex, bad, code, MESSAGE, NOT_BYTES } from './support/sm2-fixtures.ts';

const { e, publicKey, r, s } = KAT_SM2_SIGN;
const POINT = fromHex(publicKey);
const GENUINE = fromHex(r + s);

describe('a verifier', () => {
  it('accepts the signature of the annex, and no other [part of EDGE-010]', () => {
    const verifier = sm2.verifier(POINT, { format: 'raw' });
    expect(verifier.verify(fromHex(KAT_SM2_SIGN.message), GENUINE)).toBe(true);
    expect(verifier.verifyDigest(fromHex(e), GENUINE)).toBe(true);
    for (const at of [0, 31, 32, 63]) {
      const wrong = GENUINE.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(verifier.verifyDigest(fromHex(e), wrong)).toBe(false);
    }
    expect(verifier.verify(utf8('another message'), GENUINE)).toBe(false);
  });

  it('binds the ID that it was made with', () => {
    const pair = annex();
    const id = utf8('ALICE123@YAHOO.COM');
    const signature = sm2.signWith(pair, MESSAGE, { id });
    expect(sm2.verifier(pair.publicKey, { id }).verify(MESSAGE, signature)).toBe(true);
    expect(sm2.verifier(pair.publicKey).verify(MESSAGE, signature)).toBe(false);
    expect(sm2.verifier(pair.publicKey, { id: new Uint8Array(0) }).verify(MESSAGE, signature)).toBe(false);
  });

  it('keeps its key, whatever becomes of the array', () => {
    for (const missing of ['none', 'sm2.prepared-public']) {
      const capabilities = new Set([...nobleEngine.capabilities].filter((item) => item !== missing));
      const key = Uint8Array.from(POINT);
      const verifier = createSm2({ ...nobleEngine, capabilities }).verifier(key, { format: 'raw' });
      key.fill(0);
      verifier.publicKey.fill(0);
      expect(toHex(verifier.publicKey)).toBe(publicKey);
      expect(verifier.verifyDigest(fromHex(e), GENUINE)).toBe(true);
    }
  });

  it('refuses what is malformed with a code', () => {
    const verifier = sm2.verifier(POINT);
    expect(() => verifier.verify(MESSAGE, GENUINE)).toThrow(code('ERR_SM2_SIGNATURE_MALFORMED'));
    expect(() => verifier.verifyDigest(new Uint8Array(31), GENUINE)).toThrow(code('ERR_INPUT_LENGTH'));
    for (const value of NOT_BYTES) {
      expect(() => verifier.verify(bad(value), GENUINE)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => verifier.verify(MESSAGE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => verifier.verifyDigest(bad(value), GENUINE)).toThrow(code('ERR_INPUT_TYPE'));
    }
    expect(() => sm2.verifier(POINT, { id: new Uint8Array(8192) })).toThrow(code('ERR_SM2_ID_INVALID'));
  });
});

/** What is wrong with an item, and the code that stands in its place. */
const MALFORMED: readonly (readonly [string, Partial<Record<keyof Sm2VerifyItem, unknown>>, string])[] = [
  ['infinity for a key', { publicKey: Uint8Array.of(0) }, 'ERR_SM2_PUBLIC_KEY_INVALID'],
  [
    'a key off the curve',
    { publicKey: POINT.map((b, i) => (i === 64 ? b ^ 1 : b)) },
    'ERR_SM2_PUBLIC_KEY_INVALID',
  ],
  ['no key', { publicKey: undefined }, 'ERR_SM2_PUBLIC_KEY_INVALID'],
  ['a text for a message', { message: 'text' }, 'ERR_INPUT_TYPE'],
  ['a signature of 63 bytes', { signature: GENUINE.subarray(1) }, 'ERR_SM2_SIGNATURE_MALFORMED'],
  ['no signature', { signature: null }, 'ERR_INPUT_TYPE'],
  ['a long ID', { id: new Uint8Array(8192) }, 'ERR_SM2_ID_INVALID'],
  ['an unknown format', { format: 'pem' }, 'ERR_INPUT_VALUE'],
];

describe('a batch of signatures to verify', () => {
  const pair = annex();
  const good = (i: number): Sm2VerifyItem => {
    const message = utf8(`message ${i}`);
    const signature = sm2.signWith(pair, message, { format: 'raw' });
    return { publicKey: Uint8Array.from(pair.publicKey), message, signature, format: 'raw' };
  };

  it('is answered in order, one malformed item taking no other with it [part of EDGE-029]', () => {
    const items = MALFORMED.flatMap(([, change], i) => [good(i), { ...good(i), ...change } as Sm2VerifyItem]);
    const results = sm2.verifyMany(items);
    expect(results).toHaveLength(items.length);
    for (const [i, [what, , expected]] of MALFORMED.entries()) {
      expect(results[2 * i], what).toEqual({ ok: true, valid: true });
      expect(results[2 * i + 1], what).toEqual({ ok: false, error: code(expected) });
      expect((results[2 * i + 1] as { error: unknown }).error).toBeInstanceOf(SmError);
    }
  });

  it('has a place for what is no item, holes too', () => {
    const items = [good(0), undefined, null, 7, 'item', good(1)] as unknown as Sm2VerifyItem[];
    items.length = 8;
    const results = sm2.verifyMany(items);
    expect(results.map((result) => (result.ok ? result.valid : result.error.code))).toEqual(
      [true, ...Array<string>(4).fill('ERR_INPUT_TYPE'), true].concat(
        Array<string>(2).fill('ERR_INPUT_TYPE'),
      ),
    );
  });

  it.each([1, 16])('reads each item once, so that a key cannot change between two looks, %i times', (n) => {
    const attacker = sm2.generateKeyPair();
    const message = utf8('forged');
    const signature = sm2.signWith(attacker, message, { format: 'raw' });
    const changing = (): Sm2VerifyItem => {
      let reads = 0;
      return {
        get publicKey() {
          return reads++ === 0 ? pair.publicKey : attacker.publicKey;
        },
        message,
        signature,
        format: 'raw',
      };
    };
    const forged = { publicKey: pair.publicKey, message, signature, format: 'raw' } as const;
    const items = [...Array.from({ length: n }, changing), forged, good(0)];
    const wrong = { ok: true, valid: false };
    expect(sm2.verifyMany(items)).toEqual([...Array<unknown>(n + 1).fill(wrong), { ok: true, valid: true }]);
  });

  it('keeps the fault of a getter to its item', () => {
    const throwing = (name: string): Sm2VerifyItem =>
      Object.defineProperty({ ...good(0) }, name, {
        get: () => {
          throw new RangeError('getter');
        },
      });
    const names = ['publicKey', 'message', 'signature', 'id', 'format'];
    const results = sm2.verifyMany([...names.map(throwing), good(1)]);
    expect(results.map((result) => (result.ok ? result.valid : result.error.code))).toEqual([
      ...names.map(() => 'ERR_INPUT_TYPE'),
      true,
    ]);
  });

  it('finds each wrong signature among many under one key and under others', () => {
    const others = [sm2.generateKeyPair(), sm2.generateKeyPair()];
    const items = Array.from({ length: 40 }, (_, i): Sm2VerifyItem => {
      const signer = others[i % 8] ?? pair;
      const message = utf8(`message ${i}`);
      const id = i % 5 === 0 ? utf8(`id ${i}`) : undefined;
      const signature = sm2.signWith(signer, message, id === undefined ? {} : { id });
      const signed = i % 3 === 0 ? utf8('another') : message;
      return { publicKey: signer.publicKey, message: signed, signature, ...(id === undefined ? {} : { id }) };
    });
    const expected = items.map((_, i) => ({ ok: true, valid: i % 3 !== 0 }));
    expect(sm2.verifyMany(items)).toEqual(expected);
    // The same one by one, and on an engine without prepared keys.
    expect(items.map((item) => sm2.verify(item.publicKey, item.message, item.signature, item))).toEqual(
      expected.map(({ valid }) => valid),
    );
  });

  it('prepares a key that occurs often, and only such a one', () => {
    let prepared = 0;
    const engine: SmEngine = {
      ...nobleEngine,
      sm2PreparePublic(key) {
        prepared++;
        return nobleEngine.sm2PreparePublic(key);
      },
    };
    const item = good(0);
    const functions = createSm2(engine);
    functions.verifyMany(Array.from({ length: 3 }, () => item));
    expect(prepared).toBe(0);
    functions.verifyMany(Array.from({ length: 20 }, () => item));
    expect(prepared).toBe(1);
    const capabilities = new Set([...engine.capabilities].filter((name) => name !== 'sm2.prepared-public'));
    const results = createSm2({ ...engine, capabilities }).verifyMany(Array.from({ length: 20 }, () => item));
    expect(results.every((result) => result.ok && result.valid)).toBe(true);
    expect(prepared).toBe(1);
  });

  it('is a list, and of an engine that verifies', () => {
    expect(sm2.verifyMany([])).toEqual([]);
    for (const value of [undefined, null, 'items', {}, 7]) {
      expect(() => sm2.verifyMany(value as never)).toThrow(code('ERR_INPUT_TYPE'));
    }
    const capabilities = new Set([...nobleEngine.capabilities].filter((name) => name !== 'sm2.verify'));
    expect(() => createSm2({ ...nobleEngine, capabilities }).verifyMany([good(0)])).toThrow(
      code('ERR_ENGINE_CAPABILITY'),
    );
  });

  it('ends with the fault of an engine, which is no answer about an item', () => {
    const engine: SmEngine = {
      ...nobleEngine,
      sm2VerifyDigest: () => {
        throw new TypeError('broken');
      },
    };
    expect(() => createSm2(engine).verifyMany([good(0)])).toThrow(TypeError);
  });
});

describe('a batch of messages to sign', () => {
  it('is signed in order, one that is malformed taking no other with it [part of EDGE-029]', () => {
    const pair = annex();
    const messages = [utf8('a'), bad('text'), utf8('b'), bad(undefined), new Uint8Array(0), bad(null)];
    const results = sm2.signer(pair).signMany(messages);
    expect(results).toHaveLength(messages.length);
    for (const [i, result] of results.entries()) {
      if (i % 2 === 1) expect(result).toEqual({ ok: false, error: code('ERR_INPUT_TYPE') });
      else expect(result.ok && sm2.verify(pair.publicKey, messages[i]!, result.signature), `${i}`).toBe(true);
    }
  });

  it('reports a source that fails in the middle, and keeps what was signed', () => {
    const pair = annex();
    // The first draw is good; then zeros as often as an engine will draw for one signature.
    let draws = 0;
    const stuck = {
      fill(out: Uint8Array) {
        draws++;
        out.fill(draws > 1 && draws < 66 ? 0 : 1);
      },
    };
    const results = sm2.signer(pair, { random: stuck }).signMany([MESSAGE, MESSAGE, MESSAGE]);
    expect(results.map((result) => (result.ok ? 'signed' : result.error.code))).toEqual([
      'signed',
      'ERR_RANDOM_UNHEALTHY',
      'signed',
    ]);
  });

  it('is a list', () => {
    const signer = sm2.signer(annex());
    expect(signer.signMany([])).toEqual([]);
    for (const value of [undefined, null, 'messages', {}, 7]) {
      expect(() => signer.signMany(value as never)).toThrow(code('ERR_INPUT_TYPE'));
    }
  });
});
