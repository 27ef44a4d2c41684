import type { ServiceClient } from '@cssi/security-service-api';
import { fromBase64, toBase64 } from '@cssi/sm-core';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { decodeHeader } from '../spec/v1/manifest-codec.ts';
import {
  modelChunkOperation,
  modelLeavesOperation,
  modelManifestOperation,
  modelOfferChunkOperation,
  modelOfferCommitOperation,
  modelOfferOperation,
  modelReceiptOperation,
  modelReceiptsOperation,
} from '../spec/v1/operations.ts';
import type { PackageSource } from '../spec/v1/source.ts';

/** What of a service client is used here. */
export type ModelClient = Pick<ServiceClient, 'call'>;

/**
 * A source over the service: HTTPS or any other transport of the client. The client must be
 * logged in with the device certificate and signing mode `sm2-sm3`. Closing the source
 * leaves the client open.
 *
 * @param packageId - SM3 of the manifest, hex
 */
export function httpPackageSource(
  { packageId }: { readonly packageId: string },
  client: ModelClient,
): PackageSource {
  return {
    specVersion: '1',
    name: 'service',
    manifest: () => client.call(modelManifestOperation, { packageId }),
    leaves: () => client.call(modelLeavesOperation, { packageId }),
    chunk: (index) => client.call(modelChunkOperation, { packageId, index }),
    async close() {},
  };
}

/** How far an upload is. */
export interface OfferProgress {
  readonly chunksSent: number;
  /** Chunks of the package; those that an earlier upload had sent are among them. */
  readonly chunks: number;
}

/**
 * Offers a package through the service: header, chunks, commit. Called again after a cut it
 * sends only what is missing.
 *
 * @param source - where the package is read from, for example a file
 * @returns the package id
 * @throws {@link SmError} the codes of the operations `model.offer`, `model.offer.chunk` and `model.offer.commit`
 */
export async function offerPackage(
  source: PackageSource,
  client: ModelClient,
  onProgress: (progress: OfferProgress) => void = () => {},
): Promise<string> {
  const headerBytes = await source.manifest();
  const { manifest } = decodeHeader(headerBytes);
  const header = toBase64(headerBytes);
  let chunksSent = 0;
  for (;;) {
    // The service names a bounded number of missing chunks at a time.
    const { packageId, chunks, missing } = await client.call(modelOfferOperation, { header });
    if (missing.length === 0) {
      await client.call(modelOfferCommitOperation, { packageId });
      return packageId;
    }
    if (chunksSent >= manifest.chunkCount) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_UPLOAD_INCOMPLETE', { detail: 'reason=chunks-vanish' });
    }
    for (const index of missing) {
      await client.call(modelOfferChunkOperation, { packageId, index }, await source.chunk(index));
      onProgress({ chunksSent: ++chunksSent, chunks });
    }
  }
}

/** Hands a delivery receipt in. */
export async function sendReceipt(
  packageId: string,
  receipt: Uint8Array,
  client: ModelClient,
): Promise<void> {
  await client.call(modelReceiptOperation, { packageId, receipt: toBase64(receipt) });
}

/** All delivery receipts of a package by the hex SM3 of the device certificate. */
export async function fetchReceipts(
  packageId: string,
  client: ModelClient,
): Promise<Map<string, Uint8Array>> {
  const all = new Map<string, Uint8Array>();
  for (let after = ''; ; ) {
    const { receipts } = await client.call(modelReceiptsOperation, { packageId, after });
    for (const { device, receipt } of receipts) all.set(device, fromBase64(receipt));
    const last = receipts.at(-1)?.device;
    // A page that does not move on would be asked for for ever.
    if (last === undefined || last <= after) return all;
    after = last;
  }
}
