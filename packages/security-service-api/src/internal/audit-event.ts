import type { SmError } from '@cssi/sm-core';
import type { Principal } from '../spec/v1/access.ts';
import {
  AUDIT_MAX_CHARACTERS,
  AUDIT_MAX_DETAILS,
  type AuditEvent,
  type AuditOutcome,
} from '../spec/v1/audit.ts';
import type { AuditNote } from '../spec/v1/service.ts';

/** What the dispatcher knows about a finished call. */
export interface FinishedCall {
  readonly time: Date;
  readonly requestId: string;
  readonly traceId: string;
  /** `undefined` when no operation was found. */
  readonly operation: string | undefined;
  readonly principal: Principal | undefined;
  readonly remoteAddress: string;
  readonly note: AuditNote;
  readonly error: SmError | undefined;
}

/** Printable text of bounded length: a record is never refused because of what a caller sent. */
function printable(text: string, maxCharacters: number): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?');
  return clean.length <= maxCharacters
    ? clean
    : `${clean.slice(0, maxCharacters - 1).replace(/\p{Cs}$/u, '')}…`;
}

/** A name of a detail as the audit log takes it: a letter first, then letters, digits, `_`, `.` and `-`. */
function detailName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, AUDIT_MAX_CHARACTERS.detailName);
  return /^[A-Za-z]/.test(clean) ? clean : `n${clean.slice(1)}`;
}

function outcomeOf(error: SmError | undefined): AuditOutcome {
  if (error === undefined) return 'success';
  return error.category === 'unauthenticated' || error.category === 'denied' ? 'denied' : 'failure';
}

/** The audit event of a finished call. */
export function auditEventOf(call: FinishedCall): AuditEvent {
  const { note, principal, error } = call;
  const details = Object.entries(note.detail ?? {})
    .slice(0, AUDIT_MAX_DETAILS)
    .map(([name, value]) => [
      detailName(name),
      typeof value === 'number' && Number.isSafeInteger(value)
        ? value
        : printable(String(value), AUDIT_MAX_CHARACTERS.detailValue),
    ]);
  const remoteAddress = printable(call.remoteAddress, AUDIT_MAX_CHARACTERS.remoteAddress);
  return {
    time: call.time,
    requestId: call.requestId,
    traceId: call.traceId,
    type: call.operation ?? 'request.refused',
    subject: principal?.userId ?? note.subject ?? null,
    tenantId: principal === undefined ? (note.tenantId ?? null) : principal.tenantId,
    outcome: outcomeOf(error),
    ...(note.object === undefined || note.object === ''
      ? {}
      : { object: printable(note.object, AUDIT_MAX_CHARACTERS.object) }),
    ...(error === undefined ? {} : { code: error.code }),
    ...(remoteAddress === '' ? {} : { remoteAddress }),
    ...(details.length === 0 ? {} : { detail: Object.fromEntries(details) }),
  };
}
