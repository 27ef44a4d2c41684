import { concatBytes, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  EVENT_TYPES,
  LOG_ALGORITHMS,
  type LogAlgorithm,
  MAX_EVENT_LOG_BYTES,
  MAX_EVENT_LOG_EVENTS,
  parseEventLog,
  replayEventLog,
} from '../../../src/evidence/event-log/index.ts';
import { ByteWriter } from '../../../src/synthetic/byte-writer.ts';
import { type SyntheticEvent, synthesizeEventLog } from '../../../src/synthetic/event-log.ts';
import { digest, judge, pcr, reason, verify } from './support.ts';

const ALL = Object.keys(LOG_ALGORITHMS) as LogAlgorithm[];
const SEPARATOR: SyntheticEvent = { register: 7, type: EVENT_TYPES.EV_SEPARATOR, data: new Uint8Array(4) };
const ACTION = { register: 4, type: EVENT_TYPES.EV_EFI_ACTION, data: utf8('Calling EFI Application') };
const CODE = {
  register: 4,
  type: EVENT_TYPES.EV_EFI_BOOT_SERVICES_APPLICATION,
  data: utf8('a path'),
  measured: utf8('code'),
};

/** A header for banks of any number and length. */
function header(...banks: readonly (readonly [id: number, bytes: number])[]): ByteWriter {
  const inner = new ByteWriter().text('Spec ID Event03\0').u32(0).u8(0).u8(2).u8(0).u8(2).u32(banks.length);
  for (const [id, bytes] of banks) inner.u16(id).u16(bytes);
  inner.u8(0);
  return new ByteWriter().u32(0).u32(3).zeros(20).u32(inner.length).bytes(inner.finish());
}

describe('a crypto-agile event log', () => {
  it.each(ALL)('[part of CC-006] is replayed in its bank of %s', (algorithm) => {
    const { log, registers } = synthesizeEventLog({ algorithms: ALL, events: [SEPARATOR, ACTION, CODE] });
    const { registers: replayed, log: read } = replayEventLog(log);
    expect(read.algorithms).toEqual(ALL);
    expect(replayed).toHaveLength(2 * ALL.length);
    const zeros = new Uint8Array(LOG_ALGORITHMS[algorithm].bytes);
    const one = digest(algorithm, zeros, digest(algorithm, ACTION.data));
    const four = digest(algorithm, one, digest(algorithm, CODE.measured));
    const seven = digest(algorithm, zeros, digest(algorithm, SEPARATOR.data));
    const at = (list: typeof replayed, n: number) =>
      toHex(list.find((found) => found.register === n && found.algorithm === algorithm)!.value);
    for (const list of [replayed, registers])
      expect([at(list, 4), at(list, 7)]).toEqual([toHex(four), toHex(seven)]);
  });

  it('[part of CC-006] is refused where one of its banks has the digest of something else', () => {
    for (const bank of [0, 1]) {
      const { log } = synthesizeEventLog({ algorithms: ['sha256', 'sm3'], events: [ACTION] });
      log[69 + 12 + 34 * bank + 2]! ^= 1;
      expect(verify(log).integrity).toMatchObject({
        status: 'failed',
        reasons: [{}, { code: 'EVENT_DATA_DIFFERS' }],
      });
    }
  });

  it('ends with its bytes or with a fill of one value', () => {
    for (const fillByte of [0, 0xff] as const) {
      const { log } = synthesizeEventLog({ events: [SEPARATOR], bufferBytes: 1000, fillByte });
      expect([log.length, parseEventLog(log).events.length, parseEventLog(log).length]).toEqual([
        1000, 1, 119,
      ]);
      log[999]! ^= 1;
      expect(reason(() => parseEventLog(log))).toBeDefined();
    }
  });

  it('is read in time that grows with its length, not with its square', () => {
    // Zeros read as events of the older form; looked through to the end at each of them it takes minutes.
    const log = new Uint8Array(MAX_EVENT_LOG_BYTES);
    log[log.length - 1] = 1;
    expect(reason(() => parseEventLog(log))).toBe('event-log-events');
    expect(parseEventLog(new Uint8Array(MAX_EVENT_LOG_BYTES)).events).toHaveLength(1);
  }, 20_000);

  it('skips banks nobody here can compute, and keeps the others', () => {
    const value = digest('sm3', SEPARATOR.data);
    const log = header([0x27, 32], [0x12, 32])
      .u32(7)
      .u32(EVENT_TYPES.EV_SEPARATOR)
      .u32(2)
      .u16(0x12)
      .bytes(value)
      .u16(0x27)
      .zeros(32)
      .u32(4)
      .zeros(4)
      .finish();
    const { log: read, registers } = replayEventLog(log);
    expect(read.algorithms).toEqual(['sm3']);
    expect(registers).toEqual([
      { register: 7, algorithm: 'sm3', value: digest('sm3', new Uint8Array(32), value) },
    ]);
  });

  it.each<[name: string, log: () => Uint8Array, why: string]>([
    ['no banks', () => header().finish(), 'event-log-banks'],
    [
      'too many banks',
      () => header(...Array.from({ length: 17 }, (_, i) => [100 + i, 8] as const)).finish(),
      'event-log-banks',
    ],
    ['a bank twice', () => header([0x12, 32], [0x12, 32]).finish(), 'event-log-bank-twice'],
    ['SHA-256 of 20 bytes', () => header([0x0b, 20]).finish(), 'event-log-digest-size'],
    ['a digest of nothing', () => header([0x27, 0]).finish(), 'event-log-digest-size'],
    ['a digest of 129 bytes', () => header([0x27, 129]).finish(), 'event-log-digest-size'],
    [
      'one digest twice',
      () =>
        header([0x12, 32], [0x0b, 32])
          .u32(0)
          .u32(4)
          .u32(2)
          .u16(0x12)
          .zeros(32)
          .u16(0x12)
          .zeros(32)
          .u32(0)
          .finish(),
      'event-log-digests',
    ],
    [
      'one digest missing',
      () => header([0x12, 32], [0x0b, 32]).u32(0).u32(4).u32(1).u16(0x12).zeros(32).u32(0).finish(),
      'event-log-digests',
    ],
    [
      'data of four gigabytes',
      () => header([0x12, 32]).u32(0).u32(4).u32(1).u16(0x12).zeros(32).u32(0xffff_ffff).finish(),
      'event-log-truncated',
    ],
    [
      'register 32',
      () => header([0x12, 32]).u32(32).u32(4).u32(1).u16(0x12).zeros(32).u32(0).finish(),
      'event-log-register',
    ],
  ])('is refused as malformed: %s', (_name, log, why) => {
    expect(reason(() => parseEventLog(log()))).toBe(why);
  });

  it('has a bound on its events', () => {
    const one = new ByteWriter().u32(0).u32(3).u32(1).u16(0x27).zeros(1).u32(0).finish();
    const events = (count: number) =>
      concatBytes(header([0x27, 1]).finish(), ...Array.from({ length: count }, () => one));
    expect(parseEventLog(events(MAX_EVENT_LOG_EVENTS)).events).toHaveLength(MAX_EVENT_LOG_EVENTS);
    expect(reason(() => parseEventLog(events(MAX_EVENT_LOG_EVENTS + 1)))).toBe('event-log-events');
  });

  it('takes informative events of any register and extends nothing by them', () => {
    const informative = { register: 0xffff_ffff, type: EVENT_TYPES.EV_NO_ACTION, data: utf8('note') };
    const { log } = synthesizeEventLog({ events: [informative, SEPARATOR] });
    const { registers, coverage } = replayEventLog(log);
    expect(registers.map(({ register }) => register)).toEqual([7]);
    expect(coverage).toEqual(['nothing', 'data']);
  });
});

describe('the locality a TPM was started at', () => {
  const started = (locality: number, register = 0) => ({
    register,
    type: EVENT_TYPES.EV_NO_ACTION,
    data: concatBytes(utf8('StartupLocality\0'), Uint8Array.of(locality)),
  });
  const first = { ...SEPARATOR, register: 0 };

  it.each([0, 3, 4])('is where PCR 0 begins: %i', (locality) => {
    const { log } = synthesizeEventLog({ events: [started(locality), first, SEPARATOR] });
    const begin = new Uint8Array(32);
    begin[31] = locality;
    const separator = digest('sm3', SEPARATOR.data);
    const [zero, seven] = [digest('sm3', begin, separator), digest('sm3', new Uint8Array(32), separator)];
    expect(judge(log, [pcr(0, zero), pcr(7, seven)]).steps).toEqual([
      'passed EVENT_DATA_MATCHES',
      'passed EVENT_LOG_MATCHES registers=0,7',
    ]);
    if (locality !== 0)
      expect(judge(log, [pcr(0, seven)]).steps).toContain('failed EVENT_LOG_REGISTER_DIFFERS registers=pcr0');
    const untouched = synthesizeEventLog({ events: [started(locality), SEPARATOR] }).log;
    expect(judge(untouched, [pcr(0, begin)]).steps).toEqual(['passed EVENT_DATA_MATCHES']);
  });

  it('is refused where it is none, or said twice', () => {
    const read = (...events: SyntheticEvent[]) =>
      reason(() => parseEventLog(synthesizeEventLog({ events }).log));
    expect(read(started(1))).toBe('event-log-locality');
    expect(read({ ...started(3), data: utf8('StartupLocality\0') })).toBe('event-log-locality');
    expect(read(started(3), started(3))).toBe('event-log-locality');
    expect(read(started(9, 1))).toBeUndefined();
  });
});

describe('a log with SHA-1 only', () => {
  const event = (register: number, type: number, data: Uint8Array) =>
    new ByteWriter()
      .u32(register)
      .u32(type)
      .bytes(digest('sha1', data))
      .u32(data.length)
      .bytes(data)
      .finish();
  const log = concatBytes(event(4, ACTION.type, ACTION.data), event(7, SEPARATOR.type, SEPARATOR.data));

  it('is replayed as such and explains no other bank', () => {
    const { log: read, registers } = replayEventLog(log);
    expect([read.format, read.algorithms, registers.length]).toEqual(['tcg1', ['sha1'], 2]);
    const value = digest('sha1', new Uint8Array(20), digest('sha1', ACTION.data));
    expect(judge(log, [pcr(4, value, 'sha1')]).steps).toContain(
      'passed EVENT_LOG_MATCHES registers=4 unboundEvents=1',
    );
    expect(judge(log, [pcr(4, new Uint8Array(32))]).steps).toContain(
      'failed EVENT_LOG_BANK_MISSING registers=pcr4',
    );
  });

  it('is refused when cut or changed', () => {
    expect(reason(() => parseEventLog(log.subarray(0, -1)))).toBe('event-log-truncated');
    const changed = log.slice();
    changed[32]! ^= 1;
    expect(verify(changed).integrity.status).toBe('failed');
  });
});
