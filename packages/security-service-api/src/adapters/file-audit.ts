import { join } from 'node:path';
import { setImmediate as afterInput } from 'node:timers/promises';
import type { CertificateSigner } from '@cssi/pki';
import type { SmError } from '@cssi/sm-core';
import { type AuditBody, checkEvent } from '../audit/event.ts';
import { CHECKPOINT_FILE } from '../audit/folder.ts';
import { checkNumber, checkOrigin, checkSigner } from '../audit/origin.ts';
import { checkQuery } from '../audit/query.ts';
import { SECURITY_SERVICE_ERRORS, type SecurityServiceErrorCode } from '../errors.ts';
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
import { type FolderLock, lockFolder } from '../state/folder-lock.ts';
import { CheckpointWriter } from './file-audit-checkpoints.ts';
import { type AppendFile, type AuditFiles, nodeAuditFiles } from './file-audit-files.ts';
import { readPage } from './file-audit-read.ts';
import { recoverLog } from './file-audit-recovery.ts';
import { SegmentWriter } from './file-audit-segments.ts';

export type { AppendFile, AuditFiles } from './file-audit-files.ts';

/** Options of {@link FileAuditLog.open}. */
export interface FileAuditOptions {
  /** Folder of this log alone, on a local file system; made when missing. */
  readonly folder: string;
  /** Name of the log, for example that of the node. Fixed for its life. */
  readonly origin: string;
  /** A segment that has reached this many bytes is followed by a new one. Default 16 MiB. */
  readonly segmentBytes?: number;
  /** Sign a checkpoint after this many records. Default 1000. */
  readonly checkpointEvery?: number;
  /** Refuse records when this many are not covered by a checkpoint. Default 16,000. */
  readonly maxUncovered?: number;
  /** Most records waiting to be written. Default 4096. */
  readonly maxPending?: number;
  /** Longest wait for the signer in milliseconds. Default 10,000. */
  readonly signMilliseconds?: number;
  /** SubjectPublicKeyInfo (DER) of keys that signed earlier checkpoints of this log. */
  readonly formerKeys?: readonly Uint8Array[];
  /** A checkpoint kept elsewhere: the folder must hold at least its records, unchanged. */
  readonly trustedCheckpoint?: SignedCheckpoint;
}

/** What {@link FileAuditLog.open} needs from others. */
export interface FileAuditDependencies {
  /** Signs the checkpoints; SM2 only. */
  readonly signer: CertificateSigner;
  readonly clock: () => Date;
  /** Called with each checkpoint, to take it off the host. What it throws is its own affair. */
  readonly onCheckpoint?: (checkpoint: SignedCheckpoint) => void;
  /** Default: the files of the host. */
  readonly files?: AuditFiles;
}

interface Limits {
  readonly checkpointEvery: number;
  readonly maxUncovered: number;
  readonly maxPending: number;
}

interface Waiting {
  readonly body: AuditBody;
  readonly resolve: (record: AuditRecord) => void;
  readonly reject: (error: Error) => void;
}

/** Most records in one write; bounds a batch to about 16 MiB. */
const MAX_BATCH = 1024;

const writeFailed = (cause: unknown): SmError<SecurityServiceErrorCode> =>
  SECURITY_SERVICE_ERRORS.is(cause)
    ? cause
    : SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_WRITE_FAILED', {
        detail: `reason=${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`,
        cause,
      });

/**
 * The audit log in a folder: records in `segment-*.jsonl`, signed checkpoints in
 * `checkpoints.jsonl`, both only ever appended to.
 *
 * Many concurrent {@link FileAuditLog.append} calls share one write and one `fsync` (group
 * commit): while one batch is on its way to the disk the next one gathers. A failed write, or
 * a file that was removed or changed behind the log's back, puts it into the state `failed`
 * for good: the end of the file is then unknown, and only opening it anew, which checks
 * everything, makes it known again. A signer that fails stops the log only when `maxUncovered`
 * records wait for a checkpoint; each further append tries it again.
 */
export class FileAuditLog implements AuditLog {
  readonly specVersion = AUDIT_SPEC_VERSION;
  readonly name = 'file';
  readonly origin: string;
  readonly #limits: Limits;
  readonly #lock: FolderLock;
  readonly #records: SegmentWriter;
  readonly #checkpoints: CheckpointWriter;
  readonly #queue: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #lastAppend: Promise<unknown> = Promise.resolve();
  #failure: SmError<SecurityServiceErrorCode> | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  private constructor(
    origin: string,
    limits: Limits,
    parts: {
      readonly lock: FolderLock;
      readonly records: SegmentWriter;
      readonly checkpoints: CheckpointWriter;
    },
  ) {
    this.origin = origin;
    this.#limits = limits;
    this.#lock = parts.lock;
    this.#records = parts.records;
    this.#checkpoints = parts.checkpoints;
  }

  /**
   * Opens a log and checks everything that is stored in it. An incomplete last line, which a
   * crash while writing leaves, is cut off and the fact recorded as an event `audit.recover`;
   * anything else that does not fit is refused and left untouched.
   *
   * @throws {@link SmError} ERR_AUDIT_TAMPERED, ERR_AUDIT_OPTION_INVALID, ERR_AUDIT_READ_FAILED,
   * ERR_AUDIT_WRITE_FAILED, ERR_AUDIT_SIGNER_FAILED, ERR_STATE_LOCKED, ERR_STATE_LOCK_FAILED
   */
  static async open(options: FileAuditOptions, dependencies: FileAuditDependencies): Promise<FileAuditLog> {
    const origin = checkOrigin(options.origin);
    const signer = checkSigner(dependencies.signer);
    const segmentBytes = checkNumber('segmentBytes', options.segmentBytes ?? 1 << 24, 1024, 1 << 30);
    const checkpointEvery = checkNumber('checkpointEvery', options.checkpointEvery ?? 1000, 1, 1_000_000);
    const limits: Limits = {
      checkpointEvery,
      maxUncovered: checkNumber('maxUncovered', options.maxUncovered ?? 16 * checkpointEvery, 1, 100_000_000),
      maxPending: checkNumber('maxPending', options.maxPending ?? 4096, 1, 100_000),
    };
    const signMilliseconds = checkNumber('signMilliseconds', options.signMilliseconds ?? 10_000, 1, 600_000);
    const files = dependencies.files ?? nodeAuditFiles;
    const { folder, trustedCheckpoint } = options;

    const lock = await lockFolder(folder);
    let log: FileAuditLog | undefined;
    let file: AppendFile | undefined;
    try {
      const found = await recoverLog({
        folder,
        origin,
        keys: [signer.publicKeyInfo, ...(options.formerKeys ?? [])],
        ...(trustedCheckpoint === undefined ? {} : { trustedCheckpoint }),
      });
      file = await files.openAppend(join(folder, CHECKPOINT_FILE), found.checkpointLength);
      await files.syncFolder(folder);
      const coveredSize = found.lastCheckpoint?.checkpoint.size ?? 0;
      const records = await SegmentWriter.open({ folder, segmentBytes }, files, found);
      const checkpoints = new CheckpointWriter(
        { origin, signMilliseconds, coveredSize },
        { signer, clock: dependencies.clock, file, onCheckpoint: dependencies.onCheckpoint },
      );
      log = new FileAuditLog(origin, limits, { lock, records, checkpoints });
      // The first thing stored is a checkpoint: it fixes the name and proves that the key works.
      if (found.lastCheckpoint === undefined) await checkpoints.make(() => records.durable);
      const uncovered = records.durable.size - coveredSize;
      if (found.tornBytes > 0 || uncovered > 0) {
        await log.append(recoveryEvent(dependencies.clock(), { tornBytes: found.tornBytes, uncovered }));
        await log.checkpoint();
      }
      return log;
    } catch (error) {
      if (log !== undefined) await log.#release();
      else {
        await file?.close();
        await lock.release();
      }
      throw writeFailed(error);
    }
  }

  async append(event: AuditEvent): Promise<AuditRecord> {
    this.#refuseUnlessOpen();
    const body = checkEvent(event);
    if (this.#queue.length >= this.#limits.maxPending)
      throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_OVERLOADED');
    const uncovered = this.#records.durable.size + this.#queue.length - this.#checkpoints.coveredSize;
    if (uncovered >= this.#limits.maxUncovered) {
      this.#startCheckpoint();
      throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_SIGNER_FAILED', { detail: 'reason=uncovered-limit' });
    }
    const done = new Promise<AuditRecord>((resolve, reject) => this.#queue.push({ body, resolve, reject }));
    this.#lastAppend = done.catch(() => undefined);
    this.#draining ??= this.#drain();
    return await done;
  }

  async read(query: AuditQuery): Promise<AuditPage> {
    if (this.#closing !== undefined) throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_CLOSED');
    const checked = checkQuery(query);
    return await readPage(this.#records.segments, this.#records.durable.size, checked);
  }

  async checkpoint(): Promise<SignedCheckpoint> {
    this.#refuseUnlessOpen();
    await this.#lastAppend;
    if (this.#failure !== undefined) throw this.#failure;
    return await this.#makeCheckpoint();
  }

  status(): AuditStatus {
    return {
      state: this.#closing !== undefined ? 'closed' : this.#failure !== undefined ? 'failed' : 'open',
      size: this.#records.durable.size,
      coveredSize: this.#checkpoints.coveredSize,
      ...(this.#failure === undefined ? {} : { failure: this.#failure.code }),
    };
  }

  /** @throws {@link SmError} ERR_AUDIT_SIGNER_FAILED when the last checkpoint could not be signed; it is closed all the same */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#lastAppend;
      await this.#draining;
      const uncovered = this.#records.durable.size > this.#checkpoints.coveredSize;
      if (uncovered && this.#failure === undefined) await this.#makeCheckpoint();
    } finally {
      await this.#release();
    }
  }

  async #release(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled([this.#checkpoints.close(), this.#records.close()]);
    await this.#lock.release();
  }

  async #drain(): Promise<void> {
    // Everything that arrives in the same turn of the event loop shares the first write.
    await afterInput();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, MAX_BATCH);
      try {
        const records = await this.#records.write(batch.map(({ body }) => body));
        for (const [i, record] of records.entries()) batch[i]!.resolve(record);
      } catch (error) {
        const failure = this.#fail(error);
        for (const { reject } of [...batch, ...this.#queue.splice(0)]) reject(failure);
        break;
      }
      const uncovered = this.#records.durable.size - this.#checkpoints.coveredSize;
      if (uncovered >= this.#limits.checkpointEvery) this.#startCheckpoint();
    }
    this.#draining = undefined;
  }

  /** Makes a checkpoint beside the writing; a failed signer is tried again with a later record. */
  #startCheckpoint(): void {
    if (this.#checkpoints.busy) return;
    this.#makeCheckpoint().catch(() => undefined);
  }

  async #makeCheckpoint(): Promise<SignedCheckpoint> {
    try {
      return await this.#checkpoints.make(() => this.#records.durable);
    } catch (error) {
      if (SECURITY_SERVICE_ERRORS.is(error) && error.code === 'ERR_AUDIT_SIGNER_FAILED') throw error;
      throw this.#fail(error);
    }
  }

  #fail(cause: unknown): SmError<SecurityServiceErrorCode> {
    this.#failure ??= writeFailed(cause);
    return this.#failure;
  }

  #refuseUnlessOpen(): void {
    if (this.#closing !== undefined) throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_CLOSED');
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function recoveryEvent(
  time: Date,
  detail: { readonly tornBytes: number; readonly uncovered: number },
): AuditEvent {
  return {
    time,
    requestId: 'audit',
    traceId: 'audit',
    type: 'audit.recover',
    subject: null,
    tenantId: null,
    outcome: 'success',
    detail,
  };
}
