/** Revocation lists and OCSP: read, write, judge. */

export { certIdMatches } from './cert-id.ts';
export { issueCrl } from './issue-crl.ts';
export { judgeRevocation, type OcspVerifyOptions, verifyOcspResponse } from './judge-revocation.ts';
export { createOcspRequest, parseOcspRequest } from './ocsp-request.ts';
export { createOcspErrorResponse, createOcspResponse } from './ocsp-response.ts';
export { findRevoked, parseCrl } from './parse-crl.ts';
export { parseOcspResponse } from './parse-ocsp-response.ts';
export { verifyCrlSignature } from './verify-crl.ts';
