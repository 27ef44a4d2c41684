import { sm2, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sm2SoftwareDecipherer, sm2SoftwareSigner } from '../src/adapters/software.ts';
import { type Certificate, decodeSm2PrivateKey, encodeSm2PrivateKey } from '../src/index.ts';
import { decryptMessage, encryptMessage } from '../src/messages/encrypt-message.ts';
import { parseMessage } from '../src/messages/parse-message.ts';
import type { EnvelopedMessage } from '../src/spec/v1/message.ts';
import { root, under } from './support/authority.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { type ForeignHolder, type ForeignPki, foreignPki } from './support/bouncycastle-pki.ts';
import { codeOfAsync } from './support/codes.ts';
import { altered } from './support/interop.ts';

const CONTENTS = [
  ['nothing', new Uint8Array(0)],
  ['a text', utf8('机密 content')],
  ['100,000 bytes', new Uint8Array(100_000).map((_, i) => i % 251)],
] as const;

const ENCRYPTION = ['keyEncipherment', 'dataEncipherment', 'keyAgreement'] as const;

describe.skipIf(!hasBouncyCastle)('enveloped messages between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  let pki: ForeignPki;
  beforeAll(async () => {
    castle = new BouncyCastle();
    pki = await foreignPki(castle);
  });
  afterAll(() => castle.close());

  /** A recipient of ours with its PKCS#8. */
  const recipient = async (): Promise<{ key: Uint8Array; certificate: Certificate }> => {
    const pair = sm2.generateKeyPair();
    const { publicKeyInfo } = sm2SoftwareSigner(pair);
    const { certificate } = await under(await root(), 'recipient', { publicKeyInfo, keyUsage: ENCRYPTION });
    return { key: encodeSm2PrivateKey(pair), certificate };
  };
  const open = async (der: Uint8Array, { key, certificate }: Pick<ForeignHolder, 'key' | 'certificate'>) => {
    const decipherer = sm2SoftwareDecipherer(decodeSm2PrivateKey(key));
    return decryptMessage(parseMessage(der) as EnvelopedMessage, { decipherer, certificate });
  };

  it.each(CONTENTS)('it opens ours with %s, in both layouts [part of SEAL-016]', async (_what, content) => {
    const holder = await recipient();
    for (const syntax of ['rfc5652', 'gbt35275'] as const) {
      const der = await encryptMessage(content, { syntax, recipients: [holder] });
      const [opened] = await castle.does('decrypt-cms', der, holder.key);
      expect(bytesOf(opened)).toEqual(content);
    }
  });

  it('it opens ours for two recipients with the key of each, and with no other', async () => {
    const [one, two, stranger] = [await recipient(), await recipient(), await recipient()];
    const content = utf8('for two');
    const recipients = [one, { ...two, identifiedBy: 'keyIdentifier' as const }];
    const der = await encryptMessage(content, { syntax: 'rfc5652', recipients });
    for (const { key } of [one, two]) {
      expect(bytesOf((await castle.does('decrypt-cms', der, key))[0])).toEqual(content);
    }
    expect(await castle.refusal('decrypt-cms', der, stranger.key)).not.toBe('accepted');
    // One block, whose padding the IV turns around: its last byte.
    const iv = (parseMessage(der) as EnvelopedMessage).encrypted.algorithm.parameters!.raw;
    const broken = altered(der, Buffer.from(der).indexOf(iv) + iv.length - 1);
    expect(await castle.refusal('decrypt-cms', broken, one.key)).not.toBe('accepted');
  });

  it.each(CONTENTS)('we open its message with %s [part of SEAL-016]', async (_what, content) => {
    const { encrypt, sign } = pki;
    const der = await castle.makes('encrypt-cms', content, encrypt.certificate.raw);
    expect((await open(der, encrypt)).content).toEqual(content);
    expect(await codeOfAsync(() => open(der, sign))).toBe('ERR_PKI_RECIPIENT_UNKNOWN');
  });

  it('we refuse its message when the cipher of the key, or the content, is altered', async () => {
    const { encrypt } = pki;
    const der = await castle.makes('encrypt-cms', utf8('0123456789'), encrypt.certificate.raw);
    const { recipients, encrypted } = parseMessage(der) as EnvelopedMessage;
    const transport = recipients[0]!;
    if (transport.kind !== 'keyTransport') throw new Error(transport.kind);
    const at = (part: Uint8Array) => Buffer.from(der).indexOf(part) + part.length - 1;
    expect(await codeOfAsync(() => open(altered(der, at(transport.encryptedKey)), encrypt))).toBe(
      'ERR_DECRYPT_FAILED',
    );
    const iv = encrypted.algorithm.parameters!.raw;
    expect(await codeOfAsync(() => open(altered(der, at(iv)), encrypt))).toBe('ERR_DECRYPT_FAILED');
  });
});
