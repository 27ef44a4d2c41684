import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../spec/v1/errors.ts';
import {
  DURABILITY,
  type Durability,
  MARKER,
  makeFolder,
  NO_LINK,
  SYNCED_WRITES,
  syncFolder,
} from './durability.ts';

/** An open file. */
export interface StoreFile {
  size(): number;
  /** Fills `buffer` from `position` on; how many bytes there were. */
  read(position: number, buffer: Uint8Array): number;
  /** Writes all of `bytes`. */
  write(position: number, bytes: Uint8Array): void;
  truncate(size: number): void;
  /** Contents and size are on the disk when it returns. */
  sync(): void;
  /** Nothing the second time. */
  close(): void;
}

/** Files of one folder, synchronous. What a store needs of an operating system, and no more. */
export interface StoreFiles {
  /** Names of the files; none when there is no folder. */
  list(): readonly string[];
  /** @throws {@link SmError} ERR_TEE_STORAGE also when it does not exist (or exists, with `create`) */
  open(name: string, create: boolean): StoreFile;
  /** Replaces `to`. */
  rename(from: string, to: string): void;
  remove(name: string): void;
  /** Names are on the disk when it returns. */
  syncFolder(): void;
}

/** A step that changes the disk, for tests that stop in front of it. */
export type StoreStep = 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'sync-folder';

/** Runs a file operation; its failure is ERR_TEE_STORAGE and shows the cause's code, never a path. */
function attempt<T>(step: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof SmError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_STORAGE', { detail: `step=${step} reason=${code}` });
  }
}

class NodeFile implements StoreFile {
  readonly #handle: number;
  readonly #durability: Durability;
  readonly #before: (step: StoreStep) => void;
  #isOpen = true;

  constructor(handle: number, durability: Durability, before: (step: StoreStep) => void) {
    this.#handle = handle;
    this.#durability = durability;
    this.#before = before;
  }

  size(): number {
    return attempt('size', () => fstatSync(this.#handle).size);
  }

  read(position: number, buffer: Uint8Array): number {
    return attempt('read', () => {
      let length = 0;
      while (length < buffer.length) {
        const got = readSync(this.#handle, buffer, length, buffer.length - length, position + length);
        if (got === 0) break;
        length += got;
      }
      return length;
    });
  }

  write(position: number, bytes: Uint8Array): void {
    this.#before('write');
    attempt('write', () => {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(this.#handle, bytes, at, bytes.length - at, position + at);
      }
    });
  }

  truncate(size: number): void {
    this.#before('truncate');
    attempt('truncate', () => ftruncateSync(this.#handle, size));
  }

  sync(): void {
    this.#before('sync');
    if (this.#durability === 'calls') attempt('sync', () => fdatasyncSync(this.#handle));
  }

  close(): void {
    // The number may be another file's by then.
    if (!this.#isOpen) return;
    this.#isOpen = false;
    attempt('close', () => closeSync(this.#handle));
  }
}

/**
 * The files of a folder on the disk, readable by their owner only. The folder is made when the
 * first file is.
 *
 * @param before - called in front of each step that changes the disk; what it throws, the step throws
 */
export function nodeStoreFiles(
  folder: string,
  before: (step: StoreStep) => void = () => {},
  durability: Durability = DURABILITY,
): StoreFiles {
  const flags = constants.O_RDWR | NO_LINK | (durability === 'writes' ? SYNCED_WRITES : 0);
  const creating = flags | constants.O_CREAT | constants.O_EXCL;
  return {
    list: () =>
      attempt('list', () => {
        try {
          return readdirSync(folder).filter((name) => name !== MARKER);
        } catch (cause) {
          if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
          throw cause;
        }
      }),
    open: (name, create) => {
      if (create) before('create');
      return attempt('open', () => {
        if (create) makeFolder(folder, durability);
        const handle = openSync(join(folder, name), create ? creating : flags, 0o600);
        return new NodeFile(handle, durability, before);
      });
    },
    rename: (from, to) => {
      before('rename');
      attempt('rename', () => renameSync(join(folder, from), join(folder, to)));
    },
    remove: (name) => {
      before('remove');
      attempt('remove', () => unlinkSync(join(folder, name)));
    },
    syncFolder: () => {
      before('sync-folder');
      attempt('sync-folder', () => syncFolder(folder, durability));
    },
  };
}
