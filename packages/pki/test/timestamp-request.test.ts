import { fromHex, sm3, toHex, utf8 } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { TimeStampReq } from '@peculiar/asn1-tsp';
import { describe, expect, it } from 'vitest';
import { boolean, integer, octets, oid, sequence } from '../src/internal/write.ts';
import { createTimeStampRequest, parseTimeStampRequest, TIMESTAMP_OIDS } from '../src/timestamp/index.ts';
import { codeOf } from './support/codes.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const CONTENT = utf8('时间戳内容');
const SM3_OID = '1.2.156.10197.1.401';
const imprint = sequence(sequence(oid(SM3_OID)), octets(sm3(CONTENT)));
const extension = sequence(oid('1.2.3.4'), octets(Uint8Array.of(5, 0)));
const behind0 = (...parts: Uint8Array[]) => {
  const der = sequence(...parts);
  der[0] = 0xa0;
  return der;
};

describe('createTimeStampRequest', () => {
  it('[part of SEAL-016] comes back from the reader as it was asked for', () => {
    const nonce = 0x8000_0000_0000_0001n;
    const der = createTimeStampRequest({ content: CONTENT, nonce, policy: '1.2.156.1', certReq: true });
    const request = parseTimeStampRequest(der, { policy: 'strict' });
    expect(request).toMatchObject({ version: 1, nonce, policy: '1.2.156.1', certReq: true });
    expect(request.imprint).toEqual({ hash: 'sm3', digest: sm3(CONTENT) });
    expect(request.extensions).toEqual([]);
    expect(request.findings).toEqual([]);
  });

  it('[part of SEAL-016] is read by an independent reader', () => {
    const der = createTimeStampRequest({ content: CONTENT, nonce: 77n, policy: '1.2.3' });
    const read = AsnConvert.parse(der, TimeStampReq);
    expect(read.messageImprint.hashAlgorithm.algorithm).toBe(SM3_OID);
    expect(toHex(new Uint8Array(read.messageImprint.hashedMessage.buffer))).toBe(toHex(sm3(CONTENT)));
    expect(read.reqPolicy).toBe('1.2.3');
    expect(toHex(new Uint8Array(read.nonce!))).toBe('4d');
    expect(read.certReq).toBe(true);
  });

  it('makes a fresh nonce of 128 bits, and none when told so', () => {
    const nonces = Array.from(
      { length: 20 },
      () => parseTimeStampRequest(createTimeStampRequest({ content: CONTENT })).nonce,
    );
    expect(new Set(nonces).size).toBe(20);
    const bare = createTimeStampRequest({ content: CONTENT, nonce: null, certReq: false });
    const read = parseTimeStampRequest(bare);
    expect(read.nonce).toBeUndefined();
    expect(read.certReq).toBe(false);
  });

  const NONCES = [
    0n,
    1n,
    127n,
    128n,
    255n,
    256n,
    -1n,
    -128n,
    -129n,
    2n ** 127n,
    -(2n ** 127n),
    2n ** 511n - 1n,
  ];
  it.each(NONCES)('keeps the nonce %s', (nonce) => {
    expect(parseTimeStampRequest(createTimeStampRequest({ content: CONTENT, nonce })).nonce).toBe(nonce);
  });

  const HASHES = [
    ['sha256', 32],
    ['sha384', 48],
    ['sha512', 64],
  ] as const;
  it.each(HASHES)('makes imprints by %s', (hash, length) => {
    const request = parseTimeStampRequest(createTimeStampRequest({ content: CONTENT, hash }));
    expect(request.imprint.hash).toBe(hash);
    expect(request.imprint.digest.length).toBe(length);
  });

  const good = { hash: 'sm3', digest: new Uint8Array(32) };
  const BAD_OPTIONS = [
    ['nothing to stamp', {}],
    ['content and imprint', { content: CONTENT, imprint: good }],
    ['content that is text', { content: 'text' }],
    ['a short digest', { imprint: { hash: 'sm3', digest: new Uint8Array(31) } }],
    ['an unknown hash', { imprint: { hash: 'md5', digest: new Uint8Array(16) } }],
    ['SHA-1', { content: CONTENT, hash: 'sha1' }],
    ['a hash by the name of a property', { content: CONTENT, hash: 'toString' }],
    ['a nonce that is a number', { content: CONTENT, nonce: 5 }],
    ['a nonce that is too long', { content: CONTENT, nonce: 2n ** 511n }],
    ['a policy that is no OID', { content: CONTENT, policy: '1.2.x' }],
    ['a policy with an arc in front that is none', { content: CONTENT, policy: '3.1' }],
  ] as const;
  it.each(BAD_OPTIONS)('refuses %s', (_, options) => {
    expect(codeOf(() => createTimeStampRequest(options as never))).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
  });
});

describe('parseTimeStampRequest', () => {
  const parseParts = (...parts: Uint8Array[]) => parseTimeStampRequest(sequence(...parts));

  it('reports a written FALSE and version 2, which the strict policy refuses', () => {
    const written = sequence(integer(1), imprint, boolean(false));
    expect(parseTimeStampRequest(written).findings.map(({ code }) => code)).toEqual(['DEFAULT_WRITTEN']);
    expect(codeOf(() => parseTimeStampRequest(written, { policy: 'strict' }))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
    const second = sequence(integer(2), imprint);
    expect(parseTimeStampRequest(second).findings.map(({ code }) => code)).toEqual(['TST_VERSION_2']);
    expect(codeOf(() => parseTimeStampRequest(second, { policy: 'strict' }))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
  });

  it('reads extensions and keeps an unknown hash by its OID', () => {
    const unknown = sequence(sequence(oid('1.2.3.9')), octets(new Uint8Array(20)));
    const request = parseParts(integer(1), unknown, behind0(extension));
    expect(request.imprint.hash).toBe('1.2.3.9');
    expect(request.extensions).toEqual([{ oid: '1.2.3.4', critical: false, value: Uint8Array.of(5, 0) }]);
  });

  const BAD = [
    ['version 0', [integer(0), imprint]],
    ['version 3', [integer(3), imprint]],
    ['no imprint', [integer(1)]],
    ['a digest that is short', [integer(1), sequence(sequence(oid(SM3_OID)), octets(new Uint8Array(31)))]],
    ['an empty digest', [integer(1), sequence(sequence(oid('1.2.3.9')), octets(new Uint8Array(0)))]],
    ['a long digest', [integer(1), sequence(sequence(oid('1.2.3.9')), octets(new Uint8Array(129)))]],
    ['parts in another order', [integer(1), imprint, boolean(true), integer(5)]],
    ['a second nonce', [integer(1), imprint, integer(5), integer(5)]],
    ['a nonce that is padded', [integer(1), imprint, fromHex('02020001')]],
    ['a negative nonce that is padded', [integer(1), imprint, fromHex('0202ff80')]],
    ['an empty nonce', [integer(1), imprint, fromHex('0200')]],
    ['a nonce of 65 bytes', [integer(1), imprint, fromHex(`0241${'11'.repeat(65)}`)]],
    ['a BOOLEAN that is not DER', [integer(1), imprint, fromHex('010101')]],
    ['empty extensions', [integer(1), imprint, behind0()]],
    ['an extension twice', [integer(1), imprint, behind0(extension, extension)]],
    ['an extension without a value', [integer(1), imprint, behind0(sequence(oid('1.2.3.4')))]],
    ['something trailing inside', [integer(1), imprint, octets(Uint8Array.of(1))]],
  ] as const;
  it.each(BAD)('refuses %s', (_, parts) => {
    expect(codeOf(() => parseParts(...parts))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });

  const NOT_REQUESTS: readonly (readonly [string, unknown])[] = [
    ['nothing', new Uint8Array(0)],
    ['text', 'request'],
    ['undefined', undefined],
    ['three bytes of junk', Uint8Array.of(1, 2, 3)],
    ['what is too long', new Uint8Array(16_385)],
    ['something behind it', fromHex('3000ff')],
  ];
  it.each(NOT_REQUESTS)('refuses %s', (_, input) => {
    expect(codeOf(() => parseTimeStampRequest(input as Uint8Array))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });

  it('survives every byte changed and every truncation', () => {
    const der = createTimeStampRequest({ content: CONTENT, nonce: 12345n, policy: '1.2.3.4' });
    for (let at = 0; at < der.length; at++) {
      for (const bit of [0x01, 0x20, 0x80]) {
        const changed = Uint8Array.from(der);
        changed[at]! ^= bit;
        expect(codeOf(() => parseTimeStampRequest(changed))).toMatch(
          /^(nothing was thrown|ERR_PKI_TIMESTAMP_MALFORMED)$/,
        );
      }
      expect(codeOf(() => parseTimeStampRequest(der.subarray(0, at)))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
    }
  });

  it('names the content type of time stamps', () => {
    expect(TIMESTAMP_OIDS.tstInfo).toBe('1.2.840.113549.1.9.16.1.4');
  });
});

describe.skipIf(!sharedPresent('vectors/certs/generated_pki.json'))('requests of BouncyCastle', () => {
  it('[part of SEAL-016] are read', () => {
    const cases = vectorCases('vectors/certs/generated_pki.json').filter(
      ({ kind }) => kind === 'tsp-request',
    );
    expect(cases.length).toBeGreaterThan(0);
    for (const item of cases) {
      const request = parseTimeStampRequest(derOf(item), { policy: 'strict' });
      const { content } = item as unknown as { content: string };
      expect(toHex(request.imprint.digest)).toBe(toHex(sm3(fromHex(content))));
      expect(request).toMatchObject({ version: 1, nonce: 0x3ade68b1n, certReq: true });
    }
  });
});
