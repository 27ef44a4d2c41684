import type { SignatureAlgorithm } from '@cssi/pki';

/**
 * The audit log (安全审计): who did what to which object, when, from where and with
 * which result, in a form that shows every later change.
 */

/** Version of the audit interfaces, records and checkpoints. */
export const AUDIT_SPEC_VERSION = '1';
/** Most records that one {@link AuditLog.read} returns. */
export const AUDIT_MAX_READ = 1000;
/** Longest stored record in bytes, as canonical JSON. */
export const AUDIT_MAX_RECORD_BYTES = 16_384;
/** Most members of {@link AuditEvent.detail}. */
export const AUDIT_MAX_DETAILS = 16;
/** Longest text per field, in UTF-16 code units. */
export const AUDIT_MAX_CHARACTERS = {
  requestId: 64,
  traceId: 64,
  type: 64,
  subject: 128,
  tenantId: 128,
  object: 256,
  code: 64,
  remoteAddress: 64,
  detailName: 32,
  detailValue: 256,
  origin: 128,
} as const;

/**
 * How an operation ended. `denied` = refused by authentication or access control,
 * `failure` = any other error.
 */
export type AuditOutcome = 'success' | 'failure' | 'denied';

/**
 * One auditable event (可审计事件) as the caller reports it. Every text is bounded and
 * printable; keys, plaintexts, tokens and personal data do not belong in any field.
 *
 * @standard T/TCCIA 0002-2022 §8.2
 */
export interface AuditEvent {
  /** When the operation ended. */
  readonly time: Date;
  readonly requestId: string;
  /** Ties the records of one call together across nodes. */
  readonly traceId: string;
  /** Name of the operation, for example `key.create`. */
  readonly type: string;
  /** User who acted; `null` when nobody was authenticated. */
  readonly subject: string | null;
  /** Tenant of the user; `null` for the platform. */
  readonly tenantId: string | null;
  /** What was acted upon, for example `key/3f…/2`. */
  readonly object?: string;
  readonly outcome: AuditOutcome;
  /** Error code when the outcome is not `success`. */
  readonly code?: string;
  readonly remoteAddress?: string;
  /** Further neutral facts, such as the version of a key. Numbers are safe integers. */
  readonly detail?: Readonly<Record<string, string | number>>;
}

/**
 * One stored record (审计记录). Its stored form is the canonical JSON of all members but
 * `hash`; `hash` = SM3(hash of the record before ‖ stored form), as hex.
 */
export interface AuditRecord {
  readonly v: 1;
  /** Position in the log, from 0, without gaps. */
  readonly sequence: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly type: string;
  readonly subject: string | null;
  readonly tenantId: string | null;
  readonly object?: string;
  readonly outcome: AuditOutcome;
  readonly code?: string;
  readonly remoteAddress?: string;
  readonly detail?: Readonly<Record<string, string | number>>;
  readonly hash: string;
}

/** State of the whole log at one size (检查点); the signature covers its canonical JSON. */
export interface AuditCheckpoint {
  readonly v: 1;
  readonly kind: 'cssi.audit.checkpoint';
  /** Name of the log; also the first link of its chain. */
  readonly origin: string;
  /** Number of records covered: sequences 0 to `size` - 1. */
  readonly size: number;
  /** Hash of the last covered record, hex; the start value of the chain when `size` is 0. */
  readonly head: string;
  /** Root of the Merkle tree over the stored records (RFC 6962 §2.1 with SM3), hex. */
  readonly root: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
}

/** A checkpoint with its signature. A copy kept off the host is what shows truncation. */
export interface SignedCheckpoint {
  readonly checkpoint: AuditCheckpoint;
  readonly algorithm: SignatureAlgorithm;
  /** SM3 of the signer's SubjectPublicKeyInfo, hex: a hint which key to use, never a proof. */
  readonly keyId: string;
  /** DER `SEQUENCE { r, s }`, base64. */
  readonly signature: string;
}

/** What to read. */
export interface AuditQuery {
  readonly fromSequence: number;
  /** 1 to {@link AUDIT_MAX_READ}. */
  readonly limit: number;
  /** Only records of this tenant; `null` = only those of the platform; left out = all. */
  readonly tenantId?: string | null;
}

/** One page of records. */
export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** Where the next page starts; `undefined` at the end of the log. A page may be empty and yet go on. */
  readonly nextSequence: number | undefined;
}

/** Whether a log accepts records. */
export interface AuditStatus {
  readonly state: 'open' | 'failed' | 'closed';
  /** Number of durable records. */
  readonly size: number;
  /** Number of records covered by the last signed checkpoint. */
  readonly coveredSize: number;
  /** Code of the error that put the log in the state `failed`. */
  readonly failure?: string;
}

/**
 * An append-only audit log.
 *
 * Guarantee: when {@link AuditLog.append} resolves, the record survives a crash of the
 * process and of the machine; it is never changed or removed later. Records are ordered
 * by the order of the calls. Failure means closed: after a failed write every further
 * append is refused until the log is opened anew, so an operation that must be audited
 * must wait for its append and fail with it. Concurrency: any number of calls at once;
 * the log groups them. Ownership: the log copies what it needs from the event before the
 * call returns; what it returns belongs to the caller. Reading is the auditor's: the log
 * does not decide who may read, its caller does.
 */
export interface AuditLog {
  readonly specVersion: typeof AUDIT_SPEC_VERSION;
  readonly name: string;
  readonly origin: string;
  /**
   * Stores one event; resolves when it is durable.
   *
   * @throws {@link SmError} ERR_AUDIT_EVENT_INVALID, ERR_AUDIT_OVERLOADED, ERR_AUDIT_WRITE_FAILED,
   * ERR_AUDIT_SIGNER_FAILED, ERR_AUDIT_CLOSED
   */
  append(event: AuditEvent): Promise<AuditRecord>;
  /** @throws {@link SmError} ERR_AUDIT_QUERY_INVALID, ERR_AUDIT_TAMPERED, ERR_AUDIT_CLOSED */
  read(query: AuditQuery): Promise<AuditPage>;
  /**
   * Signs the state after every record appended so far.
   *
   * @throws {@link SmError} ERR_AUDIT_SIGNER_FAILED, ERR_AUDIT_WRITE_FAILED, ERR_AUDIT_CLOSED
   */
  checkpoint(): Promise<SignedCheckpoint>;
  status(): AuditStatus;
  /** Makes pending records durable, signs a last checkpoint and closes. A second call does nothing. */
  close(): Promise<void>;
}
