import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { formatDistinguishedName, parseCertificate } from '../src/index.ts';
import { codeOf } from './support/codes.ts';
import { derOf, sharedPresent, type VectorCase, vectorCases } from './support/shared.ts';

const THIRD_PARTY = 'vectors/certs/third_party_certs.json';
const GENERATED = 'vectors/certs/generated_pki.json';
const read = (path: string): readonly VectorCase[] =>
  sharedPresent(path) ? vectorCases(path).filter(({ kind }) => kind === 'certificate') : [];
const thirdParty = read(THIRD_PARTY);
const generated = read(GENERATED);
const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

describe.skipIf(thirdParty.length === 0)(
  'certificates of real CAs and other projects [part of SEAL-015]',
  () => {
    it('have the names that another reader found, attribute by attribute', () => {
      for (const item of thirdParty) {
        const { subjectAttributes, issuerAttributes } = parseCertificate(derOf(item));
        const text = (list: typeof subjectAttributes) =>
          list.map((attribute) => `${SHORT[attribute.oid] ?? attribute.oid}=${attribute.text}`).join(',');
        expect(text(subjectAttributes)).toBe(item.subject);
        expect(text(issuerAttributes)).toBe(item.issuer);
      }
    });

    it('deviate in two ways only, each named, each refused by the strict policy', () => {
      const counts = { ALGORITHM_PARAMETERS_NULL: 0, SM2_CURVE_AS_KEY_ALGORITHM: 0 };
      for (const item of thirdParty) {
        const { findings } = parseCertificate(derOf(item));
        // Looked up in the bytes: NULL after SM2 with SM3, the curve twice in the key.
        const expected = [
          ...(item.der.includes('300c06082a811ccf550183750500')
            ? ['ALGORITHM_PARAMETERS_NULL' as const]
            : []),
          ...(item.der.includes('06082a811ccf5501822d06082a811ccf5501822d')
            ? ['SM2_CURVE_AS_KEY_ALGORITHM' as const]
            : []),
        ];
        expect(findings.map(({ code }) => code)).toEqual(expected);
        for (const code of expected) counts[code]++;
        expect(codeOf(() => parseCertificate(derOf(item), { policy: 'strict' }))).toBe(
          expected.length === 0 ? 'nothing was thrown' : 'ERR_PKI_DEVIATION_REFUSED',
        );
      }
      expect(counts).toEqual({ ALGORITHM_PARAMETERS_NULL: 10, SM2_CURVE_AS_KEY_ALGORITHM: 4 });
    });

    it('of the national root name their revocation lists', () => {
      const roots = thirdParty.filter(({ issuer }) => issuer === 'C=CN,O=NRCAC,CN=ROOTCA');
      expect(roots.length).toBeGreaterThan(5);
      const points = roots.flatMap((item) => parseCertificate(derOf(item)).crlDistributionPoints);
      expect(new Set(points)).toEqual(
        new Set([
          'http://www.rootca.gov.cn/arl/arl.crl',
          'ldap://ldap.rootca.gov.cn:389/CN=arl,OU=ARL,O=NRCAC,C=CN',
        ]),
      );
    });

    it('print their names in Chinese', () => {
      const printed = thirdParty.map((item) =>
        formatDistinguishedName(parseCertificate(derOf(item)).subjectRaw),
      );
      expect(printed).toContain('CN=localhost,O=测试公司,L=杭州,ST=浙江,C=CN');
    });
  },
);

describe.skipIf(generated.length === 0)('certificates of BouncyCastle and OpenSSL', () => {
  it('deviate in nothing: the strict policy reads them all', () => {
    for (const item of generated) {
      const certificate = parseCertificate(derOf(item), { policy: 'strict' });
      expect(certificate.findings).toEqual([]);
      expect(toHex(certificate.raw)).toBe(item.der);
    }
  });
});
