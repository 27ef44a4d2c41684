/**
 * UUID of the root key service (根密钥服务), a trusted application every TEE of this project offers.
 *
 * @group Root key service
 */
export const ROOT_KEY_SERVICE_UUID = '5d0c2a9e-7f41-4b6a-9c53-1e8f64b2d7a0';

/**
 * Version of the built-in application (1 was the root key service alone, 2 is the key vault). Higher is
 * newer; evidence carries it.
 *
 * @group Root key service
 */
export const ROOT_KEY_SERVICE_VERSION = 2;

/**
 * Commands and their parameters (missing ones are NONE; a memory reference of any kind serves
 * where the direction fits):
 *
 * - GET_INFO: 0 value out, a = version of the application, b = version of this interface (1);
 *   1 value out, a = longest WRAP plaintext in bytes, b = starts of this application so far
 * - WRAP: 0 in plaintext; 1 in associated data; 2 out blob
 * - UNWRAP: 0 in blob; 1 in associated data; 2 out plaintext
 * - MAC: 0 in label (UTF-8); 1 in data; 2 out HMAC-SM3, 32 bytes
 * - EVIDENCE: 0 in nonce; 1 in user data; 2 out report; 3 out certificates, each as a length of
 *   four bytes (big-endian) and its DER, the attestation certificate first
 *
 * No command gives out the root key, a key derived from it, or a private key.
 *
 * @group Root key service
 */
export const ROOT_KEY_COMMANDS = { GET_INFO: 0, WRAP: 1, UNWRAP: 2, MAC: 3, EVIDENCE: 4 } as const;

/**
 * Limits of the root key service, in bytes.
 *
 * @group Root key service
 */
export const ROOT_KEY_LIMITS = {
  wrapPlaintext: 65_536,
  associatedData: 65_536,
  /** What WRAP adds to the plaintext: format byte, 32 bytes of salt, 16 bytes of tag. */
  wrapOverhead: 49,
  macLabel: 64,
  macData: 1 << 20,
  nonceMin: 16,
  nonceMax: 64,
  userData: 64,
} as const;

/**
 * Attestation evidence (证明证据) of a trusted application.
 *
 * @group Evidence
 */
export interface Evidence {
  /** See `EVIDENCE_FORMAT`. */
  readonly format: string;
  readonly report: Uint8Array;
  /** DER: the attestation certificate first, then those that lead towards the device root. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * The root key service as its clients see it.
 *
 * Guarantee: the root key never leaves the trusted side. What `wrap` made opens only on the TEE
 * that made it and only with the same associated data. `mac` gives the same 32 bytes for the same
 * label and data for the life of the root key; different labels use independent keys.
 *
 * Failure: everything rejects with a coded error. `unwrap` has one answer, `ERR_TEEC_MAC_INVALID`,
 * for every blob that does not open. Concurrency: any number of calls at a time.
 * Bytes: inputs stay the caller's and are copied; results belong to the caller, who zeroes them.
 *
 * @group Root key service
 */
export interface RootKeyService {
  readonly specVersion: '1';
  /**
   * SM4-GCM under a fresh key derived from the root key; two calls never give the same blob.
   *
   * @param plaintext - 0 to 65,536 bytes
   * @param aad - associated data, 0 to 65,536 bytes
   * @throws {@link TeecError} EXCESS_DATA, TARGET_DEAD
   */
  wrap(plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  /** @throws {@link TeecError} MAC_INVALID for every blob that does not open */
  unwrap(blob: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  /**
   * HMAC-SM3 under a key derived for `label`.
   *
   * @param label - 1 to 64 bytes of UTF-8
   * @param data - up to 1 MiB
   * @throws {@link TeecError} BAD_PARAMETERS, EXCESS_DATA, TARGET_DEAD
   */
  mac(label: string, data: Uint8Array): Promise<Uint8Array>;
  /**
   * Signed evidence of the service's code and state.
   *
   * @param nonce - 16 to 64 bytes, chosen by the party that will verify
   * @param userData - up to 64 bytes bound into the evidence
   * @throws {@link TeecError} BAD_PARAMETERS, EXCESS_DATA, TARGET_DEAD
   */
  evidence(nonce: Uint8Array, userData?: Uint8Array): Promise<Evidence>;
  /** Ends the session and its context; a second call does nothing. */
  close(): Promise<void>;
}
