import { fromHex, toHex } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import { certificatesFromPem, pemDecode, pemEncode } from '../src/index.ts';
import {
  createOcspRequest,
  createOcspResponse,
  findRevoked,
  issueCrl,
  parseCrl,
  parseOcspRequest,
  verifyCrlSignature,
} from '../src/revocation/index.ts';
import { day, NOW, root, under } from './support/authority.ts';
import { DISTID, hasOpenssl, Openssl } from './support/openssl.ts';

describe.skipIf(!hasOpenssl)('revocation between us and OpenSSL', () => {
  const openssl = new Openssl();
  afterAll(() => openssl.close());
  const pem = (name: string, label: string, der: Uint8Array) => openssl.file(name, pemEncode(label, der));

  it('crl -text prints our list: number, serial numbers, reasons [part of SEAL-015]', async () => {
    const top = await root();
    const der = await issueCrl(
      {
        issuer: top.certificate,
        thisUpdate: day(-1),
        nextUpdate: day(6),
        crlNumber: 300n,
        entries: [
          { serial: fromHex('0abc'), revocationDate: day(-2), reason: 'superseded' },
          { serial: fromHex('ff01'), revocationDate: day(-2), invalidityDate: day(-3) },
        ],
      },
      top.signer,
    );
    pem('ours.crl', 'X509 CRL', der);
    const text = openssl.says('crl', '-in', 'ours.crl', '-noout', '-text');
    expect(text).toContain('Signature Algorithm: SM2-with-SM3');
    expect(text).toMatch(/X509v3 CRL Number: \n\s+300\b/);
    expect(text).toMatch(
      /Serial Number: 0ABC[\s\S]+Superseded[\s\S]+Serial Number: FF01[\s\S]+Invalidity Date/,
    );
    pem('cut.crl', 'X509 CRL', der.subarray(0, -1));
    expect(openssl.run('crl', '-in', 'cut.crl', '-noout').status).not.toBe(0);
  });

  it('verify -crl_check cannot give the signer ID to a list, and says that it does not fit', async () => {
    // A known limit of OpenSSL 3.0: -vfyopt reaches the certificate, not the list.
    const top = await root();
    const leaf = await under(top, 'leaf');
    const spec = {
      issuer: top.certificate,
      thisUpdate: day(-1),
      nextUpdate: day(6),
      crlNumber: 1n,
      entries: [],
    };
    pem('empty.crl', 'X509 CRL', await issueCrl(spec, top.signer));
    pem('top.pem', 'CERTIFICATE', top.certificate.raw);
    pem('leaf.pem', 'CERTIFICATE', leaf.certificate.raw);
    const at = ['-attime', String(NOW.getTime() / 1000), '-vfyopt', DISTID];
    const files = ['-CAfile', 'top.pem', '-CRLfile', 'empty.crl'];
    const { status, text } = openssl.run('verify', '-crl_check', ...files, ...at, 'leaf.pem');
    expect(status).not.toBe(0);
    expect(text).toContain('CRL signature failure');
  });

  it('we accept the list of openssl ca -gencrl, made with the ID of the standard [part of SEAL-015]', () => {
    openssl.says('genpkey', '-algorithm', 'SM2', '-out', openssl.path('ca.key'));
    const subject = ['-subj', '/CN=CA', '-days', '99', '-sigopt', DISTID];
    openssl.says(
      'req',
      '-x509',
      '-new',
      '-key',
      'ca.key',
      '-sm3',
      ...subject,
      '-out',
      openssl.path('ca.pem'),
    );
    openssl.file('index.txt', 'R\t351231000000Z\t261101000000Z,keyCompromise\t0ABC\tunknown\t/CN=gone\n');
    openssl.file('crlnumber', '2A\n');
    openssl.file(
      'ca.cnf',
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sm3\n' +
        'default_crl_days=30\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n',
    );
    const args = ['ca', '-gencrl', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
    const make = (distid: string) => {
      const text = openssl.says(...args, '-sigopt', distid);
      return parseCrl(pemDecode(text, 'X509 CRL')[0]!);
    };
    const issuer = certificatesFromPem(openssl.says('x509', '-in', 'ca.pem'))[0]!;
    const crl = make(DISTID);
    expect(verifyCrlSignature(crl, issuer).check).toBe('right');
    expect(findRevoked(crl, fromHex('0abc'))?.reason).toBe('keyCompromise');
    expect(crl.crlNumber).toBe(0x2an);
    const other = make('distid:other');
    expect(verifyCrlSignature(other, issuer).check).toBe('wrong');
    const signerIds = [new TextEncoder().encode('other')];
    expect(verifyCrlSignature(other, issuer, { signerIds }).check).toBe('right');
  });

  it('ocsp -text prints our request and our response, and we read its request [part of SEAL-015]', async () => {
    const top = await root();
    const leaf = (await under(top, 'leaf')).certificate;
    const issuer = top.certificate;
    const nonce = fromHex('0102030405060708');
    const asked = createOcspRequest({ certificate: leaf, issuer, hash: 'sha1', nonce });
    openssl.file('ours.req', asked);
    const printed = openssl.says('ocsp', '-reqin', 'ours.req', '-req_text');
    expect(printed).toContain(`Serial Number: ${toHex(leaf.serial).toUpperCase()}`);
    expect(printed).toContain('OCSP Nonce');
    const [certId] = parseOcspRequest(asked).certIds;
    const revocation = { revocationDate: day(-1), reason: 'keyCompromise' } as const;
    const answers = [
      { certId: certId!, status: 'revoked' as const, revocation, thisUpdate: NOW, nextUpdate: day(1) },
    ];
    const spec = { responder: issuer, producedAt: NOW, answers, nonce };
    openssl.file('ours.resp', await createOcspResponse(spec, top.signer));
    const text = openssl.run('ocsp', '-respin', 'ours.resp', '-resp_text', '-noverify').text;
    expect(text).toContain('OCSP Response Status: successful');
    expect(text).toContain('Cert Status: revoked');
    expect(text).toContain('keyCompromise');
    pem('issuer.pem', 'CERTIFICATE', issuer.raw);
    pem('leaf.pem', 'CERTIFICATE', leaf.raw);
    const files = ['-issuer', 'issuer.pem', '-cert', 'leaf.pem', '-reqout', openssl.path('its.req')];
    openssl.run('ocsp', '-sha1', ...files);
    const its = parseOcspRequest(openssl.read('its.req'));
    // OpenSSL writes NULL parameters after SHA-1, we write none; the rest is the same.
    const { issuerNameHash, issuerKeyHash, serial } = certId!;
    expect(its.certIds[0]).toMatchObject({ hash: 'sha1', issuerNameHash, issuerKeyHash, serial });
  });
});
