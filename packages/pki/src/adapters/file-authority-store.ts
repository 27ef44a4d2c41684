import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SmError } from '@cssi/sm-core';
import { lockFolder } from '../authority/folder-lock.ts';
import { JournalFile, syncFolder } from '../authority/journal-file.ts';
import { stateProblem } from '../authority/records.ts';
import { storeOnState } from '../authority/store-on-state.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { AuthorityStore } from '../spec/v1/authority.ts';

const MAX_STALE_LINES = 1000;
const MAX_STALE_BYTES = 16_777_216;

/** Options of {@link fileAuthorityStore}. */
export interface FileAuthorityStoreOptions {
  /** Outdated lines of the journal from which on it is written anew at the start, 0 or more; 1000 when left out. */
  readonly maxStaleLines?: number;
  /**
   * Outdated bytes of the journal from which on it is written anew, at the start and while it
   * grows, 1 or more, once they are more than half of it; 16 MiB when left out.
   */
  readonly maxStaleBytes?: number;
}

function bound(value: unknown, least: number, field: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });
}

/** Makes the folder and its parents; each new one is on the disk before anything is in it. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const end = dirname(resolve(first));
  for (let at = dirname(resolve(folder)); ; at = dirname(at)) {
    await syncFolder(at);
    if (at === end || at === dirname(at)) return;
  }
}

/**
 * An {@link AuthorityStore} in a folder of a local file system. One journal file holds every
 * change as one line that is on the disk before the call answers; a kill between any two
 * writes leaves a state that was answered for, and at most one change more. It is written
 * anew when much of it is outdated, so that old revocation lists do not pile up. Everything
 * is held in memory too, some kilobytes per certificate. A second process, or a second store
 * on the folder, is refused. After a write error the store refuses every call until it is
 * opened anew.
 *
 * Not on Windows. It notices damage, not a forger who may write to the folder.
 *
 * @param folder - made when missing, with its parents, each for the owner alone
 * @throws {@link SmError} ERR_PKI_AUTHORITY_STATE when the folder is in use, damaged or not
 * accessible, ERR_PKI_REQUEST_INVALID for options out of bounds
 */
export async function fileAuthorityStore(
  folder: string,
  options: FileAuthorityStoreOptions = {},
): Promise<AuthorityStore> {
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) bound(undefined, 0, 'folder');
  const { maxStaleLines = MAX_STALE_LINES, maxStaleBytes = MAX_STALE_BYTES } = options ?? {};
  const limits = {
    lines: bound(maxStaleLines, 0, 'maxStaleLines'),
    bytes: bound(maxStaleBytes, 1, 'maxStaleBytes'),
  };
  let release: (() => Promise<void>) | undefined;
  try {
    await makeFolder(folder);
    release = await lockFolder(folder);
    const journal = await JournalFile.open(folder, limits);
    const unlock = release;
    return storeOnState(journal.state, {
      name: 'file',
      commit: (change) => journal.append(change),
      close: async () => {
        try {
          await journal.close();
        } finally {
          await unlock();
        }
      },
    });
  } catch (error) {
    await release?.();
    if (error instanceof SmError) throw error;
    throw stateProblem('store-unavailable', error);
  }
}
