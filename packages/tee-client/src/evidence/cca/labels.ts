/**
 * Tags and claim labels of CCA tokens.
 *
 * @standard Arm DEN0137 (Realm Management Monitor) §A7.2.3, draft-ffm-rats-cca-token
 * @internal
 */
export const CCA_TAG = {
  /** RMM 1.0: tokens as byte strings. */
  collection: 399,
  /** RMM 2.0: a CMW collection, each token with its content format. */
  cmw: 907,
} as const;

/** @internal */
export const CCA_PART = { platform: 44_234, realm: 44_241, devices: 44_258 } as const;

/** CoAP content formats of parts: application/eat+cwt and application/uccs+cbor. @internal */
export const CCA_CONTENT_FORMAT = { token: 263, devices: 601 } as const;

/** @internal */
export const PLATFORM_CLAIM = {
  challenge: 10,
  instanceId: 256,
  profile: 265,
  lifecycle: 2395,
  implementationId: 2396,
  softwareComponents: 2399,
  verificationService: 2400,
  config: 2401,
  hashAlgorithm: 2402,
} as const;

/** Of a software component. @internal */
export const COMPONENT_CLAIM = {
  type: 1,
  value: 2,
  version: 4,
  signerId: 5,
  hashAlgorithm: 6,
} as const;

/** @internal */
export const REALM_CLAIM = {
  challenge: 10,
  instanceId: 256,
  profile: 265,
  personalization: 44_235,
  hashAlgorithm: 44_236,
  publicKey: 44_237,
  initialMeasurement: 44_238,
  extensibleMeasurements: 44_239,
  publicKeyHashAlgorithm: 44_240,
  memoryEncryptionPolicy: 44_243,
  liveActivationPolicy: 44_244,
  devicesHash: 44_257,
} as const;

/** What a profile says of a token. @internal */
export interface CcaProfile {
  /** Of the specification: RMM 1.0 or RMM 2.0. */
  readonly version: 1 | 2;
  /** Ours: the claims of version 1 with SM2 and SM3 in place of ECDSA and SHA-2. */
  readonly isSm: boolean;
}

const V1: CcaProfile = { version: 1, isSm: false };
const V2: CcaProfile = { version: 2, isSm: false };
const SM: CcaProfile = { version: 1, isSm: true };

/** Profiles of platform tokens whose claims are read here. @internal */
export const PLATFORM_PROFILES: ReadonlyMap<string, CcaProfile> = new Map([
  ['http://arm.com/CCA-SSD/1.0.0', V1],
  ['tag:arm.com,2023:cca_platform#1.0.0', V1],
  ['tag:arm.com,2024:cca_platform#2.0.0', V2],
  ['tag:arm.com,2026:cca_platform#2.0.0', V2],
  ['urn:cssi:cca-platform-sm:1', SM],
]);

/** Profiles of realm tokens; tokens of early firmware have none. @internal */
export const REALM_PROFILES: ReadonlyMap<string | undefined, CcaProfile> = new Map([
  [undefined, V1],
  ['tag:arm.com,2023:realm#1.0.0', V1],
  ['tag:arm.com,2024:realm#2.0.0', V2],
  ['tag:arm.com,2026:realm#2.0.0', V2],
  ['urn:cssi:cca-realm-sm:1', SM],
]);
