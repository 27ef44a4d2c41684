import {
  concatBytes,
  randomBytes,
  Secret,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  type Sm2KeyPair,
  sm2,
  sm4,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';

/** SM2 ciphertext (C1 ‖ C3 ‖ C2) of 16 bytes. */
const WRAPPED_BYTES = 65 + 32 + 16;
const OVERHEAD_BYTES = WRAPPED_BYTES + SM4_GCM_NONCE_BYTES + SM4_GCM_TAG_BYTES;

/**
 * Seals to the ephemeral key of a domain: SM4-GCM under a random key, which is SM2-encrypted to the
 * domain. `plain` stays the caller's to zero.
 *
 * @param recipient - the domain's SM2 public key, 65 bytes
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID
 */
export function sealToDomain(
  recipient: Uint8Array,
  plain: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  const key = randomBytes(16);
  const nonce = randomBytes(SM4_GCM_NONCE_BYTES);
  const secret = Secret.copy(key);
  const gcm = sm4.gcm(secret);
  try {
    return concatBytes(
      sm2.encrypt(recipient, key, { format: 'c1c3c2' }),
      nonce,
      gcm.seal(nonce, plain, associatedData),
    );
  } finally {
    gcm.destroy();
    secret.destroy();
    key.fill(0);
  }
}

/**
 * Opens what {@link sealToDomain} made of `length` bytes; the caller zeroes it.
 *
 * @param what - names it in the error
 * @throws {@link SmError} ERR_TEE_CHANNEL for everything that does not open
 */
export function openFromCore(
  pair: Sm2KeyPair,
  sealed: Uint8Array,
  associatedData: Uint8Array,
  length: number,
  what: string,
): Uint8Array {
  const malformed = () => TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: `reason=${what}` });
  if (sealed.length !== OVERHEAD_BYTES + length) throw malformed();
  try {
    const secret = Secret.take(
      sm2.decrypt(pair.privateKey, sealed.subarray(0, WRAPPED_BYTES), { format: 'c1c3c2' }),
    );
    const gcm = sm4.gcm(secret);
    try {
      const body = sealed.subarray(WRAPPED_BYTES);
      return gcm.open(
        body.subarray(0, SM4_GCM_NONCE_BYTES),
        body.subarray(SM4_GCM_NONCE_BYTES),
        associatedData,
      );
    } finally {
      gcm.destroy();
      secret.destroy();
    }
  } catch {
    throw malformed();
  }
}
