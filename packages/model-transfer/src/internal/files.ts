import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { randomBytes, toHex } from '@cssi/sm-core';

/** A name beside `path` that nobody else uses. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${toHex(randomBytes(8))}.tmp`);
}

/** Makes a rename in `folder` last through a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, 'r');
  } catch {
    return; // Windows opens no folders; there the rename itself has to do.
  }
  try {
    await handle.sync();
  } catch {
    // Some file systems refuse to sync a folder.
  } finally {
    await handle.close();
  }
}

/** Writes all of `bytes`. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, null);
    at += bytesWritten;
  }
}

/**
 * Writes a file that is there whole or not at all, mode 0600.
 *
 * @param fill - writes the content
 */
export async function writeAtomically(
  path: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Reads exactly `length` bytes at `position`; `undefined` where the file ends before. */
export async function readExactly(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) return undefined;
    at += bytesRead;
  }
  return bytes;
}
