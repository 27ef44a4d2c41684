import { concatBytes, derElement, isAccepted, type Secret, sm4, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { oidBytes } from '../src/internal/oids.ts';
import { octets, sequence, set, setOf } from '../src/internal/write.ts';
import {
  ATTRIBUTE_OIDS,
  addSignature,
  CMS_CONTENT_TYPES,
  decryptMessage,
  encryptMessage,
  signAndEncryptMessage,
  signMessage,
  signMessageStream,
  verifyMessageStream,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { collected, type Parties, parsed, parties, pieces, signed } from './support/messages.ts';
import { at, contentsOf, edited } from './support/messages-craft.ts';

const CONTENT = utf8('内容');
const SIGNER = [1, 0, 4, 0];
const REFUSED = 'ERR_PKI_MESSAGE_OPTIONS';
const oidOf = (text: string) => derElement(0x06, oidBytes(text));
const attribute = (oid: string, value: Uint8Array) => sequence(oidOf(oid), set(value));

/** Sets of attributes: those of PKCS#9, one of another arc first, and with long lengths. */
const ATTRIBUTE_SETS: readonly (readonly [string, Uint8Array])[] = [
  ['of PKCS#9', setOf([attribute(ATTRIBUTE_OIDS.contentType, oidOf(CMS_CONTENT_TYPES.data))])],
  [
    'with another arc first',
    setOf([
      attribute('1.2.3', Uint8Array.of(5, 0)),
      attribute(ATTRIBUTE_OIDS.messageDigest, octets(new Uint8Array(32))),
    ]),
  ],
  ['with long lengths', set(attribute('2.999.1', octets(new Uint8Array(300))))],
];

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const path = () => ({ anchors: [people.ca.certificate], time: NOW });
const codes = (report: ReturnType<typeof verifySignedMessage>) =>
  report.verdict.integrity.reasons.map(({ code }) => code);

describe('content in the form of signed attributes', () => {
  it.each(ATTRIBUTE_SETS)(
    '[part of SEAL-017] is not signed without attributes: %s',
    async (_name, content) => {
      const signers = [{ ...people.alice, attributes: 'none' as const }];
      for (const syntax of ['gbt35275', 'rfc5652'] as const) {
        expect(await codeOfAsync(() => signMessage(content, { syntax, signers }))).toBe(REFUSED);
        for (const size of [1, 1000]) {
          const stream = () => collected(signMessageStream(pieces(content, size), { syntax, signers }));
          expect(await codeOfAsync(stream)).toBe(REFUSED);
        }
        const others = [{ ...people.bob, attributes: 'standard' as const }];
        const first = signed(await signMessage(content, { syntax, signers: others }));
        expect(await codeOfAsync(() => addSignature(first, signers[0]!))).toBe(REFUSED);
        expect(isAccepted(verifySignedMessage(first, { path: path() }).verdict)).toBe(true);
      }
      const recipients = [{ certificate: people.carol.certificate }];
      const both = () => signAndEncryptMessage(content, { syntax: 'gbt35275', signers, recipients });
      expect(await codeOfAsync(both)).toBe(REFUSED);
    },
  );

  it.each(ATTRIBUTE_SETS)(
    '[part of SEAL-017] is not accepted without attributes: %s',
    async (_name, content) => {
      const plain = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
      const signature = await people.alice.signer.sign(content);
      const forged = edited(
        edited(plain, [...SIGNER, 4], () => octets(signature)),
        [1, 0, 2, 1, 0],
        () => octets(content),
      );
      const report = verifySignedMessage(signed(forged), { path: path() });
      const stream = verifyMessageStream(pieces(forged, 1), {
        path: path(),
        signerCertificates: [people.alice.certificate],
      });
      for (const each of [report, await stream.report()]) {
        expect(each.verdict.integrity.status).toBe('failed');
        expect(codes(each)).toContain('CONTENT_IS_ATTRIBUTES');
        expect(each.signers[0]).toMatchObject({ digest: 'wrong', signature: 'wrong' });
      }
    },
  );
});

describe('what a signature without attributes does not cover', () => {
  it('[part of SEAL-017] fails when the inner content type of GB/T 35275 is changed', async () => {
    const plain = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
    const other = edited(plain, [1, 0, 2, 0], () => oidOf('1.2.840.113549.1.9.16.1.4'));
    const report = verifySignedMessage(signed(other), { path: path() });
    expect(report.verdict.integrity.status).toBe('failed');
    expect(codes(report)).toContain('ATTRIBUTES_NEEDED');
    const contentType = '1.2.840.113549.1.9.16.1.4';
    const make = () => signMessage(CONTENT, { syntax: 'gbt35275', contentType, signers: [people.alice] });
    expect(await codeOfAsync(make)).toBe(REFUSED);
  });

  it('[part of SEAL-017] doubts octets that became a SEQUENCE, in memory and in a stream', async () => {
    const content = sequence(oidOf('1.2.3'));
    const inner = contentsOf(content);
    for (const attributes of ['none', 'standard'] as const) {
      const der = await signMessage(inner, {
        syntax: 'gbt35275',
        signers: [{ ...people.alice, attributes }],
      });
      const typed = edited(der, [1, 0, 2, 1, 0], () => content);
      const message = signed(typed);
      expect(message).toMatchObject({ typedContent: true, content: inner });
      const stream = verifyMessageStream(pieces(typed, 7), {
        path: path(),
        signerCertificates: [people.alice.certificate],
      });
      expect(await collected(stream.content)).toEqual(inner);
      for (const report of [verifySignedMessage(message, { path: path() }), await stream.report()]) {
        expect(report.verdict.integrity.status).toBe('indeterminate');
        expect(codes(report)).toContain('CONTENT_TYPED');
      }
    }
  });
});

describe('reports on signers', () => {
  it('[part of SEAL-017] do not say that missing content is right', async () => {
    const der = await signMessage(CONTENT, { syntax: 'gbt35275', detached: true, signers: [people.alice] });
    expect(verifySignedMessage(signed(der)).signers[0]).toMatchObject({
      digest: 'not-checked',
      signature: 'not-checked',
    });
  });

  it('[part of SEAL-017] do not say that a digest is right which does not fit the signature', async () => {
    const plain = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
    const sha256 = sequence(oidOf('2.16.840.1.101.3.4.2.1'));
    const report = verifySignedMessage(signed(edited(plain, [...SIGNER, 2], () => sha256)));
    expect(report.signers[0]).toMatchObject({ digest: 'wrong', signature: 'wrong' });
  });

  it('[part of SEAL-017] doubt a digest that was not announced, in memory as in a stream', async () => {
    const signers = [{ ...people.alice, attributes: 'standard' as const }];
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', signers });
    const silent = edited(der, [1, 0, 1], () => set());
    for (const report of [
      verifySignedMessage(signed(silent), { path: path() }),
      await verifyMessageStream(pieces(silent, 100), { path: path() }).report(),
    ]) {
      expect(report.verdict.integrity.status).toBe('indeterminate');
      expect(codes(report)).toContain('DIGEST_NOT_ANNOUNCED');
    }
  });

  it('[part of SEAL-017] say that decoys kept certificates from being tried', async () => {
    const der = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
    const { certificate } = people.alice;
    const decoy = (n: number) => ({
      ...people.bob.certificate,
      issuerRaw: certificate.issuerRaw,
      serial: certificate.serial,
      fingerprint: `${n}`,
    });
    const four = [0, 1, 2, 3].map(decoy);
    const hidden = verifySignedMessage(signed(der), { path: path(), signerCertificates: four });
    expect(hidden.verdict.integrity.status).toBe('indeterminate');
    expect(hidden.signers[0]!.signature).toBe('not-checked');
    expect(codes(hidden)).toContain('CERTIFICATES_TOO_MANY');
    const three = verifySignedMessage(signed(der), { path: path(), signerCertificates: four.slice(1) });
    expect(three.signers[0]!.signature).toBe('right');
  });

  it('[part of SEAL-017] agree about large content, hashed once for many signers', async () => {
    const large = new Uint8Array(12_000_000).fill(1);
    const der = await signMessage(large, { syntax: 'gbt35275', signers: [people.alice] });
    const many = edited(der, [1, 0, 4], (e) =>
      derElement(0x31, ...Array.from({ length: 64 }, () => contentsOf(e))),
    );
    const message = signed(many);
    const time = (parsed: typeof message) => {
      const start = performance.now();
      const report = verifySignedMessage(parsed, { path: path() });
      expect(isAccepted(report.verdict)).toBe(true);
      return performance.now() - start;
    };
    const one = time(signed(der));
    // Hashing 64 times costs more than 50 times as much.
    expect(time(message)).toBeLessThan(8 * one + 500);
    expect(
      new Set(verifySignedMessage(message, { path: path() }).signers.map((each) => each.path)).size,
    ).toBe(1);
    const ids = verifySignedMessage(message, { signerIds: [utf8('x'), utf8('1234567812345678')] });
    expect(ids.signers[63]).toMatchObject({ signature: 'right', signerId: utf8('1234567812345678') });
    expect(verifySignedMessage(message, { signerIds: ['plain-sm3'] }).signers[0]!.signature).toBe('wrong');
  });
});

describe('authenticated content types', () => {
  /** A message under a key that we know, with attributes of our choice. */
  async function crafted(type: string, attributes: readonly Uint8Array[]): Promise<Uint8Array> {
    const der = await encryptMessage(CONTENT, {
      syntax: 'rfc5652',
      recipients: [{ certificate: people.carol.certificate }],
      cipher: 'sm4-gcm',
    });
    const key: Secret = await people.carol.decipherer.decrypt(contentsOf(at(der, [1, 0, 1, 0, 3])));
    const nonce = contentsOf(at(der, [1, 0, 2, 1, 1, 0]));
    const aad = attributes.length === 0 ? new Uint8Array(0) : setOf(attributes);
    const gcm = sm4.gcm(key);
    const sealed = gcm.seal(nonce, CONTENT, aad);
    gcm.destroy();
    key.destroy();
    const info = sequence(
      oidOf(type),
      at(der, [1, 0, 2, 1]),
      derElement(0x80, sealed.subarray(0, CONTENT.length)),
    );
    const listed = attributes.length === 0 ? new Uint8Array(0) : derElement(0xa1, contentsOf(aad));
    const tag = octets(sealed.subarray(CONTENT.length));
    return edited(der, [1, 0], () =>
      sequence(at(der, [1, 0, 0]), at(der, [1, 0, 1]), concatBytes(info, listed, tag)),
    );
  }
  const open = async (type: string, attributes: readonly Uint8Array[]) =>
    decryptMessage(parsed('authEnvelopedData', await crafted(type, attributes)), people.carol);

  it('[part of SEAL-017] are asked for unless the content is plain data', async () => {
    const other = '1.2.3.4';
    const named = (type: string) => attribute(ATTRIBUTE_OIDS.contentType, oidOf(type));
    const more = attribute('1.2.3', Uint8Array.of(5, 0));
    const { data } = CMS_CONTENT_TYPES;
    for (const [type, attributes] of [
      [data, []],
      [data, [more]],
      [data, [named(data)]],
      [other, [named(other)]],
    ] as const) {
      expect(await open(type, attributes)).toMatchObject({ content: CONTENT, authenticated: true });
    }
    for (const [type, attributes] of [
      [other, []],
      [other, [more]],
      [other, [named(data)]],
      [data, [named(other)]],
      [other, [named(other), named(data)]],
      [other, [attribute(ATTRIBUTE_OIDS.contentType, octets(CONTENT))]],
    ] as const) {
      expect(await codeOfAsync(() => open(type, attributes))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    }
  });
});
