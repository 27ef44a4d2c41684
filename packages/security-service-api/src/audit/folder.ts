import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { AuditVerdict } from './verdict.ts';
import { type VerifyAuditOptions, verifyAuditLog } from './verify.ts';

/** File of the signed checkpoints in the folder of a log. */
export const CHECKPOINT_FILE = 'checkpoints.jsonl';

const SEGMENT = /^segment-(\d{15})\.jsonl$/;

/** One file of records. */
export interface Segment {
  readonly path: string;
  readonly firstSequence: number;
}

/** Name of the segment that starts with a sequence; names sort by it. */
export function segmentName(firstSequence: number): string {
  return `segment-${String(firstSequence).padStart(15, '0')}.jsonl`;
}

/** The segments of a log in order. @throws {@link SmError} ERR_AUDIT_READ_FAILED */
export async function listSegments(folder: string): Promise<Segment[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw readFailed(cause);
  }
  return names
    .sort()
    .map((name) => ({ path: join(folder, name), firstSequence: Number(SEGMENT.exec(name)?.[1]) }))
    .filter(({ firstSequence }) => !Number.isNaN(firstSequence));
}

const readFailed = (cause: unknown) =>
  SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_READ_FAILED', {
    detail: `reason=${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`,
    cause,
  });

/** Bytes of a file from `start`; a missing file is empty when `optional`. @throws SmError ERR_AUDIT_READ_FAILED */
export async function* readFileBytes(
  path: string,
  options: { readonly optional?: boolean } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 18 });
  } catch (error) {
    if (options.optional === true && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw readFailed(error);
  }
}

/**
 * Checks the folder of a file audit log; see {@link verifyAuditLog}. The log need not be closed,
 * but records written meanwhile may or may not be seen.
 *
 * @throws {@link SmError} ERR_AUDIT_READ_FAILED, ERR_AUDIT_OPTION_INVALID
 */
export async function verifyAuditFolder(
  folder: string,
  options: Omit<VerifyAuditOptions, 'segments' | 'checkpoints'> = {},
): Promise<AuditVerdict> {
  const segments = await listSegments(folder);
  return await verifyAuditLog({
    ...options,
    segments: segments.map(({ path }) => readFileBytes(path)),
    checkpoints: readFileBytes(join(folder, CHECKPOINT_FILE), { optional: true }),
  });
}
