import type { Certificate } from '@cssi/pki';
import { type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { type Delivery, deliver } from './internal/deliver.ts';
import { MAX_MEMORY_BYTES, MemoryOutput, type ModelFiles } from './internal/memory-files.ts';
import { MODEL_TRANSFER_ERRORS } from './spec/v1/errors.ts';
import type { Manifest } from './spec/v1/manifest.ts';
import { encodeReceipt, encodeStatement, receiptSignedBytes, receiptStatement } from './spec/v1/receipt.ts';
import type {
  DeviceKey,
  ModelOutput,
  ReceivePolicy,
  TransferJournal,
  TransferProgress,
} from './spec/v1/receiver.ts';
import type { RollbackStore } from './spec/v1/rollback.ts';
import type { PackageSource } from './spec/v1/source.ts';

/** A device whose key is in software. */
export interface SoftwareDevice {
  /** The device certificate, DER. */
  readonly certificate: Uint8Array;
  readonly keyPair: Sm2KeyPair;
}

/** What {@link openPackage} needs. */
export interface OpenOptions {
  readonly source: PackageSource;
  readonly device: DeviceKey | SoftwareDevice;
  /** Certificates that publishers' certificates must lead to. */
  readonly publisherAnchors: readonly Certificate[];
  readonly time: Date;
  readonly state: RollbackStore;
  readonly policy?: ReceivePolicy;
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Chunks fetched at once, 1 to 64; 4 when left out. */
  readonly parallel?: number;
  /** Attempts per chunk, 1 to 16; 3 when left out. */
  readonly attempts?: number;
  /** Most plaintext kept in memory; 1 GiB when left out. */
  readonly maxMemoryBytes?: number;
}

/** What {@link receiveModel} needs. */
export interface ReceiveOptions extends OpenOptions {
  /** Where plaintext goes; memory when left out. */
  readonly output?: ModelOutput;
  /** Keeps verified ciphertext so that the transfer can go on after a cut. */
  readonly journal?: TransferJournal;
}

/** A package that was opened. */
export interface OpenedPackage {
  readonly manifest: Manifest;
  /** The plaintext; empty when an output was given. The caller destroys it. */
  readonly files: ModelFiles;
}

/** A package that was received. */
export interface ReceivedModel extends OpenedPackage {
  /** The signed delivery receipt, for the publisher. */
  readonly receipt: Uint8Array;
}

function deviceKey(device: DeviceKey | SoftwareDevice): DeviceKey {
  if (!('keyPair' in device)) return device;
  const { certificate, keyPair } = device;
  return {
    certificate,
    signer: { sign: async (message) => sm2.signWith(keyPair, message) },
    unwrap: async (wrappedKey) => sm2.decrypt(keyPair.privateKey, wrappedKey),
  };
}

function bounded(value: number | undefined, name: string, fallback: number, max: number): number {
  const number = value ?? fallback;
  if (Number.isSafeInteger(number) && number >= 1 && number <= max) return number;
  throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PARAMETER_INVALID', { detail: `parameter=${name}` });
}

function plan(options: ReceiveOptions, device: DeviceKey, output: ModelOutput): Delivery {
  return {
    source: options.source,
    device,
    publisherAnchors: options.publisherAnchors,
    time: options.time,
    state: options.state,
    policy: options.policy ?? {},
    output,
    journal: options.journal,
    parallel: bounded(options.parallel, 'parallel', 4, 64),
    attempts: bounded(options.attempts, 'attempts', 3, 16),
    onProgress: options.onProgress,
  };
}

/** Opens into memory unless an output is given. */
async function open(options: ReceiveOptions, device: DeviceKey): Promise<OpenedPackage> {
  const memory = new MemoryOutput(options.maxMemoryBytes ?? MAX_MEMORY_BYTES);
  const manifest = await deliver(plan(options, device, options.output ?? memory));
  return { manifest, files: memory.take() };
}

/**
 * Opens a package that the device keeps, into memory, with all checks of
 * {@link receiveModel}. To be called at every start; the same package may be opened again.
 *
 * @throws {@link SmError} as {@link receiveModel}
 */
export async function openPackage(options: OpenOptions): Promise<OpenedPackage> {
  return open(options, deviceKey(options.device));
}

/**
 * Receives a package from an untrusted source: verifies the publisher, the dates, the
 * policy, the grant of this device and the version before it fetches any chunk, each chunk
 * before it decrypts it, and everything before it remembers the version and hands out the
 * plaintext. Then signs a delivery receipt.
 *
 * @throws {@link SmError} with the code of the first check that fails: ERR_MODEL_CBOR_MALFORMED,
 * ERR_MODEL_MANIFEST_INVALID, ERR_MODEL_SUITE_UNSUPPORTED, ERR_MODEL_PUBLISHER_UNTRUSTED,
 * ERR_MODEL_PUBLISHER_MISMATCH, ERR_MODEL_SIGNATURE_WRONG, ERR_MODEL_NOT_YET_VALID, ERR_MODEL_EXPIRED,
 * ERR_MODEL_LEVEL_DENIED, ERR_MODEL_LEVEL_UNSUPPORTED, ERR_MODEL_LINK_DENIED, ERR_MODEL_UNEXPECTED,
 * ERR_MODEL_NOT_RECIPIENT, ERR_DECRYPT_FAILED, ERR_MODEL_ROLLBACK, ERR_MODEL_TREE_WRONG,
 * ERR_MODEL_CHUNK_WRONG, ERR_MODEL_CONTENT_WRONG, ERR_MODEL_OUTPUT_FAILED
 */
export async function receiveModel(options: ReceiveOptions): Promise<ReceivedModel> {
  const device = deviceKey(options.device);
  const opened = await open(options, device);
  try {
    const { manifest } = opened;
    const statement = encodeStatement(receiptStatement(manifest, device.certificate, options.time));
    const signature = await device.signer.sign(receiptSignedBytes(statement));
    // What is kept for resuming is of no use any more; that it stays does no harm.
    await options.journal?.clear(toHex(manifest.digest)).catch(() => {});
    return { ...opened, receipt: encodeReceipt(statement, signature, device.certificate) };
  } catch (error) {
    opened.files.destroy();
    throw error;
  }
}
