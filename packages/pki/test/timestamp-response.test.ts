import { derElement, fromHex, utf8 } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { PKIFailureInfo, TimeStampResp } from '@peculiar/asn1-tsp';
import { describe, expect, it } from 'vitest';
import { integer, octets, sequence, utf8String } from '../src/internal/write.ts';
import {
  grantedToken,
  parseTimeStampResponse,
  TIMESTAMP_FAILURES,
  type TimeStampFailure,
} from '../src/timestamp/index.ts';
import { writeRejection } from '../src/timestamp/response.ts';
import { codeOf } from './support/codes.ts';

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
