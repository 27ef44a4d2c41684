import type { KeyDescription, KeySummary, TenantDescription } from '../spec/v1/descriptions.ts';
import type { KeyRow, TenantRow, VersionRow } from '../spec/v1/store.ts';

/** `months` calendar months after `from`, at most the last day of the month. */
export function addMonths(from: string, months: number): Date {
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date;
}

/** What the outside may know of a tenant. */
export function describeTenant(row: TenantRow): TenantDescription {
  const { tenantId, maxRotationMonths, createdAt, randomProvider, randomHealth } = row;
  return { tenantId, maxRotationMonths, createdAt, randomProvider, randomHealth };
}

/** One line of a list. */
export function summarizeKey(key: KeyRow): KeySummary {
  const { tenantId, keyId, algorithm, usage, state, label, createdAt } = key;
  return {
    tenantId,
    keyId,
    version: key.currentVersion,
    algorithm,
    usage: [...usage],
    state,
    label,
    createdAt,
  };
}

/** What the outside may know of a key. */
export function describeKeyRow(key: KeyRow, current: VersionRow): KeyDescription {
  return {
    ...summarizeKey(key),
    versionCreatedAt: current.createdAt,
    rotationMonths: key.rotationMonths,
    rotationDue: addMonths(current.createdAt, key.rotationMonths).toISOString(),
    randomProvider: current.randomProvider,
    randomHealth: current.randomHealth,
    reservedUses: current.reservedUses,
    ...(current.publicKey === null ? {} : { publicKey: Uint8Array.from(current.publicKey) }),
  };
}
