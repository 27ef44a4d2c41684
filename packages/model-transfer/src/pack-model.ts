import { type FileHandle, open, rm } from 'node:fs/promises';
import { SmError } from '@cssi/sm-core';
import {
  type BuiltPackage,
  buildPackage,
  type PackRequest,
  type Publisher,
} from './internal/build-package.ts';
import { temporaryBeside, writeAll, writeAtomically } from './internal/files.ts';
import { containerLayout, encodePrelude, encodeTrailer } from './spec/v1/container.ts';
import { MODEL_TRANSFER_ERRORS } from './spec/v1/errors.ts';
import type { Manifest } from './spec/v1/manifest.ts';

/** A package file that was made. */
export interface PackedModel {
  readonly path: string;
  readonly manifest: Manifest;
  /** Length of the file. */
  readonly bytes: number;
}

/** A package that is kept in memory: for small payloads, and for tests. */
export interface MemoryPackage extends BuiltPackage {
  readonly chunks: readonly Uint8Array[];
}

const COPY_BYTES = 1 << 20;

async function copyAll(from: FileHandle, to: FileHandle): Promise<void> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (let position = 0; ; ) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    await writeAll(to, buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/**
 * Packs files into one encrypted and signed package file (打包).
 *
 * The manifest comes first in the file but holds Merkle roots that are known last. So the
 * ciphertext goes to a temporary file beside `output` first and is copied behind the header
 * then; plaintext is never written. Memory does not grow with the files but for 32 bytes
 * per chunk. `output` appears whole or not at all.
 *
 * @param request - what to pack; its `output` is the path of the package file, and a file that is there already is replaced
 * @throws {@link SmError} ERR_MODEL_PARAMETER_INVALID, ERR_MODEL_MANIFEST_INVALID, ERR_MODEL_NAME_UNSAFE,
 * ERR_MODEL_LIMIT, ERR_MODEL_LEVEL_UNSUPPORTED, ERR_MODEL_RECIPIENT_INVALID, ERR_MODEL_INPUT_CHANGED,
 * ERR_MODEL_INPUT_UNREADABLE, ERR_MODEL_SIGNATURE_WRONG, ERR_MODEL_OUTPUT_FAILED
 */
export async function packModel(
  request: PackRequest & { readonly output: string },
  publisher: Publisher,
): Promise<PackedModel> {
  const spoolPath = temporaryBeside(request.output);
  try {
    const spool = await open(spoolPath, 'wx+', 0o600);
    try {
      const { header, leaves, manifest } = await buildPackage(request, publisher, (sealed) =>
        writeAll(spool, sealed),
      );
      const { total } = containerLayout(header.length, manifest);
      await writeAtomically(request.output, async (file) => {
        await writeAll(file, encodePrelude(header.length));
        await writeAll(file, header);
        await copyAll(spool, file);
        await writeAll(file, leaves);
        await writeAll(file, encodeTrailer(header, leaves, total));
      });
      return { path: request.output, manifest, bytes: total };
    } finally {
      await spool.close();
      await rm(spoolPath, { force: true });
    }
  } catch (cause) {
    if (cause instanceof SmError) throw cause;
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_OUTPUT_FAILED', { cause });
  }
}

/**
 * Packs files into memory.
 *
 * @throws {@link SmError} as {@link packModel}, without those of the output
 */
export async function packModelInMemory(request: PackRequest, publisher: Publisher): Promise<MemoryPackage> {
  const chunks: Uint8Array[] = [];
  const built = await buildPackage(request, publisher, async (sealed) => {
    chunks.push(sealed);
  });
  return { ...built, chunks };
}
