/**
 * The GlobalPlatform TEE Client API v1.0 as TypeScript interfaces, the root key service on top of
 * it, and evidence with its verification. Adapters are under `./adapters/…`.
 *
 * @packageDocumentation
 */
export { TEE_CLIENT_ERRORS, type TeeClientErrorCode, type TeecErrorCode } from './errors.ts';
export { openRootKeyService } from './root-key-service.ts';
export { packCertificates, unpackCertificates } from './spec/v1/certificate-list.ts';
export type {
  TeeClient,
  TeecContext,
  TeecSession,
  TeecSessionOptions,
  TeecSharedMemory,
} from './spec/v1/client.ts';
export { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from './spec/v1/conformance-ta.ts';
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
