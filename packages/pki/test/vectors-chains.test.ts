import { equalBytes, SmError } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type Certificate,
  certificatesFromPem,
  checkCertificateSignature,
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  OIDS,
  parseCertificate,
  verifyCertificatePath,
} from '../src/index.ts';
import { NOW } from './support/authority.ts';
import { codeOf, troubles } from './support/codes.ts';
import { derOf, sharedBytes, sharedPresent, sharedText, vectorCases } from './support/shared.ts';

const GENERATED = 'vectors/certs/generated_pki.json';
const THIRD_PARTY = 'vectors/certs/third_party_certs.json';
const generated = sharedPresent(GENERATED) ? vectorCases(GENERATED) : [];
const thirdParty = sharedPresent(THIRD_PARTY) ? vectorCases(THIRD_PARTY) : [];
const items = thirdParty.filter(({ kind }) => kind === 'certificate');

describe.skipIf(items.length === 0)('certificates of other projects and real CAs', () => {
  it('chain to the national root with the time and policy given [part of SEAL-015]', () => {
    const all = items.map((item) => parseCertificate(derOf(item)));
    const anchor = all.find(({ subject }) => subject.commonName === 'ROOTCA')!;
    const below = all.filter((certificate) => equalBytes(certificate.issuerRaw, anchor.subjectRaw));
    expect(below.length).toBeGreaterThanOrEqual(9);
    for (const certificate of below) {
      const time = new Date(Math.max(certificate.notBefore.getTime(), anchor.notBefore.getTime()));
      const options = { anchors: [anchor], time, keyUsage: ['keyCertSign'] } as const;
      expect(troubles(verifyCertificatePath(certificate, options))).toEqual([]);
    }
  });

  it('name algorithms and extensions by the identifiers of our tables [part of SEAL-019]', () => {
    const hex = items.map(({ der }) => der);
    const count = (oid: string) => hex.filter((der) => der.includes(oid)).length;
    // sm2sign-with-sm3, the SM2 curve, keyUsage, basicConstraints
    expect(count('06082a811ccf55018375')).toBe(items.length);
    expect(count('06082a811ccf5501822d')).toBe(items.length);
    const oids = items.map((item) => parseCertificate(derOf(item)).extensions.map(({ oid }) => oid));
    expect(oids.every((list) => list.includes(OIDS.keyUsage))).toBe(true);
    expect(oids.filter((list) => list.includes(OIDS.basicConstraints)).length).toBeGreaterThan(20);
  });
});

describe.skipIf(generated.length === 0)('certificates made by BouncyCastle', () => {
  const read = (name: string) => parseCertificate(derOf(generated.find((item) => item.name === name)!));

  it('are signed by whom they name, and by nobody else in the set', () => {
    const [root, sub, sign] = ['set0.root', 'set0.sub', 'set0.sign'].map(read) as [
      Certificate,
      Certificate,
      Certificate,
    ];
    expect(checkCertificateSignature(sub, root)).toBe('right');
    expect(checkCertificateSignature(sign, sub)).toBe('right');
    expect(checkCertificateSignature(sign, root)).toBe('wrong');
    expect(checkCertificateSignature(sign, sub, [new Uint8Array(0)])).toBe('wrong');
    expect(checkCertificateSignature(sign, sub, ['plain-sm3'])).toBe('wrong');
  });
});

describe.skipIf(!sharedPresent('samples/evidence/milan.pem'))('certificates of TEE makers', () => {
  it('AMD: RSA with PSS leads to its root, and not when altered', () => {
    const [ask, ark] = certificatesFromPem(sharedText('samples/evidence/milan.pem')) as [
      Certificate,
      Certificate,
    ];
    expect(troubles(verifyCertificatePath(ask, { anchors: [ark], time: NOW }))).toEqual([]);
    const altered = Uint8Array.from(ask.raw);
    altered[altered.length - 1]! ^= 1;
    expect(checkCertificateSignature(parseCertificate(altered), ark)).toBe('wrong');
  });

  it('Intel: the ECDSA chain inside of a quote leads to its root', () => {
    const quote = new TextDecoder('latin1').decode(sharedBytes('samples/evidence/tdx_quote_4.dat'));
    const [pck, ca, anchor] = certificatesFromPem(quote) as [Certificate, Certificate, Certificate];
    const options = { anchors: [anchor], intermediates: [ca], time: pck.notBefore };
    expect(troubles(verifyCertificatePath(pck, options))).toEqual([]);
    expect(pck.keyAlgorithm).toBe(`ec:${OIDS.p256}`);
  });
});

const others = [...generated, ...thirdParty]
  .filter(({ kind }) => kind !== 'certificate')
  .map((item) => [item.name ?? `${item.kind} ${item.sha256!.slice(0, 16)}`, item] as const);

describe.skipIf(others.length === 0)('other structures are no certificates', () => {
  it.each(others)('%s', (_, item) => {
    expect(codeOf(() => parseCertificate(derOf(item)))).toBe('ERR_PKI_CERTIFICATE_MALFORMED');
    if (item.kind !== 'spki') expect(() => decodeSm2PublicKeyInfo(derOf(item))).toThrow(SmError);
    if (item.kind !== 'pkcs8') expect(() => decodeSm2PrivateKey(derOf(item))).toThrow(SmError);
  });
});
