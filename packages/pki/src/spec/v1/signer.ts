/** Signature algorithms that this package signs with and names in words. */
export type SignatureAlgorithm = 'sm2-sm3' | 'ecdsa-p256-sha256' | 'ecdsa-p384-sha384' | 'rsa-pkcs1-sha256';

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
  /** DER SEQUENCE of r and s over `message`; for RSA the value itself. @standard GB/T 35276-2017 §7.3 */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /**
   * Signs e = SM3(Z‖M), or the hash of M for other algorithms, of 32 or 48 bytes. A capability: a signer without it
   * cannot sign a stream whose signature covers the content itself.
   *
   * @standard GB/T 32918.2-2016 §6.1 A3
   */
  signDigest?(digest: Uint8Array): Promise<Uint8Array>;
}

/**
 * What an SM2 signature may have been made with: a signer ID of 0 to 8191 bytes, or
 * `'plain-sm3'` for e = SM3(M) without Z, which some real objects use. A verifier tries what its
 * caller lists and nothing else, and reports the one that fitted.
 */
export type Sm2SignerId = Uint8Array | 'plain-sm3';
