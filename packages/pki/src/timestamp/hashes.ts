import { createHash } from 'node:crypto';
import { sm3 } from '@cssi/sm-core';
import type { TimeStampHash } from '../spec/v1/timestamp.ts';

/** Lengths of the digests in bytes. */
const DIGEST_BYTES: Readonly<Record<TimeStampHash, number>> = { sm3: 32, sha256: 32, sha384: 48, sha512: 64 };

/** Hashes of imprints, the one of this project first. */
export const TIMESTAMP_HASHES = Object.keys(DIGEST_BYTES) as readonly TimeStampHash[];

export const isTimeStampHash = (name: unknown): name is TimeStampHash =>
  typeof name === 'string' && Object.hasOwn(DIGEST_BYTES, name);

/** Length of a digest in bytes, `undefined` for an unknown hash. */
export const digestBytes = (hash: string): number | undefined =>
  isTimeStampHash(hash) ? DIGEST_BYTES[hash] : undefined;

/** SHA-1 is for ESSCertID of the first version only. */
export function digestOf(hash: TimeStampHash | 'sha1', bytes: Uint8Array): Uint8Array {
  return hash === 'sm3' ? sm3(bytes) : Uint8Array.from(createHash(hash).update(bytes).digest());
}
