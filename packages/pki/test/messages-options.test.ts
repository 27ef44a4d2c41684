import { derElement, isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { oidBytes } from '../src/internal/oids.ts';
import { NULL, octets, sequence, set } from '../src/internal/write.ts';
import {
  ATTRIBUTE_OIDS,
  addSignature,
  addUnsignedAttribute,
  type MessageSignerSpec,
  type SignedMessageSpec,
  signMessage,
  signMessageStream,
  verifyDetachedStream,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { issueCrl } from '../src/revocation/issue-crl.ts';
import { day, NOW, under } from './support/authority.ts';
import { codeOf, codeOfAsync } from './support/codes.ts';
import { collected, type Parties, parties, pieces, signed } from './support/messages.ts';
import { at, edited, indefinite } from './support/messages-craft.ts';

const CONTENT = utf8('选项');
const OPTIONS = 'ERR_PKI_MESSAGE_OPTIONS';
const REFUSED = 'ERR_PKI_DEVIATION_REFUSED';
const BAD_OIDS = [
  '',
  '1',
  '3.1',
  '0.40',
  '1.40.1',
  '1.2.03',
  `2.5.${'9'.repeat(39)}.${'9'.repeat(39)}.${'9'.repeat(39)}.${'9'.repeat(39)}`,
  '1.2.x',
  undefined,
];
const BAD_VALUES = [
  new Uint8Array(0),
  Uint8Array.of(5),
  Uint8Array.of(5, 0, 5, 0),
  Uint8Array.of(0x30, 0x80, 0, 0),
  Uint8Array.of(0x30, 2, 5, 1),
  'text',
  undefined,
];

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const path = () => ({ anchors: [people.ca.certificate], time: NOW });
const sign = (more: Partial<SignedMessageSpec>, signer: Partial<MessageSignerSpec> = {}) =>
  signMessage(CONTENT, { syntax: 'rfc5652', signers: [{ ...people.alice, ...signer }], ...more });

describe('what a caller wants to be written', () => {
  it('[part of SEAL-017] has object identifiers that can be read again', async () => {
    const first = signed(await sign({}));
    for (const oid of BAD_OIDS as readonly string[]) {
      if (oid !== undefined) expect(await codeOfAsync(() => sign({ contentType: oid }))).toBe(OPTIONS);
      const attributes = [{ oid, values: [NULL] }];
      expect(await codeOfAsync(() => sign({}, { signedAttributes: attributes }))).toBe(OPTIONS);
      expect(await codeOfAsync(() => sign({}, { unsignedAttributes: attributes }))).toBe(OPTIONS);
      expect(codeOf(() => addUnsignedAttribute(first, 0, attributes[0]!))).toBe(OPTIONS);
    }
    for (const oid of ['2.999.3', '0.39', '1.39.0', '2.25.340282366920938463463374607431768211455']) {
      const message = signed(await sign({}, { signedAttributes: [{ oid, values: [NULL] }] }), 'strict');
      expect(message.signers[0]!.signedAttributes?.map((each) => each.oid)).toContain(oid);
    }
  });

  it('[part of SEAL-017] has values and lists that are one DER element each', async () => {
    const first = signed(await sign({}));
    for (const value of BAD_VALUES as readonly Uint8Array[]) {
      const attributes = [{ oid: '1.2.3', values: [value] }];
      expect(await codeOfAsync(() => sign({}, { signedAttributes: attributes }))).toBe(OPTIONS);
      expect(codeOf(() => addUnsignedAttribute(first, 0, attributes[0]!))).toBe(OPTIONS);
      expect(await codeOfAsync(() => sign({ crls: [value] }))).toBe(OPTIONS);
    }
    expect(await codeOfAsync(() => sign({ crls: [NULL] }))).toBe(OPTIONS);
    expect(codeOf(() => addUnsignedAttribute(first, 0, undefined as never))).toBe(OPTIONS);
  });

  it('[part of SEAL-017] has a time, lists and parts that are some', async () => {
    const times = [new Date(Date.UTC(1949, 11, 31)), new Date(Date.UTC(10_000, 0)), 'now' as never];
    for (const signingTime of times) expect(await codeOfAsync(() => sign({}, { signingTime }))).toBe(OPTIONS);
    await sign({}, { signingTime: new Date(Date.UTC(1950, 0)) });
    const oid = ATTRIBUTE_OIDS.algorithmProtection;
    expect(await codeOfAsync(() => sign({}, { signedAttributes: [{ oid, values: [NULL] }] }))).toBe(OPTIONS);
    const bad = [
      { certificates: null },
      { certificates: [null] },
      { crls: 'x' },
      { signers: [null] },
      { signers: [{}] },
      { signers: [{ signer: people.alice.signer }] },
    ];
    for (const more of bad) expect(await codeOfAsync(() => sign(more as never))).toBe(OPTIONS);
    expect(await codeOfAsync(() => signMessage(CONTENT, null as never))).toBe(OPTIONS);
    expect(await codeOfAsync(() => sign({}, { unsignedAttributes: null as never }))).toBe(OPTIONS);
  });

  it('[part of SEAL-017] is not signed by a signer that gives junk', async () => {
    for (const junk of [new Uint8Array(0), utf8('junk'), new Uint8Array(64), undefined, 'text']) {
      const signer = {
        ...people.alice.signer,
        sign: async () => junk,
        signDigest: async () => junk,
      } as never;
      const syntax = 'gbt35275' as const;
      const spec = { syntax, signers: [{ ...people.alice, signer }] };
      expect(await codeOfAsync(() => signMessage(CONTENT, spec))).toBe('ERR_PKI_SIGNING_FAILED');
      const stream = () => collected(signMessageStream(pieces(CONTENT, 9), spec));
      expect(await codeOfAsync(stream)).toBe('ERR_PKI_SIGNING_FAILED');
    }
  });

  it('[part of SEAL-017] may bring the chain of a signer that is added', async () => {
    const middle = await under(people.ca, 'middle', { profile: 'sub-ca' });
    const leaf = await under(middle, 'leaf');
    const first = signed(await sign({}));
    const alone = signed(await addSignature(first, leaf));
    expect(isAccepted(verifySignedMessage(alone, { path: path() }).verdict)).toBe(false);
    const certificates = [middle.certificate, leaf.certificate];
    const both = signed(await addSignature(first, leaf, { certificates }), 'strict');
    expect(both.certificates).toHaveLength(3);
    expect(isAccepted(verifySignedMessage(both, { path: path() }).verdict)).toBe(true);
    const many = Array.from({ length: 65 }, () => leaf.certificate);
    expect(await codeOfAsync(() => addSignature(first, leaf, { certificates: many }))).toBe(OPTIONS);
    expect(await codeOfAsync(() => addSignature(first, leaf, { certificates: [null as never] }))).toBe(
      OPTIONS,
    );
  });
});

describe('what a message is judged by', () => {
  it('[part of SEAL-017] is checked, and named as what it is', async () => {
    const message = signed(await sign({}));
    for (const signerIds of [[], 'x', [1], Array.from({ length: 9 }, () => utf8('x'))] as never[]) {
      expect(codeOf(() => verifySignedMessage(message, { signerIds }))).toBe(OPTIONS);
    }
    const bad = { ...path(), intermediates: null as never };
    expect(codeOf(() => verifySignedMessage(message, { path: bad }))).toBe('ERR_PKI_PATH_OPTIONS');
    expect(codeOf(() => verifySignedMessage(message, { path: null as never }))).toBe('ERR_PKI_PATH_OPTIONS');
  });

  it('[part of SEAL-017] is strict about messages that were read tolerantly', async () => {
    const ber = signed(indefinite(await sign({})));
    expect(ber.findings).toHaveLength(1);
    expect(codeOf(() => verifySignedMessage(ber, { policy: 'strict' }))).toBe(REFUSED);
    expect(verifySignedMessage(ber).findings).toHaveLength(1);
    const beside = signed(indefinite(await sign({ detached: true })));
    const judge = () => verifyDetachedStream(beside, pieces(CONTENT, 9), { policy: 'strict' });
    expect(await codeOfAsync(judge)).toBe(REFUSED);
  });

  it('[part of SEAL-017] is strict about the revocation lists of the message, and reports on them', async () => {
    const { certificate, signer } = people.ca;
    const times = { thisUpdate: day(-1), nextUpdate: day(7) };
    const crl = await issueCrl({ issuer: certificate, ...times, crlNumber: 1, entries: [] }, signer);
    // The outer algorithm with NULL: a deviation that the list's own reader reports.
    const deviating = edited(
      edited(crl, [1], () => withNull(at(crl, [1]))),
      [0, 1],
      () => withNull(at(crl, [1])),
    );
    const message = signed(await sign({ crls: [deviating] }));
    const report = verifySignedMessage(message, { path: path() });
    expect(report.findings.map(({ code }) => code)).toContain('ALGORITHM_PARAMETERS_NULL');
    expect(codeOf(() => verifySignedMessage(message, { path: path(), policy: 'strict' }))).toBe(REFUSED);
  });

  it('[part of SEAL-017] is the whole algorithm of RFC 6211, parameters included', async () => {
    const der = await sign({});
    const oid = (text: string) => derElement(0x06, oidBytes(text));
    const [type, digest] = [0, 1].map((index) => at(der, [1, 0, 4, 0, 3, index])) as [Uint8Array, Uint8Array];
    const judge = async (parameters: Uint8Array) => {
      const names = sequence(
        sequence(oid('1.2.156.10197.1.401'), parameters),
        derElement(0xa1, oid('1.2.156.10197.1.501'), parameters),
      );
      const protection = sequence(oid(ATTRIBUTE_OIDS.algorithmProtection), set(names));
      const sorted = [type, digest, protection].sort((a, b) => Buffer.compare(a, b));
      const signature = await people.alice.signer.sign(set(...sorted));
      const attributes = edited(der, [1, 0, 4, 0, 3], () => derElement(0xa0, ...sorted));
      return verifySignedMessage(signed(edited(attributes, [1, 0, 4, 0, 5], () => octets(signature))));
    };
    expect((await judge(new Uint8Array(0))).verdict.integrity.status).toBe('passed');
    expect((await judge(NULL)).verdict.integrity.status).toBe('passed');
    expect((await judge(octets(CONTENT))).verdict.integrity.status).toBe('failed');
  });
});

const withNull = (algorithm: Uint8Array): Uint8Array => sequence(at(algorithm, [0]), NULL);
