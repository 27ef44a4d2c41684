import { canonicalJson, concatBytes, type JsonValue, sm3, utf8 } from '@cssi/sm-core';
import type { CaseContext, ConformanceCase } from '@cssi/sm-core/conformance';
import type { AuditEvent, AuditLog, AuditRecord } from '../spec/v1/audit.ts';

/** What a vendor hands to {@link auditLogSuite}. */
export interface AuditLogSubject {
  /** Opens a new, empty log. */
  open(): Promise<AuditLog>;
  /** SubjectPublicKeyInfo (DER) of the key that signs the checkpoints. */
  readonly publicKeyInfo: Uint8Array;
  /** Closes a log and opens what it stored again; with the capability `durable`. */
  reopen?(log: AuditLog): Promise<AuditLog>;
}

/** The n-th event of a case. */
export const makeEvent = (context: CaseContext, n: number, more: object = {}): AuditEvent => ({
  time: new Date(context.now.getTime() + n * 1000),
  requestId: `request-${n}`,
  traceId: `trace-${n}`,
  type: 'key.sign',
  subject: `user-${n % 2}`,
  tenantId: n % 2 === 0 ? 'tenant-a' : 'tenant-b',
  object: `key/${n}`,
  outcome: 'success',
  remoteAddress: '192.0.2.1',
  detail: { version: n },
  ...more,
});

/** Opens a log for one case and closes it afterwards, whatever happens. */
async function withLog(subject: AuditLogSubject, use: (log: AuditLog) => Promise<void>): Promise<void> {
  const log = await subject.open();
  try {
    await use(log);
  } finally {
    await log.close();
  }
}

/** Appends `count` events one after another. */
export async function fill(log: AuditLog, context: CaseContext, count: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (let n = 0; n < count; n++) records.push(await log.append(makeEvent(context, n)));
  return records;
}

/** The bytes of a record that its hash covers. */
export const storedForm = ({ hash: _, ...record }: AuditRecord) =>
  canonicalJson(record as unknown as JsonValue);

/** Chain and tree of the interface, written down a second time. */
export function genesis(log: AuditLog): Uint8Array {
  return sm3(utf8(`cssi-audit/1\n${log.origin}`));
}

/** MTH of RFC 6962 §2.1 with SM3. */
export function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sm3(new Uint8Array(0));
  if (leaves.length === 1) return sm3(concatBytes(Uint8Array.of(0), leaves[0]!));
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sm3(concatBytes(Uint8Array.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k))));
}

/** One case of the suite. */
export type Case = ConformanceCase<AuditLogSubject>;
/** What the suite is about. */
export const CLAUSE = 'T/TCCIA 0002-2022 §8.2';

/** A case on a log of its own. */
export const one = (
  id: string,
  run: (log: AuditLog, context: CaseContext, subject: AuditLogSubject) => Promise<void>,
  clause: string = CLAUSE,
): Case => ({
  id,
  clause,
  level: 'MUST',
  run: (subject, context) => withLog(subject, (log) => run(log, context, subject)),
});
