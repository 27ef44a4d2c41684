import { derElement, fromHex, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { formatDistinguishedName, OIDS, parseCertificate } from '../src/index.ts';
import { root, under } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { craft, extension, extensions, sequence } from './support/craft.ts';

const MALFORMED = 'ERR_PKI_CERTIFICATE_MALFORMED';
const ALT_NAME = '551d11';
const CONSTRAINTS = '551d1e';
const POINTS = '551d1f';
const POLICIES = '551d20';
const ACCESS = '2b06010505070101';
const read = (oidHex: string, value: Uint8Array) =>
  parseCertificate(craft({ rest: extensions(extension(oidHex, value)) }));
const name = (tag: number, text: string) => derElement(tag, utf8(text));

describe('alternative names [part of SEAL-015]', () => {
  it('of every kind are read in their order', () => {
    const directory = sequence(derElement(0x31, sequence(fromHex('0603550403'), name(0x0c, '张三'))));
    const other = derElement(0xa0, fromHex('06032a0304'), derElement(0xa0, name(0x0c, 'upn')));
    const { subjectAltNames, dnsNames, ipAddresses } = read(
      ALT_NAME,
      sequence(
        name(0x81, 'a@b.cn'),
        name(0x82, '*.b.cn'),
        name(0x86, 'https://b.cn/x'),
        derElement(0x87, fromHex('0a000001')),
        derElement(0xa4, directory),
        derElement(0x88, fromHex('2a0304')),
        other,
      ),
    );
    expect(subjectAltNames).toEqual([
      { kind: 'email', value: 'a@b.cn' },
      { kind: 'dns', value: '*.b.cn' },
      { kind: 'uri', value: 'https://b.cn/x' },
      { kind: 'ip', value: fromHex('0a000001') },
      { kind: 'directory', raw: directory },
      { kind: 'oid', value: '1.2.3.4' },
      { kind: 'other', number: 0, raw: other },
    ]);
    expect(formatDistinguishedName(directory)).toBe('CN=张三');
    expect(dnsNames).toEqual(['*.b.cn']);
    expect(ipAddresses.map(toHex)).toEqual(['0a000001']);
  });

  it('are written as they are asked for', async () => {
    const { certificate } = await under(await root(), 'leaf', {
      dnsNames: ['b.cn'],
      ipAddresses: ['2001:db8::1'],
      emails: ['a.b+c@d.cn'],
      uris: ['urn:uuid:1', 'https://b.cn/?a=%20'],
    });
    expect(certificate.subjectAltNames).toEqual([
      { kind: 'dns', value: 'b.cn' },
      { kind: 'ip', value: fromHex('20010db8000000000000000000000001') },
      { kind: 'email', value: 'a.b+c@d.cn' },
      { kind: 'uri', value: 'urn:uuid:1' },
      { kind: 'uri', value: 'https://b.cn/?a=%20' },
    ]);
    expect(certificate.extensions.find(({ oid }) => oid === OIDS.subjectAltName)?.critical).toBe(false);
  });

  it.each([
    ['an e-mail address with a NUL', name(0x81, 'a@b.cn\0.evil.cn')],
    ['an e-mail address with UTF-8', name(0x81, '张@b.cn')],
    ['a URI with a line break', name(0x86, 'http://a\n')],
    ['a directory name that is none', derElement(0xa4, fromHex('3100'))],
    ['a directory name with bytes after it', derElement(0xa4, fromHex('30003000'))],
    ['a registered identifier that ends in the middle', derElement(0x88, fromHex('2a81'))],
    ['an address with a mask', derElement(0x87, new Uint8Array(8))],
    ['a kind nobody knows', derElement(0x89, fromHex('00'))],
    ['a constructed host name', derElement(0xa2, fromHex('0c0161'))],
  ])('with %s are refused', (_, bad) => {
    expect(codeOf(() => read(ALT_NAME, sequence(bad)))).toBe(MALFORMED);
  });
});

describe('name constraints [part of SEAL-015]', () => {
  it('are written, critical, and read back', async () => {
    const { certificate } = await root({
      nameConstraints: {
        permitted: [
          { kind: 'dns', value: 'a.cn' },
          { kind: 'email', value: '.b.cn' },
          { kind: 'ip', value: '10.1.0.0/16' },
          { kind: 'directory', name: { commonName: 'x', country: 'CN' } },
        ],
        excluded: [
          { kind: 'uri', value: '.c.cn' },
          { kind: 'email', value: 'a@b.cn' },
          { kind: 'ip', value: '2001:db8::/33' },
          { kind: 'ip', value: '0.0.0.0/0' },
        ],
      },
    });
    const directory = certificate.nameConstraints!.permitted[3] as { readonly raw: Uint8Array };
    expect(formatDistinguishedName(directory.raw)).toBe('CN=x,C=CN');
    expect(certificate.nameConstraints).toEqual({
      permitted: [
        { kind: 'dns', value: 'a.cn' },
        { kind: 'email', value: '.b.cn' },
        { kind: 'ip', value: fromHex('0a010000ffff0000') },
        { kind: 'directory', raw: directory.raw },
      ],
      excluded: [
        { kind: 'uri', value: '.c.cn' },
        { kind: 'email', value: 'a@b.cn' },
        { kind: 'ip', value: fromHex(`20010db8${'00'.repeat(12)}ffffffff80${'00'.repeat(11)}`) },
        { kind: 'ip', value: new Uint8Array(8) },
      ],
    });
    expect(certificate.extensions.find(({ oid }) => oid === OIDS.nameConstraints)?.critical).toBe(true);
    expect(certificate.unknownCritical).toEqual([]);
  });

  const subtree = (...parts: readonly Uint8Array[]) => derElement(0xa0, sequence(...parts));
  it.each([
    ['that are empty', sequence()],
    ['with an empty list', sequence(fromHex('a000'))],
    ['in the wrong order', sequence(derElement(0xa1, sequence(name(0x82, 'a'))), subtree(name(0x82, 'a')))],
    ['with a minimum', sequence(subtree(name(0x82, 'a'), fromHex('800101')))],
    ['with a maximum', sequence(subtree(name(0x82, 'a'), fromHex('810101')))],
    ['without a name', sequence(subtree())],
    ['with an address without a mask', sequence(subtree(derElement(0x87, new Uint8Array(4))))],
    ['with a part nobody knows', sequence(derElement(0xa2, sequence(name(0x82, 'a'))))],
  ])('%s are refused', (_, value) => {
    expect(codeOf(() => read(CONSTRAINTS, value))).toBe(MALFORMED);
  });
});

describe('addresses of revocation lists, responders and issuers [part of SEAL-015]', () => {
  it('and policies are written and read back, none critical', async () => {
    const spec = {
      crlDistributionPoints: ['http://a.cn/1.crl', 'ldap://a.cn/cn=1,o=a?certificateRevocationList'],
      freshestCrl: ['http://a.cn/delta.crl'],
      ocspUrls: ['http://a.cn/ocsp'],
      caIssuerUrls: ['http://a.cn/ca.cer'],
    };
    const policies = ['1.2.156.10197.9', { oid: '2.5.29.32.0', cpsUri: 'https://a.cn/cps' }];
    const { certificate } = await under(await root(), 'leaf', { ...spec, certificatePolicies: policies });
    expect(certificate).toMatchObject(spec);
    expect(certificate.certificatePolicies).toEqual([
      { oid: '1.2.156.10197.9', cpsUris: [], notices: [] },
      { oid: '2.5.29.32.0', cpsUris: ['https://a.cn/cps'], notices: [] },
    ]);
    for (const { oid, critical } of certificate.extensions) expect(critical).toBe(oid === OIDS.keyUsage);
  });

  it('that are absent are empty lists', async () => {
    expect((await root()).certificate).toMatchObject({
      crlDistributionPoints: [],
      freshestCrl: [],
      ocspUrls: [],
      caIssuerUrls: [],
      certificatePolicies: [],
      subjectAltNames: [],
      identity: [],
    });
  });

  it('in forms that are of no use here are read over', () => {
    const directory = derElement(0xa4, sequence());
    const relative = sequence(derElement(0xa0, derElement(0xa1, fromHex('06032a0304'))));
    const issuer = sequence(fromHex('81020640'), derElement(0xa2, directory));
    const full = (...names: readonly Uint8Array[]) => sequence(derElement(0xa0, derElement(0xa0, ...names)));
    const points = sequence(
      relative,
      issuer,
      full(directory, name(0x86, 'http://a')),
      full(name(0x86, 'ldap://数')),
      full(name(0x86, 'ldap://a/CN=CRL 1')),
    );
    expect(read(POINTS, points).crlDistributionPoints).toEqual(['http://a', 'ldap://a/CN=CRL 1']);
    const access = sequence(sequence(fromHex('06032a0304'), name(0x86, 'http://a')));
    expect(read(ACCESS, access)).toMatchObject({ ocspUrls: [], caIssuerUrls: [] });
  });

  it('notices of a policy are read, other qualifiers left', () => {
    const qualifier = (oidHex: string, value: Uint8Array) =>
      sequence(derElement(0x06, fromHex(oidHex)), value);
    const list = sequence(
      qualifier('2b06010505070202', sequence(sequence(), name(0x0c, '须知'))),
      qualifier('2b06010505070202', sequence()),
      qualifier('2a0304', fromHex('0500')),
    );
    expect(read(POLICIES, sequence(sequence(fromHex('06022a03'), list))).certificatePolicies).toEqual([
      { oid: '1.2.3', cpsUris: [], notices: ['须知'] },
    ]);
  });

  const policy = sequence(fromHex('06022a03'));
  it.each([
    ['no points', POINTS, sequence()],
    ['a point that is no sequence', POINTS, sequence(fromHex('0500'))],
    ['a point with a part nobody knows', POINTS, sequence(sequence(fromHex('a300')))],
    ['a point with two names', POINTS, sequence(sequence(derElement(0xa0, fromHex('a000a000'))))],
    ['an access without a location', ACCESS, sequence(sequence(fromHex('06032a0304')))],
    ['an access with three parts', ACCESS, sequence(sequence(fromHex('06032a030486008600')))],
    ['no policies', POLICIES, sequence()],
    ['a policy twice', POLICIES, sequence(policy, policy)],
    ['a policy of three parts', POLICIES, sequence(sequence(fromHex('06022a0330003000')))],
    ['a qualifier without a value', POLICIES, sequence(sequence(fromHex('06022a03'), sequence(policy)))],
  ])('%s are refused', (_, oidHex, value) => {
    expect(codeOf(() => read(oidHex, value))).toBe(MALFORMED);
  });
});
