import { fromHex, sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { keyIdentifier } from '../src/certificate/index.ts';
import {
  IDENTITY_EXTENSION_OIDS,
  OIDS,
  PKI_ERRORS,
  PURPOSE_OIDS,
  SGD,
  SGD_CERTIFICATE_ITEMS,
} from '../src/index.ts';
import { oidBytes, oidText } from '../src/internal/oids.ts';
import { newSigner } from './support/authority.ts';
import { codeOf } from './support/codes.ts';

describe('identifiers [part of SEAL-019]', () => {
  it('build the modes of a cipher from its code and a mode of its own', () => {
    const modes = [SGD.SM4_ECB, SGD.SM4_CBC, SGD.SM4_CFB, SGD.SM4_OFB, SGD.SM4_MAC];
    for (const mode of modes) expect(mode & ~0xff).toBe(SGD.SM4);
    expect(modes.map((mode) => mode & 0xff)).toEqual([1, 2, 4, 8, 16]);
    for (const mode of [SGD.ZUC_EEA3, SGD.ZUC_EIA3]) expect(mode & ~0xff).toBe(SGD.ZUC);
  });

  it('give SM2 its standard codes, not those of the headers from before', () => {
    expect([SGD.SM2_1, SGD.SM2_2, SGD.SM2_3]).toEqual([0x20200, 0x20400, 0x20800]);
    expect(SGD.SM3_SM2).toBe(SGD.SM2_1 | SGD.SM3);
  });

  it('are each used once', () => {
    for (const table of [SGD, SGD_CERTIFICATE_ITEMS, OIDS, IDENTITY_EXTENSION_OIDS]) {
      const values = Object.values(table);
      expect(new Set<string | number>(values).size).toBe(values.length);
    }
  });

  it('keep the arcs of the national tree', () => {
    for (const oid of [OIDS.sm2WithSm3, OIDS.sm2Curve, OIDS.sm3, OIDS.sm4, OIDS.sm2Sign]) {
      expect(oid).toMatch(/^1\.2\.156\.10197\.1\./);
    }
    expect(OIDS.sm2Sign).toBe(`${OIDS.sm2Curve}.1`);
    for (const oid of Object.values(IDENTITY_EXTENSION_OIDS))
      expect(oid).toMatch(/^1\.2\.156\.10260\.4\.1\.\d$/);
  });
});

describe('object identifiers', () => {
  it('of every table go into bytes and back', () => {
    for (const table of [OIDS, IDENTITY_EXTENSION_OIDS, PURPOSE_OIDS]) {
      for (const oid of Object.values(table)) expect(oidText(oidBytes(oid))).toBe(oid);
    }
  });

  it.each([
    ['00', '0.0'],
    ['27', '0.39'],
    ['28', '1.0'],
    ['4f', '1.39'],
    ['50', '2.0'],
    ['8837', '2.999'],
    ['2a8fffffffffffffff7f', '1.2.1152921504606846975'],
    ['2a9fffffffffffff7f', '1.2.18014398509481983'],
    ['2a8fffffffffffff7f', '1.2.9007199254740991'],
    ['2a9080808080808000', '1.2.9007199254740992'],
  ])('%s is %s: arcs beyond exact numbers too', (hex, text) => {
    expect(oidText(fromHex(hex))).toBe(text);
    expect(toHex(oidBytes(text))).toBe(hex);
  });
});

describe('a key identifier', () => {
  it('is 20 bytes of SM3 over the key', () => {
    const { publicKeyInfo } = newSigner();
    expect(toHex(keyIdentifier(publicKeyInfo))).toBe(toHex(sm3(publicKeyInfo.subarray(26)).subarray(0, 20)));
  });

  it.each([['30'], ['3000'], ['300405000500'], ['30053000030101'], ['3006300003020000ff']])(
    'of %s is none',
    (hex) => {
      expect(codeOf(() => keyIdentifier(fromHex(hex)))).toBe('ERR_PKI_KEY_MALFORMED');
    },
  );
});

describe('error table', () => {
  it('holds texts in both languages without data', () => {
    for (const [code, { en, zh }] of Object.entries(PKI_ERRORS.table)) {
      expect(code).toMatch(/^ERR_PKI_[A-Z_]+$/);
      expect(en).toMatch(/^[A-Z].*\.$/);
      expect(zh).toMatch(/。$/);
    }
  });
});
