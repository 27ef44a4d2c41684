/**
 * One interface over trusted execution environments: the GlobalPlatform TEE Client API v1.0, the
 * enclave interface above it, the module-side interface below it, the services built on them, and
 * evidence with its verification. Adapters are under `./adapters/…`, what authors of trusted
 * applications import under `./ta`, bundles and management commands under `./management`.
 *
 * @packageDocumentation
 */
export { type ClientIdentity, createTeeClient, type TeeClientOptions } from './client/index.ts';
export {
  createTeec,
  TEEC_CONSTANTS,
  TEEC_Context,
  TEEC_Operation,
  TEEC_Parameter,
  TEEC_RegisteredMemoryReference,
  type TEEC_ReturnOrigin,
  TEEC_Session,
  TEEC_SharedMemory,
  TEEC_TempMemoryReference,
  TEEC_Value,
  type Teec,
  type TeecConstants,
  type TeecFunctions,
} from './client/teec.ts';
export { openConfidentialQuery } from './confidential-query.ts';
export { type EnclavePlatformOptions, openEnclaves } from './enclave/index.ts';
export { TEE_CLIENT_ERRORS, type TeeClientErrorCode, type TeecErrorCode } from './errors.ts';
export { encodeDomainKey, openKeyVault } from './key-vault.ts';
export { migrateApplication } from './migration/migrate-application.ts';
export { openRootKeyService } from './root-key-service.ts';
export {
  TA_BUNDLE_FORMAT,
  TA_MAX_BUNDLE_BYTES,
  TA_MAX_CODE_BYTES,
  type TaBundle,
  type TaEnvelope,
  type TaSignedHeader,
} from './spec/v1/bundle.ts';
export { packCertificates, unpackCertificates } from './spec/v1/certificate-list.ts';
export type {
  TeeClient,
  TeecContext,
  TeecSession,
  TeecSessionOptions,
  TeecSharedMemory,
} from './spec/v1/client.ts';
export {
  CONFIDENTIAL_QUERY_COMMANDS,
  CONFIDENTIAL_QUERY_LIMITS,
  CONFIDENTIAL_QUERY_UUID,
  CONFIDENTIAL_QUERY_VERSION,
  type ConfidentialQuery,
  type OwnerSigner,
  QUERY_REFUSALS,
  QUERY_SIGNED,
  type QueryRefusal,
  type QueryServiceInfo,
  type SignedQueryCommand,
} from './spec/v1/confidential-query.ts';
export {
  CONFORMANCE_COMMANDS,
  CONFORMANCE_TA_UUID,
  CONFORMANCE_TAS,
  REMOTE_FUNCTIONS,
  REMOTE_HELPERS,
  REMOTE_RECORDS,
  type RemoteFunctionName,
} from './spec/v1/conformance-ta.ts';
export {
  TEEC_CONFIG_PAYLOAD_REF_COUNT,
  TEEC_LOGIN,
  TEEC_MEM,
  TEEC_PARAM,
  TEEC_PARAM_TYPE_GET,
  TEEC_PARAM_TYPES,
  TEEC_SHAREDMEM_MIN_MAX_SIZE,
  type TeecParamType,
} from './spec/v1/constants.ts';
export {
  type AcceptedPart,
  DEPLOYMENT_CLAIMS_FORMAT,
  DEPLOYMENT_KINDS,
  DEPLOYMENT_POLICY_FORMAT,
  type DeploymentClaims,
  type DeploymentKind,
  type DeploymentPolicy,
  GUEST_ISOLATIONS,
  type GuestIsolation,
  type MeasuredPart,
  MIGRATION_MODES,
  type MigrationMode,
} from './spec/v1/deployment-policy.ts';
export type {
  Enclave,
  EnclaveCallOptions,
  EnclaveMigrationOptions,
  EnclaveOptions,
  EnclavePlatform,
  SecureMemory,
} from './spec/v1/enclave.ts';
export { TeecError, type TeecErrorOptions, teecError } from './spec/v1/error.ts';
export {
  type BootEvent,
  type BootLog,
  type BootStage,
  codeMeasurement,
  EVIDENCE_FORMAT,
  type EvidenceClaims,
  evidenceSigningInput,
  extendRegister,
  replayEvents,
} from './spec/v1/evidence.ts';
export {
  type DecodedReport,
  decodeReport,
  EVIDENCE_MAX_REPORT_BYTES,
  encodeReport,
} from './spec/v1/evidence-codec.ts';
export {
  DOMAIN_BLOB,
  DOMAIN_KEY_FORMAT,
  type DomainKey,
  type DomainKeyInfo,
  KEY_VAULT_COMMANDS,
  KEY_VAULT_LIMITS,
  KEY_VAULT_UUID,
  type KeyAccess,
  type KeyTemplate,
  type KeyTemplateInput,
  type KeyVault,
  VAULT_KEY_TYPES,
  VAULT_KEY_USAGES,
  VAULT_USAGES_OF_TYPE,
  type VaultClient,
  type VaultKey,
  type VaultKeyType,
  type VaultKeyUsage,
} from './spec/v1/key-vault.ts';
export {
  MANAGEMENT_FORMAT,
  MANAGEMENT_PRIVILEGES,
  type ManagementAction,
  type ManagementCommand,
  type ManagementPrivilege,
  type ManagementReceipt,
  RECEIPT_FORMAT,
  ROOT_SECURITY_DOMAIN,
  type SecurityDomainKey,
  type TaState,
} from './spec/v1/management.ts';
export { MANAGEMENT_ACTIONS, MANAGEMENT_LIMITS } from './spec/v1/management-codec.ts';
export {
  TA_APIS,
  TA_MANIFEST_FORMAT,
  TA_SERVICES,
  type TaApi,
  type TaManifest,
  type TaService,
} from './spec/v1/manifest.ts';
export {
  decodeManifest,
  encodeManifest,
  parseManifest,
  TA_MANIFEST_LIMITS,
} from './spec/v1/manifest-codec.ts';
export {
  MIGRATION_FORMAT,
  MIGRATION_LIMITS,
  type MigrationFile,
  type MigrationOptions,
  type MigrationProgress,
  type MigrationResult,
  type MigrationRole,
  type MigrationState,
  type ModuleMigrationAnswer,
  type ModuleMigrationRequest,
} from './spec/v1/migration.ts';
export {
  MODULE_CAPABILITIES,
  MODULE_INTERFACE_VERSION,
  type ModuleAnswer,
  type ModuleCall,
  type ModuleCapability,
  type ModuleClient,
  type ModuleDescription,
  type ModuleIsolation,
  type ModuleParameter,
  type ModuleServiceAnswer,
  type ModuleServiceRequest,
  type SecurityModule,
} from './spec/v1/module.ts';
export {
  type ApplicationMetrics,
  MODULE_EVENT_KINDS,
  type ModuleEvent,
  type ModuleEventKind,
  type ModuleEventListener,
  type ModuleSnapshot,
} from './spec/v1/monitor.ts';
export {
  operationParamTypes,
  outputBytes,
  type TeecNone,
  type TeecOperation,
  type TeecParameter,
  type TeecRegisteredMemoryReference,
  type TeecTempMemoryReference,
  type TeecValue,
  teecParam,
} from './spec/v1/operation.ts';
export { PERSONALISATION_LOGIN, PERSONALISE_COMMAND } from './spec/v1/personalisation.ts';
export {
  type Aggregate,
  type AnswerCell,
  type ColumnDeclaration,
  type ColumnReference,
  DATA_SET_FORMAT,
  type DataSetDeclaration,
  type DataSetInput,
  type Dimension,
  type Filter,
  type LedgerEntry,
  type Mechanism,
  POLICY_FORMAT,
  type Policy,
  type PrivacyBudget,
  type Query,
  type QueryAnswer,
  type QueryInput,
  type Release,
  type RowValue,
  SENSITIVITY_CLASSES,
  type SensitivityClass,
} from './spec/v1/query-types.ts';
export { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName, teecResultName } from './spec/v1/results.ts';
export {
  type Evidence,
  ROOT_KEY_COMMANDS,
  ROOT_KEY_LIMITS,
  ROOT_KEY_SERVICE_UUID,
  ROOT_KEY_SERVICE_VERSION,
  type RootKeyService,
} from './spec/v1/root-key-service.ts';
export {
  normalizeUuid,
  type TeecUuid,
  uuidFromOctets,
  uuidFromStruct,
  uuidToOctets,
  uuidToStruct,
} from './spec/v1/uuid.ts';
export {
  type EvidenceReference,
  type EvidenceVerdict,
  type VerifyEvidenceOptions,
  verifyEvidence,
} from './verify-evidence.ts';
