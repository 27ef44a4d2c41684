import type { Certificate } from '@cssi/pki';
import type { CallContext, OperationHandler } from '@cssi/security-service-api';
import { equalBytes, fromBase64, fromHex, toBase64, toHex } from '@cssi/sm-core';
import { requirePublisher } from './internal/publisher.ts';
import { unknownPackage } from './internal/stored-package.ts';
import { CLOCK_TOLERANCE_MS, SUPPORTED_LEVELS } from './spec/v1/constants.ts';
import { MODEL_TRANSFER_ERRORS } from './spec/v1/errors.ts';
import type { Manifest, ManifestRecipient } from './spec/v1/manifest.ts';
import { decodeHeader } from './spec/v1/manifest-codec.ts';
import {
  MAX_LISTED_RECEIPTS,
  type modelChunkOperation,
  type modelLeavesOperation,
  type modelListOperation,
  type modelManifestOperation,
  type modelOfferChunkOperation,
  type modelOfferCommitOperation,
  type modelOfferOperation,
  type modelReceiptOperation,
  type modelReceiptsOperation,
} from './spec/v1/operations.ts';
import { decodeReceipt, encodeStatement, receiptSignedBytes, receiptStatement } from './spec/v1/receipt.ts';
import type { PackageOwner, PackageStore, StoredPackage } from './spec/v1/store.ts';
import { receiptIsSigned } from './verify-receipt.ts';

/** What {@link createModelHandlers} works with. */
export interface ModelHandlerDeps {
  readonly store: PackageStore;
  /** Certificates that publishers' certificates must lead to; asked at each offer. */
  readonly publisherAnchors: () => Promise<readonly Certificate[]> | readonly Certificate[];
}

/** Handlers of the operations of this layer, by the operation's name. */
export interface ModelHandlers {
  readonly 'model.offer': OperationHandler<typeof modelOfferOperation>;
  readonly 'model.offer.chunk': OperationHandler<typeof modelOfferChunkOperation>;
  readonly 'model.offer.commit': OperationHandler<typeof modelOfferCommitOperation>;
  readonly 'model.list': OperationHandler<typeof modelListOperation>;
  readonly 'model.manifest': OperationHandler<typeof modelManifestOperation>;
  readonly 'model.leaves': OperationHandler<typeof modelLeavesOperation>;
  readonly 'model.chunk': OperationHandler<typeof modelChunkOperation>;
  readonly 'model.receipt': OperationHandler<typeof modelReceiptOperation>;
  readonly 'model.receipts': OperationHandler<typeof modelReceiptsOperation>;
}

/** Tenant and user of the caller. Nobody without a tenant owns or gets packages. */
function ownerOf({ principal }: CallContext): PackageOwner {
  if (principal === undefined || principal.tenantId === null) throw unknownPackage();
  return { tenantId: principal.tenantId, userId: principal.userId };
}

/** What every audit record of a transfer says. */
const noteOf = ({ modelId, epoch, version, level, link, payloadClass }: Manifest) => ({
  model: modelId,
  epoch,
  version,
  level,
  link,
  payloadClass,
});

/** The grant of the caller; devices of other tenants have none. */
function grantOf(
  { manifest, owner }: StoredPackage,
  { principal }: CallContext,
): ManifestRecipient | undefined {
  if (principal === undefined || principal.tenantId !== owner.tenantId) return undefined;
  const device = fromHex(principal.certificateFingerprint);
  return manifest.recipients.find((grant) => equalBytes(grant.device, device));
}

/** Is this the receipt of `device` for exactly this manifest, dated within reason and signed? */
function isReceiptFor(manifest: Manifest, device: string, receipt: Uint8Array, now: Date): boolean {
  const { certificate, signedBytes, statement } = decodeReceipt(receipt);
  const { receivedAt } = statement;
  const expected = encodeStatement(receiptStatement(manifest, certificate, receivedAt));
  const afterwards = receivedAt.getTime() >= manifest.created.getTime() - CLOCK_TOLERANCE_MS;
  const past = receivedAt.getTime() <= now.getTime() + CLOCK_TOLERANCE_MS;
  return (
    afterwards &&
    past &&
    toHex(statement.device) === device &&
    equalBytes(receiptSignedBytes(expected), signedBytes) &&
    receiptIsSigned(receipt)
  );
}

const summaryOf = ({ packageId, manifest }: StoredPackage) => ({
  packageId,
  modelId: manifest.modelId,
  publisherId: manifest.publisherId,
  channel: manifest.channel,
  epoch: manifest.epoch,
  version: manifest.version,
  level: manifest.level,
  link: manifest.link,
  payloadClass: manifest.payloadClass,
  created: manifest.created.toISOString(),
  expires: manifest.expires.toISOString(),
  files: manifest.files.length,
  chunks: manifest.chunkCount,
});

/**
 * Handlers over a package store. Offers are checked like a device checks them, a package
 * becomes visible only when all of it was verified, and only the listed recipients of the
 * same tenant fetch it, with calls signed with SM2. Whoever may not see a package is told
 * that there is none.
 */
export function createModelHandlers({ store, publisherAnchors }: ModelHandlerDeps): ModelHandlers {
  /** The package, when the caller is one of its recipients and signs its calls with SM2. */
  async function granted(packageId: string, context: CallContext): Promise<StoredPackage> {
    if (context.signing !== 'sm2-sm3') {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SIGNING_MODE');
    }
    const stored = await store.find(packageId);
    if (stored === undefined || grantOf(stored, context) === undefined) throw unknownPackage();
    context.note({ object: packageId, detail: noteOf(stored.manifest) });
    return stored;
  }

  /** As `granted`, while package and grant last. */
  async function fetchable(packageId: string, context: CallContext): Promise<StoredPackage> {
    const stored = await granted(packageId, context);
    // A grant never lasts longer than its package.
    if (grantOf(stored, context)!.notAfter <= context.time) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_EXPIRED');
    }
    return stored;
  }

  return {
    async 'model.offer'({ header }, context) {
      const owner = ownerOf(context);
      const headerBytes = fromBase64(header);
      const signed = decodeHeader(headerBytes);
      const { manifest } = signed;
      context.note({ object: toHex(manifest.digest), detail: noteOf(manifest) });
      requirePublisher(signed, { anchors: await publisherAnchors(), time: context.time });
      if (!SUPPORTED_LEVELS.includes(manifest.level)) {
        throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LEVEL_UNSUPPORTED', {
          detail: `level=${manifest.level}`,
        });
      }
      const { packageId, missing } = await store.stage(headerBytes, owner, context.time);
      return { packageId, chunks: manifest.chunkCount, missing: [...missing] };
    },

    async 'model.offer.chunk'({ packageId, index }, context) {
      context.note({ object: packageId, detail: { chunk: index } });
      await store.putChunk(packageId, ownerOf(context), index, context.body);
      return { packageId, index };
    },

    async 'model.offer.commit'({ packageId }, context) {
      context.note({ object: packageId });
      const { manifest, committedAt } = await store.commit(packageId, ownerOf(context), context.time);
      context.note({ object: packageId, detail: noteOf(manifest) });
      return { packageId, chunks: manifest.chunkCount, committedAt: committedAt.toISOString() };
    },

    async 'model.list'({ after, limit }, context) {
      const owner = ownerOf(context);
      const device = context.principal?.roles.includes('device') === true;
      const mine = (await store.list()).filter(
        (stored) =>
          stored.packageId > after &&
          (device ? grantOf(stored, context) !== undefined : stored.owner.tenantId === owner.tenantId),
      );
      return { packages: mine.slice(0, limit).map(summaryOf) };
    },

    async 'model.manifest'({ packageId }, context) {
      await fetchable(packageId, context);
      return (await store.open(packageId)).manifest();
    },

    async 'model.leaves'({ packageId }, context) {
      await fetchable(packageId, context);
      return (await store.open(packageId)).leaves();
    },

    async 'model.chunk'({ packageId, index }, context) {
      const { manifest } = await fetchable(packageId, context);
      context.note({ object: packageId, detail: { ...noteOf(manifest), chunk: index } });
      return (await store.open(packageId)).chunk(index);
    },

    async 'model.receipt'({ packageId, receipt }, context) {
      const { manifest } = await granted(packageId, context);
      const bytes = fromBase64(receipt);
      const device = context.principal?.certificateFingerprint ?? '';
      if (!isReceiptFor(manifest, device, bytes, context.time)) {
        throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_RECEIPT_INVALID');
      }
      const { statement } = decodeReceipt(bytes);
      await store.putReceipt(packageId, device, bytes);
      return { packageId, receivedAt: statement.receivedAt.toISOString() };
    },

    async 'model.receipts'({ packageId, after }, context) {
      context.note({ object: packageId });
      const { tenantId } = ownerOf(context);
      const stored = await store.find(packageId);
      if (stored === undefined || stored.owner.tenantId !== tenantId) throw unknownPackage();
      const page = [...(await store.receipts(packageId))]
        .filter(([device]) => device > after)
        .slice(0, MAX_LISTED_RECEIPTS);
      return { receipts: page.map(([device, receipt]) => ({ device, receipt: toBase64(receipt) })) };
    },
  };
}
