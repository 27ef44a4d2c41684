import { createECDH, ECDH } from 'node:crypto';
import { equalBytes, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Certificate } from '../src/index.ts';
import { readAll, readBytesOfBits, readOne } from '../src/internal/tlv.ts';
import { bits, oid, printableString, sequence, set, utf8String } from '../src/internal/write.ts';
import { addSignature } from '../src/messages/change-message.ts';
import { parseMessage } from '../src/messages/parse-message.ts';
import { sameHolder, sameName } from '../src/reliable/holder.ts';
import { createMutualEvidence, verifyMutualEvidence } from '../src/reliable/index.ts';
import type { SignedMessage } from '../src/spec/v1/message.ts';
import { day, type Holder, NOW, newSigner, root, under } from './support/authority.ts';
import { statuses } from './support/codes.ts';

const CURVE = '1.2.156.10197.1.301';
const CONTENT = utf8('双方约定的内容');
let ca: Holder;
beforeAll(async () => {
  ca = await root();
});

/** The key of a SubjectPublicKeyInfo under another algorithm. */
function keyUnder(publicKeyInfo: Uint8Array, ...algorithm: readonly string[]): Uint8Array {
  const key = readBytesOfBits(readAll(readOne(publicKeyInfo, 0x30).value)[1], 'key');
  return sequence(sequence(...algorithm.map(oid)), bits(key));
}
const commonName = (text: Uint8Array) => sequence(set(sequence(oid('2.5.4.3'), text)));

describe('one SM2 key under two names of its algorithm', () => {
  let plain: Holder;
  let tongsuo: Holder;
  beforeAll(async () => {
    plain = await under(ca, '甲方');
    const publicKeyInfo = keyUnder(plain.signer.publicKeyInfo, CURVE, CURVE);
    const { certificate } = await under(ca, '乙方', { publicKeyInfo });
    tongsuo = { signer: { ...plain.signer, publicKeyInfo }, certificate };
  });

  it('is one holder', async () => {
    expect(equalBytes(plain.certificate.publicKeyInfo, tongsuo.certificate.publicKeyInfo)).toBe(false);
    expect(sameHolder(plain.certificate, tongsuo.certificate)).toBe(true);
    expect(sameHolder(plain.certificate, (await under(ca, '乙方')).certificate)).toBe(false);
  });

  it('[part of TCCIA-113] is not the two parties of an exchange', async () => {
    const party = { ...plain, anchors: [ca.certificate], clock: () => NOW, revocation: 'none' } as const;
    const first = parseMessage(await createMutualEvidence(CONTENT, party)) as SignedMessage;
    const twice = await addSignature(first, { ...tongsuo, attributes: 'standard' });
    const report = verifyMutualEvidence(twice, {
      anchors: [ca.certificate],
      time: day(1),
      revocation: 'none',
      parties: [{ certificates: [plain.certificate] }, { certificates: [tongsuo.certificate] }],
    });
    expect(statuses(report.verdict)).toBe('passed failed passed');
    expect(report.steps.map(({ code }) => code)).toContain('PARTY_AMBIGUOUS');
  });
});

describe('one point in two forms', () => {
  it('is one holder', async () => {
    const uncompressed = createECDH('prime256v1').generateKeys();
    const pair = (compressed: boolean): Pick<Certificate, 'publicKeyInfo'> => {
      const point = compressed
        ? ECDH.convertKey(uncompressed, 'prime256v1', undefined, undefined, 'compressed')
        : uncompressed;
      const algorithm = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'));
      return { publicKeyInfo: sequence(algorithm, bits(Uint8Array.from(point as Buffer))) };
    };
    const { sm2PublicKey: _, ...base } = (await under(ca, '甲方')).certificate;
    const { subjectRaw } = (await under(ca, '乙方')).certificate;
    const a = { ...base, keyAlgorithm: 'ec:1.2.840.10045.3.1.7', ...pair(false) };
    const b = { ...a, subjectRaw, ...pair(true) };
    expect(equalBytes(a.publicKeyInfo, b.publicKeyInfo)).toBe(false);
    expect(sameHolder(a, b)).toBe(true);
    const other = { ...b, publicKeyInfo: newSigner().publicKeyInfo };
    expect(sameHolder(a, other)).toBe(false);
    expect(sameHolder(a, { ...b, publicKeyInfo: Uint8Array.of(1, 2) })).toBe(false);
  });
});

describe('names', () => {
  const SAME = [
    ['string types', utf8String('Alice'), printableString('Alice')],
    ['case', utf8String('Alice'), utf8String('ALICE')],
    ['white space', utf8String('Alice  Liddell'), utf8String(' Alice Liddell ')],
    ['width', utf8String('甲方Ａ'), utf8String('甲方A')],
    ['what cannot be seen', utf8String('Ali\u200bce'), utf8String('Alice')],
  ] as const;
  it.each(SAME)('do not differ by %s', (_, a, b) => {
    expect(sameName(commonName(a), commonName(b))).toBe(true);
  });

  const OTHER = [
    ['letters', commonName(utf8String('Alice')), commonName(utf8String('Alicia'))],
    ['an attribute', commonName(utf8String('A')), sequence(set(sequence(oid('2.5.4.10'), utf8String('A'))))],
    ['inner white space', commonName(utf8String('Al ice')), commonName(utf8String('Alice'))],
    ['junk', Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 4)],
    ['being a name', Uint8Array.of(1, 2, 3), commonName(utf8String('Alice'))],
  ] as const;
  it.each(OTHER)('differ by %s', (_, a, b) => {
    expect(sameName(a, b)).toBe(false);
    expect(sameName(a, a)).toBe(true);
  });

  it('[part of TCCIA-113] in two string types are one party', async () => {
    const [a, b] = await Promise.all(
      [utf8String('Alice'), printableString('ALICE')].map((text) =>
        under(ca, '', { subject: { raw: commonName(text) } }),
      ),
    );
    expect(sameHolder(a!.certificate, b!.certificate)).toBe(true);
    const party = { ...a!, anchors: [ca.certificate], clock: () => NOW, revocation: 'none' } as const;
    const first = parseMessage(await createMutualEvidence(CONTENT, party)) as SignedMessage;
    const twice = await addSignature(first, { ...b!, attributes: 'standard' });
    const judge = (subjects: readonly Uint8Array[]) =>
      verifyMutualEvidence(twice, {
        anchors: [ca.certificate],
        time: day(1),
        revocation: 'none',
        parties: [{ certificates: [a!.certificate] }, { subjects }],
      });
    const report = judge([b!.certificate.subjectRaw]);
    expect(report.verdict.trust.status).toBe('failed');
    // The name is of the first certificate too, so that neither speaks for one party alone.
    expect(report.steps.map(({ code }) => code)).toContain('PARTY_AMBIGUOUS');
  });
});
