import {
  concatBytes,
  equalBytes,
  type RandomSource,
  randomBytes,
  Secret,
  SM4_GCM_NONCE_BYTES,
  type Sm2KeyPair,
  type Sm4Gcm,
  sm2,
  sm4,
} from '@cssi/sm-core';
import type { KeyAlgorithm } from '../spec/v1/algorithms.ts';

/** Key material ready for use. It lives in the cache only and is zeroed when it leaves. */
export type UnlockedMaterial =
  | { readonly algorithm: 'SM2'; readonly pair: Sm2KeyPair }
  | { readonly algorithm: 'SM4'; readonly gcm: Sm4Gcm };

/** A key version ready for use. */
export interface UnlockedKey {
  readonly material: UnlockedMaterial;
  /** Milliseconds since 1970: from then on it encrypts no more. */
  readonly encryptsUntil: number;
}

/** A new key version: still to be wrapped. */
export interface FreshKey {
  readonly secret: Secret;
  /** SM2: 04‖x‖y. SM4: `null`. */
  readonly publicKey: Uint8Array | null;
}

const SM4_KEY_BYTES = 16;
/** First byte of a wrapped key version: nonce (12 bytes), then ciphertext ‖ tag. */
const WRAP_FORMAT = 1;

/** Makes a key of `algorithm`. */
export function generateKey(algorithm: KeyAlgorithm, random: RandomSource): FreshKey {
  if (algorithm === 'SM2') {
    const pair = sm2.generateKeyPair(random);
    return { secret: pair.privateKey, publicKey: pair.publicKey };
  }
  return { secret: generateSm4Key(random), publicKey: null };
}

/** A new SM4 key of 16 bytes. */
export function generateSm4Key(random: RandomSource): Secret {
  return Secret.take(randomBytes(SM4_KEY_BYTES, random));
}

/** Wraps the bytes of a key version under the tenant key. @standard GB/T 36624-2018 */
export function wrapKey(
  tenantKey: Sm4Gcm,
  bytes: Uint8Array,
  binding: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const nonce = randomBytes(SM4_GCM_NONCE_BYTES, random);
  return concatBytes(Uint8Array.of(WRAP_FORMAT), nonce, tenantKey.seal(nonce, bytes, binding));
}

/**
 * The bytes of a wrapped key version, or `undefined` when it was altered or belongs
 * elsewhere. The caller zeroes them.
 */
export function unwrapKey(tenantKey: Sm4Gcm, blob: Uint8Array, binding: Uint8Array): Uint8Array | undefined {
  if (blob[0] !== WRAP_FORMAT || blob.length < 1 + SM4_GCM_NONCE_BYTES) return undefined;
  try {
    return tenantKey.openBox(blob.subarray(1), binding);
  } catch {
    return undefined;
  }
}

/** Prepares a key for use; takes ownership of `bytes`. `undefined` when they are no such key. */
export function unlockKey(
  algorithm: KeyAlgorithm,
  bytes: Uint8Array,
  publicKey: Uint8Array | null,
): UnlockedMaterial | undefined {
  const secret = Secret.take(bytes);
  try {
    if (algorithm === 'SM4') return { algorithm, gcm: prepareSm4(secret) };
    const pair = sm2.keyPair(secret);
    if (publicKey !== null && equalBytes(pair.publicKey, publicKey)) return { algorithm, pair };
  } catch {
    // Not a key of this algorithm; falls through to the refusal.
  }
  secret.destroy();
  return undefined;
}

/** Prepares SM4-GCM and zeroes the key bytes. */
export function prepareSm4(secret: Secret): Sm4Gcm {
  const gcm = sm4.gcm(secret);
  secret.destroy();
  return gcm;
}

/** Zeroes a key. */
export function lockKey({ material }: UnlockedKey): void {
  if (material.algorithm === 'SM2') material.pair.privateKey.destroy();
  else material.gcm.destroy();
}
