import { constants } from 'node:fs';
import { mkdir, open, rmdir } from 'node:fs/promises';
import { concatBytes } from '@cssi/sm-core';

const CHUNK_BYTES = 32_768;

/**
 * What the attester needs of the file system.
 *
 * @group Attestation
 */
export interface TsmFiles {
  makeFolder(path: string): Promise<void>;
  /** Removes an entry: the kernel removes its attributes with it. */
  removeFolder(path: string): Promise<void>;
  /** All at once into a file that is there; the kernel takes it when the file is closed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** The whole file; of a longer one than `max` at least one byte more. */
  read(path: string, max: number): Promise<Uint8Array>;
}

/**
 * The file system of this machine.
 *
 * @internal
 */
export const tsmFiles: TsmFiles = {
  makeFolder: async (path) => {
    await mkdir(path);
  },
  removeFolder: (path) => rmdir(path),
  write: async (path, bytes) => {
    // Without O_CREAT: an attribute that is not there is none, and O_TRUNC would be a write of its own.
    const file = await open(path, constants.O_WRONLY);
    try {
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten !== bytes.length) throw new Error('the attribute took a part only');
    } finally {
      await file.close();
    }
  },
  read: async (path, max) => {
    const file = await open(path, constants.O_RDONLY);
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      // An attribute has no length to ask for beforehand.
      while (length <= max) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, null);
        if (bytesRead === 0) break;
        chunks.push(buffer.subarray(0, bytesRead));
        length += bytesRead;
      }
    } finally {
      await file.close();
    }
    return concatBytes(...chunks);
  },
};
