import { describe, expect, it } from 'vitest';
import * as core from '../src/index.ts';
import { TEST_ENGINES } from './support/engines.ts';

describe('algorithms', () => {
  it('are the approved ones and no others, and their names are the whole configuration [part of TCCIA-096, TCCIA-103, EDGE-011]', () => {
    const approved = new RegExp(
      '^(sm3(\\.many)?|hmac-sm3|zuc|sm4\\.(blocks|cbc|ctr|gcm)|' +
        'sm2\\.(keygen|sign|verify|encrypt|decrypt|random|multiply|exchange|decompress|prepared-(private|public)))$',
    );
    for (const [, engine] of TEST_ENGINES) {
      for (const capability of engine.capabilities) expect(capability).toMatch(approved);
    }
    // What computes on data is SM2, SM3, SM4 or ZUC; the rest of the package encodes, compares or reports.
    const computing = Object.entries(core)
      .filter(
        ([name, value]) =>
          typeof value === 'function' &&
          /hash|mac|cipher|crypt|sign(?!ed)|verif|sm\d|zuc|kdf|aes|sha|md5|rsa/i.test(name),
      )
      .map(([name]) => name)
      .sort();
    expect(computing).toEqual([
      'createSm2',
      'createSm3',
      'createSm4',
      'createZuc',
      'hkdfExpandSm3',
      'hkdfExtractSm3',
      'hkdfSm3',
      'hmacSm3',
      'hmacSm3Hash',
      'kdfSm3',
      'pbkdf2Sm3',
      'sm3',
      'sm3Hash',
      'sm3Many',
      'sm3TreeRoot',
      'sm4Parameters',
      'verifyModuleFiles',
    ]);
  });
});
