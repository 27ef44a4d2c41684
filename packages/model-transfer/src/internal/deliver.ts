import type { Certificate } from '@cssi/pki';
import {
  equalBytes,
  type Secret,
  SM_CORE_ERRORS,
  type Sm3Hash,
  type Sm4Gcm,
  SmError,
  sm3,
  sm3Hash,
  sm4,
} from '@cssi/sm-core';
import { LINK_TYPES, SUPPORTED_LEVELS } from '../spec/v1/constants.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import {
  chunkAssociatedData,
  chunkNonce,
  commitKey,
  contentTag,
  decodeWrap,
  deriveFileKey,
} from '../spec/v1/keys.ts';
import { locateChunk } from '../spec/v1/layout.ts';
import type { Manifest, ManifestFile } from '../spec/v1/manifest.ts';
import type {
  DeviceKey,
  ModelOutput,
  ReceivePolicy,
  TransferJournal,
  TransferProgress,
} from '../spec/v1/receiver.ts';
import { lineOf, markOf, mayFollow, type RollbackStore } from '../spec/v1/rollback.ts';
import type { PackageSource } from '../spec/v1/source.ts';
import { fetchChunks } from './fetch-chunks.ts';
import { readHeader, readLeaves } from './guarded-source.ts';
import { requirePublisher } from './publisher.ts';

/** What a delivery needs. */
export interface Delivery {
  readonly source: PackageSource;
  readonly device: DeviceKey;
  readonly publisherAnchors: readonly Certificate[];
  readonly time: Date;
  readonly state: RollbackStore;
  readonly policy: ReceivePolicy;
  readonly output: ModelOutput;
  readonly journal: TransferJournal | undefined;
  readonly parallel: number;
  readonly attempts: number;
  readonly onProgress: ((progress: TransferProgress) => void) | undefined;
}

const rollback = () => MODEL_TRANSFER_ERRORS.create('ERR_MODEL_ROLLBACK');

/** Is this the kind of package, and the package, that the receiver wants? */
function checkPolicy(manifest: Manifest, { policy, output }: Delivery): void {
  const { level, link } = manifest;
  if (!SUPPORTED_LEVELS.includes(level)) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LEVEL_UNSUPPORTED', { detail: `level=${level}` });
  }
  if (!(policy.levels ?? SUPPORTED_LEVELS).includes(level)) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LEVEL_DENIED', { detail: `level=${level}` });
  }
  if (output.persistent && !(policy.persistentLevels ?? ['L1']).includes(level)) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LEVEL_DENIED', {
      detail: `level=${level} output=persistent`,
    });
  }
  if (!(policy.links ?? LINK_TYPES).includes(link)) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LINK_DENIED', { detail: `link=${link}` });
  }
  const { modelId, publisherId, channel, manifestDigest } = policy.expected ?? {};
  if (
    (modelId ?? manifest.modelId) !== manifest.modelId ||
    (publisherId ?? manifest.publisherId) !== manifest.publisherId ||
    (channel ?? manifest.channel) !== manifest.channel ||
    !equalBytes(manifestDigest ?? manifest.digest, manifest.digest)
  ) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_UNEXPECTED');
  }
}

/** The content key, once the device, the binding and the commitment are right. */
async function unwrapKey(manifest: Manifest, device: DeviceKey, time: Date): Promise<Secret> {
  const fingerprint = sm3(device.certificate);
  const grant = manifest.recipients.find((recipient) => equalBytes(recipient.device, fingerprint));
  if (grant === undefined) throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_NOT_RECIPIENT');
  if (grant.notAfter <= time) throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_EXPIRED', { detail: 'grant' });
  const binding = { coreDigest: manifest.coreDigest, device: fingerprint, notAfter: grant.notAfter };
  const contentKey = decodeWrap(binding, await device.unwrap(grant.wrappedKey));
  if (!equalBytes(commitKey(contentKey, manifest.salt), manifest.keyCommitment)) {
    contentKey.destroy();
    throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
  }
  return contentKey;
}

/** Decrypts the chunks of one file as they come. */
class FileOpener {
  readonly #file: ManifestFile;
  readonly #digest: Sm3Hash = sm3Hash();
  readonly #gcm: Sm4Gcm;
  readonly #noncePrefix: Uint8Array;

  constructor(file: ManifestFile, manifest: Manifest, contentKey: Secret) {
    const { key, noncePrefix } = deriveFileKey(contentKey, manifest.salt, manifest.coreDigest, file.id);
    this.#file = file;
    this.#noncePrefix = noncePrefix;
    this.#gcm = sm4.gcm(key);
    key.destroy();
  }

  open(index: number, chunk: Uint8Array): Uint8Array {
    const { id, chunkCount } = this.#file;
    const nonce = chunkNonce(this.#noncePrefix, index, chunkCount);
    const plaintext = this.#gcm.open(nonce, chunk, chunkAssociatedData(id, index, chunkCount));
    this.#digest.update(plaintext);
    return plaintext;
  }

  /** Compares the digest of the whole file. */
  finish(manifest: Manifest, contentKey: Secret): void {
    const { id, size, contentTag: expected } = this.#file;
    const plaintextSm3 = this.#digest.digest();
    const tag = contentTag(contentKey, manifest.salt, manifest.coreDigest, { id, size, plaintextSm3 });
    if (!equalBytes(tag, expected)) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_CONTENT_WRONG', { detail: `file=${id}` });
    }
  }

  close(): void {
    this.#gcm.destroy();
  }
}

/** Failures of an output that is not ours become coded errors. */
async function toOutput(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (cause) {
    if (cause instanceof SmError) throw cause;
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_OUTPUT_FAILED', { cause });
  }
}

async function openChunks(
  delivery: Delivery,
  manifest: Manifest,
  leaves: Uint8Array,
  contentKey: Secret,
): Promise<void> {
  const { output, source, parallel, attempts, journal, onProgress } = delivery;
  let opener: FileOpener | undefined;
  let number = 0;
  try {
    for await (const { chunk, progress } of fetchChunks({
      source,
      manifest,
      leaves,
      parallel,
      attempts,
      journal,
    })) {
      const { file, index } = locateChunk(manifest, number++);
      opener ??= new FileOpener(file, manifest, contentKey);
      const plaintext = opener.open(index, chunk);
      try {
        await toOutput(() => output.write(file.id, plaintext));
      } finally {
        plaintext.fill(0);
      }
      if (index === file.chunkCount - 1) {
        opener.finish(manifest, contentKey);
        opener.close();
        opener = undefined;
      }
      onProgress?.(progress);
    }
  } finally {
    opener?.close();
  }
}

/**
 * Fetches, checks and opens a package. The order of the checks follows the client of The
 * Update Framework: nothing is used before it was verified, and nothing is remembered
 * before everything was.
 *
 * @throws SmError with the code of the first check that fails
 */
export async function deliver(delivery: Delivery): Promise<Manifest> {
  const { source, device, time, state, output } = delivery;
  // 1. Manifest: bounded, canonical, known algorithms.
  const signed = await readHeader(source);
  const { manifest } = signed;
  // 2. Publisher: certificate path and usages, identity, signature. 3. Dates.
  requirePublisher(signed, { anchors: delivery.publisherAnchors, time });
  // 4. Level, link type, the package that was asked for.
  checkPolicy(manifest, delivery);
  // 5. Recipient. 6. Content key with its binding and commitment.
  const contentKey = await unwrapKey(manifest, device, time);
  try {
    // 7. Rollback.
    if (!mayFollow(await state.read(lineOf(manifest)), markOf(manifest))) throw rollback();
    // 8. Leaves against the signed roots. 9. Each chunk against its leaf, then decryption.
    const leaves = await readLeaves(source, manifest);
    await toOutput(() => output.begin(manifest));
    try {
      // 10. Digest of each whole file.
      await openChunks(delivery, manifest, leaves, contentKey);
      // 11. Only now the high-water mark; it fails when a newer package came in meanwhile.
      await state.raise(lineOf(manifest), markOf(manifest));
      // 12. Only now anybody sees the plaintext. A cut between 11 and 12 is harmless: the
      // same package may be received again.
      await toOutput(() => output.commit());
    } catch (error) {
      await output.abort().catch(() => {});
      throw error;
    }
    return manifest;
  } finally {
    contentKey.destroy();
  }
}
