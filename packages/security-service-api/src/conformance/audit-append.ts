import { canonicalJson, type JsonValue, toHex } from '@cssi/sm-core';
import { expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { AUDIT_MAX_CHARACTERS, AUDIT_MAX_DETAILS } from '../spec/v1/audit.ts';
import { type Case, makeEvent, one } from './audit-scene.ts';

/** Each of these must be refused, and must leave no trace. */
const refusesEvent = (id: string, changes: readonly object[]): Case =>
  one(`audit.append.refuses-${id}`, async (log, context) => {
    const before = log.status().size;
    for (const change of changes) {
      await expectCode(
        () => log.append(makeEvent(context, 0, change)),
        ['ERR_AUDIT_EVENT_INVALID'],
        `event with ${JSON.stringify(change).slice(0, 60)}`,
      );
    }
    expectTrue(log.status().size === before, 'a refused event left a record');
    const { sequence } = await log.append(makeEvent(context, 1));
    expectTrue(sequence === before, 'a refused event took a place in the log');
  });

const TEXT_FIELDS = [
  'requestId',
  'traceId',
  'type',
  'subject',
  'tenantId',
  'object',
  'code',
  'remoteAddress',
] as const;
const eachField = (value: (field: (typeof TEXT_FIELDS)[number]) => unknown) =>
  TEXT_FIELDS.map((field) => ({ [field]: value(field) }));

/** What may and may not get into a log. */
export const APPEND_CASES: readonly Case[] = [
  one('audit.append.records-every-field', async (log, context) => {
    const event = makeEvent(context, 3, { outcome: 'denied', code: 'ERR_X' });
    const { hash, v, sequence, time, ...rest } = await log.append(event);
    const { time: _, ...expected } = event;
    expectTrue(v === 1 && /^[0-9a-f]{64}$/.test(hash) && sequence >= 0, 'version, hash or sequence is wrong');
    expectTrue(time === event.time.toISOString(), "the time is not the event's");
    const same =
      toHex(canonicalJson(rest as unknown as JsonValue)) ===
      toHex(canonicalJson(expected as unknown as JsonValue));
    expectTrue(same, 'a field is missing or different');
  }),
  one('audit.append.numbers-without-gaps-under-concurrency', async (log, context) => {
    const records = await Promise.all(
      Array.from({ length: 64 }, (_, n) => log.append(makeEvent(context, n))),
    );
    const start = records[0]!.sequence;
    expectTrue(
      records.every((record, i) => record.sequence === start + i && record.requestId === `request-${i}`),
      'the sequence does not follow the order of the calls',
    );
    const page = await log.read({ fromSequence: start, limit: 100 });
    expectTrue(page.records.length === 64, `${page.records.length} of 64 records can be read`);
  }),
  one('audit.append.copies-the-event', async (log, context) => {
    const detail = { version: 1 };
    const event = { ...makeEvent(context, 0), detail };
    const pending = log.append(event);
    event.detail.version = 2;
    (event as { object?: string }).object = 'changed';
    const record = await pending;
    (record as { object?: string }).object = 'changed by the caller';
    const { records } = await log.read({ fromSequence: record.sequence, limit: 1 });
    expectTrue(
      records[0]?.object === 'key/0' && records[0].detail?.version === 1,
      'a later change got into the log',
    );
  }),
  one('audit.append.stores-no-unknown-member', async (log, context) => {
    await log.append(makeEvent(context, 0, { password: 'not-for-the-log' }));
    const page = await log.read({ fromSequence: 0, limit: 10 });
    expectTrue(!JSON.stringify(page).includes('not-for-the-log'), 'an unknown member was stored');
  }),
  refusesEvent(
    'overlong-text',
    eachField((field) => 'x'.repeat(AUDIT_MAX_CHARACTERS[field] + 1)),
  ),
  refusesEvent(
    'empty-text',
    eachField(() => ''),
  ),
  refusesEvent('wrong-type', [...eachField(() => 7), { detail: 'text' }, { detail: null }, { time: 0 }]),
  refusesEvent(
    'line-feed',
    eachField(() => 'a\nb'),
  ),
  refusesEvent(
    'control-character',
    eachField(() => 'a\u001b[2Jb'),
  ),
  refusesEvent(
    'text-direction-trick',
    eachField(() => 'a\u202eb'),
  ),
  refusesEvent('missing-member', [
    { time: undefined },
    { requestId: undefined },
    { traceId: undefined },
    { type: undefined },
    { subject: undefined },
    { tenantId: undefined },
    { outcome: undefined },
  ]),
  refusesEvent('unknown-outcome', [{ outcome: 'ok' }, { outcome: '' }]),
  refusesEvent('invalid-time', [{ time: new Date(Number.NaN) }]),
  refusesEvent('unbounded-detail', [
    { detail: Object.fromEntries(Array.from({ length: AUDIT_MAX_DETAILS + 1 }, (_, i) => [`n${i}`, i])) },
    { detail: { text: 'x'.repeat(AUDIT_MAX_CHARACTERS.detailValue + 1) } },
    { detail: { ['x'.repeat(AUDIT_MAX_CHARACTERS.detailName + 1)]: 1 } },
  ]),
  refusesEvent('nested-or-inexact-detail', [
    { detail: { a: { b: 1 } } },
    { detail: { a: [1] } },
    { detail: { a: 0.5 } },
    { detail: { a: 2 ** 60 } },
    { detail: { a: 'x\ny' } },
  ]),
];
