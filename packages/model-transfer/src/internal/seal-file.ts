import { type Secret, sm3Hash, sm4 } from '@cssi/sm-core';
import { chunkAssociatedData, chunkNonce, contentTag, deriveFileKey } from '../spec/v1/keys.ts';
import type { ManifestFile } from '../spec/v1/manifest.ts';
import { MerkleBuilder, merkleLeaf } from '../spec/v1/merkle.ts';
import { cutInput, type PackInput } from './pack-input.ts';

/** What every file of a package shares. */
export interface SealContext {
  readonly contentKey: Secret;
  readonly salt: Uint8Array;
  readonly coreDigest: Uint8Array;
}

/** Takes the chunks of a package as they are made. */
export type ChunkSink = (ciphertext: Uint8Array, leaf: Uint8Array) => Promise<void>;

/**
 * Encrypts one file chunk after chunk.
 *
 * @throws SmError ERR_MODEL_INPUT_CHANGED, ERR_MODEL_INPUT_UNREADABLE
 */
export async function sealFile(
  file: Pick<ManifestFile, 'id' | 'size' | 'chunkBytes' | 'chunkCount'>,
  input: PackInput,
  { contentKey, salt, coreDigest }: SealContext,
  sink: ChunkSink,
): Promise<Pick<ManifestFile, 'merkleRoot' | 'contentTag'>> {
  const { key, noncePrefix } = deriveFileKey(contentKey, salt, coreDigest, file.id);
  const gcm = sm4.gcm(key);
  key.destroy();
  const digest = sm3Hash();
  const tree = new MerkleBuilder();
  let index = 0;
  try {
    for await (const plaintext of cutInput(input, file.size, file.chunkBytes)) {
      digest.update(plaintext);
      const sealed = gcm.seal(
        chunkNonce(noncePrefix, index, file.chunkCount),
        plaintext,
        chunkAssociatedData(file.id, index, file.chunkCount),
      );
      const leaf = merkleLeaf(index, sealed);
      tree.add(leaf);
      await sink(sealed, leaf);
      index++;
    }
  } finally {
    gcm.destroy();
  }
  const plaintextSm3 = digest.digest();
  return {
    merkleRoot: tree.root(),
    contentTag: contentTag(contentKey, salt, coreDigest, { id: file.id, size: file.size, plaintextSm3 }),
  };
}
