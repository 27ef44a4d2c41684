import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import { formatDistinguishedName, OIDS, PURPOSE_OIDS, pemDecode, pemEncode } from '../src/index.ts';
import {
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../src/request/index.ts';
import { newSigner, root, under } from './support/authority.ts';
import { hasOpenssl, NO_OPENSSL } from './support/openssl.ts';

const DISTID = 'distid:1234567812345678';

describe.skipIf(!hasOpenssl)('OpenSSL as a second reader of the newer parts', () => {
  if (!hasOpenssl) console.info(NO_OPENSSL);
  const folder = mkdtempSync(join(tmpdir(), 'cssi-pki-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    return { status, text: stdout + stderr };
  };

  it('prints every extension of a certificate as it was asked for [part of SEAL-015]', async () => {
    const { certificate } = await under(await root(), 'sub', {
      profile: 'sub-ca',
      dnsNames: ['a.cn'],
      emails: ['a@b.cn'],
      uris: ['urn:a:b'],
      crlDistributionPoints: ['http://a/1.crl'],
      freshestCrl: ['http://a/delta.crl'],
      ocspUrls: ['http://a/ocsp'],
      caIssuerUrls: ['http://a/ca.cer'],
      certificatePolicies: ['1.2.3', { oid: '1.2.4', cpsUri: 'http://a/cps' }],
      nameConstraints: {
        permitted: [
          { kind: 'dns', value: '.a.cn' },
          { kind: 'ip', value: '10.0.0.0/8' },
        ],
        excluded: [{ kind: 'email', value: 'b.cn' }],
      },
      identity: { person: '110101199003070000' },
    });
    const { status, text } = run(
      'x509',
      '-inform',
      'DER',
      '-in',
      file('all.der', certificate.raw),
      '-noout',
      '-text',
    );
    expect(status).toBe(0);
    for (const expected of [
      /Basic Constraints: critical\s+CA:TRUE, pathlen:0/,
      /DNS:a\.cn, email:a@b\.cn, URI:urn:a:b/,
      /Name Constraints: critical\s+Permitted:\s+DNS:\.a\.cn\s+IP:10\.0\.0\.0\/255\.0\.0\.0\s+Excluded:\s+email:b\.cn/,
      /Policy: 1\.2\.3\s+Policy: 1\.2\.4\s+CPS: http:\/\/a\/cps/,
      /CRL Distribution Points:[^X]+URI:http:\/\/a\/1\.crl/,
      /Freshest CRL:[^X]+URI:http:\/\/a\/delta\.crl/,
      /OCSP - URI:http:\/\/a\/ocsp\s+CA Issuers - URI:http:\/\/a\/ca\.cer/,
      /1\.2\.156\.10260\.4\.1\.1:\s+.*110101199003070000/,
    ]) {
      expect(text).toMatch(expected);
    }
  });

  it('prints a name of all attributes as we do', async () => {
    const subject = {
      country: 'CN',
      province: '浙江',
      locality: '杭州',
      street: '文三路',
      postalCode: '310000',
      organization: '公司',
      organizationIdentifier: '9133',
      organizationalUnit: '部门',
      title: '工程师',
      surname: '张',
      givenName: '三',
      commonName: '张三',
      serialNumber: 'A1',
      userId: 'zs',
      email: 'a@b.cn',
    };
    const { certificate } = await under(await root(), 'x', { subject });
    const path = file('name.der', certificate.raw);
    const { text } = run(
      'x509',
      '-inform',
      'DER',
      '-in',
      path,
      '-noout',
      '-subject',
      '-nameopt',
      'RFC2253,-esc_msb,utf8',
    );
    // RFC 4514 writes STREET, OpenSSL street.
    const printed = text.trim().replace(',street=', ',STREET=');
    expect(printed).toBe(`subject=${formatDistinguishedName(certificate.subjectRaw)}`);
  });

  it('takes the profiles for what they are [part of TCCIA-021]', async () => {
    const ca = await root();
    const anchor = file('ca.pem', pemEncode('CERTIFICATE', ca.certificate.raw));
    const purposes = [
      ['tsa', 'timestampsign'],
      ['domain', 'sslserver'],
      ['tls-server', 'sslserver'],
      ['tls-client', 'sslclient'],
      ['ocsp-responder', 'ocsphelper'],
    ] as const;
    const now = String(Date.UTC(2026, 11, 1) / 1000);
    for (const [profile, purpose] of purposes) {
      const { certificate } = await under(ca, 'a.cn', { profile, dnsNames: ['a.cn'] });
      const leaf = file(`${profile}.pem`, pemEncode('CERTIFICATE', certificate.raw));
      const common = [
        'verify',
        '-x509_strict',
        '-CAfile',
        anchor,
        '-attime',
        now,
        '-vfyopt',
        DISTID,
        '-purpose',
      ];
      expect(run(...common, purpose, leaf)).toEqual({ status: 0, text: `${leaf}: OK\n` });
      const other = purpose === 'sslclient' ? 'sslserver' : 'sslclient';
      if (profile !== 'ocsp-responder') expect(run(...common, other, leaf).status).not.toBe(0);
    }
    const seal = await under(ca, 'seal', { profile: 'seal-signer' });
    const text = run(
      'x509',
      '-inform',
      'DER',
      '-in',
      file('s.der', seal.certificate.raw),
      '-noout',
      '-text',
    ).text;
    expect(text).toContain(PURPOSE_OIDS.sealSigner);
  });

  it('verifies our request, and refuses it damaged or under another ID [part of SEAL-015]', async () => {
    const raw = await createCertificateRequest(
      { subject: { commonName: '张三', province: '浙江' }, dnsNames: ['a.cn'], challengePassword: 'open' },
      newSigner(),
    );
    const path = file('csr.der', raw);
    const verify = (id: string, input = path) =>
      run('req', '-inform', 'DER', '-in', input, '-noout', '-verify', '-vfyopt', `distid:${id}`);
    expect(verify('1234567812345678').text).toContain('verify OK');
    expect(verify('other').text).not.toContain('verify OK');
    const damaged = Uint8Array.from(raw);
    damaged[30]! ^= 1;
    expect(verify('1234567812345678', file('bad.der', damaged)).text).not.toContain('verify OK');
    const { text } = run(
      'req',
      '-inform',
      'DER',
      '-in',
      path,
      '-noout',
      '-text',
      '-nameopt',
      'utf8,-esc_msb',
    );
    expect(text).toMatch(/ST ?= ?浙江, CN ?= ?张三/);
    expect(text).toMatch(/challengePassword\s*:open/);
    expect(text).toContain('DNS:a.cn');
  });

  it('makes a request that we read and verify, with its ID listed when it is another [part of SEAL-015]', () => {
    const key = file('made.key', '');
    execFileSync('openssl', ['genpkey', '-algorithm', 'SM2', '-out', key], { stdio: 'ignore' });
    const make = (id: string) => {
      const args = [
        'req',
        '-new',
        '-key',
        key,
        '-sm3',
        '-subj',
        '/C=CN/CN=测试',
        '-utf8',
        '-sigopt',
        `distid:${id}`,
      ];
      const names = ['-addext', 'subjectAltName=DNS:a.cn', '-addext', 'keyUsage=digitalSignature'];
      const pem = execFileSync('openssl', [...args, ...names], { encoding: 'utf8', stdio: 'pipe' });
      return parseCertificateRequest(pemDecode(pem, 'CERTIFICATE REQUEST')[0]!, { policy: 'strict' });
    };
    const right = make('1234567812345678');
    expect(verifyCertificateRequest(right)).toEqual({ check: 'right' });
    expect(right.subject).toEqual({ country: 'CN', commonName: '测试' });
    expect(right.requested.dnsNames).toEqual(['a.cn']);
    expect(right.requestedExtensions.map(({ oid }) => oid)).toEqual([OIDS.subjectAltName, OIDS.keyUsage]);
    const other = make('another');
    expect(verifyCertificateRequest(other).check).toBe('wrong');
    expect(verifyCertificateRequest(other, { signerIds: [utf8('another')] }).check).toBe('right');
  });
});
