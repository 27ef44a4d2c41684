import { SmError } from '@cssi/sm-core';
import { MAX_HEADER_BYTES } from '../spec/v1/constants.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { leavesBytesOf, locateChunk } from '../spec/v1/layout.ts';
import type { Manifest, SignedManifest } from '../spec/v1/manifest.ts';
import { decodeHeader } from '../spec/v1/manifest-codec.ts';
import { matchesLeaf, merkleRoot } from '../spec/v1/merkle.ts';
import type { PackageSource } from '../spec/v1/source.ts';

/** Asks a source; whatever it does wrong becomes a coded error. */
async function ask(question: () => Promise<Uint8Array>): Promise<Uint8Array> {
  let answer: unknown;
  try {
    answer = await question();
  } catch (cause) {
    if (cause instanceof SmError) throw cause;
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SOURCE_UNAVAILABLE', { cause });
  }
  if (answer instanceof Uint8Array) return answer;
  throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SOURCE_UNAVAILABLE', { detail: 'answer=not-bytes' });
}

/** Reads the signed header of a source. Nothing in it is trusted yet. */
export async function readHeader(source: PackageSource): Promise<SignedManifest> {
  const header = await ask(() => source.manifest());
  if (header.length > MAX_HEADER_BYTES) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LIMIT', { detail: `header=${header.length}` });
  }
  return decodeHeader(header);
}

/**
 * Reads the leaves and checks them against the roots of the manifest.
 *
 * @throws SmError ERR_MODEL_TREE_WRONG
 */
export async function readLeaves(source: PackageSource, manifest: Manifest): Promise<Uint8Array> {
  const leaves = await ask(() => source.leaves());
  checkLeaves(manifest, leaves);
  return leaves;
}

/**
 * Do these leaves lead to the roots of the manifest?
 *
 * @throws SmError ERR_MODEL_TREE_WRONG
 */
export function checkLeaves(manifest: Manifest, leaves: Uint8Array): void {
  if (leaves.length !== leavesBytesOf(manifest)) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_TREE_WRONG', { detail: `length=${leaves.length}` });
  }
  for (const { firstChunk, chunkCount, merkleRoot: expected, id } of manifest.files) {
    const root = merkleRoot(leaves.subarray(firstChunk * 32, (firstChunk + chunkCount) * 32));
    if (!root.every((byte, i) => byte === expected[i])) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_TREE_WRONG', { detail: `file=${id}` });
    }
  }
}

/** Is `chunk` the chunk `number` that the checked leaves stand for? */
export function isRightChunk(
  manifest: Manifest,
  leaves: Uint8Array,
  number: number,
  chunk: unknown,
): chunk is Uint8Array {
  const { index, cipherBytes } = locateChunk(manifest, number);
  return (
    chunk instanceof Uint8Array &&
    chunk.length === cipherBytes &&
    matchesLeaf(leaves.subarray(number * 32, number * 32 + 32), index, chunk)
  );
}

/** Failures that asking again cannot mend. */
const FINAL = new Set(['denied', 'unauthenticated', 'not-found', 'unsupported', 'input', 'limit']);

/**
 * Fetches one chunk and checks it; a wrong or missing answer is asked for again.
 *
 * @param onRetry - called before each further attempt
 * @throws SmError ERR_MODEL_CHUNK_WRONG, or the last error of the source
 */
export async function fetchChunk(
  source: PackageSource,
  manifest: Manifest,
  leaves: Uint8Array,
  number: number,
  attempts: number,
  onRetry: () => void = () => {},
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    try {
      const chunk = await ask(() => source.chunk(number));
      if (isRightChunk(manifest, leaves, number, chunk)) return chunk;
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_CHUNK_WRONG', { detail: `chunk=${number}` });
    } catch (error) {
      if (attempt >= attempts || (error instanceof SmError && FINAL.has(error.category))) throw error;
      onRetry();
    }
  }
}
