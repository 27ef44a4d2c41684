import { type FileHandle, open } from 'node:fs/promises';
import { SmError } from '@cssi/sm-core';
import { readExactly } from '../internal/files.ts';
import {
  checkTrailer,
  containerLayout,
  decodePrelude,
  PRELUDE_BYTES,
  TRAILER_BYTES,
} from '../spec/v1/container.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { leavesBytesOf, locateChunk } from '../spec/v1/layout.ts';
import { decodeHeader } from '../spec/v1/manifest-codec.ts';
import type { PackageSource } from '../spec/v1/source.ts';

const malformed = (reason: string) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PACKAGE_MALFORMED', { detail: `reason=${reason}` });

async function need(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = await readExactly(file, position, length);
  if (bytes === undefined) throw malformed('truncated');
  return bytes;
}

async function read(file: FileHandle): Promise<PackageSource> {
  const headerBytes = decodePrelude(await need(file, 0, PRELUDE_BYTES));
  const header = await need(file, PRELUDE_BYTES, headerBytes);
  const { manifest } = decodeHeader(header);
  const layout = containerLayout(headerBytes, manifest);
  // Compared before anything of a declared size is allocated.
  if ((await file.stat()).size !== layout.total) throw malformed('length');
  const leaves = await need(file, layout.leaves, leavesBytesOf(manifest));
  checkTrailer(await need(file, layout.trailer, TRAILER_BYTES), header, leaves, layout.total);
  return {
    specVersion: '1',
    name: 'file',
    manifest: async () => Uint8Array.from(header),
    leaves: async () => Uint8Array.from(leaves),
    async chunk(index) {
      const { cipherOffset, cipherBytes } = locateChunk(manifest, index);
      try {
        return await need(file, layout.chunks + cipherOffset, cipherBytes);
      } catch (cause) {
        if (cause instanceof SmError) throw cause;
        throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SOURCE_UNAVAILABLE', { cause });
      }
    },
    close: () => file.close(),
  };
}

/**
 * A source over a package file. Checks the frame of the file (lengths, trailer), not the
 * signature. Keeps the file open until it is closed.
 *
 * @throws {@link SmError} ERR_MODEL_PACKAGE_MALFORMED, ERR_MODEL_SOURCE_UNAVAILABLE, the codes of a malformed header
 */
export async function filePackageSource(path: string): Promise<PackageSource> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await read(file);
  } catch (cause) {
    await file?.close();
    if (cause instanceof SmError) throw cause;
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SOURCE_UNAVAILABLE', { cause });
  }
}
