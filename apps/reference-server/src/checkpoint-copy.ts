import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { encodeCheckpoint, parseCheckpoint, type SignedCheckpoint } from '@cssi/security-service-api';
import { fromUtf8 } from '@cssi/sm-core';
import { appendLine } from './data-files.ts';
import { APP_ERRORS } from './errors.ts';

/** A copy of the signed audit checkpoints outside the data folder: it shows a cut log (截断检测). */
export interface CheckpointCopy {
  /** The last checkpoint copied so far; the log must still hold all that it covers. */
  readonly last: SignedCheckpoint | undefined;
  /** Appends one checkpoint as a line of JSON. @throws {@link SmError} ERR_APP_FILE */
  append(checkpoint: SignedCheckpoint): void;
}

/** More than the longest line, so that the last whole line is always in it. */
const TAIL_BYTES = 16_384;
const LINE_FEED = 0x0a;

/** The end of the file; made when missing. */
function readTail(path: string): Uint8Array {
  try {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
    try {
      const { size } = fstatSync(file);
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const length = readSync(file, tail, 0, tail.length, size - tail.length);
      // After a crash the last line may have no end; what follows must not become part of it.
      if (length > 0 && tail[length - 1] !== LINE_FEED) writeSync(file, '\n');
      return tail.subarray(0, length);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw APP_ERRORS.create('ERR_APP_FILE', { detail: 'what=checkpoint copy', cause });
  }
}

function parseLast(tail: Uint8Array): SignedCheckpoint | undefined {
  const end = tail.lastIndexOf(LINE_FEED);
  if (end < 0) return undefined;
  const start = end === 0 ? 0 : tail.lastIndexOf(LINE_FEED, end - 1) + 1;
  return parseCheckpoint(fromUtf8(Uint8Array.from(tail.subarray(start, end))));
}

/**
 * Opens the copy, best on a disk of another host that this one can only append to.
 *
 * @throws {@link SmError} ERR_APP_FILE; ERR_AUDIT_CHECKPOINT_MALFORMED when the last whole line is no checkpoint
 */
export function openCheckpointCopy(path: string): CheckpointCopy {
  return {
    last: parseLast(readTail(path)),
    append: (checkpoint) => appendLine(path, encodeCheckpoint(checkpoint)),
  };
}
