import { SM3_DIGEST_BYTES } from '@cssi/sm-core';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { type HighWaterMark, type ModelLine, mayFollow, type RollbackStore } from '../spec/v1/rollback.ts';
import type { PackageParts, PackageSource } from '../spec/v1/source.ts';

/** A source over the parts of a package in memory. */
export function memoryPackageSource(parts: PackageParts): PackageSource {
  const header = Uint8Array.from(parts.header);
  const leaves = Uint8Array.from(parts.leaves);
  const chunks = parts.chunks.map((chunk) => Uint8Array.from(chunk));
  return {
    specVersion: '1',
    name: 'memory',
    manifest: async () => Uint8Array.from(header),
    leaves: async () => Uint8Array.from(leaves),
    async chunk(index) {
      const chunk = chunks[index];
      if (chunk !== undefined) return Uint8Array.from(chunk);
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_CHUNK_UNKNOWN', { detail: `chunks=${chunks.length}` });
    },
    async close() {},
  };
}

const keyOf = ({ publisherId, channel, modelId }: ModelLine): string =>
  JSON.stringify([publisherId, channel, modelId]);

/** High-water marks that end with the process: for tests, and for payloads that are never kept. */
export function memoryRollbackStore(): RollbackStore {
  const marks = new Map<string, HighWaterMark>();
  return {
    specVersion: '1',
    name: 'memory',
    read: async (line) => marks.get(keyOf(line)),
    async raise(line, mark) {
      if (mark.manifestDigest.length !== SM3_DIGEST_BYTES || !mayFollow(marks.get(keyOf(line)), mark)) {
        throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_ROLLBACK');
      }
      marks.set(keyOf(line), { ...mark, manifestDigest: Uint8Array.from(mark.manifestDigest) });
    },
  };
}
