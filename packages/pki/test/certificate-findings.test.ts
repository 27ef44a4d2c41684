import { concatBytes, derElement, fromHex, type SmError } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { checkCertificateSignature, parseCertificate } from '../src/index.ts';
import type { DeviationPolicy } from '../src/spec/v1/finding.ts';
import { root, under } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { craft, craftedKey, extension, extensions, sequence } from './support/craft.ts';

const REFUSED = 'ERR_PKI_DEVIATION_REFUSED';
const WITH_NULL = fromHex('300c06082a811ccf550183750500');
const SIGN_301_1 = fromHex('300b06092a811ccf5501822d01');
const CURVE = fromHex('300a06082a811ccf5501822d');
const KEY_BY_CURVE = concatBytes(
  fromHex('305a301406082a811ccf5501822d06082a811ccf5501822d034200'),
  craftedKey.subarray(26),
);
const both = (algorithm: Uint8Array) => ({ innerAlgorithm: algorithm, outerAlgorithm: algorithm });
const KEY_USAGE = '551d0f';

/** Every deviation of certificates: the bytes, and what the finding says. */
const DEVIATIONS: readonly (readonly [string, string, Uint8Array])[] = [
  ['ALGORITHM_PARAMETERS_NULL', 'signatureAlgorithm', craft(both(WITH_NULL))],
  ['ALGORITHM_PARAMETERS_NULL', 'tbsCertificate.signature', craft({ innerAlgorithm: WITH_NULL })],
  ['ALGORITHM_PARAMETERS_NULL', 'signatureAlgorithm', craft({ outerAlgorithm: WITH_NULL })],
  ['SM2_SIGN_OID_301_1', 'signatureAlgorithm', craft(both(SIGN_301_1))],
  ['SM2_SIGN_OID_CURVE', 'signatureAlgorithm', craft(both(CURVE))],
  ['SM2_CURVE_AS_KEY_ALGORITHM', 'subjectPublicKeyInfo', craft({ publicKeyInfo: KEY_BY_CURVE })],
  [
    'CRITICAL_FALSE_WRITTEN',
    'extension 2.5.29.15',
    craft({ rest: extensions(extension(KEY_USAGE, fromHex('03020780'), fromHex('010100'))) }),
  ],
  [
    'KEY_USAGE_TRAILING_ZEROS',
    'keyUsage',
    craft({ rest: extensions(extension(KEY_USAGE, fromHex('030200c0'))) }),
  ],
  [
    'KEY_USAGE_TRAILING_ZEROS',
    'keyUsage',
    craft({ rest: extensions(extension(KEY_USAGE, fromHex('0303078000'))) }),
  ],
  ['SERIAL_LONG', 'serialNumber', craft({ serial: derElement(0x02, new Uint8Array(21).fill(1)) })],
  [
    'SERIAL_LONG',
    'serialNumber',
    craft({ serial: derElement(0x02, Uint8Array.of(0), new Uint8Array(20).fill(0xff)) }),
  ],
  ['ALGORITHM_PARAMETERS_ABSENT', 'signatureAlgorithm', craft(both(fromHex('300b06092a864886f70d01010b')))],
];

describe('a known deviation [part of SEAL-015]', () => {
  it.each(DEVIATIONS)(
    '%s at %s is reported by default and refused by the strict policy',
    (code, where, der) => {
      const { findings } = parseCertificate(der);
      expect(findings).toEqual([expect.objectContaining({ code, where })]);
      expect(findings[0]!.zh).toMatch(/\p{Script=Han}/u);
      expect(parseCertificate(der, { policy: 'tolerant' }).findings).toHaveLength(1);
      expect(codeOf(() => parseCertificate(der, { policy: 'strict' }))).toBe(REFUSED);
    },
  );

  it('names itself in the refusal, and nothing of the certificate', () => {
    try {
      parseCertificate(craft(both(WITH_NULL)), { policy: 'strict' });
      expect.unreachable();
    } catch (error) {
      expect((error as SmError).message).toContain(
        'finding=ALGORITHM_PARAMETERS_NULL where=signatureAlgorithm',
      );
    }
  });

  it('does not change what was signed: an alias verifies as SM2 with SM3', () => {
    for (const algorithm of [SIGN_301_1, CURVE, WITH_NULL]) {
      const certificate = parseCertificate(craft(both(algorithm)));
      expect(certificate.signatureAlgorithm).toBe('sm2-sm3');
      expect(checkCertificateSignature(certificate, certificate)).toBe('right');
    }
  });

  it('several of them are several findings', () => {
    const rest = extensions(
      extension(KEY_USAGE, fromHex('030200c0'), fromHex('010100')),
      extension('551d13', fromHex('3000'), fromHex('010100')),
    );
    const der = craft({ ...both(WITH_NULL), publicKeyInfo: KEY_BY_CURVE, rest });
    expect(parseCertificate(der).findings.map(({ code }) => code)).toEqual([
      'ALGORITHM_PARAMETERS_NULL',
      'SM2_CURVE_AS_KEY_ALGORITHM',
      'CRITICAL_FALSE_WRITTEN',
      'CRITICAL_FALSE_WRITTEN',
      'KEY_USAGE_TRAILING_ZEROS',
    ]);
  });
});

describe('no deviation', () => {
  it('is in what we write: the strict policy reads it', async () => {
    const ca = await root({ pathLength: 1 });
    const leaf = await under(ca, 'leaf', { dnsNames: ['a.cn'], identity: { tax: '123' } });
    for (const { certificate } of [ca, leaf]) {
      expect(certificate.findings).toEqual([]);
      expect(parseCertificate(certificate.raw, { policy: 'strict' }).fingerprint).toBe(
        certificate.fingerprint,
      );
    }
    expect(parseCertificate(craft(), { policy: 'strict' }).findings).toEqual([]);
  });

  it.each(['', 'Tolerant', 'none', null, 1])('is accepted by a policy that is none: %j', (policy) => {
    const options = { policy: policy as unknown as DeviationPolicy };
    expect(codeOf(() => parseCertificate(craft(), options))).toBe(REFUSED);
  });
});

describe('two signature algorithms', () => {
  const pss = (salt: number) =>
    sequence(
      fromHex('06092a864886f70d01010a'),
      sequence(derElement(0xa2, derElement(0x02, Uint8Array.of(salt)))),
    );
  it.each([
    ['of two OIDs of SM2', { innerAlgorithm: SIGN_301_1 }],
    ['of SM2 and ECDSA', { innerAlgorithm: fromHex('300a06082a8648ce3d040302') }],
    ['of RSA-PSS with other salts', { innerAlgorithm: pss(32), outerAlgorithm: pss(20) }],
    [
      'that nobody knows, with NULL in one',
      { innerAlgorithm: fromHex('300606022a030500'), outerAlgorithm: fromHex('300406022a03') },
    ],
  ])('%s are refused by both policies', (_, parts) => {
    for (const policy of ['strict', 'tolerant'] as const) {
      const code = codeOf(() => parseCertificate(craft(parts), { policy }));
      expect(['ERR_PKI_CERTIFICATE_MALFORMED', REFUSED]).toContain(code);
      if (policy === 'tolerant') expect(code).toBe('ERR_PKI_CERTIFICATE_MALFORMED');
    }
  });

  it('the same ones of RSA-PSS, and unknown ones, are read', () => {
    const certificate = parseCertificate(craft(both(pss(32))));
    expect(certificate.signatureAlgorithm).toBe('1.2.840.113549.1.1.10');
    expect(certificate.signatureRef.parameters).toBeDefined();
    expect(parseCertificate(craft(both(fromHex('300406022a03')))).signatureAlgorithm).toBe('1.2.3');
  });
});
