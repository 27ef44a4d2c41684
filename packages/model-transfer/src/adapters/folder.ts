import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@cssi/sm-core';
import { syncFolder, writeAll, writeAtomically } from '../internal/files.ts';
import { checkLeaves } from '../internal/guarded-source.ts';
import {
  decodeMeta,
  encodeMeta,
  isFingerprint,
  manifestNamed,
  onDisk,
  PACKAGE_ID,
  type PackageMeta,
  unknownPackage,
} from '../internal/stored-package.ts';
import { MAX_MISSING } from '../spec/v1/constants.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { cipherBytesOf, leavesBytesOf, locateChunk } from '../spec/v1/layout.ts';
import type { Manifest } from '../spec/v1/manifest.ts';
import { decodeHeader } from '../spec/v1/manifest-codec.ts';
import { merkleLeaf } from '../spec/v1/merkle.ts';
import type { PackageSource } from '../spec/v1/source.ts';
import type { PackageOwner, PackageStore, StoredPackage } from '../spec/v1/store.ts';

/** Settings of {@link folderPackageStore}. */
export interface FolderStoreOptions {
  readonly folder: string;
  /** Most bytes of ciphertext, unfinished uploads included; 64 GiB when left out. */
  readonly maxBytes?: number;
  /** Most committed packages; 1,024 when left out. */
  readonly maxPackages?: number;
  /** Most unfinished uploads of one tenant; 4 when left out. */
  readonly maxUploadsPerTenant?: number;
  /** An upload that is older is removed when the next one starts; 24 when left out. */
  readonly uploadHours?: number;
}

/** What {@link folderPackageStore} works with. */
export interface FolderStoreDeps {
  /** Told of every folder that is not a whole package and is left out. */
  readonly onDamaged?: (packageId: string, error: unknown) => void;
}

interface Upload extends PackageMeta {
  readonly manifest: Manifest;
  readonly have: Set<number>;
  /** Chunks that are being written. */
  writing: number;
  committing: boolean;
}

const quota = (detail: string) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_QUOTA', { detail: `limit=${detail}` });

/**
 * Packages in a folder: one folder per package with a file per chunk. Uploads are in a
 * folder of their own and are moved by one rename when they are whole. One process at a
 * time: it keeps the index in memory.
 *
 * @throws {@link SmError} ERR_MODEL_STORE_UNAVAILABLE
 */
export async function folderPackageStore(
  options: FolderStoreOptions,
  deps: FolderStoreDeps = {},
): Promise<PackageStore> {
  const maxBytes = options.maxBytes ?? 64 * 2 ** 30;
  const maxPackages = options.maxPackages ?? 1024;
  const maxUploadsPerTenant = options.maxUploadsPerTenant ?? 4;
  const uploadMs = (options.uploadHours ?? 24) * 3_600_000;
  const staging = join(options.folder, 'staging');
  const committed = join(options.folder, 'packages');
  const receipts = join(options.folder, 'receipts');
  const uploads = new Map<string, Upload>();
  const packages = new Map<string, StoredPackage>();
  const chunkFile = (root: string, packageId: string, index: number) =>
    join(root, packageId, `${String(index).padStart(5, '0')}.chunk`);

  /** Every package folder of `root`; a folder that cannot be read is reported and left out. */
  async function scan(root: string, take: (packageId: string) => Promise<void>): Promise<void> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    for (const packageId of (await readdir(root)).filter((name) => PACKAGE_ID.test(name)).sort()) {
      try {
        await take(packageId);
      } catch (error) {
        deps.onDamaged?.(packageId, error);
      }
    }
  }

  const readFolder = async (root: string, packageId: string) => ({
    manifest: manifestNamed(packageId, await readFile(join(root, packageId, 'header'))),
    meta: decodeMeta(await readFile(join(root, packageId, 'meta.json'))),
  });

  const chunksIn = async (root: string, packageId: string): Promise<Set<number>> => {
    const names = await readdir(join(root, packageId));
    return new Set(
      names.filter((name) => /^[0-9]{5}\.chunk$/.test(name)).map((name) => Number(name.slice(0, 5))),
    );
  };

  async function load(): Promise<void> {
    await mkdir(receipts, { recursive: true, mode: 0o700 });
    await scan(committed, async (packageId) => {
      const { manifest, meta } = await readFolder(committed, packageId);
      checkLeaves(manifest, await readFile(join(committed, packageId, 'leaves')));
      if ((await chunksIn(committed, packageId)).size !== manifest.chunkCount) throw unknownPackage();
      packages.set(packageId, { packageId, manifest, owner: meta.owner, committedAt: meta.time });
    });
    await scan(staging, async (packageId) => {
      const { manifest, meta } = await readFolder(staging, packageId);
      const have = await chunksIn(staging, packageId);
      uploads.set(packageId, { ...meta, manifest, have, writing: 0, committing: false });
    });
  }

  const missingOf = ({ manifest, have }: Upload): number[] => {
    const missing: number[] = [];
    for (let i = 0; i < manifest.chunkCount && missing.length < MAX_MISSING; i++)
      if (!have.has(i)) missing.push(i);
    return missing;
  };

  /** The open upload of this owner. */
  function uploadOf(packageId: string, owner: PackageOwner): Upload {
    const upload = uploads.get(packageId);
    const mine = upload?.owner.tenantId === owner.tenantId && upload.owner.userId === owner.userId;
    if (upload === undefined || !mine || upload.committing) throw unknownPackage();
    return upload;
  }

  async function sweep(now: Date): Promise<void> {
    for (const [packageId, { time, committing }] of [...uploads]) {
      if (committing || now.getTime() - time.getTime() < uploadMs) continue;
      uploads.delete(packageId);
      await rm(join(staging, packageId), { recursive: true, force: true });
    }
  }

  function checkQuota(manifest: Manifest, owner: PackageOwner): void {
    const open = [...uploads.values()];
    const used = [...packages.values(), ...open].reduce((sum, item) => sum + cipherBytesOf(item.manifest), 0);
    if (used + cipherBytesOf(manifest) > maxBytes) throw quota('bytes');
    if (packages.size + open.length >= maxPackages) throw quota('packages');
    const ofTenant = open.filter((upload) => upload.owner.tenantId === owner.tenantId).length;
    if (ofTenant >= maxUploadsPerTenant) throw quota('uploads');
  }

  async function stage(header: Uint8Array, owner: PackageOwner, now: Date) {
    const { manifest } = decodeHeader(header);
    const packageId = toHex(manifest.digest);
    await sweep(now);
    if (packages.has(packageId)) throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PACKAGE_EXISTS');
    if (uploads.has(packageId)) return { packageId, missing: missingOf(uploadOf(packageId, owner)) };
    checkQuota(manifest, owner);
    const upload: Upload = {
      owner: { ...owner },
      time: now,
      manifest,
      have: new Set(),
      writing: 0,
      committing: false,
    };
    // Taken before the first wait, so that two offers at once cannot pass the quota together.
    uploads.set(packageId, upload);
    try {
      const folder = join(staging, packageId);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { mode: 0o700 });
      await writeFile(join(folder, 'header'), header, { mode: 0o600, flush: true });
      await writeFile(join(folder, 'meta.json'), encodeMeta(upload), { mode: 0o600, flush: true });
    } catch (error) {
      uploads.delete(packageId);
      throw error;
    }
    return { packageId, missing: missingOf(upload) };
  }

  async function putChunk(packageId: string, owner: PackageOwner, index: number, chunk: Uint8Array) {
    const upload = uploadOf(packageId, owner);
    if (chunk.length !== locateChunk(upload.manifest, index).cipherBytes) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_CHUNK_WRONG', { detail: `length=${chunk.length}` });
    }
    upload.writing++;
    try {
      await writeAtomically(chunkFile(staging, packageId, index), (file) => writeAll(file, chunk));
      upload.have.add(index);
    } finally {
      upload.writing--;
    }
  }

  /** Digests of what is on the disk, checked against the signed roots. */
  async function leavesOf(packageId: string, upload: Upload): Promise<Uint8Array> {
    const leaves = new Uint8Array(leavesBytesOf(upload.manifest));
    for (let number = 0; number < upload.manifest.chunkCount; number++) {
      const chunk = await readFile(chunkFile(staging, packageId, number));
      leaves.set(merkleLeaf(locateChunk(upload.manifest, number).index, chunk), number * 32);
    }
    try {
      checkLeaves(upload.manifest, leaves);
    } catch (error) {
      // Which chunk is wrong cannot be told from the root, so all of them are sent again.
      upload.have.clear();
      throw error;
    }
    return leaves;
  }

  async function commit(packageId: string, owner: PackageOwner, now: Date): Promise<StoredPackage> {
    const upload = uploadOf(packageId, owner);
    // A chunk that is still being written could replace one that was checked already.
    if (missingOf(upload).length > 0 || upload.writing > 0) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_UPLOAD_INCOMPLETE');
    }
    upload.committing = true;
    try {
      const folder = join(staging, packageId);
      const leaves = await leavesOf(packageId, upload);
      await writeFile(join(folder, 'leaves'), leaves, { mode: 0o600, flush: true });
      await writeAtomically(join(folder, 'meta.json'), (file) =>
        writeAll(file, Buffer.from(encodeMeta({ owner: upload.owner, time: now }))),
      );
      await rename(folder, join(committed, packageId));
      await syncFolder(committed);
    } finally {
      upload.committing = false;
    }
    uploads.delete(packageId);
    const stored: StoredPackage = {
      packageId,
      manifest: upload.manifest,
      owner: upload.owner,
      committedAt: now,
    };
    packages.set(packageId, stored);
    return stored;
  }

  function open(packageId: string): PackageSource {
    const stored = packages.get(packageId);
    if (stored === undefined) throw unknownPackage();
    const part = (name: string) =>
      onDisk(async () => Uint8Array.from(await readFile(join(committed, packageId, name))));
    return {
      specVersion: '1',
      name: 'folder',
      manifest: () => part('header'),
      leaves: () => part('leaves'),
      async chunk(index) {
        locateChunk(stored.manifest, index);
        return onDisk(async () => Uint8Array.from(await readFile(chunkFile(committed, packageId, index))));
      },
      async close() {},
    };
  }

  async function putReceipt(packageId: string, device: string, receipt: Uint8Array): Promise<void> {
    if (!packages.has(packageId) || !isFingerprint(device)) throw unknownPackage();
    const folder = join(receipts, packageId);
    const file = join(folder, `${device}.cbor`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).includes(`${device}.cbor`)) return;
    await writeAtomically(file, (handle) => writeAll(handle, receipt));
  }

  async function readReceipts(packageId: string): Promise<Map<string, Uint8Array>> {
    const folder = join(receipts, packageId);
    if (!packages.has(packageId)) throw unknownPackage();
    const names = await readdir(folder).catch((): string[] => []);
    const found = new Map<string, Uint8Array>();
    for (const name of names.filter((file) => /^[0-9a-f]{64}\.cbor$/.test(file)).sort()) {
      found.set(name.slice(0, 64), Uint8Array.from(await readFile(join(folder, name))));
    }
    return found;
  }

  await onDisk(load);
  return {
    specVersion: '1',
    name: 'folder',
    stage: (header, owner, now) => onDisk(() => stage(header, owner, now)),
    putChunk: (packageId, owner, index, chunk) => onDisk(() => putChunk(packageId, owner, index, chunk)),
    commit: (packageId, owner, now) => onDisk(() => commit(packageId, owner, now)),
    list: async () => [...packages.keys()].sort().map((packageId) => packages.get(packageId)!),
    find: async (packageId) => packages.get(packageId),
    open: async (packageId) => open(packageId),
    putReceipt: (packageId, device, receipt) => onDisk(() => putReceipt(packageId, device, receipt)),
    receipts: (packageId) => onDisk(() => readReceipts(packageId)),
  };
}
