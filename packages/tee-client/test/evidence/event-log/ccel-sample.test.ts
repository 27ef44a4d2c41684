import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  EVENT_TYPES,
  eventLogVerifier,
  parseEventLog,
  replayEventLog,
} from '../../../src/evidence/event-log/index.ts';
import { sample, samplePresent } from '../samples.ts';
import { digest, judge, pcr, reason, verify } from './support.ts';

const log = (): Uint8Array => sample('ccel_csv.bin');
const HEADER = 65;

/** Offset, and offset and length of the data, of every event; written for this file alone, SM3 only. */
function offsets(
  bytes: Uint8Array,
): { at: number; register: number; type: number; data: number; length: number }[] {
  const view = new DataView(bytes.buffer);
  const found = [];
  for (let at = HEADER; view.getUint32(at + 4, true) !== 0xffff_ffff; ) {
    const length = view.getUint32(at + 46, true);
    const [register, type] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    found.push({ at, register, type, data: at + 50, length });
    at += 50 + length;
  }
  return found;
}

function changed(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= mask;
  return copy;
}

describe.skipIf(!samplePresent('ccel_csv.bin'))('the boot log of a CSV guest, SM3 only', () => {
  it('[part of CC-006] reads to its end and no further', () => {
    const { format, algorithms, events, length } = parseEventLog(log());
    expect({ format, algorithms, events: events.length, length }).toEqual({
      format: 'tcg2',
      algorithms: ['sm3'],
      events: 82,
      length: 9565,
    });
    expect(offsets(log())).toHaveLength(82);
  });

  it('[part of CC-006] leads to the registers an independent computation leads to', () => {
    const bytes = log();
    const registers = new Map<number, Uint8Array>();
    for (const { at, register } of offsets(bytes)) {
      const before = registers.get(register) ?? new Uint8Array(32);
      registers.set(register, digest('sm3', before, bytes.subarray(at + 14, at + 46)));
    }
    const replayed = replayEventLog(bytes).registers;
    expect(replayed.map(({ register, value }) => `${register} ${toHex(value)}`)).toEqual(
      [1, 2, 3].map((n) => `${n} ${toHex(registers.get(n)!)}`),
    );
    expect(replayed.map(({ algorithm }) => algorithm)).toEqual(['sm3', 'sm3', 'sm3']);
    const signed = replayed.map(({ register, value }) => pcr(register, value));
    expect(judge(bytes, signed).steps).toEqual([
      'passed EVENT_DATA_MATCHES',
      'passed EVENT_LOG_MATCHES registers=1,2,3',
    ]);
  });

  it('[part of CC-006] has the digests of the data it carries', () => {
    const { coverage, log: read } = replayEventLog(log());
    const count = (kind: string) => coverage.filter((one) => one === kind).length;
    expect([count('data'), count('value'), count('mismatch'), count('nothing')]).toEqual([14, 11, 0, 57]);
    const commandLine = read.events.findIndex(({ data }) =>
      data.toString().startsWith('103,114,117,98,95,107'),
    );
    expect(coverage[commandLine]).toBe('value');
  });

  it('[part of CC-006] says nothing about trust by itself', () => {
    const verdict = verify(log());
    expect([verdict.integrity.status, verdict.trust.status, verdict.time.status]).toEqual([
      'passed',
      'indeterminate',
      'indeterminate',
    ]);
    expect(verdict.steps.map(({ step, status, code }) => `${step} ${status} ${code}`)).toEqual([
      'format passed EVENT_LOG_READ',
      'binding indeterminate EVENT_LOG_UNSIGNED',
      'event-log passed EVENT_DATA_MATCHES',
      'freshness indeterminate NONCE_NOT_CARRIED',
    ]);
    expect(verdict.claims.measurements.map(({ name, algorithm }) => `${name} ${algorithm}`)).toEqual([
      'register1 sm3',
      'register2 sm3',
      'register3 sm3',
    ]);
    expect(eventLogVerifier.recognises(log())).toBe(true);
  });

  const DEMANDED: ReadonlySet<number> = new Set([
    EVENT_TYPES.EV_SEPARATOR,
    EVENT_TYPES.EV_EFI_VARIABLE_DRIVER_CONFIG,
    EVENT_TYPES.EV_EFI_GPT_EVENT,
    EVENT_TYPES.EV_EFI_ACTION,
    EVENT_TYPES.EV_EFI_VARIABLE_AUTHORITY,
  ]);

  it('[part of CC-006] is refused for every event whose data was changed, first and last byte', () => {
    const bytes = log();
    const found = offsets(bytes);
    let tried = 0;
    for (const [i, { type, data, length }] of found.entries()) {
      const value = type === EVENT_TYPES.EV_EFI_VARIABLE_BOOT;
      if (!DEMANDED.has(type) && !value) continue;
      for (const at of [value ? data + length - 2 : data, data + length - 1]) {
        const verdict = verify(changed(bytes, at));
        const failed = verdict.steps.filter(({ status }) => status === 'failed');
        expect(failed).toMatchObject([
          { step: 'event-log', code: 'EVENT_DATA_DIFFERS', detail: `events=${i}` },
        ]);
        tried++;
      }
    }
    expect(tried).toBe(2 * 24);
  });

  it('[part of CC-006] leads elsewhere for every digest, register or order that was changed', () => {
    const bytes = log();
    const signed = replayEventLog(bytes).registers.map(({ register, value }) => pcr(register, value));
    const leads = (changedLog: Uint8Array) =>
      judge(changedLog, signed).steps.filter((text) => text.includes('EVENT_LOG_REGISTER_DIFFERS'));
    const found = offsets(bytes);
    for (const { at, register } of found) {
      expect(leads(changed(bytes, at + 14))).toEqual([
        `failed EVENT_LOG_REGISTER_DIFFERS registers=pcr${register}`,
      ]);
      expect(leads(changed(bytes, at + 45, 0x80))).toHaveLength(1);
    }
    const [, first] = found;
    expect(leads(changed(bytes, first!.at, 2))).toEqual([
      'failed EVENT_LOG_REGISTER_DIFFERS registers=pcr1,pcr3',
    ]);
    // Left out, doubled, swapped; called informative.
    const cut = (from: number, to: number) => bytes.subarray(from, to);
    const [a, b, c] = [found[27]!.at, found[28]!.at, found[29]!.at];
    const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
    expect(leads(join(cut(0, a), cut(b, bytes.length)))).toHaveLength(1);
    expect(leads(join(cut(0, b), cut(a, bytes.length)))).toHaveLength(1);
    expect(leads(join(cut(0, a), cut(b, c), cut(a, b), cut(c, bytes.length)))).toHaveLength(1);
    const silent = bytes.slice();
    silent.set([EVENT_TYPES.EV_NO_ACTION, 0, 0, 0], a + 4);
    expect(leads(silent)).toHaveLength(1);
  });

  it.each<[name: string, change: (bytes: Uint8Array) => Uint8Array, why: string]>([
    ['header cut', (b) => b.subarray(0, 40), 'event-log-truncated'],
    ['event cut', (b) => b.subarray(0, 9000), 'event-log-truncated'],
    ['no bank', (b) => changed(b, 56), 'event-log-banks'],
    ['bank of another length', (b) => changed(b, 62), 'event-log-digest-size'],
    ['header longer than its contents', (b) => changed(b, 28, 3), 'event-log-header-trailing'],
    ['vendor info longer than there is', (b) => changed(b, 64, 8), 'event-log-header-truncated'],
    ['two digests', (b) => changed(b, HEADER + 8, 3), 'event-log-digests'],
    ['digest of another bank', (b) => changed(b, HEADER + 12), 'event-log-digests'],
    ['register out of range', (b) => changed(b, HEADER, 0x80), 'event-log-register'],
    ['event longer than the log', (b) => changed(b, HEADER + 49, 0x7f), 'event-log-truncated'],
    ['something in the fill', (b) => changed(b, b.length - 1), 'event-log-digests'],
    ['nothing', () => new Uint8Array(0), 'event-log-truncated'],
    ['longer than any', (b) => Uint8Array.from({ ...b, length: 4_194_305 }), 'event-log-length'],
  ])('[part of CC-006] is refused as malformed: %s', (_name, change, why) => {
    expect(reason(() => verify(change(log())))).toBe(why);
  });
});
