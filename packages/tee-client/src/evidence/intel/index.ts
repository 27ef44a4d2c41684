export { parseSgxReportBody, type SgxReportBody } from './enclave-report.ts';
export { MAX_INTEL_QUOTE_BYTES } from './limits.ts';
export { type PckFacts, readPckFacts } from './pck-facts.ts';
export { type EnclaveIdentity, type EnclaveIdentityId, parseEnclaveIdentity } from './qe-identity.ts';
export { type IntelQuote, type IntelQuoteFrame, parseIntelQuote } from './quote.ts';
export type { QuoteSignature } from './quote-signature.ts';
export { sgxVerifier } from './sgx-verifier.ts';
export {
  parseTcbInfo,
  type SvnLevel,
  type TcbInfo,
  type TcbLevel,
  type TcbStatement,
  type TdxModule,
  type TdxModuleIdentity,
} from './tcb-info.ts';
export { TCB_STATUSES, type TcbStatus } from './tcb-status.ts';
export { parseTdReportBody, type TdReportBody } from './td-report.ts';
export { tdxVerifier } from './tdx-verifier.ts';
