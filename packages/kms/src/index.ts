/**
 * Three-level keys and their life cycle: root → tenant key → key version.
 *
 * @packageDocumentation
 */
export { KMS_ERRORS, type KmsErrorCode } from './errors.ts';
export { createKmsHandlers, type KmsHandlers } from './handlers.ts';
export type { NamedRandom } from './internal/random.ts';
export type { KmsAlert } from './internal/row-guard.ts';
export {
  createKeyManagementService,
  type KeyManagementDeps,
  type KeyManagementOptions,
} from './service.ts';
export {
  KEY_ALGORITHMS,
  KEY_ID_PATTERN,
  KEY_USAGES,
  type KeyAlgorithm,
  type KeyUsage,
  KMS_MAX_AAD_BYTES,
  KMS_MAX_ENCRYPTIONS,
  KMS_MAX_LABEL,
  KMS_MAX_MESSAGE_BYTES,
  KMS_MAX_PAGE,
  KMS_MAX_PLAINTEXT_BYTES,
  KMS_MAX_ROTATION_MONTHS,
  KMS_MAX_VERSIONS,
  KMS_SPEC_VERSION,
  KMS_VERIFY_VERSIONS,
  TENANT_ID_PATTERN,
} from './spec/v1/algorithms.ts';
export { keyVersionBinding, tenantKeyBinding } from './spec/v1/binding.ts';
export {
  CIPHERTEXT_FORMAT,
  CIPHERTEXT_HEADER_BYTES,
  type CiphertextParts,
  decodeCiphertext,
  KMS_MAX_CIPHERTEXT_BYTES,
} from './spec/v1/ciphertext.ts';
export type {
  KeyDescription,
  KeyPage,
  KeySummary,
  PublicKeyDescription,
  TenantDescription,
} from './spec/v1/descriptions.ts';
export type { RootKeyProvider } from './spec/v1/root.ts';
export type {
  CreateKeyRequest,
  CreateTenantRequest,
  DecryptRequest,
  DecryptResult,
  EncryptRequest,
  EncryptResult,
  KeyManagementService,
  KeyReference,
  ListKeysRequest,
  SignedContent,
  SignRequest,
  SignResult,
  VerifyRequest,
  VerifyResult,
} from './spec/v1/service.ts';
export { isKeyTransition, KEY_TRANSITIONS, type KeyState } from './spec/v1/state.ts';
export type {
  GuardedRow,
  KeyRow,
  KeyStore,
  KeyWithVersion,
  KeyWithVersions,
  StoreChange,
  TenantRow,
  VersionRow,
} from './spec/v1/store.ts';
