import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeSoftwareSigner } from '../src/adapters/software.ts';
import { encodeAlgorithm } from '../src/algorithms/index.ts';
import { issueCertificate, parseCertificate } from '../src/index.ts';
import { NULL, oid, sequence } from '../src/internal/write.ts';
import {
  signMessage,
  signMessageStream,
  verifyDetachedStream,
  verifyMessageStream,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { type Holder, NOW, request } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { collected, flipped, type Parties, parties, pieces, placeOf, signed } from './support/messages.ts';
import { edited } from './support/messages-craft.ts';

const CONTENT = utf8('foreign keys');
const KEYS: readonly (readonly [string, string, () => KeyObject])[] = [
  ['ecdsa-sha256', 'sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['ecdsa-sha384', 'sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['rsa-pkcs1-sha256', 'sha256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
];

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const path = () => ({ anchors: [people.ca.certificate], time: NOW });

async function holder(privateKey: KeyObject): Promise<Holder> {
  const signer = nodeSoftwareSigner(privateKey);
  const { certificate } = people.ca;
  const spec = request({
    subject: { commonName: 'foreign' },
    issuer: { raw: certificate.subjectRaw },
    issuerPublicKeyInfo: certificate.publicKeyInfo,
    publicKeyInfo: signer.publicKeyInfo,
    profile: 'person',
  });
  return { signer, certificate: parseCertificate(await issueCertificate(spec, people.ca.signer)) };
}

describe('CMS signed with foreign keys', () => {
  it.each(KEYS)('[part of SEAL-017] signs and verifies with %s', async (name, digest, generate) => {
    const who = await holder(generate());
    for (const attributes of ['none', 'standard'] as const) {
      const signers = [{ ...who, attributes }, people.alice];
      const der = await signMessage(CONTENT, { syntax: 'rfc5652', signers });
      const message = signed(der, 'strict');
      expect(message.digestAlgorithms.map((each) => each.name).sort()).toEqual([digest, 'sm3']);
      expect(message.signers.map(({ signatureAlgorithm }) => signatureAlgorithm.name)).toContain(name);
      expect(isAccepted(verifySignedMessage(message, { path: path() }).verdict)).toBe(true);
      const forged = signed(flipped(der, placeOf(der, CONTENT)));
      expect(
        verifySignedMessage(forged).signers.every(
          (one) => one.digest === 'right' && one.signature === 'right',
        ),
      ).toBe(false);
      const options = { path: path(), signerCertificates: [who.certificate, people.alice.certificate] };
      const stream = verifyMessageStream(pieces(der, 10), options);
      expect(isAccepted((await stream.report()).verdict)).toBe(true);
      const apart = signed(await signMessage(CONTENT, { syntax: 'rfc5652', signers, detached: true }));
      const report = await verifyDetachedStream(apart, pieces(CONTENT, 3), { path: path() });
      expect(isAccepted(report.verdict)).toBe(true);
    }
  });

  it('[part of SEAL-017] streams with attributes, or with a signer of digests', async () => {
    const who = await holder(KEYS[0]![2]());
    const spec = { syntax: 'rfc5652' as const, signers: [who] };
    const bytes = await collected(signMessageStream(pieces(CONTENT, 4), spec));
    expect(isAccepted(verifySignedMessage(signed(bytes), { path: path() }).verdict)).toBe(true);
    const plain = { ...spec, signers: [{ ...who, attributes: 'none' as const }] };
    expect(await codeOfAsync(() => collected(signMessageStream(pieces(CONTENT, 4), plain)))).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
  });

  it('[part of SEAL-017] takes rsaEncryption with the digest algorithm, and no other pair', async () => {
    const who = await holder(KEYS[2]![2]());
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', signers: [{ ...who, attributes: 'none' }] });
    const named = edited(der, [1, 0, 4, 0, 3], () => sequence(oid('1.2.840.113549.1.1.1'), NULL));
    expect(isAccepted(verifySignedMessage(signed(named, 'strict'), { path: path() }).verdict)).toBe(true);
    const sha384 = edited(named, [1, 0, 4, 0, 2], () => encodeAlgorithm('sha384'));
    expect(verifySignedMessage(signed(sha384)).verdict.integrity.status).toBe('failed');
    const sha1 = edited(named, [1, 0, 4, 0, 2], () => encodeAlgorithm('sha1'));
    expect(verifySignedMessage(signed(sha1)).verdict.integrity.status).not.toBe('passed');
  });

  it('[part of SEAL-017] has SM2 only in GB/T 35275', async () => {
    const who = await holder(KEYS[0]![2]());
    expect(await codeOfAsync(() => signMessage(CONTENT, { syntax: 'gbt35275', signers: [who] }))).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
  });
});
