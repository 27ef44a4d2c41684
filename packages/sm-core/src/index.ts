/**
 * SM2, SM3 and SM4 behind one engine interface, with the parts every layer shares:
 * the error registry, {@link Secret}, strict encodings and the verdict type.
 *
 * @packageDocumentation
 */
export { hkdfSm3, hmacSm3, selfTest, sm2, sm3, sm3Hash, sm4 } from './default-engine.ts';
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
export { HealthCheckedRandom, RANDOM_MAX_BYTES, randomBytes, systemRandom } from './random.ts';
export { Secret } from './secret.ts';
export type { SelfTestId, SelfTestReport } from './self-test.ts';
export {
  createSm2,
  SM2_MAX_MESSAGE_BYTES,
  type Sm2CipherOptions,
  type Sm2Functions,
  type Sm2KeyPair,
  type Sm2SignatureOptions,
} from './sm2.ts';
export { createSm3, type Sm3Functions } from './sm3.ts';
export { createSm4, SM4_MAX_BYTES, type Sm4Functions, type Sm4Gcm } from './sm4.ts';
export {
  type EngineCapability,
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
  type Sm3Hash,
  type Sm4GcmKey,
  type SmEngine,
} from './spec/v1/engine.ts';
export {
  AspectBuilder,
  isAccepted,
  type Verdict,
  type VerdictAspect,
  type VerdictReason,
  type VerdictStatus,
} from './verdict.ts';
