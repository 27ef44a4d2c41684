import { describe, expect, it } from 'vitest';
import { IDENTITY_EXTENSION_OIDS, OIDS, PKI_ERRORS, SGD, SGD_CERTIFICATE_ITEMS } from '../src/index.ts';

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

describe('error table', () => {
  it('holds texts in both languages without data', () => {
    for (const [code, { en, zh }] of Object.entries(PKI_ERRORS.table)) {
      expect(code).toMatch(/^ERR_PKI_[A-Z_]+$/);
      expect(en).toMatch(/^[A-Z].*\.$/);
      expect(zh).toMatch(/。$/);
    }
  });
});
