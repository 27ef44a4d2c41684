import { derElement, fromHex, sm3, toHex, utf8 } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { TSTInfo } from '@peculiar/asn1-tsp';
import { describe, expect, it } from 'vitest';
import { FindingLog } from '../src/internal/finding-log.ts';
import { reading } from '../src/internal/reading.ts';
import { boolean, integer, octets, oid, sequence, unsigned } from '../src/internal/write.ts';
import { accuracyMicros, readTimeStampInfo, writeTimeStampInfo } from '../src/timestamp/info.ts';
import { codeOf } from './support/codes.ts';

const time = new Date('2026-12-01T08:09:10.250Z');
const imprint = { hash: 'sm3', digest: sm3(utf8('内容')) };
const imprintDer = sequence(sequence(oid('1.2.156.10197.1.401')), octets(imprint.digest));
const fields = { policy: '1.2.156.1.1', imprint, serial: Uint8Array.of(0x80, 1), time, ordering: false };
const name = fromHex('300c310a300806035504030c0141');
const read = (der: Uint8Array, log = new FindingLog()) =>
  reading('ERR_PKI_TIMESTAMP_MALFORMED', 4096, der, (copy) => readTimeStampInfo(copy, log));
const stamp = (text: string) => derElement(0x18, utf8(text));
const withTime = (text: string) =>
  sequence(integer(1), oid('1.2.3'), imprintDer, unsigned(Uint8Array.of(1)), stamp(text));
const withRest = (...rest: Uint8Array[]) =>
  sequence(
    integer(1),
    oid('1.2.3'),
    imprintDer,
    unsigned(Uint8Array.of(1)),
    stamp('20261201000000Z'),
    ...rest,
  );

describe('TSTInfo', () => {
  it('[part of SEAL-016] comes back as it was written, in full and in the shortest form', () => {
    const full = {
      ...fields,
      accuracy: { seconds: 1, millis: 500, micros: 7 },
      ordering: true,
      nonce: -5n,
      tsaName: name,
    };
    const info = read(writeTimeStampInfo(full), new FindingLog('strict'));
    expect(info).toMatchObject({ version: 1, policy: fields.policy, imprint, ordering: true, nonce: -5n });
    expect(info).toMatchObject({
      time,
      timeText: '20261201080910.25Z',
      accuracy: full.accuracy,
      extensions: [],
    });
    expect(toHex(info.serial)).toBe('8001');
    expect(toHex(info.tsaRaw!)).toBe(`a40e${toHex(name)}`);
    const bare = read(writeTimeStampInfo(fields), new FindingLog('strict'));
    expect(bare.accuracy ?? bare.nonce ?? bare.tsaRaw).toBeUndefined();
    expect(bare.ordering).toBe(false);
  });

  it('[part of SEAL-016] is read by an independent reader', () => {
    const der = writeTimeStampInfo({
      ...fields,
      accuracy: { seconds: 2, millis: 3 },
      ordering: true,
      nonce: 9n,
      tsaName: name,
    });
    const info = AsnConvert.parse(der, TSTInfo);
    expect(info.genTime.getTime()).toBe(time.getTime());
    expect(info.policy).toBe(fields.policy);
    expect(toHex(new Uint8Array(info.messageImprint.hashedMessage.buffer))).toBe(toHex(imprint.digest));
    expect([info.accuracy?.seconds, info.accuracy?.millis, info.ordering]).toEqual([2, 3, true]);
    expect(toHex(new Uint8Array(info.serialNumber))).toBe('008001');
  });

  it('adds up an accuracy', () => {
    expect(accuracyMicros({ seconds: 1, millis: 2, micros: 3 })).toBe(1_002_003);
    expect(accuracyMicros({})).toBe(0);
    expect(accuracyMicros(read(withRest(sequence())).accuracy!)).toBe(0);
  });

  const TIMES = [
    ['20261201080910Z', '2026-12-01T08:09:10.000Z'],
    ['20261201080910.5Z', '2026-12-01T08:09:10.500Z'],
    ['20261201080910.001Z', '2026-12-01T08:09:10.001Z'],
    ['20261201080910.123456Z', '2026-12-01T08:09:10.123Z'],
    ['20280229235959.999999999Z', '2028-02-29T23:59:59.999Z'],
    ['99991231235959Z', '9999-12-31T23:59:59.000Z'],
  ] as const;
  it.each(TIMES)('reads genTime %s', (text, iso) => {
    const info = read(withTime(text), new FindingLog('strict'));
    expect(info.time.toISOString()).toBe(iso);
    expect(info.timeText).toBe(text);
  });

  const DEVIATING_TIMES = [
    ['20261201080910.50Z', '2026-12-01T08:09:10.500Z'],
    ['20261201080910.0Z', '2026-12-01T08:09:10.000Z'],
    ['20261201080910+0800', '2026-12-01T00:09:10.000Z'],
    ['20261201080910-0130', '2026-12-01T09:39:10.000Z'],
  ] as const;
  it.each(DEVIATING_TIMES)('reports genTime %s, and refuses it when strict', (text, iso) => {
    const log = new FindingLog();
    expect(read(withTime(text), log).time.toISOString()).toBe(iso);
    expect(log.findings.map(({ code }) => code)).toEqual(['TIME_NOT_DER']);
    expect(codeOf(() => read(withTime(text), new FindingLog('strict')))).toBe('ERR_PKI_DEVIATION_REFUSED');
  });

  const BAD_TIMES = [
    '20261301000000Z',
    '20260230000000Z',
    '20261201240000Z',
    '20261201006000Z',
    '20261201000060Z',
    '20261201000000',
    '20261201000000.Z',
    '20261201000000,5Z',
    '202612010000Z',
    '2026120100Z',
    '261201000000Z',
    '20261201000000z',
    '20261201000000+08',
    '20261201000000+1500',
    '20261201000000+0860',
    '20261201000000.1234567890123Z',
    ' 20261201000000Z',
    '',
  ];
  it.each(BAD_TIMES)('refuses genTime "%s"', (text) => {
    expect(codeOf(() => read(withTime(text)))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });

  it('refuses UTCTime', () => {
    const der = sequence(
      integer(1),
      oid('1.2.3'),
      imprintDer,
      unsigned(Uint8Array.of(1)),
      derElement(0x17, utf8('261201000000Z')),
    );
    expect(codeOf(() => read(der))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });

  const extension = sequence(oid('1.2.3.4'), boolean(true), octets(Uint8Array.of(5, 0)));
  const under = (tag: number, ...parts: Uint8Array[]) => derElement(tag, ...parts);

  it('reads extensions', () => {
    const info = read(withRest(under(0xa1, extension)));
    expect(info.extensions).toEqual([{ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }]);
  });

  const BAD_REST = [
    ['millis of 1000', [sequence(fromHex('800203e8'))]],
    ['negative seconds', [sequence(fromHex('0201ff'))]],
    ['micros before millis', [sequence(fromHex('810101800101'))]],
    ['something else in the accuracy', [sequence(fromHex('820101'))]],
    ['nonce before ordering', [integer(1), boolean(true)]],
    ['two names', [under(0xa0, under(0xa4, name), under(0xa4, name))]],
    ['a name that is none', [under(0xa0, name)]],
    ['no name in its tag', [under(0xa0)]],
    ['empty extensions', [under(0xa1)]],
    ['an extension twice', [under(0xa1, extension, extension)]],
    ['something trailing', [octets(Uint8Array.of(1))]],
  ] as const;
  it.each(BAD_REST)('refuses %s', (_, rest) => {
    expect(codeOf(() => read(withRest(...rest)))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });

  it('refuses a negative serial number and one that is too long', () => {
    const withSerial = (serial: Uint8Array) =>
      sequence(integer(1), oid('1.2.3'), imprintDer, serial, stamp('20261201000000Z'));
    expect(codeOf(() => read(withSerial(fromHex('0201ff'))))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
    expect(codeOf(() => read(withSerial(unsigned(new Uint8Array(21).fill(1)))))).toBe(
      'ERR_PKI_TIMESTAMP_MALFORMED',
    );
    expect(read(withSerial(unsigned(new Uint8Array(20).fill(0xff)))).serial.length).toBe(20);
  });

  it('accepts version 2 with a note, and no other', () => {
    const versioned = (version: number) => {
      const der = writeTimeStampInfo(fields);
      der[4] = version;
      return der;
    };
    const log = new FindingLog();
    expect(read(versioned(2), log).version).toBe(2);
    expect(log.findings).toMatchObject([{ code: 'TST_VERSION_2', where: 'tstInfo' }]);
    expect(codeOf(() => read(versioned(2), new FindingLog('strict')))).toBe('ERR_PKI_DEVIATION_REFUSED');
    for (const version of [0, 3, 0x80])
      expect(codeOf(() => read(versioned(version)))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });
});
