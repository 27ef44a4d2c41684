import type { CertificateSigner } from '@cssi/pki';
import type { LinkType, MODEL_SPEC_VERSION, ModelLevel } from './constants.ts';
import type { Manifest } from './manifest.ts';

/**
 * The key of a device (设备密钥), in software or in hardware.
 *
 * Guarantee: `unwrap` fails with ERR_DECRYPT_FAILED and nothing else, whatever is wrong
 * with its input. The caller owns and zeroes what `unwrap` returns.
 */
export interface DeviceKey {
  /** The device certificate, DER. */
  readonly certificate: Uint8Array;
  readonly signer: Pick<CertificateSigner, 'sign'>;
  /** SM2 decryption of a DER SM2Cipher. */
  unwrap(wrappedKey: Uint8Array): Promise<Uint8Array>;
}

/** What a receiver accepts. */
export interface ReceivePolicy {
  /** L1 and L2 when left out. */
  readonly levels?: readonly ModelLevel[];
  /** Levels whose plaintext may go to a persistent output; L1 only when left out. */
  readonly persistentLevels?: readonly ModelLevel[];
  /** All when left out. */
  readonly links?: readonly LinkType[];
  /** The package that was asked for; what is left out is not compared. */
  readonly expected?: {
    readonly modelId?: string;
    readonly publisherId?: string;
    readonly channel?: string;
    /** SM3 of the manifest. */
    readonly manifestDigest?: Uint8Array;
  };
}

/**
 * Where plaintext goes.
 *
 * Guarantee: nothing is visible to anybody else before `commit` resolves, and after
 * `abort` nothing is left. Calls come one after the other; `write` gets the files in order
 * and each file from its start to its end. The bytes given to `write` are zeroed after it
 * resolves: the output copies what it keeps.
 */
export interface ModelOutput {
  readonly specVersion: typeof MODEL_SPEC_VERSION;
  readonly name: string;
  /** True when plaintext reaches a disk. */
  readonly persistent: boolean;
  begin(manifest: Manifest): Promise<void>;
  write(fileId: number, plaintext: Uint8Array): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * Keeps verified ciphertext of an unfinished transfer, so that it can go on after a cut.
 *
 * Guarantee: none needed. What `load` returns is checked like the answer of a source, so a
 * wrong or lost chunk costs a fetch and nothing else. Only ciphertext is kept.
 */
export interface TransferJournal {
  readonly specVersion: typeof MODEL_SPEC_VERSION;
  readonly name: string;
  /** @param packageId - SM3 of the manifest, hex */
  load(packageId: string, index: number): Promise<Uint8Array | undefined>;
  save(packageId: string, index: number, chunk: Uint8Array): Promise<void>;
  clear(packageId: string): Promise<void>;
}

/** How far a transfer is. */
export interface TransferProgress {
  readonly chunksDone: number;
  readonly chunks: number;
  /** Chunks that the journal had. */
  readonly resumed: number;
  /** Chunks that had to be fetched again because they were wrong or did not come. */
  readonly retried: number;
}
