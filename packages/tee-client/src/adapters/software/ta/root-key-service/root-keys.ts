import { concatBytes, hkdfSm3, hmacSm3, randomBytes, Secret, SmError, sm4, utf8 } from '@cssi/sm-core';
import { ROOT_KEY_LIMITS } from '../../../../spec/v1/root-key-service.ts';

const BLOB_FORMAT = Uint8Array.of(1);
const SALT_BYTES = 32;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const NO_BYTES = new Uint8Array(0);
const MAX_BLOB_BYTES = ROOT_KEY_LIMITS.wrapPlaintext + ROOT_KEY_LIMITS.wrapOverhead;

/** What is derived from the root key (根密钥). Each purpose has keys of its own. */
export class RootKeys {
  readonly #root: Secret;

  /** Takes ownership of `root` (32 bytes). */
  constructor(root: Secret) {
    this.#root = root;
  }

  /**
   * Blob: format 01 ‖ salt (32 bytes) ‖ ciphertext ‖ tag. Key and nonce are derived from the root
   * key and the salt, so each blob has its own key and no number of blobs wears one out.
   */
  wrap(plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
    const salt = randomBytes(SALT_BYTES);
    return concatBytes(
      BLOB_FORMAT,
      salt,
      this.#withBlobKey(salt, (gcm, nonce) => gcm.seal(nonce, plaintext, concatBytes(BLOB_FORMAT, aad))),
    );
  }

  /** `undefined` for every blob that does not open. */
  unwrap(blob: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
    const { wrapOverhead } = ROOT_KEY_LIMITS;
    if (blob.length < wrapOverhead || blob.length > MAX_BLOB_BYTES || blob[0] !== BLOB_FORMAT[0])
      return undefined;
    const salt = blob.subarray(1, 1 + SALT_BYTES);
    try {
      return this.#withBlobKey(salt, (gcm, nonce) =>
        gcm.open(nonce, blob.subarray(1 + SALT_BYTES), concatBytes(BLOB_FORMAT, aad)),
      );
    } catch (error) {
      if (error instanceof SmError && error.code === 'ERR_DECRYPT_FAILED') return undefined;
      throw error;
    }
  }

  /** HMAC-SM3 under the key of `label`. */
  mac(label: Uint8Array, data: Uint8Array): Uint8Array {
    const key = hkdfSm3(this.#root, NO_BYTES, concatBytes(utf8('cssi-tee mac 1\0'), label), 32);
    const tag = hmacSm3(key, data);
    key.fill(0);
    return tag;
  }

  destroy(): void {
    this.#root.destroy();
  }

  #withBlobKey<T>(salt: Uint8Array, use: (gcm: ReturnType<typeof sm4.gcm>, nonce: Uint8Array) => T): T {
    const material = hkdfSm3(this.#root, salt, utf8('cssi-tee wrap 1'), KEY_BYTES + NONCE_BYTES);
    const key = Secret.copy(material.subarray(0, KEY_BYTES));
    const gcm = sm4.gcm(key);
    try {
      return use(gcm, material.slice(KEY_BYTES));
    } finally {
      gcm.destroy();
      key.destroy();
      material.fill(0);
    }
  }
}
