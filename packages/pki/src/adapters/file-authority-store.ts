import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SmError } from '@cssi/sm-core';
import { lockFolder } from '../authority/folder-lock.ts';
import { JournalWriter, readJournal } from '../authority/journal.ts';
import { stateProblem } from '../authority/records.ts';
import { storeOnState } from '../authority/store-on-state.ts';
import { type StoreChange, StoreState } from '../authority/store-state.ts';
import type { AuthorityStore } from '../spec/v1/authority.ts';

const JOURNAL = 'journal';
const TEMPORARY = 'journal.tmp';
/** A journal is written anew at the start when at least this many of its lines say nothing any more. */
const MAX_STALE_LINES = 1000;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function readOrEmpty(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return new Uint8Array(0);
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts a journal of the state alone in the place of the old one: the rename is all or nothing. */
async function rewrite(folder: string, state: StoreState): Promise<JournalWriter> {
  const writer = new JournalWriter();
  const handle = await open(join(folder, TEMPORARY), 'w', 0o600);
  try {
    for (const change of state.changes()) await handle.appendFile(writer.line(change));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(join(folder, TEMPORARY), join(folder, JOURNAL));
  await syncFolder(folder);
  return writer;
}

interface Opened {
  readonly state: StoreState;
  readonly writer: JournalWriter;
  readonly handle: FileHandle;
}

async function openJournal(folder: string, maxStaleLines: number): Promise<Opened> {
  await rm(join(folder, TEMPORARY), { force: true });
  const bytes = await readOrEmpty(join(folder, JOURNAL));
  const read = readJournal(bytes);
  const state = new StoreState();
  for (const change of read.records) state.apply(change as StoreChange);
  let needed = 0;
  for (const _ of state.changes()) needed++;
  const stale = read.records.length - needed >= maxStaleLines;
  const writer = stale ? await rewrite(folder, state) : read.writer;
  const handle = await open(join(folder, JOURNAL), 'a', 0o600);
  try {
    if (!stale && read.length < bytes.length) await handle.truncate(read.length);
    await handle.sync();
    await syncFolder(folder);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { state, writer, handle };
}

/** Options of {@link fileAuthorityStore}. */
export interface FileAuthorityStoreOptions {
  /** Outdated lines of the journal from which on it is written anew at the start; 1000 when left out. */
  readonly maxStaleLines?: number;
}

/**
 * An {@link AuthorityStore} in a folder of a local file system. One journal file holds every
 * change as one line that is on the disk before the call answers; a kill between any two
 * writes leaves a state that was answered for, and at most one change more. Everything is
 * held in memory too, some kilobytes per certificate. A second process, or a second store on
 * the folder, is refused. After a write error the store refuses every call until it is
 * opened anew.
 *
 * Not on Windows. It notices damage, not a forger who may write to the folder.
 *
 * @param folder - made when missing, for the owner alone; its parent exists
 * @throws {@link SmError} ERR_PKI_AUTHORITY_STATE when the folder is in use, damaged or not accessible
 */
export async function fileAuthorityStore(
  folder: string,
  options: FileAuthorityStoreOptions = {},
): Promise<AuthorityStore> {
  let release: (() => Promise<void>) | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    release = await lockFolder(folder);
    const { state, writer, handle } = await openJournal(folder, options.maxStaleLines ?? MAX_STALE_LINES);
    const unlock = release;
    return storeOnState(state, {
      name: 'file',
      commit: async (change) => {
        await handle.appendFile(writer.line(change));
        await handle.datasync();
      },
      close: async () => {
        await handle.close();
        await unlock();
      },
    });
  } catch (error) {
    await release?.();
    if (error instanceof SmError) throw error;
    throw stateProblem('store-unavailable', error);
  }
}
