export {
  CSV_CERTIFICATE_BYTES,
  CSV_ROOT_CERTIFICATE_BYTES,
  CSV_USAGES,
  type CsvCertificate,
  type CsvCertificateBase,
  type CsvDeviceCertificate,
  type CsvRootCertificate,
  type CsvSignatureSlot,
  parseCsvCertificate,
  parseCsvRootCertificate,
  parseHygonCertificates,
} from './certificate.ts';
export { type CsvPolicy, csvPolicy } from './policy.ts';
export {
  CSV_REPORT_PADDED_BYTES,
  CSV_REPORT_V1_BYTES,
  CSV_REPORT_V2_BYTES,
  type CsvReport,
  parseCsvReport,
} from './report.ts';
export { csvVerifier } from './verifier.ts';
