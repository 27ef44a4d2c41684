import { concatBytes, derElement, fromHex, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type Certificate, IDENTITY_EXTENSION_OIDS, parseCertificate } from '../src/index.ts';
import { oidBytes } from '../src/internal/oids.ts';
import type { IdentityValues } from '../src/spec/v1/certificate.ts';
import { root, under } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { craft, extension, extensions } from './support/craft.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const THIRD_PARTY = 'vectors/certs/third_party_certs.json';
const ID_NUMBER = '11010119900307721X';
const read = (oid: string, value: Uint8Array): Certificate =>
  parseCertificate(craft({ rest: extensions(extension(toHex(oidBytes(oid)), value)) }));
const issue = async (identity: IdentityValues) =>
  (await under(await root(), '张三', { identity })).certificate;

describe('identity extensions that we write [part of SEAL-015]', () => {
  it('read back with their kinds, not critical, in the encodings of the standard', async () => {
    const certificate = await issue({
      person: ID_NUMBER,
      socialInsurance: '0123456789',
      businessRegistration: '110000000000001',
      organization: '91110000100000000X',
      tax: '110101000000000',
    });
    expect(certificate.identity.map(({ kind, value, legacy }) => [kind, value, legacy])).toEqual([
      ['person', ID_NUMBER, false],
      ['socialInsurance', '0123456789', false],
      ['businessRegistration', '110000000000001', false],
      ['organization', '91110000100000000X', false],
      ['tax', '110101000000000', false],
    ]);
    // [0] EXPLICIT PrintableString of 18 characters, and PrintableString alone.
    expect(toHex(certificate.identity[0]!.raw)).toBe(`a0141312${toHex(utf8(ID_NUMBER))}`);
    expect(toHex(certificate.identity[1]!.raw)).toBe(`130a${toHex(utf8('0123456789'))}`);
    expect(certificate.unknownCritical).toEqual([]);
    for (const { oid } of certificate.identity) {
      expect(certificate.extensions.find((item) => item.oid === oid)?.critical).toBe(false);
    }
  });

  it.each([
    [{ document: 'resident', number: ID_NUMBER }, 'resident', ID_NUMBER],
    [{ document: 'military', number: '军字第2001988号' }, 'military', '军字第2001988号'],
    [{ document: 'passport', number: 'E12345678' }, 'passport', 'E12345678'],
    [ID_NUMBER, 'resident', ID_NUMBER],
  ] as const)('say which document the number is from: %j', async (person, document, value) => {
    expect((await issue({ person })).identity).toEqual([
      expect.objectContaining({ kind: 'person', document, value, oid: IDENTITY_EXTENSION_OIDS.person }),
    ]);
  });

  it.each([
    ['an empty number', { tax: '' }],
    ['Chinese where the standard has none', { organization: '京字1号' }],
    ['65 characters', { person: '1'.repeat(65) }],
    ['a line break in an officer number', { person: { document: 'military', number: 'a\nb' } }],
    ['a document nobody knows', { person: { document: 'library', number: '1' } }],
    ['a number that is none', { tax: 5 }],
    ['a kind nobody knows', { dog: '1' }],
    ['a name from the prototype', { toString: '1' }],
  ])('are refused with %s', async (_, identity) => {
    expect(await codeOfAsync(() => issue(identity as unknown as IdentityValues))).toBe(
      'ERR_PKI_REQUEST_INVALID',
    );
  });
});

describe('identity extensions of others [part of SEAL-015]', () => {
  const person = IDENTITY_EXTENSION_OIDS.person;
  const text = utf8('123');
  it.each([
    ['[0] around PrintableString', person, derElement(0xa0, derElement(0x13, text)), 'resident'],
    ['[0] in place of the tag', person, derElement(0x80, text), 'resident'],
    ['[1] in place of the tag', person, derElement(0x81, text), 'military'],
    ['[2] around UTF8String', person, derElement(0xa2, derElement(0x0c, text)), 'passport'],
    ['PrintableString', person, derElement(0x13, text), undefined],
    ['UTF8String', person, derElement(0x0c, text), undefined],
    ['IA5String', IDENTITY_EXTENSION_OIDS.tax, derElement(0x16, text), undefined],
    ['NumericString', IDENTITY_EXTENSION_OIDS.tax, derElement(0x12, text), undefined],
    ['VisibleString', IDENTITY_EXTENSION_OIDS.organization, derElement(0x1a, text), undefined],
    ['BMPString', IDENTITY_EXTENSION_OIDS.tax, derElement(0x1e, fromHex('003100320033')), undefined],
  ])('are read as %s', (_, oid, value, document) => {
    const item = read(oid, value).identity[0]!;
    expect(item.value).toBe('123');
    expect(item.document).toBe(document);
    expect(toHex(item.raw)).toBe(toHex(value));
  });

  it.each([
    ['1.2.86.11.7.1', 'person'],
    ['1.2.86.11.7.2', 'socialInsurance'],
    ['1.2.86.11.7.3', 'organization'],
    ['1.2.86.11.7.4', 'businessRegistration'],
    ['1.2.86.11.7.5', 'tax'],
    ['1.2.156.11.7.1', 'person'],
    ['1.2.156.11.7.3', 'organization'],
    ['1.2.156.11.7.5', 'tax'],
    ['1.2.86.11.7.1.8', 'other'],
    ['1.2.86.11.7.11', 'other'],
    ['1.2.86.21.1.1', 'entity'],
  ])('under the older arc %s are the number of %s', (oid, kind) => {
    expect(read(oid, derElement(0x0c, utf8('1@5013SF0500'))).identity).toEqual([
      expect.objectContaining({ oid, kind, legacy: true, value: '1@5013SF0500' }),
    ]);
  });

  it.each([
    ['NULL', fromHex('0500')],
    ['nothing', new Uint8Array(0)],
    ['UTF-8 that is none', fromHex('0c01ff')],
    ['two strings', fromHex('0c01610c0162')],
    ['a number', fromHex('020101')],
    ['an empty tag', fromHex('a000')],
    ['a tag nobody knows', fromHex('a3030c0161')],
  ])('that hold %s are reported with their bytes, and refuse nothing', (_, value) => {
    const item = read(person, value).identity[0]!;
    expect(item.value).toBeUndefined();
    expect(toHex(item.raw)).toBe(toHex(value));
  });

  it('of neighbouring arcs are none', () => {
    for (const oid of ['1.2.86.11.70.1', '1.2.156.10260.4.1.6', '1.2.86.11.7', '1.2.86.21.1.3']) {
      expect(read(oid, derElement(0x0c, utf8('1'))).identity).toEqual([]);
    }
  });

  it('that are critical stop a path: nobody evaluates them', () => {
    const flagged = extension(toHex(oidBytes(person)), derElement(0x13, text), fromHex('0101ff'));
    expect(parseCertificate(craft({ rest: extensions(flagged) })).unknownCritical).toEqual([person]);
  });
});

describe.skipIf(!sharedPresent(THIRD_PARTY))('identity extensions of real certificates', () => {
  it('a test certificate of CFCA holds NULL in place of the number [part of SEAL-015]', () => {
    const cases = vectorCases(THIRD_PARTY).filter(({ extensions: list }) =>
      list?.includes(IDENTITY_EXTENSION_OIDS.person),
    );
    expect(cases).toHaveLength(1);
    const certificate = parseCertificate(derOf(cases[0]!));
    expect(certificate.identity).toEqual([
      {
        oid: IDENTITY_EXTENSION_OIDS.person,
        kind: 'person',
        legacy: false,
        value: undefined,
        raw: fromHex('0500'),
      },
    ]);
    expect(certificate.subjectAttributes[0]).toMatchObject({ oid: '2.5.4.45' });
    expect(concatBytes(...certificate.subjectAttributes.map(({ raw }) => raw)).length).toBeGreaterThan(0);
  });
});
