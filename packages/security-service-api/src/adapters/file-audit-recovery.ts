import { join } from 'node:path';
import { fromHex, SmError } from '@cssi/sm-core';
import {
  AUDIT_MAX_CHECKPOINT_BYTES,
  auditKeyId,
  parseCheckpoint,
  verifyCheckpoint,
} from '../audit/checkpoint.ts';
import { CHECKPOINT_FILE, listSegments, readFileBytes } from '../audit/folder.ts';
import { type Line, readLines } from '../audit/lines.ts';
import { AUDIT_MAX_LINE_BYTES, AuditChain, genesisHash } from '../audit/record.ts';
import { AuditReplay } from '../audit/replay.ts';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { SignedCheckpoint } from '../spec/v1/audit.ts';

/** One segment and the hash of the record before its first, hex. */
export interface SegmentState {
  readonly path: string;
  readonly firstSequence: number;
  readonly previousHash: string;
}

/** What was found in a folder. */
export interface RecoveredLog {
  readonly chain: AuditChain;
  readonly segments: SegmentState[];
  /** Length of the last segment in bytes up to its last complete line. */
  readonly lastSegmentLength: number;
  /** Length of the checkpoint file up to its last complete line. */
  readonly checkpointLength: number;
  readonly lastCheckpoint: SignedCheckpoint | undefined;
  /** Bytes of incomplete last lines, which a crash while writing leaves. */
  readonly tornBytes: number;
}

/** What a folder is checked against. */
export interface RecoveryOptions {
  readonly folder: string;
  readonly origin: string;
  /** SubjectPublicKeyInfo of every key that may have signed the last checkpoint. */
  readonly keys: readonly Uint8Array[];
  readonly trustedCheckpoint?: SignedCheckpoint;
}

const tampered = (reason: string, sequence?: number) =>
  SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_TAMPERED', {
    detail: `reason=${reason}${sequence === undefined ? '' : ` sequence=${sequence}`}`,
  });

/** Reads the stored checkpoints one ahead. */
class StoredCheckpoints {
  readonly #lines: AsyncGenerator<Line, void, undefined>;
  readonly #origin: string;
  /** The next one not yet taken. */
  next: SignedCheckpoint | undefined;
  /** The last one taken. */
  last: SignedCheckpoint | undefined;
  length = 0;
  tornBytes = 0;

  constructor(folder: string, origin: string) {
    const bytes = readFileBytes(join(folder, CHECKPOINT_FILE), { optional: true });
    this.#lines = readLines(bytes, AUDIT_MAX_CHECKPOINT_BYTES);
    this.#origin = origin;
  }

  async take(): Promise<void> {
    this.last = this.next ?? this.last;
    this.next = undefined;
    const { value: line } = await this.#lines.next();
    if (!line) return;
    if (!line.complete) {
      this.tornBytes = line.bytes.length;
      if (line.tooLong) throw tampered('checkpoint-malformed');
      return;
    }
    this.length += line.bytes.length + 1;
    try {
      if (line.tooLong) throw tampered('checkpoint-malformed');
      this.next = parseCheckpoint(line.bytes);
    } catch (error) {
      if (error instanceof SmError) throw tampered('checkpoint-malformed');
      throw error;
    }
    if (this.next.checkpoint.origin !== this.#origin) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_OPTION_INVALID', {
        detail: 'option=origin reason=other-log',
      });
    }
    if (this.next.checkpoint.size < (this.last?.checkpoint.size ?? 0)) throw tampered('checkpoint-order');
  }
}

/**
 * Re-verifies a stored log before it is written to again: every record, every checkpoint's
 * root and the last checkpoint's signature. Only an incomplete last line is let pass; the
 * caller cuts it off.
 *
 * @throws SmError ERR_AUDIT_TAMPERED, ERR_AUDIT_OPTION_INVALID, ERR_AUDIT_READ_FAILED
 */
export async function recoverLog(options: RecoveryOptions): Promise<RecoveredLog> {
  const { folder, origin, trustedCheckpoint } = options;
  const replay = new AuditReplay(origin);
  const checkpoints = new StoredCheckpoints(folder, origin);
  const reached = async () => {
    if (trustedCheckpoint?.checkpoint.size === replay.size && !replay.agrees(trustedCheckpoint.checkpoint)) {
      throw tampered('trusted-checkpoint', replay.size);
    }
    while (checkpoints.next?.checkpoint.size === replay.size) {
      if (!replay.agrees(checkpoints.next.checkpoint)) throw tampered('checkpoint-mismatch', replay.size);
      await checkpoints.take();
    }
  };

  await checkpoints.take();
  await reached();
  const segments: SegmentState[] = [];
  let lastSegmentLength = 0;
  let torn = 0;
  for (const { path, firstSequence } of await listSegments(folder)) {
    if (torn > 0 || firstSequence !== replay.size) throw tampered('segment-order', replay.size);
    segments.push({ path, firstSequence, previousHash: replay.head! });
    lastSegmentLength = 0;
    for await (const line of readLines(readFileBytes(path), AUDIT_MAX_LINE_BYTES)) {
      if (line.tooLong) throw tampered('malformed', replay.size);
      if (!line.complete) {
        torn = line.bytes.length;
        break;
      }
      const problem = replay.add(line.bytes);
      if (problem !== undefined) throw tampered(problem, replay.size);
      lastSegmentLength += line.bytes.length + 1;
      await reached();
    }
  }

  if (checkpoints.next !== undefined) throw tampered('records-removed', replay.size);
  if (trustedCheckpoint !== undefined && trustedCheckpoint.checkpoint.size > replay.size) {
    throw tampered('truncated', replay.size);
  }
  const lastCheckpoint = checkpoints.last;
  // The first thing a log ever stores is a checkpoint of size 0.
  if (lastCheckpoint === undefined && segments.length > 0) throw tampered('checkpoints-removed');
  if (lastCheckpoint !== undefined) {
    const key = options.keys.find((candidate) => auditKeyId(candidate) === lastCheckpoint.keyId);
    if (key === undefined) throw tampered('checkpoint-key-unknown');
    if (!verifyCheckpoint(lastCheckpoint, key)) throw tampered('checkpoint-signature');
  }
  const head = replay.head === undefined ? genesisHash(origin) : fromHex(replay.head);
  return {
    chain: new AuditChain(origin, { head, tree: replay.tree }),
    segments,
    lastSegmentLength,
    checkpointLength: checkpoints.length,
    lastCheckpoint,
    tornBytes: torn + checkpoints.tornBytes,
  };
}
