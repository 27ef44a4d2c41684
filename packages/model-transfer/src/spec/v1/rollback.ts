import { equalBytes } from '@cssi/sm-core';
import type { MODEL_SPEC_VERSION } from './constants.ts';
import type { Manifest } from './manifest.ts';

/** One line of versions. */
export interface ModelLine {
  readonly publisherId: string;
  readonly channel: string;
  readonly modelId: string;
}

/** The highest version that was accepted of a line. */
export interface HighWaterMark {
  readonly epoch: number;
  readonly version: number;
  /** SM3 of that manifest, 32 bytes. */
  readonly manifestDigest: Uint8Array;
}

/**
 * Where a device keeps its high-water marks (防回滚状态).
 *
 * Guarantee: a mark never goes down. `raise` compares and stores in one step, durable when
 * it resolves; of two calls at once the lower one fails. Failure: nothing was changed; a
 * state that cannot be trusted is refused, never taken as empty.
 */
export interface RollbackStore {
  readonly specVersion: typeof MODEL_SPEC_VERSION;
  readonly name: string;
  /** @throws {@link SmError} ERR_MODEL_STATE_TAMPERED, ERR_MODEL_STATE_MISSING, ERR_MODEL_STATE_UNAVAILABLE */
  read(line: ModelLine): Promise<HighWaterMark | undefined>;
  /**
   * Stores `mark` where it may follow: higher, epoch first, or the very same package.
   *
   * @throws {@link SmError} ERR_MODEL_ROLLBACK, and the codes of `read`
   */
  raise(line: ModelLine, mark: HighWaterMark): Promise<void>;
}

/**
 * May `next` be accepted after `stored`? Yes when epoch and version are higher, epoch
 * first, or when it is the very package that was accepted already: a device opens the
 * package it keeps at every start.
 */
export function mayFollow(stored: HighWaterMark | undefined, next: HighWaterMark): boolean {
  if (stored === undefined) return true;
  if (next.epoch !== stored.epoch) return next.epoch > stored.epoch;
  if (next.version !== stored.version) return next.version > stored.version;
  return equalBytes(next.manifestDigest, stored.manifestDigest);
}

/** The line a manifest belongs to. */
export function lineOf({ publisherId, channel, modelId }: Manifest): ModelLine {
  return { publisherId, channel, modelId };
}

/** The mark a manifest would set. */
export function markOf({ epoch, version, digest }: Manifest): HighWaterMark {
  return { epoch, version, manifestDigest: digest };
}
