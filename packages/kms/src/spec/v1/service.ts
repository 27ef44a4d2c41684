import type { CertificateSigner } from '@cssi/pki';
import type { KeyAlgorithm, KeyUsage } from './algorithms.ts';
import type { KeyDescription, KeyPage, PublicKeyDescription, TenantDescription } from './descriptions.ts';

/** Names one key of one tenant. */
export interface KeyReference {
  readonly tenantId: string;
  readonly keyId: string;
}

/** Parameters of `createTenant`. */
export interface CreateTenantRequest {
  readonly tenantId: string;
  /** 1 to 18, the default. */
  readonly maxRotationMonths?: number;
}

/** Parameters of `createKey`. */
export interface CreateKeyRequest {
  readonly tenantId: string;
  readonly algorithm: KeyAlgorithm;
  /** Exactly one; see {@link KEY_USAGES}. */
  readonly usage: readonly KeyUsage[];
  /** Up to 128 characters without control characters. */
  readonly label: string;
  /** 1 to the tenant's `maxRotationMonths`, the default. */
  readonly rotationMonths?: number;
}

/** Parameters of `listKeys`. */
export interface ListKeysRequest {
  readonly tenantId: string;
  /** 1 to 500; 100 when left out. */
  readonly limit?: number;
  /** Last key of the page before. */
  readonly afterKeyId?: string;
}

/** A message, or its digest e = SM3(Z_A‖M) of 32 bytes; exactly one of the two. */
export type SignedContent =
  | { readonly message: Uint8Array; readonly digest?: undefined }
  | { readonly digest: Uint8Array; readonly message?: undefined };

/** Parameters of `sign`. The signer ID is the default one of GM/T 0009. */
export type SignRequest = KeyReference & SignedContent;

/** Answer of `sign`. */
export interface SignResult {
  /** DER, SEQUENCE of r and s (GB/T 35276). */
  readonly signature: Uint8Array;
  readonly version: number;
}

/** Parameters of `verify`. */
export type VerifyRequest = KeyReference &
  SignedContent & {
    readonly signature: Uint8Array;
    /** Version that signed; when left out the newest 8 are tried. */
    readonly version?: number;
  };

/** Answer of `verify`. */
export interface VerifyResult {
  readonly valid: boolean;
  /** Version that signed, when valid. */
  readonly version?: number;
}

/** Parameters of `encrypt`. */
export interface EncryptRequest extends KeyReference {
  /** SM4: 0 to 1 MiB. SM2: 1 byte to 1 MiB. */
  readonly plaintext: Uint8Array;
  /** Bound to the ciphertext, not contained in it; up to 64 KiB. SM4 only. */
  readonly aad?: Uint8Array;
}

/** Answer of `encrypt`. */
export interface EncryptResult {
  /** Format 1, see {@link CIPHERTEXT_FORMAT}. */
  readonly ciphertext: Uint8Array;
  readonly version: number;
}

/** Parameters of `decrypt`. */
export interface DecryptRequest extends KeyReference {
  readonly ciphertext: Uint8Array;
  readonly aad?: Uint8Array;
}

/** Answer of `decrypt`. */
export interface DecryptResult {
  readonly plaintext: Uint8Array;
  readonly version: number;
}

/**
 * The key management service (密钥管理服务).
 *
 * Guarantee: no operation returns a private or secret key, and none is stored in clear:
 * root key → tenant key → key version, each wrapped under the level above and bound to
 * tenant, key, version, usage, state and policy. A key works for its tenant, its usage
 * and in state `enabled` only. After `disableKey` or `destroyKey` has resolved, the key
 * is not used again by this instance; another instance on the same store follows within
 * its cache time. A stored record that was altered is refused, never used. A ciphertext
 * of SM4 opens only under the same tenant, key and associated data.
 *
 * Failure: a call that threw has had no effect, except that an encryption may have been
 * counted. Concurrency: any number of calls at once. Ownership: the service keeps no
 * array of the caller; results are the caller's to zero.
 *
 * The service trusts `tenantId`: whoever calls it has authenticated and authorised.
 *
 * Every operation on a key throws {@link SmError} ERR_KMS_NOT_FOUND for an unknown tenant,
 * key or version and for a key of another tenant, without a difference; ERR_KMS_ROW_INTEGRITY
 * for an altered record; ERR_KMS_PARAMETER_INVALID, ERR_INPUT_TYPE or ERR_INPUT_LENGTH for
 * parameters outside their bounds; ERR_KMS_CLOSED after `close`.
 *
 * @standard T/TCCIA 0002-2022 §5.3b, §7.2
 */
export interface KeyManagementService {
  readonly specVersion: '1';
  /** Makes the tenant key. @throws {@link SmError} ERR_KMS_TENANT_EXISTS */
  createTenant(request: CreateTenantRequest): Promise<TenantDescription>;
  /** @throws {@link SmError} ERR_KMS_ALGORITHM_UNSUPPORTED */
  createKey(request: CreateKeyRequest): Promise<KeyDescription>;
  describeKey(reference: KeyReference): Promise<KeyDescription>;
  /** Keys of the tenant in order of their id. An unknown tenant is ERR_KMS_NOT_FOUND. */
  listKeys(request: ListKeysRequest): Promise<KeyPage>;
  /**
   * Adds a version, which signs and encrypts from now on; the old ones still verify and
   * decrypt. Of several calls at once at least one succeeds, and no two make one version.
   *
   * @throws {@link SmError} ERR_KMS_KEY_STATE, ERR_KMS_VERSION_LIMIT, ERR_KMS_CONFLICT
   */
  rotateKey(reference: KeyReference): Promise<KeyDescription>;
  /** @throws {@link SmError} ERR_KMS_STATE_TRANSITION, ERR_KMS_CONFLICT */
  disableKey(reference: KeyReference): Promise<KeyDescription>;
  /** @throws {@link SmError} ERR_KMS_STATE_TRANSITION, ERR_KMS_CONFLICT */
  enableKey(reference: KeyReference): Promise<KeyDescription>;
  /** Wipes the wrapped key of every version. @throws {@link SmError} ERR_KMS_STATE_TRANSITION, ERR_KMS_CONFLICT */
  destroyKey(reference: KeyReference): Promise<KeyDescription>;
  /** @standard GB/T 32918.2-2016 §6.1 @throws {@link SmError} ERR_KMS_KEY_STATE, ERR_KMS_USAGE_DENIED */
  sign(request: SignRequest): Promise<SignResult>;
  /**
   * `valid: false` only for a wrong signature.
   *
   * @standard GB/T 32918.2-2016 §7.1
   * @throws {@link SmError} ERR_KMS_KEY_STATE, ERR_KMS_USAGE_DENIED, ERR_SM2_SIGNATURE_MALFORMED
   */
  verify(request: VerifyRequest): Promise<VerifyResult>;
  /**
   * @standard GB/T 36624-2018 (SM4-GCM), GB/T 32918.4-2016 §6.1 (SM2)
   * @throws {@link SmError} ERR_KMS_KEY_STATE, ERR_KMS_USAGE_DENIED, ERR_KMS_AAD_UNSUPPORTED,
   * ERR_KMS_ROTATION_OVERDUE, ERR_KMS_USAGE_LIMIT
   */
  encrypt(request: EncryptRequest): Promise<EncryptResult>;
  /**
   * Takes what `encrypt` returned. A key with usage `encrypt` and algorithm SM2 also takes a
   * bare SM2Cipher (DER) made outside with the public key of the current version.
   *
   * @throws {@link SmError} ERR_KMS_KEY_STATE, ERR_KMS_USAGE_DENIED, ERR_KMS_AAD_UNSUPPORTED,
   * ERR_DECRYPT_FAILED for every other failure, without detail
   */
  decrypt(request: DecryptRequest): Promise<DecryptResult>;
  /** Works in every state: a public key is no secret. @throws {@link SmError} ERR_KMS_ALGORITHM_UNSUPPORTED */
  getPublicKey(reference: KeyReference & { readonly version?: number }): Promise<PublicKeyDescription>;
  /**
   * A signer for certificates, requests and seals. It stays with the version that is current
   * now; after a rotation it throws ERR_KMS_VERSION_RETIRED instead of signing with a key
   * that does not fit its certificate.
   */
  signer(tenantId: string, keyId: string): Promise<CertificateSigner>;
  /** Zeroes every cached key. Calls that come later throw ERR_KMS_CLOSED. */
  close(): Promise<void>;
}
