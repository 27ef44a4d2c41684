import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HIL_ERRORS } from './errors.ts';

const folders = new Set<string>();

function make(): string {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'cssi-hil-'));
    folders.add(folder);
    return folder;
  } catch (cause) {
    throw HIL_ERRORS.create('ERR_HIL_TEMPORARY_FOLDER', { cause });
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    folders.delete(folder);
  } catch (cause) {
    throw HIL_ERRORS.create('ERR_HIL_TEMPORARY_FOLDER', { cause });
  }
}

/**
 * Runs `use` with a folder of its own and removes the folder afterwards, whatever happens.
 *
 * @throws {@link SmError} ERR_HIL_TEMPORARY_FOLDER
 */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = make();
  try {
    return await use(folder);
  } finally {
    remove(folder);
  }
}

/** Removes what is there now: for a process that is told to stop. */
export function removeTemporaryFolders(): void {
  for (const folder of [...folders]) remove(folder);
}
