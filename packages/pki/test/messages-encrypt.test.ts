import { concatBytes, Secret, sm2, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { octets } from '../src/internal/write.ts';
import {
  type AuthEnvelopedMessage,
  createKeyAgreementInfo,
  decryptMessage,
  decryptWithKey,
  type EncryptedMessageSpec,
  encryptMessage,
  encryptWithKey,
  type MessageSyntax,
  parseMessage,
} from '../src/messages/index.ts';
import { codeOf, codeOfAsync } from './support/codes.ts';
import { enveloped, flipped, type Parties, parsed, parties, placeOf } from './support/messages.ts';
import { at, contentsOf, edited } from './support/messages-craft.ts';

const CONTENT = utf8('只给收件人的内容');
const SYNTAXES: readonly MessageSyntax[] = ['gbt35275', 'rfc5652'];
const LENGTHS = [0, 1, 15, 16, 17, 4096];

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const spec = (syntax: MessageSyntax, more: Partial<EncryptedMessageSpec> = {}): EncryptedMessageSpec => ({
  syntax,
  recipients: [{ certificate: people.carol.certificate }, { certificate: people.dave.certificate }],
  ...more,
});
const auth = (der: Uint8Array): AuthEnvelopedMessage => parsed('authEnvelopedData', der, 'strict');
/** The recipients are in DER order, so that of carol is looked for. */
const recipientOf = (der: Uint8Array): readonly number[] => {
  const first = at(der, [1, 0, 1, 0, 1]);
  return [1, 0, 1, Buffer.from(first).includes(Buffer.from(people.carol.certificate.serial)) ? 0 : 1];
};

describe('enveloped messages', () => {
  it.each(SYNTAXES)('[part of SEAL-017] gives every recipient the content in %s', async (syntax) => {
    const message = enveloped(await encryptMessage(CONTENT, spec(syntax)), 'strict');
    expect(message).toMatchObject({ syntax, version: syntax === 'gbt35275' ? 1 : 0, findings: [] });
    for (const recipient of [people.carol, people.dave]) {
      const opened = await decryptMessage(message, recipient);
      expect(opened).toMatchObject({ content: CONTENT, authenticated: false, findings: [] });
    }
  });

  it.each(LENGTHS)('[part of SEAL-017] encrypts %i bytes', async (length) => {
    const content = new Uint8Array(length).fill(7);
    const message = enveloped(await encryptMessage(content, spec('gbt35275')));
    expect((await decryptMessage(message, people.carol)).content).toEqual(content);
  });

  it('[part of SEAL-017] names a recipient by key identifier in CMS', async () => {
    const { certificate } = people.carol;
    const recipients = [{ certificate, identifiedBy: 'keyIdentifier' as const }];
    const message = enveloped(await encryptMessage(CONTENT, spec('rfc5652', { recipients })), 'strict');
    expect(message).toMatchObject({
      version: 2,
      recipients: [{ version: 2, reference: { by: 'keyIdentifier' } }],
    });
    expect((await decryptMessage(message, people.carol)).content).toEqual(CONTENT);
    expect(await codeOfAsync(() => decryptMessage(message, people.dave))).toBe('ERR_PKI_RECIPIENT_UNKNOWN');
  });

  it('[part of SEAL-017] knows who is no recipient', async () => {
    const recipients = [{ certificate: people.dave.certificate }];
    const message = enveloped(await encryptMessage(CONTENT, spec('gbt35275', { recipients })));
    expect(await codeOfAsync(() => decryptMessage(message, people.carol))).toBe('ERR_PKI_RECIPIENT_UNKNOWN');
  });

  it('[part of SEAL-017] refuses a decipherer of another key than the certificate', async () => {
    const message = enveloped(await encryptMessage(CONTENT, spec('gbt35275')));
    const mixed = { certificate: people.carol.certificate, decipherer: people.dave.decipherer };
    expect(await codeOfAsync(() => decryptMessage(message, mixed))).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });

  it.each(SYNTAXES)('[part of SEAL-017] has one code for whatever is wrong with %s', async (syntax) => {
    const der = await encryptMessage(CONTENT, spec(syntax));
    const keyPath = [...recipientOf(der), 3];
    const iv = [1, 0, 2, 1, 1];
    const short = octets(sm2.encrypt(people.carol.certificate.sm2PublicKey!, new Uint8Array(15)));
    const long = octets(sm2.encrypt(people.carol.certificate.sm2PublicKey!, new Uint8Array(32)));
    const other = octets(sm2.encrypt(people.carol.certificate.sm2PublicKey!, new Uint8Array(16)));
    const broken: readonly Uint8Array[] = [
      edited(der, keyPath, () => short),
      edited(der, keyPath, () => long),
      edited(der, keyPath, () => octets(new Uint8Array(0))),
      edited(der, keyPath, () => octets(utf8('no cipher at all'))),
      edited(der, keyPath, (element) => flipped(element, element.length - 1)),
      // The block before the last: the last byte of the padding is wrong then, whatever the keys are.
      edited(der, [1, 0, 2, 2], (element) => flipped(element, element.length - 17, 0x80)),
      edited(der, [1, 0, 2, 2], (element) =>
        concatBytes(Uint8Array.of(0x80, 15), contentsOf(element).subarray(0, 15)),
      ),
      edited(der, [1, 0, 2, 2], () => Uint8Array.of(0x80, 0)),
    ];
    const codes = await Promise.all(
      broken.map((bytes) => codeOfAsync(() => decryptMessage(enveloped(bytes), people.carol))),
    );
    expect(new Set(codes)).toEqual(new Set(['ERR_DECRYPT_FAILED']));
    // A wrong key of the right length has the same code unless the padding fits by chance; its content is not ours.
    const wrongKey = enveloped(edited(der, keyPath, () => other));
    const outcome = await decryptMessage(wrongKey, people.carol).catch((error) => error.code);
    if (typeof outcome !== 'string') expect(outcome.content).not.toEqual(CONTENT);
    else expect(outcome).toBe('ERR_DECRYPT_FAILED');
    expect(
      (await decryptMessage(enveloped(edited(der, iv, (e) => flipped(e, 5))), people.carol)).content,
    ).not.toEqual(CONTENT);
  });

  it('[part of SEAL-017] refuses algorithms that it does not have, before the key is used', async () => {
    const der = await encryptMessage(CONTENT, spec('rfc5652'));
    let used = 0;
    const decrypt = async () => {
      used++;
      return Secret.random(16);
    };
    const decipherer = { ...people.carol.decipherer, decrypt };
    const options = { ...people.carol, decipherer };
    const aes = edited(der, [1, 0, 2, 1, 0], () =>
      Uint8Array.of(6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2),
    );
    expect(await codeOfAsync(() => decryptMessage(enveloped(aes), options))).toBe(
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    );
    const rsa = edited(der, [...recipientOf(der), 2], () =>
      Uint8Array.of(0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1),
    );
    expect(await codeOfAsync(() => decryptMessage(enveloped(rsa), options))).toBe(
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    );
    const shortIv = edited(der, [1, 0, 2, 1, 1], () => Uint8Array.of(4, 2, 1, 2));
    expect(await codeOfAsync(() => decryptMessage(enveloped(shortIv), options))).toBe(
      'ERR_PKI_MESSAGE_MALFORMED',
    );
    expect(used).toBe(0);
  });

  it('[part of SEAL-017] passes errors of the key holder on', async () => {
    const message = enveloped(await encryptMessage(CONTENT, spec('gbt35275')));
    const decipherer = {
      ...people.carol.decipherer,
      decrypt: async () => {
        throw new Error('device gone');
      },
    };
    await expect(decryptMessage(message, { ...people.carol, decipherer })).rejects.toThrow('device gone');
  });

  it('[part of SEAL-017] encrypts only to certificates that are for it', async () => {
    const of = (recipients: EncryptedMessageSpec['recipients']) =>
      codeOfAsync(() => encryptMessage(CONTENT, spec('gbt35275', { recipients })));
    expect(await of([{ certificate: people.alice.certificate }])).toBe('ERR_PKI_MESSAGE_OPTIONS');
    expect(await of([])).toBe('ERR_PKI_MESSAGE_OPTIONS');
    expect(await of([{ certificate: people.carol.certificate, identifiedBy: 'keyIdentifier' }])).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
  });
});

describe('authenticated enveloped messages', () => {
  const gcm = () => spec('rfc5652', { cipher: 'sm4-gcm' });

  it('[part of SEAL-017] opens what it made', async () => {
    const message = auth(await encryptMessage(CONTENT, gcm()));
    expect(await decryptMessage(message, people.dave)).toMatchObject({
      content: CONTENT,
      authenticated: true,
    });
  });

  it('[part of SEAL-017] notices every change of content, tag, nonce and key', async () => {
    const der = await encryptMessage(CONTENT, gcm());
    const { encrypted, tag } = auth(der);
    const spots = [placeOf(der, encrypted.ciphertext!), placeOf(der, tag), placeOf(der, tag) + 15];
    spots.push(placeOf(der, encrypted.algorithm.parameters!.value) + 3);
    for (const spot of spots) {
      const message = auth(flipped(der, spot));
      expect(await codeOfAsync(() => decryptMessage(message, people.carol))).toBe('ERR_DECRYPT_FAILED');
    }
    const cut = auth(edited(der, [1, 0, 3], () => octets(tag.subarray(0, 12))));
    expect(await codeOfAsync(() => decryptMessage(cut, people.carol))).toBe('ERR_DECRYPT_FAILED');
  });

  it('[part of SEAL-017] is not there in GB/T 35275', async () => {
    const action = () => encryptMessage(CONTENT, spec('gbt35275', { cipher: 'sm4-gcm' }));
    expect(await codeOfAsync(action)).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });
});

describe('encrypted data and key agreement', () => {
  it.each(SYNTAXES)('[part of SEAL-017] encrypts under a shared key in %s', (syntax) => {
    const key = Secret.random(16);
    const message = parsed('encryptedData', encryptWithKey(CONTENT, { syntax, key }), 'strict');
    expect(message.version).toBe(syntax === 'gbt35275' ? 1 : 0);
    expect(decryptWithKey(message, key)).toEqual(CONTENT);
    expect(codeOf(() => decryptWithKey(message, Secret.random(15)))).toBe('ERR_DECRYPT_FAILED');
    expect(codeOf(() => encryptWithKey(CONTENT, { syntax, key: Secret.random(15) }))).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
    key.destroy();
    expect(codeOf(() => encryptWithKey(CONTENT, { syntax, key }))).toBe('ERR_SECRET_DESTROYED');
  });

  it('[part of SEAL-017] writes and reads keyAgreementInfo', () => {
    const temporaryPublicKey = sm2.generateKeyPair().publicKey;
    const { certificate } = people.carol;
    const der = createKeyAgreementInfo({ temporaryPublicKey, certificate, userId: utf8('甲') });
    const message = parsed('keyAgreementInfo', der, 'strict');
    expect(message).toMatchObject({ temporaryPublicKey, userId: utf8('甲'), version: 1 });
    expect(message.certificate.raw).toEqual(certificate.raw);
    const offCurve = flipped(der, placeOf(der, temporaryPublicKey) + 64);
    expect(codeOf(() => parseMessage(offCurve))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    const spec = { temporaryPublicKey, certificate, userId: new Uint8Array(8192) };
    expect(codeOf(() => createKeyAgreementInfo(spec))).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });
});
