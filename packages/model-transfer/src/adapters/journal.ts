import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAll, writeAtomically } from '../internal/files.ts';
import { MAX_CHUNKS } from '../spec/v1/constants.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import type { TransferJournal } from '../spec/v1/receiver.ts';

/**
 * A journal in a folder: one file of ciphertext per verified chunk. Which files are there
 * is the bitmap; what they hold is checked again when it is read.
 */
export function folderJournal({ folder }: { readonly folder: string }): TransferJournal {
  const place = (packageId: string, index = 0): { readonly folder: string; readonly file: string } => {
    if (!/^[0-9a-f]{64}$/.test(packageId) || !Number.isInteger(index) || index < 0 || index >= MAX_CHUNKS) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PARAMETER_INVALID', { detail: 'parameter=packageId' });
    }
    const own = join(folder, packageId);
    return { folder: own, file: join(own, `${index}.chunk`) };
  };
  return {
    specVersion: '1',
    name: 'folder',
    async load(packageId, index) {
      try {
        return Uint8Array.from(await readFile(place(packageId, index).file));
      } catch {
        return undefined;
      }
    },
    async save(packageId, index, chunk) {
      const { folder: own, file } = place(packageId, index);
      await mkdir(own, { recursive: true, mode: 0o700 });
      await writeAtomically(file, (handle) => writeAll(handle, chunk));
    },
    clear: (packageId) => rm(place(packageId).folder, { recursive: true, force: true }),
  };
}
