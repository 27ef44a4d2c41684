import { describe, expect, it } from 'vitest';
import {
  fromHex,
  SM4_BLOCK_BYTES,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  SM4_PARAMETERS,
  type Sm4MacName,
  type Sm4ModeName,
  sm4,
  sm4Parameters,
} from '../src/index.ts';
import { code, secretOf } from './support/sm4.ts';

const NAMES = Object.keys(SM4_PARAMETERS) as Sm4ModeName[];
const key = (length = 16) => secretOf(Uint8Array.from({ length }, (_, i) => i));
const zeros = (length: number): Uint8Array => new Uint8Array(length);

describe('the parameters of SM4', () => {
  it('are one list that nobody can change [part of EDGE-011]', () => {
    const frozen = (value: object): boolean =>
      Object.isFrozen(value) &&
      Object.values(value).every((part) => typeof part !== 'object' || frozen(part));
    expect(frozen(SM4_PARAMETERS)).toBe(true);
    expect(NAMES.length).toBe(22);
    expect(JSON.parse(JSON.stringify(SM4_PARAMETERS))).toEqual(SM4_PARAMETERS);
  });

  it.each(NAMES)('name mode, key, nonce rule and tag of %s [part of EDGE-011]', (name) => {
    const { standard, authenticated, keyBytes, nonceBytes, nonceRule, tagBytes, padding, messageBytes } =
      sm4Parameters(name);
    expect(standard).toMatch(/^(GB\/T|NIST|IEEE)/);
    expect([16, 32]).toContain(keyBytes);
    expect(nonceBytes.min <= nonceBytes.default && nonceBytes.default <= nonceBytes.max).toBe(true);
    expect(nonceBytes.max === 0).toBe(nonceRule === 'none' || nonceRule === 'zero');
    expect(tagBytes.length > 0).toBe(authenticated);
    expect(new Set(tagBytes).size).toBe(tagBytes.length);
    expect(padding.length).toBeGreaterThan(0);
    expect(messageBytes.min).toBeLessThan(messageBytes.max);
  });

  it.each(['sm4', 'CBC', 'aes-gcm', '', 'toString', '__proto__', undefined, null, 7])(
    'of %s are refused [part of EDGE-011]',
    (name) => {
      expect(() => sm4Parameters(name as Sm4ModeName)).toThrow(code('ERR_INPUT_VALUE'));
    },
  );

  it('are what the functions do', () => {
    const { gcm, ccm, aead, cbc } = SM4_PARAMETERS;
    expect([aead.nonceBytes.default, aead.tagBytes[0]]).toEqual([SM4_GCM_NONCE_BYTES, SM4_GCM_TAG_BYTES]);
    expect(sm4.aead(key()).seal(zeros(0))).toHaveLength(aead.nonceBytes.default + aead.tagBytes[0]!);
    expect(cbc.nonceBytes.default).toBe(SM4_BLOCK_BYTES);
    expect(sm4.cbcEncrypt(key(), zeros(16), zeros(16))).toEqual(
      sm4.cbcEncrypt(key(), zeros(16), zeros(16), { padding: cbc.padding[0] as 'pkcs7' }),
    );
    for (const [name, { nonceBytes, tagBytes }] of Object.entries({ gcm, ccm })) {
      const make = sm4[name as 'gcm' | 'ccm'];
      expect(make(key()).seal(zeros(nonceBytes.default), zeros(0))).toHaveLength(tagBytes[0]!);
      for (const length of [nonceBytes.min, nonceBytes.max]) {
        make(key(), { nonceBytes: length }).seal(zeros(length), zeros(1));
      }
      for (const length of [nonceBytes.min - 1, nonceBytes.max + 1]) {
        expect(() => make(key(), { nonceBytes: length })).toThrow(code('ERR_INPUT_VALUE'));
      }
      for (let length = 0; length <= 17; length++) {
        const call = () => make(key(), { tagBytes: length });
        if (tagBytes.includes(length)) call();
        else expect(call).toThrow(code('ERR_INPUT_VALUE'));
      }
    }
  });

  it('say how long the key, the tag and the padding of a MAC are', () => {
    const names = NAMES.filter((name) => SM4_PARAMETERS[name].nonceRule === 'zero') as Sm4MacName[];
    expect(names.length).toBe(8);
    for (const name of names) {
      const { keyBytes, tagBytes, padding } = SM4_PARAMETERS[name];
      expect(sm4.mac(name, key(keyBytes), zeros(16))).toHaveLength(tagBytes[0]!);
      expect(sm4.mac(name, key(keyBytes), zeros(16))).toEqual(
        sm4.mac(name, key(keyBytes), zeros(16), { padding: padding[0] as 'method-2' }),
      );
      expect(() => sm4.mac(name, key(48 - keyBytes), zeros(16))).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });

  it('have the clause of the key wrap', () => {
    const { messageBytes, tagBytes } = SM4_PARAMETERS['key-wrap'];
    expect(sm4.wrapKey(key(), key(messageBytes.min))).toHaveLength(messageBytes.min + tagBytes[0]!);
    expect(() => sm4.wrapKey(key(), secretOf(fromHex('00')))).toThrow(code('ERR_INPUT_LENGTH'));
  });
});
