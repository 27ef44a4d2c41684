export { issueResultCwt, verifyResultCwt } from './cwt.ts';
export type { TokenOptions, TokenVerdict } from './judge-token.ts';
export { issueResultJwt, JOSE_ALGORITHMS, MAX_TOKEN_LENGTH, verifyResultJwt } from './jwt.ts';
export {
  type AttestationResult,
  type AttestationResultOptions,
  attestationResult,
  EAR_PROFILE,
  MAX_RESULT_LIFETIME_SECONDS,
  MAX_SUBMODULES,
  type StatedEvidence,
  type StepResult,
  type SubmoduleResult,
} from './result.ts';
export {
  TRUST_CLAIMS,
  TRUST_TIERS,
  type TrustClaim,
  type TrustTier,
  type TrustVector,
  trustStatus,
  trustTier,
  trustVector,
} from './vector.ts';
