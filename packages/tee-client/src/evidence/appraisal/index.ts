export { appraise } from './appraise.ts';
export {
  bindDeployment,
  decodeDeploymentClaims,
  encodeDeploymentClaims,
  MAX_DEPLOYMENT_BYTES,
} from './deployment.ts';
export { digestText } from './digest-text.ts';
export type { ResultAlgorithm } from './issuer-keys.ts';
export type { AppraisalOptions, DeploymentStatement } from './options.ts';
export {
  APPRAISAL_POLICY_FORMAT,
  type AppraisalPolicy,
  type DigestText,
  type MeasurementRule,
  type VersionRule,
} from './policy.ts';
export { MAX_POLICY_BYTES, parseAppraisalPolicy, policyDigest, readAppraisalPolicy } from './policy-codec.ts';
export {
  type DecodedReferenceValues,
  decodeReferenceValues,
  issuerId,
  MAX_REFERENCE_BYTES,
  signReferenceValues,
} from './reference-codec.ts';
export { openReferenceStore } from './reference-store.ts';
export {
  REFERENCE_VALUES_FORMAT,
  type ReferenceIssuer,
  type ReferenceLookup,
  type ReferenceMeasurement,
  type ReferenceSequence,
  type ReferenceStore,
  type ReferenceStoreOptions,
  type ReferenceValues,
  type ReferenceVersion,
} from './reference-values.ts';
