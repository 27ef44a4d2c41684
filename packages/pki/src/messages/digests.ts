import { createHash } from 'node:crypto';
import { sm3Hash } from '@cssi/sm-core';

/** A running digest. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

const NODE_DIGESTS = new Set(['sha256', 'sha384', 'sha512']);

/** Starts a digest of the algorithm table; `undefined` for those that no signature should rest on. */
export function startDigest(name: string): RunningDigest | undefined {
  if (name === 'sm3') {
    const hash = sm3Hash();
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  }
  if (!NODE_DIGESTS.has(name)) return undefined;
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => Uint8Array.from(hash.digest()) };
}

/** Digest of `bytes`; `undefined` as in {@link startDigest}. */
export function digestOf(name: string, bytes: Uint8Array): Uint8Array | undefined {
  const running = startDigest(name);
  running?.update(bytes);
  return running?.digest();
}

/**
 * Is the hash of the signature algorithm the digest algorithm? SM2 in these messages is with
 * SM3 always; PSS names its hash in parameters, which the signature check looks at.
 */
export function digestFits(digest: string, signature: string): boolean {
  if (signature === 'sm2-sm3' || signature === 'sm2-sign') return digest === 'sm3';
  const hash = /-(sha\d+)$/.exec(signature)?.[1];
  return hash === undefined || hash === digest;
}

/** Is it SM2, whichever of its two identifiers it has? */
export const isSm2 = (signature: string): boolean => signature === 'sm2-sm3' || signature === 'sm2-sign';
