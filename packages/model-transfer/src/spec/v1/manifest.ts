import type { AlgorithmSuite, LinkType, ModelLevel, PayloadClass } from './constants.ts';

/** One file of a package, as the manifest describes it. */
export interface ManifestFile {
  /** Position in the package, from 0; goes into keys and associated data. */
  readonly id: number;
  /** One safe path component. */
  readonly name: string;
  /** Length of the plaintext in bytes. */
  readonly size: number;
  /** Plaintext bytes per chunk; the last chunk may be shorter. */
  readonly chunkBytes: number;
  /** Number of chunks and of leaves; an empty file has one empty chunk. */
  readonly chunkCount: number;
  /** Number of the file's first chunk in the package. */
  readonly firstChunk: number;
  /** Root over the encrypted chunks, 32 bytes. */
  readonly merkleRoot: Uint8Array;
  /** Keyed digest of the plaintext, 32 bytes; says nothing to who lacks the content key. */
  readonly contentTag: Uint8Array;
}

/** The content key, wrapped for one device. */
export interface ManifestRecipient {
  /** SM3 of the device certificate, 32 bytes. */
  readonly device: Uint8Array;
  /** SM2Cipher, DER. */
  readonly wrappedKey: Uint8Array;
  /** The grant ends here. */
  readonly notAfter: Date;
}

/**
 * What is fixed before anything is encrypted. Its digest goes into every derived key and
 * every wrapped key, so that neither can be used with another manifest.
 */
export interface ManifestCore {
  readonly format: string;
  readonly specVersion: string;
  readonly suite: AlgorithmSuite;
  readonly modelId: string;
  /** Common name of the publisher's certificate. */
  readonly publisherId: string;
  /** SM3 of the publisher's certificate, 32 bytes. */
  readonly publisherCertificate: Uint8Array;
  readonly channel: string;
  /** Raised when the count of versions starts anew; compared before `version`. */
  readonly epoch: number;
  /** Monotonic: a device refuses what is below the highest it has accepted. */
  readonly version: number;
  readonly created: Date;
  readonly expires: Date;
  readonly level: ModelLevel;
  readonly payloadClass: PayloadClass;
  readonly link: LinkType;
  /** Salt of the key derivation, 32 bytes. */
  readonly salt: Uint8Array;
  /** Commitment to the content key, 32 bytes: SM4-GCM alone does not commit to its key. */
  readonly keyCommitment: Uint8Array;
  /** Digest of the manifest before this one, 32 bytes. */
  readonly previous?: Uint8Array;
  readonly files: readonly Pick<ManifestFile, 'name' | 'size' | 'chunkBytes' | 'chunkCount'>[];
}

/** A manifest (清单) as it was read. */
export interface Manifest extends Omit<ManifestCore, 'files'> {
  readonly files: readonly ManifestFile[];
  readonly recipients: readonly ManifestRecipient[];
  /** Chunks of all files together. */
  readonly chunkCount: number;
  /** SM3 of the encoded core, 32 bytes. */
  readonly coreDigest: Uint8Array;
  /** SM3 of the encoded manifest, 32 bytes; names the package. */
  readonly digest: Uint8Array;
}

/** A manifest with its signature and certificates: the header of a package. */
export interface SignedManifest {
  readonly manifest: Manifest;
  /** The bytes that were signed. */
  readonly manifestBytes: Uint8Array;
  /** SM2 signature, DER SEQUENCE of r and s. */
  readonly signature: Uint8Array;
  /** DER; the publisher's first, then intermediates. */
  readonly certificates: readonly Uint8Array[];
}
