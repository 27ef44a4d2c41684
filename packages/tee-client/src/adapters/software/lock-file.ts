import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { storage } from './files.ts';

const LOCK = 'lock';

/** Start time of a process in clock ticks (Linux only): tells a reused process id from the old owner. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name may hold spaces and brackets; the fields after it are counted from its end.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(owner: string): boolean {
  const [pidText, started = ''] = owner.split(' ');
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = startTime(pid);
  return started === '' || now === '' || now === started;
}

/**
 * Makes the lock. It gets its name only with its contents in it: an empty lock would look like that
 * of a dead owner, and whoever saw it in that moment would take it over.
 */
function create(path: string, owner: string): boolean {
  const prepared = `${path}.${randomUUID()}`;
  try {
    writeFileSync(prepared, owner, { flag: 'wx', mode: 0o600 });
    linkSync(prepared, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(prepared, { force: true });
  }
}

/** Moves a dead owner's lock away. Gives it back when it turns out to be someone else's by now. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, 'latin1') !== stale) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process holds the lock: the one moved away is its owner's loss, and ours.
    }
  }
  unlinkSync(aside);
}

/**
 * Takes the exclusive lock of a folder and returns what releases it. A lock whose process is gone
 * is taken over.
 *
 * @throws {@link SmError} ERR_TEE_LOCKED, ERR_TEE_STORAGE
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK);
  // The random part tells two locks of one process apart.
  const owner = `${process.pid} ${startTime(process.pid)} ${randomUUID()}`;
  storage('lock', () => {
    if (create(path, owner)) return;
    const current = readFileSync(path, 'latin1');
    if (isAlive(current)) throw TEE_CLIENT_ERRORS.create('ERR_TEE_LOCKED');
    removeStale(path, current);
    if (!create(path, owner)) throw TEE_CLIENT_ERRORS.create('ERR_TEE_LOCKED');
  });
  return () => {
    try {
      if (readFileSync(path, 'latin1') === owner) unlinkSync(path);
    } catch {
      // The folder is gone or the lock was removed by hand: nothing is left to release.
    }
  };
}
