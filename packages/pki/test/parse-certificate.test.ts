import { concatBytes, derElement, fromHex, type SmError } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { checkCertificateSignature, MAX_CERTIFICATE_BYTES, parseCertificate } from '../src/index.ts';
import { codeOf } from './support/codes.ts';
import {
  commonName,
  craft,
  craftedKey,
  extension,
  extensions,
  generalizedTime,
  NONE,
  sequence,
  utcTime,
} from './support/craft.ts';

const MALFORMED = 'ERR_PKI_CERTIFICATE_MALFORMED';
const KEY_USAGE = '551d0f';
const BASIC_CONSTRAINTS = '551d13';
const ALT_NAME = '551d11';
const EXTENDED = '551d25';
const AUTHORITY = '551d23';
const TRUE = fromHex('0101ff');
const keyUsage = extension(KEY_USAGE, fromHex('03020780'));

describe('what real certificates have and standards do not is tolerated', () => {
  it('the crafted certificate itself is good', () => {
    const certificate = parseCertificate(craft());
    expect(certificate).toMatchObject({ version: 3, subject: { commonName: 'crafted' }, isCa: false });
    expect(certificate.keyUsage).toBeUndefined();
    expect(checkCertificateSignature(certificate, certificate)).toBe('right');
  });

  it('NULL after the signature algorithm', () => {
    const withNull = fromHex('300c06082a811ccf550183750500');
    const der = craft({ innerAlgorithm: withNull, outerAlgorithm: withNull });
    expect(parseCertificate(der).signatureAlgorithm).toBe('sm2-sm3');
  });

  it('critical FALSE written out', () => {
    const der = craft({ rest: extensions(extension(KEY_USAGE, fromHex('03020780'), fromHex('010100'))) });
    expect(parseCertificate(der).extensions[0]?.critical).toBe(false);
  });

  it('cA FALSE written out, and zero bits at the end of keyUsage', () => {
    const der = craft({
      rest: extensions(
        extension(BASIC_CONSTRAINTS, fromHex('3003010100')),
        extension(KEY_USAGE, fromHex('030200c0')),
      ),
    });
    const certificate = parseCertificate(der);
    expect(certificate.isCa).toBe(false);
    expect([...certificate.keyUsage!]).toEqual(['digitalSignature', 'nonRepudiation']);
  });

  it('the OID of the curve as algorithm of the key', () => {
    const point = craftedKey.subarray(26);
    const publicKeyInfo = concatBytes(
      fromHex('305a301406082a811ccf5501822d06082a811ccf5501822d034200'),
      point,
    );
    expect(parseCertificate(craft({ publicKeyInfo })).keyAlgorithm).toBe('sm2');
  });

  it('a version 1 certificate without extensions', () => {
    expect(parseCertificate(craft({ version: NONE }))).toMatchObject({ version: 1, isCa: false });
  });

  it('a serial number of zero, names without a common name, a validity that runs backwards', () => {
    const der = craft({
      serial: fromHex('020100'),
      subject: sequence(),
      validity: sequence(utcTime('270101000000Z'), utcTime('260101000000Z')),
    });
    const certificate = parseCertificate(der);
    expect(certificate.subject.commonName).toBeUndefined();
    expect(certificate.notAfter < certificate.notBefore).toBe(true);
  });
});

describe('a malformed certificate is refused', () => {
  const NAME_OID = fromHex('0603550403');
  const rest = (...list: readonly Uint8Array[]) => ({ rest: extensions(...list) });
  it.each([
    ['bytes after the signature', craft({ trailing: fromHex('0500') })],
    ['bytes after the certificate', concatBytes(craft(), Uint8Array.of(0))],
    ['an empty input', NONE],
    ['an empty sequence', sequence()],
    ['a length that is not minimal', concatBytes(fromHex('308300'), craft().subarray(2))],
    ['an indefinite length', concatBytes(fromHex('3080'), craft().subarray(4), fromHex('0000'))],
    ['version 1 written out', craft({ version: fromHex('a003020100') })],
    ['version 4', craft({ version: fromHex('a003020103') })],
    ['a version of two bytes', craft({ version: fromHex('a00402020100') })],
    ['extensions in version 1', craft({ version: NONE, ...rest(keyUsage) })],
    ['extensions in version 2', craft({ version: fromHex('a003020101'), ...rest(keyUsage) })],
    ['a negative serial number', craft({ serial: fromHex('0201ff') })],
    ['a serial number with a needless zero', craft({ serial: fromHex('02020001') })],
    ['an empty serial number', craft({ serial: fromHex('0200') })],
    ['a serial number of 33 bytes', craft({ serial: derElement(0x02, new Uint8Array(33).fill(1)) })],
    ['two signature algorithms', craft({ innerAlgorithm: fromHex('300a06082a8648ce3d040302') })],
    ['parameters after the algorithm', craft({ innerAlgorithm: fromHex('300d06082a811ccf55018375020101') })],
    ['an algorithm that is no OID', craft({ outerAlgorithm: fromHex('30020500') })],
    ['an OID that ends in the middle', craft({ outerAlgorithm: fromHex('3003060181') })],
    ['an OID with a needless byte', craft({ outerAlgorithm: fromHex('300406028001') })],
    ['a signature with unused bits', craft({ signature: fromHex('03020440') })],
    ['a signature that is no bit string', craft({ signature: fromHex('04020040') })],
    ['one time only', craft({ validity: sequence(utcTime('260101000000Z')) })],
    [
      'three times',
      craft({ validity: sequence(...Array.from({ length: 3 }, () => utcTime('260101000000Z'))) }),
    ],
    [
      'the 30th of February',
      craft({ validity: sequence(utcTime('260230000000Z'), utcTime('270101000000Z')) }),
    ],
    ['a 13th month', craft({ validity: sequence(utcTime('261301000000Z'), utcTime('270101000000Z')) })],
    ['hour 24', craft({ validity: sequence(utcTime('260101240000Z'), utcTime('270101000000Z')) })],
    [
      'a time without seconds',
      craft({ validity: sequence(utcTime('2601010000Z'), utcTime('270101000000Z')) }),
    ],
    [
      'a time with an offset',
      craft({ validity: sequence(utcTime('260101000000+0800'), utcTime('270101000000Z')) }),
    ],
    [
      'a fraction of a second',
      craft({ validity: sequence(generalizedTime('20260101000000.5Z'), utcTime('270101000000Z')) }),
    ],
    ['a name that is no sequence', craft({ subject: fromHex('3100') })],
    ['a relative name without attributes', craft({ subject: sequence(fromHex('3100')) })],
    ['an attribute without a value', craft({ subject: sequence(derElement(0x31, sequence(NAME_OID))) })],
    ['UTF-8 that is none', craft({ subject: commonName(fromHex('0c02c328')) })],
    ['a BMPString of three bytes', craft({ subject: commonName(fromHex('1e03004100')) })],
    ['a point that is not on the curve', craft({ publicKeyInfo: offCurve() })],
    ['a compressed point', craft({ publicKeyInfo: compressed() })],
    ['explicit curve parameters', craft({ publicKeyInfo: explicitCurve() })],
    ['an empty list of extensions', craft({ rest: extensions() })],
    ['a repeated extension', craft(rest(keyUsage, keyUsage))],
    ['two lists of extensions', craft({ rest: concatBytes(extensions(keyUsage), extensions(keyUsage)) })],
    [
      'unique identifiers behind the extensions',
      craft({ rest: concatBytes(extensions(keyUsage), fromHex('82020000')) }),
    ],
    ['a part nobody knows', craft({ rest: fromHex('a4020500') })],
    ['an extension of one part', craft(rest(sequence(derElement(0x06, fromHex(KEY_USAGE)))))],
    ['an extension of four parts', craft(rest(extension(KEY_USAGE, NONE, concatBytes(TRUE, TRUE))))],
    [
      'critical with a value of BER',
      craft(rest(extension(KEY_USAGE, fromHex('03020780'), fromHex('010101')))),
    ],
    ['key usage with 8 unused bits', craft(rest(extension(KEY_USAGE, fromHex('03020880'))))],
    ['key usage with a bit among the unused', craft(rest(extension(KEY_USAGE, fromHex('03020781'))))],
    ['key usage with bytes after it', craft(rest(extension(KEY_USAGE, fromHex('0302078000'))))],
    ['key usage of three bytes', craft(rest(extension(KEY_USAGE, fromHex('030400808080'))))],
    ['cA as a number', craft(rest(extension(BASIC_CONSTRAINTS, fromHex('30030a0101'))))],
    ['cA with a value of BER', craft(rest(extension(BASIC_CONSTRAINTS, fromHex('3003010101'))))],
    ['a negative path length', craft(rest(extension(BASIC_CONSTRAINTS, fromHex('30060101ff0201ff'))))],
    ['two path lengths', craft(rest(extension(BASIC_CONSTRAINTS, fromHex('30090101ff020100020105'))))],
    ['bytes after basic constraints', craft(rest(extension(BASIC_CONSTRAINTS, fromHex('300000'))))],
    ['extended key usage without any', craft(rest(extension(EXTENDED, fromHex('3000'))))],
    ['extended key usage that is no OID', craft(rest(extension(EXTENDED, fromHex('3003020101'))))],
    ['no alternative names', craft(rest(extension(ALT_NAME, fromHex('3000'))))],
    ['a host name with a NUL', craft(rest(extension(ALT_NAME, fromHex('3005820361002e'))))],
    ['a host name with a space', craft(rest(extension(ALT_NAME, fromHex('30058203612062'))))],
    ['an address of five bytes', craft(rest(extension(ALT_NAME, fromHex('300787057f00000100'))))],
    ['a second authority key identifier', craft(rest(extension(AUTHORITY, fromHex('3006800101800102'))))],
  ])('for %s', (_, der) => {
    expect(codeOf(() => parseCertificate(der))).toBe(MALFORMED);
  });

  it('above 64 KiB, and a large one below it is read', () => {
    const padding = (length: number) =>
      craft({ rest: extensions(extension('2a0304', derElement(0x04, new Uint8Array(length)))) });
    expect(parseCertificate(padding(60_000)).extensions).toHaveLength(1);
    const big = padding(66_000);
    expect(big.length).toBeGreaterThan(MAX_CERTIFICATE_BYTES);
    expect(codeOf(() => parseCertificate(big))).toBe(MALFORMED);
  });

  it('with more extensions than anyone needs', () => {
    const many = Array.from({ length: 1025 }, (_, i) =>
      sequence(derElement(0x06, Uint8Array.of(0x2a, 0x81 + (i >> 7), i & 0x7f)), derElement(0x04)),
    );
    expect(parseCertificate(craft({ rest: extensions(...many.slice(1)) })).extensions).toHaveLength(1024);
    expect(codeOf(() => parseCertificate(craft({ rest: extensions(...many) })))).toBe(MALFORMED);
  });

  it.each([['text'], [undefined], [null], [[1, 2]], [new ArrayBuffer(4)]])('for %o', (input) => {
    expect(codeOf(() => parseCertificate(input as unknown as Uint8Array))).toBe(MALFORMED);
  });

  it('with a reason in both languages and no data of the certificate', () => {
    try {
      parseCertificate(craft({ subject: commonName(fromHex('0c02c328')) }));
      expect.unreachable();
    } catch (error) {
      expect((error as SmError).message).toBe('The certificate is malformed. (reason=utf-8)');
      expect((error as SmError).messageZh).toBe('证书格式错误。 (reason=utf-8)');
    }
  });
});

describe('a certificate in hand', () => {
  it('does not change with the bytes it was read from', () => {
    const der = craft();
    const certificate = parseCertificate(der);
    der.fill(0);
    expect(checkCertificateSignature(certificate, certificate)).toBe('right');
  });

  it('is a view of nothing else: a part of a larger buffer reads the same', () => {
    const der = craft();
    const buffer = concatBytes(fromHex('3000'), der, fromHex('3000'));
    expect(parseCertificate(buffer.subarray(2, 2 + der.length)).fingerprint).toBe(
      parseCertificate(der).fingerprint,
    );
  });

  it('is hashed as it was received, never as it would be encoded again', () => {
    // Tolerated forms would look different after encoding; their signatures are right all the same.
    const withNull = fromHex('300c06082a811ccf550183750500');
    const der = craft({
      innerAlgorithm: withNull,
      outerAlgorithm: withNull,
      rest: extensions(extension(BASIC_CONSTRAINTS, fromHex('3003010100'), fromHex('010100'))),
    });
    const certificate = parseCertificate(der);
    expect(checkCertificateSignature(certificate, certificate)).toBe('right');
  });
});

function offCurve(): Uint8Array {
  const info = Uint8Array.from(craftedKey);
  info[90]! ^= 1;
  return info;
}

function compressed(): Uint8Array {
  const point = concatBytes(Uint8Array.of(0, 2), craftedKey.subarray(27, 59));
  return sequence(fromHex('301306072a8648ce3d020106082a811ccf5501822d'), derElement(0x03, point));
}

function explicitCurve(): Uint8Array {
  const algorithm = sequence(fromHex('06072a8648ce3d0201'), sequence(fromHex('020101')));
  return sequence(algorithm, derElement(0x03, craftedKey.subarray(25)));
}

describe('a path length', () => {
  it('above 255 is read and counts as 255', () => {
    const lengthOf = (hex: string) =>
      parseCertificate(craft({ rest: extensions(extension(BASIC_CONSTRAINTS, fromHex(hex))) })).pathLength;
    expect(lengthOf('30060101ff020103')).toBe(3);
    expect(lengthOf('30070101ff02020100')).toBe(255);
    expect(lengthOf('300a0101ff02057fffffffff')).toBe(255);
  });
});
