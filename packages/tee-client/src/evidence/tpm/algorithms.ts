import { createHash } from 'node:crypto';
import { sm3 } from '@cssi/sm-core';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../event-log/types.ts';

/**
 * Numbers of algorithms other than hashes (TPM_ALG_ID).
 *
 * @standard TCG Algorithm Registry §6.10; GM/T 0012-2020 keeps the numbers
 * @internal
 */
export const TPM_ALG = {
  rsa: 0x0001,
  null: 0x0010,
  sm4: 0x0013,
  rsassa: 0x0014,
  rsapss: 0x0016,
  ecdsa: 0x0018,
  ecdaa: 0x001a,
  sm2: 0x001b,
  ecc: 0x0023,
} as const;

/** TPM_ECC_CURVE. @standard TCG Algorithm Registry §6.4 @internal */
export const TPM_CURVE = { 'P-256': 0x0003, 'P-384': 0x0004, 'P-521': 0x0005, sm2: 0x0020 } as const;

const HASHES: ReadonlyMap<number, LogAlgorithm> = new Map(
  (Object.keys(LOG_ALGORITHMS) as LogAlgorithm[]).map((name) => [LOG_ALGORITHMS[name].id, name]),
);

/** Name of a hash algorithm this package computes. @internal */
export const hashOfId = (id: number): LogAlgorithm | undefined => HASHES.get(id);

/** Hash of the parts in order. @internal */
export function digestOf(algorithm: LogAlgorithm, ...parts: readonly Uint8Array[]): Uint8Array {
  if (algorithm === 'sm3') return sm3(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}
