import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** A file that only grows. */
export interface AppendFile {
  /** Length in bytes. */
  readonly length: number;
  /** Appends all bytes. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes everything appended survive a loss of power. */
  sync(): Promise<void>;
  /** True while the path still leads to this file, at the length it was written to. */
  inPlace(): Promise<boolean>;
  close(): Promise<void>;
}

/** How the log reaches its files; tests put a failing disk here. */
export interface AuditFiles {
  /** Opens a file for appending, cut to `length` first; 0 makes it when missing. */
  openAppend(path: string, length: number): Promise<AppendFile>;
  /** Makes a new name in the folder durable. */
  syncFolder(folder: string): Promise<void>;
}

class NodeAppendFile implements AppendFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #length: number;

  constructor(path: string, handle: FileHandle, length: number) {
    this.#path = path;
    this.#handle = handle;
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written);
      written += bytesWritten;
    }
    this.#length += bytes.length;
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async inPlace(): Promise<boolean> {
    const mine = await this.#handle.stat();
    const there = await stat(this.#path).catch(() => undefined);
    return there?.ino === mine.ino && there.dev === mine.dev && mine.size === this.#length;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** The files of the host. */
export const nodeAuditFiles: AuditFiles = {
  openAppend: async (path, length) => {
    // O_APPEND: even a stray second writer could not overwrite what is there.
    const flags = constants.O_WRONLY | constants.O_APPEND | (length === 0 ? constants.O_CREAT : 0);
    const handle = await open(path, flags, 0o600);
    try {
      const { size } = await handle.stat();
      if (size !== length) {
        await handle.truncate(length);
        await handle.sync();
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new NodeAppendFile(path, handle, length);
  },
  syncFolder: async (folder) => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
