import { isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ATTRIBUTE_OIDS,
  addSignature,
  addUnsignedAttribute,
  CMS_CONTENT_TYPES,
  GM_CONTENT_TYPES,
  type MessageSyntax,
  parseMessage,
  signMessage,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { issueCrl } from '../src/revocation/issue-crl.ts';
import { day, NOW, under } from './support/authority.ts';
import { codeOf, codeOfAsync, statuses } from './support/codes.ts';
import { type Parties, parties, signed } from './support/messages.ts';

const CONTENT = utf8('签名内容');
const SYNTAXES: readonly MessageSyntax[] = ['gbt35275', 'rfc5652'];
const FORMS = SYNTAXES.flatMap((syntax) =>
  (['none', 'standard'] as const).flatMap((attributes) =>
    [false, true].map((detached) => ({ syntax, attributes, detached })),
  ),
);
const OTHER_TYPE = '1.2.840.113549.1.9.16.1.4';

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const path = () => ({ anchors: [people.ca.certificate], time: NOW });

describe('signed messages', () => {
  it.each(FORMS)('[part of SEAL-017] signs and verifies %o', async ({ syntax, attributes, detached }) => {
    const der = await signMessage(CONTENT, { syntax, detached, signers: [{ ...people.alice, attributes }] });
    const message = signed(der, 'strict');
    expect(message).toMatchObject({ syntax, kind: 'signedData', version: 1, findings: [] });
    expect(message.contentType).toBe((syntax === 'gbt35275' ? GM_CONTENT_TYPES : CMS_CONTENT_TYPES).data);
    expect(message.content).toEqual(detached ? undefined : CONTENT);
    expect(message.signers[0]!.signedAttributes === undefined).toBe(attributes === 'none');
    expect(message.signers[0]!.signatureAlgorithm.oid).toBe(
      syntax === 'gbt35275' ? '1.2.156.10197.1.301.1' : '1.2.156.10197.1.501',
    );
    const given = detached ? { content: CONTENT } : {};
    const report = verifySignedMessage(message, { ...given, path: path() });
    expect(isAccepted(report.verdict)).toBe(true);
    expect(report.signers).toMatchObject([{ digest: 'right', signature: 'right', findings: [] }]);
    expect(report.signers[0]!.certificate?.raw).toEqual(people.alice.certificate.raw);
  });

  it('[part of SEAL-017] says nothing of trust without anchors, and nothing of integrity without content', async () => {
    const der = await signMessage(CONTENT, { syntax: 'gbt35275', detached: true, signers: [people.alice] });
    expect(statuses(verifySignedMessage(signed(der)).verdict)).toBe(
      'indeterminate indeterminate indeterminate',
    );
    const wrong = verifySignedMessage(signed(der), { content: utf8('other'), path: path() });
    expect(statuses(wrong.verdict)).toBe('failed passed passed');
  });

  it.each(SYNTAXES)('[part of SEAL-017] carries several signers in %s', async (syntax) => {
    const signers = [
      { ...people.alice, attributes: 'none' as const },
      { ...people.bob, attributes: 'standard' as const, signingTime: NOW },
    ];
    const message = signed(await signMessage(CONTENT, { syntax, signers }), 'strict');
    const report = verifySignedMessage(message, { path: path() });
    expect(isAccepted(report.verdict)).toBe(true);
    expect(report.signers.map(({ signingTime }) => signingTime?.toISOString()).sort()).toEqual([
      NOW.toISOString(),
      undefined,
    ]);
    expect(message.certificates).toHaveLength(2);
  });

  it.each(SYNTAXES)('[part of SEAL-017] adds a signature beside another in %s', async (syntax) => {
    const first = signed(await signMessage(CONTENT, { syntax, signers: [people.alice] }));
    const der = await addSignature(first, { ...people.bob, attributes: 'standard' });
    const both = signed(der, 'strict');
    expect(both.signers.map(({ raw }) => raw)).toContainEqual(first.signers[0]!.raw);
    expect(isAccepted(verifySignedMessage(both, { path: path() }).verdict)).toBe(true);
  });

  it('[part of SEAL-017] adds a signature to a detached message only with its content', async () => {
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', detached: true, signers: [people.alice] });
    expect(await codeOfAsync(() => addSignature(signed(der), people.bob))).toBe('ERR_PKI_MESSAGE_OPTIONS');
    const both = signed(await addSignature(signed(der), people.bob, { content: CONTENT }));
    const report = verifySignedMessage(both, { content: CONTENT, path: path() });
    expect(report.signers).toHaveLength(2);
    expect(isAccepted(report.verdict)).toBe(true);
  });

  it('[part of SEAL-017] adds unsigned attributes without touching what was signed', async () => {
    const signers = [{ ...people.alice, attributes: 'standard' as const }];
    const before = signed(await signMessage(CONTENT, { syntax: 'gbt35275', signers }));
    const one = signed(addUnsignedAttribute(before, 0, { oid: '1.2.3.4', values: [Uint8Array.of(5, 0)] }));
    const two = signed(addUnsignedAttribute(one, 0, { oid: '1.2.3.4', values: [Uint8Array.of(4, 0)] }));
    const three = signed(
      addUnsignedAttribute(two, 0, { oid: '1.2.3.5', values: [Uint8Array.of(5, 0)] }),
      'strict',
    );
    expect(three.signers[0]!.unsignedAttributes.map(({ oid, values }) => [oid, values.length])).toEqual([
      ['1.2.3.5', 1],
      ['1.2.3.4', 2],
    ]);
    expect(three.signers[0]!.signedAttributesRaw).toEqual(before.signers[0]!.signedAttributesRaw);
    expect(isAccepted(verifySignedMessage(three, { path: path() }).verdict)).toBe(true);
    expect(
      codeOf(() => addUnsignedAttribute(before, 1, { oid: '1.2.3.4', values: [Uint8Array.of(5, 0)] })),
    ).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });

  it('[part of SEAL-017] signs content of another type, with version 3 and its type in the attributes', async () => {
    const signers = [{ ...people.alice, identifiedBy: 'keyIdentifier' as const }];
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', contentType: OTHER_TYPE, signers });
    const message = signed(der, 'strict');
    expect(message).toMatchObject({ version: 3, contentType: OTHER_TYPE, signers: [{ version: 3 }] });
    expect(message.signers[0]!.reference.by).toBe('keyIdentifier');
    expect(isAccepted(verifySignedMessage(message, { path: path() }).verdict)).toBe(true);
  });

  it('[part of SEAL-017] carries certificates and finds the path through them', async () => {
    const middle = await under(people.ca, 'middle', { profile: 'sub-ca' });
    const leaf = await under(middle, 'leaf');
    const spec = { syntax: 'gbt35275' as const, signers: [leaf] };
    const alone = verifySignedMessage(signed(await signMessage(CONTENT, spec)), { path: path() });
    expect(alone.verdict.trust.status).toBe('failed');
    const der = await signMessage(CONTENT, { ...spec, certificates: [middle.certificate] });
    const report = verifySignedMessage(signed(der), { path: path() });
    expect(isAccepted(report.verdict)).toBe(true);
    expect(report.signers[0]!.path?.path).toHaveLength(3);
  });

  it('[part of SEAL-017] takes the signer certificate from the caller when the message has none', async () => {
    const spec = { syntax: 'gbt35275' as const, signers: [people.alice], withoutSignerCertificates: true };
    const message = signed(await signMessage(CONTENT, spec));
    expect(statuses(verifySignedMessage(message, { path: path() }).verdict)).toBe(
      'indeterminate indeterminate indeterminate',
    );
    const signerCertificates = [people.bob.certificate, people.alice.certificate];
    expect(isAccepted(verifySignedMessage(message, { path: path(), signerCertificates }).verdict)).toBe(true);
    const other = verifySignedMessage(message, {
      path: path(),
      signerCertificates: [people.bob.certificate],
    });
    expect(other.verdict.integrity.reasons.map(({ code }) => code)).toContain('CERTIFICATE_MISSING');
  });

  it('[part of SEAL-017] carries revocation lists, which count once they are there', async () => {
    const listed = async (serials: readonly Uint8Array[]) => {
      const entries = serials.map((serial) => ({ serial, revocationDate: day(-1) }));
      const { certificate, signer } = people.ca;
      const times = { thisUpdate: day(-1), nextUpdate: day(7) };
      const crl = await issueCrl({ issuer: certificate, ...times, crlNumber: 1, entries }, signer);
      const spec = {
        syntax: 'gbt35275' as const,
        signers: [people.alice],
        crls: [crl, Uint8Array.of(0x30, 0)],
      };
      const message = signed(await signMessage(CONTENT, spec), 'strict');
      expect(message.crls).toHaveLength(2);
      return verifySignedMessage(message, { path: path() }).verdict;
    };
    expect(isAccepted(await listed([people.bob.certificate.serial]))).toBe(true);
    expect((await listed([people.alice.certificate.serial])).trust.status).toBe('failed');
  });

  it('[part of SEAL-017] does not let a certificate sign that is for encryption only', async () => {
    const leaf = await under(people.ca, 'leaf', { profile: 'person-encryption' });
    const spec = (signer: typeof leaf) => ({ syntax: 'gbt35275' as const, signers: [signer] });
    expect(await codeOfAsync(() => signMessage(CONTENT, spec(leaf)))).toBe('ERR_PKI_MESSAGE_OPTIONS');
    const unmarked = { ...leaf.certificate, keyUsage: undefined };
    const der = await signMessage(CONTENT, spec({ ...leaf, certificate: unmarked }));
    const report = verifySignedMessage(signed(der), { path: path() });
    expect(statuses(report.verdict)).toBe('passed failed passed');
    expect(report.verdict.trust.reasons.map(({ code }) => code)).toContain('SIGNER_KEY_USAGE');
  });

  it('[part of SEAL-017] reports the signer ID that was listed and fitted, and tries no other', async () => {
    const der = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
    const none = verifySignedMessage(signed(der), { signerIds: [utf8('x'), 'plain-sm3'] });
    expect(none.verdict.integrity.status).toBe('failed');
    const id = utf8('1234567812345678');
    const some = verifySignedMessage(signed(der), { signerIds: [utf8('x'), id] });
    expect(some.signers[0]).toMatchObject({ signature: 'right', signerId: id });
  });
});

describe('options of signing', () => {
  const spec = () => ({ syntax: 'rfc5652' as const, signers: [people.alice] });
  const REFUSED: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a syntax that is none', () => signMessage(CONTENT, { ...spec(), syntax: 'pkcs7' as never })],
    ['no signers', () => signMessage(CONTENT, { ...spec(), signers: [] })],
    ['content that is no bytes', () => signMessage('text' as never, spec())],
    ['content that is too long', () => signMessage(new Uint8Array(15_728_641), spec())],
    ['a content type that is none', () => signMessage(CONTENT, { ...spec(), contentType: 'data' })],
    [
      'another content type without attributes',
      () =>
        signMessage(CONTENT, {
          ...spec(),
          contentType: OTHER_TYPE,
          signers: [{ ...people.alice, attributes: 'none' }],
        }),
    ],
    [
      'a time without attributes',
      () =>
        signMessage(CONTENT, {
          ...spec(),
          signers: [{ ...people.alice, attributes: 'none', signingTime: NOW }],
        }),
    ],
    [
      'a time that is none',
      () => signMessage(CONTENT, { ...spec(), signers: [{ ...people.alice, signingTime: new Date('x') }] }),
    ],
    [
      'an attribute of our own given twice',
      () =>
        signMessage(CONTENT, {
          ...spec(),
          signers: [
            {
              ...people.alice,
              signedAttributes: [{ oid: ATTRIBUTE_OIDS.messageDigest, values: [Uint8Array.of(4, 0)] }],
            },
          ],
        }),
    ],
    [
      'the certificate of someone else',
      () =>
        signMessage(CONTENT, {
          ...spec(),
          signers: [{ ...people.alice, certificate: people.bob.certificate }],
        }),
    ],
    [
      'a key identifier in GB/T 35275',
      () =>
        signMessage(CONTENT, {
          syntax: 'gbt35275',
          signers: [{ ...people.alice, identifiedBy: 'keyIdentifier' }],
        }),
    ],
  ];

  it.each(REFUSED)('[part of SEAL-017] refuses %s', async (_name, action) => {
    expect(await codeOfAsync(action)).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });

  it('[part of SEAL-017] gives no message out when the signer signs something else', async () => {
    const signer = {
      ...people.alice.signer,
      sign: (m: Uint8Array) => people.alice.signer.sign(m.subarray(1)),
    };
    const bad = { signer, certificate: people.alice.certificate };
    const action = () => signMessage(CONTENT, { syntax: 'gbt35275', signers: [bad] });
    expect(await codeOfAsync(action)).toBe('ERR_PKI_SIGNING_FAILED');
  });

  it('[part of SEAL-017] does not verify another content than the one the message has', async () => {
    const message = signed(await signMessage(CONTENT, spec()));
    expect(codeOf(() => verifySignedMessage(message, { content: utf8('other') }))).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
    expect(verifySignedMessage(message, { content: CONTENT }).verdict.integrity.status).toBe('passed');
    expect(codeOf(() => verifySignedMessage({ ...message, kind: 'data' } as never))).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
  });

  it('[part of SEAL-017] refuses policies that are none', async () => {
    const der = await signMessage(CONTENT, spec());
    expect(codeOf(() => parseMessage(der, { policy: 'lax' as never }))).toBe('ERR_PKI_DEVIATION_REFUSED');
  });
});
