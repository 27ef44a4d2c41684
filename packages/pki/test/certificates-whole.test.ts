import { generateKeyPairSync } from 'node:crypto';
import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { nodeSoftwareSigner } from '../src/adapters/software.ts';
import {
  type Certificate,
  createOcspRequest,
  createOcspResponse,
  issueCertificate,
  issueCrl,
  type PathOptions,
  parseCertificate,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
  validateCertificatePath,
  verifyCertificatePath,
} from '../src/index.ts';
import { day, type Holder, NOW, newSigner, request, root, under } from './support/authority.ts';
import { troubles } from './support/codes.ts';
import { craft, craftedKey } from './support/craft.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const FILE = 'vectors/certs/generated_pki.json';

async function chain() {
  const top = await root({ pathLength: 1 });
  const ca = await under(top, '签发 CA', { profile: 'sub-ca' });
  const identity = { organization: '91370000MA3DQTPN0U', businessRegistration: '370000400001234' };
  const signing = await under(ca, '示例公司', { profile: 'organization', identity });
  const encryption = await under(ca, '示例公司', { profile: 'organization-encryption', identity });
  return { top, ca, signing, encryption };
}

const listOf = async (ca: Holder, revoked: readonly Certificate[] = []) =>
  parseCrl(
    await issueCrl(
      {
        issuer: ca.certificate,
        thisUpdate: day(-1),
        nextUpdate: day(7),
        crlNumber: 1,
        entries: revoked.map(({ serial }) => ({ serial, revocationDate: day(-2), reason: 'keyCompromise' })),
      },
      ca.signer,
    ),
  );

async function answerOf(ca: Holder, certificate: Certificate, status: 'good' | 'revoked') {
  const certId = parseOcspRequest(createOcspRequest({ certificate, issuer: ca.certificate })).certIds[0]!;
  const revocation = { revocationDate: day(-2), reason: 'keyCompromise' } as const;
  const answer = { certId, status, thisUpdate: day(-1), nextUpdate: day(1) };
  return parseOcspResponse(
    await createOcspResponse(
      {
        responder: ca.certificate,
        producedAt: day(-1),
        answers: [status === 'good' ? answer : { ...answer, revocation }],
      },
      ca.signer,
    ),
  );
}

describe('SM2 certificates whole', () => {
  it('a pair with identity extensions, its chain, lists and OCSP answers [SEAL-015]', async () => {
    const { top, ca, signing, encryption } = await chain();
    const rules = { anchors: [top.certificate], intermediates: [ca.certificate], time: NOW };
    const lists = [await listOf(top), await listOf(ca)];
    // Dual certificates: each may do what the other may not.
    expect([...signing.certificate.keyUsage!]).toEqual(['digitalSignature', 'nonRepudiation']);
    expect([...encryption.certificate.keyUsage!]).not.toContain('digitalSignature');
    expect(encryption.certificate.publicKeyInfo).not.toEqual(signing.certificate.publicKeyInfo);
    const judge = (leaf: Certificate, more: Partial<PathOptions>) =>
      verifyCertificatePath(leaf, { ...rules, ...more });
    expect(troubles(judge(signing.certificate, { keyUsage: ['digitalSignature'] }))).toEqual([]);
    expect(troubles(judge(encryption.certificate, { keyUsage: ['keyEncipherment'] }))).toEqual([]);
    expect(troubles(judge(encryption.certificate, { keyUsage: ['digitalSignature'] }))).toEqual([
      'KEY_USAGE_WRONG',
    ]);
    // Identity extensions come back by their kinds.
    expect(
      parseCertificate(signing.certificate.raw).identity.map(({ kind, value }) => [kind, value]),
    ).toEqual(
      expect.arrayContaining([
        ['organization', '91370000MA3DQTPN0U'],
        ['businessRegistration', '370000400001234'],
      ]),
    );
    // Lists and answers decide, and a revocation outweighs a good answer.
    const all = { revocation: 'all', keyUsage: ['digitalSignature'] } as const;
    expect(isAccepted(judge(signing.certificate, { ...all, crls: lists }))).toBe(true);
    expect(isAccepted(judge(signing.certificate, all))).toBe(false);
    const revoked = [lists[0]!, await listOf(ca, [signing.certificate])];
    expect(troubles(judge(signing.certificate, { ...all, crls: revoked }))).toContain('CERTIFICATE_REVOKED');
    const good = await answerOf(ca, signing.certificate, 'good');
    const bad = await answerOf(ca, signing.certificate, 'revoked');
    expect(isAccepted(judge(signing.certificate, { ...all, crls: [lists[0]!], ocspResponses: [good] }))).toBe(
      true,
    );
    expect(troubles(judge(signing.certificate, { ...all, crls: lists, ocspResponses: [bad] }))).toContain(
      'CERTIFICATE_REVOKED',
    );
  });

  it.skipIf(!sharedPresent(FILE))('so are those that another implementation made [part of SEAL-015]', () => {
    const cases = vectorCases(FILE);
    const der = (name: string) => derOf(cases.find((item) => item.name === `set0.${name}`)!);
    const rules = {
      anchors: [parseCertificate(der('root'))],
      intermediates: [parseCertificate(der('sub'))],
      // Lists and answers of the set are of January.
      time: new Date('2026-01-03T12:00:00Z'),
    };
    const crls = [parseCrl(der('crl'))];
    const ocspResponses = [parseOcspResponse(der('ocsp-response-sm3'))];
    const judge = (name: string, more: Partial<PathOptions>) =>
      verifyCertificatePath(parseCertificate(der(name)), { ...rules, ...more, revocation: 'leaf' });
    for (const evidence of [{ crls }, { ocspResponses }]) {
      expect(troubles(judge('revoked', evidence))).toContain('CERTIFICATE_REVOKED');
      expect(troubles(judge('sign', evidence))).not.toContain('CERTIFICATE_REVOKED');
    }
    expect(isAccepted(judge('sign', { crls, keyUsage: ['digitalSignature'] }))).toBe(true);
    expect(isAccepted(judge('enc', { crls, keyUsage: ['keyEncipherment'] }))).toBe(true);
    expect(troubles(judge('enc', { crls, keyUsage: ['digitalSignature'] }))).toEqual(['KEY_USAGE_WRONG']);
  });

  it('wrong ID, usage, time, revoked, untrusted, another curve: each has its own reason [EDGE-020]', async () => {
    const { top, ca, signing, encryption } = await chain();
    const stranger = await root({ subject: { commonName: '别的根' }, issuer: { commonName: '别的根' } });
    const old = await under(ca, '过期', { notBefore: day(-20), notAfter: day(-10) });
    const odd = parseCertificate(craft({}, { id: new Uint8Array(0) }));
    const p256 = nodeSoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const curve = parseCertificate(
      await issueCertificate(
        request({
          subject: { commonName: 'P-256' },
          issuer: { raw: ca.certificate.subjectRaw },
          publicKeyInfo: p256.publicKeyInfo,
          profile: 'person',
        }),
        ca.signer,
      ),
    );
    const rules: PathOptions = {
      anchors: [top.certificate],
      intermediates: [ca.certificate],
      time: NOW,
      keyUsage: ['digitalSignature'],
      keyAlgorithm: 'sm2',
    };
    const crls = [await listOf(ca, [signing.certificate])];
    const reasons = (leaf: Certificate, more: Partial<PathOptions> = {}) =>
      troubles(validateCertificatePath(leaf, { ...rules, ...more }).verdict);
    const found = {
      id: reasons(odd, { anchors: [parseCertificate(craft({}))], keyUsage: [] }),
      usage: reasons(encryption.certificate),
      expired: reasons(old.certificate),
      revoked: reasons(signing.certificate, { crls }),
      untrusted: reasons(signing.certificate, { anchors: [stranger.certificate] }),
      curve: reasons(curve),
    };
    expect(found.id).toContain('CERTIFICATE_SIGNER_ID_WRONG');
    expect(found.usage).toEqual(['KEY_USAGE_WRONG']);
    expect(found.expired).toEqual(['CERTIFICATE_EXPIRED']);
    expect(found.revoked).toContain('CERTIFICATE_REVOKED');
    expect(found.untrusted).toContain('NO_PATH_TO_ANCHOR');
    expect(found.curve).toEqual(['KEY_ALGORITHM_WRONG']);
    expect(new Set(Object.values(found).map((codes) => codes.join())).size).toBe(6);
    // And the good one among them is good.
    expect(reasons(signing.certificate)).toEqual([]);
    expect(craftedKey).not.toEqual(newSigner().publicKeyInfo);
  });
});
