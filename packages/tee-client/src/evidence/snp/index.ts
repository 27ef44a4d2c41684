export {
  parseSnpReport,
  SNP_REPORT_BYTES,
  type SnpFirmware,
  type SnpPlatform,
  type SnpPolicy,
  type SnpReport,
} from './report.ts';
export type { SnpProduct } from './tcb.ts';
export { MAX_SNP_EVIDENCE_BYTES, sevSnpVerifier } from './verifier.ts';
