import type { CertificateSigner } from '@cssi/pki';
import { describeChain, signCheckpoint } from '../audit/checkpoint.ts';
import { checkEvent } from '../audit/event.ts';
import { checkNumber, checkOrigin, checkSigner } from '../audit/origin.ts';
import { checkQuery, isWanted } from '../audit/query.ts';
import { AuditChain } from '../audit/record.ts';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import {
  AUDIT_SPEC_VERSION,
  type AuditEvent,
  type AuditLog,
  type AuditPage,
  type AuditQuery,
  type AuditRecord,
  type AuditStatus,
  type SignedCheckpoint,
} from '../spec/v1/audit.ts';

/** Options of {@link memoryAuditLog}. */
export interface MemoryAuditOptions {
  /** Name of the log. Default `memory`. */
  readonly origin?: string;
  /** Most records kept; further ones are refused. Default 100,000. */
  readonly maxRecords?: number;
}

/** What {@link memoryAuditLog} needs from others. */
export interface MemoryAuditDependencies {
  /** Without it {@link AuditLog.checkpoint} fails with ERR_AUDIT_SIGNER_FAILED. */
  readonly signer?: CertificateSigner;
  readonly clock?: () => Date;
}

class MemoryAuditLog implements AuditLog {
  readonly specVersion = AUDIT_SPEC_VERSION;
  readonly name = 'memory';
  readonly origin: string;
  readonly #maxRecords: number;
  readonly #signer: CertificateSigner | undefined;
  readonly #clock: () => Date;
  readonly #chain: AuditChain;
  readonly #records: AuditRecord[] = [];
  #coveredSize = 0;
  #closed = false;

  constructor(options: MemoryAuditOptions, dependencies: MemoryAuditDependencies) {
    this.origin = checkOrigin(options.origin ?? 'memory');
    this.#maxRecords = checkNumber('maxRecords', options.maxRecords ?? 100_000, 1, 10_000_000);
    this.#signer = dependencies.signer === undefined ? undefined : checkSigner(dependencies.signer);
    this.#clock = dependencies.clock ?? (() => new Date());
    this.#chain = new AuditChain(this.origin);
  }

  async append(event: AuditEvent): Promise<AuditRecord> {
    this.#refuseWhenClosed();
    const body = checkEvent(event);
    if (this.#records.length >= this.#maxRecords)
      throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_OVERLOADED');
    const { record } = this.#chain.append(body);
    this.#records.push(record);
    return structuredClone(record);
  }

  async read(query: AuditQuery): Promise<AuditPage> {
    this.#refuseWhenClosed();
    const { fromSequence, limit } = checkQuery(query);
    const records: AuditRecord[] = [];
    let at = fromSequence;
    for (; at < this.#records.length && records.length < limit; at++) {
      const record = this.#records[at]!;
      if (isWanted(record, query)) records.push(structuredClone(record));
    }
    return { records, nextSequence: at < this.#records.length ? at : undefined };
  }

  async checkpoint(): Promise<SignedCheckpoint> {
    this.#refuseWhenClosed();
    if (this.#signer === undefined) throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_SIGNER_FAILED');
    const checkpoint = describeChain(this.origin, this.#chain, this.#clock());
    const signed = await signCheckpoint(checkpoint, this.#signer);
    this.#coveredSize = Math.max(this.#coveredSize, checkpoint.size);
    return signed;
  }

  status(): AuditStatus {
    return {
      state: this.#closed ? 'closed' : 'open',
      size: this.#records.length,
      coveredSize: this.#coveredSize,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_CLOSED');
  }
}

/**
 * An audit log in memory, for tests of other layers: chain, checkpoints and checks are the
 * real ones, but nothing is durable.
 *
 * @throws {@link SmError} ERR_AUDIT_OPTION_INVALID
 * @example
 * ```ts
 * const log = memoryAuditLog();
 * await log.append({
 *   time: new Date(), requestId: 'r-1', traceId: 't-1', type: 'key.create',
 *   subject: 'user-1', tenantId: 'tenant-1', outcome: 'success',
 * });
 * ```
 */
export function memoryAuditLog(
  options: MemoryAuditOptions = {},
  dependencies: MemoryAuditDependencies = {},
): AuditLog {
  return new MemoryAuditLog(options, dependencies);
}
