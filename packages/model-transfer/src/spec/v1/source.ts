import type { MODEL_SPEC_VERSION } from './constants.ts';

/**
 * Where a package comes from: a file, a server, a neighbour.
 *
 * Guarantee: none. A source is untrusted; whoever reads from it checks the signature, the
 * Merkle tree and every chunk. An honest source answers with the exact bytes of one
 * package, and keeps answering for that package until it is closed.
 * Failure: a coded error; ERR_MODEL_CHUNK_UNKNOWN for a number that the package does not
 * have, ERR_MODEL_SOURCE_UNAVAILABLE (or a code of the transport) when it cannot answer.
 * Concurrency: any number of calls at once, in any order, repeated or not.
 * Ownership: the caller owns the bytes it gets; the source keeps no view of them.
 */
export interface PackageSource {
  readonly specVersion: typeof MODEL_SPEC_VERSION;
  /** Shown in reports. */
  readonly name: string;
  /** The signed header: manifest, signature, certificates. At most `MAX_HEADER_BYTES`. */
  manifest(): Promise<Uint8Array>;
  /** Digests of all chunks in order, 32 bytes each. */
  leaves(): Promise<Uint8Array>;
  /** Ciphertext and tag of one chunk, counted through the package from 0. */
  chunk(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The parts of a package. */
export interface PackageParts {
  /** The signed header. */
  readonly header: Uint8Array;
  readonly leaves: Uint8Array;
  readonly chunks: readonly Uint8Array[];
}
