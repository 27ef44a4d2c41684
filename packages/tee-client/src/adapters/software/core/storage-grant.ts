import { canonicalJson, concatBytes, type JsonValue, parseJson, type Sm2KeyPair, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { MIGRATION_LIMITS, type MigrationFile } from '../../../spec/v1/migration.ts';
import { strictJson } from '../../../spec/v1/strict-json.ts';
import type { StorageAdoption } from '../domain-protocol.ts';
import { isStoreFile } from '../migration-files.ts';
import { ADOPTION_BYTES, decodeAdoption, encodeAdoption } from './adopted-storage.ts';
import { openFromCore, sealToDomain } from './domain-seal.ts';
import type { StorageSummary } from './transfers.ts';

const KEY_BYTES = 32;
const ASSOCIATED_DATA = /* @__PURE__ */ utf8('cssi-tee storage grant 1');
const MAX_JSON = 16_384;

const malformed = (reason: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_PACKAGE', { detail: `reason=${reason}`, cause });
const json = strictJson(malformed);

/** What a domain needs to open the storage of an application without running it. To be zeroed. */
export interface StorageGrant {
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** 32 bytes, of the link its answer comes over. */
  readonly linkKey: Uint8Array;
  /** What the storage has to be that came from another device. */
  readonly adoption: StorageAdoption | undefined;
}

/** @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID */
export function sealStorageGrant(
  recipient: Uint8Array,
  { seed, linkKey, adoption }: StorageGrant,
): Uint8Array {
  const plain = concatBytes(seed, linkKey, encodeAdoption(adoption));
  try {
    return sealToDomain(recipient, plain, ASSOCIATED_DATA);
  } finally {
    plain.fill(0);
  }
}

/** @throws {@link SmError} ERR_TEE_CHANNEL */
export function openStorageGrant(pair: Sm2KeyPair, sealed: Uint8Array): StorageGrant {
  const plain = openFromCore(pair, sealed, ASSOCIATED_DATA, 2 * KEY_BYTES + ADOPTION_BYTES, 'storage-grant');
  try {
    return {
      seed: plain.slice(0, KEY_BYTES),
      linkKey: plain.slice(KEY_BYTES, 2 * KEY_BYTES),
      adoption: decodeAdoption(plain.subarray(2 * KEY_BYTES)),
    };
  } finally {
    plain.fill(0);
  }
}

export const encodeSummary = (summary: StorageSummary): Uint8Array =>
  canonicalJson(summary as unknown as JsonValue);

/** @throws {@link SmError} ERR_TEE_MIGRATION_PACKAGE */
export function readFiles(value: unknown): readonly MigrationFile[] {
  const files = json.list(value, 'files', MIGRATION_LIMITS.files).map((item): MigrationFile => {
    const read = json.fields(item, ['name', 'size', 'digest']);
    const name = json.text(read.name, 'name', 32);
    if (!isStoreFile(name)) throw malformed('name');
    return {
      name,
      size: json.integer(read.size, 'size', 0, MIGRATION_LIMITS.fileBytes),
      digest: json.digest(read.digest, 'digest'),
    };
  });
  json.unique(
    files.map(({ name }) => name),
    'files',
  );
  return files;
}

/** @throws {@link SmError} ERR_TEE_MIGRATION_PACKAGE */
export function decodeSummary(bytes: Uint8Array): StorageSummary {
  let value: unknown;
  try {
    value = parseJson(bytes, MAX_JSON);
  } catch (cause) {
    throw malformed('storage', cause);
  }
  const read = json.fields(value, ['head', 'files']);
  return { head: json.digest(read.head, 'head'), files: readFiles(read.files) };
}
