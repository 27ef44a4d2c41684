import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * How changes come to the disk: `calls` by fsync, `writes` by files whose every write is on the disk
 * when it returns. Node's permission model takes fsync away, so there it has to be `writes`.
 */
export type Durability = 'calls' | 'writes';

/** What this process can do. */
export const DURABILITY: Durability =
  (process as { readonly permission?: unknown }).permission === undefined ? 'calls' : 'writes';

/** Flag of files under `writes`. Node does not list libuv's for Windows, but hands it on. */
export const SYNCED_WRITES: number =
  process.platform === 'win32' ? 0x04000000 : (constants.O_DSYNC ?? constants.O_SYNC);
/** A link would lead elsewhere what is written here. */
export const NO_LINK: number = constants.O_NOFOLLOW ?? 0;

/** Written where a folder cannot be synced; not one of the store's files. */
export const MARKER = '.sync';

/** Names in the folder are on the disk when it returns. */
export function syncFolder(folder: string, durability: Durability): void {
  // Windows opens no folders; its file systems journal names themselves.
  if (process.platform === 'win32') return;
  if (durability === 'writes') {
    commitNames(folder);
    return;
  }
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * A synced write behind the change of a name. File systems with a journal (ext4, XFS) commit in order,
 * so the name is on the disk with it; POSIX alone does not promise that.
 *
 * The marker's size changes each time: a write that changes nothing of the file itself commits nothing
 * but its own block. It takes no new block, so that a store can be opened on a disk that is full.
 */
function commitNames(folder: string): void {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_SYNC | NO_LINK;
  const handle = openSync(join(folder, MARKER), flags, 0o600);
  try {
    ftruncateSync(handle, fstatSync(handle).size === 1 ? 2 : 1);
    writeSync(handle, '.', 0);
  } finally {
    closeSync(handle);
  }
}

/** Makes the folder, with its name on the disk. */
export function makeFolder(folder: string, durability: Durability): void {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let path = resolve(folder); made !== undefined && path.length >= made.length; path = dirname(path)) {
    syncFolder(dirname(path), durability);
  }
}
