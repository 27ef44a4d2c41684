import { webcrypto } from 'node:crypto';
import { hkdfSm3 } from '@cssi/sm-core';
import { derivePbkdf2 } from '../containers/pbkdf2.ts';
import { MAX_CONTAINER_ITERATIONS } from '../spec/v1/container.ts';
import type { KeyWish, SmAlgorithm } from './algorithm.ts';
import { type SmCryptoKey, secretOf } from './crypto-key.ts';
import { badUsages, operationFailed, orDomError } from './dom-errors.ts';
import { bytesOf, checkUsages, hashName, numberOf } from './input.ts';
import { importSecret, secretKey } from './secret-keys.ts';
import type { AlgorithmLike, KeyUsageLike } from './types.ts';

const USAGES: readonly KeyUsageLike[] = ['deriveKey', 'deriveBits'];

/** A copy of the secret for the time of `use`, then zeroed. */
async function withCopy<T>(key: SmCryptoKey, use: (bytes: Uint8Array) => Promise<T>): Promise<T> {
  const bytes = secretOf(key).use((secret) => Uint8Array.from(secret));
  try {
    return await use(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** Other hashes: the platform derives, from a key of its own that lives for this call. */
async function derivedByNode(algorithm: AlgorithmLike, key: SmCryptoKey, bytes: number): Promise<Uint8Array> {
  const { subtle } = webcrypto;
  const own = await withCopy(key, (secret) =>
    subtle.importKey('raw', secret, algorithm.name, false, ['deriveBits']),
  );
  return new Uint8Array(await subtle.deriveBits(algorithm as never, own, 8 * bytes));
}

/** The hash is not known when a secret is imported, so this provider keeps all of them. */
function derivation(
  name: string,
  derive: (algorithm: AlgorithmLike, key: SmCryptoKey, bytes: number) => Promise<Uint8Array>,
): SmAlgorithm {
  return {
    importKey(format, data, wish: KeyWish) {
      checkUsages(wish.usages, USAGES, true);
      if (wish.extractable || format !== 'raw') throw badUsages();
      return secretKey(
        importSecret(format, data, wish, () => true),
        { name },
        wish,
      );
    },
    deriveBits: (algorithm, key, bytes) =>
      hashName(algorithm) === 'SM3' ? derive(algorithm, key, bytes) : derivedByNode(algorithm, key, bytes),
  };
}

/** PBKDF2; with HMAC-SM3 at most 10,000,000 iterations. @standard RFC 8018 §5.2 */
export const PBKDF2: SmAlgorithm = derivation('PBKDF2', async (algorithm, key, bytes) => {
  const salt = bytesOf(algorithm.salt, 'salt');
  const iterations = numberOf(algorithm.iterations, 'iterations');
  if (iterations < 1 || iterations > MAX_CONTAINER_ITERATIONS) throw operationFailed();
  return withCopy(key, (password) => derivePbkdf2(password, { prf: 'hmac-sm3', salt, iterations }, bytes));
});

/** HKDF. @standard RFC 5869 */
export const HKDF: SmAlgorithm = derivation('HKDF', async (algorithm, key, bytes) => {
  const salt = bytesOf(algorithm.salt, 'salt');
  const info = bytesOf(algorithm.info, 'info');
  return orDomError(operationFailed, () => hkdfSm3(secretOf(key), salt, info, bytes));
});
