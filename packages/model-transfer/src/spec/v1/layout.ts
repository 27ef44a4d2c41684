import { SM3_DIGEST_BYTES } from '@cssi/sm-core';
import { CHUNK_TAG_BYTES } from './constants.ts';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';
import type { Manifest, ManifestFile } from './manifest.ts';

/** Where a chunk of a package belongs. */
export interface ChunkPlace {
  readonly file: ManifestFile;
  /** Number inside the file. */
  readonly index: number;
  /** First byte of the chunk in the plaintext of the file. */
  readonly plainOffset: number;
  readonly plainBytes: number;
  /** First byte of the chunk in the ciphertext of all files. */
  readonly cipherOffset: number;
  /** Plaintext and tag. */
  readonly cipherBytes: number;
}

/** Bytes of ciphertext of one file. */
const fileCipherBytes = (file: ManifestFile): number => file.size + file.chunkCount * CHUNK_TAG_BYTES;

/** Bytes of ciphertext of all files. */
export function cipherBytesOf(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + fileCipherBytes(file), 0);
}

/** Bytes of the list of leaves. */
export function leavesBytesOf(manifest: Manifest): number {
  return manifest.chunkCount * SM3_DIGEST_BYTES;
}

/**
 * Finds a chunk by its number in the package.
 *
 * @throws {@link SmError} ERR_MODEL_CHUNK_UNKNOWN
 */
export function locateChunk(manifest: Manifest, number: number): ChunkPlace {
  if (Number.isSafeInteger(number) && number >= 0) {
    let cipherStart = 0;
    for (const file of manifest.files) {
      const index = number - file.firstChunk;
      if (index < file.chunkCount) {
        const plainOffset = index * file.chunkBytes;
        const plainBytes = Math.min(file.chunkBytes, file.size - plainOffset);
        return {
          file,
          index,
          plainOffset,
          plainBytes,
          cipherOffset: cipherStart + plainOffset + index * CHUNK_TAG_BYTES,
          cipherBytes: plainBytes + CHUNK_TAG_BYTES,
        };
      }
      cipherStart += fileCipherBytes(file);
    }
  }
  throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_CHUNK_UNKNOWN', { detail: `chunks=${manifest.chunkCount}` });
}
