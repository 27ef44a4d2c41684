import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { APP_ERRORS } from './errors.ts';

/** Largest file this module reads: 1 MiB. Certificates, wrapped keys and the ready file are far smaller. */
const MAX_FILE_BYTES = 1 << 20;

/**
 * Makes a folder that only the owner can enter.
 *
 * @throws {@link SmError} ERR_APP_DATA_FOLDER
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw APP_ERRORS.create('ERR_APP_DATA_FOLDER', { detail: 'reason=cannot create', cause });
  }
}

/**
 * Writes a file so that a crash leaves the old content or the new, never half of it.
 *
 * @param mode - permission bits, `0o600` when left out
 * @throws {@link SmError} ERR_APP_FILE
 */
export function writeFileAtomically(path: string, content: Uint8Array | string, mode = 0o600): void {
  const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (cause) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The folder itself is unusable; the first failure says so.
    }
    throw APP_ERRORS.create('ERR_APP_FILE', { detail: 'reason=cannot write', cause });
  }
}

/**
 * Content of a file, or `undefined` when there is none.
 *
 * @throws {@link SmError} ERR_APP_FILE
 */
export function readFileIfPresent(path: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined;
  try {
    if (statSync(path).size <= MAX_FILE_BYTES) return readFileSync(path);
  } catch (cause) {
    throw APP_ERRORS.create('ERR_APP_FILE', { detail: 'reason=cannot read', cause });
  }
  throw APP_ERRORS.create('ERR_APP_FILE', { detail: 'reason=too large' });
}

/**
 * Appends a line to a file that only the owner can read; the file is made when missing.
 *
 * @throws {@link SmError} ERR_APP_FILE
 */
export function appendLine(path: string, line: Uint8Array): void {
  try {
    appendFileSync(path, Buffer.concat([line, Buffer.from('\n')]), { mode: 0o600, flush: true });
  } catch (cause) {
    throw APP_ERRORS.create('ERR_APP_FILE', { detail: 'reason=cannot append', cause });
  }
}

/**
 * Removes a file that may not be there.
 *
 * @throws {@link SmError} ERR_APP_FILE
 */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw APP_ERRORS.create('ERR_APP_FILE', { detail: 'reason=cannot remove', cause });
  }
}
