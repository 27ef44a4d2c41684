import { concatBytes, sm2, toHex, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkCertificateSignature,
  decodeSm2PrivateKey,
  encodeSm2PrivateKey,
  formatDistinguishedName,
  parseCertificate,
  verifyCertificatePath,
} from '../src/index.ts';
import { NOW, root, under } from './support/authority.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { type ForeignPki, foreignPki, textOf } from './support/bouncycastle-pki.ts';
import { troubles } from './support/codes.ts';
import { altered } from './support/interop.ts';

describe.skipIf(!hasBouncyCastle)('certificates between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  let pki: ForeignPki;
  beforeAll(async () => {
    castle = new BouncyCastle();
    pki = await foreignPki(castle);
  });
  afterAll(() => castle.close());

  it('it accepts each step of our chain, and the chain by PKIX [part of SEAL-015]', async () => {
    const top = await root({ pathLength: 1 });
    const ca = await under(top, '二级 CA', { profile: 'root-ca', pathLength: 0 });
    const leaf = await under(ca, '张三', { dnsNames: ['a.cn'], ipAddresses: ['::1'] });
    const [t, c, l] = [top, ca, leaf].map(({ certificate }) => certificate);
    for (const [certificate, issuer] of [
      [t, t],
      [c, t],
      [l, c],
    ] as const) {
      const [serial, name] = await castle.does('verify-certificate', certificate!.raw, issuer!.raw);
      expect(BigInt(`0x${serial}`)).toBe(BigInt(`0x${toHex(certificate!.serial)}`));
      // BouncyCastle prints the names in the order of the certificate, we in the order of RFC 4514.
      const ours = formatDistinguishedName(certificate!.subjectRaw).split(',').reverse().join(',');
      expect(textOf(name)).toBe(ours);
    }
    await castle.does('verify-path', NOW, t!.raw, undefined, l!.raw, c!.raw);
  });

  it('it refuses what was altered, another issuer, a gap in the chain, and the wrong time', async () => {
    const top = await root({ pathLength: 1 });
    const ca = await under(top, 'ca', { profile: 'root-ca', pathLength: 0 });
    const leaf = await under(ca, 'leaf');
    const [t, c, l] = [top, ca, leaf].map(({ certificate }) => certificate.raw) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(await castle.refusal('verify-certificate', altered(l, -1), c)).toBe('signature');
    // Inside of the public key, and inside of the serial number.
    const key = Buffer.from(l).indexOf(Buffer.from(leaf.certificate.sm2PublicKey!));
    expect(await castle.refusal('verify-certificate', altered(l, key + 40), c)).toBe('signature');
    expect(await castle.refusal('verify-certificate', altered(l, 20), c)).toBe('signature');
    expect(await castle.refusal('verify-certificate', l, t)).toBe('issuer name');
    expect(await castle.refusal('verify-path', NOW, t, undefined, l)).toContain('CertPathValidator');
    const late = new Date('2040-01-01T00:00:00Z');
    expect(await castle.refusal('verify-path', late, t, undefined, l, c)).toMatch(/expired|valid/i);
  });

  it('it refuses a path through one who may not issue, as we do [part of EDGE-020]', async () => {
    const top = await root();
    const person = await under(top, 'person');
    const leaf = await under(person, 'leaf');
    const [t, p, l] = [top, person, leaf].map(({ certificate }) => certificate);
    expect(await castle.refusal('verify-path', NOW, t!.raw, undefined, l!.raw, p!.raw)).not.toBe('accepted');
    const options = { anchors: [t!], intermediates: [p!], time: NOW };
    expect(troubles(verifyCertificatePath(l!, options))).toContain('ISSUER_NOT_CA');
  });

  it('we accept its chains, pair of certificates included [part of SEAL-015]', () => {
    const options = { anchors: [pki.root.certificate], intermediates: [pki.sub.certificate], time: NOW };
    for (const name of ['sign', 'encrypt', 'tsa', 'ocsp'] as const) {
      const { certificate } = pki[name];
      expect(troubles(verifyCertificatePath(certificate, options))).toEqual([]);
      expect(certificate.subject.commonName).toBe(`测试 ${name}`);
    }
    const usage = { ...options, keyUsage: ['digitalSignature'] as const };
    expect(troubles(verifyCertificatePath(pki.sign.certificate, usage))).toEqual([]);
    expect(troubles(verifyCertificatePath(pki.encrypt.certificate, usage))).toEqual(['KEY_USAGE_WRONG']);
  });

  it('we refuse its certificates when a byte is altered, and under another issuer', () => {
    const { sign, sub, root: top } = pki;
    const der = sign.certificate.raw;
    expect(checkCertificateSignature(parseCertificate(altered(der, -1)), sub.certificate)).toBe('wrong');
    const name = Buffer.from(der).indexOf('sign');
    expect(checkCertificateSignature(parseCertificate(altered(der, name)), sub.certificate)).toBe('wrong');
    expect(checkCertificateSignature(sign.certificate, top.certificate)).toBe('wrong');
    expect(checkCertificateSignature(sign.certificate, sub.certificate, [utf8('other')])).toBe('wrong');
  });

  it('our signatures with any ID are right for it, and wrong under another', async () => {
    const { publicKeyInfo } = pki.sign;
    const message = utf8('消息');
    const theirs = parseCertificate(pki.sign.certificate.raw).sm2PublicKey!;
    const own = decodeSm2PrivateKey(pki.sign.key);
    expect(own.publicKey).toEqual(theirs);
    for (const id of [utf8('1234567812345678'), utf8('ALICE123@YAHOO.COM'), new Uint8Array(0)]) {
      const signature = sm2.signWith(own, message, { id });
      await castle.does('verify-signature', publicKeyInfo, id, message, signature);
      const wrong = concatBytes(id, utf8('x'));
      expect(await castle.refusal('verify-signature', publicKeyInfo, wrong, message, signature)).toBe(
        'signature',
      );
    }
    own.privateKey.destroy();
  });

  it('keys in PKCS#8 open on both sides to the same public key [part of SEAL-018]', async () => {
    const pair = sm2.generateKeyPair();
    const [point] = await castle.does('open-pkcs8', encodeSm2PrivateKey(pair));
    expect(bytesOf(point)).toEqual(pair.publicKey);
    const theirs = decodeSm2PrivateKey(pki.encrypt.key);
    expect(theirs.publicKey).toEqual(pki.encrypt.certificate.sm2PublicKey);
    expect(await castle.refusal('open-pkcs8', altered(encodeSm2PrivateKey(pair), 0))).not.toBe('accepted');
  });

  it('counts verifications for the benchmark', async () => {
    const { sign, sub } = pki;
    const [count, nanoseconds] = await castle.does(
      'bench-verify',
      '5',
      sub.certificate.raw,
      sign.certificate.raw,
    );
    expect(count).toBe('5');
    expect(Number(nanoseconds)).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasBouncyCastle)('the checker itself', () => {
  it('tells a wrong question from a refusal, and names its end', async () => {
    const castle = new BouncyCastle();
    await expect(castle.refusal('no-such-verb')).rejects.toThrow('unknown verb');
    await expect(castle.refusal('verify-certificate')).rejects.toThrow('too few fields');
    expect(await castle.refusal('verify-csr', utf8('no request'))).not.toBe('accepted');
    castle.close();
    await expect(castle.does('make-key')).rejects.toThrow('closed');
  });
});
