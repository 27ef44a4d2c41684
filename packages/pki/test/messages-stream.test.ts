import { equalBytes, isAccepted, randomBytes, Secret, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decryptMessage,
  decryptMessageStream,
  encryptMessage,
  encryptMessageStream,
  type MessageSyntax,
  signMessage,
  signMessageStream,
  verifyDetachedStream,
  verifyMessageStream,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import {
  collected,
  enveloped,
  flipped,
  type Parties,
  parties,
  pieces,
  placeOf,
  signed,
} from './support/messages.ts';
import { edited, indefinite } from './support/messages-craft.ts';

const CONTENT = randomBytes(70_000);
const SYNTAXES: readonly MessageSyntax[] = ['gbt35275', 'rfc5652'];
const FORMS = SYNTAXES.flatMap((syntax) =>
  (['none', 'standard'] as const).map((attributes) => ({ syntax, attributes })),
);
const SIZES = [1, 7, 1000, 100_000];

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const path = () => ({ anchors: [people.ca.certificate], time: NOW });
const recipients = () => [
  { certificate: people.carol.certificate },
  { certificate: people.dave.certificate },
];

describe('signed streams', () => {
  it.each(FORMS)(
    '[part of SEAL-017] come back from pieces of any size: %o',
    async ({ syntax, attributes }) => {
      const signers = [{ ...people.alice, attributes }];
      const bytes = await collected(signMessageStream(pieces(CONTENT, 4093), { syntax, signers }));
      const whole = signed(bytes);
      expect(whole.findings.map(({ code }) => code)).toEqual(['BER_ENCODING']);
      expect(isAccepted(verifySignedMessage(whole, { path: path() }).verdict)).toBe(true);
      for (const size of SIZES) {
        const stream = verifyMessageStream(pieces(bytes, size), {
          path: path(),
          signerCertificates: [people.alice.certificate],
        });
        expect(equalBytes(await collected(stream.content), CONTENT)).toBe(true);
        expect(isAccepted((await stream.report()).verdict)).toBe(true);
      }
    },
  );

  it.each(FORMS)(
    '[part of SEAL-017] are read from DER messages of one piece: %o',
    async ({ syntax, attributes }) => {
      const der = await signMessage(CONTENT, {
        syntax,
        signers: [{ ...people.alice, attributes }, people.bob],
      });
      const signerCertificates = [people.alice.certificate, people.bob.certificate];
      const stream = verifyMessageStream(pieces(der, 999), {
        path: path(),
        signerCertificates,
        policy: 'strict',
      });
      const report = await stream.report();
      expect(isAccepted(report.verdict)).toBe(true);
      expect(report.findings).toEqual([]);
    },
  );

  it.each(FORMS)('[part of SEAL-017] are detached: %o', async ({ syntax, attributes }) => {
    const signers = [{ ...people.alice, attributes }];
    const der = await collected(
      signMessageStream(pieces(CONTENT, 5000), { syntax, signers, detached: true }),
    );
    const message = signed(der, 'strict');
    expect(message.content).toBeUndefined();
    expect(isAccepted(verifySignedMessage(message, { content: CONTENT, path: path() }).verdict)).toBe(true);
    const report = await verifyDetachedStream(message, pieces(CONTENT, 777), { path: path() });
    expect(isAccepted(report.verdict)).toBe(true);
    const other = await verifyDetachedStream(message, pieces(CONTENT.subarray(1), 777), { path: path() });
    expect(other.verdict.integrity.status).toBe('failed');
    const none = await verifyMessageStream(pieces(der, 100)).report();
    expect(none.verdict.integrity.reasons.map(({ code }) => code)).toContain('CONTENT_MISSING');
  });

  it('[part of SEAL-017] say that a certificate was needed ahead when the content itself was signed', async () => {
    const der = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
    for (const signerCertificates of [[], [people.bob.certificate]]) {
      const report = await verifyMessageStream(pieces(der, 1000), {
        path: path(),
        signerCertificates,
      }).report();
      expect(report.verdict.integrity.status).toBe('indeterminate');
      expect(report.verdict.integrity.reasons.map(({ code }) => code)).toContain('CERTIFICATE_NEEDED_AHEAD');
    }
  });

  it('[part of SEAL-017] need a signer of digests when the content itself is signed', async () => {
    const { signDigest: _, ...without } = people.bob.signer;
    const spec = { syntax: 'gbt35275' as const, signers: [{ ...people.bob, signer: without }] };
    const action = () => collected(signMessageStream(pieces(CONTENT, 1000), spec));
    expect(await codeOfAsync(action)).toBe('ERR_PKI_MESSAGE_OPTIONS');
    const signDigest = async (e: Uint8Array) => people.alice.signer.signDigest!(flipped(e, 0));
    const liar = { ...people.alice, signer: { ...people.alice.signer, signDigest } };
    const lying = () => collected(signMessageStream(pieces(CONTENT, 1000), { ...spec, signers: [liar] }));
    expect(await codeOfAsync(lying)).toBe('ERR_PKI_SIGNING_FAILED');
  });

  it('[part of SEAL-017] fail when they were changed, cut off or continued', async () => {
    const signers = [{ ...people.alice, attributes: 'standard' as const }];
    const bytes = await collected(signMessageStream(pieces(CONTENT, 4096), { syntax: 'gbt35275', signers }));
    const changed = flipped(bytes, placeOf(bytes, CONTENT.subarray(100, 200)));
    const report = await verifyMessageStream(pieces(changed, 1000)).report();
    expect(report.verdict.integrity.status).toBe('failed');
    for (const length of [0, 1, 2, 20, 1000, bytes.length - 700, bytes.length - 7, bytes.length - 1]) {
      const stream = verifyMessageStream(pieces(bytes.subarray(0, length), 1000));
      expect(await codeOfAsync(() => stream.report())).toBe('ERR_PKI_MESSAGE_MALFORMED');
      expect(await codeOfAsync(() => stream.report())).toBe('ERR_PKI_MESSAGE_MALFORMED');
    }
    const longer = Uint8Array.from([...bytes, 0]);
    expect(await codeOfAsync(() => verifyMessageStream(pieces(longer, 1000)).report())).toBe(
      'ERR_PKI_MESSAGE_MALFORMED',
    );
  });

  it('[part of SEAL-017] have no verdict when reading was given up, and pass errors of the source on', async () => {
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', signers: [people.alice] });
    const stream = verifyMessageStream(pieces(der, 1000));
    for await (const _ of stream.content) break;
    expect(await codeOfAsync(() => stream.report())).toBe('ERR_PKI_MESSAGE_OPTIONS');
    async function* broken() {
      yield der.subarray(0, 5000);
      throw new Error('network gone');
    }
    await expect(verifyMessageStream(broken()).report()).rejects.toThrow('network gone');
    expect(await codeOfAsync(() => verifyMessageStream(der as never).report())).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
  });

  it('[part of SEAL-017] are refused by the strict policy when they are BER', async () => {
    const signers = [{ ...people.alice, attributes: 'standard' as const }];
    const bytes = await collected(signMessageStream(pieces(CONTENT, 4096), { syntax: 'rfc5652', signers }));
    const stream = verifyMessageStream(pieces(bytes, 1000), { policy: 'strict' });
    expect(await codeOfAsync(() => stream.report())).toBe('ERR_PKI_DEVIATION_REFUSED');
    const part = await signMessage(CONTENT, { syntax: 'rfc5652', signers });
    const inside = edited(part, [1, 0, 4, 0, 3], indefinite);
    const tail = verifyMessageStream(pieces(inside, 1000), { policy: 'strict' });
    expect(await codeOfAsync(() => tail.report())).toBe('ERR_PKI_DEVIATION_REFUSED');
    expect((await verifyMessageStream(pieces(inside, 1000)).report()).verdict.integrity.status).toBe(
      'passed',
    );
  });
});

describe('enveloped streams', () => {
  it.each(SYNTAXES)('[part of SEAL-017] come back for every recipient in %s', async (syntax) => {
    const bytes = await collected(
      encryptMessageStream(pieces(CONTENT, 4093), { syntax, recipients: recipients() }),
    );
    expect(equalBytes((await decryptMessage(enveloped(bytes), people.carol)).content, CONTENT)).toBe(true);
    for (const size of SIZES) {
      const codes: string[] = [];
      const onFindings = (list: readonly { code: string }[]) => codes.push(...list.map(({ code }) => code));
      const content = await collected(
        decryptMessageStream(pieces(bytes, size), { ...people.dave, onFindings }),
      );
      expect(equalBytes(content, CONTENT)).toBe(true);
      expect(codes).toEqual(['BER_ENCODING']);
    }
  });

  it.each(SYNTAXES)('[part of SEAL-017] are read from DER messages of one piece in %s', async (syntax) => {
    for (const content of [CONTENT, new Uint8Array(0), utf8('x')]) {
      const der = await encryptMessage(content, { syntax, recipients: recipients() });
      const options = { ...people.carol, policy: 'strict' as const };
      expect(equalBytes(await collected(decryptMessageStream(pieces(der, 999), options)), content)).toBe(
        true,
      );
    }
  });

  it('[part of SEAL-017] fail when they were changed, cut off or are for others', async () => {
    const spec = { syntax: 'gbt35275' as const, recipients: [{ certificate: people.carol.certificate }] };
    const bytes = await collected(encryptMessageStream(pieces(CONTENT, 4096), spec));
    const open = (input: Uint8Array, who = people.carol) =>
      codeOfAsync(() => collected(decryptMessageStream(pieces(input, 1000), who)));
    expect(await open(bytes, people.dave)).toBe('ERR_PKI_RECIPIENT_UNKNOWN');
    for (const length of [0, 30, 5000, bytes.length - 11, bytes.length - 1]) {
      expect(await open(bytes.subarray(0, length))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    }
    // The last byte of ciphertext is before five ends of contents.
    expect(await open(flipped(bytes, bytes.length - 11, 0x80))).toBe('ERR_DECRYPT_FAILED');
    const { encrypted } = enveloped(bytes);
    expect(encrypted.ciphertext?.length).toBe(70_000 + 16 - (70_000 % 16));
    const wrapped = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
    expect(await open(wrapped)).toBe('ERR_PKI_MESSAGE_MALFORMED');
  });

  it('[part of SEAL-017] never open under a key of another length, though padding fits by chance now and then', async () => {
    const der = await encryptMessage(utf8('short'), { syntax: 'gbt35275', recipients: recipients() });
    const message = enveloped(der);
    const decipherer = { ...people.carol.decipherer, decrypt: async () => Secret.random(15) };
    const options = { ...people.carol, decipherer };
    const codes = new Set<string>();
    // One of 256 random keys leaves padding that fits: 1500 rounds miss that with a chance of 0.3 %.
    for (let i = 0; i < 1500; i++) {
      codes.add(await codeOfAsync(() => decryptMessage(message, options)));
      codes.add(await codeOfAsync(() => collected(decryptMessageStream(pieces(der, 2000), options))));
    }
    expect([...codes]).toEqual(['ERR_DECRYPT_FAILED']);
  });
});
