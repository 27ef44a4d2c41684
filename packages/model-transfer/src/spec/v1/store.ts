import type { MODEL_SPEC_VERSION } from './constants.ts';
import type { Manifest } from './manifest.ts';
import type { PackageSource } from './source.ts';

/** Who offered a package. */
export interface PackageOwner {
  readonly tenantId: string;
  readonly userId: string;
}

/** A package in a store. */
export interface StoredPackage {
  /** SM3 of the manifest, hex. */
  readonly packageId: string;
  readonly manifest: Manifest;
  readonly owner: PackageOwner;
  readonly committedAt: Date;
}

/**
 * Where a server keeps packages: ciphertext and manifests only.
 *
 * Guarantee: a package becomes visible in one step, by `commit`, and only when every chunk
 * is there and all of them lead to the Merkle roots of its manifest. Nobody but the owner
 * touches an upload. The store does not look at signatures; its caller does, before
 * `stage`. Failure: nothing became visible. Concurrency: any number of calls at once.
 * Ownership: byte arrays are copied or written before a call resolves.
 *
 * Calls throw {@link SmError} ERR_MODEL_STORE_UNAVAILABLE besides the codes named at each.
 */
export interface PackageStore {
  readonly specVersion: typeof MODEL_SPEC_VERSION;
  readonly name: string;
  /**
   * Opens an upload, or finds the one this owner has open already.
   *
   * @param header - the signed header
   * @returns the package id and the numbers of the chunks that are still missing, at most 1,024 of them
   * @throws {@link SmError} ERR_MODEL_PACKAGE_EXISTS, ERR_MODEL_QUOTA, the codes of a malformed header
   */
  stage(
    header: Uint8Array,
    owner: PackageOwner,
    now: Date,
  ): Promise<{ readonly packageId: string; readonly missing: readonly number[] }>;
  /** @throws {@link SmError} ERR_MODEL_PACKAGE_UNKNOWN, ERR_MODEL_CHUNK_UNKNOWN, ERR_MODEL_CHUNK_WRONG (length) */
  putChunk(packageId: string, owner: PackageOwner, index: number, chunk: Uint8Array): Promise<void>;
  /** @throws {@link SmError} ERR_MODEL_PACKAGE_UNKNOWN, ERR_MODEL_UPLOAD_INCOMPLETE, ERR_MODEL_TREE_WRONG */
  commit(packageId: string, owner: PackageOwner, now: Date): Promise<StoredPackage>;
  /** Committed packages in order of their id. */
  list(): Promise<readonly StoredPackage[]>;
  find(packageId: string): Promise<StoredPackage | undefined>;
  /** @throws {@link SmError} ERR_MODEL_PACKAGE_UNKNOWN */
  open(packageId: string): Promise<PackageSource>;
  /** Keeps the first receipt of a device for a package; a further one of the same device changes nothing. */
  putReceipt(packageId: string, device: string, receipt: Uint8Array): Promise<void>;
  /** Receipts of a package by the hex SM3 of the device certificate. */
  receipts(packageId: string): Promise<ReadonlyMap<string, Uint8Array>>;
}
