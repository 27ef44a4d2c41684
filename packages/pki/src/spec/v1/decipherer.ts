import type { Secret } from '@cssi/sm-core';

/**
 * Whoever holds the private key of an encryption certificate (解密者): software, a key
 * management service, a device.
 *
 * Guarantee: `decrypt` gives the plaintext of an SM2 cipher made for `publicKeyInfo`.
 * Failure: rejects with ERR_DECRYPT_FAILED whatever is wrong with the cipher, or with an
 * {@link SmError} of the holder. Concurrency: any number of calls at once. Ownership: the
 * cipher is not kept; the secret is the caller's to destroy.
 */
export interface KeyDecipherer {
  /** SubjectPublicKeyInfo of the SM2 key, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** @param cipher - SM2Cipher, DER. @standard GB/T 35276-2017 §7.2 */
  decrypt(cipher: Uint8Array): Promise<Secret>;
}
