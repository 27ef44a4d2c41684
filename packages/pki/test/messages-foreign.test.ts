import { fromHex, isAccepted, type Sm2KeyPair, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sm2SoftwareDecipherer } from '../src/adapters/software.ts';
import { decodeSm2PrivateKey, parseCertificate, pemDecode } from '../src/index.ts';
import {
  decryptMessage,
  encryptMessage,
  type MessageSyntax,
  parseMessage,
  signMessage,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { enveloped, parties, signed } from './support/messages.ts';
import { sharedBytes, sharedPresent, sharedText, type VectorCase, vectorCases } from './support/shared.ts';

const CONTAINERS = 'vectors/certs/containers.json';
const GENERATED = 'vectors/certs/generated_pki.json';
const SAMPLES = 'samples/seal/generated';
const SYNTAXES: readonly MessageSyntax[] = ['gbt35275', 'rfc5652'];

interface MessageCase extends VectorCase {
  readonly content?: string;
  readonly detached?: boolean;
  readonly recipient_cert?: string;
  readonly recipient_key_pkcs8?: string;
  readonly signer?: string;
}

const casesOf = (path: string, kind: string): readonly MessageCase[] =>
  sharedPresent(path) ? vectorCases(path).filter((item) => item.kind === kind) : [];
const certificateNamed = (name: string) => {
  const found = vectorCases(GENERATED).find((item) => item.name === name)!;
  return parseCertificate(fromHex(found.der));
};
const keyOf = (item: MessageCase): Sm2KeyPair => decodeSm2PrivateKey(fromHex(item.recipient_key_pkcs8!));

/** Certificates of the vector set, to find a recipient whose certificate the case leaves out. */
const anyCertificate = () =>
  vectorCases(GENERATED)
    .filter((item) => item.kind === 'certificate')
    .map((item) => parseCertificate(fromHex(item.der)));

describe.skipIf(!sharedPresent(CONTAINERS))('foreign enveloped messages', () => {
  const cases = casesOf(CONTAINERS, 'enveloped-data').map((item) => [item.name, item] as const);

  it('finds the cases', () => expect(cases.map(([name]) => name)).toHaveLength(3));

  it.each(cases)('[part of SEAL-017] decrypts %s as its vector says', async (_name, item) => {
    const message = enveloped(fromHex(item.der));
    const pair = keyOf(item);
    if (item.expected === 'valid') {
      const certificate = parseCertificate(fromHex(item.recipient_cert!));
      const opened = await decryptMessage(message, { certificate, decipherer: sm2SoftwareDecipherer(pair) });
      expect(opened.content).toEqual(fromHex(item.content!));
      return;
    }
    // The message names its recipient; the key is of someone else, who says nothing of that.
    const [recipient] = message.recipients;
    const named = anyCertificate().find((certificate) => {
      const { reference } = recipient as Extract<typeof recipient, { kind: 'keyTransport' }>;
      return reference.by === 'issuerAndSerial' && Buffer.compare(reference.serial, certificate.serial) === 0;
    })!;
    const decipherer = { ...sm2SoftwareDecipherer(pair), publicKeyInfo: named.publicKeyInfo };
    expect(await codeOfAsync(() => decryptMessage(message, { certificate: named, decipherer }))).toBe(
      'ERR_DECRYPT_FAILED',
    );
    expect(message.findings.map(({ code }) => code)).toEqual([
      'ALGORITHM_PARAMETERS_NULL',
      'SM4_OID_WITHOUT_MODE',
    ]);
  });
});

describe.skipIf(!sharedPresent(CONTAINERS))('foreign signed messages', () => {
  const gm = casesOf(CONTAINERS, 'signed-data').map((item) => [item.name, item] as const);
  const cms = casesOf(GENERATED, 'cms-signeddata').map((item) => [item.name, item] as const);

  it('finds the cases', () => {
    expect(gm).toHaveLength(3);
    expect(cms.length).toBeGreaterThanOrEqual(5);
  });

  it.each(gm)('[part of SEAL-017] judges %s as its vector says', (_name, item) => {
    const message = signed(fromHex(item.der), 'strict');
    expect(message.content === undefined).toBe(item.detached);
    const report = verifySignedMessage(message, { content: fromHex(item.content!) });
    expect(report.verdict.integrity.status).toBe(item.expected === 'valid' ? 'passed' : 'failed');
  });

  it.each(cms)('[part of SEAL-017] judges %s as its vector says, with its path', (_name, item) => {
    const message = signed(fromHex(item.der));
    const content = fromHex(item.content!);
    const set = item.name!.split('.')[0];
    const anchors = [certificateNamed(`${set}.root`)];
    const report = verifySignedMessage(message, {
      ...(message.content === undefined ? { content } : {}),
      path: { anchors, time: new Date('2026-06-01T00:00:00Z') },
    });
    expect(isAccepted(report.verdict)).toBe(item.expected === 'valid');
    if (item.expected !== 'valid') expect(report.verdict.integrity.status).toBe('failed');
  });
});

describe.skipIf(!sharedPresent(SAMPLES))('signed and enveloped messages', () => {
  it('[SEAL-017] of other software and our own are verified and decrypted, and nothing else is', async () => {
    // Foreign signed messages: GB/T 35275 and CMS, made with another library.
    const anchor = parseCertificate(pemDecode(sharedText(`${SAMPLES}/ca.pem`), 'CERTIFICATE')[0]!);
    const text = sharedBytes(`${SAMPLES}/msg.txt`);
    for (const file of ['msg-gm0010.p7s', 'msg-cms-std.p7s']) {
      const message = signed(sharedBytes(`${SAMPLES}/${file}`));
      expect(message.content).toEqual(text);
      const report = verifySignedMessage(message, { path: { anchors: [anchor], time: NOW } });
      expect(isAccepted(report.verdict)).toBe(true);
      const content = Uint8Array.from(text);
      content[0]! ^= 1;
      const forged = verifySignedMessage({ ...message, content }, { path: { anchors: [anchor], time: NOW } });
      expect(forged.verdict.integrity.status).toBe('failed');
    }
    // Foreign enveloped messages.
    for (const item of casesOf(CONTAINERS, 'enveloped-data').filter((one) => one.expected === 'valid')) {
      const certificate = parseCertificate(fromHex(item.recipient_cert!));
      const options = { certificate, decipherer: sm2SoftwareDecipherer(keyOf(item)) };
      const { content } = await decryptMessage(enveloped(fromHex(item.der)), options);
      expect(content).toEqual(fromHex(item.content!));
    }
    // Our own, read back by the strict policy.
    const people = await parties();
    for (const syntax of SYNTAXES) {
      const own = signed(
        await signMessage(utf8('own'), { syntax, signers: [people.alice, people.bob] }),
        'strict',
      );
      const path = { anchors: [people.ca.certificate], time: NOW };
      expect(isAccepted(verifySignedMessage(own, { path }).verdict)).toBe(true);
      const spec = { syntax, recipients: [{ certificate: people.carol.certificate }] };
      const sealed = enveloped(await encryptMessage(own.raw, spec), 'strict');
      const inner = parseMessage((await decryptMessage(sealed, people.carol)).content, { policy: 'strict' });
      expect(inner.raw).toEqual(own.raw);
      expect(await codeOfAsync(() => decryptMessage(sealed, people.dave))).toBe('ERR_PKI_RECIPIENT_UNKNOWN');
    }
  });
});
