import {
  type CertificateProfile,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
} from '@cssi/pki';
import { isAccepted, sm2 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { craftSealed } from '../src/conformance/craft.ts';
import { createSealFixture, type SealFixture } from '../src/conformance/fixture.ts';
import { makeSeal, type SealKey, verifyOfd, verifySeal } from '../src/index.ts';
import { NOW } from './support.ts';

describe('a CA that ends before its certificates', () => {
  let fixture: SealFixture;
  let anchor: Uint8Array;
  let sealed: Uint8Array;

  const newSigner = () => {
    const pair = sm2.generateKeyPair();
    const publicKeyInfo = encodeSm2PublicKeyInfo(pair.publicKey);
    const sign = async (message: Uint8Array) => sm2.signWith(pair, message);
    return { algorithm: 'sm2-sm3' as const, publicKeyInfo, sign };
  };

  beforeAll(async () => {
    fixture = await createSealFixture(NOW);
    const ca = newSigner();
    const subject = { commonName: 'Short CA' };
    const issue = (name: string, profile: CertificateProfile, publicKeyInfo: Uint8Array, days: number) =>
      issueCertificate(
        {
          subject: { commonName: name },
          issuer: subject,
          publicKeyInfo,
          profile,
          notBefore: fixture.day(-30),
          notAfter: fixture.day(days),
          issuerPublicKeyInfo: ca.publicKeyInfo,
        },
        ca,
      );
    const key = async (name: string, profile: CertificateProfile): Promise<SealKey> => {
      const signer = newSigner();
      return { certificate: await issue(name, profile, signer.publicKeyInfo, 300), signer };
    };
    anchor = await issue('Short CA', 'root-ca', ca.publicKeyInfo, 20);
    const signer = await key('Signer', 'seal-signer');
    const spec = fixture.sealSpec({ signerCertificates: [signer.certificate] });
    const seal = await makeSeal(spec, await key('Maker', 'seal-maker'));
    sealed = await craftSealed(fixture, { seal, signer });
  });

  const judgeAt = (days: number) =>
    verifyOfd(sealed, { time: fixture.day(days), anchors: [parseCertificate(anchor)] }).verdict;

  it('is accepted while all are valid', () => {
    expect(isAccepted(judgeAt(19))).toBe(true);
  });

  // Whoever holds the key of the ended CA could still make a certificate and state an earlier time.
  it('leaves the time open afterwards, as nothing proves when the signing was', () => {
    const { time, integrity, trust } = judgeAt(40);
    expect([integrity.status, trust.status, time.status]).toEqual(['passed', 'passed', 'indeterminate']);
    expect(time.reasons.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['MAKER_CERTIFICATE_EXPIRED_SINCE', 'SIGNER_CERTIFICATE_EXPIRED_SINCE']),
    );
  });
});

describe('the last second of a validity', () => {
  it('belongs to it, for seals and for certificates without an anchor', async () => {
    const fixture = await createSealFixture(NOW);
    const seal = await makeSeal(fixture.sealSpec({ validEnd: fixture.day(365) }), fixture.maker);
    const end = fixture.day(365).getTime();
    const statusAt = (ms: number, anchors = fixture.anchors) =>
      verifySeal(seal, { time: new Date(end + ms), anchors }).verdict.time.status;
    expect([statusAt(0), statusAt(999), statusAt(1000)]).toEqual(['passed', 'passed', 'failed']);
    expect([statusAt(999, []), statusAt(1000, [])]).toEqual(['passed', 'failed']);
  });
});
