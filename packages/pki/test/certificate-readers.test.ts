import { derElement, toHex, utf8 } from '@cssi/sm-core';
import { CertificationRequest } from '@peculiar/asn1-csr';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CertificatePolicies,
  CRLDistributionPoints,
  ExtendedKeyUsage,
  Extensions,
  KeyUsage,
  NameConstraints,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../src/certificate/profiles.ts';
import { type CertificateProfile, OIDS, type Certificate as Ours } from '../src/index.ts';
import { createCertificateRequest } from '../src/request/index.ts';
import { newSigner, root, under } from './support/authority.ts';

const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const hex = (bytes: ArrayBuffer | OctetString): string =>
  toHex(new Uint8Array(bytes instanceof OctetString ? bytes.buffer : bytes));
const parse = ({ raw }: Ours): Certificate => AsnConvert.parse(buffer(raw), Certificate);
const value = (certificate: Certificate, oid: string): ArrayBuffer =>
  certificate.tbsCertificate.extensions!.find(({ extnID }) => extnID === oid)!.extnValue.buffer;

describe('an independent reader of ASN.1 [part of SEAL-015]', () => {
  it.each(Object.keys(PROFILES) as CertificateProfile[])(
    'reads %s, and writes the same bytes',
    async (profile) => {
      const { certificate } = await under(await root(), '张三', { profile, dnsNames: ['a.cn'] });
      const read = parse(certificate);
      expect(hex(AsnConvert.serialize(read))).toBe(toHex(certificate.raw));
      const rules = PROFILES[profile];
      const basic = AsnConvert.parse(value(read, OIDS.basicConstraints), BasicConstraints);
      expect([basic.cA, basic.pathLenConstraint]).toEqual([rules.ca, rules.pathLength]);
      const usage = AsnConvert.parse(value(read, OIDS.keyUsage), KeyUsage).toJSON();
      expect(usage.map((name) => (name === 'crlSign' ? 'cRLSign' : name)).sort()).toEqual(
        [...rules.keyUsage].sort(),
      );
    },
  );

  it('reads every extension as it was asked for', async () => {
    const ca = await root();
    const { certificate } = await under(ca, 'sub', {
      profile: 'sub-ca',
      dnsNames: ['a.cn'],
      ipAddresses: ['10.0.0.1', '::1'],
      emails: ['a@b.cn'],
      uris: ['urn:a:b'],
      crlDistributionPoints: ['http://a/1', 'http://a/2'],
      ocspUrls: ['http://a/o'],
      caIssuerUrls: ['http://a/i'],
      certificatePolicies: ['1.2.3', { oid: '1.2.4', cpsUri: 'http://a/cps' }],
      nameConstraints: {
        permitted: [{ kind: 'ip', value: '10.0.0.0/8' }],
        excluded: [{ kind: 'dns', value: 'b.cn' }],
      },
    });
    const read = parse(certificate);
    const names = AsnConvert.parse(value(read, OIDS.subjectAltName), SubjectAlternativeName);
    expect(
      names.map(
        (name) => name.dNSName ?? name.iPAddress ?? name.rfc822Name ?? name.uniformResourceIdentifier,
      ),
    ).toEqual(['a.cn', '10.0.0.1', '::1', 'a@b.cn', 'urn:a:b']);
    const points = AsnConvert.parse(value(read, OIDS.crlDistributionPoints), CRLDistributionPoints);
    expect(points.map((point) => point.distributionPoint?.fullName?.[0]?.uniformResourceIdentifier)).toEqual([
      'http://a/1',
      'http://a/2',
    ]);
    const access = AsnConvert.parse(value(read, OIDS.authorityInfoAccess), AuthorityInfoAccessSyntax);
    expect(access.map((item) => [item.accessMethod, item.accessLocation.uniformResourceIdentifier])).toEqual([
      [OIDS.accessOcsp, 'http://a/o'],
      [OIDS.accessCaIssuers, 'http://a/i'],
    ]);
    const policies = AsnConvert.parse(value(read, OIDS.certificatePolicies), CertificatePolicies);
    expect(policies.map((policy) => policy.policyIdentifier)).toEqual(['1.2.3', '1.2.4']);
    expect(policies[1]!.policyQualifiers![0]!.policyQualifierId).toBe(OIDS.policyCps);
    const limits = AsnConvert.parse(value(read, OIDS.nameConstraints), NameConstraints);
    expect(limits.permittedSubtrees![0]!.base.iPAddress).toBe('10.0.0.0/8');
    expect(limits.excludedSubtrees![0]!.base.dNSName).toBe('b.cn');
    const own = AsnConvert.parse(value(read, OIDS.subjectKeyIdentifier), SubjectKeyIdentifier);
    expect(hex(own)).toBe(toHex(certificate.subjectKeyIdentifier!));
    const issuer = AsnConvert.parse(value(read, OIDS.authorityKeyIdentifier), AuthorityKeyIdentifier);
    expect(hex(issuer.keyIdentifier!)).toBe(toHex(ca.certificate.subjectKeyIdentifier!));
  });

  it('reads a request with its attributes', async () => {
    const raw = await createCertificateRequest(
      {
        subject: { commonName: '张三' },
        dnsNames: ['a.cn'],
        extendedKeyUsage: [OIDS.clientAuth],
        challengePassword: 'open',
      },
      newSigner(),
    );
    const read = AsnConvert.parse(buffer(raw), CertificationRequest);
    expect(hex(AsnConvert.serialize(read))).toBe(toHex(raw));
    expect(read.certificationRequestInfo.version).toBe(0);
    const attributes = [...read.certificationRequestInfo.attributes];
    const of = (oid: string) => attributes.find(({ type }) => type === oid)!.values;
    expect(hex(of(OIDS.challengePassword)[0]!)).toBe(toHex(derElement(0x13, utf8('open'))));
    const wishes = AsnConvert.parse(of(OIDS.extensionRequest)[0]!, Extensions);
    expect(wishes.map(({ extnID }) => extnID)).toEqual([OIDS.extendedKeyUsage, OIDS.subjectAltName]);
    const purposes = AsnConvert.parse(wishes[0]!.extnValue.buffer, ExtendedKeyUsage);
    expect([...purposes]).toEqual([OIDS.clientAuth]);
  });
});
