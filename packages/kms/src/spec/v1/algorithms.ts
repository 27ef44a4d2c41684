/** Version of the key management interfaces. */
export const KMS_SPEC_VERSION = '1';

/** Key algorithms (密钥算法): approved national algorithms only. @standard T/TCCIA 0002-2022 §7.3, §7.4 */
export type KeyAlgorithm = 'SM2' | 'SM4';

/** All key algorithms. */
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = ['SM2', 'SM4'];

/** What a key is for (密钥用途). `sign` covers verifying, `encrypt` covers decrypting. */
export type KeyUsage = 'sign' | 'encrypt';

/**
 * The usages each algorithm offers. A key has exactly one: a signing key never
 * decrypts and an encryption key never signs (签名密钥与加密密钥分离).
 *
 * @standard T/TCCIA 0002-2022 §7.2d
 */
export const KEY_USAGES: Readonly<Record<KeyAlgorithm, readonly KeyUsage[]>> = {
  SM2: ['sign', 'encrypt'],
  SM4: ['encrypt'],
};

/** Longest message of one `sign` or `verify` in bytes: 1 MiB. */
export const KMS_MAX_MESSAGE_BYTES: number = 1 << 20;
/** Longest plaintext of one `encrypt` in bytes: 1 MiB. */
export const KMS_MAX_PLAINTEXT_BYTES: number = 1 << 20;
/** Longest associated data of the caller in bytes: 64 KiB. */
export const KMS_MAX_AAD_BYTES: number = 1 << 16;
/** Longest accepted DER signature in bytes; a well-formed one has at most 72. */
export const KMS_MAX_SIGNATURE_BYTES = 128;
/** Longest label in UTF-16 code units. */
export const KMS_MAX_LABEL = 128;
/** Most versions of one key. */
export const KMS_MAX_VERSIONS = 1000;
/** Most keys of one page of `listKeys`. */
export const KMS_MAX_PAGE = 500;
/** Versions `verify` tries, newest first, when the caller names none. */
export const KMS_VERIFY_VERSIONS = 8;
/** Default and longest rotation period in months. @standard T/TCCIA 0002-2022 §7.2e */
export const KMS_MAX_ROTATION_MONTHS = 18;
/**
 * Most encryptions under one SM4 key version: with random 96-bit nonces the chance of
 * a repeated nonce stays below 2^-32. @standard GB/T 36624-2018
 */
export const KMS_MAX_ENCRYPTIONS: number = 2 ** 32;

/** Identifiers of tenants: 1 to 64 characters. */
export const TENANT_ID_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
/** Identifiers of keys, made by the service: `k` and 128 random bits in hex. */
export const KEY_ID_PATTERN: RegExp = /^k[0-9a-f]{32}$/;
