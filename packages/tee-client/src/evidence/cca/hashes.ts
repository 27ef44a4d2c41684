import { createHash } from 'node:crypto';
import { sm3 } from '@cssi/sm-core';
import type { Measurement } from '../../spec/v1/attestation.ts';
import { malformed } from '../malformed.ts';

/** Digests of CCA tokens. @group Attestation */
export type CcaHash = Extract<Measurement['algorithm'], 'sm3' | 'sha256' | 'sha384' | 'sha512'>;

/** Lengths a digest may have in a token. @internal */
export const HASH_LENGTHS = [32, 48, 64] as const;

/** @internal */
export const HASH_BYTES: Readonly<Record<CcaHash, number>> = { sm3: 32, sha256: 32, sha384: 48, sha512: 64 };

/** Names in the registry of Named Information; `sm3` is ours, the registry has none. */
const NAMES: ReadonlyMap<string, CcaHash> = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
  ['sm3', 'sm3'],
]);

/** Undefined for a name that is not of the four. @internal */
export const hashOfName = (name: string): CcaHash | undefined => NAMES.get(name);

/** @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED @internal */
export function requireHash(name: string): CcaHash {
  const found = hashOfName(name);
  if (found === undefined) throw malformed('cca-hash-algorithm');
  return found;
}

const OF_LENGTH: ReadonlyMap<number, CcaHash> = new Map([
  [32, 'sha256'],
  [48, 'sha384'],
  [64, 'sha512'],
]);

/**
 * What a digest without a name of its own is of: the token's default where the length fits it, else the SHA-2
 * digest of this length, one of {@link HASH_LENGTHS}.
 *
 * @internal
 */
export const hashOfLength = (length: number, preferred: CcaHash): CcaHash =>
  HASH_BYTES[preferred] === length ? preferred : OF_LENGTH.get(length)!;

/** The name in tokens. @internal */
export const hashName = (hash: CcaHash): string => (hash === 'sm3' ? hash : `sha-${hash.slice(3)}`);

/** @internal */
export const ccaDigest = (hash: CcaHash, data: Uint8Array): Uint8Array =>
  hash === 'sm3' ? sm3(data) : Uint8Array.from(createHash(hash).update(data).digest());
