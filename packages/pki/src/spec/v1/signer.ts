/** Signature algorithms of certificates that this version writes and checks. */
export type SignatureAlgorithm = 'sm2-sm3' | 'ecdsa-p256-sha256';

/**
 * Whoever holds a private key: software, a key management service, a device (签名者).
 *
 * Guarantee: `sign` signs exactly the bytes given, with the private key of
 * `publicKeyInfo`; SM2 signs with the default signer ID `1234567812345678`. Failure:
 * rejects with an {@link SmError} and signs nothing. Concurrency: any number of calls at
 * once. Ownership: the message is not kept; the signature is the caller's.
 */
export interface CertificateSigner {
  readonly algorithm: SignatureAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** DER SEQUENCE of r and s over `message`. @standard GB/T 35276-2017 §7.3 */
  sign(message: Uint8Array): Promise<Uint8Array>;
}
