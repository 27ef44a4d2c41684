export { createCertificateRequest } from './create-request.ts';
export { parseCertificateRequest, verifyCertificateRequest } from './parse-request.ts';
export {
  type CertificateRequest,
  type CertificateRequestOptions,
  MAX_REQUEST_BYTES,
  type RequestAttribute,
} from './types.ts';
