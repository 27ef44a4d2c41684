import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { normalizeUuid, type TeecUuid } from '../../spec/v1/uuid.ts';

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

/** The folder of an application inside the TEE's. */
export const applicationFolder = (folder: string, uuid: TeecUuid): string =>
  join(folder, 'ta', normalizeUuid(uuid));

/** The folder of the software TEE inside the data folder, made when it is not there. */
export function teeFolder(dataDir: string): string {
  return ownerFolder(join(dataDir, 'tee'));
}

/**
 * Makes a folder that only its owner may enter, when it is not there. One that is there is made so;
 * a link would lead what is written here to where somebody else wants it, so it is refused.
 *
 * @throws {@link SmError} ERR_TEE_STORAGE
 */
export function ownerFolder(folder: string): string {
  return storage('folder', () => {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const found = lstatSync(folder);
    if (!found.isDirectory()) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: 'step=folder reason=link' });
    }
    // Windows has no such bits.
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) chmodSync(folder, OWNER_ONLY_FOLDER);
    return folder;
  });
}
