import { createHash } from 'node:crypto';
import { sm3 } from '@cssi/sm-core';
import type { LogAlgorithm } from './types.ts';

/** A digest of a measurement register's algorithm. @internal */
export function logDigest(algorithm: LogAlgorithm, data: Uint8Array): Uint8Array {
  if (algorithm === 'sm3') return sm3(data);
  // A view, not a Buffer: its methods would differ from those of every other byte array here.
  const digest = createHash(algorithm).update(data).digest();
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

/** The register after `digest` was put into it: H(register‖digest). @internal */
export function extendRegister(
  algorithm: LogAlgorithm,
  register: Uint8Array,
  digest: Uint8Array,
): Uint8Array {
  const both = new Uint8Array(register.length + digest.length);
  both.set(register);
  both.set(digest, register.length);
  return logDigest(algorithm, both);
}
