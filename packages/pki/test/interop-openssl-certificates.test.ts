import { sm2, toHex, utf8 } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import {
  type Certificate,
  certificatesFromPem,
  checkCertificateSignature,
  decodeSm2PrivateKey,
  encodeSm2PrivateKey,
  issueCertificate,
  parseCertificate,
  pemDecode,
  pemEncode,
  verifyCertificatePath,
} from '../src/index.ts';
import { day, NOW, request, root, under } from './support/authority.ts';
import { troubles } from './support/codes.ts';
import { altered } from './support/interop.ts';
import { DISTID, hasOpenssl, Openssl } from './support/openssl.ts';

const AT = ['-attime', String(NOW.getTime() / 1000)];
const VALID = ['-days', '400'];

describe.skipIf(!hasOpenssl)('certificates between us and OpenSSL', () => {
  const openssl = new Openssl();
  afterAll(() => openssl.close());

  const pem = (name: string, der: Uint8Array) => openssl.file(name, pemEncode('CERTIFICATE', der));
  /** `openssl verify` gives the ID to the one certificate that it is asked about. */
  const verify = (leaf: Uint8Array, issuer: Uint8Array, distid = DISTID) =>
    openssl.run(
      ...['verify', '-x509_strict', '-CAfile', pem('issuer.pem', issuer), ...AT],
      ...['-vfyopt', distid, pem('leaf.pem', leaf)],
    );

  /** A root and a leaf of OpenSSL; the key of the root stands in `ca.key`. */
  const opensslPair = (distid = DISTID): readonly [root: Certificate, leaf: Certificate] => {
    for (const name of ['ca.key', 'leaf.key']) {
      openssl.says('genpkey', '-algorithm', 'SM2', '-out', openssl.path(name));
    }
    const subject = ['-subj', '/C=CN/O=测试/CN=OpenSSL 根', '-utf8'];
    const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
    openssl.says(
      ...['req', '-x509', '-new', '-key', 'ca.key', '-sm3', ...subject, ...VALID, ...usage],
      ...['-sigopt', distid, '-out', openssl.path('ca.pem')],
    );
    openssl.says(
      ...['req', '-new', '-key', 'leaf.key', '-sm3', '-subj', '/C=CN/CN=叶', '-utf8'],
      ...['-sigopt', distid, '-out', openssl.path('leaf.csr')],
    );
    openssl.file('leaf.ext', 'keyUsage=critical,digitalSignature\nsubjectAltName=DNS:leaf.cn\n');
    openssl.says(
      ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-sm3', ...VALID],
      ...['-extfile', 'leaf.ext', '-sigopt', distid, '-vfyopt', distid],
      ...['-set_serial', '0x1234', '-out', openssl.path('leaf.pem')],
    );
    const read = (name: string) => certificatesFromPem(openssl.says('x509', '-in', name))[0]!;
    return [read('ca.pem'), read('leaf.pem')];
  };

  it('it verifies our leaves under our root, of every profile [part of SEAL-015]', async () => {
    const top = await root();
    for (const profile of ['person', 'device', 'seal-maker', 'seal-signer', 'tls-server'] as const) {
      const leaf = await under(top, `叶 ${profile}`, { profile, dnsNames: ['a.cn'] });
      const result = verify(leaf.certificate.raw, top.certificate.raw);
      expect(result).toEqual({ status: 0, text: `${openssl.path('leaf.pem')}: OK\n` });
    }
  });

  it('it refuses them altered, under another ID, and under another root', async () => {
    const top = await root();
    const leaf = (await under(top, 'leaf')).certificate.raw;
    const issuer = top.certificate.raw;
    expect(verify(altered(leaf, -1), issuer).text).toContain('certificate signature failure');
    expect(verify(altered(leaf, 20), issuer).text).toContain('certificate signature failure');
    expect(verify(leaf, issuer, 'distid:87654321').text).toContain('certificate signature failure');
    expect(verify(leaf, (await root()).certificate.raw).status).not.toBe(0);
    expect(verify(leaf.subarray(0, leaf.length - 1), issuer).status).not.toBe(0);
  });

  it('we accept its leaf under its root, made by req and x509 -req [part of SEAL-015]', () => {
    const [top, leaf] = opensslPair();
    const time = new Date(leaf.notBefore.getTime() + 1000);
    expect(troubles(verifyCertificatePath(leaf, { anchors: [top], time, keyAlgorithm: 'sm2' }))).toEqual([]);
    expect(leaf.dnsNames).toEqual(['leaf.cn']);
    expect(toHex(leaf.serial)).toBe('1234');
    expect([...leaf.keyUsage!]).toEqual(['digitalSignature']);
  });

  it('we refuse its leaf altered, or made with another ID unless that is asked for', () => {
    const [top, leaf] = opensslPair();
    expect(checkCertificateSignature(parseCertificate(altered(leaf.raw, -1)), top)).toBe('wrong');
    const [otherTop, other] = opensslPair('distid:another');
    expect(checkCertificateSignature(other, otherTop)).toBe('wrong');
    expect(checkCertificateSignature(other, otherTop, [utf8('another')])).toBe('right');
    expect(checkCertificateSignature(leaf, otherTop)).toBe('wrong');
    const time = new Date(other.notBefore.getTime() + 1000);
    const verdict = verifyCertificatePath(other, { anchors: [otherTop], time });
    expect(verdict.integrity.status).not.toBe('passed');
  });

  it('a leaf of ours under its root, and one of its under ours: each verifies what the other signed', async () => {
    const [top] = opensslPair();
    const [key] = pemDecode(openssl.says('pkey', '-in', 'ca.key'), 'PRIVATE KEY');
    const signer = sm2SoftwareSigner(decodeSm2PrivateKey(key!));
    const ours = await issueCertificate(
      request({
        issuer: { raw: top.subjectRaw },
        issuerKeyIdentifier: top.subjectKeyIdentifier!,
        profile: 'person',
        notBefore: new Date(top.notBefore.getTime() + 1000),
        notAfter: day(100),
      }),
      signer,
    );
    expect(verify(ours, top.raw)).toMatchObject({ status: 0 });
    // The other way round: OpenSSL signs with a root that we made.
    const pair = sm2.generateKeyPair();
    const own = sm2SoftwareSigner(pair);
    const name = { commonName: '我们的根' };
    const spec = request({ subject: name, issuer: name, publicKeyInfo: own.publicKeyInfo });
    const anchor = await issueCertificate({ ...spec, issuerPublicKeyInfo: own.publicKeyInfo }, own);
    openssl.file('own.key', pemEncode('PRIVATE KEY', encodeSm2PrivateKey(pair)));
    pem('own.pem', anchor);
    const theirs = openssl.says(
      ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'own.pem', '-CAkey', 'own.key', '-sm3', ...VALID],
      ...['-extfile', 'leaf.ext', '-sigopt', DISTID, '-vfyopt', DISTID, '-set_serial', '7'],
    );
    const leaf = certificatesFromPem(theirs)[0]!;
    const options = { anchors: [parseCertificate(anchor)], time: new Date(leaf.notBefore.getTime() + 1000) };
    expect(troubles(verifyCertificatePath(leaf, options))).toEqual([]);
  });

  it('its certificate authority (openssl ca) issues what we accept', () => {
    const [top] = opensslPair();
    openssl.file('index.txt', '');
    openssl.file('serial', '4d2\n'.padStart(5, '0'));
    openssl.file(
      'ca.cnf',
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sm3\n' +
        'policy=p\nx509_extensions=x\nunique_subject=no\n[p]\ncommonName=supplied\n' +
        '[x]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n',
    );
    const made = openssl.says(
      ...['ca', '-batch', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', ...VALID],
      ...['-in', 'leaf.csr', '-sigopt', DISTID, '-vfyopt', DISTID, '-notext'],
    );
    const leaf = certificatesFromPem(made)[0]!;
    const time = new Date(leaf.notBefore.getTime() + 1000);
    expect(troubles(verifyCertificatePath(leaf, { anchors: [top], time }))).toEqual([]);
    expect(toHex(leaf.serial)).toBe('04d2');
  });

  it('asn1parse walks through what we wrote, and x509 -text names its parts', async () => {
    const top = await root({ pathLength: 2 });
    const leaf = (await under(top, '李四', { dnsNames: ['b.cn'], profile: 'tls-server' })).certificate;
    const parsed = openssl.says('asn1parse', '-inform', 'DER', '-in', openssl.file('leaf.der', leaf.raw));
    expect(parsed).toContain('SM2-with-SM3');
    expect(parsed).toContain('李四');
    expect(parsed.split('\n')[0]).toMatch(new RegExp(`l=\\s*${leaf.raw.length - 4} cons: SEQUENCE`));
    const text = openssl.says('x509', '-inform', 'DER', '-in', 'leaf.der', '-noout', '-text');
    expect(text).toContain('Signature Algorithm: SM2-with-SM3');
    expect(text).toContain('TLS Web Server Authentication');
    expect(text).toContain('DNS:b.cn');
    pem('top.pem', top.certificate.raw);
    expect(openssl.says('x509', '-in', 'top.pem', '-noout', '-text')).toContain('CA:TRUE, pathlen:2');
  });
});
