/**
 * Protected AI model packages (模型包): packing, verification, delivery to a device with
 * protection against rollback, delivery receipts, and the operations that carry packages
 * through the service.
 *
 * @packageDocumentation
 */
export { describeManifest, type PackageDescription } from './describe.ts';
export { MODEL_TRANSFER_ERRORS, type ModelTransferErrorCode } from './errors.ts';
export { createModelHandlers, type ModelHandlerDeps, type ModelHandlers } from './handlers.ts';
export type { PackFile, PackProgress, PackRequest, Publisher } from './internal/build-package.ts';
export { ModelFiles } from './internal/memory-files.ts';
export type { PackInput } from './internal/pack-input.ts';
export { type MemoryPackage, type PackedModel, packModel, packModelInMemory } from './pack-model.ts';
export {
  type OpenedPackage,
  type OpenOptions,
  openPackage,
  type ReceivedModel,
  type ReceiveOptions,
  receiveModel,
  type SoftwareDevice,
} from './receive-model.ts';
export {
  type AlgorithmSuite,
  DEFAULT_CHUNK_BYTES,
  LINK_TYPES,
  type LinkType,
  MAX_CHUNK_BYTES,
  MAX_CHUNKS,
  MAX_FILES,
  MAX_HEADER_BYTES,
  MAX_RECIPIENTS,
  MIN_CHUNK_BYTES,
  MODEL_LEVELS,
  type ModelLevel,
  PAYLOAD_CLASSES,
  type PayloadClass,
  SMP1_SUITE,
  SUPPORTED_LEVELS,
} from './spec/v1/constants.ts';
export { encodePackageFile } from './spec/v1/container.ts';
export type { Manifest, ManifestFile, ManifestRecipient, SignedManifest } from './spec/v1/manifest.ts';
export { decodeHeader } from './spec/v1/manifest-codec.ts';
export {
  FETCH_PERMISSION,
  LIST_PERMISSION,
  MODEL_OPERATIONS,
  modelOperations,
  PUBLISH_PERMISSION,
} from './spec/v1/operations.ts';
export { decodeReceipt, type Receipt, type ReceiptStatement } from './spec/v1/receipt.ts';
export type {
  DeviceKey,
  ModelOutput,
  ReceivePolicy,
  TransferJournal,
  TransferProgress,
} from './spec/v1/receiver.ts';
export type { HighWaterMark, ModelLine, RollbackStore } from './spec/v1/rollback.ts';
export type { PackageParts, PackageSource } from './spec/v1/source.ts';
export type { PackageOwner, PackageStore, StoredPackage } from './spec/v1/store.ts';
export { type PackageVerdict, type VerifyOptions, verifyPackage } from './verify-package.ts';
export { type ReceiptVerdict, type VerifyReceiptOptions, verifyReceipt } from './verify-receipt.ts';
