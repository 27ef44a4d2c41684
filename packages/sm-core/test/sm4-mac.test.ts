import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, type Sm4MacName, type Sm4MacPadding, sm4, toHex, utf8 } from '../src/index.ts';
import { bad, block, code, flip, NOT_BYTES, openssl, random, secretOf } from './support/sm4.ts';

const KEY = fromHex('0123456789abcdeffedcba9876543210');
const KEY2 = fromHex('0123456789abcdeffedcba98765432104149d2aded9456681ec8b511d9e7ee04');
const TEXT = utf8('This is the test message for mac');
const SHORT = utf8('This is the test message ');
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const two = new Set<Sm4MacName>(['emac', 'ansi-retail-mac', 'mac-des']);
const keyOf = (name: Sm4MacName) => secretOf(two.has(name) ? KEY2 : KEY);

/** Examples of the annex: of nothing, of two whole blocks, and of 25 bytes. */
const ANNEX: Readonly<Record<Sm4MacName, readonly [string, string, string]>> = {
  'cbc-mac': [
    '8c338e5a27e349beae39214feda97099',
    '4b6553af3c4e27448412315ac7849535',
    '421ad1690aa152e2846fa2a5d83445a9',
  ],
  emac: [
    '2cf6edf63cce144489eaddf07b4938db',
    'e423e35599afd948aec50bdee838e9ea',
    'f02625cead008d4efbf3f0b2b0c2a75b',
  ],
  'ansi-retail-mac': [
    'b4736be9a174faa34db1e9f1dacd5d62',
    '51e9928c2238330c3231b8752a9afd7f',
    '197247229ce9d7b6ae405bf885b27057',
  ],
  'mac-des': [
    '0c560096b609ed0eaa39afd6e2666511',
    '7e1a9a5e0ef0947f25cb9485261c985c',
    '949476d35f17261e1fb8c4396d62dc05',
  ],
  cmac: [
    '29e154322e5c7bd8ee6a25ba549b24bc',
    '692c437100f3b5ee2b8abcef373d990c',
    '4738a6c760b280fc0c8a8af3886e9f5d',
  ],
  lmac: [
    'cd7ed27964e257c077f055f8ee383c3f',
    'a0c465ee5896972f8337aa1f92c99d10',
    '60dd955ed0ca3d7a64227174dd98dd81',
  ],
  'tr-cbc-mac': ['ae39214feda97099', '16e02904efb765b7', '846fa2a5d83445a9'],
  'cbcr-mac': [
    '909f5e6ed15518c01252302383c63e8c',
    'e40ed79c3149a1c9d42f04c423049935',
    'a99d13013e892ee2c25be2daaa6c82e8',
  ],
};
const NAMES = Object.keys(ANNEX) as Sm4MacName[];

describe.each(NAMES)('SM4 %s', (name) => {
  const mac = (message: Uint8Array, options = {}) => sm4.mac(name, keyOf(name), message, options);

  it('is that of the annex', () => {
    expect([zeros(0), TEXT, SHORT].map((message) => toHex(mac(message)))).toEqual(ANNEX[name]);
  });

  it('is verified, and only it', () => {
    const message = random(45);
    const tag = mac(message);
    expect(sm4.verifyMac(name, keyOf(name), message, tag)).toBe(true);
    for (let at = 0; at < tag.length; at++) {
      expect(sm4.verifyMac(name, keyOf(name), message, flip(tag, at))).toBe(false);
    }
    for (const at of [0, 15, 16, 31, 44]) {
      expect(sm4.verifyMac(name, keyOf(name), flip(message, at), tag)).toBe(false);
    }
    expect(sm4.verifyMac(name, keyOf(name), concatBytes(message, zeros(1)), tag)).toBe(false);
    expect(sm4.verifyMac(name, keyOf(name), message.subarray(1), tag)).toBe(false);
    const other = secretOf(flip(two.has(name) ? KEY2 : KEY, 3));
    expect(sm4.verifyMac(name, other, message, tag)).toBe(false);
  });

  it('is cut to the left', () => {
    const full = mac(SHORT);
    for (const tagBytes of name === 'tr-cbc-mac' ? [8] : [4, 8, 15]) {
      const tag = mac(SHORT, { tagBytes });
      expect(toHex(tag)).toBe(toHex(full.subarray(0, tagBytes)));
      expect(sm4.verifyMac(name, keyOf(name), SHORT, tag, { tagBytes })).toBe(true);
    }
  });

  it('of another length than asked for is refused', () => {
    for (const length of [0, 4, 7, 15, 17]) {
      expect(() => sm4.verifyMac(name, keyOf(name), SHORT, zeros(length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });

  it.each([0, 1, 3, 17, 4.5, Number.NaN, '8', null])(
    'refuses %s as tag length [part of EDGE-011]',
    (value) => {
      const options = { tagBytes: value as number };
      expect(() => mac(SHORT, options)).toThrow(code('ERR_INPUT_VALUE'));
      expect(() => sm4.verifyMac(name, keyOf(name), SHORT, zeros(4), options)).toThrow(
        code('ERR_INPUT_VALUE'),
      );
    },
  );

  it.each(['method-5', 'zeros', '', 2, null])('refuses the padding %s [part of EDGE-011]', (value) => {
    expect(() => mac(SHORT, { padding: value as Sm4MacPadding })).toThrow(code('ERR_INPUT_VALUE'));
  });

  it('refuses what is not bytes', () => {
    for (const value of NOT_BYTES) {
      expect(() => mac(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm4.verifyMac(name, keyOf(name), SHORT, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('takes long messages, in the blocks that they have', () => {
    const message = random(40_000);
    const tag = toHex(mac(message));
    for (const at of [0, 16_383, 16_384, 32_768, 39_999]) {
      expect(toHex(mac(flip(message, at))), `byte ${at}`).not.toBe(tag);
    }
  });
});

describe('padding methods', () => {
  const last = (data: Uint8Array): Uint8Array => openssl('cbc', KEY, zeros(16), data).slice(-16);
  const mac = (message: Uint8Array, padding: Sm4MacPadding) =>
    sm4.mac('cbc-mac', secretOf(KEY), message, { padding });

  it.each([0, 1, 15, 16, 17, 32, 40])('are those of the standard for %i bytes', (length) => {
    const message = random(length);
    const whole = Math.max(16, (length + 15) & -16);
    const filled = concatBytes(message, zeros(whole - length));
    expect(mac(message, 'method-1')).toEqual(last(filled));
    const marked = concatBytes(message, Uint8Array.of(0x80), zeros(15 - (length % 16)));
    expect(mac(message, 'method-2')).toEqual(last(marked));
    const head = zeros(16);
    new DataView(head.buffer).setUint32(12, 8 * length);
    expect(mac(message, 'method-3')).toEqual(last(concatBytes(head, filled)));
    if (length > 0 && length % 16 === 0) expect(mac(message, 'none')).toEqual(last(message));
    else expect(() => mac(message, 'none')).toThrow(code('ERR_INPUT_LENGTH'));
  });

  it.each(['cmac', 'tr-cbc-mac', 'cbcr-mac'] as const)('are not to be chosen for %s', (name) => {
    for (const padding of ['method-1', 'method-2', 'method-3', 'none'] as const) {
      expect(() => sm4.mac(name, secretOf(KEY), TEXT, { padding })).toThrow(code('ERR_INPUT_VALUE'));
    }
    expect(() => sm4.mac('cbc-mac', secretOf(KEY), TEXT, { padding: 'method-4' })).toThrow(
      code('ERR_INPUT_VALUE'),
    );
  });
});

describe('SM4 MACs', () => {
  it.each(['CMAC', 'hmac', '', '__proto__', 'constructor', 7, null, undefined])(
    'refuse the name %s [part of EDGE-011]',
    (value) => {
      const name = value as Sm4MacName;
      expect(() => sm4.mac(name, secretOf(KEY), TEXT)).toThrow(code('ERR_INPUT_VALUE'));
      expect(() => sm4.verifyMac(name, secretOf(KEY), TEXT, zeros(16))).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it('have CMAC by its own name', () => {
    const message = random(33);
    const tag = sm4.cmac(secretOf(KEY), message);
    expect(tag).toEqual(sm4.mac('cmac', secretOf(KEY), message));
    expect(sm4.verifyCmac(secretOf(KEY), message, tag)).toBe(true);
    expect(sm4.verifyCmac(secretOf(KEY), message, flip(tag, 15))).toBe(false);
  });

  it('of one whole block need no second one for MacDES', () => {
    // The only block is the first and the last: under K1, K3 and K2 one after the other.
    const message = random(16);
    const [k1, k2] = [KEY2.subarray(0, 16), KEY2.subarray(16)];
    const k3 = k2.map((byte) => byte ^ 0xf0);
    const expected = block(k2, block(k3, block(k1, message)));
    expect(sm4.mac('mac-des', secretOf(KEY2), message, { padding: 'none' })).toEqual(expected);
  });
});
