import { dirname, join } from 'node:path';
import { concatBytes, toHex } from '@cssi/sm-core';
import type { AuditBody } from '../audit/event.ts';
import { segmentName } from '../audit/folder.ts';
import type { AuditChain } from '../audit/record.ts';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { AuditRecord } from '../spec/v1/audit.ts';
import type { AppendFile, AuditFiles } from './file-audit-files.ts';
import type { RecoveredLog, SegmentState } from './file-audit-recovery.ts';

const LINE_FEED = Uint8Array.of(0x0a);

/** Writes batches of records; one call at a time. After a failure it must not be used again. */
export class SegmentWriter {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #files: AuditFiles;
  readonly #segments: SegmentState[];
  readonly #chain: AuditChain;
  #durable: AuditChain;
  #file: AppendFile | undefined;

  private constructor(
    options: { readonly folder: string; readonly segmentBytes: number },
    files: AuditFiles,
    found: RecoveredLog,
    file: AppendFile | undefined,
  ) {
    this.#folder = options.folder;
    this.#segmentBytes = options.segmentBytes;
    this.#files = files;
    this.#segments = [...found.segments];
    this.#chain = found.chain;
    this.#durable = found.chain.clone();
    this.#file = file;
  }

  /** Continues the last segment, cut to its last complete line. */
  static async open(
    options: { readonly folder: string; readonly segmentBytes: number },
    files: AuditFiles,
    found: RecoveredLog,
  ): Promise<SegmentWriter> {
    const last = found.segments.at(-1);
    const file = last === undefined ? undefined : await files.openAppend(last.path, found.lastSegmentLength);
    return new SegmentWriter(options, files, found, file);
  }

  /** State after the last durable record. */
  get durable(): AuditChain {
    return this.#durable;
  }

  get segments(): readonly SegmentState[] {
    return this.#segments;
  }

  /** Gives the events their places and makes them durable with one write and one sync. */
  async write(bodies: readonly AuditBody[]): Promise<AuditRecord[]> {
    const file = await this.#room();
    const entries = bodies.map((body) => this.#chain.append(body));
    await file.append(concatBytes(...entries.flatMap(({ line }) => [line, LINE_FEED])));
    await file.sync();
    // A removed or replaced file takes writes and syncs without complaint.
    if (!(await file.inPlace())) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_WRITE_FAILED', { detail: 'reason=file-replaced' });
    }
    this.#durable = this.#chain.clone();
    return entries.map(({ record }) => record);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** The current segment, or a new one when there is none or it is full. */
  async #room(): Promise<AppendFile> {
    if (this.#file !== undefined && this.#file.length < this.#segmentBytes) return this.#file;
    await this.close();
    const firstSequence = this.#chain.size;
    const path = join(this.#folder, segmentName(firstSequence));
    const file = await this.#files.openAppend(path, 0);
    this.#file = file;
    await this.#files.syncFolder(dirname(path));
    if (this.#segments.at(-1)?.firstSequence !== firstSequence) {
      this.#segments.push({ path, firstSequence, previousHash: toHex(this.#chain.head) });
    }
    return file;
  }
}
