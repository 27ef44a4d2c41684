import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { encodeSm2PublicKeyInfo, issueCertificate, type PathStep, pemEncode } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { derElement, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { entryLinesOf } from '../src/pki/entry.ts';
import { pathEntries, pathJson } from '../src/pki/report.ts';
import { NOW } from './support/cli.ts';
import { desk, shownBy, TIME } from './support/pki.ts';

const { path, pki, key, root, leaf } = desk();
const NUMBER = '110101199001011237';

describe('pki inspect', () => {
  it('masks numbers of persons in addresses as well', async () => {
    const own = await key('urls.key');
    const urls = ['--crl-url', `http://ca.cn/${NUMBER}.crl`, '--ocsp-url', `http://ca.cn/${NUMBER}`];
    const self = ['--self', '--key', own, '--subject', 'CN=x', '--out', path('urls.pem'), ...urls];
    await pki('issue', ...self, ...TIME);
    const out = await shownBy('inspect', path('urls.pem'));
    expect(out).not.toContain(NUMBER);
    expect(out.match(/11\*{14}37/g)).toHaveLength(2);
    expect(await shownBy('inspect', path('urls.pem'), '--show-identity')).toContain(NUMBER);
  });

  it('names the curve of a public key', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    writeFileSync(path('p384.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
    expect(await shownBy('inspect', path('p384.pub'))).toContain('ECDSA P-384 曲线 EC P-384');
  });

  it('does not print a key that is written as text', async () => {
    const digits = 'a1b2c3d4e5f60718'.repeat(4);
    for (const text of [digits, digits.replace(/(..)/g, '$1:'), `key ${digits}`]) {
      const der = derElement(0x30, derElement(0x30, derElement(0x0c, utf8(text))));
      writeFileSync(path('text.der'), der);
      const out = await shownBy('inspect', path('text.der'));
      expect(out).not.toContain(text.slice(0, 12));
      expect(out).toMatch(/UTF8String: +\d+ 字节/);
    }
  });
});

describe('self-signed', () => {
  const sign = async (options: { readonly own: boolean }) => {
    const [issuer, holder] = [sm2.generateKeyPair(), sm2.generateKeyPair()];
    const signing = sm2SoftwareSigner(issuer);
    const name = { commonName: '同名 CA' };
    const der = await issueCertificate(
      {
        subject: name,
        issuer: name,
        profile: 'root-ca',
        publicKeyInfo: options.own ? signing.publicKeyInfo : encodeSm2PublicKeyInfo(holder.publicKey),
        issuerPublicKeyInfo: signing.publicKeyInfo,
        notBefore: NOW,
        notAfter: new Date(NOW.getTime() + 86_400_000),
      },
      signing,
    );
    const file = path(`same-${options.own}.pem`);
    writeFileSync(file, pemEncode('CERTIFICATE', der));
    return file;
  };

  it('is not said of a certificate for another key of the same name', async () => {
    expect(await shownBy('inspect', await sign({ own: false }))).not.toContain('Self-signed');
    expect(await shownBy('inspect', await sign({ own: true }))).toContain('✓ 签名正确');
  });

  it('is judged by the signer IDs asked for', async () => {
    const file = await sign({ own: true });
    expect(await shownBy('inspect', file, '--signer-id', 'Alice')).toContain('✗ 签名不正确');
  });
});

describe('steps of a path', () => {
  it('have a mark of their own when nobody looked', async () => {
    const ca = await root('ca', 'CN=ca');
    const person = await leaf(ca, 'person', 'person');
    const out = await shownBy('verify', person.certificate, '--anchor', ca.certificate, ...TIME);
    expect(out).toMatch(/– [^\n]*revocation:/);
    expect(out).not.toMatch(/[✓?] [^\n]* revocation:/);
  });

  it('are not said twice', () => {
    const step: PathStep = {
      certificate: 1,
      check: 'revocation',
      status: 'indeterminate',
      code: 'CRL_INDIRECT',
      en: 'indirect',
      zh: '间接',
      clause: 'RFC 5280 §5.2.5',
    };
    const report = { path: [], steps: [step, { ...step }, { ...step, certificate: 2 }] };
    const verdict = {} as never;
    const lines = entryLinesOf(pathEntries({ ...report, verdict }, { showIdentity: false }), 'en');
    expect(lines.filter((line) => line.includes('indirect'))).toHaveLength(2);
    expect(pathJson({ ...report, verdict }, { showIdentity: false }).steps).toHaveLength(2);
  });
});
