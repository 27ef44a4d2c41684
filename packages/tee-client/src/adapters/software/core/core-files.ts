import { statSync } from 'node:fs';
import { join } from 'node:path';
import { nodeStoreFiles, type StoreFiles, type StoreStep } from '../../../runtime/storage/object-store.ts';

/** The core's folder: `huk.key`, bundles and the audit log in it, the sealed store in `state` below. */
export interface CoreFiles {
  readonly folder: StoreFiles;
  readonly state: StoreFiles;
  /** True when group or others have any right on the file. Windows has no such bits. */
  isOpenToOthers(name: string): boolean;
}

/** @param before - called in front of each step that changes the disk, for tests that stop there */
export function nodeCoreFiles(folder: string, before: (step: StoreStep) => void = () => {}): CoreFiles {
  return {
    folder: nodeStoreFiles(folder, before),
    state: nodeStoreFiles(join(folder, 'state'), before),
    isOpenToOthers: (name) =>
      process.platform !== 'win32' && (statSync(join(folder, name)).mode & 0o077) !== 0,
  };
}

/** The file, or `undefined` without one. Of a longer file `maxBytes` + 1 bytes, so that it shows. */
export function readWhole(files: StoreFiles, name: string, maxBytes: number): Uint8Array | undefined {
  if (!files.list().includes(name)) return undefined;
  const file = files.open(name, false);
  try {
    const buffer = new Uint8Array(Math.min(file.size(), maxBytes + 1));
    const length = file.read(0, buffer);
    return length === buffer.length ? buffer : buffer.slice(0, length);
  } finally {
    file.close();
  }
}

/** Makes or replaces a file so that a crash leaves the old one, the new one or none, on disk. */
export function writeWhole(files: StoreFiles, name: string, contents: Uint8Array): void {
  const temporary = `${name}.tmp`;
  removeIfPresent(files, temporary);
  const file = files.open(temporary, true);
  try {
    file.write(0, contents);
    file.sync();
  } finally {
    file.close();
  }
  files.rename(temporary, name);
  files.syncFolder();
}

export function removeIfPresent(files: StoreFiles, name: string): void {
  if (files.list().includes(name)) files.remove(name);
}
