import { concatBytes, derElement, fromHex, utf8 } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { PKIFailureInfo, TimeStampResp } from '@peculiar/asn1-tsp';
import { describe, expect, it } from 'vitest';
import { readAll, readOne } from '../src/internal/tlv.ts';
import { integer, octets, sequence, utf8String } from '../src/internal/write.ts';
import {
  grantedToken,
  parseTimeStampResponse,
  TIMESTAMP_FAILURES,
  type TimeStampFailure,
  verifyTimeStampToken,
} from '../src/timestamp/index.ts';
import { writeRejection } from '../src/timestamp/response.ts';
import { codeOf, statuses } from './support/codes.ts';
import { stampingSite, tokenFor } from './support/timestamp.ts';

const parse = (...parts: Uint8Array[]) => parseTimeStampResponse(sequence(...parts));
const token = sequence(octets(Uint8Array.of(1)));
const status = (n: number, ...rest: Uint8Array[]) => sequence(integer(n), ...rest);
const FAILURES = Object.keys(TIMESTAMP_FAILURES) as TimeStampFailure[];

describe('parseTimeStampResponse', () => {
  it.each(FAILURES)(
    '[part of SEAL-016] reads a rejection for %s, and so does an independent reader',
    (failure) => {
      const der = writeRejection(failure, '原因');
      expect(parseTimeStampResponse(der)).toMatchObject({
        status: 'rejection',
        statusText: ['原因'],
        failures: [failure],
      });
      const peer = AsnConvert.parse(der, TimeStampResp);
      expect(peer.status.status).toBe(2);
      expect(peer.status.failInfo).toBeInstanceOf(PKIFailureInfo);
      expect(peer.status.failInfo!.toNumber()).toBe(2 ** TIMESTAMP_FAILURES[failure]);
      expect(peer.timeStampToken).toBeUndefined();
    },
  );

  it('reads granted with a token, and a bit without a name', () => {
    const granted = parse(status(0), token);
    expect(granted).toMatchObject({ status: 'granted', statusText: [], failures: [], token });
    expect(grantedToken(granted)).toEqual(token);
    expect(parse(status(1, sequence(utf8String('a'), utf8String('b'))), token).statusText).toEqual([
      'a',
      'b',
    ]);
    expect(parse(status(2, fromHex('03020640'))).failures).toEqual(['bit:1']);
    expect(parse(status(3)).status).toBe('waiting');
  });

  it('has no token to give when it was not granted', () => {
    const response = parseTimeStampResponse(writeRejection('badAlg', ''));
    expect(codeOf(() => grantedToken(response))).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
  });

  /** The same element with the indefinite form of its length. */
  const indefinite = (...parts: Uint8Array[]) =>
    concatBytes(Uint8Array.of(0x30, 0x80), ...parts, Uint8Array.of(0, 0));

  it('reads BER with a note, and hands the token on as it came', () => {
    const berToken = indefinite(indefinite(octets(Uint8Array.of(1))), octets(Uint8Array.of(0, 0)));
    const longStatus = concatBytes(Uint8Array.of(0x30, 0x81, 3), integer(0));
    for (const der of [
      sequence(status(0), berToken),
      indefinite(status(0), berToken),
      indefinite(longStatus, berToken),
      sequence(longStatus, berToken),
    ]) {
      const response = parseTimeStampResponse(der);
      expect(response).toMatchObject({ raw: der, status: 'granted', token: berToken });
      expect(response.findings.map(({ code }) => code)).toEqual(['BER_ENCODING']);
      expect(codeOf(() => parseTimeStampResponse(der, { policy: 'strict' }))).toBe(
        'ERR_PKI_DEVIATION_REFUSED',
      );
      for (let length = 0; length < der.length; length++) {
        expect(codeOf(() => parseTimeStampResponse(der.subarray(0, length)))).toBe(
          'ERR_PKI_TIMESTAMP_MALFORMED',
        );
      }
    }
    expect(parseTimeStampResponse(indefinite(status(2))).status).toBe('rejection');
    expect(parse(status(0), token).findings).toEqual([]);
    const nested = concatBytes(...Array.from({ length: 40 }, () => Uint8Array.of(0x30, 0x80)));
    expect(codeOf(() => parseTimeStampResponse(concatBytes(nested, new Uint8Array(80))))).toBe(
      'ERR_PKI_TIMESTAMP_MALFORMED',
    );
  });

  it('[part of SEAL-016] reads a response whose token is BER, and the token is good', async () => {
    const site = await stampingSite();
    const content = utf8('内容');
    const der = await tokenFor(site.tsa, { content });
    const [type, body] = readAll(readOne(der, 0x30).value);
    const ber = indefinite(
      type!.raw,
      concatBytes(Uint8Array.of(0xa0, 0x80), body!.value, Uint8Array.of(0, 0)),
    );
    const granted = grantedToken(parseTimeStampResponse(sequence(status(0), ber)));
    const path = { anchors: [site.ca.certificate] };
    const report = verifyTimeStampToken(granted, { content, path });
    expect(statuses(report.verdict)).toBe('passed passed passed');
    expect(report.findings.map(({ code }) => code)).toEqual(['BER_ENCODING']);
  });

  const BAD = [
    ['granted without a token', [status(0)]],
    ['rejection with a token', [status(2), token]],
    ['status 6', [status(6)]],
    ['a negative status', [sequence(fromHex('0201ff'))]],
    ['no status', []],
    ['an empty status', [sequence()]],
    ['an empty list of texts', [status(2, sequence())]],
    ['seventeen texts', [status(2, sequence(...Array.from({ length: 17 }, () => utf8String('x'))))]],
    ['a text that is no UTF8String', [status(2, sequence(derElement(0x13, utf8('x'))))]],
    ['a text that is no UTF-8', [status(2, sequence(derElement(0x0c, Uint8Array.of(0xff))))]],
    ['a failure without the count of unused bits', [status(2, fromHex('0300'))]],
    ['nine unused bits', [status(2, fromHex('03020900'))]],
    ['unused bits of nothing', [status(2, fromHex('030107'))]],
    ['a long failure', [status(2, derElement(0x03, new Uint8Array(10)))]],
    ['something trailing', [status(0), token, token]],
    ['a trailing part of the status', [status(2, integer(1))]],
  ] as const;
  it.each(BAD)('refuses %s', (_, parts) => {
    expect(codeOf(() => parse(...parts))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });

  const JUNK: readonly (readonly [string, unknown])[] = [
    ['three bytes', Uint8Array.of(0x30, 0x82, 0x01)],
    ['nothing', new Uint8Array(0)],
    ['null', null],
    ['a bare token', token],
  ];
  it.each(JUNK)('refuses %s', (_, input) => {
    expect(codeOf(() => parseTimeStampResponse(input as Uint8Array))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });
});
