import { sm3Hash, toHex } from '@cssi/sm-core';
import type { StoreFiles } from '../../runtime/storage/store-files.ts';
import type { MigrationFile } from '../../spec/v1/migration.ts';

const READ_BYTES = 1 << 20;
/** A store below that is never written anew. */
const SMALL_STORE_BYTES = 8 << 20;
/** Files of an object store, see `runtime/storage`. */
const STORE_FILE = /^(?:counter|log\.[1-9]\d{0,14})$/;

/** True for a name that a store gives its files. */
export const isStoreFile = (name: string): boolean => STORE_FILE.test(name);

/**
 * How long the files of a store may be that holds `used` bytes of its quota: what was overwritten is
 * still in the log until it is written anew.
 */
export const storeRoom = (used: number): number => 4 * used + SMALL_STORE_BYTES;

/** Size and SM3 of a file. */
export function digestFile(files: StoreFiles, name: string): MigrationFile {
  const file = files.open(name, false);
  try {
    const size = file.size();
    const hash = sm3Hash();
    const buffer = new Uint8Array(READ_BYTES);
    for (let at = 0; at < size; ) {
      const got = file.read(at, buffer);
      if (got === 0) break;
      hash.update(buffer.subarray(0, got));
      at += got;
    }
    return { name, size, digest: toHex(hash.digest()) };
  } finally {
    file.close();
  }
}

/** The store's files in the order of their names. */
export const storeFiles = (files: StoreFiles): readonly MigrationFile[] =>
  files
    .list()
    .filter(isStoreFile)
    .sort()
    .map((name) => digestFile(files, name));
