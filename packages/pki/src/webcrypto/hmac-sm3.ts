import { equalBytes, hmacSm3, Secret } from '@cssi/sm-core';
import type { KeyWish, SmAlgorithm } from './algorithm.ts';
import { secretOf } from './crypto-key.ts';
import { badData, operationFailed } from './dom-errors.ts';
import { checkUsages, numberOf } from './input.ts';
import { exportSecret, importSecret, secretKey } from './secret-keys.ts';
import type { AlgorithmLike, KeyUsageLike } from './types.ts';

/** Block of SM3 in bits: the length of a key that nobody gave a length. */
export const SM3_BLOCK_BITS = 512;
const MAX_KEY_BITS = 1 << 16;
const USAGES: readonly KeyUsageLike[] = ['sign', 'verify'];

function lengthOf({ length }: AlgorithmLike): number {
  const bits = length === undefined ? SM3_BLOCK_BITS : numberOf(length, 'length');
  if (bits < 8 || bits > MAX_KEY_BITS || bits % 8 !== 0) throw operationFailed();
  return bits / 8;
}

function key(secret: Secret, wish: KeyWish) {
  const algorithm = { name: 'HMAC', hash: Object.freeze({ name: 'SM3' }), length: 8 * secret.length };
  return secretKey(secret, algorithm, wish);
}

/** HMAC with SM3. @standard GB/T 15852.2-2012 §7 */
export const HMAC_SM3: SmAlgorithm = {
  generateKey(wish) {
    checkUsages(wish.usages, USAGES, true);
    return key(Secret.random(lengthOf(wish.algorithm)), wish);
  },
  importKey(format, data, wish) {
    checkUsages(wish.usages, USAGES, true);
    const { length: bits } = wish.algorithm;
    if (bits !== undefined && numberOf(bits, 'length') < 8) throw badData();
    return key(
      importSecret(format, data, wish, (length) => length > 0 && (bits ?? 8 * length) === 8 * length),
      wish,
    );
  },
  exportKey: exportSecret,
  sign: (_, secret, data) => hmacSm3(secretOf(secret), data),
  verify: (_, secret, signature, data) => equalBytes(hmacSm3(secretOf(secret), data), signature),
};
