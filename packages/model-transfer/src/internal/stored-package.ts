import { fromHex, parseJson, SmError, toHex } from '@cssi/sm-core';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import type { Manifest } from '../spec/v1/manifest.ts';
import { decodeHeader } from '../spec/v1/manifest-codec.ts';
import type { PackageOwner } from '../spec/v1/store.ts';

/** Name of a package and of its folder. */
export const PACKAGE_ID: RegExp = /^[0-9a-f]{64}$/;

/** What a folder says of its package besides the header. */
export interface PackageMeta {
  readonly owner: PackageOwner;
  /** Start of the upload, or time of the commit. */
  readonly time: Date;
}

/** Text of {@link PackageMeta}. */
export function encodeMeta({ owner, time }: PackageMeta): string {
  const { tenantId, userId } = owner;
  return JSON.stringify({ specVersion: '1', tenantId, userId, time: time.toISOString() });
}

/**
 * Reads {@link PackageMeta}.
 *
 * @throws SmError ERR_MODEL_STORE_UNAVAILABLE
 */
export function decodeMeta(bytes: Uint8Array): PackageMeta {
  const meta = parseJson(bytes, 4096) as Record<string, unknown>;
  const { tenantId, userId, time } = meta;
  if (typeof tenantId !== 'string' || typeof userId !== 'string' || typeof time !== 'string') {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_STORE_UNAVAILABLE', { detail: 'meta' });
  }
  return { owner: { tenantId, userId }, time: new Date(time) };
}

/**
 * The manifest of a header that was found under `packageId`.
 *
 * @throws SmError when it is another package's or malformed
 */
export function manifestNamed(packageId: string, header: Uint8Array): Manifest {
  const { manifest } = decodeHeader(header);
  if (toHex(manifest.digest) === packageId) return manifest;
  throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_STORE_UNAVAILABLE', { detail: 'digest' });
}

/** The error of a package that is not there, or not for the caller. */
export const unknownPackage = () => MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PACKAGE_UNKNOWN');

/** Failures of the file system become the one code of a store that does not work. */
export async function onDisk<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof SmError) throw cause;
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_STORE_UNAVAILABLE', { cause });
  }
}

/** True for the hex SM3 of a certificate. */
export const isFingerprint = (text: string): boolean => PACKAGE_ID.test(text) && fromHex(text).length === 32;
