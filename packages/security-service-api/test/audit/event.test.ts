import { canonicalJson } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { checkEvent } from '../../src/audit/event.ts';
import { decodeRecord, encodeLine, splitLine } from '../../src/audit/record.ts';
import {
  AUDIT_MAX_CHARACTERS,
  AUDIT_MAX_DETAILS,
  AUDIT_MAX_RECORD_BYTES,
  type AuditEvent,
} from '../../src/spec/v1/audit.ts';
import { event } from './support.ts';

const refused = (change: Record<string, unknown>) =>
  expect(
    () => checkEvent({ ...event(1), ...change } as unknown as AuditEvent),
    JSON.stringify(change),
  ).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_EVENT_INVALID' }));

describe('audit event', () => {
  it('holds who, what, on what, when, from where and with which result [part of TCCIA-149]', () => {
    expect(checkEvent(event(1))).toEqual({
      v: 1,
      time: '2026-12-01T00:00:00.001Z',
      requestId: 'r-1',
      traceId: 't-1',
      type: 'key.create',
      subject: 'user-1',
      tenantId: 'odd',
      object: 'key/1',
      outcome: 'success',
      remoteAddress: '192.0.2.7',
      detail: { version: 1, algorithm: 'SM2' },
    });
  });

  it('fits the largest allowed event into the largest allowed record', () => {
    const wide = (n: number) => '中'.repeat(n);
    const max = AUDIT_MAX_CHARACTERS;
    const detail = Object.fromEntries(
      Array.from({ length: AUDIT_MAX_DETAILS }, (_, i) => [
        `a${i}`.padEnd(max.detailName, 'x'),
        wide(max.detailValue),
      ]),
    );
    const body = checkEvent({
      time: new Date('9999-12-31T23:59:59.999Z'),
      requestId: wide(max.requestId),
      traceId: wide(max.traceId),
      type: wide(max.type),
      subject: wide(max.subject),
      tenantId: wide(max.tenantId),
      object: wide(max.object),
      outcome: 'failure',
      code: wide(max.code),
      remoteAddress: wide(max.remoteAddress),
      detail,
    });
    expect(canonicalJson({ ...body, sequence: Number.MAX_SAFE_INTEGER }).length).toBeLessThanOrEqual(
      AUDIT_MAX_RECORD_BYTES,
    );
  });

  it.each([
    'requestId',
    'traceId',
    'type',
    'subject',
    'tenantId',
    'object',
    'code',
    'remoteAddress',
  ] as const)('refuses a bad %s', (field) => {
    const max = AUDIT_MAX_CHARACTERS[field];
    checkEvent({ ...event(1), [field]: 'x'.repeat(max) });
    for (const value of ['x'.repeat(max + 1), '', 7, {}, ['x'], true]) refused({ [field]: value });
    for (const trick of [
      'a\nb',
      'a\r',
      '\u0000',
      '\u001b[2J',
      'a\u202eb',
      'a\u2028b',
      '\ud800',
      'a\u200bb',
    ]) {
      refused({ [field]: trick });
    }
  });

  it('refuses missing members and wrong values', () => {
    for (const field of ['time', 'requestId', 'traceId', 'type', 'subject', 'tenantId', 'outcome']) {
      refused({ [field]: undefined });
    }
    for (const time of [
      new Date(Number.NaN),
      0,
      '2026-12-01T00:00:00Z',
      new Date('+010000-01-01T00:00:00Z'),
    ]) {
      refused({ time });
    }
    for (const outcome of ['ok', '', null]) refused({ outcome });
    for (const whole of [null, 1, 'x', undefined]) {
      expect(() => checkEvent(whole as unknown as AuditEvent)).toThrow(
        expect.objectContaining({ code: 'ERR_AUDIT_EVENT_INVALID' }),
      );
    }
  });

  it('refuses details that are too many, too long, nested or not exact', () => {
    const many = Object.fromEntries(Array.from({ length: AUDIT_MAX_DETAILS + 1 }, (_, i) => [`n${i}`, i]));
    for (const detail of [
      many,
      { a: 'x'.repeat(AUDIT_MAX_CHARACTERS.detailValue + 1) },
      { a: 'line\nbreak' },
      { a: 1.5 },
      { a: Number.NaN },
      { a: 2 ** 53 },
      { a: { b: 'c' } },
      { a: null },
      { a: true },
      { ['x'.repeat(AUDIT_MAX_CHARACTERS.detailName + 1)]: 'y' },
      { '': 'y' },
      { 'a b': 'y' },
      JSON.parse('{"__proto__":"y"}'),
      ['a'],
      null,
      'text',
    ]) {
      refused({ detail });
    }
  });

  it('leaves members behind that no event has', () => {
    const body = checkEvent({ ...event(1), password: 'swordfish' } as unknown as AuditEvent);
    expect(JSON.stringify(body)).not.toContain('swordfish');
  });
});

describe('audit record', () => {
  const stored = canonicalJson({ ...checkEvent(event(1)), sequence: 5 });
  const hash = 'ab'.repeat(32);

  it('survives its line', () => {
    const parts = splitLine(encodeLine(hash, stored));
    expect(parts).toEqual({ hash, record: stored });
    expect(decodeRecord(hash, stored)).toMatchObject({ sequence: 5, requestId: 'r-1', hash });
    expect(JSON.parse(Buffer.from(encodeLine(hash, stored)).toString())).toMatchObject({ hash });
  });

  it.each([
    ['white space', (text: string) => text.replace(':', ': ')],
    ['another order', (text: string) => JSON.stringify({ v: 1, ...JSON.parse(text) })],
    ['an unknown member', (text: string) => text.replace('{"detail"', '{"another":1,"detail"')],
    ['a member twice', (text: string) => text.replace('"v":1', '"v":1,"v":1')],
    ['a missing member', (text: string) => text.replace(',"v":1', '')],
    ['another version', (text: string) => text.replace('"v":1', '"v":2')],
    ['a negative sequence', (text: string) => text.replace('"sequence":5', '"sequence":-5')],
    ['a text as sequence', (text: string) => text.replace('"sequence":5', '"sequence":"5"')],
    ['an escaped letter', (text: string) => text.replace('key.create', 'key.\\u0063reate')],
    ['no JSON', (text: string) => text.slice(1)],
    ['a list', () => '[]'],
    ['nothing', () => ''],
  ])('does not read %s', (_, change) => {
    const text = Buffer.from(stored).toString();
    expect(change(text)).not.toBe(text);
    expect(decodeRecord(hash, Buffer.from(change(text)))).toBeUndefined();
  });

  it.each([
    [''],
    ['{}'],
    [`{"hash":"${hash.toUpperCase()}","record":{}}`],
    [`{"hash":"${hash.slice(1)}","record":{}}`],
    [`{"hash":"${hash}","record":{}} `],
    [`{"hash":"${hash}","recorD":{}}`],
    [`{"hash" :"${hash}","record":{}}`],
  ])('does not split %s', (text) => {
    expect(splitLine(Buffer.from(text))).toBeUndefined();
  });
});
