/**
 * The key vault (密钥保管库): the application behind the root key service, with keys of its clients and
 * domain keys by which data protected on one module opens on another.
 */
import { ROOT_KEY_SERVICE_UUID } from './root-key-service.ts';
import type { TeecUuid } from './uuid.ts';

/** The vault holds the root of the key hierarchy and answers the root key commands too. @group Key vault */
export const KEY_VAULT_UUID: TeecUuid = ROOT_KEY_SERVICE_UUID;

/**
 * Commands after those of the root key service. JSON is canonical (RFC 8785); an id is 16 bytes.
 *
 * - GENERATE: 0 in JSON `KeyTemplate`; 1 out JSON `VaultKey`
 * - IMPORT: 0 in JSON `KeyTemplate`; 1 in material: SM4 16, HMAC-SM3 16 to 64, SM2 d ‖ 04 ‖ x ‖ y
 *   (97 bytes); 2 out JSON `VaultKey`
 * - LIST: 0 in id to start after, or empty; 1 out JSON array of `VaultKey` the caller may use, by id
 * - DESCRIBE: 0 in id; 1 out JSON `VaultKey`
 * - DELETE: 0 in id
 * - SET_ACCESS: 0 in id; 1 in JSON array of `KeyAccess`
 * - ENCRYPT: 0 in id; 1 in plaintext; 2 in associated data; 3 out nonce (12) ‖ ciphertext ‖ tag (16)
 * - DECRYPT: 0 in id; 1 in what ENCRYPT gave; 2 in associated data; 3 out plaintext
 * - MAC: 0 in id; 1 in data; 2 out HMAC-SM3. MAC_VERIFY: 0 in id; 1 in data; 2 in HMAC-SM3
 * - SIGN: 0 in id; 1 in e (32 bytes, GB/T 32918.2 §6.1 A2); 2 out r ‖ s. VERIFY: 2 in r ‖ s
 * - PUBLIC_KEY: 0 in id; 1 out 04 ‖ x ‖ y
 * - PKE_ENCRYPT, PKE_DECRYPT: 0 in id; 1 in data; 2 out data; ciphertexts are those of TEE_ALG.SM2_PKE
 * - WRAP_KEY: 0 in id; 1 out blob under the root. UNWRAP_KEY: 0 in blob; 1 out JSON `VaultKey`
 * - DOMAINS: 0 out JSON array of `DomainKeyInfo`
 * - PROTECT: 0 in name of the domain; 1 in plaintext; 2 in associated data; 3 out blob
 * - UNPROTECT: 0 in blob; 1 in associated data; 2 out plaintext
 *
 * @group Key vault
 */
export const KEY_VAULT_COMMANDS = {
  GENERATE: 0x100,
  IMPORT: 0x101,
  LIST: 0x102,
  DESCRIBE: 0x103,
  DELETE: 0x104,
  SET_ACCESS: 0x105,
  ENCRYPT: 0x110,
  DECRYPT: 0x111,
  MAC: 0x112,
  MAC_VERIFY: 0x113,
  SIGN: 0x114,
  VERIFY: 0x115,
  PUBLIC_KEY: 0x116,
  PKE_ENCRYPT: 0x117,
  PKE_DECRYPT: 0x118,
  WRAP_KEY: 0x120,
  UNWRAP_KEY: 0x121,
  DOMAINS: 0x130,
  PROTECT: 0x131,
  UNPROTECT: 0x132,
} as const;

/** Limits of the key vault, in bytes where nothing else is said. @group Key vault */
export const KEY_VAULT_LIMITS = {
  id: 16,
  label: 64,
  keys: 1024,
  keysPerOwner: 256,
  accessEntries: 16,
  /** Keys in one answer of LIST. */
  listed: 32,
  /** Most bytes of a key's description. */
  description: 4_096,
  /** With what encryption and protection add it still fits a parameter of 1 MiB. */
  plaintext: (1 << 20) - 64,
  associatedData: 65_536,
  pkePlaintext: 1_024,
  /** What ENCRYPT adds. */
  encryptOverhead: 28,
  /** Messages one SM4 key encrypts; NIST SP 800-38D §8.3. */
  messages: 2 ** 32,
  wrappedKey: 4_352,
  domainKeys: 64,
  domainClients: 16,
} as const;

/** @group Key vault */
export const VAULT_KEY_TYPES = ['SM4', 'HMAC-SM3', 'SM2-sign', 'SM2-encrypt'] as const;
/** @group Key vault */
export type VaultKeyType = (typeof VAULT_KEY_TYPES)[number];

/** `wrap`: the key may leave as a blob that only this vault opens. @group Key vault */
export const VAULT_KEY_USAGES = ['decrypt', 'encrypt', 'mac', 'sign', 'verify', 'wrap'] as const;
/** @group Key vault */
export type VaultKeyUsage = (typeof VAULT_KEY_USAGES)[number];

/** Usages a type allows. `verify` of HMAC-SM3 is MAC_VERIFY. @group Key vault */
export const VAULT_USAGES_OF_TYPE: Readonly<Record<VaultKeyType, readonly VaultKeyUsage[]>> = {
  SM4: ['decrypt', 'encrypt', 'wrap'],
  'HMAC-SM3': ['mac', 'verify', 'wrap'],
  'SM2-sign': ['sign', 'verify', 'wrap'],
  'SM2-encrypt': ['decrypt', 'encrypt', 'wrap'],
};

/** Who: login (`TEEC_LOGIN` or TRUSTED_APP) and UUID as the TEE vouches for them. @group Key vault */
export interface VaultClient {
  readonly login: number;
  readonly uuid: TeecUuid;
}

/** What somebody who is not the owner may do with a key. @group Key vault */
export interface KeyAccess extends VaultClient {
  readonly usages: readonly VaultKeyUsage[];
}

/** What a new key is to be. Usages and access in the order of the constants, without repetition. @group Key vault */
export interface KeyTemplate {
  readonly type: VaultKeyType;
  /** 0 to 64 characters of printable ASCII. */
  readonly label: string;
  readonly usages: readonly VaultKeyUsage[];
  readonly access: readonly KeyAccess[];
}

/** A key of the vault as its clients see it. @group Key vault */
export interface VaultKey extends KeyTemplate {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly owner: VaultClient;
}

/** A domain key this vault was personalised with. @group Key vault */
export interface DomainKeyInfo {
  readonly domain: string;
  readonly version: number;
  /** 16 hexadecimal digits; the first bytes of every blob name it. */
  readonly keyId: string;
}

/** Format of the personalisation data that carry a domain key. @group Key vault */
export const DOMAIN_KEY_FORMAT = 'cssi-domain-key/1';

/**
 * A domain key (域密钥) as the security domain gives it to its modules: canonical JSON with `key` in
 * base64. A higher version replaces a lower one for protecting; all of them open.
 *
 * @group Key vault
 */
export interface DomainKey {
  /** `[a-z0-9][a-z0-9.-]{0,31}`. */
  readonly domain: string;
  /** 1 to 2^31 - 1. */
  readonly version: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Who may use it; `null` allows every client. */
  readonly clients: readonly VaultClient[] | null;
}

/**
 * The form of data protected under a domain key. Any module with the key opens it:
 *
 * | bytes | |
 * |---|---|
 * | 0–3 | "CSDP" |
 * | 4 | format, 01 |
 * | 5 | suite, 01: HKDF-SM3 and SM4-GCM |
 * | 6–13 | key id: HKDF-SM3(key, no salt, "cssi-domain key id 1", 8) |
 * | 14–45 | salt, random |
 * | 46– | ciphertext and tag (16) |
 *
 * SM4 key (16) and nonce (12) are HKDF-SM3(key, salt, "cssi-domain protect 1", 28); associated data
 * of GCM are bytes 0–45 and then the caller's.
 *
 * @standard RFC 5869 with GB/T 32905; NIST SP 800-38D with GB/T 32907
 * @group Key vault
 */
export const DOMAIN_BLOB = {
  magic: 'CSDP',
  format: 1,
  suite: 1,
  keyIdBytes: 8,
  saltBytes: 32,
  headerBytes: 46,
  overhead: 62,
  keyIdInfo: 'cssi-domain key id 1',
  protectInfo: 'cssi-domain protect 1',
} as const;

/**
 * The key vault as its clients see it.
 *
 * Guarantee: private and secret keys never leave the trusted side in clear; a key without the usage
 * `wrap` never leaves at all. Who created a key owns it: the owner may do all its usages allow, and
 * change the access list, wrap or delete it; others what the list says. Everything else is refused
 * with ACCESS_DENIED. Owners with login PUBLIC are everybody with that login.
 *
 * Failure: coded errors; MAC_INVALID for every ciphertext and blob that does not open. Nothing is
 * retried. Bytes: inputs are copied, results belong to the caller.
 *
 * @group Key vault
 */
export interface KeyVault {
  readonly specVersion: '1';
  /** @throws {@link TeecError} BAD_PARAMETERS, STORAGE_NO_SPACE at the limits */
  generateKey(template: KeyTemplateInput): Promise<VaultKey>;
  /** @throws {@link TeecError} BAD_PARAMETERS also where public and private key do not belong together */
  importKey(template: KeyTemplateInput, material: Uint8Array): Promise<VaultKey>;
  /** All keys the caller may use, by id. */
  listKeys(): Promise<readonly VaultKey[]>;
  describeKey(id: string): Promise<VaultKey>;
  deleteKey(id: string): Promise<void>;
  setAccess(id: string, access: readonly KeyAccess[]): Promise<void>;
  /** SM4-GCM; nonce (12) ‖ ciphertext ‖ tag (16). A nonce never comes twice with a key of this vault. */
  encrypt(id: string, plaintext: Uint8Array, aad?: Uint8Array): Promise<Uint8Array>;
  /** @throws {@link TeecError} MAC_INVALID */
  decrypt(id: string, ciphertext: Uint8Array, aad?: Uint8Array): Promise<Uint8Array>;
  /** HMAC-SM3, 32 bytes. */
  mac(id: string, data: Uint8Array): Promise<Uint8Array>;
  verifyMac(id: string, data: Uint8Array, mac: Uint8Array): Promise<boolean>;
  /** SM2 signature r ‖ s of e (32 bytes). */
  signDigest(id: string, digest: Uint8Array): Promise<Uint8Array>;
  verifyDigest(id: string, digest: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** 04 ‖ x ‖ y. */
  publicKey(id: string): Promise<Uint8Array>;
  /** SM2 encryption, 1 to 1,024 bytes. */
  encryptTo(id: string, plaintext: Uint8Array): Promise<Uint8Array>;
  /** @throws {@link TeecError} CIPHERTEXT_INVALID */
  decryptFrom(id: string, ciphertext: Uint8Array): Promise<Uint8Array>;
  wrapKey(id: string): Promise<Uint8Array>;
  /** The key as it was wrapped, with a new id. @throws {@link TeecError} MAC_INVALID */
  unwrapKey(blob: Uint8Array): Promise<VaultKey>;
  domains(): Promise<readonly DomainKeyInfo[]>;
  /** See `DOMAIN_BLOB`. @throws {@link TeecError} ITEM_NOT_FOUND without a key of this domain */
  protect(domain: string, plaintext: Uint8Array, aad?: Uint8Array): Promise<Uint8Array>;
  /** @throws {@link TeecError} ITEM_NOT_FOUND without the key, MAC_INVALID for what does not open */
  unprotect(blob: Uint8Array, aad?: Uint8Array): Promise<Uint8Array>;
  /** A second call does nothing. */
  close(): Promise<void>;
}

/** A template as a program writes it. @group Key vault */
export interface KeyTemplateInput {
  readonly type: VaultKeyType;
  readonly label?: string;
  /** All but `wrap` when left out. */
  readonly usages?: readonly VaultKeyUsage[];
  readonly access?: readonly KeyAccess[];
}
