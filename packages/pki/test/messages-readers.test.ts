import { execFileSync } from 'node:child_process';
import { Secret, utf8 } from '@cssi/sm-core';
import {
  type CertificateSet,
  ContentInfo,
  EncryptedContentInfo,
  EnvelopedData,
  SignedData,
} from '@peculiar/asn1-cms';
import { AsnConvert, type OctetString } from '@peculiar/asn1-schema';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addSignature,
  CMS_CONTENT_TYPES,
  encryptMessage,
  encryptMessageStream,
  encryptWithKey,
  type MessageSyntax,
  signMessage,
  signMessageStream,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { collected, enveloped, type Parties, parties, pieces, signed } from './support/messages.ts';
import { at } from './support/messages-craft.ts';
import { hasOpenssl, NO_OPENSSL } from './support/openssl.ts';

const CONTENT = utf8('read by others');
const SYNTAXES: readonly MessageSyntax[] = ['gbt35275', 'rfc5652'];

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const recipients = () => [
  { certificate: people.carol.certificate },
  { certificate: people.dave.certificate },
];
const print = (message: Uint8Array): string =>
  execFileSync('openssl', ['cms', '-cmsout', '-print', '-inform', 'DER', '-noout'], {
    input: message,
    encoding: 'utf8',
  });

describe('an independent reader of ASN.1', () => {
  it.each(SYNTAXES)('[part of SEAL-017] reads signed messages of %s as they were meant', async (syntax) => {
    const first = await signMessage(CONTENT, { syntax, signers: [{ ...people.alice, signingTime: NOW }] });
    const der = await addSignature(signed(first), { ...people.bob, attributes: 'none' });
    const outer = AsnConvert.parse(der, ContentInfo);
    const data = AsnConvert.parse(outer.content, SignedData);
    expect(data.signerInfos).toHaveLength(2);
    expect(data.digestAlgorithms).toHaveLength(1);
    expect(new Uint8Array(data.encapContentInfo.eContent!.single!.buffer)).toEqual(CONTENT);
    expect(AsnConvert.serialize(data.certificates as CertificateSet).byteLength).toBeGreaterThan(500);
    // Written again, it is the same: what we wrote is DER.
    expect(Buffer.compare(Buffer.from(AsnConvert.serialize(data)), Buffer.from(outer.content))).toBe(0);
  });

  it.each(SYNTAXES)('[part of SEAL-017] reads enveloped messages of %s', async (syntax) => {
    const der = await encryptMessage(CONTENT, { syntax, recipients: recipients() });
    const data = AsnConvert.parse(AsnConvert.parse(der, ContentInfo).content, EnvelopedData);
    expect(data.recipientInfos).toHaveLength(2);
    const value = data.encryptedContentInfo.encryptedContent?.value as OctetString | undefined;
    expect(new Uint8Array(value!.buffer)).toEqual(enveloped(der).encrypted.ciphertext);
  });

  it('[part of SEAL-017] reads encrypted data', () => {
    const der = encryptWithKey(CONTENT, { syntax: 'rfc5652', key: Secret.random(16) });
    const outer = AsnConvert.parse(der, ContentInfo);
    expect(outer.contentType).toBe(CMS_CONTENT_TYPES.encryptedData);
    const info = AsnConvert.parse(at(der, [1, 0, 1]), EncryptedContentInfo);
    expect(info.contentType).toBe(CMS_CONTENT_TYPES.data);
  });
});

describe.skipIf(!hasOpenssl)(`OpenSSL (${NO_OPENSSL} otherwise)`, () => {
  it('[part of SEAL-017] prints our signed messages, DER and BER', async () => {
    const signers = [{ ...people.alice, signingTime: NOW }];
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', signers });
    const ber = await collected(signMessageStream(pieces(CONTENT, 5), { syntax: 'rfc5652', signers }));
    for (const message of [der, ber]) {
      const text = print(message);
      expect(text).toMatch(/SM2-with-SM3/);
      expect(text).toMatch(/messageDigest/);
      expect(text).toMatch(/signingTime/);
    }
  });

  it('[part of SEAL-017] prints our enveloped messages, DER and BER', async () => {
    const spec = { syntax: 'rfc5652' as const, recipients: recipients() };
    const der = await encryptMessage(CONTENT, spec);
    const ber = await collected(encryptMessageStream(pieces(CONTENT, 5), spec));
    for (const message of [der, ber]) {
      expect(print(message)).toMatch(/sm4-cbc/);
      expect(print(message).match(/d\.ktri/g)).toHaveLength(2);
    }
    expect(print(await encryptMessage(CONTENT, { ...spec, cipher: 'sm4-gcm' }))).toMatch(
      /authEnvelopedData/i,
    );
  });
});
