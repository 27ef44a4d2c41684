/**
 * SM2, SM3 and SM4 behind one engine interface, with the parts every layer shares:
 * the error registry, {@link Secret}, strict encodings and the verdict type.
 *
 * @packageDocumentation
 */

export {
  defaultEngine,
  engineReport,
  hkdfExpandSm3,
  hkdfExtractSm3,
  hkdfSm3,
  hmacSm3,
  hmacSm3Hash,
  kdfSm3,
  pbkdf2Sm3,
  selfTest,
  sm2,
  sm3,
  sm3Hash,
  sm3Many,
  sm3Tls,
  sm3TreeRoot,
  sm4,
  zuc,
} from './default-engine.ts';
export {
  checkBytes,
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  toBase64,
  toHex,
  utf8,
} from './encoding/bytes.ts';
export { DerReader, derElement, derUnsigned } from './encoding/der.ts';
export { canonicalJson, type JsonValue, parseJson } from './encoding/json.ts';
export type { Sm2CiphertextFormat, Sm2SignatureFormat } from './encoding/sm2.ts';
export { type EngineColumn, type EngineReportRow, engineTable } from './engine-report.ts';
export {
  defineErrors,
  ERROR_BLOCKS,
  type ErrorCategory,
  type ErrorDefinition,
  type ErrorLayer,
  type ErrorOptions,
  type ErrorTable,
  type LayerErrors,
  SmError,
} from './error.ts';
export { SM_CORE_ERRORS, type SmCoreErrorCode } from './errors.ts';
export {
  type EngineMeasurement,
  type FastestOptions,
  fastestEngine,
  type MeasureOptions,
  measureEngines,
} from './measure-engines.ts';
export { APPROVED_ALGORITHMS, type ApprovedAlgorithm, type ApprovedKind } from './module/approved.ts';
export type { ComponentIntegrity, ModuleComponent } from './module/integrity.ts';
export {
  createModuleManifest,
  type FileReader,
  type ModuleManifest,
  verifyModuleFiles,
} from './module/manifest.ts';
export {
  type CspAccess,
  MODULE_SERVICES,
  type ModuleCsp,
  type ModuleRole,
  type ModuleService,
} from './module/services.ts';
export {
  MODULE_NAME,
  MODULE_TRANSITIONS,
  MODULE_VERSION,
  type ModuleState,
  type ModuleStatus,
} from './module/status.ts';
export {
  createSmModule,
  type SmModule,
  type SmModuleOptions,
} from './module.ts';
export {
  RANDOM_TESTS,
  type RandomTestId,
  type RandomTestLimits,
  type RandomTestResult,
} from './random/battery.ts';
export { CONTINUOUS_LIMITS } from './random/continuous.ts';
export {
  HealthCheckedRandom,
  type HealthCheckedRandomOptions,
  RANDOM_MAX_BYTES,
  type RandomState,
  randomBytes,
  systemRandom,
} from './random.ts';
export { Secret } from './secret.ts';
export type { SelfTestId, SelfTestReport } from './self-test.ts';
export {
  createSm2,
  SM2_MAX_EXCHANGE_KEY_BYTES,
  SM2_MAX_MESSAGE_BYTES,
  SM2_PARAMETERS,
  type Sm2Agreed,
  type Sm2CipherOptions,
  type Sm2ConfirmedKey,
  type Sm2EnvelopeOptions,
  type Sm2ExchangeConfirm,
  type Sm2ExchangeRole,
  type Sm2Functions,
  type Sm2InitiatorConfirming,
  type Sm2KeyExchange,
  type Sm2KeyExchangeOptions,
  type Sm2KeyPair,
  type Sm2NonceRule,
  type Sm2Parameters,
  type Sm2ResponderConfirming,
  type Sm2SignatureOptions,
  type Sm2Signer,
  type Sm2SignOptions,
  type Sm2SignResult,
  type Sm2Verifier,
  type Sm2VerifyItem,
  type Sm2VerifyOptions,
  type Sm2VerifyResult,
} from './sm2.ts';
export {
  createSm3,
  type HmacSm3,
  type Sm3Functions,
  type Sm3TlsFunctions,
  type Tls13KeySchedule,
  type Tls13SecretLabel,
  type Tls13Stage,
  type Tls13TrafficKeys,
} from './sm3.ts';
export {
  createSm4,
  SM4_GCM_MAX_MESSAGE_BYTES,
  SM4_GCM_MAX_NONCE_BYTES,
  SM4_MAX_BYTES,
  SM4_MAX_RANDOM_NONCES,
  SM4_MAX_WRAPPED_BYTES,
  SM4_PARAMETERS,
  SM4_XTS_MAX_BYTES,
  type Sm4Aead,
  type Sm4AeadFunctions,
  type Sm4AeadOptions,
  type Sm4BatchResult,
  type Sm4CbcFunctions,
  type Sm4CbcOptions,
  type Sm4CbcPadding,
  type Sm4Ccm,
  type Sm4CcmFunctions,
  type Sm4CcmOptions,
  type Sm4Functions,
  type Sm4Gcm,
  type Sm4GcmFunctions,
  type Sm4GcmOptions,
  type Sm4GmacOptions,
  type Sm4KeyWrapFunctions,
  type Sm4MacFunctions,
  type Sm4MacName,
  type Sm4MacOptions,
  type Sm4MacPadding,
  type Sm4ModeFunctions,
  type Sm4ModeName,
  type Sm4NonceCheck,
  type Sm4NonceRule,
  type Sm4OpenItem,
  type Sm4Parameters,
  type Sm4SealItem,
  type Sm4Stream,
  type Sm4StreamFunctions,
  type Sm4StreamMode,
  type Sm4XtsFunctions,
  sm4Parameters,
} from './sm4.ts';
export {
  type EngineCapability,
  type EngineProfile,
  type RandomSource,
  SM2_DEFAULT_ID,
  SM2_MAX_ID_BYTES,
  SM2_PRIVATE_KEY_BYTES,
  SM2_PUBLIC_KEY_BYTES,
  SM2_SIGNATURE_BYTES,
  SM3_DIGEST_BYTES,
  SM4_BLOCK_BYTES,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  type Sm2ExchangeInput,
  type Sm2PreparedPrivateKey,
  type Sm2PreparedPublicKey,
  type Sm3Hash,
  type Sm4GcmKey,
  type Sm4Key,
  type SmEngine,
  type ZucStream,
} from './spec/v1/engine.ts';
export { isStacked, type StackedEngine, stackEngines } from './stack-engines.ts';
export {
  AspectBuilder,
  isAccepted,
  type Verdict,
  type VerdictAspect,
  type VerdictReason,
  type VerdictStatus,
} from './verdict.ts';
export { createZuc, ZUC_MAC_BYTES, ZUC_MAX_BITS, type ZucFrame, type ZucFunctions } from './zuc.ts';
