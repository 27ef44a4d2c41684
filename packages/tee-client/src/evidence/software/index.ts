export { attesterOf } from './attester.ts';
export { decodeEvidence, encodeEvidence, MAX_SOFTWARE_EVIDENCE_BYTES } from './codec.ts';
export { createSoftwareVerifier, softwareVerifier } from './verifier.ts';
