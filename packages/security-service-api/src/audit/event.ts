import type { JsonValue } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { AUDIT_MAX_CHARACTERS, AUDIT_MAX_DETAILS, type AuditEvent } from '../spec/v1/audit.ts';
import { isPrintable } from './printable.ts';

const invalid = (field: string, reason: string) =>
  SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_EVENT_INVALID', { detail: `field=${field} reason=${reason}` });

const DETAIL_NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/;
const OUTCOMES: readonly unknown[] = ['success', 'failure', 'denied'];

/** The checked copy of an event: a record without its place in the log. */
export type AuditBody = { readonly [name: string]: JsonValue };

function text(field: string, value: unknown, max: number, min = 1): string {
  if (typeof value !== 'string') throw invalid(field, 'type');
  if (value.length < min || value.length > max) throw invalid(field, 'length');
  if (!isPrintable(value)) throw invalid(field, 'unprintable');
  return value;
}

function details(value: unknown): Record<string, string | number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('detail', 'type');
  const names = Object.keys(value);
  if (names.length > AUDIT_MAX_DETAILS) throw invalid('detail', 'count');
  const copy: [string, string | number][] = names.map((name) => {
    if (name.length > AUDIT_MAX_CHARACTERS.detailName || !DETAIL_NAME.test(name))
      throw invalid('detail', 'name');
    const item: unknown = (value as Record<string, unknown>)[name];
    if (typeof item !== 'number') return [name, text('detail', item, AUDIT_MAX_CHARACTERS.detailValue, 0)];
    if (!Number.isSafeInteger(item)) throw invalid('detail', 'number');
    return [name, item];
  });
  return Object.fromEntries(copy);
}

function isoTime(value: unknown): string {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw invalid('time', 'type');
  const iso = value.toISOString();
  // Years outside 0 to 9999 have another form, which does not sort as text.
  if (iso.length !== 24) throw invalid('time', 'range');
  return iso;
}

/**
 * Checks an event and copies the known members; any other member is left behind, so nothing
 * that a caller did not mean for the log gets into it.
 *
 * @throws {@link SmError} ERR_AUDIT_EVENT_INVALID
 */
export function checkEvent(event: AuditEvent): AuditBody {
  if (typeof event !== 'object' || event === null) throw invalid('event', 'type');
  const max = AUDIT_MAX_CHARACTERS;
  const nullable = (field: 'subject' | 'tenantId') => {
    const value: unknown = event[field];
    return value === null ? null : text(field, value, max[field]);
  };
  const optional = (field: 'object' | 'code' | 'remoteAddress') => {
    const value: unknown = event[field];
    return value === undefined ? {} : { [field]: text(field, value, max[field]) };
  };
  if (!OUTCOMES.includes(event.outcome)) throw invalid('outcome', 'value');
  const detail: unknown = event.detail;
  return {
    v: 1,
    time: isoTime(event.time),
    requestId: text('requestId', event.requestId, max.requestId),
    traceId: text('traceId', event.traceId, max.traceId),
    type: text('type', event.type, max.type),
    subject: nullable('subject'),
    tenantId: nullable('tenantId'),
    ...optional('object'),
    outcome: event.outcome,
    ...optional('code'),
    ...optional('remoteAddress'),
    ...(detail === undefined ? {} : { detail: details(detail) }),
  };
}
