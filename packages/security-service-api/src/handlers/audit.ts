import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { AuditLog } from '../spec/v1/audit.ts';
import type { auditReadOperation } from '../spec/v1/operations-identity.ts';
import type { OperationHandler } from '../spec/v1/service.ts';

/**
 * Handler of `audit.read`. An auditor of a tenant sees the records of that tenant; one of
 * the platform sees all, or those of one tenant.
 */
export function auditHandlers(audit: Pick<AuditLog, 'read'>): {
  readonly 'audit.read': OperationHandler<typeof auditReadOperation>;
} {
  return {
    'audit.read': async (params, context) => {
      const own = context.principal!.tenantId;
      if (own !== null && params.tenantId !== undefined && params.tenantId !== own) {
        throw SECURITY_SERVICE_ERRORS.create('ERR_API_ACCESS_DENIED');
      }
      const tenantId = own ?? params.tenantId;
      context.note({ object: 'audit', detail: { fromSequence: params.fromSequence, limit: params.limit } });
      const page = await audit.read({
        fromSequence: params.fromSequence,
        limit: params.limit,
        ...(tenantId === undefined ? {} : { tenantId }),
      });
      const records = page.records.map((record) => ({
        ...record,
        ...(record.detail === undefined ? {} : { detail: { ...record.detail } }),
      }));
      return { records, nextSequence: page.nextSequence ?? null };
    },
  };
}
