import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { AUDIT_MAX_CHARACTERS, AUDIT_MAX_READ, type AuditQuery, type AuditRecord } from '../spec/v1/audit.ts';

const invalid = (field: string) =>
  SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_QUERY_INVALID', { detail: `field=${field}` });

/** Checks what to read. @throws {@link SmError} ERR_AUDIT_QUERY_INVALID */
export function checkQuery(query: AuditQuery): AuditQuery {
  if (typeof query !== 'object' || query === null) throw invalid('query');
  const { fromSequence, limit, tenantId } = query;
  if (!Number.isSafeInteger(fromSequence) || fromSequence < 0) throw invalid('fromSequence');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > AUDIT_MAX_READ) throw invalid('limit');
  if (tenantId !== undefined && tenantId !== null) {
    if (typeof tenantId !== 'string' || tenantId.length > AUDIT_MAX_CHARACTERS.tenantId)
      throw invalid('tenantId');
  }
  return query;
}

/** True when a record is one that was asked for. */
export function isWanted(record: AuditRecord, query: AuditQuery): boolean {
  return query.tenantId === undefined || record.tenantId === query.tenantId;
}
