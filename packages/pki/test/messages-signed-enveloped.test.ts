import { isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decryptAndVerifyMessage,
  type SignedAndEncryptedSpec,
  signAndEncryptMessage,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { flipped, type Parties, parties, placeOf, signedAndEnveloped } from './support/messages.ts';

const CONTENT = utf8('加密密钥对');
const ATTRIBUTES = ['none', 'standard'] as const;

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const spec = (more: Partial<SignedAndEncryptedSpec> = {}): SignedAndEncryptedSpec => ({
  syntax: 'gbt35275',
  signers: [people.alice],
  recipients: [{ certificate: people.carol.certificate }],
  ...more,
});
const opening = () => ({ ...people.carol, path: { anchors: [people.ca.certificate], time: NOW } });

describe('signed and enveloped messages', () => {
  it.each(ATTRIBUTES)(
    '[part of SEAL-017] gives the recipient content and verdict, attributes %s',
    async (attributes) => {
      const signers = [{ ...people.alice, attributes }, people.bob];
      const message = signedAndEnveloped(await signAndEncryptMessage(CONTENT, spec({ signers })), 'strict');
      const { content, report } = await decryptAndVerifyMessage(message, opening());
      expect(content).toEqual(CONTENT);
      expect(isAccepted(report.verdict)).toBe(true);
      expect(report.signers).toHaveLength(2);
    },
  );

  it('[part of SEAL-017] delivers to a certificate that is for signing, as authorities do', async () => {
    const recipients = [{ certificate: people.bob.certificate }];
    const message = signedAndEnveloped(await signAndEncryptMessage(CONTENT, spec({ recipients })));
    expect(message.recipients).toHaveLength(1);
  });

  it('[part of SEAL-017] notices changed ciphertext by padding or by the signature', async () => {
    const der = await signAndEncryptMessage(new Uint8Array(64).fill(1), spec());
    const { encrypted } = signedAndEnveloped(der);
    const start = placeOf(der, encrypted.ciphertext!);
    const changed = signedAndEnveloped(flipped(der, start + 3));
    const { content, report } = await decryptAndVerifyMessage(changed, opening());
    expect(content).toBeUndefined();
    expect(report.verdict.integrity.status).toBe('failed');
    const padding = signedAndEnveloped(flipped(der, start + 79, 0x80));
    expect(await codeOfAsync(() => decryptAndVerifyMessage(padding, opening()))).toBe('ERR_DECRYPT_FAILED');
  });

  it('[part of SEAL-017] is a verdict when the signature is of another content', async () => {
    const one = signedAndEnveloped(await signAndEncryptMessage(CONTENT, spec()));
    const two = signedAndEnveloped(await signAndEncryptMessage(utf8('other'), spec()));
    const { content, report } = await decryptAndVerifyMessage({ ...one, signers: two.signers }, opening());
    expect(content).toBeUndefined();
    expect(report.signers[0]!.signature).toBe('wrong');
    const none = await decryptAndVerifyMessage({ ...one, signers: [] }, opening());
    expect(none.content).toBeUndefined();
    expect(none.report.verdict.integrity.status).toBe('indeterminate');
  });

  it('[part of SEAL-017] looks at the options before the private key is used', async () => {
    const message = signedAndEnveloped(await signAndEncryptMessage(CONTENT, spec()));
    let used = 0;
    const decipherer = {
      ...people.carol.decipherer,
      decrypt: (cipher: Uint8Array) => {
        used++;
        return people.carol.decipherer.decrypt(cipher);
      },
    };
    const path = opening().path;
    const bad = [
      { signerIds: [] },
      { signerIds: ['sm3' as never] },
      { path: { ...path, intermediates: null as never } },
      { path: { ...path, anchors: undefined as never } },
      { path: null as never },
      { signerCertificates: [null as never] },
      { policy: 'lax' as never },
    ];
    for (const more of bad) {
      const code = await codeOfAsync(() =>
        decryptAndVerifyMessage(message, { ...opening(), decipherer, ...more }),
      );
      expect(code).toMatch(/^ERR_PKI_(MESSAGE_OPTIONS|PATH_OPTIONS|DEVIATION_REFUSED)$/);
    }
    expect(used).toBe(0);
  });

  it('[part of SEAL-017] knows who is no recipient and what it cannot make', async () => {
    const message = signedAndEnveloped(await signAndEncryptMessage(CONTENT, spec()));
    expect(await codeOfAsync(() => decryptAndVerifyMessage(message, people.dave))).toBe(
      'ERR_PKI_RECIPIENT_UNKNOWN',
    );
    const cms = spec({ syntax: 'rfc5652' as never });
    expect(await codeOfAsync(() => signAndEncryptMessage(CONTENT, cms))).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });
});
