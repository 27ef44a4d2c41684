import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** Runs a file operation; its failure is ERR_TEE_STORAGE and shows the cause's code, never a path. */
export function storage<T>(step: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof SmError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: `step=${step} reason=${code}` });
  }
}

/** The folder of the software TEE inside the data folder, made when it is not there. */
export function teeFolder(dataDir: string): string {
  const folder = join(dataDir, 'tee');
  storage('folder', () => mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER }));
  return folder;
}

/**
 * The file, or `undefined` when there is none. Of a longer file `maxBytes` + 1 bytes are read,
 * so that the caller sees that it is too long.
 */
export function readIfPresent(path: string, maxBytes: number): Uint8Array | undefined {
  return storage('read', () => {
    if (!existsSync(path)) return undefined;
    const buffer = new Uint8Array(maxBytes + 1);
    const handle = openSync(path, 'r');
    try {
      let length = 0;
      for (let got = -1; got !== 0 && length < buffer.length; length += got) {
        got = readSync(handle, buffer, length, buffer.length - length, null);
      }
      return buffer.slice(0, length);
    } finally {
      buffer.fill(0);
      closeSync(handle);
    }
  });
}

/** True when group or others have any right on the file. Windows has no such bits. */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && storage('mode', () => (statSync(path).mode & 0o077) !== 0);
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Replaces a file so that a crash leaves either the old or the new contents, on disk. */
export function writeAtomic(path: string, contents: Uint8Array): void {
  storage('write', () => {
    const temporary = `${path}.tmp`;
    if (existsSync(temporary)) unlinkSync(temporary);
    const handle = openSync(temporary, 'wx', OWNER_ONLY_FILE);
    try {
      for (let at = 0; at < contents.length; ) at += writeSync(handle, contents, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  });
}
