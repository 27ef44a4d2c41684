/**
 * Time stamps (时间戳) of GB/T 20520 and RFC 3161: requests, an authority without a transport,
 * tokens. And, on top of them, reliable electronic signatures and evidence against denial.
 *
 * @packageDocumentation
 */

export * from '../reliable/index.ts';
export {
  MAX_TIMESTAMP_BYTES,
  MAX_TIMESTAMP_NONCE_BYTES,
  MAX_TIMESTAMP_REQUEST_BYTES,
  MAX_TIMESTAMP_SERIAL_BYTES,
  type MessageImprint,
  type SigningCertificateId,
  TIMESTAMP_FAILURES,
  TIMESTAMP_OIDS,
  TIMESTAMP_STATUSES,
  type TimeStampAccuracy,
  type TimeStampFailure,
  type TimeStampHash,
  type TimeStampInfo,
  type TimeStampRequest,
  type TimeStampResponse,
  type TimeStampStatus,
  type TimeStampToken,
} from '../spec/v1/timestamp.ts';
export {
  TIMESTAMP_REASONS,
  type TimeStampReasonCode,
  type TimeStampReport,
} from '../spec/v1/timestamp-report.ts';
export {
  createTimeStampAuthority,
  type TimeStampAuthority,
  type TimeStampAuthorityOptions,
} from './authority.ts';
export { createTimeStampRequest, parseTimeStampRequest, type TimeStampRequestOptions } from './request.ts';
export { grantedToken, parseTimeStampResponse } from './response.ts';
export { parseTimeStampToken } from './token.ts';
export { type TimeStampPathOptions, type TimeStampVerifyOptions, verifyTimeStampToken } from './verify.ts';
