/**
 * The root of the key hierarchy (根密钥): whoever holds it, a TEE, a device or shares.
 * The root key service of `@cssi/tee-client` satisfies it as it is.
 *
 * Guarantee: the root key never leaves the provider; `wrap` is authenticated encryption
 * (SM4-GCM) bound to the associated data; `mac` is HMAC-SM3 under a key derived for its
 * label, the same for the same label and data. Failure: `unwrap` refuses every altered
 * blob and every other associated data with an error of category `integrity`; an
 * unreachable provider throws an error of another category. Concurrency: any number of
 * calls at once. Ownership: the provider copies what it keeps; results are the caller's.
 */
export interface RootKeyProvider {
  /** @param aad - bound to the blob, not contained in it */
  wrap(plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  unwrap(blob: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  /** 32 bytes. */
  mac(label: string, data: Uint8Array): Promise<Uint8Array>;
}
