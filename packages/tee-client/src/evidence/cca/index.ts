export type { CcaHash } from './hashes.ts';
export type { CcaPlatformClaims, CcaSoftwareComponent } from './platform-token.ts';
export type { CcaRealmClaims } from './realm-token.ts';
export { CCA_MAX_BYTES, type CcaToken, isCcaToken, parseCcaToken } from './token.ts';
export { ccaVerifier } from './verifier.ts';
