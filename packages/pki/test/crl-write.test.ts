import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList, CRLReason, IssuingDistributionPoint } from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { findRevoked, issueCrl, parseCrl, verifyCrlSignature } from '../src/revocation/index.ts';
import { type CrlSpec, REVOCATION_REASONS, type RevocationReason } from '../src/spec/v1/revocation.ts';
import { day, newSigner, root, under } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { hasOpenssl, NO_OPENSSL } from './support/openssl.ts';
import { crlOf, crlSpec, revokedEntry } from './support/revocation.ts';

const LISTED = Object.keys(REVOCATION_REASONS).filter(
  (reason) => reason !== 'removeFromCRL',
) as RevocationReason[];

describe('a list that was written', () => {
  it.each(LISTED)('comes back with the reason %s [part of SEAL-015]', async (reason) => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const invalidityDate = day(-5);
    const list = await crlOf(ca, { entries: [revokedEntry(leaf, { reason, invalidityDate })] });
    expect(findRevoked(list, leaf.certificate.serial)).toEqual({
      serial: leaf.certificate.serial,
      revocationDate: day(-2),
      reason,
      // It is said by saying nothing.
      ...(reason === 'unspecified' ? { reasonStated: false } : {}),
      invalidityDate,
    });
    expect(findRevoked(list, ca.certificate.serial)).toBeUndefined();
    expect(verifyCrlSignature(list, ca.certificate).check).toBe('right');
    expect(verifyCrlSignature(list, (await root()).certificate).check).toBe('wrong');
  });

  it('says what it was asked to, and an independent reader reads the same', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const der = await issueCrl(
      crlSpec(ca, {
        crlNumber: 0x1ffn,
        baseCrlNumber: 7,
        entries: [
          revokedEntry(leaf, { reason: 'keyCompromise', invalidityDate: day(-9) }),
          { serial: Uint8Array.of(0x80), revocationDate: day(-3), reason: 'removeFromCRL' },
        ],
        issuingDistributionPoint: { uris: ['http://crl.example.cn/1.crl'], onlyUserCerts: true },
      }),
      ca.signer,
    );
    const list = parseCrl(der, { policy: 'strict' });
    expect(list).toMatchObject({ version: 2, crlNumber: 0x1ffn, baseCrlNumber: 7n, unknownCritical: [] });
    expect(list.issuingDistributionPoint).toMatchObject({
      uris: ['http://crl.example.cn/1.crl'],
      onlyUserCerts: true,
      onlyCaCerts: false,
    });
    expect(list.authorityKeyIdentifier).toEqual(ca.certificate.subjectKeyIdentifier);
    expect([...list.revoked].map(({ reason }) => reason)).toEqual(['keyCompromise', 'removeFromCRL']);

    const { tbsCertList } = AsnConvert.parse(der, CertificateList);
    expect(tbsCertList.version).toBe(1);
    expect(tbsCertList.thisUpdate.getTime()).toEqual(list.thisUpdate);
    expect(tbsCertList.nextUpdate?.getTime()).toEqual(list.nextUpdate);
    const [first, second] = tbsCertList.revokedCertificates!;
    expect(toHex(new Uint8Array(first!.userCertificate))).toContain(toHex(leaf.certificate.serial));
    const [reason] = first!.crlEntryExtensions!;
    expect(AsnConvert.parse(reason!.extnValue, CRLReason).reason).toBe(1);
    expect(new Uint8Array(second!.userCertificate)).toEqual(Uint8Array.of(0, 0x80));
    const oids = tbsCertList.crlExtensions!.map(({ extnID, critical }) => `${extnID} ${critical}`);
    expect(oids).toEqual(['2.5.29.20 false', '2.5.29.35 false', '2.5.29.27 true', '2.5.29.28 true']);
    const point = AsnConvert.parse(tbsCertList.crlExtensions![3]!.extnValue, IssuingDistributionPoint);
    expect(point.onlyContainsUserCerts).toBe(true);
  });

  it('carries no entries, freshest lists and kept expired certificates', async () => {
    const ca = await root();
    const freshestCrl = ['http://crl.example.cn/delta.crl'];
    const list = await crlOf(ca, {
      freshestCrl,
      expiredCertsSince: day(-100),
      nextUpdate: new Date('2051-01-01T00:00:00Z'),
    });
    expect(list.revoked.count).toBe(0);
    expect(list.freshestCrl).toEqual(freshestCrl);
    expect(list.expiredCertsSince).toEqual(day(-100));
    expect(list.nextUpdate).toEqual(new Date('2051-01-01T00:00:00Z'));
    const { tbsCertList } = AsnConvert.parse(list.raw, CertificateList);
    expect(tbsCertList.revokedCertificates).toBeUndefined();
  });

  if (!hasOpenssl) console.info(NO_OPENSSL);
  it.skipIf(!hasOpenssl)('is read by OpenSSL [part of SEAL-015]', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const entry = revokedEntry(leaf, { reason: 'cessationOfOperation', invalidityDate: day(-3) });
    const uris = ['http://crl.example.cn/1.crl'];
    const spec = crlSpec(ca, { entries: [entry], issuingDistributionPoint: { uris }, baseCrlNumber: 0 });
    const der = await issueCrl(spec, ca.signer);
    const folder = mkdtempSync(join(tmpdir(), 'cssi-crl-'));
    try {
      const file = join(folder, 'list.crl');
      writeFileSync(file, der);
      const text = execFileSync('openssl', ['crl', '-inform', 'DER', '-in', file, '-noout', '-text'], {
        encoding: 'utf8',
      });
      for (const line of [
        'SM2-with-SM3',
        'Version 2',
        'Cessation Of Operation',
        'Invalidity Date',
        'Delta CRL Indicator: critical',
        uris[0]!,
      ]) {
        expect(text).toContain(line);
      }
      execFileSync('openssl', ['asn1parse', '-inform', 'DER', '-in', file]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a list that must not be written', () => {
  const BAD: readonly [string, Partial<CrlSpec>][] = [
    ['a negative number', { crlNumber: -1 }],
    ['a number that is none', { crlNumber: 1.5 }],
    ['a number of more than 20 bytes', { crlNumber: 1n << 160n }],
    ['a delta list on itself', { crlNumber: 3, baseCrlNumber: 3 }],
    ['a base number that is none', { crlNumber: 3, baseCrlNumber: 0.5 }],
    ['nextUpdate before thisUpdate', { nextUpdate: day(-2) }],
    ['a time that is none', { thisUpdate: new Date(Number.NaN) }],
    ['a time before 1950', { thisUpdate: new Date('1949-12-31T00:00:00Z') }],
    [
      'removeFromCRL in a complete list',
      { entries: [{ serial: Uint8Array.of(1), revocationDate: day(-1), reason: 'removeFromCRL' }] },
    ],
    [
      'an unknown reason',
      {
        entries: [
          { serial: Uint8Array.of(1), revocationDate: day(-1), reason: 'toString' as RevocationReason },
        ],
      },
    ],
    ['serial number zero', { entries: [{ serial: Uint8Array.of(0), revocationDate: day(-1) }] }],
    [
      'a serial number of 21 bytes',
      { entries: [{ serial: new Uint8Array(21).fill(1), revocationDate: day(-1) }] },
    ],
    [
      'a serial number as text',
      { entries: [{ serial: '01' as unknown as Uint8Array, revocationDate: day(-1) }] },
    ],
    [
      'a serial number twice',
      {
        entries: [
          { serial: Uint8Array.of(1), revocationDate: day(-1) },
          { serial: Uint8Array.of(0, 1), revocationDate: day(-1) },
        ],
      },
    ],
    [
      'an invalidity date that is none',
      {
        entries: [
          { serial: Uint8Array.of(1), revocationDate: day(-1), invalidityDate: new Date(Number.NaN) },
        ],
      },
    ],
    ['an empty distribution point', { issuingDistributionPoint: {} }],
    ['users alone and CAs alone', { issuingDistributionPoint: { onlyUserCerts: true, onlyCaCerts: true } }],
    ['a URI with a space', { issuingDistributionPoint: { uris: ['http://a b/'] } }],
    ['no URI', { freshestCrl: [] }],
    ['a delta list that names delta lists', { crlNumber: 2, baseCrlNumber: 1, freshestCrl: ['http://a/'] }],
  ];
  it.each(BAD)('%s', async (_, changes) => {
    const ca = await root();
    expect(await codeOfAsync(() => issueCrl(crlSpec(ca, changes), ca.signer))).toBe(
      'ERR_PKI_REVOCATION_OPTIONS',
    );
  });

  it('by another key, or a CA that may not sign lists', async () => {
    const ca = await root();
    expect(await codeOfAsync(() => issueCrl(crlSpec(ca), newSigner()))).toBe('ERR_PKI_REVOCATION_OPTIONS');
    const mute = await root({ keyUsage: ['keyCertSign'] });
    expect(await codeOfAsync(() => issueCrl(crlSpec(mute), mute.signer))).toBe('ERR_PKI_REVOCATION_OPTIONS');
  });

  it('with a signature that does not verify', async () => {
    const ca = await root();
    const liar = { ...newSigner(), publicKeyInfo: ca.signer.publicKeyInfo };
    expect(await codeOfAsync(() => issueCrl(crlSpec(ca), liar))).toBe('ERR_PKI_SIGNING_FAILED');
  });
});
