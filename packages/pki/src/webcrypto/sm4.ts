import { Secret, sm4 } from '@cssi/sm-core';
import type { KeyWish, SmAlgorithm } from './algorithm.ts';
import { type SmCryptoKey, secretOf } from './crypto-key.ts';
import { operationFailed, orDomError } from './dom-errors.ts';
import { bytesOf, checkUsages, numberOf } from './input.ts';
import { exportSecret, importSecret, secretKey } from './secret-keys.ts';
import type { AlgorithmLike, KeyUsageLike } from './types.ts';

const KEY_BYTES = 16;
const BLOCK_BYTES = 16;
const KEY_BITS = 128;
const TAG_BITS = 128;
const USAGES: readonly KeyUsageLike[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];

type Transform = NonNullable<SmAlgorithm['encrypt']>;

/** WebCrypto asks for a length; SM4 has only one, in bits. */
export function sm4Length({ length = KEY_BITS }: AlgorithmLike): number {
  if (length !== KEY_BITS) throw operationFailed();
  return KEY_BITS;
}

const described = ({ algorithm }: KeyWish): AlgorithmLike => ({ name: algorithm.name, length: KEY_BITS });

/** What the modes have in common. */
function mode(encrypt: Transform, decrypt: Transform): SmAlgorithm {
  return {
    generateKey(wish) {
      checkUsages(wish.usages, USAGES, true);
      sm4Length(wish.algorithm);
      return secretKey(Secret.random(KEY_BYTES), described(wish), wish);
    },
    importKey(format, data, wish) {
      checkUsages(wish.usages, USAGES, true);
      const secret = importSecret(format, data, wish, (length) => length === KEY_BYTES);
      return secretKey(secret, described(wish), wish);
    },
    exportKey: exportSecret,
    encrypt: (...call) => orDomError(operationFailed, () => encrypt(...call)),
    // One error for whatever is wrong with a ciphertext.
    decrypt: (...call) =>
      orDomError(
        () => operationFailed(),
        () => decrypt(...call),
      ),
  };
}

const ivOf = ({ iv }: AlgorithmLike): Uint8Array => bytesOf(iv, 'iv');

/** SM4-CBC with PKCS#7 padding. @standard GB/T 17964-2021 §6 */
export const SM4_CBC: SmAlgorithm = mode(
  (algorithm, key, data) => sm4.cbcEncrypt(secretOf(key), ivOf(algorithm), data),
  (algorithm, key, data) => sm4.cbcDecrypt(secretOf(key), ivOf(algorithm), data),
);

/** Runs `use` with the mode made ready as the parameters ask. */
function withGcm(
  algorithm: AlgorithmLike,
  key: SmCryptoKey,
  use: (gcm: ReturnType<typeof sm4.gcm>, iv: Uint8Array, data: Uint8Array) => Uint8Array,
): Uint8Array {
  const { tagLength, additionalData } = algorithm;
  const bits = tagLength === undefined ? TAG_BITS : numberOf(tagLength, 'tagLength');
  const iv = ivOf(algorithm);
  const associated =
    additionalData === undefined ? new Uint8Array(0) : bytesOf(additionalData, 'additionalData');
  const gcm = sm4.gcm(secretOf(key), { tagBytes: bits / 8, nonceBytes: iv.length });
  try {
    return use(gcm, iv, associated);
  } finally {
    gcm.destroy();
  }
}

/** SM4-GCM; ciphertext ‖ tag. @standard GB/T 36624-2018 */
export const SM4_GCM: SmAlgorithm = mode(
  (algorithm, key, data) => withGcm(algorithm, key, (gcm, iv, associated) => gcm.seal(iv, data, associated)),
  (algorithm, key, data) => withGcm(algorithm, key, (gcm, iv, associated) => gcm.open(iv, data, associated)),
);

/** How many blocks a counter of `bits` bits, now at `counter`, has left. */
function blocksLeft(counter: Uint8Array, bits: number): bigint {
  const value = counter.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const size = 1n << BigInt(bits);
  // All of them: a counter that comes back to where it began would repeat its key stream.
  return bits === KEY_BITS ? size : size - (value & (size - 1n));
}

/** CTR counts over the whole block: a shorter counter must not overflow, and then they are the same. */
function ctr(algorithm: AlgorithmLike, key: SmCryptoKey, data: Uint8Array): Uint8Array {
  const counter = bytesOf(algorithm.counter, 'counter');
  const bits = numberOf(algorithm.length, 'length');
  if (counter.length !== BLOCK_BYTES || bits < 1 || bits > KEY_BITS) throw operationFailed();
  if (BigInt(Math.ceil(data.length / BLOCK_BYTES)) > blocksLeft(counter, bits)) throw operationFailed();
  return sm4.ctr(secretOf(key), counter, data);
}

/** SM4-CTR. @standard GB/T 17964-2021 §9 */
export const SM4_CTR: SmAlgorithm = mode(ctr, ctr);
